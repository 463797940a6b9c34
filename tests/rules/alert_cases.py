"""Schools and counties before the rules, made by hand: what a table does not say, nobody has written down."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from models.alerts.calendars import calendar_of
from models.alerts.declaring import Finding, Subject
from models.alerts.facts import (
    Caterer,
    CommitteeList,
    Contract,
    Contractor,
    Counts,
    CountyCase,
    Delivery,
    Entry,
    Kept,
    Licence,
    Price,
    SchoolCase,
    Seen,
    Supplier,
    Visitor,
    Worker,
)
from models.alerts.gathering import OF_SCHOOLS
from models.alerts.rules import BY_CODE
from models.organisations.tables import CanteenMode, SchoolStage
from models.policies.declared import PARAMETERS
from models.policies.terms import Terms

# a Tuesday; school days went by on the 16th to 20th of last week and on the 23rd
TODAY = date(2026, 11, 24)
POLICIES = {one.key: one.default for one in PARAMETERS}
# as bits from Monday the 16th
LAST_WEEK, MONDAY, TUESDAY = 0b11111, 1 << 7, 1 << 8
EVERY_DAY = LAST_WEEK | MONDAY
SUPPLIER = Supplier(70, "爨乡粮油", date(2028, 5, 1), frozenset({"rice", "oil"}), 3_000, True)
OF_COUNTIES = {"county_contracts": (), "caterers": (), "visitors": ()}


def found(code: str, facts: Mapping[str, Any]) -> list[Finding]:
    """What a rule finds. `facts`: attributes of the case, and `today`, `policies` and `terms` where they differ."""
    rule, given = BY_CODE[code], dict(facts)
    today, policies = given.pop("today", TODAY), POLICIES | given.pop("policies", {})
    calendar = calendar_of(today, given.pop("terms", Terms()))
    case: Any
    if rule.subject is Subject.COUNTY:
        case = CountyCase("530302", calendar)
        known = OF_COUNTIES | given
        allowed = {read.value for read in rule.reads}
    else:
        fixed = {
            "stage": SchoolStage.PRIMARY, "nutrition_plan": False, "registered_diners": None,
            "boarding": False, "modes": frozenset({CanteenMode.OWN}),
        }  # fmt: skip
        fixed |= {name: given.pop(name) for name in list(given) if name in fixed}
        case = SchoolCase(1, "田坝小学", "530302", calendar=calendar, **fixed)  # type: ignore[arg-type]
        known = {read.value: source.nothing for read, source in OF_SCHOOLS.items()}
        known |= {"county_contracts": ()} | given
        allowed = {read.value for read in rule.reads}
    assert set(given) <= allowed, f"{code} does not read {set(given) - allowed}"
    for name in allowed:
        setattr(case, name, known[name])
    return list(rule.judge(case, policies, today))


def entry(on: date = date(2026, 11, 2), **items: Any) -> Entry:
    return Entry(on, items)


def profile(**items: Any) -> Entry:
    return entry(**{"mode": "own", "diners": 300} | items)


def licence(until: date | None = date(2029, 1, 1), scope: str = "hot") -> Licence:
    return Licence(5, "JY1", until, frozenset(scope.split()))


def contractor(**more: Any) -> Contractor:
    given = {
        "id": 6, "company": "云岭餐饮", "how": "contracted", "from_on": date(2026, 1, 1),
        "until_on": date(2027, 12, 31), "licence_until_on": date(2029, 1, 1), "scope": frozenset({"hot"}),
        "fee_fen": 0, "waived": True,
    } | more  # fmt: skip
    return Contractor(**given)


def worker(until: date | None = date(2027, 8, 31), job: str | None = "cook", number: int = 8) -> Worker:
    return Worker(number, job, until)


def contract(ingredient: str = "rice", until: date | None = date(2027, 6, 30), **more: Any) -> Contract:
    given = {
        "id": 9, "number": "CG-1", "ingredients": frozenset({ingredient}), "supplier_id": 70,
        "from_on": date(2026, 7, 1), "until_on": until,
    } | more  # fmt: skip
    return Contract(**given)


def delivery(ingredient: str = "rice", supplier: Supplier | None = SUPPLIER, **more: Any) -> Delivery:
    given = {
        "supplier": supplier, "supplier_id": supplier.id if supplier else 404, "ingredient": ingredient,
        "last_on": date(2026, 11, 20), "batches": 2,
    } | more  # fmt: skip
    return Delivery(**given)


def supplier(**more: Any) -> Supplier:
    given = {
        "id": 70, "name": "爨乡粮油", "licence_until_on": date(2028, 5, 1), "classes": frozenset({"rice"}),
    } | more  # fmt: skip
    return Supplier(**given)


def committee(**more: Any) -> CommitteeList:
    given = {
        "year": 2026, "filed_on": date(2026, 9, 20), "members": 9, "grades": ("1", "2"),
        "school_grades": ("1", "2"),
    } | more  # fmt: skip
    return CommitteeList(**given)


def price(fen: int, *, n: int = 20, median: float = 600, mad: float = 20) -> Price:
    return Price(9, "香米", "rice", "kg", fen, median, mad, n)


def caterer(portions: int, known: Supplier | None = SUPPLIER) -> Caterer:
    return Caterer(70, known, portions, date(2026, 11, 20), 4)


def visitor(**more: Any) -> Visitor:
    given = {
        "person_id": 3, "kind": "committee", "visits": 1, "perfect": 0, "copies": 1,
        "rushed": 1, "rushed_on": None,
    } | more  # fmt: skip
    return Visitor(**given)


def seen(counts: Counts | None = None, on: date = date(2026, 11, 20), **failed: date) -> Seen:
    return Seen(failed, counts, on if counts else None)


def kept(aspect: str, days: int = EVERY_DAY, **more: int) -> dict[str, Kept]:
    """Days with an entry, for each meal where each has its own."""
    return {aspect: Kept(days, **{"breakfast": days, "lunch": days, "dinner": days} | more)}
