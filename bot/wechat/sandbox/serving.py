"""How the imitation serves an interface: its token check, its faults, its line in the log."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, NamedTuple

from aiohttp import web
from pydantic_core import from_json

from bot.wechat.account import Account
from bot.wechat.fields import check
from bot.wechat.sandbox.pushes import Pushes
from bot.wechat.sandbox.state import Fault, State

# as large as WeChat lets people send one
MOST_PICTURE = 10 * 2**20

STATE = web.AppKey("state", State)
PUSHES = web.AppKey("pushes", Pushes)


class Refused(Exception):
    """The interface answers with an error code; nothing was done."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errcode, errmsg)
        self.errcode = errcode
        self.errmsg = errmsg


class Whose(StrEnum):
    """Whose token an interface wants."""

    NOBODYS = "nobody's"
    MINI_PROGRAMS = "mini-program's"
    OFFICIALS = "official account's"
    WECOMS = "WeCom's"


class Call(NamedTuple):
    """A call of an interface: what it may touch and what it was given."""

    state: State
    pushes: Pushes
    query: Mapping[str, str]
    body: dict[str, Any]

    def text(self, name: str) -> str:
        """A member of the body; empty when it is missing or no text."""
        value = self.body.get(name)
        return value if isinstance(value, str) else ""


Interface = Callable[[Call], Awaitable[dict[str, Any] | bytes]]


def served(
    path: str, interface: Interface, whose: Whose, state: State, pushes: Pushes
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """An interface with its token check, its faults and its line in the log."""
    nothing = Fault(path)

    async def serve(request: web.Request) -> web.Response:
        call = Call(state, pushes, request.query, await _body(request))
        fault, openid = state.take_fault(path) or nothing, call.text("touser")
        if fault.drop_reply == "before":
            await asyncio.sleep(fault.delay_s)
            state.note(path, openid, errcode=None, dropped="before")
            return _dropped(request)
        said = await _answer(call, interface, fault, whose)
        errcode = said.get("errcode", 0) if isinstance(said, dict) else 0
        if fault.drop_reply == "after":
            state.note(path, openid, errcode=errcode, dropped="after")
            return _dropped(request)
        state.note(path, openid, errcode=errcode)
        if isinstance(said, bytes):
            return web.Response(body=said, content_type="image/jpeg")
        return web.json_response(said)

    return serve


async def _answer(call: Call, interface: Interface, fault: Fault, whose: Whose) -> dict[str, Any] | bytes:
    try:
        _check_token(call, whose)
        with _alone(call.state, call.text("touser") if whose is Whose.MINI_PROGRAMS else ""):
            # WeChat takes a moment, in which a second message to the same person is refused
            await asyncio.sleep(fault.delay_s)
            if fault.errcode is not None:
                raise Refused(fault.errcode, fault.errmsg)
            return await interface(call)
    except Refused as refusal:
        return {"errcode": refusal.errcode, "errmsg": refusal.errmsg}


def _check_token(call: Call, whose: Whose) -> None:
    if whose is Whose.NOBODYS:
        return
    token, state = call.query.get("access_token", ""), call.state
    wrong = state.tokens.fault(token)
    if wrong is not None and wrong[0] == 40001 and whose is Whose.WECOMS:
        raise Refused(40014, "invalid access_token")
    if wrong is not None:
        raise Refused(*wrong)
    account = _account(state, whose)
    if account is None or state.tokens.appid_of(token) != account.name:
        raise Refused(48001, "api unauthorized")


def _account(state: State, whose: Whose) -> Account | None:
    """The account whose interface it is; None where the imitation has none such."""
    official, wecom = state.config.official, state.config.wecom
    if whose is Whose.OFFICIALS:
        return None if official is None else official.account
    if whose is Whose.WECOMS:
        return None if wecom is None else wecom.account
    return state.account


@contextmanager
def _alone(state: State, openid: str) -> Iterator[None]:
    """One message at a time to one person."""
    if openid in state.sending:
        raise Refused(43108, "concurrent send to one user")
    if openid:
        state.sending.add(openid)
    try:
        yield
    finally:
        state.sending.discard(openid)


async def _body(request: web.Request) -> dict[str, Any]:
    if request.method != "POST":
        return {}
    try:
        said = from_json(await request.read())
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _dropped(request: web.Request) -> web.Response:
    """Cut the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def check_fields(fields: list[tuple[str, str]], data: dict[str, Any]) -> None:
    """What a template's fields were given; 47003 names the first that is wrong."""
    for key, _label in fields:
        item = data.get(key)
        value = item.get("value") if isinstance(item, dict) else None
        why = check(key, value) if isinstance(value, str) else "没有给出"
        if why is not None:
            raise Refused(47003, f"argument invalid! data.{key}.value invalid ({why})")


def content_of(fields: list[tuple[str, str]]) -> str:
    """A template's fields as the consoles write them."""
    return "".join(f"{label}:{{{{{key}.DATA}}}}\n" for key, label in fields)


async def read_object(request: web.Request) -> dict[str, Any]:
    """The JSON object in a request; 400 when it is something else."""
    try:
        said = await request.json()
    except ValueError:
        raise web.HTTPBadRequest(text="not JSON") from None
    if not isinstance(said, dict):
        raise web.HTTPBadRequest(text="not an object")
    return said


async def read_picture(request: web.Request) -> bytes:
    """The picture that a request is; 400 when there is none. Beside an API, whose bodies are short, too."""
    data = await request.clone(client_max_size=MOST_PICTURE + 1).read()
    if not 0 < len(data) <= MOST_PICTURE:
        raise web.HTTPBadRequest(text="a picture of at most 10 MB")
    return data
