"""What every request passes: an id, a log line, and headers that keep browsers careful."""

import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from aiohttp import web

from miniapp_api.context import REQUEST_ID

log = logging.getLogger("shandu.access")
current_request_id: ContextVar[str] = ContextVar("request_id", default="")

_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline';"
        " object-src 'none'; base-uri 'none'; frame-ancestors 'self'"
    ),
}

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
    status = 500
    try:
        response = await handler(request)
        status = response.status
    finally:
        log.info(
            "request",
            extra={
                "method": request.method,
                "route": _pattern(request),
                "status": status,
                "ms": round((time.perf_counter() - began) * 1000, 1),
            },
        )
        current_request_id.reset(mark)
    if not response.prepared:
        response.headers["X-Request-Id"] = request_id
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
    return response


def _pattern(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "(none)"
