"""Divisions, schools, their staff, codes and posters; policies of a division."""

import asyncio
import io
from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from bot.wechat.errors import ReplyLost, Unreachable, WeChatError
from miniapp_api.context import context, now, viewer
from miniapp_api.registry import Input, Routes
from miniapp_api.sessions import WeChatAway
from miniapp_api.types import DivisionCode, Id, Instant, Page, Reason
from models.checkins.weighing import weigh_again
from models.errors import Kind, NotFound, Refusal
from models.organisations import actions as organisations
from models.organisations import queries
from models.organisations.tables import Division, Level, PostKind, School, SchoolStage
from models.people import access
from models.people.queries import staff
from models.people.rights import POST_NAMES, Right
from models.policies import actions as policies
from models.policies.calendar import beijing_date, month_began
from models.policies.declared import CLIMBED_BY, PARAMETERS, WEIGHED_BY
from models.policies.queries import effective
from models.problems.climbing import look_again
from qr import ROTATION_S, Place, PlaceKind, sign, sign_rotating, sign_short, url
from qr.fonts import FontMissing
from qr.picture import svg
from qr.poster import Poster, poster_pdf, poster_png

routes = Routes("schools")

Format = Annotated[str, StringConstraints(pattern="^(pdf|png)$")]


class NoPosters(Refusal):
    kind = Kind.UNAVAILABLE
    code = "no_posters"
    sentence = "服务器缺少中文字体，暂时不能制作海报，请告知管理员。"


class DivisionOut(BaseModel):
    code: str
    level: Level
    name: str
    longitude: float | None
    latitude: float | None


class SchoolOut(BaseModel):
    id: int
    code: str
    name: str
    county_code: str
    stage: SchoolStage
    nutrition_plan: bool
    boarding: bool
    diners: int | None
    longitude: float | None
    latitude: float | None
    open: bool
    closed_on: date | None
    merged_into: int | None


class StaffOut(BaseModel):
    person_id: int
    post_id: int
    name: str
    phone: str | None
    post: PostKind
    post_name: str
    reachable: bool


class RotatingOut(BaseModel):
    """A code for the school's screen and when it changes next. `svg`: its picture, for a screen to draw."""

    code: str
    url: str
    svg: str
    changes_at: Instant


class DivisionQuery(Input):
    """Those just below a division; all when left out."""

    parent: DivisionCode | None = None


class SchoolQuery(Input):
    division: DivisionCode
    after: Id | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@routes.add("GET", "/divisions", signed_in=False)
async def list_divisions(request: web.Request, query: DivisionQuery) -> list[DivisionOut]:
    """Administrative divisions by code; public knowledge."""
    return [
        DivisionOut.model_validate(row, from_attributes=True) for row in await queries.divisions(query.parent)
    ]


@routes.add("GET", "/schools", errors=(404,))
async def list_schools(request: web.Request, query: SchoolQuery) -> Page[SchoolOut]:
    """Open schools of a division that is mine, by id; `next` goes into `after`."""
    access.division(await viewer(request), query.division)
    found = await queries.open_schools(query.division, query.after, query.limit)
    return Page[SchoolOut](
        items=[school_out(row) for row in found], next=found[-1].id if len(found) == query.limit else None
    )


@routes.add("GET", "/schools/{school_id}")
async def read_school(request: web.Request, school_id: Id) -> SchoolOut:
    """One school."""
    return school_out(await access.school(await viewer(request), school_id))


def school_out(row: School) -> SchoolOut:
    return SchoolOut.model_validate(row, from_attributes=True)


@routes.add("GET", "/schools/{school_id}/staff")
async def list_staff(request: web.Request, school_id: Id) -> list[StaffOut]:
    """Who holds the school's posts today; telephone numbers for those whose work needs them."""
    found = await staff(await viewer(request), school_id, context(request).vault, beijing_date(now(request)))
    return [
        StaffOut(
            person_id=one.person_id,
            post_id=one.post_id,
            name=one.name,
            phone=one.phone,
            post=one.kind,
            post_name=POST_NAMES[one.kind],
            reachable=one.reachable,
        )
        for one in found
    ]


@routes.add("GET", "/schools/{school_id}/rotating-code")
async def read_rotating_code(request: web.Request, school_id: Id) -> RotatingOut:
    """The code to show on the school's screen now; ask again when it changes."""
    school = await access.school(await viewer(request), school_id, Right.SHOW_CODE)
    outside, at = context(request), now(request)
    code = sign_rotating(outside.keyring, Place(PlaceKind.SCHOOL, school.id), school.poster_generation, at)
    left = ROTATION_S - at.timestamp() % ROTATION_S
    link = url(outside.public_url, code)
    return RotatingOut(
        code=code,
        url=link,
        svg=svg(link),
        changes_at=at.fromtimestamp(at.timestamp() + left, at.tzinfo),
    )


@routes.add(
    "GET",
    "/schools/{school_id}/poster.{format}",
    media=("application/pdf", "image/png"),
    errors=(503,),
    limit="export",
)
async def read_poster(request: web.Request, school_id: Id, format: Format) -> web.StreamResponse:
    """The school's poster to print: A4, PDF or PNG."""
    who = await viewer(request)
    school = await access.school(who, school_id)
    await _may_print(who, school)
    county = await Division.get(code=school.county_code)
    return await printed(_poster(request, school, county.name), format)


def _poster(request: web.Request, school: School, county_name: str) -> Poster:
    keyring, place = context(request).keyring, Place(PlaceKind.SCHOOL, school.id)
    generation = school.poster_generation
    link = url(context(request).public_url, sign(keyring, place, generation))
    short = sign_short(keyring, place, generation)
    return Poster(school.name, county_name, link, f"{school.code}-{generation}", short=short)


async def printed(poster: Poster, form: str) -> web.Response:
    """A poster as PDF or PNG; raises NoPosters."""
    try:
        data = await asyncio.to_thread(_render, poster, form)
    except FontMissing as missing:
        raise NoPosters from missing
    media = "application/pdf" if form == "pdf" else "image/png"
    return web.Response(body=data, content_type=media, headers={"Cache-Control": "private, no-store"})


@routes.add(
    "GET",
    "/schools/{school_id}/mini-program-code",
    media=("image/png", "image/jpeg"),
    errors=(503,),
    limit="export",
)
async def read_mini_program_code(request: web.Request, school_id: Id) -> web.StreamResponse:
    """The school's poster code as a mini-program code, drawn by WeChat; its scene is the same token."""
    who = await viewer(request)
    school = await access.school(who, school_id)
    await _may_print(who, school)
    outside = context(request)
    token = sign(outside.keyring, Place(PlaceKind.SCHOOL, school.id), school.poster_generation)
    try:
        data = await outside.gateway.code_image(token, "pages/scan/index")
    except (WeChatError, Unreachable, ReplyLost) as fault:
        raise WeChatAway from fault
    media = "image/jpeg" if data[:2] == b"\xff\xd8" else "image/png"
    return web.Response(body=data, content_type=media, headers={"Cache-Control": "private, no-store"})


async def _may_print(who: access.Viewer, school: School) -> None:
    if not access.reaches(who, Right.REVOKE_CODE, school):
        await access.require(who, Right.SHOW_CODE, school)


def _render(poster: Poster, form: str) -> bytes:
    if form == "png":
        return poster_png(poster)
    out = io.BytesIO()
    poster_pdf([poster], out)
    return out.getvalue()


class Revoke(Input):
    reason: Reason


class Generation(BaseModel):
    generation: int


@routes.add("POST", "/schools/{school_id}/posters/revoke")
async def revoke_posters(request: web.Request, school_id: Id, body: Revoke) -> Generation:
    """Void every poster of the school printed so far: one was lost or copied."""
    who = await viewer(request)
    school = await access.school(who, school_id)
    await access.require(who, Right.REVOKE_CODE, school)
    raised = await organisations.revoke_posters(school, who.bound, body.reason, now(request))
    return Generation(generation=raised)


class PolicyOut(BaseModel):
    key: str
    name: str
    unit: str
    value: float
    default: float
    lowest: float
    highest: float
    source: str


class PolicyIn(Input):
    value: Annotated[float, Field(ge=0, le=1_000_000)]


@routes.add("GET", "/divisions/{code}/policies")
async def list_policies(request: web.Request, code: DivisionCode) -> list[PolicyOut]:
    """The policy parameters that hold in a division of mine."""
    access.division(await viewer(request), code)
    values = await effective(code)
    return [
        PolicyOut.model_validate({**vars(parameter), "value": values[parameter.key]})
        for parameter in PARAMETERS
    ]


@routes.add("PUT", "/divisions/{code}/policies/{key}", status=204)
async def set_policy(
    request: web.Request,
    code: DivisionCode,
    key: Annotated[str, StringConstraints(max_length=40)],
    body: PolicyIn,
) -> None:
    """Set a parameter for a division and those below it that set none of their own.

    The month's check-ins are weighed again when it is one of those that evidence depends on; running
    deadlines are looked at again when it is one of the ladder's.
    """
    if not await Division.exists(code=code):
        raise NotFound
    await policies.set_policy(await viewer(request), code, key, body.value, now(request))
    if key in WEIGHED_BY:
        await weigh_again(code, month_began(now(request)), now(request))
    if key in CLIMBED_BY:
        await look_again(code, now(request))
