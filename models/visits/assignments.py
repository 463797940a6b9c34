"""Which supervisor is responsible for which schools (挂牌督导), for which term of office (任期)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import NotFound
from models.journal.actions import record
from models.notices import actions as notices
from models.notices.actions import Subject
from models.organisations.actions import ensure_post
from models.organisations.rules import span
from models.organisations.tables import PostKind, School
from models.people import access, reach, terms
from models.people.access import Viewer
from models.people.appointing import SchoolShut
from models.people.rights import Right
from models.people.tables import Holding, Person, Recusal
from models.people.terms import STAFF, Away, Limits, Term, TermBackwards
from models.policies.calendar import BEIJING, spoken
from models.policies.declared import SCHOOLS_PER_SUPERVISOR, SUPERVISOR_TERM_YEARS, TERM_REMIND_DAYS
from models.policies.queries import effective, nearest_sql

HELD = """
SELECT po.kind, po.school_id, h.since_on, h.until_on FROM holding h JOIN post po ON po.id = h.post_id
WHERE h.person_id = $1 AND po.school_id IS NOT NULL AND (h.until_on IS NULL OR h.until_on > $2)
"""

SUPERVISORS = """
SELECT h.id, h.person_id, p.name, s.id AS school_id, s.name AS school_name, h.since_on, h.until_on
FROM school s JOIN post po ON po.school_id = s.id AND po.kind = 'supervisor'
JOIN holding h ON h.post_id = po.id JOIN person p ON p.id = h.person_id
WHERE s.county_code >= $1 AND s.county_code < $2 AND (h.until_on IS NULL OR h.until_on > $3)
ORDER BY p.name, h.person_id, s.name, h.since_on
"""

ENDING = f"""
SELECT h.id, h.person_id, p.name, h.until_on, s.id AS school_id, s.name AS school_name, s.county_code,
  {nearest_sql(TERM_REMIND_DAYS, "s.county_code")} AS days
FROM holding h JOIN post po ON po.id = h.post_id AND po.kind = 'supervisor'
JOIN school s ON s.id = po.school_id JOIN person p ON p.id = h.person_id
WHERE h.until_on > $1 AND h.until_on <= $2 AND s.open AND NOT EXISTS (SELECT 1 FROM holding n
  WHERE n.post_id = h.post_id AND n.person_id = h.person_id AND n.since_on <= h.until_on
  AND (n.until_on IS NULL OR n.until_on > h.until_on))
ORDER BY h.person_id, s.id
"""  # noqa: S608


@dataclass(frozen=True)
class Assigned:
    """A term at a school; `id` names it when it is ended."""

    id: int
    school_id: int
    school_name: str
    since_on: date
    until_on: date | None


@dataclass(frozen=True)
class Supervisor:
    """A supervisor with the terms that run or are to come in a place; `schools` counts those of today."""

    person_id: int
    name: str
    schools: int
    terms: list[Assigned]


async def supervisors(viewer: Viewer, division_code: str, today: date) -> list[Supervisor]:
    """The supervisors of a division's schools, by name."""
    access.division(viewer, division_code, Right.READ_PEOPLE)
    grouped: dict[tuple[int, str], list[Assigned]] = defaultdict(list)
    for row in await sql.rows(SUPERVISORS, *span(division_code), today):
        since, until = _date(row["since_on"]), _date(row["until_on"])
        assert since is not None
        one = Assigned(row["id"], row["school_id"], row["school_name"], since, until)
        grouped[row["person_id"], row["name"]].append(one)
    return [
        Supervisor(person_id, name, len({one.school_id for one in held if one.since_on <= today}), held)
        for (person_id, name), held in grouped.items()
    ]


async def assign_supervisor(
    viewer: Viewer,
    person_id: int,
    school_id: int,
    since_on: date,
    until_on: date | None,
    today: date,
    now: datetime,
) -> Assigned:
    """Make somebody responsible for a school; without an end, for the longest term the county allows.

    Raises the refusals of `people/terms`, SchoolShut, and NotFound for a school or person out of reach.
    """
    school = await access.school(viewer, school_id, Right.MANAGE_PEOPLE)
    await reach.require_any(viewer, person_id, today)
    policy = await effective(school.county_code)
    limits = Limits(int(policy[SCHOOLS_PER_SUPERVISOR.key]), int(policy[SUPERVISOR_TERM_YEARS.key]))
    end = until_on or terms.latest_end(since_on, limits.years)
    post = await ensure_post(PostKind.SUPERVISOR, school_id=school.id)
    async with in_transaction():
        # a closing or a merger waits, or has come first
        school = await School.select_for_update().get(id=school.id)
        if not school.open:
            raise SchoolShut
        # two officers at once: the second counts what the first assigned
        await Person.filter(id=person_id).select_for_update().first()
        await _require_free(person_id, Term(since_on, end, school.id), limits)
        # a term that was ended before its first day leaves its row; it serves again
        new = await sql.rows(
            "INSERT INTO holding (person_id, post_id, since_on, until_on) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (person_id, post_id, since_on) DO UPDATE SET until_on = $4 RETURNING id",
            person_id, post.id, since_on, end,
        )  # fmt: skip
        term_id = int(new[0]["id"])
        await record(
            "holding", term_id, "assign", now,
            school_id=school.id, person_id=viewer.bound, post_id=post.id,
            facts={"person": person_id, "since": since_on.isoformat(), "until": end.isoformat()},
        )  # fmt: skip
    return Assigned(term_id, school.id, school.name, since_on, end)


async def end_term(viewer: Viewer, holding_id: int, until_on: date, reason: str, now: datetime) -> None:
    """End a supervisor's term on a date, exclusive, no later than it would have ended. History stays."""
    async with in_transaction():
        row = await Holding.filter(id=holding_id).select_for_update().first()
        if row is None:
            raise NotFound
        post = await row.post
        if post.kind is not PostKind.SUPERVISOR or post.school_id is None:
            raise NotFound
        await access.school(viewer, post.school_id, Right.MANAGE_PEOPLE)
        if until_on < row.since_on or (row.until_on is not None and until_on > row.until_on):
            raise TermBackwards
        row.until_on = until_on
        await row.save(update_fields=["until_on"])
        await record(
            "holding", row.id, "end_term", now,
            school_id=post.school_id, person_id=viewer.bound, post_id=post.id,
            facts={"person": row.person_id, "until": until_on.isoformat(), "reason": reason},
        )  # fmt: skip


async def tell_ending(today: date, now: datetime) -> int:
    """Tell each county once of every supervisor's terms that end soon and are not renewed. Repeatable."""
    ending: dict[tuple[int, str, date], list[dict[str, Any]]] = defaultdict(list)
    latest = today + timedelta(days=TERM_REMIND_DAYS.highest)
    for row in await sql.rows(ENDING, today, latest):
        until = _date(row["until_on"])
        assert until is not None
        if until <= today + timedelta(days=row["days"]):
            ending[row["person_id"], row["county_code"], until].append(row)
    for (person_id, county, until), rows in ending.items():
        first = rows[0]
        facts = {
            "school": first["school_name"] if len(rows) == 1 else f"{first['school_name']}等{len(rows)}所",
            "title": f"责任督学{first['name']}任期将满",
            "due": spoken(datetime.combine(until, time(0), BEIJING)),
        }
        async with in_transaction():
            await notices.put(
                "term_ending", f"term:{person_id}:{county}:{until.isoformat()}",
                Subject("school", first["school_id"], first["school_id"], county), (PostKind.COUNTY,),
                facts, now, today,
            )  # fmt: skip
    return len(ending)


async def _require_free(person_id: int, term: Term, limits: Limits) -> None:
    held: list[Term] = []
    works_there = False
    for row in await sql.rows(HELD, person_id, term.since_on):
        since = _date(row["since_on"])
        assert since is not None
        other = Term(since, _date(row["until_on"]), row["school_id"])
        if row["kind"] == PostKind.SUPERVISOR.value:
            held.append(other)
        elif PostKind(row["kind"]) in STAFF and row["school_id"] == term.school_id:
            works_there = works_there or other.meets(term)
    recusal = await Recusal.get_or_none(person_id=person_id, school_id=term.school_id)
    away = Away(recusal.reason, recusal.until_on) if recusal else None
    refused = terms.refusal(term, held, away, limits, works_there=works_there)
    if refused is not None:
        raise refused


def _date(value: date | str | None) -> date | None:
    """A date from what either engine returns."""
    return date.fromisoformat(value) if isinstance(value, str) else value
