"""The dates that a province is made around: what schools teach when, seen from a day. Counted here by itself, and not
by what judges alerts: the two are compared."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from models.ledger.periods import school_days
from models.policies.calendar import BEIJING
from models.policies.terms import Terms, named_around

# the ledgers were taken up by and by: a form or two a day, and all of them in the last weeks
FULL_WEEKS = 3
TERMS = Terms()


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def instant(day: date, minute: int) -> datetime:
    """The UTC instant of a minute of a Beijing day."""
    return datetime.combine(day, time.min, BEIJING).astimezone(UTC) + timedelta(minutes=minute)


@dataclass(frozen=True)
class Times:
    """`today` is when it is looked at; what is made ends the day before."""

    today: date
    weeks: int

    @cached_property
    def began(self) -> date:
        """The first day of a ledger kept every day."""
        return monday(self.today) - timedelta(weeks=self.weeks - 1)

    @cached_property
    def first(self) -> date:
        """The Monday of last week: what is kept every day is judged from there."""
        return monday(self.today) - timedelta(weeks=1)

    @cached_property
    def full_from(self) -> date:
        return monday(self.today) - timedelta(weeks=FULL_WEEKS - 1)

    @cached_property
    def yesterday(self) -> date:
        return self.today - timedelta(days=1)

    @cached_property
    def taught(self) -> tuple[date, ...]:
        """All school days since the ledgers began, or since last month did."""
        return tuple(school_days(min(self.began, self.last_month), self.yesterday, TERMS))

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The school days of last week and this one, before today."""
        return tuple(day for day in self.taught if day >= self.first)

    @cached_property
    def saturday(self) -> date:
        """Of last week: a day off, unless it makes up for a holiday."""
        return self.first + timedelta(days=5)

    @cached_property
    def this_month(self) -> date:
        return self.today.replace(day=1)

    @cached_property
    def last_month(self) -> date:
        return (self.this_month - timedelta(days=1)).replace(day=1)

    @cached_property
    def months(self) -> dict[date, tuple[date, ...]]:
        """The school days of each month, by its first day; months without one are not there."""
        found: dict[date, list[date]] = {}
        for day in self.taught:
            found.setdefault(day.replace(day=1), []).append(day)
        return {month: tuple(days) for month, days in found.items()}

    @cached_property
    def _terms(self) -> list[tuple[date, str]]:
        """The terms that have begun, by their first day, in order."""
        names = {
            *named_around(self.today.replace(year=self.today.year - 1, month=1, day=1)),
            *named_around(self.today),
        }
        return sorted(
            (TERMS.of(name).begins_on, name) for name in names if TERMS.of(name).begins_on <= self.today
        )

    @cached_property
    def term_began(self) -> date:
        return self._terms[-1][0]

    @cached_property
    def term_before(self) -> tuple[date, str]:
        return self._terms[-2]

    @cached_property
    def term_day(self) -> int:
        """How many school days of the term went by."""
        last = min(TERMS.of(self._terms[-1][1]).ends_on, self.yesterday)
        return sum(1 for _ in school_days(self.term_began, last, TERMS))

    @cached_property
    def filed_on(self) -> date:
        """When what is due each term was written down in this one."""
        return min(self.term_began + timedelta(days=2), self.yesterday)

    @cached_property
    def filed_before(self) -> date:
        """And in the term before."""
        return self.term_before[0] + timedelta(days=2)

    @cached_property
    def school_year(self) -> int:
        return self.today.year if self.today.month >= 9 else self.today.year - 1

    def after(self, days: int) -> date:
        return self.today + timedelta(days=days)

    @property
    def month_is_ending(self) -> bool:
        """From the 25th on, what this month still lacks is told."""
        return self.today.day >= 25

    @property
    def late_in_term(self) -> bool:
        """From the tenth school day on, what this term still lacks is told."""
        return self.term_day >= 10

    @property
    def survey_due(self) -> bool:
        """Sixty days until a survey opens, and fourteen that it is open."""
        return self.today > self.term_began + timedelta(days=74)

    @property
    def committee_due(self) -> bool:
        """The list of a school year is filed within 30 days."""
        return self.today > date(self.school_year, 9, 1) + timedelta(days=30)
