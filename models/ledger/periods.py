"""What a school owes when: rhythms on the school calendar. Pure.

A slot is what one entry fills: a meal of a day, a day, a month, a term.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from models.ledger.declaring import Applies, Aspect, Meal, Rhythm
from models.organisations.tables import CanteenMode
from models.policies.calendar import BEIJING, last_day
from models.policies.terms import Terms, named_around
from models.policies.working_time import Days

# so that a clock set five minutes fast is no reason to refuse work that was done
CLOCK_SKEW = timedelta(minutes=10)


@dataclass(frozen=True)
class SchoolFacts:
    """What a school's duties depend on. `modes`: how its canteens are run; none where it has no canteen."""

    id: int
    county_code: str
    boarding: bool
    modes: frozenset[CanteenMode]
    open: bool = True


def owes(aspect: Aspect, school: SchoolFacts) -> bool:
    """Whether an aspect is any business of a school."""
    if aspect.applies is Applies.COUNTY or not school.open:
        return False
    if aspect.applies is Applies.COOKING:
        return not school.modes or bool(school.modes - {CanteenMode.CATERED})
    if aspect.applies is Applies.OUTSOURCED:
        return bool(school.modes - {CanteenMode.OWN})
    return True


def meals_of(school: SchoolFacts) -> tuple[Meal, ...]:
    """The meals a school serves: boarders eat three times a day here."""
    return (Meal.BREAKFAST, Meal.LUNCH, Meal.DINNER) if school.boarding else (Meal.LUNCH,)


def slots_of_school_day(aspect: Aspect, school: SchoolFacts) -> tuple[str, ...]:
    """What a day on which schools teach owes: the meals of a meal's rhythm, `""` of a daily one."""
    if aspect.rhythm not in (Rhythm.MEAL, Rhythm.DAILY) or not owes(aspect, school):
        return ()
    return tuple(meals_of(school)) if aspect.rhythm is Rhythm.MEAL else ("",)


def slots_of_day(aspect: Aspect, school: SchoolFacts, day: date, terms: Terms) -> tuple[str, ...]:
    """What is owed on a Beijing date: nothing on a day off."""
    return slots_of_school_day(aspect, school) if Days(terms).open(day) else ()


def school_days(first: date, last: date, terms: Terms) -> Iterator[date]:
    """The days on which schools teach, both ends included."""
    days = Days(terms)
    while first <= last:
        if days.open(first):
            yield first
        first += timedelta(days=1)


def term_of(day: date, terms: Terms) -> str | None:
    """The name of the term a date lies in; None in the holidays."""
    for before in (day, day.replace(year=day.year - 1, day=1)):
        for name in named_around(before):
            if terms.of(name).covers(day):
                return name
    return None


def period_of(rhythm: Rhythm, day: date, terms: Terms) -> tuple[date, date]:
    """The first and the last Beijing date of the period that a date's entry is for.

    In the holidays a termly one counts for the term before. Of what has no period, the day itself.
    """
    if rhythm is Rhythm.MONTHLY:
        return day.replace(day=1), last_day(f"{day:%Y-%m}")
    if rhythm is Rhythm.TERMLY:
        return _term_until(day, terms)
    return day, day


def _term_until(day: date, terms: Terms) -> tuple[date, date]:
    earlier = [*named_around(day.replace(year=day.year - 1, day=1)), *named_around(day)]
    begun = [(terms.of(name).begins_on, name) for name in earlier if terms.of(name).begins_on <= day]
    first, name = max(begun)
    return first, max(terms.of(name).ends_on, day)


def ends_at(rhythm: Rhythm, day: date, terms: Terms) -> datetime | None:
    """The UTC instant until which an entry for a date is in time; None: it cannot be late."""
    if rhythm in (Rhythm.ON_CHANGE, Rhythm.EXPIRY):
        return None
    _, last = period_of(rhythm, day, terms)
    return datetime.combine(last + timedelta(days=1), time.min, BEIJING).astimezone(UTC)


def is_late(rhythm: Rhythm, day: date, terms: Terms, received_at: datetime, grace_h: float) -> bool:
    """Whether an entry came after its period and the grace that the county gives."""
    end = ends_at(rhythm, day, terms)
    return end is not None and received_at > end + timedelta(hours=grace_h)
