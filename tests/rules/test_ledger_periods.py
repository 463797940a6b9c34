"""What is owed when, when it is late, how full it is, and where a month stands."""

from datetime import UTC, date, datetime

import pytest

from models.ledger.aspects import BY_CODE
from models.ledger.counting import Figure, Group, due_until, of_day, of_schools
from models.ledger.declaring import Rhythm
from models.ledger.periods import SchoolFacts, is_late, owes, period_of, slots_of_day
from models.ledger.states import AFTER, MonthCannot, MonthState, Move, after
from models.organisations.tables import CanteenMode
from models.policies.terms import Term, Terms

OWN, CATERED = CanteenMode.OWN, CanteenMode.CATERED
TERMS = Terms((("2026-autumn", Term(date(2026, 9, 1), date(2027, 1, 20))),))
TUESDAY, SUNDAY, HOLIDAY = date(2026, 11, 24), date(2026, 11, 22), date(2027, 2, 2)


def school(*modes: CanteenMode, boarding: bool = False, is_open: bool = True, number: int = 1) -> SchoolFacts:
    return SchoolFacts(number, "530302", boarding, frozenset(modes), is_open)


@pytest.mark.parametrize(
    ("aspect", "at", "owed", "why"),
    [
        ("food_sample", school(OWN), True, "cooks"),
        ("food_sample", school(CATERED), True, "what comes from outside is kept as well"),
        ("morning_check", school(CATERED), False, "nobody cooks"),
        ("morning_check", school(OWN, CATERED), True, "one of two canteens cooks"),
        ("morning_check", school(), True, "no canteen is registered: unknown is not none"),
        ("contractor", school(OWN), False, "nobody else runs it"),
        ("contractor", school(CATERED), True, "somebody else cooks"),
        ("county_supplier", school(OWN), False, "the county's"),
        ("shared_meal", school(OWN, is_open=False), False, "closed"),
    ],
)
def test_who_owes_what(aspect: str, at: SchoolFacts, owed: bool, why: str) -> None:
    assert owes(BY_CODE[aspect], at) is owed, why


@pytest.mark.parametrize(
    ("aspect", "at", "day", "slots"),
    [
        ("food_sample", school(OWN), TUESDAY, ("lunch",)),
        ("food_sample", school(OWN, boarding=True), TUESDAY, ("breakfast", "lunch", "dinner")),
        ("morning_check", school(OWN, boarding=True), TUESDAY, ("",)),
        ("food_sample", school(OWN), SUNDAY, ()),
        ("food_sample", school(OWN), HOLIDAY, ()),
        ("training", school(OWN), TUESDAY, ()),
    ],
)
def test_what_a_day_owes(aspect: str, at: SchoolFacts, day: date, slots: tuple[str, ...]) -> None:
    assert slots_of_day(BY_CODE[aspect], at, day, TERMS) == slots


@pytest.mark.parametrize(
    ("rhythm", "day", "first", "last"),
    [
        (Rhythm.MEAL, TUESDAY, TUESDAY, TUESDAY),
        (Rhythm.MONTHLY, TUESDAY, date(2026, 11, 1), date(2026, 11, 30)),
        (Rhythm.TERMLY, TUESDAY, date(2026, 9, 1), date(2027, 1, 20)),
        # in the holidays it counts for the term before, until then
        (Rhythm.TERMLY, HOLIDAY, date(2026, 9, 1), HOLIDAY),
        (Rhythm.TERMLY, date(2026, 8, 3), date(2026, 3, 1), date(2026, 8, 3)),
    ],
)
def test_which_period_a_date_is_for(rhythm: Rhythm, day: date, first: date, last: date) -> None:
    assert period_of(rhythm, day, TERMS) == (first, last)


@pytest.mark.parametrize(
    ("rhythm", "received_at", "late", "why"),
    [
        (Rhythm.DAILY, datetime(2026, 11, 24, 15, 59, tzinfo=UTC), False, "23:59 in Beijing"),
        (Rhythm.DAILY, datetime(2026, 11, 24, 18, 0, tzinfo=UTC), False, "within the grace of two hours"),
        (Rhythm.DAILY, datetime(2026, 11, 24, 18, 1, tzinfo=UTC), True, "a minute after"),
        (Rhythm.MONTHLY, datetime(2026, 11, 30, 15, 0, tzinfo=UTC), False, "the month is not over"),
        (Rhythm.TERMLY, datetime(2027, 1, 20, 15, 0, tzinfo=UTC), False, "nor is the term"),
        (Rhythm.EXPIRY, datetime(2028, 1, 1, tzinfo=UTC), False, "never late"),
    ],
)
def test_when_an_entry_is_late(rhythm: Rhythm, received_at: datetime, late: bool, why: str) -> None:
    assert is_late(rhythm, TUESDAY, TERMS, received_at, 2) is late, why


AT = datetime(2026, 11, 24, 4, tzinfo=UTC)


def group(number: int, meal: str, entries: int = 1, defective: int = 0) -> Group:
    return Group(number, TUESDAY, meal, entries, 0, defective, AT)


def test_a_slot_filled_twice_counts_once_and_what_nobody_owed_fills_nothing() -> None:
    schools = {1: school(OWN), 2: school(OWN, boarding=True, number=2)}
    groups = [group(1, "lunch", 9, 2), group(1, "dinner"), group(2, "lunch", 3), group(9, "lunch")]

    found = of_day(BY_CODE["food_sample"], schools, groups, TUESDAY, TERMS)

    assert found == Figure(due=4, done=2, entries=14, late=0, defective=2, last_at=AT)


def test_no_record_is_not_a_record_of_nothing() -> None:
    found = of_day(BY_CODE["morning_check"], {1: school(OWN)}, [], TUESDAY, TERMS)

    assert (found.due, found.done, found.last_at) == (1, 0, None)


def test_a_month_owes_its_school_days_and_a_holiday_nothing() -> None:
    three = [school(OWN, number=number) for number in range(3)]

    # 21 working days of November 2026, all in term
    assert due_until(BY_CODE["morning_check"], three, date(2026, 11, 1), date(2026, 11, 30), TERMS) == 63
    assert due_until(BY_CODE["morning_check"], three, date(2027, 2, 1), date(2027, 2, 14), TERMS) == 0
    schools = {one.id: one for one in three}
    term = date(2026, 11, 1), date(2026, 11, 30), TERMS
    assert of_schools(BY_CODE["training"], schools, {1, 7}, *term) == Figure(due=3, done=1)
    holiday = date(2027, 2, 1), date(2027, 2, 14), TERMS
    assert of_schools(BY_CODE["training"], schools, {1}, *holiday) == Figure()
    assert of_schools(BY_CODE["food_licence"], schools, {1}, *holiday) == Figure(due=3, done=1)


@pytest.mark.parametrize("state", MonthState)
@pytest.mark.parametrize("move", Move)
def test_a_month_moves_by_the_table(state: MonthState, move: Move) -> None:
    if (state, move) in AFTER:
        assert after(state, move) is AFTER[state, move]
    else:
        with pytest.raises(MonthCannot) as refused:
            after(state, move)
        assert "不能" in refused.value.said
