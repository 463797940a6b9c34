"""The delivery log, and a notice's life with what can be done about it."""

from urllib.parse import urlencode

from aiohttp import web

from miniapp_api.context import context, now
from miniapp_api.deliveries import Because, DeliveriesQuery, delivery_out, life_out, wanted
from miniapp_api.delivery_words import STATE_NAMES
from miniapp_api.desk.door import done, read_fields, read_form, read_posted, said
from miniapp_api.desk.places import choices
from miniapp_api.pages import page
from models.errors import NotFound, Refusal
from models.notices import handling, log
from models.notices.channels import TITLES
from models.notices.kinds import KINDS
from models.notices.tables import DeliveryState
from models.people.access import Viewer
from models.policies.calendar import beijing_date

NOBODY = 2**53 - 1
# in these states of its message the page offers to take back a part
UNSENT = {DeliveryState.HELD, DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.UNKNOWN}
# in these states the page offers to send again
FAILED = {DeliveryState.REFUSED, DeliveryState.GIVEN_UP, DeliveryState.UNKNOWN}


async def read_log(request: web.Request, who: Viewer) -> web.Response:
    """The search, and what it found; a search that cannot be made says why above the form."""
    places = await choices(who)
    if not places:
        raise NotFound
    asked = {name: request.query.getall(name) for name in request.query if name not in ("division", "done")}
    division = request.query.get("division") or places[0].code
    query, lines, refused = DeliveriesQuery(), [], ""
    try:
        query = read_fields(DeliveriesQuery, asked)
        look = wanted(query, beijing_date(now(request)))
        lines = await log.search(who, division, look, query.before, query.limit)
    except Refusal as refusal:
        refused, look = refusal.said, wanted(DeliveriesQuery(), beijing_date(now(request)))
    more = lines[-1].id if len(lines) == query.limit else None
    kept = {name: request.query[name] for name in request.query if name not in ("before", "done")}
    return page(
        "desk/deliveries.html",
        422 if refused else 200,
        viewer=who,
        places=places,
        division=division,
        query=query,
        look=look,
        kinds=KINDS,
        states=STATE_NAMES,
        channels=TITLES,
        lines=[delivery_out(line) for line in lines],
        more=more and "?" + urlencode({**kept, "before": str(more)}),
        refused=refused,
        said=said(request),
    )


async def search(request: web.Request, who: Viewer) -> web.Response:
    """Where the form's search is to be read: an address without the number, which logs and histories keep."""
    asked = {name: str(first) for name, (first, *_) in (await read_posted(request)).items() if first}
    number = asked.pop("number", "").strip()
    if number:
        division = asked.get("division", "")
        found = await log.by_number(who, division, number, context(request).vault)
        # nobody has this id: the page says that nothing was found
        asked["person_id"] = str(found.person_id if found else NOBODY)
    raise web.HTTPSeeOther(f"/desk/deliveries?{urlencode(asked)}")


async def read_notice(request: web.Request, who: Viewer) -> web.Response:
    life = life_out(await log.life(who, int(request.match_info["notice_id"])))
    return page(
        "desk/notice.html",
        viewer=who,
        life=life,
        channels=TITLES,
        failed=FAILED,
        unsent=UNSENT,
        said=said(request),
    )


async def resend(request: web.Request, who: Viewer) -> web.Response:
    form = await read_form(request, Because)
    await handling.resend(who, int(request.match_info["delivery_id"]), form.reason, now(request))
    raise done("resent", f"/desk/notices/{request.match_info['notice_id']}")


async def withdraw(request: web.Request, who: Viewer) -> web.Response:
    form, notice_id = await read_form(request, Because), int(request.match_info["notice_id"])
    await handling.withdraw(who, notice_id, form.reason, now(request))
    raise done("withdrawn", f"/desk/notices/{notice_id}")
