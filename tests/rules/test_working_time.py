"""Working days and hours, school terms, quiet hours: what deadlines are counted in."""

from datetime import UTC, date, datetime

import pytest

from models.policies import quiet, terms, working_time
from models.policies.calendar import BEIJING
from models.policies.declared import QUIET_FROM_H, QUIET_UNTIL_H
from models.policies.terms import BadTerm, Term, Terms
from models.policies.working_time import Days

OFFICE, SCHOOL = Days(), Days(Terms())


def at(text: str) -> datetime:
    """A Beijing time of 2026, `11-27 18:00`, or of another year written in full."""
    text = text if len(text) > 11 else f"2026-{text}"
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=BEIJING).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "hours", "days", "then", "why"),
    [
        ("11-26 18:00", 8, OFFICE, "11-27 18:00", "a working day is eight hours"),
        ("11-27 18:00", 8, OFFICE, "11-30 18:00", "over a weekend"),
        ("11-27 18:00", 0, OFFICE, "11-27 18:00", "no hours: at once"),
        ("11-27 18:00", 2, OFFICE, "11-30 10:00", "hours begin at eight"),
        ("11-27 18:00", 6, OFFICE, "11-30 16:00", "the break at noon does not count"),
        ("11-27 23:00", 4, OFFICE, "11-30 12:00", "from the night: as from the morning"),
        ("11-28 10:00", 4, OFFICE, "11-30 12:00", "from a Saturday: as from Monday"),
        ("09-30 18:00", 8, OFFICE, "10-08 18:00", "over the National Day holiday"),
        ("09-19 18:00", 8, OFFICE, "09-20 18:00", "a Sunday that is worked"),
        ("2027-01-20 18:00", 8, SCHOOL, "2027-03-01 18:00", "over the winter holiday"),
        ("2027-01-20 18:00", 8, OFFICE, "2027-01-21 18:00", "offices work in the winter holiday"),
        ("2031-01-01 18:00", 8, OFFICE, "2031-01-02 18:00", "a year without a notice: Monday to Friday"),
    ],
)
def test_working_hours_after_an_instant(start: str, hours: float, days: Days, then: str, why: str) -> None:
    assert working_time.after(at(start), hours, days) == at(then), why


@pytest.mark.parametrize(
    ("end", "hours", "then", "why"),
    [
        ("11-27 18:00", 8, "11-27 08:00", "a day before: in the morning of the same day"),
        ("11-27 18:00", 9, "11-26 17:00", "an hour of the day before"),
        ("11-30 18:00", 16, "11-27 08:00", "over a weekend"),
        ("10-08 18:00", 16, "09-30 08:00", "over the National Day holiday"),
        ("11-27 18:00", 0, "11-27 18:00", "no hours"),
    ],
)
def test_working_hours_before_an_instant(end: str, hours: float, then: str, why: str) -> None:
    assert working_time.before(at(end), hours, OFFICE) == at(then), why


@pytest.mark.parametrize(
    ("start", "end", "hours", "why"),
    [
        ("11-26 10:30", "11-27 18:00", 13.5, "what is left of a day, and a day"),
        ("11-27 18:00", "11-30 08:00", 0, "a weekend"),
        ("11-27 19:00", "11-27 23:00", 0, "an evening"),
        ("11-27 12:30", "11-27 13:30", 0, "the break at noon"),
    ],
)
def test_working_hours_between_instants(start: str, end: str, hours: float, why: str) -> None:
    assert working_time.between(at(start), at(end), OFFICE) == hours, why


@pytest.mark.parametrize(
    ("day", "teaching", "why"),
    [
        ("2026-09-01", True, "the first school day"),
        ("2026-08-31", False, "the day before"),
        ("2027-01-20", True, "the last day of the autumn term"),
        ("2027-01-21", False, "the winter holiday"),
        ("2027-03-01", True, "the spring term"),
        ("2027-07-10", True, "its last day"),
        ("2027-07-11", False, "the summer holiday"),
    ],
)
def test_when_schools_teach_where_nobody_set_it(day: str, teaching: bool, why: str) -> None:
    assert Terms().in_term(date.fromisoformat(day)) is teaching, why


def test_a_term_that_was_set_holds_in_the_place_of_the_declared_one() -> None:
    given = Terms().with_term("2027-spring", Term(date(2027, 2, 22), date(2027, 7, 2)))
    assert [given.in_term(date(2027, *day)) for day in ((2, 22), (7, 2), (7, 3))] == [True, True, False]
    assert given.in_term(date(2026, 11, 24))


@pytest.mark.parametrize(
    ("term", "begins", "ends", "said"),
    [
        ("2027-spring", "2026-03-01", "2027-07-10", "应在2027年"),
        ("2027-spring", "2027-05-01", "2027-07-10", "2月至3月开学"),
        ("2027-spring", "2027-03-01", "2027-10-10", "月放假"),
        ("2026-autumn", "2026-09-01", "2026-08-01", "月放假"),
        ("2027-spring", "2027-02-01", "2027-08-25", "200天"),
        ("2026-autumn", "2026-09-01", "2027-02-28", "以前放假"),
        ("2028-spring", "2028-02-01", "2028-07-10", "以后开学"),
    ],
)
def test_dates_that_cannot_be_a_terms_are_refused(term: str, begins: str, ends: str, said: str) -> None:
    among = Terms().with_term("2027-spring", Term(date(2027, 2, 20), date(2027, 7, 1)))
    among = among.with_term("2027-autumn", Term(date(2027, 9, 1), date(2028, 2, 5)))
    with pytest.raises(BadTerm) as refused:
        terms.require_sound(term, Term(date.fromisoformat(begins), date.fromisoformat(ends)), among)
    assert said in str(refused.value.sentence.format(**refused.value.facts))


@pytest.mark.parametrize(
    ("now", "rings", "begins", "ends", "why"),
    [
        ("11-24 10:30", "11-24 10:30", 22, 7, "by day"),
        ("11-24 21:59", "11-24 21:59", 22, 7, "just before the night"),
        ("11-24 22:00", "11-25 07:00", 22, 7, "in the evening: the next morning"),
        ("11-25 03:00", "11-25 07:00", 22, 7, "after midnight: the same morning"),
        ("11-25 07:00", "11-25 07:00", 22, 7, "the night is over"),
        ("11-25 07:30", "11-25 08:30", 20, 8.5, "a policy of half an hour"),
        ("11-25 20:00", "11-26 08:30", 20, 8.5, "an earlier evening"),
        ("11-25 23:30", "11-25 23:30", 24, 0, "a policy without quiet hours"),
        ("11-25 00:00", "11-25 00:00", 24, 0, "a policy without quiet hours, at midnight"),
    ],
)
def test_quiet_hours(now: str, rings: str, begins: float, ends: float, why: str) -> None:
    policy = {QUIET_FROM_H.key: begins, QUIET_UNTIL_H.key: ends}
    assert quiet.until(at(now), policy) == at(rings), why
    assert quiet.maybe(at(now)) or rings == now
