"""Beijing dates, months and working days. Pure."""

import calendar
import functools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import chinese_calendar

BEIJING = ZoneInfo("Asia/Shanghai")
CLOSING = time(18, 0)


@functools.cache
def is_working_day(day: date) -> bool:
    """Whether offices work on a Beijing date, by the State Council's holiday notices.

    The notice for a year comes out in the autumn before it: beyond the last one known a working day is
    Monday to Friday, and `known` says so.
    """
    if known(day):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5


@functools.cache
def known(day: date) -> bool:
    """Whether the holiday notice for this date is in the calendar we ship."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def add_working_days(day: date, days: int) -> date:
    """The date `days` working days after a date; the date itself is not counted."""
    while days > 0:
        day += timedelta(days=1)
        if is_working_day(day):
            days -= 1
    return day


def beijing_date(instant: datetime) -> date:
    """The Beijing date of an aware instant."""
    return instant.astimezone(BEIJING).date()


def closing_of(day: date) -> datetime:
    """The UTC instant at which offices close (18:00) on a Beijing date."""
    return datetime.combine(day, CLOSING, BEIJING).astimezone(UTC)


def month_of(instant: datetime) -> str:
    """The Beijing month of an aware instant, `2026-11`."""
    return instant.astimezone(BEIJING).strftime("%Y-%m")


def month_began(instant: datetime) -> datetime:
    """The UTC instant at which the Beijing month of an instant began."""
    first = instant.astimezone(BEIJING).date().replace(day=1)
    return datetime.combine(first, time.min, BEIJING).astimezone(UTC)


def last_day(month: str) -> date:
    """The last Beijing date of a month written `2026-11`."""
    year, number = int(month[:4]), int(month[5:])
    return date(year, number, calendar.monthrange(year, number)[1])


@functools.lru_cache(maxsize=4096)
def spoken(instant: datetime) -> str:
    """An instant as people read it: `2026年11月24日 18:00`, Beijing time."""
    return instant.astimezone(BEIJING).strftime("%Y年%m月%d日 %H:%M")
