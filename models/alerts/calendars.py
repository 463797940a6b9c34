"""When a county's schools teach, seen from a date. Pure."""

import functools
from datetime import date, timedelta

from models.alerts.facts import WEEK_DAYS, WEEKS, Calendar, Week
from models.ledger.periods import school_days
from models.policies.terms import Terms, named_around


@functools.lru_cache(maxsize=512)
def calendar_of(today: date, terms: Terms) -> Calendar:
    """The last two weeks, the months and the term as a Beijing date sees them: days before it, never itself."""
    yesterday = today - timedelta(days=1)
    first = today - timedelta(days=today.weekday() + WEEK_DAYS * (WEEKS - 1))
    name = _begun(today, terms)
    term = terms.of(name)
    return Calendar(
        today=today,
        first=first,
        weeks=tuple(
            _week(first, first + timedelta(days=WEEK_DAYS * n), yesterday, terms) for n in range(WEEKS)
        ),
        months=tuple(
            month for month in _months(today) if any(school_days(month, min(_end(month), yesterday), terms))
        ),
        term=name,
        term_began=term.begins_on,
        term_ends=term.ends_on,
        term_day=sum(1 for _ in school_days(term.begins_on, min(term.ends_on, yesterday), terms)),
        school_year=today.year if today.month >= 9 else today.year - 1,
    )


def _week(counted_from: date, first: date, until: date, terms: Terms) -> Week:
    last = min(first + timedelta(days=WEEK_DAYS - 1), until)
    days = sum(1 << (day - counted_from).days for day in school_days(first, last, terms))
    return Week(first, days)


def _months(today: date) -> tuple[date, date]:
    this = today.replace(day=1)
    return (this - timedelta(days=1)).replace(day=1), this


def _end(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _begun(today: date, terms: Terms) -> str:
    """The term that began last: the holidays belong to the one before them."""
    names = [*named_around(today.replace(year=today.year - 1, month=1, day=1)), *named_around(today)]
    return max((terms.of(name).begins_on, name) for name in names if terms.of(name).begins_on <= today)[1]
