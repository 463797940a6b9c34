"""The door WeChat knocks at: store, acknowledge, work later."""

from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import web

from bot.intake import Intake
from bot.wechat.account import Account
from bot.wechat.callback import add_routes

MINI_PROGRAM, OFFICIAL = "/callback", "/official"


def callbacks(accounts: Mapping[str, Account], now: Callable[[], datetime]) -> web.Application:
    """An application to mount under `/wechat`, with a door for each account, by its path: `/wechat/callback`
    is what the mini-program's console asks for, `/wechat/official` the official account's.

    Events are kept with their appid: who works on one knows whose openid it has.
    """
    app = web.Application()
    intake = Intake(now)
    for path, account in accounts.items():
        add_routes(app, path, account, intake.accept, now)
    return app
