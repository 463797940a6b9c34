"""The routes WeChat knocks at: acknowledge at once, leave the work to others."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web

from bot.wechat.account import Account
from bot.wechat.codec import MOST_BYTES, BadCallback, Inbound, decode, verify_url

log = logging.getLogger(__name__)

SUCCESS = "success"


def add_routes(
    app: web.Application,
    path: str,
    account: Account,
    accept: Callable[[Inbound], Awaitable[None]],
    clock: Callable[[], datetime],
) -> None:
    """Serve the account's callback address. `accept` stores a push, durably and once; it must be quick."""

    async def check(request: web.Request) -> web.Response:
        try:
            return web.Response(text=verify_url(account, request.query, clock()))
        except BadCallback as fault:
            return _refused(fault)

    async def push(request: web.Request) -> web.Response:
        try:
            body = await _body(request)
            if not request.query and body.strip() == b'{"action":"CheckContainerPath"}':
                return web.Response(text=SUCCESS)
            inbound = decode(account, request.query, body, clock())
        except BadCallback as fault:
            return _refused(fault)
        await accept(inbound)
        return web.Response(text=SUCCESS)

    app.router.add_get(path, check)
    app.router.add_post(path, push)


async def _body(request: web.Request) -> bytes:
    """The body, read no further than it may be long."""
    try:
        return await request.content.readexactly(MOST_BYTES + 1)
    except EOFError as short:
        return bytes(getattr(short, "partial", b""))


def _refused(fault: BadCallback) -> web.Response:
    log.warning("callback refused", extra={"reason": fault.reason, "status": fault.status})
    return web.Response(status=fault.status, text="refused")
