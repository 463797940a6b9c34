"""Monthly duties (每月入校任务): who owes which visit, and what became of it."""

from dataclasses import dataclass
from datetime import date, datetime

from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Conflict, Invalid, NotFound
from models.journal.actions import record
from models.organisations.rules import Place, span
from models.organisations.tables import Division, PostKind, School
from models.organisations.touching import Touched, touch
from models.people import access, recusals
from models.people.access import Viewer
from models.people.queries import names
from models.people.rights import Right
from models.visits.tables import Duty, DutyState, VisitKind

POST_OF = {VisitKind.COMMITTEE: PostKind.COMMITTEE, VisitKind.SUPERVISOR: PostKind.SUPERVISOR}


class DutyDone(Conflict):
    code = "duty_done"
    sentence = "这项任务已经完成，不能再改。"


class CannotStandIn(Invalid):
    code = "cannot_stand_in"
    sentence = "{name}不是本县的同类人员，或应当回避，不能代替。"


@dataclass(frozen=True)
class DutyLine:
    """A visit owed. `poster_generation`: codes of an earlier one are void, which a phone without a network
    can tell at the gate. Degrees in WGS-84."""

    id: int
    month: str
    kind: VisitKind
    school_id: int
    school_name: str
    state: DutyState
    stand_in: str | None
    reason: str | None
    visit_id: int | None
    longitude: float | None
    latitude: float | None
    poster_generation: int


@dataclass(frozen=True)
class Coverage:
    """Visits owed and made in a place. `excused` duties are not owed."""

    code: str
    name: str
    kind: VisitKind
    owed: int
    done: int
    excused: int


async def open_month(month: str) -> None:
    """Make the month's duties of every open school that has the posts. Repeatable, one statement."""
    await sql.rows(
        "INSERT INTO duty (month, kind, school_id, county_code, post_id, state)"
        " SELECT $1, po.kind, s.id, s.county_code, po.id, 'owed' FROM school s"
        " JOIN post po ON po.school_id = s.id AND po.kind IN ('committee', 'supervisor')"
        " WHERE s.open ON CONFLICT (month, school_id, kind) DO NOTHING RETURNING id",
        month,
    )


async def discharge(kind: VisitKind, school: Place, post_id: int, month: str, visit_id: int) -> None:
    """Mark the month's duty done by a visit, in the caller's transaction; the first visit keeps it."""
    await sql.rows(
        "INSERT INTO duty (month, kind, school_id, county_code, post_id, state, visit_id)"
        " VALUES ($1, $2, $3, $4, $5, 'done', $6) ON CONFLICT (month, school_id, kind)"
        " DO UPDATE SET state = 'done', visit_id = $6 WHERE duty.state <> 'done' RETURNING id",
        month, kind.value, school.id, school.county_code, post_id, visit_id,
    )  # fmt: skip


async def duties(viewer: Viewer, month: str, today: date) -> list[DutyLine]:
    """What the viewer owes in a month: by their posts, and by standing in; open ones first, by school.

    Nobody owes a visit where they must keep away. One that they made before stays to be seen.
    """
    posts = [held.post_id for held in viewer.with_right(Right.CHECK_IN)]
    mine = Q(post_id__in=posts, stand_in_id=None) | Q(stand_in_id=viewer.bound)
    away = await recusals.away(viewer.bound, today)
    found = [
        duty
        for duty in await Duty.filter(mine, month=month)
        if duty.state == DutyState.DONE or duty.school_id not in away
    ]
    return sorted(await _lines(found), key=lambda line: (line.state != DutyState.OWED, line.school_name))


async def of_school(viewer: Viewer, school_id: int, month: str) -> list[DutyLine]:
    """The duties towards one school in a month."""
    school = await access.school(viewer, school_id)
    return await _lines(await Duty.filter(school_id=school.id, month=month).order_by("kind"))


async def _lines(found: list[Duty]) -> list[DutyLine]:
    columns = ("id", "name", "longitude", "latitude", "poster_generation")
    rows = await School.filter(id__in={duty.school_id for duty in found}).values(*columns)
    schools = {row["id"]: row for row in rows}
    who = await names({duty.stand_in_id for duty in found if duty.stand_in_id is not None})
    return [
        DutyLine(
            duty.id, duty.month, duty.kind, duty.school_id, schools[duty.school_id]["name"], duty.state,
            who.get(duty.stand_in_id) if duty.stand_in_id is not None else None,
            duty.reason, duty.visit_id, schools[duty.school_id]["longitude"],
            schools[duty.school_id]["latitude"], schools[duty.school_id]["poster_generation"],
        )
        for duty in found
    ]  # fmt: skip


async def excuse(viewer: Viewer, duty_id: int, reason: str, now: datetime) -> None:
    """An officer excuses a duty: the school is shut, snowed in. Repeatable; raises DutyDone."""
    duty = await _planned(viewer, duty_id)
    async with in_transaction():
        changed = (
            await Duty.filter(id=duty.id)
            .exclude(state=DutyState.DONE)
            .update(state=DutyState.EXCUSED, reason=reason)
        )
        if not changed:
            raise DutyDone
        await record(
            "duty", duty.id, "excuse", now,
            school_id=duty.school_id, person_id=viewer.person_id, facts={"reason": reason},
        )  # fmt: skip
        await touch([Touched(duty.county_code, duty.school_id, "visit")])


async def swap(viewer: Viewer, duty_id: int, person_id: int, today: date, now: datetime) -> None:
    """An officer has somebody of the same kind in the same county make the visit this month (换班)."""
    duty = await _planned(viewer, duty_id)
    if not await _may_stand_in(duty, person_id, today):
        who = await names({person_id})
        raise CannotStandIn(name=who.get(person_id, "此人"))
    async with in_transaction():
        changed = (
            await Duty.filter(id=duty.id)
            .exclude(state=DutyState.DONE)
            .update(stand_in_id=person_id, state=DutyState.OWED, reason=None)
        )
        if not changed:
            raise DutyDone
        await record(
            "duty", duty.id, "swap", now,
            school_id=duty.school_id, person_id=viewer.person_id, facts={"stand_in": person_id},
        )  # fmt: skip
        await touch([Touched(duty.county_code, duty.school_id, "visit")])


async def _planned(viewer: Viewer, duty_id: int) -> Duty:
    duty = await Duty.get_or_none(id=duty_id)
    if duty is None:
        raise NotFound
    await access.school(viewer, duty.school_id, Right.PLAN_DUTIES)
    return duty


async def _may_stand_in(duty: Duty, person_id: int, today: date) -> bool:
    found = await sql.rows(
        "SELECT 1 AS yes FROM holding h JOIN post po ON po.id = h.post_id"
        " JOIN school s ON s.id = po.school_id"
        " WHERE h.person_id = $1 AND po.kind = $2 AND s.county_code = $3 AND h.since_on <= $4"
        " AND (h.until_on IS NULL OR h.until_on > $4) AND NOT EXISTS (SELECT 1 FROM recusal r"
        " WHERE r.person_id = $1 AND r.school_id = $5 AND (r.until_on IS NULL OR r.until_on > $4)) LIMIT 1",
        person_id, POST_OF[duty.kind].value, duty.county_code, today, duty.school_id,
    )  # fmt: skip
    return bool(found)


async def coverage(viewer: Viewer, division_code: str, month: str) -> list[Coverage]:
    """Visits owed and made in the divisions just below one (a county: the county itself), by code, kind."""
    access.division(viewer, division_code)
    return await coverage_open(division_code, month)


async def coverage_open(division_code: str, month: str) -> list[Coverage]:
    """As `coverage`, for pages that everybody may read: figures only."""
    width = {2: 4, 4: 6, 6: 6}[len(division_code)]
    found = await sql.rows(
        f"SELECT SUBSTR(county_code, 1, {width}) AS code, kind,"  # noqa: S608
        " COUNT(*) AS total, SUM(CASE WHEN state = 'done' THEN 1 ELSE 0 END) AS done,"
        " SUM(CASE WHEN state = 'excused' THEN 1 ELSE 0 END) AS excused"
        " FROM duty WHERE month = $1 AND county_code >= $2 AND county_code < $3"
        f" GROUP BY SUBSTR(county_code, 1, {width}), kind ORDER BY 1, 2",
        month, *span(division_code),
    )  # fmt: skip
    labels = {
        row["code"]: row["name"]
        for row in await Division.filter(code__in={row["code"] for row in found}).values("code", "name")
    }
    return [
        Coverage(
            row["code"], labels[row["code"]], VisitKind(row["kind"]),
            row["total"] - row["excused"], row["done"], row["excused"],
        )
        for row in found
    ]  # fmt: skip
