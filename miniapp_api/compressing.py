"""Answers in JSON made smaller for whoever takes them so: a visit's form is a third of itself."""

import re

from aiohttp import hdrs, web
from aiohttp.web_response import ContentCoding

from miniapp_api.middleware import Handler

# smaller ones fit a packet anyhow
LEAST_BYTES = 1024
_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?(?=,|$)", re.IGNORECASE)


@web.middleware
async def compressed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only what was read: no answer to a write holds a secret beside what a stranger put into the request
    (docs/decisions/0028)."""
    response = await handler(request)
    if request.method == "GET" and isinstance(response, web.Response) and _is_long_json(response):
        # caches keep the two apart, also when this one asked for neither
        response.headers.add(hdrs.VARY, hdrs.ACCEPT_ENCODING)
        if takes_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, "")):
            response.enable_compression(ContentCoding.gzip)
    return response


def takes_gzip(said: str) -> bool:
    """Whether an Accept-Encoding header takes gzip: named, or by `*`, and not with the weight 0."""
    found = _GZIP.search(said)
    return found is not None and float(found[1] or 1) > 0


def _is_long_json(response: web.Response) -> bool:
    body = response.body
    return (
        response.content_type == "application/json" and isinstance(body, bytes) and len(body) >= LEAST_BYTES
    )
