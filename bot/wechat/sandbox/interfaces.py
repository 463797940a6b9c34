"""WeChat's interfaces, as far as we use them: what they take, what they refuse, and with which code."""

import asyncio
import io
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from PIL import Image

from bot.wechat.fields import check
from bot.wechat.sandbox.pushes import Pushes
from bot.wechat.sandbox.state import Fault, State

STATE = web.AppKey("state", State)
PUSHES = web.AppKey("pushes", Pushes)

SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
PAGE = re.compile(r"[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*(\?[^\s]*)?")

Interface = Callable[[State, web.Request, dict[str, Any]], Awaitable[Any]]


class Refused(Exception):
    """The interface answers with an error code; nothing was done."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errmsg)
        self.errcode = errcode
        self.errmsg = errmsg


def served(
    path: str, interface: Interface, *, token: bool
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """An interface with its token check, its faults and its line in the log."""

    async def serve(request: web.Request) -> web.Response:
        state = request.app[STATE] if STATE in request.app else request.config_dict[STATE]
        body = await _body(request)
        fault = state.take_fault(path)
        if fault is not None and fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault is not None and fault.drop_reply == "before":
            return _dropped(request)
        said = await _answer(state, request, path, interface, body, fault, token)
        if fault is not None and fault.drop_reply == "after":
            return _dropped(request)
        if isinstance(said, bytes):
            return web.Response(body=said, content_type="image/png")
        return web.json_response(said)

    return serve


async def _answer(
    state: State,
    request: web.Request,
    path: str,
    interface: Interface,
    body: dict[str, Any],
    fault: Fault | None,
    token: bool,
) -> Any:
    said: Any
    openid = str(body.get("touser", ""))
    try:
        if fault is not None and fault.errcode is not None:
            raise Refused(fault.errcode, "sandbox fault")
        if token and not state.token_works(request.query.get("access_token", "")):
            raise Refused(40001, "invalid credential, access_token is invalid or not latest")
        said = await interface(state, request, body)
    except Refused as refusal:
        said = {"errcode": refusal.errcode, "errmsg": refusal.errmsg}
    state.note(path, said.get("errcode", 0) if isinstance(said, dict) else 0, openid)
    return said


async def _body(request: web.Request) -> dict[str, Any]:
    if request.method != "POST":
        return {}
    try:
        said = json.loads(await request.read())
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _dropped(request: web.Request) -> web.Response:
    """Cut the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def stable_token(state: State, request: web.Request, body: dict[str, Any]) -> Any:
    if body.get("grant_type") != "client_credential":
        raise Refused(40002, "invalid grant_type")
    _credentials(state, str(body.get("appid", "")), str(body.get("secret", "")))
    token, seconds = state.stable_token(bool(body.get("force_refresh", False)))
    return {"access_token": token, "expires_in": seconds}


async def jscode2session(state: State, request: web.Request, body: dict[str, Any]) -> Any:
    query = request.query
    if query.get("grant_type") != "authorization_code":
        raise Refused(40002, "invalid grant_type")
    _credentials(state, query.get("appid", ""), query.get("secret", ""))
    phone = state.spend_code(query.get("js_code", ""), "login")
    if phone is None:
        raise Refused(40029, "invalid code")
    return {
        "openid": phone.openid,
        "session_key": "c2FuZGJveC1zZXNzaW9uLWs=",
        "unionid": "u" + phone.openid[1:],
    }


async def phone_number(state: State, request: web.Request, body: dict[str, Any]) -> Any:
    phone = state.spend_code(str(body.get("code", "")), "phone-number")
    if phone is None:
        raise Refused(40029, "invalid code")
    watermark = {"timestamp": int(state.clock().timestamp()), "appid": state.account.appid}
    return {
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": phone.phone,
            "purePhoneNumber": phone.phone,
            "countryCode": 86,
            "watermark": watermark,
        },
    }


async def send_subscribe(state: State, request: web.Request, body: dict[str, Any]) -> Any:
    openid = str(body.get("touser", ""))
    phone = state.phone_of(openid)
    if phone is None:
        raise Refused(40003, "invalid openid")
    template = state.template(str(body.get("template_id", "")))
    if template is None:
        raise Refused(40037, "invalid template_id")
    data = body.get("data")
    _check_fields(template.fields, data if isinstance(data, dict) else {})
    page = str(body.get("page", ""))
    if page and not PAGE.fullmatch(page):
        raise Refused(41030, "invalid page")
    if openid in state.sending:
        raise Refused(43108, "concurrent send to one user")
    state.sending.add(openid)
    try:
        # WeChat takes a moment, in which a second message to the same person is refused
        await asyncio.sleep(0)
        left = state.credits.get((openid, template.id), 0)
        if not template.long_term:
            if left <= 0:
                raise Refused(43101, "user refuse to accept the msg")
            state.credits[openid, template.id] = left - 1
        assert isinstance(data, dict)
        message_id = state.deliver(phone, template, data, page)
    finally:
        state.sending.discard(openid)
    request.config_dict[PUSHES].sent(openid, template.id, message_id)
    return {"errcode": 0, "errmsg": "ok", "msgid": int(message_id)}


def _check_fields(fields: list[tuple[str, str]], data: dict[str, Any]) -> None:
    for key, _label in fields:
        item = data.get(key)
        value = item.get("value") if isinstance(item, dict) else None
        why = check(key, value) if isinstance(value, str) else "missing"
        if why is not None:
            raise Refused(47003, f"argument invalid! data.{key}.value invalid ({why})")


async def code_image(state: State, request: web.Request, body: dict[str, Any]) -> Any:
    if not SCENE.fullmatch(str(body.get("scene", ""))):
        raise Refused(40169, "invalid length or characters of scene")
    if not PAGE.fullmatch(str(body.get("page", "pages/index/index"))) or "?" in str(body.get("page", "")):
        raise Refused(41030, "invalid page")
    return await asyncio.to_thread(_stand_in)


def _stand_in() -> bytes:
    """A grey square in place of the round code, which only WeChat can draw."""
    out = io.BytesIO()
    Image.new("L", (430, 430), 200).save(out, "PNG")
    return out.getvalue()


def _credentials(state: State, appid: str, secret: str) -> None:
    account = state.account
    if appid != account.appid:
        raise Refused(40013, "invalid appid")
    if secret != account.secret:
        raise Refused(40125, "invalid appsecret")


INTERFACES: list[tuple[str, str, Interface, bool]] = [
    ("POST", "/cgi-bin/stable_token", stable_token, False),
    ("GET", "/sns/jscode2session", jscode2session, False),
    ("POST", "/wxa/business/getuserphonenumber", phone_number, True),
    ("POST", "/cgi-bin/message/subscribe/send", send_subscribe, True),
    ("POST", "/wxa/getwxacodeunlimit", code_image, True),
]
