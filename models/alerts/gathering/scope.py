"""What is gathered for: which schools of a county, seen from when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from models.alerts.facts import Calendar
from models.database import sql
from models.policies.queries import Values


@dataclass
class Shared:
    """What is gathered once for the whole province, by whoever needs it first."""

    caterers: dict[int, tuple[int, date]] | None = None


@dataclass(frozen=True)
class Scope:
    """Schools of one county. What came after `as_of` is not known yet: how trials look at the past.

    What has been corrected or ended since, and people who left, are seen as they are now. `aspects`: those of the
    ledger that the rules at hand go by.
    """

    county_code: str
    school_ids: tuple[int, ...]
    today: date
    as_of: datetime
    calendar: Calendar
    policies: Values
    aspects: frozenset[str]
    shared: Shared = field(default_factory=Shared)

    @property
    def packed(self) -> Any:
        """The schools as the one parameter of `sql.among`."""
        return sql.packed(list(self.school_ids))


def among(place: int) -> str:
    """`x IN` this: the scope's schools, whose parameter has that place."""
    return sql.among(place, "bigint")


def day(value: date | str | None) -> date | None:
    """A date from what either engine returns."""
    return date.fromisoformat(value[:10]) if isinstance(value, str) else value


def some_day(value: date | str) -> date:
    found = day(value)
    assert found is not None
    return found


def whole(value: Any) -> int | None:
    """A whole number from what either engine takes out of a document."""
    return None if value is None else int(value)


def truth(value: Any) -> bool | None:
    """A yes or no from what either engine takes out of a document: `true`, 1, or nothing."""
    return None if value is None else value in (True, 1, "true", "1")


def codes(value: Any) -> tuple[str, ...]:
    """A list of codes out of a document."""
    found = sql.document(value)
    return tuple(found) if isinstance(found, Sequence) and not isinstance(found, str) else ()


def bits(day_column: str, condition: str, first: str) -> str:
    """A set of dates as a number: bit 0 is the date of the parameter `first`."""
    if sql.on_postgres():
        return f"BIT_OR(CASE WHEN {condition} THEN 1 << ({day_column} - {first}::date) ELSE 0 END)"
    place = f"CAST(julianday({day_column}) - julianday({first}) AS INTEGER)"
    return f"SUM(DISTINCT CASE WHEN {condition} THEN 1 << {place} ELSE 0 END)"
