"""The verbs of inspections: plan, draw, cancel, note that a school was inspected."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Conflict, Forbidden, Invalid, NotFound, RequestReused
from models.inspections import rules
from models.inspections.rules import Agency, Candidate, Checked, PlanState, Way
from models.inspections.tables import Inspection, InspectionPlan
from models.journal.actions import record
from models.organisations.rules import span
from models.organisations.tables import Level, School, SchoolStage
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right
from models.policies.calendar import beijing_date, month_of


class MonthOver(Invalid):
    code = "month_over"
    sentence = "不能给已经过去的月份安排抽查。"


class InspectedAlready(Conflict):
    code = "inspected_already"
    sentence = "这所学校的检查结果已经登记过了。"


class NotThatDay(Invalid):
    code = "not_that_day"
    sentence = "检查日期应在抽取之后、今天之前（含今天）。"


@dataclass(frozen=True)
class Draft:
    """What an officer plans. One of `share_percent` and `number`. No `stages`: schools of every stage.

    `open_on`: from when on everybody may know the drawn schools. `public_source`: what will be said at the draw.
    """

    request_id: str
    division_code: str
    month: str
    title: str
    agency: Agency
    way: Way
    matters: tuple[str, ...]
    stages: tuple[SchoolStage, ...]
    share_percent: float | None
    number: int | None
    public_source: str
    open_on: date | None


async def plan(viewer: Viewer, draft: Draft, nonce: str, now: datetime) -> tuple[InspectionPlan, bool]:
    """Publish a plan: its candidates and the commitment stand from now on. Returns it and whether it is new.

    Its level is that of the post it is planned on. `nonce`: 64 hexadecimal digits that nobody can guess.
    """
    held = access.division(viewer, draft.division_code, Right.PLAN_INSPECTIONS)
    assert held.division_code is not None
    level = rules.LEVEL_OF[len(held.division_code)]
    key = f"{viewer.bound}:{draft.request_id}"
    known = await _known(key, draft)
    if known is not None:
        return known, False
    if draft.month < month_of(now):
        raise MonthOver
    today = beijing_date(now)
    among = await _candidates(draft, level, today)
    may = [one for one in among if one.matters]
    if not may:
        raise rules.NobodyToDraw(left_out=len(among))
    columns = _columns(draft, level, nonce, now)
    columns["candidates"] = sorted(one.code for one in may)
    columns["left_out"] = {
        one.code: "；".join(dict.fromkeys(one.spared.values())) for one in among if not one.matters
    }
    columns["draws"] = rules.amount(len(may), draft.share_percent, draft.number)
    columns["statement"] = _statement(draft, columns)
    try:
        async with in_transaction():
            made = await InspectionPlan.create(request_key=key, planned_by=viewer.bound, **columns)
            await record(
                "inspection", made.id, "plan", now, person_id=viewer.person_id, post_id=held.post_id,
                facts={"statement": made.statement},
            )  # fmt: skip
            return made, True
    except IntegrityError:
        known = await _known(key, draft)
        if known is None:
            raise
        return known, False


def _columns(draft: Draft, level: Level, nonce: str, now: datetime) -> dict[str, Any]:
    return {
        "division_code": draft.division_code, "level": level, "agency": draft.agency, "way": draft.way,
        "month": draft.month, "title": draft.title, "matters": list(draft.matters), "nonce": nonce,
        "commitment": rules.hashed(nonce), "public_source": draft.public_source,
        "open_on": draft.open_on or beijing_date(now), "state": PlanState.PLANNED, "planned_at": now,
    }  # fmt: skip


def _statement(draft: Draft, columns: dict[str, Any]) -> str:
    return rules.statement(
        {
            **{
                name: str(columns[name])
                for name in ("division_code", "level", "agency", "way", "month", "title")
            },
            "matters": list(draft.matters),
            "stages": sorted(draft.stages),
            "share_percent": draft.share_percent,
            "number": draft.number,
            "draws": columns["draws"],
            "candidates": len(columns["candidates"]),
            "candidates_hash": rules.list_hash(columns["candidates"]),
            "commitment": columns["commitment"],
            "public_source": draft.public_source,
            "open_on": str(columns["open_on"]),
            "planned_at": columns["planned_at"].isoformat(),
        }
    )


async def _known(key: str, draft: Draft) -> InspectionPlan | None:
    known = await InspectionPlan.get_or_none(request_key=key)
    if known is None:
        return None
    said = (draft.division_code, draft.month, draft.title, draft.agency, draft.way, list(draft.matters))
    if said != (known.division_code, known.month, known.title, known.agency, known.way, known.matters):
        raise RequestReused
    return known


async def _candidates(draft: Draft, level: Level, today: date) -> list[Candidate]:
    """Every open school of the scope, with what may be looked at there."""
    first, end = span(draft.division_code)
    query = School.filter(county_code__gte=first, county_code__lt=end, open=True)
    if draft.stages:
        query = query.filter(stage__in=list(draft.stages))
    schools = await query.order_by("code").values("id", "code")
    if draft.way is Way.VIDEO:
        watched = await _with_camera(first, end)
        schools = [school for school in schools if school["id"] in watched]
    checked = await _checked(first, end, rules.since(today)) if draft.agency in rules.REGULATORS else {}
    return [
        rules.candidate(one["code"], draft.matters, draft.agency, level, checked.get(one["id"], ()), today)
        for one in schools
    ]


async def _with_camera(first: str, end: str) -> set[int]:
    found = await sql.rows(
        "SELECT DISTINCT r.school_id FROM register_row r JOIN school s ON s.id = r.school_id"
        " WHERE r.register = 'camera' AND r.ended_on IS NULL AND s.county_code >= $1 AND s.county_code < $2",
        first, end,
    )  # fmt: skip
    return {row["school_id"] for row in found}


async def _checked(first: str, end: str, since: date) -> dict[int, list[Checked]]:
    """What market regulators checked in a division since a day, by school."""
    found = await sql.rows(
        "SELECT i.school_id, i.done_on, i.matters, p.level FROM inspection i JOIN inspection_plan p ON p.id = i.plan_id"
        " WHERE i.county_code >= $1 AND i.county_code < $2 AND i.done_on >= $3"
        " AND p.agency IN ('regulation', 'joint')",
        first, end, since,
    )  # fmt: skip
    by_school: dict[int, list[Checked]] = {}
    for row in found:
        on = row["done_on"] if isinstance(row["done_on"], date) else date.fromisoformat(row["done_on"])
        one = Checked(Level(row["level"]), on, frozenset(sql.document(row["matters"])))
        by_school.setdefault(row["school_id"], []).append(one)
    return by_school


async def draw(viewer: Viewer, plan_id: int, public_value: str, now: datetime) -> InspectionPlan:
    """Draw the schools with a value that was said in public. Once for ever: repeated with the same value it
    changes nothing, with another it is refused."""
    async with in_transaction():
        found, post_id = await _planned(viewer, plan_id)
        if found.state is PlanState.DRAWN and found.public_value == public_value:
            return found
        _require(found, PlanState.PLANNED, "抽取")
        seed = rules.seed_of(found.statement, found.nonce, public_value)
        drawn = rules.draw(seed, found.candidates, found.draws)
        changes = {
            "state": PlanState.DRAWN, "public_value": public_value, "seed": seed,
            "drawn_by": viewer.bound, "drawn_at": now,
        }  # fmt: skip
        await found.update_from_dict(changes).save(update_fields=list(changes))
        await _assign(found, drawn, beijing_date(now))
        await record(
            "inspection", found.id, "draw", now, person_id=viewer.person_id, post_id=post_id,
            facts={
                "value": public_value, "nonce": found.nonce, "seed": seed, "drawn": [code for code, _ in drawn]
            },
        )  # fmt: skip
        return found


async def _assign(plan: InspectionPlan, drawn: list[tuple[str, str]], today: date) -> None:
    schools = {one.code: one for one in await School.filter(code__in=[code for code, _ in drawn])}
    checked: dict[int, list[Checked]] = {}
    if plan.agency in rules.REGULATORS:
        checked = await _checked(*span(plan.division_code), rules.since(today))
    rows = []
    for turn, (code, ticket) in enumerate(drawn, 1):
        school = schools[code]
        earlier = checked.get(school.id, ())
        one = rules.candidate(code, plan.matters, plan.agency, plan.level, earlier, today)
        rows.append(
            Inspection(
                plan_id=plan.id, school_id=school.id, county_code=school.county_code, turn=turn, ticket=ticket,
                # whatever a higher level has checked since the plan was made: a drawn school is drawn
                matters=list(one.matters) or plan.matters, spared=dict(one.spared) if one.matters else {},
            )
        )  # fmt: skip
    await Inspection.bulk_create(rows)


async def cancel(viewer: Viewer, plan_id: int, reason: str, now: datetime) -> None:
    """Give a plan up before its draw, saying why; it stays in sight. Repeatable."""
    async with in_transaction():
        found, post_id = await _planned(viewer, plan_id)
        if found.state is PlanState.CANCELLED:
            return
        _require(found, PlanState.PLANNED, "取消")
        found.state, found.reason = PlanState.CANCELLED, reason
        await found.save(update_fields=["state", "reason"])
        await record(
            "inspection", found.id, "cancel", now,
            person_id=viewer.person_id, post_id=post_id, facts={"reason": reason},
        )  # fmt: skip


async def note_done(viewer: Viewer, inspection_id: int, on: date, words: str, now: datetime) -> None:
    """A drawn school was inspected on a Beijing date, and what was seen. Once; the same again changes nothing."""
    async with in_transaction():
        found = await Inspection.filter(id=inspection_id).select_for_update().first()
        if found is None:
            raise NotFound
        school = await access.school(viewer, found.school_id, Right.PLAN_INSPECTIONS)
        plan = await InspectionPlan.get(id=found.plan_id)
        if found.done_on is not None:
            if (found.done_on, found.done_words, found.done_by) == (on, words, viewer.bound):
                return
            raise InspectedAlready
        assert plan.drawn_at is not None
        if not beijing_date(plan.drawn_at) <= on <= beijing_date(now):
            raise NotThatDay
        found.done_on, found.done_by, found.done_words = on, viewer.bound, words
        await found.save(update_fields=["done_on", "done_by", "done_words"])
        await record(
            "inspection", plan.id, "done", now, school_id=school.id, person_id=viewer.person_id,
            facts={"school": school.id, "on": str(on), "words": words},
        )  # fmt: skip


async def _planned(viewer: Viewer, plan_id: int) -> tuple[InspectionPlan, int]:
    """The plan, locked, and the post that carries the right; NotFound for those who have no part in it."""
    found = await InspectionPlan.filter(id=plan_id).select_for_update().first()
    if found is None:
        raise NotFound
    held = access.division(viewer, found.division_code, Right.PLAN_INSPECTIONS)
    assert held.division_code is not None
    # a county does not draw for its prefecture, though both are over the county's schools
    if rules.LEVEL_OF[len(held.division_code)] not in (found.level, *rules.HIGHER[found.level]):
        raise Forbidden(right=Right.PLAN_INSPECTIONS.value)
    return found, held.post_id


def _require(plan: InspectionPlan, state: PlanState, what: str) -> None:
    if plan.state is not state:
        raise rules.WrongState(state_name=rules.STATE_NAMES[plan.state], what=what)
