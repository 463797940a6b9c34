"""A school of the made-up province, and what is otherwise there than everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from models.organisations.tables import CanteenMode, PostKind, SchoolStage

# one after another for each school: posts and the people who hold them
POSTS = (
    PostKind.HEAD, PostKind.MANAGER, PostKind.FINANCE, PostKind.COMMITTEE, PostKind.SUPERVISOR, PostKind.PARENT,
)  # fmt: skip
HELD = 4


@dataclass(frozen=True)
class Filed:
    """One entry: its date and what is other in it than usual. `before`: what stood there until it was corrected.
    `late`: it came in the next evening. `ended_on`: of what stands in a register."""

    on: date
    values: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None
    withdrawn: bool = False
    late: bool = False
    ended_on: date | None = None


@dataclass(frozen=True)
class Visited:
    """A visit with the items that failed. `counts`: of dust-, rat- and fly-proofing. `appealed`: what it found was
    cancelled."""

    kind: str
    on: date
    failed: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    counts: tuple[int, int, int] = (3, 3, 3)
    appealed: bool = False
    # seconds after eleven, and what makes its answers its own
    after_s: int = 0
    mark: str | None = None
    person: int | None = None


@dataclass
class Plan:
    """Where a school differs. Registers and forms that are not kept every day are replaced as a whole.

    `daily`: by date and aspect; None is an entry that nobody made. `skipped`: the same for one meal of a day. `silent_from`: no daily form from then on, but for
    `still`. `midnight`: daily forms are made five minutes before it; but for one in so many of a day, unless it is 0.
    """

    daily: dict[tuple[date, str], Filed | None] = field(default_factory=dict)
    skipped: set[tuple[date, str, str]] = field(default_factory=set)
    extra: list[tuple[str, Filed]] = field(default_factory=list)
    files: dict[str, list[Filed]] = field(default_factory=dict)
    monthly: dict[tuple[str, date], list[Filed]] = field(default_factory=dict)
    silent_from: date | None = None
    still: frozenset[str] = frozenset()
    midnight: int | None = None
    visits: list[Visited] = field(default_factory=list)
    duties: dict[tuple[str, date], str | None] = field(default_factory=dict)
    mean: float | None = None
    problems: list[tuple[str, int]] = field(default_factory=list)
    repeated: list[date] = field(default_factory=list)
    caterer: int | None = None
    portions: int | None = None


@dataclass
class School:
    """`id` is its number from 1 on. `topics`: what of it is taken by a planted case."""

    id: int
    county: str
    # its number in the county, and the first of the county's suppliers of three sorts
    turn: int
    stage: SchoolStage
    boarding: bool
    nutrition: bool
    mode: CanteenMode
    diners: int
    supervisor: int = 0
    staff: int = 0
    cameras: int = 0
    standard_fen: int = 500
    suppliers: Mapping[str, int] = field(default_factory=dict)
    caterer: int = 0
    # whether its county has contracts of its own
    covered: bool = False
    topics: set[str] = field(default_factory=set)
    plan: Plan | None = None

    @property
    def planned(self) -> Plan:
        """Its plan, to change it."""
        if self.plan is None:
            self.plan = Plan()
        return self.plan

    @property
    def cooks(self) -> bool:
        return self.mode is not CanteenMode.CATERED

    @property
    def outsourced(self) -> bool:
        return self.mode is not CanteenMode.OWN

    @property
    def meals(self) -> tuple[str, ...]:
        return ("breakfast", "lunch", "dinner") if self.boarding else ("lunch",)

    def post(self, kind: PostKind) -> int:
        return (self.id - 1) * len(POSTS) + POSTS.index(kind) + 1

    def holder(self, kind: PostKind) -> int:
        """Who holds a post of the school's own."""
        return (
            self.supervisor if kind is PostKind.SUPERVISOR else (self.id - 1) * HELD + POSTS.index(kind) + 1
        )

    @property
    def head(self) -> int:
        return (self.id - 1) * HELD + 1

    @property
    def manager(self) -> int:
        return (self.id - 1) * HELD + 2

    def chance(self, salt: int) -> int:
        """0 to 65,535, the same each time."""
        mixed = (self.id * 0x9E3779B1 + salt * 0x85EBCA6B) & 0xFFFFFFFF
        mixed ^= mixed >> 15
        return (mixed * 0x2C1B3C6D & 0xFFFFFFFF) >> 16
