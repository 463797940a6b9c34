"""The imitation as an application: run alone, or mounted beside the API in a demonstration."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

from aiohttp import web

from bot.wechat.sandbox import control, official, phones, sms, talking
from bot.wechat.sandbox.interfaces import INTERFACES
from bot.wechat.sandbox.page import page, to_page
from bot.wechat.sandbox.pushes import Pushes
from bot.wechat.sandbox.serving import PUSHES, STATE, served
from bot.wechat.sandbox.state import SandboxConfig, State
from bot.wechat.sandbox.wecom import people as wecom
from models.database.leases import ended


def sandbox_app(
    config: SandboxConfig, clock: Callable[[], datetime], state_file: Path | None
) -> web.Application:
    """An application to serve under a path. With a file, phones, credits and messages survive a restart."""
    app = web.Application()
    state = State(config, clock, state_file)
    pushes = Pushes(state)
    app[STATE], app[PUSHES] = state, pushes
    for method, path, interface, whose in INTERFACES:
        app.router.add_route(method, path, served(path, interface, whose, state, pushes))
    app.router.add_routes(phones.ROUTES)
    app.router.add_routes(official.ROUTES)
    app.router.add_routes(sms.ROUTES)
    app.router.add_routes(talking.ROUTES)
    app.router.add_routes(wecom.ROUTES)
    app.router.add_routes(control.ROUTES)
    app.router.add_get("/", page)
    app.router.add_get("", to_page)
    app.cleanup_ctx.append(_running)
    return app


async def _running(app: web.Application) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(app[PUSHES].run()), asyncio.create_task(app[STATE].keep_saving())]
    yield
    for task in tasks:
        await ended(task)
