"""The desk's door: cookies, who is behind one, and how a handler becomes a page.

The pages know nobody but by cookie, and the API nobody by cookie. A cookie is Strict, so that no other
site's page brings it along; and what changes something must be sent by a page of ours.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlencode

import pydantic
from aiohttp import web

from miniapp_api.context import Context, context, now
from miniapp_api.errors import status_of
from miniapp_api.middleware import SAFE, ForeignPage
from miniapp_api.multipart import MALFORMED
from miniapp_api.pages import page
from miniapp_api.registry import BadRequest, Input
from models.errors import Refusal
from models.people import actions
from models.people.access import NotSignedIn, Viewer
from models.people.desk import NoDesk
from models.people.queries import viewer_at_desk
from models.people.rights import Right
from models.policies.calendar import beijing_date

SESSION, TICKET = "shandu-desk", "shandu-desk-ticket"
# what the person has just done, after which the page they come back to says so
DONE = {
    "resent": "已放回发送队列，几秒后刷新可以看到结果。",
    "withdrawn": "已撤回还没有发出的通知。",
    "called": "已记下：电话告知。",
    "signed_out": "已退出那台设备。",
}

Page = Callable[[web.Request, Viewer], Awaitable[web.StreamResponse]]
Form = TypeVar("Form", bound=Input)


def _name(outside: Context, name: str) -> str:
    """On https with the prefix that no other host of the domain can set."""
    return f"__Host-{name}" if outside.public_url.startswith("https:") else name


def read_cookie(request: web.Request, name: str) -> str | None:
    found = request.cookies.get(_name(context(request), name), "")
    return found if found.isascii() and 0 < len(found) <= 100 else None


def set_cookie(request: web.Request, response: web.Response, name: str, value: str, lasts: timedelta) -> None:
    """For this site's requests alone, out of reach of scripts. `lasts` of nothing: take it away."""
    outside = context(request)
    response.set_cookie(
        _name(outside, name), value, max_age=int(lasts.total_seconds()), path="/", httponly=True,
        samesite="Strict", secure=outside.public_url.startswith("https:"),
    )  # fmt: skip


async def viewer_of_page(request: web.Request) -> Viewer:
    """Who is behind the browser's cookie, with a post that may use the desk; raises NotSignedIn, NoDesk."""
    secret = read_cookie(request, SESSION)
    if secret is None:
        raise NotSignedIn
    at = now(request)
    today = beijing_date(at)
    found = await viewer_at_desk(secret, at, today)
    if found.seen_on != today:
        await actions.seen(found, today)
    if not found.with_right(Right.USE_DESK):
        raise NoDesk
    return found


def insist_on_own_page(request: web.Request) -> None:
    """`own_pages` has refused what names another site; here, also what names none: every browser does."""
    if "Origin" not in request.headers and "Sec-Fetch-Site" not in request.headers:
        raise ForeignPage


def paged(handler: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Serve a handler to whoever is signed in; to others the page that signs in, and refusals as pages."""

    async def serve(request: web.Request) -> web.StreamResponse:
        outside = context(request)
        who: Viewer | None = None
        try:
            await outside.limits.request(request, "ordinary", outside.now())
            if request.method not in SAFE:
                insist_on_own_page(request)
            who = await viewer_of_page(request)
            return await handler(request, who)
        except NotSignedIn:
            if request.method not in SAFE:
                raise web.HTTPSeeOther("/desk/") from None
            return page("desk/sign_in.html", 401, demo=outside.demo)
        except Refusal as refusal:
            status = status_of(refusal)
            return page("desk/refused.html", status, viewer=who, refused=refusal.said, back=_back(request))

    return serve


def _back(request: web.Request) -> str:
    """Where a refused act was asked for, if that was a page of the desk."""
    said = request.headers.get("Referer", "")
    own = f"{request.scheme}://{request.host}/desk/"
    return "/desk/" + said.removeprefix(own) if said.startswith(own) else "/desk/"


async def read_form(request: web.Request, form: type[Form]) -> Form:
    """What a page's form says, by the types that the API reads the same things with."""
    return read_fields(form, await read_posted(request))


async def read_posted(request: web.Request) -> dict[str, list[object]]:
    """The fields of a form with all their values; BadRequest for a body that no browser sends."""
    try:
        posted = await request.post()
    except MALFORMED as fault:
        raise BadRequest(errors=[]) from fault
    return {name: list(posted.getall(name)) for name in posted}


def read_fields(form: type[Form], said: Mapping[str, Sequence[object]]) -> Form:
    """Fields that were left empty are as if they were not there; one value is no list unless it must be."""
    given: dict[str, object] = {}
    for name, values in said.items():
        several = [value for value in values if value != ""]
        if several:
            annotation = form.model_fields[name].annotation if name in form.model_fields else None
            given[name] = several if getattr(annotation, "__origin__", None) is list else several[0]
    try:
        return form.model_validate(given)
    except pydantic.ValidationError as fault:
        raise BadRequest(errors=[]) from fault


def done(what: str, path: str, **query: str) -> web.HTTPSeeOther:
    """Back to a page that says what was done; reloading it does nothing again."""
    return web.HTTPSeeOther(f"{path}?{urlencode({**query, 'done': what})}")


def said(request: web.Request) -> str:
    """What the page's address says was done."""
    return DONE.get(request.query.get("done", ""), "")
