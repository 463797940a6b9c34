"""Where the schools of the made-up province are, how they feed their pupils, and who sells to them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.ledger import numbers
from models.organisations.tables import CanteenMode, SchoolStage
from ops.demo.province.school import HELD, Filed, School
from ops.demo.province.size import CAMERAS, CANTEENS, SCHOOLS, STAFF, SUPPLIERS, Size
from ops.demo.province.times import Times

STAGES = tuple(SchoolStage)
SCHOOLS_A_SUPERVISOR = 5
# enough of them for every case, however small the province
LEAST_CATERED, LEAST_OUTSOURCED = 10, 18
SORTS: tuple[tuple[str, ...], ...] = (
    ("rice", "flour", "oil"),
    ("meat", "egg", "milk"),
    ("vegetable", "other"),
)
EVERYTHING = ("hot", "cold", "group")


@dataclass
class Supplier:
    """A row of the register of suppliers: its number from 1 on is its id."""

    id: int
    county: str
    classes: tuple[str, ...]
    # in days from today
    licence_days: int = 400
    portions_most: int | None = None
    director: bool | None = None

    def values(self, times: Times) -> dict[str, Any]:
        code = f"91{self.county}MA6K{self.id:05d}"
        licence = f"1{self.county}0{self.id:05d}"
        said: dict[str, Any] = {
            "name": f"云岭食材配送{self.id:04d}号有限公司", "company_code": code + numbers.company_check(code),
            "licence": f"JY{licence}{numbers.licence_check(licence)}",
            "licence_until_on": times.after(self.licence_days).isoformat(), "scope": list(EVERYTHING),
            "classes": list(self.classes),
        }  # fmt: skip
        if self.portions_most is not None:
            said["portions_most"] = self.portions_most
        if self.director is not None:
            said["director"] = self.director
        return said


@dataclass
class County:
    """`contracts`: the county's own, of those that feed by the nutrition plan."""

    code: str
    name: str
    turn: int
    schools: list[School] = field(default_factory=list)
    contracts: list[Filed] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)

    @property
    def buys(self) -> bool:
        """Whether the county has contracts of its own."""
        return self.turn % 2 == 0


@dataclass
class Province:
    """All of it, small enough to be held: rows are made of it one after another."""

    size: Size
    times: Times
    counties: list[County]
    schools: list[School]
    suppliers: list[Supplier]
    people: int
    # of cases: by rule, place (a school's id or a county's code) and sort, how many findings there are
    planted: Counter[tuple[str, int | str, str]] = field(default_factory=Counter)
    # and of each case by rule and words, how often it was planted
    cases: Counter[tuple[str, str]] = field(default_factory=Counter)

    def supplier(self, county: str, classes: Sequence[str], **more: Any) -> int:
        """One more supplier; its id."""
        self.suppliers.append(Supplier(len(self.suppliers) + 1, county, tuple(classes), **more))
        return len(self.suppliers)


def laid_out(size: Size, times: Times, divisions: Sequence[Mapping[str, Any]]) -> Province:
    """The province before anything is planted. `divisions`: code and name of all counties, by code."""
    counties = [County(one["code"], one["name"], turn) for turn, one in enumerate(divisions[: size.counties])]
    schools = [_school(number, counties[number % len(counties)]) for number in range(size.schools)]
    catered = max(size.share(SCHOOLS - CANTEENS), LEAST_CATERED)
    _run_by(schools, catered)
    people = _supervised(counties, size.schools * HELD)
    province = Province(size, times, counties, schools, [], people)
    for county in counties:
        _supplied(province, county)
    _contracted(counties, province)
    return province


def _school(number: int, county: County) -> School:
    school = School(
        number + 1, county.code, len(county.schools) + 1, STAGES[number % 7 % len(STAGES)],
        boarding=number % 5 < 2, nutrition=number % 3 == 1, mode=CanteenMode.OWN, diners=180 + number * 37 % 900,
    )  # fmt: skip
    county.schools.append(school)
    return school


def _run_by(schools: list[School], catered: int) -> None:
    """Whose canteen is whose: the schools without one of their own lie evenly among the others."""
    every = len(schools) / catered
    for turn in range(catered):
        # a step aside each time, or they would all be of one county
        schools[int(turn * every) + turn % 3].mode = CanteenMode.CATERED
    own = [school for school in schools if school.mode is CanteenMode.OWN and not school.nutrition]
    outsourced = max(len(schools) // 10, LEAST_OUTSOURCED)
    every = max(1, len(own) // outsourced)
    for turn, school in enumerate(own[::every][:outsourced]):
        school.mode = (CanteenMode.CONTRACTED, CanteenMode.ENTRUSTED)[turn % 2]


def _supervised(counties: list[County], people: int) -> int:
    """A supervisor for every five schools; returns the number of people with them."""
    for county in counties:
        for place, school in enumerate(county.schools):
            if place % SCHOOLS_A_SUPERVISOR == 0:
                people += 1
            school.supervisor = people
    return people


def _supplied(province: Province, county: County) -> None:
    """Suppliers of each sort, from which the county's schools buy in turn, and a caterer."""
    # some are left over for the cases, and the last few sell to nobody
    each = max(1, province.size.share(SUPPLIERS) * 7 // 10 // len(province.counties) // len(SORTS))
    sellers = [[province.supplier(county.code, sort) for _ in range(each)] for sort in SORTS]
    caterer = province.supplier(county.code, ["other"], portions_most=200_000, director=True)
    for school in county.schools:
        school.caterer = caterer
        school.suppliers = {
            one: ids[school.turn % each] for sort, ids in zip(SORTS, sellers, strict=True) for one in sort
        }


def _contracted(counties: list[County], province: Province) -> None:
    for county in counties:
        for school in county.schools:
            school.covered = county.buys
        if county.buys:
            until = province.times.after(200).isoformat()
            county.contracts.append(_county_contract(province, county, ["egg", "milk"], until, 0))


def _county_contract(province: Province, county: County, scope: list[str], until: str, turn: int) -> Filed:
    began = province.times.after(-300)
    values = {
        "supplier": county.schools[0].suppliers["meat"], "number": f"XQ{county.code}{turn}", "scope": scope,
        "tender_on": began.isoformat(), "from_on": began.isoformat(), "until_on": until, "schools": len(county.schools),
    }  # fmt: skip
    return Filed(province.times.filed_on, values)


def add_county_contract(province: Province, county: County, scope: list[str], days: int) -> None:
    """One more contract of a county's, that ends so many days from today."""
    until = province.times.after(days).isoformat()
    county.contracts.append(_county_contract(province, county, scope, until, len(county.contracts)))


def counted_out(province: Province) -> None:
    """Give schools their staff and cameras, and the province the rest of its suppliers: the sums are the province's.
    Schools that a case left without staff have none."""
    size = province.size
    cooking = [one for one in province.schools if one.cooks and not _without_staff(one)]
    spread = size.share(STAFF) - sum(one.staff for one in cooking if one.staff)
    free = [one for one in cooking if not one.staff]
    for turn, school in enumerate(free):
        school.staff = spread // len(free) + (turn < spread % len(free))
    cameras = size.share(CAMERAS)
    for turn, school in enumerate(province.schools):
        school.cameras = cameras // size.schools + (turn < cameras % size.schools)
    while len(province.suppliers) < size.share(SUPPLIERS):
        county = province.counties[len(province.suppliers) % len(province.counties)]
        province.supplier(county.code, SORTS[len(province.suppliers) % len(SORTS)])


def _without_staff(school: School) -> bool:
    return school.plan is not None and school.plan.files.get("staff") == []
