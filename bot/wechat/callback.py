"""The routes WeChat knocks at: acknowledge at once, leave the work to others."""

import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

import aiohttp
from aiohttp import web

from bot.wechat.account import Account
from bot.wechat.codec import MOST_BYTES, BadCallback, Inbound, decode, verify_url

log = logging.getLogger(__name__)

SUCCESS = b"success"
# what cloud hosting (微信云托管) sends, unsigned, when the address is entered in its console
PATH_CHECK = {"action": "CheckContainerPath"}


class Acknowledged(web.Response):
    """A push that was stored. Whoever stored it has said so in the log: a crowd comes at once, and no request of
    theirs says more than the next."""


def add_routes(
    app: web.Application,
    path: str,
    account: Account,
    accept: Callable[[Inbound], Awaitable[None]],
    clock: Callable[[], datetime],
) -> None:
    """Serve the account's callback address. `accept` stores a push, durably and once; it must be quick.

    What it raises becomes a 500, upon which WeChat sends the push again.
    """

    async def check(request: web.Request) -> web.Response:
        try:
            return web.Response(text=verify_url(account, request.query, clock()))
        except BadCallback as fault:
            return _refused(fault)

    async def push(request: web.Request) -> web.Response:
        try:
            body = await _body(request)
            unsigned = "timestamp" not in request.query and not account.encrypts_checks
            if unsigned and _is_path_check(body):
                return web.Response(body=SUCCESS, content_type="text/plain")
            inbound = decode(account, request.query, body, clock())
        except BadCallback as fault:
            return _refused(fault)
        await accept(inbound)
        return Acknowledged(body=SUCCESS, content_type="text/plain")

    app.router.add_get(path, check)
    app.router.add_post(path, push)


async def _body(request: web.Request) -> bytes:
    """The body, read no further than it may be long."""
    if request.content_length is not None and request.content_length > MOST_BYTES:
        raise BadCallback(413, "too long")
    found = bytearray()
    try:
        while part := await request.content.readany():
            found += part
            if len(found) > MOST_BYTES:
                raise BadCallback(413, "too long")
    except (aiohttp.ClientPayloadError, web.RequestPayloadError, aiohttp.http.HttpProcessingError) as fault:
        raise BadCallback(400, "broken body") from fault
    return bytes(found)


def _is_path_check(body: bytes) -> bool:
    try:
        return len(body) < 200 and bool(json.loads(body) == PATH_CHECK)
    except ValueError:
        return False


def _refused(fault: BadCallback) -> web.Response:
    log.warning("callback refused", extra={"reason": fault.reason, "status": fault.status})
    return web.Response(status=fault.status, text="refused")
