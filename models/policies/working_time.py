"""Working days and working hours: what deadlines are counted in. Pure.

A working hour is an hour in which offices are open, 8:00–12:00 and 14:00–18:00 Beijing time on a working
day: eight of them are a day.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from models.policies.calendar import BEIJING, beijing_date, closing_of, is_working_day
from models.policies.terms import Terms

OFFICE = ((time(8), time(12)), (time(14), time(18)))
# no calendar is closed for longer: a loop that finds no open day would not end
LONGEST_BREAK_DAYS = 400


@dataclass(frozen=True)
class Days:
    """The days that count: the offices' working days; with `terms`, only those on which schools teach."""

    terms: Terms | None = None

    def open(self, day: date) -> bool:
        return is_working_day(day) and (self.terms is None or self.terms.in_term(day))


def days_after(day: date, count: int, days: Days) -> date:
    """The date `count` open days after a date; the date itself is not counted."""
    following = _open_days(day + timedelta(days=1), 1, days)
    return [next(following) for _ in range(count)][-1] if count else day


@functools.lru_cache(maxsize=16_384)
def held(due_at: datetime, days: Days) -> datetime:
    """A deadline whose day is not open holds until the offices close on the first open day after it."""
    day = beijing_date(due_at)
    return due_at if days.open(day) else closing_of(next(_open_days(day, 1, days)))


@functools.lru_cache(maxsize=65_536)
def after(start: datetime, hours: float, days: Days) -> datetime:
    """The first instant at which that many working hours have passed."""
    left = timedelta(hours=hours)
    if not left:
        return start
    for opens, closes in _spans(start, 1, days):
        begin = max(opens, start)
        if begin + left <= closes:
            return begin + left
        left -= max(closes - begin, timedelta(0))
    raise AssertionError("days never end")


@functools.lru_cache(maxsize=65_536)
def before(end: datetime, hours: float, days: Days) -> datetime:
    """The last instant after which that many working hours are left."""
    left = timedelta(hours=hours)
    if not left:
        return end
    for opens, closes in _spans(end, -1, days):
        finish = min(closes, end)
        if finish - left >= opens:
            return finish - left
        left -= max(finish - opens, timedelta(0))
    raise AssertionError("days never end")


def between(start: datetime, end: datetime, days: Days) -> float:
    """The working hours from one instant to a later one."""
    passed = timedelta(0)
    for opens, closes in _spans(start, 1, days):
        if opens >= end:
            break
        passed += max(min(closes, end) - max(opens, start), timedelta(0))
    return passed / timedelta(hours=1)


def _spans(instant: datetime, step: int, days: Days) -> Iterator[tuple[datetime, datetime]]:
    """The offices' hours from the day of an instant on, forwards or backwards."""
    for day in _open_days(beijing_date(instant), step, days):
        for opens, closes in OFFICE[::step]:
            yield _at(day, opens), _at(day, closes)


def _open_days(day: date, step: int, days: Days) -> Iterator[date]:
    closed = 0
    while closed < LONGEST_BREAK_DAYS:
        if days.open(day):
            closed = 0
            yield day
        else:
            closed += 1
        day += timedelta(days=step)
    raise ValueError(f"no open day within {LONGEST_BREAK_DAYS} days of {day}")


@functools.lru_cache(maxsize=16_384)
def _at(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, BEIJING).astimezone(UTC)
