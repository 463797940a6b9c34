"""The list of those whom no notice reaches (联系不上名单), by county."""

from aiohttp import web

from miniapp_api.context import context, now
from miniapp_api.deliveries import Called, unreached_out
from miniapp_api.desk.door import done, read_form, said
from miniapp_api.desk.places import choices
from miniapp_api.pages import page
from models.errors import NotFound
from models.notices import handling, unreached
from models.people.access import Viewer
from models.policies.calendar import beijing_date

COUNTY_DIGITS = 6


async def read_board(request: web.Request, who: Viewer) -> web.Response:
    return await _board(request, who, request.query.get("county"))


async def _board(
    request: web.Request, who: Viewer, county: str | None, shown: dict[int, str] | None = None
) -> web.Response:
    """`shown`: the whole number of somebody, on this one answer."""
    outside, at = context(request), now(request)
    counties = [one for one in await choices(who) if len(one.code) == COUNTY_DIGITS]
    if not counties:
        raise NotFound
    chosen = county or counties[0].code
    found = await unreached.board(who, chosen, outside.ways, outside.vault, beijing_date(at), at)
    return page(
        "desk/unreached.html",
        viewer=who,
        counties=counties,
        county=chosen,
        people=[unreached_out(one) for one in found],
        owed=sum(one.waiting for one in found),
        shown=shown or {},
        said=said(request),
    )


async def reveal(request: web.Request, who: Viewer) -> web.Response:
    """The board once more, with one number whole. An answer to a POST: no address shows the number again."""
    person_id, at = int(request.match_info["person_id"]), now(request)
    number = await handling.reveal_phone(who, person_id, context(request).vault, beijing_date(at), at)
    shown = {person_id: number or "没有登记手机号"}
    return await _board(request, who, request.match_info["county"], shown)


async def called(request: web.Request, who: Viewer) -> web.Response:
    form, person_id = await read_form(request, Called), int(request.match_info["person_id"])
    await handling.called(who, person_id, form.notices, form.words, now(request))
    raise done("called", "/desk/unreached", county=request.match_info["county"])
