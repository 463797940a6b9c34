"""The door WeChat knocks at: store, acknowledge, work later."""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.wechat.account import Account
from bot.wechat.callback import add_routes
from bot.wechat.codec import Inbound
from models.notices import inbound


def callbacks(account: Account, now: Callable[[], datetime]) -> web.Application:
    """An application to mount under `/wechat`: `/wechat/callback` is what the console asks for."""
    app = web.Application()

    async def accept(event: Inbound) -> None:
        await inbound.keep(event.dedupe_key, event.appid, event.kind, event.openid, event.fields, now())

    add_routes(app, "/callback", account, accept, now)
    return app
