"""What every request passes: an id, a log line, a look at where it comes from, and careful headers."""

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from email.utils import format_datetime
from urllib.parse import urlsplit

from aiohttp import web

from bot.wechat.callback import Acknowledged
from miniapp_api.context import CONTEXT, REQUEST_ID
from models.errors import Forbidden

log = logging.getLogger("shandu.access")
current_request_id: ContextVar[str] = ContextVar("request_id", default="")

_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'self'"
    ),
}
HTTPS_ONLY = "max-age=31536000"
# answers with a person's data in them, unless a handler knows better
NOT_KEPT = "no-store"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# the API asks for a bearer token and JSON, the callback door for a signature: no page can send those for us
GUARDED_OTHERWISE = ("/api/", "/wechat/")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def request_ids(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take the caller's X-Request-Id if it is plain, else make one; log the request when it is done.

    The line names the route's pattern and not the path: codes and keys in addresses are secrets.
    """
    given = request.headers.get("X-Request-Id", "")
    request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
    request[REQUEST_ID] = request_id
    mark = current_request_id.set(request_id)
    began = time.perf_counter()
    status, told = 500, False
    try:
        response = await handler(request)
        status, told = response.status, isinstance(response, Acknowledged)
    finally:
        route, seconds = _pattern(request), time.perf_counter() - began
        request.config_dict[CONTEXT].requests.add(request.method, route, status, seconds)
        if not told:
            log.info(
                "request",
                extra={
                    "method": request.method,
                    "route": route,
                    "status": status,
                    "ms": round(seconds * 1000, 1),
                },
            )
        current_request_id.reset(mark)
    return response


class ForeignPage(Forbidden):
    code = "foreign_page"
    sentence = "这个操作只能在本站的页面上进行。"


@web.middleware
async def own_pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let no other site's page change anything here, such as move the demonstration's clock."""
    guarded = request.path.startswith(GUARDED_OTHERWISE)
    if request.method not in SAFE and not guarded and _is_foreign(request):
        raise ForeignPage
    return await handler(request)


def _is_foreign(request: web.Request) -> bool:
    """By what browsers say of a request; programs say neither, and are nobody's browser."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer, streamed ones too, just before it goes."""
    response.headers["X-Request-Id"] = request.get(REQUEST_ID, "")
    if isinstance(response, Acknowledged):
        return  # no browser asks there, and they come in crowds
    # adds only what is not there
    response.headers.merge(HEADERS)
    if request.config_dict[CONTEXT].public_url.startswith("https:"):
        response.headers.setdefault("Strict-Transport-Security", HTTPS_ONLY)
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", NOT_KEPT)
        # phones set their own clocks right by it, and a demonstration's has been moved
        response.headers["Date"] = format_datetime(request.config_dict[CONTEXT].now(), usegmt=True)
        if request.config_dict[CONTEXT].demo:
            response.headers["X-Demonstration"] = "1"


def _pattern(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "(none)"
