"""Signing in by scanning, what is behind the door, signed-in devices, and leaving."""

import re
import secrets
from datetime import timedelta

from aiohttp import web

from miniapp_api.context import context, now
from miniapp_api.desk.door import SESSION, TICKET, done, insist_on_own_page, read_cookie, said, set_cookie
from miniapp_api.desk.door import viewer_of_page as behind
from miniapp_api.desk.places import choices
from miniapp_api.pages import page
from models.people import actions, desk, queries
from models.people.access import NotSignedIn, Viewer
from models.people.desk import Standing
from models.people.rights import POST_NAMES
from models.policies.calendar import beijing_date
from qr.picture import svg

# the first that is found names it: Edge calls itself Chrome too, and Chrome calls itself Safari
BROWSERS = [
    ("MicroMessenger", "微信"), ("Edg", "Edge"), ("QQBrowser", "QQ浏览器"), ("360", "360浏览器"),
    ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
]  # fmt: skip
SYSTEMS = [
    ("Windows", "Windows"), ("Android", "安卓"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Macintosh", "苹果电脑"),
    ("Linux", "Linux"),
]  # fmt: skip


def browser_words(agent: str) -> str:
    """A browser as somebody would call it. It is the browser's own word."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "未知浏览器")
    system = next((name for mark, name in SYSTEMS if re.search(mark, agent)), "未知系统")
    return f"{browser}（{system}）"


async def new_ticket(request: web.Request) -> web.Response:
    """A code for this browser, and the cookie that the code is worth nothing without."""
    outside, at = context(request), now(request)
    insist_on_own_page(request)
    await outside.limits.request(request, "desk-ticket", at)
    ticket, holder = secrets.token_urlsafe(24), secrets.token_urlsafe(32)
    words = browser_words(request.headers.get("User-Agent", ""))
    await desk.issue(ticket, holder, words, outside.limits.address(request), at)
    url = f"{outside.public_url}/desk/t/{ticket}"
    answer = web.json_response({"url": url, "picture": svg(url), "check": desk.check_digits(ticket)})
    answer.headers["Cache-Control"] = "no-store"
    set_cookie(request, answer, TICKET, holder, desk.TICKET_LASTS)
    return answer


async def read_standing(request: web.Request) -> web.Response:
    """Where the browser's ticket stands; once it is confirmed, the browser is let in with this answer."""
    outside, at = context(request), now(request)
    insist_on_own_page(request)
    await outside.limits.request(request, "ordinary", at)
    if await _is_in(request):
        return _standing("entered")
    holder = read_cookie(request, TICKET)
    found = await desk.standing(holder, at) if holder else Standing.OVER
    if holder is None or found is not Standing.CONFIRMED:
        return _standing(found.value)
    # a name that nobody knew before: a cookie planted in the browser beforehand stays worth nothing
    secret = secrets.token_urlsafe(32)
    await desk.enter(holder, secret, beijing_date(at), at)
    answer = _standing("entered")
    set_cookie(request, answer, SESSION, secret, desk.SESSION_LASTS)
    set_cookie(request, answer, TICKET, "", timedelta())
    return answer


async def _is_in(request: web.Request) -> bool:
    """The page that signs in also meets those who come by a link from elsewhere: their cookie stayed behind."""
    try:
        await behind(request)
    except (NotSignedIn, desk.NoDesk):
        return False
    return True


def _standing(word: str) -> web.Response:
    return web.json_response({"standing": word}, headers={"Cache-Control": "no-store"})


async def read_ticket(request: web.Request) -> web.Response:
    """What the code says to a camera that is not the mini-program's. Nothing is looked up."""
    return page("desk/ticket.html")


async def home(request: web.Request, who: Viewer) -> web.Response:
    named = {one.code: one.name.strip() for one in await choices(who)}
    posts = [
        (POST_NAMES[held.kind], named[held.division_code])
        for held in who.posts
        if held.division_code in named
    ]
    return page("desk/home.html", viewer=who, posts=posts, said=said(request))


async def devices(request: web.Request, who: Viewer) -> web.Response:
    """Every phone and browser signed in with this WeChat."""
    found = await queries.sessions(who, now(request))
    return page("desk/devices.html", viewer=who, sessions=found, said=said(request))


async def sign_device_out(request: web.Request, who: Viewer) -> web.Response:
    await actions.revoke(who, int(request.match_info["session_id"]), now(request))
    raise done("signed_out", "/desk/devices")


async def sign_out(request: web.Request, who: Viewer) -> web.Response:
    await actions.revoke(who, who.session_id, now(request))
    answer = web.Response(status=303, headers={"Location": "/desk/"})
    set_cookie(request, answer, SESSION, "", timedelta())
    return answer
