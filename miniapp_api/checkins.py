"""Check-ins (签到)."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from miniapp_api.context import context, now, viewer
from miniapp_api.limits import SHORT_CODE
from miniapp_api.registry import Answered, Input, Routes
from miniapp_api.types import DivisionCode, Id, Instant, Month, Page, PageQuery, RequestId, page
from models.checkins import actions, queries
from models.checkins.places import Coordinates
from models.checkins.rules import (
    NOWHERE,
    CodeForeign,
    CodeMalformed,
    PlaceQuality,
    TypedCodeSlip,
    TypedCodeWrong,
    Where,
)
from models.policies.calendar import month_of
from qr import BadCode, BadCodeReason, Claim, looks_typed, verify, verify_short

routes = Routes("check-ins")


# Phones say odd things of themselves, and nobody is refused for it: below 0 is how some say "unknown".
Reading = Annotated[float, Field(ge=-1e9, le=1e9)]


class PlaceIn(Input):
    """Where the phone says it is, as the platform gave it: degrees, metres, metres a second.

    `coordinates` is the `type` that getLocation or getFuzzyLocation was asked for; both give WGS-84 to
    who asks for none. Altitude and speed are left out where the platform gives none.
    """

    quality: Literal["precise", "fuzzy"]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    accuracy_m: Reading | None = None
    coordinates: Coordinates = Coordinates.WGS84
    altitude_m: Reading | None = None
    vertical_accuracy_m: Reading | None = None
    horizontal_accuracy_m: Reading | None = None
    speed_mps: Reading | None = None

    @property
    def where(self) -> Where:
        given = self.model_dump(exclude={"quality"})
        return Where(PlaceQuality(self.quality), **given)


Device = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9._-]{16,64}$"),
    Field(description="小程序首次启动时随机生成并保存在手机里，服务器只保存其散列值"),
]


class CheckInIn(Input):
    """`code`: what was scanned, or the short code under the picture as it was typed."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=512)]
    request_id: RequestId
    scanned_at: Instant
    place: PlaceIn | None = None
    device: Device | None = None


class CheckInOut(BaseModel):
    id: int
    school_id: int
    school_name: str
    at: Instant
    received_at: Instant
    distance_m: int | None


async def read_code(request: web.Request, code: str, person_id: int) -> Claim:
    """What a scanned or typed text claims; raises CodeForeign or CodeMalformed, or TypedCodeWrong and
    TooManyCodes for one that was typed: a slip of the thumb costs nothing, a wrong code is a guess."""
    if looks_typed(code):
        limits, at = context(request).limits, now(request)
        async with limits.attempt(SHORT_CODE, request, person_id, TypedCodeWrong, at):
            return _typed(request, code)
    try:
        return verify(context(request).keyring, code)
    except BadCode as fault:
        broken = fault.reason is BadCodeReason.MALFORMED and "/q/" in code
        raise (CodeMalformed if broken else CodeForeign) from fault


def _typed(request: web.Request, code: str) -> Claim:
    try:
        return verify_short(context(request).keyring, code)
    except BadCode as fault:
        slip = fault.reason is BadCodeReason.MALFORMED
        raise (TypedCodeSlip if slip else TypedCodeWrong) from fault


@routes.add("POST", "/check-ins", status=201, errors=(200, 404, 409))
async def check_in(request: web.Request, body: CheckInIn) -> Answered[CheckInOut]:
    """Check in at a school by its code. Sent again with the same request id: 200 and the same row."""
    who = await viewer(request)
    where = body.place.where if body.place else NOWHERE
    claim = await read_code(request, body.code, who.bound)
    done = await actions.check_in(
        who, claim, body.code, body.scanned_at, where, body.request_id, now(request), body.device
    )
    out = CheckInOut(
        id=done.id,
        school_id=done.school_id,
        school_name=done.school_name,
        at=done.at,
        received_at=done.received_at,
        distance_m=done.distance_m,
    )
    return Answered(out, 201 if done.new else 200)


@routes.add("GET", "/schools/{school_id}/check-ins")
async def list_check_ins(request: web.Request, school_id: Id, query: PageQuery) -> Page[queries.Seen]:
    """Check-ins at a school, newest first; for officers with how well each is proven, and why."""
    found = await queries.at_school(await viewer(request), school_id, query.before, query.limit)
    return page(found, [line.id for line in found], query.limit)


class WeakestQuery(Input):
    """The Beijing month, the present one when left out. `below`: scores under it, 101 for all; when left
    out, the division's policy for weak evidence."""

    month: Month | None = None
    below: Annotated[int, Field(ge=0, le=101)] | None = None
    after: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}-[0-9]{1,15}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class WeakestPage(BaseModel):
    """Ask for the following page with `after` = `next`; None: that was the end."""

    items: list[queries.SeenInDivision]
    next: str | None


@routes.add("GET", "/divisions/{code}/check-ins")
async def list_weak_check_ins(request: web.Request, code: DivisionCode, query: WeakestQuery) -> WeakestPage:
    """Check-ins of a month in a division of mine, the least proven first, each with its reasons."""
    month = query.month or month_of(now(request))
    after = None
    if query.after is not None:
        score, _, check_in_id = query.after.partition("-")
        after = queries.Rank(int(score), int(check_in_id))
    found = await queries.in_division(await viewer(request), code, month, query.below, after, query.limit)
    last = found[-1] if len(found) == query.limit else None
    following = f"{last.evidence.score}-{last.id}" if last and last.evidence else None
    return WeakestPage(items=found, next=following)
