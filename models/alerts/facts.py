"""What rules judge: everything about a school, or about a county, gathered before anybody judges. Pure data.

None and an empty collection say that nobody has written it down, and 0 that somebody counted and found none. A rule
may look only at what it `reads`: the rest of a case is not there, and looking at it fails.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import reduce
from operator import and_
from typing import Any

from models.ledger.declaring import Meal
from models.ledger.periods import SchoolFacts, meals_of
from models.organisations.tables import CanteenMode, SchoolStage

WEEK_DAYS = 7
WEEKS = 2
# aspects of the ledger that are kept every day, and every month, and judged by it
DAILY = ("acceptance", "disinfection", "food_sample", "morning_check", "shared_meal", "storage")
MONTHLY = ("pest_control", "site_meeting", "training")


class Read(StrEnum):
    """What a rule may read: the names of the attributes of a case."""

    PROFILE = "profile"
    DEFENCES = "defences"
    EQUIPMENT = "equipment"
    LICENCES = "licences"
    CONTRACTORS = "contractors"
    WORKERS = "workers"
    CONTRACTS = "contracts"
    COMMITTEE = "committee"
    KEPT = "kept"
    MONTHS = "months"
    DELIVERIES = "deliveries"
    PRICES = "prices"
    ENTRIES = "entries"
    NEWEST_ON = "newest_on"
    SEEN = "seen"
    DUTIES = "duties"
    SURVEY = "survey"
    PROBLEMS = "problems"
    REPEATS = "repeats"
    # of a county
    COUNTY_CONTRACTS = "county_contracts"
    CATERERS = "caterers"
    VISITORS = "visitors"


@dataclass(frozen=True)
class Week:
    """A week from a Monday on; `days`: its school days before today, as bits of the calendar."""

    first: date
    days: int


@dataclass(frozen=True)
class Calendar:
    """When a county's schools teach, seen from a Beijing date.

    Sets of days are whole numbers: bit 0 is `first`, the Monday of last week. `months`: the first days of the last
    month and of this one, where a school day went by in them. A term goes on until the next begins; `term_day` counts
    its school days before today. `school_year`: that in which it began.
    """

    today: date
    first: date
    weeks: tuple[Week, ...]
    months: tuple[date, ...]
    term: str
    term_began: date
    term_ends: date
    term_day: int
    school_year: int

    def bit(self, day: date) -> int:
        """The bit of a date; 0 outside the two weeks."""
        place = (day - self.first).days
        return 1 << place if 0 <= place < WEEKS * WEEK_DAYS else 0

    def dates(self, days: int) -> list[date]:
        """The dates of a set, in order."""
        return [self.first + timedelta(days=n) for n in range(WEEKS * WEEK_DAYS) if days >> n & 1]


@dataclass(frozen=True)
class Entry:
    """The latest entry of an aspect: for which date, and its values by item."""

    for_on: date
    items: Mapping[str, Any]


@dataclass(frozen=True)
class Kept:
    """Two weeks of an aspect that is kept every day, as sets of days: with an entry, with an entry that has
    something wrong, of these with too few grams, too few hours, fewer than two signers, expired food. Of what is
    kept for every meal: the days of each, those with an entry that names none among all of them."""

    days: int = 0
    wrong: int = 0
    grams: int = 0
    hours: int = 0
    alone: int = 0
    expired: int = 0
    breakfast: int = 0
    lunch: int = 0
    dinner: int = 0

    def whole(self, meals: Iterable[Meal]) -> int:
        """The days with an entry for each of the meals."""
        of_each: list[int] = [getattr(self, meal.value) for meal in meals]
        return reduce(and_, of_each)


NOTHING_KEPT = Kept()


@dataclass(frozen=True)
class Counted:
    """Entries of a month, and those of them with something wrong."""

    entries: int = 0
    wrong: int = 0


NOTHING_COUNTED = Counted()


@dataclass(frozen=True)
class Licence:
    id: int
    number: str
    until_on: date | None
    scope: frozenset[str]


@dataclass(frozen=True)
class Contractor:
    id: int
    company: str
    how: str | None
    from_on: date | None
    until_on: date | None
    licence_until_on: date | None
    scope: frozenset[str]
    fee_fen: int | None
    waived: bool | None


@dataclass(frozen=True)
class Worker:
    """Somebody of the canteen's staff: when their health certificate runs out."""

    id: int
    job: str | None
    until_on: date | None


@dataclass(frozen=True)
class Contract:
    """A contract for food, the school's or the county's. `supplier_id`: a row of the register of suppliers."""

    id: int
    number: str
    ingredients: frozenset[str]
    supplier_id: int | None
    from_on: date | None
    until_on: date | None


@dataclass(frozen=True)
class Supplier:
    """`portions_most`: what the licence permits an off-site caterer a day; `director`: whether it has one for food
    safety."""

    id: int
    name: str
    licence_until_on: date | None
    classes: frozenset[str]
    portions_most: int | None = None
    director: bool | None = None


@dataclass(frozen=True)
class Delivery:
    """What one supplier delivered of one class in the last two weeks. `supplier` None: not in the register."""

    supplier: Supplier | None
    supplier_id: int | None
    ingredient: str
    last_on: date
    batches: int


@dataclass(frozen=True)
class CommitteeList:
    """The list filed for a school year. `grades` have a member, `school_grades` there are."""

    year: int
    filed_on: date | None
    members: int | None
    grades: tuple[str, ...]
    school_grades: tuple[str, ...]


@dataclass(frozen=True)
class Price:
    """A price beside those of the county for the same class, unit and meal standard. `n` of them, its own among them;
    `mad_fen`: the median of the distances from the median."""

    contract_id: int
    goods: str
    ingredient: str
    unit: str
    price_fen: int
    median_fen: float
    mad_fen: float
    n: int


@dataclass(frozen=True)
class Entries:
    """How entries came in the last two weeks: how many, and how many of them made in the last ten minutes of a day."""

    n: int = 0
    at_midnight: int = 0


@dataclass(frozen=True)
class Counts:
    """The three defences as a visitor counted them; None: not counted."""

    dust: int | None = None
    rat: int | None = None
    fly: int | None = None


@dataclass(frozen=True)
class Seen:
    """The latest visits of committee and supervisor: items that failed, each with its visit's date; what was counted,
    and when."""

    failed: Mapping[str, date] = field(default_factory=dict)
    counts: Counts | None = None
    counted_on: date | None = None


NOTHING_SEEN = Seen()


@dataclass(frozen=True)
class Survey:
    """Surveys of guardians: `begun`, whether a round of this term was opened; of the newest that was counted, whose
    term it is, and the overall mean of 0 to 100 over `n` answers: None where under five answered."""

    begun: bool = False
    term: str | None = None
    n: int = 0
    invited: int = 0
    mean: float | None = None


@dataclass(frozen=True)
class OpenProblem:
    id: int
    title: str
    state: str
    overdue_on: date | None
    returned: int


@dataclass(frozen=True)
class Repeat:
    """A photo that was there before, by the photo's id."""

    photo_id: int
    found_on: date
    earlier: int
    elsewhere: bool


@dataclass
class SchoolCase:
    """A school before the rules. Attributes after `calendar` are there when the rule reads them."""

    id: int
    name: str
    county_code: str
    stage: SchoolStage
    nutrition_plan: bool
    registered_diners: int | None
    boarding: bool
    modes: frozenset[CanteenMode]
    calendar: Calendar
    profile: Entry | None = field(init=False)
    defences: Entry | None = field(init=False)
    equipment: Entry | None = field(init=False)
    licences: tuple[Licence, ...] = field(init=False)
    contractors: tuple[Contractor, ...] = field(init=False)
    workers: tuple[Worker, ...] = field(init=False)
    contracts: tuple[Contract, ...] = field(init=False)
    committee: CommitteeList | None = field(init=False)
    # by aspect, of those that the rules at hand go by
    kept: Mapping[str, Kept] = field(init=False)
    # by aspect and the first of the month
    months: Mapping[tuple[str, date], Counted] = field(init=False)
    deliveries: tuple[Delivery, ...] = field(init=False)
    # of its county: they cover its schools
    county_contracts: tuple[Contract, ...] = field(init=False)
    prices: tuple[Price, ...] = field(init=False)
    entries: Entries = field(init=False)
    # of a daily aspect, where the last two weeks have none; None: there never was one
    newest_on: date | None = field(init=False)
    seen: Seen = field(init=False)
    # by kind of visit and month `2026-11`: the state of the duty
    duties: Mapping[tuple[str, str], str] = field(init=False)
    survey: Survey = field(init=False)
    problems: tuple[OpenProblem, ...] = field(init=False)
    repeats: tuple[Repeat, ...] = field(init=False)

    @property
    def cooks(self) -> bool:
        """Whether meals are made here: not where all come from outside. As the ledger takes it, a school without a
        canteen on record cooks."""
        return not self.modes or bool(self.modes - {CanteenMode.CATERED})

    @property
    def meals(self) -> tuple[Meal, ...]:
        """What it serves on a school day."""
        return meals_of(SchoolFacts(self.id, self.county_code, self.boarding, self.modes))

    @property
    def outsourced(self) -> bool:
        return bool(self.modes - {CanteenMode.OWN})


@dataclass(frozen=True)
class Caterer:
    """An off-site caterer that serves schools of the county, and the fullest of its last seven days in the whole
    province. `supplier` None: it is in no register."""

    id: int
    supplier: Supplier | None
    most_portions: int
    most_on: date
    schools: int


@dataclass(frozen=True)
class Visitor:
    """Somebody who visits schools of the county. `visits` of the last 120 days, `perfect` of them without a single
    fail or item not looked at; `copies`: the most of 60 days that have the same answers word for word; `rushed`: the
    most within so few minutes as the county's policy says, and on which date."""

    person_id: int
    kind: str
    visits: int
    perfect: int
    copies: int
    rushed: int
    rushed_on: date | None


@dataclass
class CountyCase:
    """A county's office before the rules, as a school's."""

    code: str
    calendar: Calendar
    county_contracts: tuple[Contract, ...] = field(init=False)
    caterers: tuple[Caterer, ...] = field(init=False)
    visitors: tuple[Visitor, ...] = field(init=False)
