"""Rounds (测评轮次): planned by an officer or by the term's plan, opened and closed by the clock."""

from datetime import date, datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Conflict, Invalid, NotFound
from models.journal.actions import record
from models.notices import actions as notices
from models.notices.actions import Subject
from models.organisations.rules import span
from models.organisations.tables import PostKind, School
from models.organisations.touching import Touched, touch
from models.people import access
from models.people.access import Held, Viewer
from models.people.rights import Right
from models.policies.declared import SURVEY_OPEN_DAYS, SURVEY_OPENS_AFTER, SURVEY_TERMLY
from models.policies.queries import nearest_sql
from models.surveys import rules
from models.surveys.questionnaires import CURRENT
from models.surveys.tables import RoundState, SurveyRound

PLANNING_LOCK = 530_000_008
SCHOOLS_A_RUN = 100
TOLD = [PostKind.HEAD]

COUNTIES = f"""
SELECT s.county_code, {nearest_sql(SURVEY_TERMLY, "s.county_code")} AS termly,
       {nearest_sql(SURVEY_OPENS_AFTER, "s.county_code")} AS opens_after,
       {nearest_sql(SURVEY_OPEN_DAYS, "s.county_code")} AS open_days
FROM (SELECT DISTINCT county_code FROM school WHERE open) s
WHERE NOT EXISTS (SELECT 1 FROM survey_round r WHERE r.term = $1 AND r.school_id IS NULL
  AND r.division_code IN (s.county_code, SUBSTR(s.county_code, 1, 4), SUBSTR(s.county_code, 1, 2)))
ORDER BY s.county_code
"""  # noqa: S608


class BadDates(Invalid):
    code = "survey_dates"
    sentence = "开始日期不能早于今天，截止日期不能早于开始日期，一轮最长{days}天。"


class RoundExists(Conflict):
    code = "survey_round_exists"
    sentence = "同一时间已有“{title}”（{opens_on}至{closes_on}），请错开日期，或先取消那一轮。"


class RoundOver(Conflict):
    code = "survey_round_over"
    sentence = "这一轮测评已经结束或取消，不能再改。"


async def plan_division(
    viewer: Viewer, code: str, title: str, opens_on: date, closes_on: date, today: date, now: datetime
) -> int:
    """An officer plans a round for every school of a division; returns its id."""
    held = access.division(viewer, code, Right.PLAN_SURVEYS)
    return await _plan(viewer, held, code, None, title, opens_on, closes_on, today, now)


async def plan_school(
    viewer: Viewer, school_id: int, title: str, opens_on: date, closes_on: date, today: date, now: datetime
) -> int:
    """An officer plans a round for one school; returns its id."""
    school = await access.school(viewer, school_id)
    held = await access.require(viewer, Right.PLAN_SURVEYS, school)
    return await _plan(viewer, held, school.county_code, school.id, title, opens_on, closes_on, today, now)


async def _plan(
    viewer: Viewer, held: Held, code: str, school_id: int | None, title: str,
    opens_on: date, closes_on: date, today: date, now: datetime,
) -> int:  # fmt: skip
    _check_dates(opens_on, closes_on, today)
    async with in_transaction():
        await _refuse_clash(code, school_id, opens_on, closes_on)
        planned = await _create(code, school_id, title, opens_on, closes_on, viewer.bound)
        await record(
            "survey_round", planned.id, "plan", now,
            school_id=school_id, person_id=viewer.bound, post_id=held.post_id,
            facts={"opens_on": opens_on.isoformat(), "closes_on": closes_on.isoformat()},
        )  # fmt: skip
    return int(planned.id)


async def _create(
    code: str, school_id: int | None, title: str, opens_on: date, closes_on: date, planned_by: int | None
) -> SurveyRound:
    term = rules.term_of(opens_on)
    return await SurveyRound.create(
        division_code=code,
        school_id=school_id,
        term=term,
        title=title or f"{rules.term_name(term)}家长满意度测评",
        opens_on=opens_on,
        closes_on=closes_on,
        form_version=CURRENT.version,
        state=RoundState.PLANNED,
        planned_by=planned_by,
    )


def _check_dates(opens_on: date, closes_on: date, today: date) -> None:
    if not today <= opens_on <= closes_on or closes_on - opens_on >= rules.LONGEST_ROUND:
        raise BadDates(days=rules.LONGEST_ROUND.days)


async def _refuse_clash(
    code: str, school_id: int | None, opens_on: date, closes_on: date, besides: int = 0
) -> None:
    """No family is asked twice at a time: rounds that share a school share no day. Takes the lock."""
    await sql.advisory_lock(PLANNING_LOCK)
    above = "school_id IS NULL AND SUBSTR($4, 1, LENGTH(division_code)) = division_code"
    below = "division_code >= $4 AND division_code < $5 AND ($6::bigint = 0 OR school_id = $6::bigint)"
    found = await sql.rows(
        "SELECT title, opens_on, closes_on FROM survey_round WHERE state IN ('planned', 'open')"  # noqa: S608
        f" AND opens_on <= $2 AND closes_on >= $1 AND id <> $3 AND (({above}) OR ({below})) LIMIT 1",
        opens_on, closes_on, besides, *span(code), school_id or 0,
    )  # fmt: skip
    if found:
        raise RoundExists(**{name: str(value) for name, value in found[0].items()})


async def _planned(viewer: Viewer, round_id: int) -> tuple[SurveyRound, Held]:
    """A round the viewer may change, as it is now."""
    found = await SurveyRound.get_or_none(id=round_id)
    if found is None:
        raise NotFound
    if found.school_id is not None:
        school = await access.school(viewer, found.school_id)
        return found, await access.require(viewer, Right.PLAN_SURVEYS, school)
    return found, access.division(viewer, found.division_code, Right.PLAN_SURVEYS)


async def move(
    viewer: Viewer, round_id: int, opens_on: date, closes_on: date, today: date, now: datetime
) -> None:
    """Give a round other dates. One that is open keeps the day it opened on. Repeatable."""
    found, held = await _planned(viewer, round_id)
    opened = found.state is RoundState.OPEN
    if opened:
        opens_on = found.opens_on
    _check_dates(opens_on, closes_on, min(today, opens_on) if opened else today)
    if closes_on < today:
        raise BadDates(days=rules.LONGEST_ROUND.days)
    async with in_transaction():
        await _refuse_clash(found.division_code, found.school_id, opens_on, closes_on, found.id)
        changed = await SurveyRound.filter(id=found.id, state=found.state).update(
            opens_on=opens_on, closes_on=closes_on, term=rules.term_of(opens_on)
        )
        if not changed or found.state not in (RoundState.PLANNED, RoundState.OPEN):
            raise RoundOver
        await record(
            "survey_round", found.id, "move", now,
            school_id=found.school_id, person_id=viewer.bound, post_id=held.post_id,
            facts={"opens_on": opens_on.isoformat(), "closes_on": closes_on.isoformat()},
        )  # fmt: skip


async def cancel(viewer: Viewer, round_id: int, reason: str, now: datetime) -> None:
    """Call a round off; what was answered stays sealed for ever. Repeatable."""
    found, held = await _planned(viewer, round_id)
    if found.state is RoundState.CANCELLED:
        return
    async with in_transaction():
        changed = await SurveyRound.filter(
            id=found.id, state__in=[RoundState.PLANNED, RoundState.OPEN]
        ).update(state=RoundState.CANCELLED)
        if not changed:
            raise RoundOver
        await record(
            "survey_round", found.id, "cancel", now,
            school_id=found.school_id, person_id=viewer.bound, post_id=held.post_id, facts={"reason": reason},
        )  # fmt: skip


async def plan_term(today: date, now: datetime) -> int:
    """A round for every county that has none this term and whose policy wants one. Repeatable.

    A county that an officer took out of the term, by cancelling, stays out.
    """
    planned = 0
    for county in await sql.rows(COUNTIES, rules.term_of(today)):
        dates = rules.termly(today, county["opens_after"], county["open_days"])
        if not county["termly"] or dates is None:
            continue
        async with in_transaction():
            try:
                await _refuse_clash(county["county_code"], None, *dates)
            except RoundExists:
                # a school's own round is under way: tomorrow again
                continue
            made = await _create(county["county_code"], None, "", *dates, None)
            await record("survey_round", made.id, "plan", now)
            planned += 1
    return planned


async def turn(today: date, now: datetime) -> int:
    """Open what opens today and close what ended yesterday; returns how many rounds turned."""
    async with in_transaction():
        opened = await sql.rows(
            "UPDATE survey_round SET state = 'open' WHERE state = 'planned' AND opens_on <= $1"
            " RETURNING id, school_id",
            today,
        )
        closed = await sql.rows(
            "UPDATE survey_round SET state = 'closed', closed_at = $2"
            " WHERE state = 'open' AND closes_on < $1 RETURNING id, school_id",
            today, now,
        )  # fmt: skip
        for verb, rows in (("open", opened), ("close", closed)):
            for row in rows:
                await record("survey_round", row["id"], verb, now, school_id=row["school_id"])
    return len(opened) + len(closed)


async def next_schools(found: SurveyRound, after_id: int, limit: int = SCHOOLS_A_RUN) -> list[School]:
    """Schools of a round by id, after an id; those shut since are among them."""
    query = School.filter(id__gt=after_id)
    if found.school_id is not None:
        query = query.filter(id=found.school_id)
    else:
        first, end = span(found.division_code)
        query = query.filter(county_code__gte=first, county_code__lt=end)
    return await query.order_by("id").limit(limit)


async def tell_heads(today: date, now: datetime) -> int:
    """Tell the heads of the schools of open rounds, some schools a run; returns how many were told.

    Guardians are not pushed to: a county has tens of thousands, who find the round in the mini-program
    and hear of it from the class.
    """
    told = 0
    for found in await SurveyRound.filter(state=RoundState.OPEN).order_by("id"):
        schools = await next_schools(found, found.told_to)
        if not schools:
            continue
        async with in_transaction():
            for school in schools:
                told += await tell_head("survey_open", found, school, now, today)
            await touch(Touched(school.county_code, school.id, "survey") for school in schools)
            await SurveyRound.filter(id=found.id).update(told_to=schools[-1].id)
    return told


async def tell_head(kind: str, found: SurveyRound, school: School, now: datetime, today: date) -> int:
    """Put the notice of a round for a school's head, once for ever, in the caller's transaction."""
    subject = Subject("survey", found.id, school.id, school.county_code)
    facts = {
        "school": school.name,
        "title": found.title,
        "due": found.closes_on.strftime("%Y年%m月%d日 23:59"),
    }
    return await notices.put(kind, f"{kind}:{found.id}:{school.id}", subject, TOLD, facts, now, today)
