"""The phones: what a person does on one, for the page that plays it and for tests."""

from typing import Any

from aiohttp import web

from bot.wechat.sandbox.interfaces import PUSHES, STATE
from bot.wechat.sandbox.state import Phone, State

CHOICES = {"accept", "reject", "ban"}


def _state(request: web.Request) -> State:
    return request.config_dict[STATE]


def _phone(request: web.Request) -> Phone:
    return _state(request).phone(request.match_info["user"][:64])


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        said = await request.json()
    except ValueError:
        raise web.HTTPBadRequest from None
    if not isinstance(said, dict):
        raise web.HTTPBadRequest
    return said


async def list_phones(request: web.Request) -> web.Response:
    phones = _state(request).phones.values()
    return web.json_response(
        [{"user": one.user, "nickname": one.nickname, "messages": len(one.messages)} for one in phones]
    )


async def put_phone(request: web.Request) -> web.Response:
    """Buy a phone, or change its owner's nickname and number."""
    said, phone = await _json(request), _phone(request)
    phone.nickname = str(said.get("nickname", phone.nickname))[:40]
    phone.phone = str(said.get("phone", phone.phone))[:20]
    _state(request).changed()
    return await read_phone(request)


async def read_phone(request: web.Request) -> web.Response:
    phone = _phone(request)
    unread = sum(not message["read"] for message in phone.messages)
    return web.json_response({"user": phone.user, "nickname": phone.nickname, "unread": unread})


async def login(request: web.Request) -> web.Response:
    """wx.login"""
    return web.json_response({"code": _state(request).new_code(_phone(request).user, "login")})


async def phone_number(request: web.Request) -> web.Response:
    """A tap on the getPhoneNumber button."""
    return web.json_response({"code": _state(request).new_code(_phone(request).user, "phone-number")})


async def subscribe(request: web.Request) -> web.Response:
    """wx.requestSubscribeMessage: at most five templates a tap; every accept is one message."""
    state, phone = _state(request), _phone(request)
    choices = await _choices(request, state)
    for template_id, choice in choices.items():
        key = phone.openid, template_id
        state.credits[key] = state.credits.get(key, 0) + 1 if choice == "accept" else 0
    state.changed()
    request.config_dict[PUSHES].popup(phone.openid, choices)
    return web.json_response({"choices": choices})


async def settings(request: web.Request) -> web.Response:
    """The person changes what they accept in the mini-program's settings."""
    state, phone = _state(request), _phone(request)
    choices = await _choices(request, state)
    for template_id, choice in choices.items():
        if choice != "accept":
            state.credits[phone.openid, template_id] = 0
    state.changed()
    request.config_dict[PUSHES].change(phone.openid, choices)
    return web.json_response({"choices": choices})


async def _choices(request: web.Request, state: State) -> dict[str, str]:
    said = (await _json(request)).get("choices")
    if not isinstance(said, dict) or not 1 <= len(said) <= 5:
        raise web.HTTPBadRequest(text="1 to 5 templates")
    for template_id, choice in said.items():
        if state.template(template_id) is None or choice not in CHOICES:
            raise web.HTTPBadRequest(text="unknown template or choice")
    return said


async def messages(request: web.Request) -> web.Response:
    """Service notifications, oldest first; with `read=1` they count as seen."""
    phone = _phone(request)
    if request.query.get("read") == "1":
        for message in phone.messages:
            message["read"] = True
        _state(request).changed()
    return web.json_response({"messages": phone.messages})


ROUTES = [
    web.get("/phones", list_phones),
    web.get("/phones/{user}", read_phone),
    web.put("/phones/{user}", put_phone),
    web.post("/phones/{user}/login", login),
    web.post("/phones/{user}/phone-number", phone_number),
    web.post("/phones/{user}/subscribe", subscribe),
    web.post("/phones/{user}/settings", settings),
    web.get("/phones/{user}/messages", messages),
]
