"""The figures of a division and of what is just below it, each with what it is counted over."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from models.database import sql
from models.errors import NotFound
from models.organisations.queries import divisions
from models.organisations.rules import span
from models.organisations.tables import Division, School
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right
from models.policies.calendar import BEIJING, last_day
from models.problems.states import ENDED, HIDDEN
from models.surveys import rules

COUNTY_DIGITS = 6


_ENDED = ", ".join(f"'{state.value}'" for state in sorted(ENDED | HIDDEN))

# What is counted, by place: `{key}` is the column of places, $1 and $2 the span of county codes.
SCHOOLS = """
SELECT {key} AS place, COUNT(*) AS schools FROM school
WHERE county_code >= $1 AND county_code < $2 AND open GROUP BY 1
"""
DUTIES = """
SELECT {key} AS place, SUM(CASE WHEN state = 'excused' THEN 0 ELSE 1 END) AS owed,
  SUM(CASE WHEN state = 'done' THEN 1 ELSE 0 END) AS done, SUM(CASE WHEN state = 'excused' THEN 1 ELSE 0 END) AS excused
FROM duty WHERE county_code >= $1 AND county_code < $2 AND month = $3 GROUP BY 1
"""
PROBLEMS = f"""
SELECT {{key}} AS place, SUM(CASE WHEN state NOT IN ({_ENDED}) THEN 1 ELSE 0 END) AS open,
  SUM(CASE WHEN state = 'overdue' THEN 1 ELSE 0 END) AS overdue,
  SUM(CASE WHEN state = 'submitted' THEN 1 ELSE 0 END) AS submitted,
  SUM(CASE WHEN state = 'appealed' THEN 1 ELSE 0 END) AS appealed,
  SUM(CASE WHEN found_at >= $3 AND found_at < $4 AND state NOT IN ('found', 'withheld') THEN 1 ELSE 0 END) AS found,
  SUM(CASE WHEN state = 'closed' AND ended_at >= $3 AND ended_at < $4 THEN 1 ELSE 0 END) AS closed
FROM problem WHERE county_code >= $1 AND county_code < $2 GROUP BY 1
"""  # noqa: S608
REVIEWS = """
SELECT {key} AS place, COUNT(*) AS reviews FROM content_check
WHERE county_code >= $1 AND county_code < $2 AND state = 'review' GROUP BY 1
"""
# schools with fewer than five answers are not opened: they have n 0 and no figure
SURVEYS = """
SELECT {key} AS place, SUM(r.n) AS answers, SUM(f.total) AS marks, SUM(f.top) AS content
FROM survey_result r JOIN survey_figure f ON f.result_id = r.id AND f.question = 'S01'
WHERE r.county_code >= $1 AND r.county_code < $2 AND r.term = $3 AND r.grade = 0 AND r.n > 0 GROUP BY 1
"""
LEDGER = """
SELECT {key} AS place, SUM(due) AS ledger_due, SUM(done) AS ledger_done FROM ledger_figure
WHERE county_code >= $1 AND county_code < $2 AND period = $3 GROUP BY 1
"""


@dataclass(frozen=True)
class Count:
    """Of one place. Duties are of the month, `excused` ones are not owed. `open`, `overdue`, `submitted`,
    `appealed` and `reviews` are of this moment, `found` and `closed` of the month. `answers`: of the term, in
    the schools whose results are shown; `marks`: the sum of their overall marks of 20 to 100, `content`: how many
    are satisfied. The ledger's entries due and made are of the month, and counted by county."""

    schools: int = 0
    owed: int = 0
    done: int = 0
    excused: int = 0
    open: int = 0
    overdue: int = 0
    submitted: int = 0
    appealed: int = 0
    found: int = 0
    closed: int = 0
    reviews: int = 0
    answers: int = 0
    marks: int = 0
    content: int = 0
    ledger_due: int = 0
    ledger_done: int = 0


@dataclass(frozen=True)
class Place:
    """A division, or a school (`school_id`), with its figures."""

    code: str
    school_id: int | None
    name: str
    count: Count


@dataclass(frozen=True)
class Figures:
    """A division's own figures and those of the places just below it, by code. A county's are its schools."""

    code: str
    name: str
    term: str
    count: Count
    below: list[Place]


async def figures(viewer: Viewer, code: str, month: str, today: date) -> Figures:
    """The figures of a division of the viewer's in a Beijing month, with satisfaction in this term, or in the
    one before it while this one has no results.

    Words that wait for a decision are counted for those who may decide.
    """
    access.division(viewer, code)
    division = await Division.get_or_none(code=code)
    if division is None:
        raise NotFound
    counted = await _counted(code, month, access.held_over(viewer, Right.REVIEW_CONTENT, code))
    term = await _surveyed(code, rules.term_of(today), counted)
    below = [
        Place(one, school_id, name, Count(**counted.get(str(school_id or one), {})))
        for one, school_id, name in await _below(code)
    ]
    whole: dict[str, int] = {}
    for numbers in counted.values():
        for name, number in numbers.items():
            whole[name] = whole.get(name, 0) + number
    return Figures(code, division.name, term, Count(**whole), below)


async def _below(code: str) -> list[tuple[str, int | None, str]]:
    """The places just below a division as (code, school's id, name)."""
    if len(code) < COUNTY_DIGITS:
        return [(one.code, None, one.name) for one in await divisions(code)]
    rows = await School.filter(county_code=code, open=True).order_by("code").values("id", "code", "name")
    return [(row["code"], row["id"], row["name"]) for row in rows]


Counted = dict[str, dict[str, int]]


async def _counted(code: str, month: str, reviews: bool) -> Counted:
    """Numbers by place and name."""
    began, ended = _bounds(month)
    found: Counted = {}
    for statement, values in [
        (SCHOOLS, ()), (DUTIES, (month,)), (PROBLEMS, (began, ended)), (LEDGER, (month,)),
        *([(REVIEWS, ())] if reviews else []),
    ]:  # fmt: skip
        await _count(statement, code, values, found)
    return found


async def _surveyed(code: str, term: str, found: Counted) -> str:
    """Count a term's answers, or those of the term before; returns which."""
    if not await _count(SURVEYS, code, (term,), found):
        before = rules.term_before(term)
        if await _count(SURVEYS, code, (before,), found):
            return before
    return term


async def _count(statement: str, code: str, values: tuple[Any, ...], found: Counted) -> bool:
    """Add a statement's numbers to those of each place; returns whether there were any."""
    key = f"SUBSTR(county_code, 1, {len(code) + 2})"
    # the ledger is counted by county
    if len(code) == COUNTY_DIGITS and statement is not LEDGER:
        key = "id" if statement is SCHOOLS else "school_id"
    rows = await sql.rows(statement.format(key=key), *span(code), *values)
    for row in rows:
        place = found.setdefault(str(row.pop("place")), {})
        place |= {name: int(number or 0) for name, number in row.items()}
    return bool(rows)


def _bounds(month: str) -> tuple[datetime, datetime]:
    """The UTC instants at which a Beijing month begins and ends."""
    last = last_day(month)
    days = (last.replace(day=1), last + timedelta(days=1))
    began, ended = (datetime.combine(day, time.min, BEIJING).astimezone(UTC) for day in days)
    return began, ended
