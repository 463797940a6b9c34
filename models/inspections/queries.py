"""Reading plans, draws and what was drawn."""

from dataclasses import dataclass
from datetime import date, datetime

from models.database import sql
from models.errors import NotFound
from models.inspections import rules
from models.inspections.rules import PlanState, Proof
from models.inspections.tables import Inspection, InspectionPlan
from models.organisations.rules import span
from models.organisations.tables import School
from models.people import access
from models.people.access import Viewer
from models.people.queries import names
from models.people.rights import Right


@dataclass(frozen=True)
class PlanLine:
    """A plan in a list. `drawn`, `done`: schools within the viewer's reach."""

    id: int
    title: str
    division_code: str
    level: str
    agency: str
    way: str
    month: str
    state: str
    draws: int
    planned_at: datetime
    drawn: int
    done: int


@dataclass(frozen=True)
class Drawn:
    """A drawn school, and what was seen there."""

    id: int
    turn: int
    ticket: str
    school_id: int
    school_code: str
    school_name: str
    matters: list[str]
    spared: dict[str, str]
    done_on: date | None
    done_words: str


@dataclass(frozen=True)
class WholePlan:
    plan: InspectionPlan
    planned_by: str
    drawn_by: str | None
    drawn: list[Drawn]
    may: list[str]


async def plans(viewer: Viewer, division_code: str, before_id: int | None, limit: int) -> list[PlanLine]:
    """Plans of a division of the viewer's, those below it and those above that reach into it; newest first."""
    access.division(viewer, division_code, Right.READ_INSPECTIONS)
    first, end = span(division_code)
    above = [division_code[:width] for width in (2, 4) if width < len(division_code)]
    rows = await sql.rows(
        "SELECT p.id, p.title, p.division_code, p.level, p.agency, p.way, p.month, p.state, p.draws, p.planned_at,"  # noqa: S608
        " COUNT(i.id) AS drawn, COUNT(i.done_on) AS done FROM inspection_plan p"
        " LEFT JOIN inspection i ON i.plan_id = p.id AND i.county_code >= $1 AND i.county_code < $2"
        " WHERE ((p.division_code >= $1 AND p.division_code < $2)"
        f" OR p.division_code IN ({sql.places(above, 5)})) AND p.id < $3"
        " GROUP BY p.id, p.title, p.division_code, p.level, p.agency, p.way, p.month, p.state, p.draws, p.planned_at"
        " ORDER BY p.id DESC LIMIT $4",
        first, end, before_id or 2**62, limit, *above,
    )  # fmt: skip
    return [PlanLine(**{**row, "planned_at": at}) for row in rows if (at := sql.instant(row["planned_at"]))]


async def whole(viewer: Viewer, plan_id: int) -> WholePlan:
    """One plan with the drawn schools within the viewer's reach; NotFound for those it has nothing to do with."""
    plan = await InspectionPlan.get_or_none(id=plan_id)
    if plan is None or not _concerns(viewer, plan):
        raise NotFound
    who = await names({plan.planned_by} | ({plan.drawn_by} if plan.drawn_by else set()))
    mine = School.filter(access.scope(viewer, Right.READ_INSPECTIONS))
    found = await Inspection.filter(plan_id=plan.id).order_by("turn")
    schools = {one.id: one for one in await mine.filter(id__in=[one.school_id for one in found])}
    may = []
    if plan.state is PlanState.PLANNED and _may_draw(viewer, plan):
        may = ["draw", "cancel"]
    return WholePlan(
        plan, who[plan.planned_by], who.get(plan.drawn_by) if plan.drawn_by else None,
        [_drawn(one, schools[one.school_id]) for one in found if one.school_id in schools], may,
    )  # fmt: skip


def _drawn(one: Inspection, school: School) -> Drawn:
    return Drawn(
        one.id, one.turn, one.ticket, school.id, school.code, school.name, one.matters, one.spared,
        one.done_on, one.done_words or "",
    )  # fmt: skip


def _concerns(viewer: Viewer, plan: InspectionPlan) -> bool:
    """Whether a post of the viewer is over the plan's division, or lies in it."""
    return any(
        held.division_code is not None
        and (
            plan.division_code.startswith(held.division_code)
            or held.division_code.startswith(plan.division_code)
        )
        for held in viewer.with_right(Right.READ_INSPECTIONS)
    )


def _may_draw(viewer: Viewer, plan: InspectionPlan) -> bool:
    return any(
        held.division_code is not None
        and plan.division_code.startswith(held.division_code)
        and rules.LEVEL_OF[len(held.division_code)] in (plan.level, *rules.HIGHER[plan.level])
        for held in viewer.with_right(Right.PLAN_INSPECTIONS)
    )


@dataclass(frozen=True)
class Published:
    """What everybody may know of a plan. Candidates and commitment from its first day; the draw when it is open."""

    plan: InspectionPlan
    proof: Proof | None


async def published(plan_id: int, today: date) -> Published:
    """A plan as it is published; NotFound when there is none."""
    plan = await InspectionPlan.get_or_none(id=plan_id)
    if plan is None:
        raise NotFound
    return Published(plan, await _proof(plan) if plan.open_on <= today else None)


async def differences(viewer: Viewer, plan_id: int) -> list[str]:
    """Draw again from what is kept and compare; empty when it comes out the same. NotFound before the draw."""
    plan = await InspectionPlan.get_or_none(id=plan_id)
    if plan is None or not _concerns(viewer, plan):
        raise NotFound
    proof = await _proof(plan)
    if proof is None:
        raise NotFound
    return rules.differences(proof)


async def _proof(plan: InspectionPlan) -> Proof | None:
    if plan.state is not PlanState.DRAWN or plan.public_value is None:
        return None
    found = await sql.rows(
        "SELECT s.code FROM inspection i JOIN school s ON s.id = i.school_id WHERE i.plan_id = $1 ORDER BY i.turn",
        plan.id,
    )
    return Proof(
        plan.statement, plan.commitment, plan.candidates, plan.draws, plan.nonce, plan.public_value,
        [row["code"] for row in found],
    )  # fmt: skip
