"""The week's figures of every county: visits, coverage, problems. Set by set, never school by school."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from models.database import sql
from models.policies.calendar import BEIJING

STANDING_OUT = 5


@dataclass(frozen=True)
class Week:
    """What happened in a place in a week; `owed`, `done` and `open_overdue` as they stood at its end.

    `owed` and `done` count the visits of the month in which the week ends.
    """

    visits: int = 0
    owed: int = 0
    done: int = 0
    opened: int = 0
    closed: int = 0
    overdue: int = 0
    open_overdue: int = 0

    def plus(self, other: "Week") -> "Week":
        return Week(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(Week)})


@dataclass(frozen=True)
class StandOut:
    """A school that stands out: problems overdue now, and problems found in the week."""

    school_id: int
    name: str
    county_code: str
    overdue: int
    found: int

    @property
    def weight(self) -> tuple[int, int, int]:
        return (-self.overdue, -self.found, self.school_id)


VISITS = """
SELECT d.county_code, COUNT(*) AS visits FROM duty d JOIN visit v ON v.id = d.visit_id
WHERE d.month IN ($1, $2) AND d.state = 'done' AND v.visited_at >= $3 AND v.visited_at < $4 GROUP BY d.county_code
"""

COVERED = """
SELECT d.county_code, SUM(CASE WHEN d.state <> 'excused' THEN 1 ELSE 0 END) AS owed,
  SUM(CASE WHEN d.state = 'done' AND v.visited_at < $2 THEN 1 ELSE 0 END) AS done
FROM duty d LEFT JOIN visit v ON v.id = d.visit_id WHERE d.month = $1 GROUP BY d.county_code
"""

PROBLEMS = """
SELECT county_code,
  SUM(CASE WHEN found_at >= $1 AND found_at < $2 THEN 1 ELSE 0 END) AS opened,
  SUM(CASE WHEN state = 'closed' AND ended_at >= $1 AND ended_at < $2 THEN 1 ELSE 0 END) AS closed,
  SUM(CASE WHEN overdue_at >= $1 AND overdue_at < $2 THEN 1 ELSE 0 END) AS overdue,
  SUM(CASE WHEN overdue_at < $2 AND (ended_at IS NULL OR ended_at >= $2)
    AND state NOT IN ('submitted', 'appealed') THEN 1 ELSE 0 END) AS open_overdue
FROM problem GROUP BY county_code
"""

# the first few of each county: a prefecture's first few are among those of its counties
OUTSTANDING = """
SELECT o.school_id, s.name, o.county_code, o.overdue, o.found FROM (
  SELECT p.school_id, p.county_code, p.overdue, p.found, ROW_NUMBER() OVER (
    PARTITION BY p.county_code ORDER BY p.overdue DESC, p.found DESC, p.school_id) AS place
  FROM (SELECT school_id, county_code, SUM(CASE WHEN state = 'overdue' THEN 1 ELSE 0 END) AS overdue,
      SUM(CASE WHEN found_at >= $1 AND found_at < $2 THEN 1 ELSE 0 END) AS found
    FROM problem WHERE state = 'overdue' OR (found_at >= $1 AND found_at < $2)
    GROUP BY school_id, county_code) p
  WHERE p.overdue > 0 OR p.found > 2) o
JOIN school s ON s.id = o.school_id WHERE o.place <= $3
"""


def began(monday: date) -> datetime:
    """The instant at which a Beijing date begins."""
    return datetime.combine(monday, time.min, BEIJING).astimezone(UTC)


async def figures(monday: date) -> dict[str, Week]:
    """The week that began on a Monday, by county."""
    since, until, sunday = began(monday), began(monday + timedelta(days=7)), monday + timedelta(days=6)
    month = f"{sunday:%Y-%m}"
    found: dict[str, dict[str, int]] = {}
    for rows in (
        await sql.rows(VISITS, f"{monday:%Y-%m}", month, since, until),
        await sql.rows(COVERED, month, until),
        await sql.rows(PROBLEMS, since, until),
    ):
        for row in rows:
            numbers = {name: int(value or 0) for name, value in row.items() if name != "county_code"}
            found.setdefault(row["county_code"], {}).update(numbers)
    return {county: Week(**numbers) for county, numbers in found.items()}


async def outstanding(monday: date) -> list[StandOut]:
    """The schools that stand out most, some a county, worst first."""
    rows = await sql.rows(OUTSTANDING, began(monday), began(monday + timedelta(days=7)), STANDING_OUT)
    return sorted((_stand_out(row) for row in rows), key=lambda one: one.weight)


def _stand_out(row: dict[str, Any]) -> StandOut:
    return StandOut(row["school_id"], row["name"], row["county_code"], int(row["overdue"]), int(row["found"]))


def within(code: str, by_county: dict[str, Week]) -> Week:
    """A division's week: the sum of its counties'."""
    return _sum(week for county, week in by_county.items() if county.startswith(code))


def _sum(weeks: Iterable[Week]) -> Week:
    total = Week()
    for week in weeks:
        total = total.plus(week)
    return total
