"""Plans of inspections (督查), their draws (抽查), and the proof that anybody can draw again."""

import secrets
from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from miniapp_api.context import now, viewer
from miniapp_api.registry import Answered, Input, Routes
from miniapp_api.types import (
    Day,
    DivisionCode,
    Id,
    Instant,
    Month,
    Page,
    PageQuery,
    Reason,
    RequestId,
    Words,
    page,
    plain,
)
from models.inspections import actions, queries, rules
from models.inspections.rules import Agency, PlanState, Way
from models.organisations.tables import Level, SchoolStage
from models.people.access import Viewer
from models.policies.calendar import beijing_date

routes = Routes("inspections")

Matter = Annotated[str, StringConstraints(pattern=r"^[a-z]{1,20}$")]
Said = Annotated[
    str, StringConstraints(min_length=4, max_length=100, strip_whitespace=True), AfterValidator(plain)
]


def _known(matters: list[str]) -> list[str]:
    if len(set(matters)) < len(matters) or not set(matters) <= set(rules.MATTERS):
        raise ValueError("没有这样的检查内容，或写重了")
    return matters


class InspectionIn(Input):
    """One of `share_percent` and `number`. No `stages`: every stage. `open_on`: from when on everybody may know
    which schools were drawn; left out: at once."""

    request_id: RequestId
    division: DivisionCode
    month: Month
    title: Annotated[
        str, StringConstraints(min_length=2, max_length=60, strip_whitespace=True), AfterValidator(plain)
    ]
    agency: Agency
    way: Way
    matters: Annotated[list[Matter], Field(min_length=1, max_length=20), AfterValidator(_known)]
    stages: Annotated[list[SchoolStage], Field(max_length=6)] = []
    share_percent: Annotated[float | None, Field(gt=0, le=100)] = None
    number: Annotated[int | None, Field(ge=1, le=20_000)] = None
    public_source: Said
    open_on: Day | None = None


class DrawIn(Input):
    """What was said in public, of the source that the plan names."""

    public_value: Said


class InspectionCancelIn(Input):
    reason: Reason


class InspectedIn(Input):
    on: Day
    words: Words = ""


class MatterOut(BaseModel):
    code: str
    name: str


class DrawnOut(BaseModel):
    """`spared`: what is not looked at there, and why."""

    id: int
    turn: int
    ticket: str
    school_id: int
    school_code: str
    school_name: str
    matters: list[MatterOut]
    spared: dict[str, str]
    done_on: date | None
    done_words: str


class InspectionOut(BaseModel):
    """`left_out`: schools that are no candidates, by code, and why. `drawn`: those within my reach."""

    id: int
    title: str
    division_code: str
    level: Level
    level_name: str
    agency: Agency
    agency_name: str
    way: Way
    way_name: str
    month: str
    state: PlanState
    state_name: str
    matters: list[MatterOut]
    candidates: int
    candidates_hash: str
    left_out: dict[str, str]
    draws: int
    public_source: str
    public_value: str | None
    commitment: str
    seed: str | None
    open_on: date
    planned_by: str
    planned_at: Instant
    drawn_by: str | None
    drawn_at: Instant | None
    reason: str | None
    drawn: list[DrawnOut]
    may: list[str]


class PublishedDrawOut(BaseModel):
    """What is needed to draw again. `nonce` and what follows: after the draw, from `open_on` on.

    hash = SHA-256 as 64 hexadecimal digits. commitment = hash(nonce), seed = hash(statement LF nonce LF value),
    ticket = hash(seed ":" school's code): the `draws` candidates with the smallest tickets, in that order.
    """

    statement: str
    commitment: str
    candidates: list[str]
    left_out: dict[str, str]
    open_on: date
    state: PlanState
    nonce: str | None = None
    public_value: str | None = None
    drawn: list[str] = []


class DrawCheckOut(BaseModel):
    """`differences`: what did not come out the same, in words."""

    same: bool
    differences: list[str]


class InspectionQuery(PageQuery):
    division: DivisionCode


@routes.add("GET", "/inspections", errors=(404,))
async def list_inspections(request: web.Request, query: InspectionQuery) -> Page[queries.PlanLine]:
    """Plans of a division of mine, of those below it and those above that reach into it, newest first."""
    found = await queries.plans(await viewer(request), query.division, query.before, query.limit)
    return page(found, [one.id for one in found], query.limit)


@routes.add("POST", "/inspections", status=201, errors=(200, 404, 409))
async def plan_inspection(request: web.Request, body: InspectionIn) -> Answered[InspectionOut]:
    """Publish a plan: candidates, amount and a commitment. Sent again with the same request id: 200."""
    who = await viewer(request)
    draft = actions.Draft(
        body.request_id, body.division, body.month, body.title, body.agency, body.way, tuple(body.matters),
        tuple(body.stages), body.share_percent, body.number, body.public_source, body.open_on,
    )  # fmt: skip
    made, new = await actions.plan(who, draft, secrets.token_hex(32), now(request))
    return Answered(await _out(who, made.id), 201 if new else 200)


@routes.add("GET", "/inspections/{plan_id}")
async def read_inspection(request: web.Request, plan_id: Id) -> InspectionOut:
    """One plan with its drawn schools within my reach."""
    return await _out(await viewer(request), plan_id)


@routes.add("POST", "/inspections/{plan_id}/draw", errors=(409,))
async def draw_inspection(request: web.Request, plan_id: Id, body: DrawIn) -> InspectionOut:
    """Draw the schools, once for ever, with a value that was said in public."""
    who = await viewer(request)
    await actions.draw(who, plan_id, body.public_value, now(request))
    return await _out(who, plan_id)


@routes.add("POST", "/inspections/{plan_id}/cancel", status=204, errors=(409,))
async def cancel_inspection(request: web.Request, plan_id: Id, body: InspectionCancelIn) -> None:
    """Give a plan up before its draw, saying why."""
    await actions.cancel(await viewer(request), plan_id, body.reason, now(request))


@routes.add("GET", "/inspections/{plan_id}/check")
async def check_draw(request: web.Request, plan_id: Id) -> DrawCheckOut:
    """Draw again from what was published, and compare."""
    found = await queries.differences(await viewer(request), plan_id)
    return DrawCheckOut(same=not found, differences=found)


@routes.add("GET", "/draws/{plan_id}", signed_in=False, errors=(404,))
async def read_published_draw(request: web.Request, plan_id: Id) -> PublishedDrawOut:
    """What everybody may know of a plan, and needs to draw again."""
    found = await queries.published(plan_id, beijing_date(now(request)))
    plan, proof = found.plan, found.proof
    return PublishedDrawOut(
        statement=plan.statement,
        commitment=plan.commitment,
        candidates=plan.candidates,
        left_out=plan.left_out,
        open_on=plan.open_on,
        state=plan.state,
        nonce=proof.nonce if proof else None,
        public_value=proof.value if proof else None,
        drawn=list(proof.drawn) if proof else [],
    )


@routes.add("POST", "/inspected-schools/{inspection_id}/done", status=204, errors=(409,))
async def note_inspected(request: web.Request, inspection_id: Id, body: InspectedIn) -> None:
    """Note that a drawn school was inspected, and what was seen."""
    await actions.note_done(await viewer(request), inspection_id, body.on, body.words, now(request))


async def _out(who: Viewer, plan_id: int) -> InspectionOut:
    whole = await queries.whole(who, plan_id)
    plan = whole.plan
    derived = {
        "level_name": rules.LEVEL_NAMES[plan.level],
        "agency_name": rules.AGENCY_NAMES[plan.agency],
        "way_name": rules.WAY_NAMES[plan.way],
        "state_name": rules.STATE_NAMES[plan.state],
        "matters": _matters(plan.matters),
        "candidates": len(plan.candidates),
        "candidates_hash": rules.list_hash(plan.candidates),
        "planned_by": whole.planned_by,
        "drawn_by": whole.drawn_by,
        "drawn": [
            DrawnOut(
                **{
                    **vars(one),
                    "matters": _matters(one.matters),
                    "spared": {rules.MATTERS[code]: why for code, why in one.spared.items()},
                }
            )
            for one in whole.drawn
        ],
        "may": whole.may,
    }
    columns = {name: getattr(plan, name) for name in InspectionOut.model_fields if name not in derived}
    return InspectionOut(**columns, **derived)


def _matters(codes: list[str]) -> list[MatterOut]:
    return [MatterOut(code=code, name=rules.MATTERS[code]) for code in codes]
