"""What an aspect (方面) of the ledger and a register (名录) are made of. Pure data: no database, no clock.

Everything else is read from these declarations: the form, its validation, columns of workbooks, labels, what is
due and what is complete. An item is one line. Bounds are of two sorts, and they must not be mixed: `lowest` and
`highest` say what can be true at all, and anything else is a slip that is refused; `at_least`, `at_most`, `ought`
and `wanted` say what ought to be, and anything else is accepted as it is and counted as a defect. Whoever refuses
120 grams gets 125 written down.

Values in JSON, by kind: `integer`, `money` (fen), `weight` (g), `signer` (a person's id) and `reference` (a
register row's id) are whole numbers; `decimal` and `temperature` (°C) are numbers of `places` decimals; `yes_no`
is true or false; `choice` is a code, `choices` a list of codes; `date` is `2026-11-24`; `time` is a Beijing clock
time, `2026-11-24T11:40`; `photos` is a list of keys; `text`, `goods` (GTIN), `company_code` (统一社会信用代码) and
`licence_number` (JY…) are strings. A `certificate` is given as a string and kept as `{"sealed": id, "masked": …}`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TypedDict, Unpack

from models.organisations.tables import PostKind
from models.people.rights import Right
from models.policies.declared import Parameter

Bound = float | Parameter
Choices = dict[str, str]


class ItemKind(StrEnum):
    INTEGER = "integer"
    DECIMAL = "decimal"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    TEXT = "text"
    DATE = "date"
    TIME = "time"
    MONEY = "money"
    WEIGHT = "weight"
    TEMPERATURE = "temperature"
    CERTIFICATE = "certificate"
    COMPANY_CODE = "company_code"
    LICENCE_NUMBER = "licence_number"
    GOODS = "goods"
    PHOTOS = "photos"
    SIGNER = "signer"
    REFERENCE = "reference"


class Rhythm(StrEnum):
    """How often an entry is due; `expiry`: again before what it names runs out."""

    MEAL = "meal"
    DAILY = "daily"
    MONTHLY = "monthly"
    TERMLY = "termly"
    ON_CHANGE = "on_change"
    EXPIRY = "expiry"


class Meal(StrEnum):
    BREAKFAST = "breakfast"
    LUNCH = "lunch"
    DINNER = "dinner"


class Applies(StrEnum):
    """Which schools owe an aspect; `county`: no school, but the county's own office."""

    ALL = "all"
    COOKING = "cooking"
    """Those with a canteen that cooks: not where every meal comes from outside."""
    OUTSOURCED = "outsourced"
    """Those with a canteen that is contracted out, entrusted or catered from outside."""
    COUNTY = "county"


RHYTHM_NAMES = {
    Rhythm.MEAL: "每餐", Rhythm.DAILY: "每日", Rhythm.MONTHLY: "每月", Rhythm.TERMLY: "每学期",
    Rhythm.ON_CHANGE: "变动时", Rhythm.EXPIRY: "到期前",
}  # fmt: skip
MEAL_NAMES = {Meal.BREAKFAST: "早餐", Meal.LUNCH: "午餐", Meal.DINNER: "晚餐"}


@dataclass(frozen=True)
class Item:
    """One line of a form, made by the functions below.

    `unit` is what people read; money is stored in fen and said in yuan. `choices` are (code, Chinese word).
    `when`: asked only where another item has one of these values. `since` and `until` are versions of the
    declaration, `until` exclusive: an item that changes is ended and declared anew.
    """

    code: str
    name: str
    kind: ItemKind
    unit: str = ""
    lowest: float | None = None
    highest: float | None = None
    places: int = 0
    longest: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    refers: str = ""
    required: bool = True
    at_least: Bound | None = None
    at_most: Bound | None = None
    ought: tuple[str | bool, ...] = ()
    wanted: bool = False
    when: tuple[str, tuple[str | bool, ...]] | None = None
    hint: str = ""
    source: str = ""
    since: int = 1
    until: int | None = None

    def asked_in(self, version: int) -> bool:
        return self.since <= version and (self.until is None or version < self.until)

    @property
    def words(self) -> dict[str, str]:
        """Chinese words by code."""
        return dict(self.choices)


class More(TypedDict, total=False):
    """What an item of any kind may say besides."""

    required: bool
    at_least: Bound
    at_most: Bound
    ought: tuple[str | bool, ...]
    wanted: bool
    when: tuple[str, tuple[str | bool, ...]]
    hint: str
    source: str
    since: int
    until: int


def whole(code: str, name: str, unit: str, lowest: int, highest: int, **more: Unpack[More]) -> Item:
    return Item(code, name, ItemKind.INTEGER, unit, lowest, highest, **more)


def decimal(
    code: str, name: str, unit: str, lowest: float, highest: float, places: int = 1, **more: Unpack[More]
) -> Item:
    return Item(code, name, ItemKind.DECIMAL, unit, lowest, highest, places, **more)


def money(
    code: str, name: str, lowest_fen: int, highest_fen: int, unit: str = "元", **more: Unpack[More]
) -> Item:
    """Bounds in fen, as it is stored; `unit` may say of what, `元/份`."""
    return Item(code, name, ItemKind.MONEY, unit, lowest_fen, highest_fen, **more)


def weight(code: str, name: str, lowest_g: int, highest_g: int, **more: Unpack[More]) -> Item:
    return Item(code, name, ItemKind.WEIGHT, "克", lowest_g, highest_g, **more)


def temperature(code: str, name: str, lowest_c: float, highest_c: float, **more: Unpack[More]) -> Item:
    return Item(code, name, ItemKind.TEMPERATURE, "℃", lowest_c, highest_c, 1, **more)


def choice(code: str, name: str, choices: Choices, **more: Unpack[More]) -> Item:
    return Item(code, name, ItemKind.CHOICE, choices=tuple(choices.items()), **more)


def choices(code: str, name: str, among: Choices, **more: Unpack[More]) -> Item:
    """Any number of the choices, each once."""
    return Item(code, name, ItemKind.CHOICES, choices=tuple(among.items()), **more)


def yes_no(code: str, name: str, **more: Unpack[More]) -> Item:
    return Item(code, name, ItemKind.YES_NO, **more)


def text(code: str, name: str, longest: int, **more: Unpack[More]) -> Item:
    return Item(code, name, ItemKind.TEXT, longest=longest, **more)


def day(code: str, name: str, **more: Unpack[More]) -> Item:
    return Item(code, name, ItemKind.DATE, **more)


def clock(code: str, name: str, **more: Unpack[More]) -> Item:
    """A Beijing date with its time of day."""
    return Item(code, name, ItemKind.TIME, **more)


def certificate(code: str, name: str, longest: int = 40, **more: Unpack[More]) -> Item:
    """A number of a person's document: sealed at rest, shown masked."""
    return Item(code, name, ItemKind.CERTIFICATE, longest=longest, **more)


def company_code(code: str, name: str = "统一社会信用代码", **more: Unpack[More]) -> Item:
    return Item(code, name, ItemKind.COMPANY_CODE, longest=18, **more)


def licence_number(code: str, name: str = "食品经营许可证编号", **more: Unpack[More]) -> Item:
    return Item(code, name, ItemKind.LICENCE_NUMBER, longest=16, **more)


def goods(code: str, name: str, **more: Unpack[More]) -> Item:
    """The number under a bar code."""
    return Item(code, name, ItemKind.GOODS, longest=14, **more)


def photos(code: str, name: str, least: int, most: int, **more: Unpack[More]) -> Item:
    return Item(code, name, ItemKind.PHOTOS, "张", least, most, **more)


def signer(code: str, name: str, **more: Unpack[More]) -> Item:
    """Somebody who holds a post at the school."""
    return Item(code, name, ItemKind.SIGNER, **more)


def reference(code: str, name: str, register: str, **more: Unpack[More]) -> Item:
    """A row of a register."""
    return Item(code, name, ItemKind.REFERENCE, refers=register, **more)


@dataclass(frozen=True)
class Kept:
    """How an entry or a form becomes a row of a register: which items are its name, its dates, its company.

    `key`: the items whose values are the same for the same thing, within `among`: the province, a county or
    a school. The same identity again changes the row.
    """

    register: str
    label: str
    key: tuple[str, ...]
    among: str = "school"
    since_on: str | None = None
    until_on: str | None = None
    company: str | None = None


@dataclass(frozen=True, kw_only=True)
class Form:
    """What aspects and registers have in common.

    `orders`: pairs of items of which the first is not above the second. `differ`: pairs that are not the same.
    """

    code: str
    name: str
    items: tuple[Item, ...]
    source: str
    kept: Kept | None = None
    orders: tuple[tuple[str, str], ...] = ()
    differ: tuple[tuple[str, str], ...] = ()
    reading: Right = Right.READ_LEDGER

    @cached_property
    def version(self) -> int:
        """The newest version: that of the latest change of an item."""
        return max(max(item.since, item.until or 1) for item in self.items)

    def asked(self, version: int | None = None) -> tuple[Item, ...]:
        """The items of a version, the newest if none is named, in their order."""
        version = version or self.version
        return tuple(item for item in self.items if item.asked_in(version))


@dataclass(frozen=True, kw_only=True)
class Aspect(Form):
    """One of the twenty. `many`: several entries in one period are right, such as one a dish."""

    number: int
    owner: PostKind
    rhythm: Rhythm
    many: bool = False
    applies: Applies = Applies.ALL
    # 0: nobody signs; 2: two different people do
    signers: int = 0
    hint: str = field(default="")


@dataclass(frozen=True, kw_only=True)
class Register(Form):
    """Things with an identity of their own that no aspect keeps: suppliers, cameras, lists filed."""

    kept: Kept
    writing: frozenset[PostKind]
