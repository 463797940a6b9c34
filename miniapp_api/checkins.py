"""Check-ins (签到)."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from miniapp_api.context import context, now, viewer
from miniapp_api.registry import Answered, Input, Routes
from miniapp_api.types import Id, Instant, Page, PageQuery, RequestId, page
from models.checkins import actions, queries
from models.checkins.rules import NOWHERE, CodeForeign, CodeMalformed, PlaceQuality, Where
from qr import BadCode, BadCodeReason, Claim, verify

routes = Routes("check-ins")


class PlaceIn(Input):
    """Where the phone says it is: degrees and metres, as the platform gave them."""

    quality: Literal["precise", "fuzzy"]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    latitude: Annotated[float, Field(ge=-90, le=90)]
    accuracy_m: Annotated[float, Field(ge=0, le=1_000_000)] | None = None


class CheckInIn(Input):
    code: Annotated[str, StringConstraints(min_length=1, max_length=512)]
    request_id: RequestId
    scanned_at: Instant
    place: PlaceIn | None = None


class CheckInOut(BaseModel):
    id: int
    school_id: int
    school_name: str
    at: Instant
    received_at: Instant
    distance_m: int | None


def read_code(request: web.Request, code: str) -> Claim:
    """What a scanned text claims; raises CodeForeign or CodeMalformed."""
    try:
        return verify(context(request).keyring, code)
    except BadCode as fault:
        broken = fault.reason is BadCodeReason.MALFORMED and "/q/" in code
        raise (CodeMalformed if broken else CodeForeign) from fault


@routes.add("POST", "/check-ins", status=201, errors=(200, 404, 409))
async def check_in(request: web.Request, body: CheckInIn) -> Answered[CheckInOut]:
    """Check in at a school by its code. Sent again with the same request id: 200 and the same row."""
    who = await viewer(request)
    where = NOWHERE
    if body.place is not None:
        given = body.place
        where = Where(PlaceQuality(given.quality), given.longitude, given.latitude, given.accuracy_m)
    claim = read_code(request, body.code)
    done = await actions.check_in(
        who, claim, body.code, body.scanned_at, where, body.request_id, now(request)
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
    """Check-ins at a school, newest first."""
    found = await queries.at_school(await viewer(request), school_id, query.before, query.limit)
    return page(found, [line.id for line in found], query.limit)
