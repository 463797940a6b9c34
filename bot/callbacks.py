"""The door WeChat knocks at: store, acknowledge, work later."""

from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import web

from bot.intake import Intake
from bot.wechat.account import Account
from bot.wechat.callback import add_routes
from bot.wechat.codec import Inbound
from models.notices import followers

MINI_PROGRAM, OFFICIAL, WECOM = "/callback", "/official", "/wecom"


def callbacks(accounts: Mapping[str, Account], now: Callable[[], datetime]) -> web.Application:
    """An application to mount under `/wechat`, with a door for each account, by its path: `/wechat/callback`
    is what the mini-program's console asks for, `/wechat/official` the official
    account's, `/wechat/wecom` WeCom's.

    Events are kept with their appid: who works on one knows whose openid it has.
    """
    app = web.Application()
    intake = Intake(now)

    async def accept_official(event: Inbound) -> None:
        await intake.accept(event)
        await note_follower(event, now())

    for path, account in accounts.items():
        add_routes(app, path, account, accept_official if path == OFFICIAL else intake.accept, now)
    return app


# what a person says: it opens the official account's 48 hours
WORDS = {"text", "image", "voice", "video", "shortvideo", "location", "link"}


async def note_follower(event: Inbound, now: datetime) -> None:
    """What an event of the official account means for whom it may speak to. Repeatable: by the event's own time."""
    at = event.created_at or now
    if event.kind in ("subscribe", "unsubscribe"):
        await followers.followed(event.appid, event.openid, event.kind == "subscribe", at)
    elif event.kind in WORDS:
        await followers.spoke(event.appid, event.openid, at)
