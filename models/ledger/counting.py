"""How full the ledger is: what was owed, and what of it is there. Pure.

A slot that is filled twice counts once, and what nobody owed counts as an entry and fills nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from models.ledger.declaring import Aspect, Rhythm
from models.ledger.periods import SchoolFacts, owes, period_of, school_days, slots_of_school_day
from models.policies.terms import Terms


@dataclass(frozen=True)
class Figure:
    """`due` slots so far, `done` of them, `entries` with `late` and `defective` ones, the latest received."""

    due: int = 0
    done: int = 0
    entries: int = 0
    late: int = 0
    defective: int = 0
    last_at: datetime | None = None

    def __add__(self, other: "Figure") -> "Figure":
        lasts = [at for at in (self.last_at, other.last_at) if at is not None]
        return Figure(
            self.due + other.due, self.done + other.done, self.entries + other.entries,
            self.late + other.late, self.defective + other.defective, max(lasts, default=None),
        )  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Entries of one school, aspect, day and meal, counted by the database."""

    school_id: int
    day: date
    meal: str
    entries: int
    late: int
    defective: int
    last_at: datetime | None


def sum_of(groups: Iterable[Group]) -> Figure:
    """The entries as they are, whatever was owed."""
    whole = Figure()
    for one in groups:
        whole += Figure(0, 0, one.entries, one.late, one.defective, one.last_at)
    return whole


def of_day(
    aspect: Aspect, schools: Mapping[int, SchoolFacts], groups: list[Group], day: date, terms: Terms
) -> Figure:
    """A day of an aspect that is due every day or every meal."""
    teaching = schools.values() if any(school_days(day, day, terms)) else ()
    owed = {(school.id, slot) for school in teaching for slot in slots_of_school_day(aspect, school)}
    there = {(one.school_id, one.meal) for one in groups}
    return replace(sum_of(groups), due=len(owed), done=len(owed & there))


def due_until(aspect: Aspect, schools: Iterable[SchoolFacts], first: date, last: date, terms: Terms) -> int:
    """Slots owed from one Beijing date to another, both included."""
    days = sum(1 for _ in school_days(first, last, terms))
    return days * sum(len(slots_of_school_day(aspect, school)) for school in schools)


def of_schools(
    aspect: Aspect, schools: Mapping[int, SchoolFacts], there: set[int], first: date, last: date, terms: Terms
) -> Figure:
    """A period of an aspect that a school owes once: `there` are those that have it. Monthly and termly ones
    are owed where there is a school day, the others always."""
    periodic = aspect.rhythm in (Rhythm.MONTHLY, Rhythm.TERMLY)
    if periodic and not any(school_days(first, last, terms)):
        return Figure()
    owed = {school.id for school in schools.values() if owes(aspect, school)}
    return Figure(due=len(owed), done=len(owed & there))


@dataclass(frozen=True)
class Month:
    """What is known of some schools' month: entries by (school, aspect), for termly ones and those due on change
    the date of the latest entry until the last day, and which (school, aspect) have something that is valid on it."""

    groups: Mapping[tuple[int, str], list[Group]]
    latest: Mapping[tuple[int, str], date]
    valid: frozenset[tuple[int, str]]


def of_school(
    aspect: Aspect, school: SchoolFacts, known: Month, first: date, last: date, terms: Terms
) -> Figure:
    """One aspect of one school from the first day of a month to its last, or to today. Summed over a county's
    schools these are the county's figures."""
    key = (school.id, aspect.code)
    groups = known.groups.get(key, [])
    if aspect.rhythm in (Rhythm.MEAL, Rhythm.DAILY):
        slots = slots_of_school_day(aspect, school)
        owed = {(day, slot) for day in school_days(first, last, terms) for slot in slots}
        there = {(one.day, one.meal) for one in groups}
        return replace(sum_of(groups), due=len(owed), done=len(owed & there))
    if aspect.rhythm is Rhythm.EXPIRY:
        has = key in known.valid
    elif aspect.rhythm is Rhythm.MONTHLY:
        has = bool(groups)
    else:
        since = period_of(Rhythm.TERMLY, last, terms)[0] if aspect.rhythm is Rhythm.TERMLY else date.min
        has = key in known.latest and known.latest[key] >= since
    owing = of_schools(aspect, {school.id: school}, {school.id} if has else set(), first, last, terms)
    return replace(sum_of(groups), due=owing.due, done=owing.done)
