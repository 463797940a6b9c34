"""The phones: what a person does on one, for the page that plays it and for tests."""

import re
from typing import Any

from aiohttp import web

from bot.wechat.sandbox.serving import PUSHES, STATE, read_object
from bot.wechat.sandbox.state import Phone, State

CHOICES = {"accept", "reject", "ban"}
MOST_AT_ONCE = 5


def _state(request: web.Request) -> State:
    return request.config_dict[STATE]


def _phone(request: web.Request) -> Phone:
    state = _state(request)
    phone = state.phone(request.match_info["user"][:64])
    state.seen[phone.openid] = state.clock()
    return phone


async def list_phones(request: web.Request) -> web.Response:
    return web.json_response([_outline(one) for one in _state(request).phones.values()])


def _outline(phone: Phone) -> dict[str, Any]:
    return {
        "user": phone.user,
        "nickname": phone.nickname,
        "openid": phone.openid,
        "messages": len(phone.messages),
        "unread": len(phone.unread),
    }


async def list_templates(request: web.Request) -> web.Response:
    """The titles of the account's templates, as WeChat's consent sheet shows them."""
    found = _state(request).config.templates
    return web.json_response([{"id": one.id, "title": one.title} for one in found])


async def put_phone(request: web.Request) -> web.Response:
    """Buy a phone, or change its owner's nickname and number: {nickname?, phone?}."""
    said, phone = await read_object(request), _phone(request)
    phone.nickname = str(said.get("nickname", phone.nickname))[:40]
    phone.phone = str(said.get("phone", phone.phone))[:20]
    _state(request).changed()
    return await read_phone(request)


async def read_phone(request: web.Request) -> web.Response:
    return web.json_response(_outline(_phone(request)))


async def login(request: web.Request) -> web.Response:
    """wx.login"""
    return web.json_response({"code": _state(request).new_code(_phone(request).user, "login")})


async def phone_number(request: web.Request) -> web.Response:
    """A tap on the getPhoneNumber button."""
    return web.json_response({"code": _state(request).new_code(_phone(request).user, "phone-number")})


async def subscribe(request: web.Request) -> web.Response:
    """wx.requestSubscribeMessage: at most five templates a tap; every accept is one message."""
    openid, choices = await _chosen(request)
    for template_id, choice in choices.items():
        _state(request).allow(openid, template_id, choice)
    request.config_dict[PUSHES].popup(openid, choices)
    return web.json_response({"choices": choices})


async def settings(request: web.Request) -> web.Response:
    """The person changes what they accept in the mini-program's settings: accepting gives no credit."""
    openid, choices = await _chosen(request)
    for template_id, choice in choices.items():
        if choice != "accept":
            _state(request).allow(openid, template_id, choice)
    request.config_dict[PUSHES].change(openid, choices)
    return web.json_response({"choices": choices})


async def _chosen(request: web.Request) -> tuple[str, dict[str, str]]:
    choices = (await read_object(request)).get("choices")
    if not isinstance(choices, dict) or not 1 <= len(choices) <= MOST_AT_ONCE:
        raise web.HTTPBadRequest(text="choices: 1 to 5 templates")
    for template_id, choice in choices.items():
        if _state(request).template(template_id) is None or choice not in CHOICES:
            raise web.HTTPBadRequest(text="unknown template or choice")
    return _phone(request).openid, choices


async def messages(request: web.Request) -> web.Response:
    """Service notifications, oldest first. `after`: only those with a greater id. `read=1`: they are seen."""
    phone, after = _phone(request), request.query.get("after", "")
    if after and not re.fullmatch(r"[0-9]{1,18}", after):
        raise web.HTTPBadRequest(text="after: the id of a message")
    found = [message for message in phone.messages if message.id > int(after or 0)]
    if request.query.get("read") == "1":
        phone.unread.difference_update(message.id for message in found)
        _state(request).changed()
    return web.json_response({"messages": [phone.shown(message) for message in found]})


ROUTES = [
    web.get("/phones", list_phones),
    web.get("/templates", list_templates),
    web.get("/phones/{user}", read_phone),
    web.put("/phones/{user}", put_phone),
    web.post("/phones/{user}/login", login),
    web.post("/phones/{user}/phone-number", phone_number),
    web.post("/phones/{user}/subscribe", subscribe),
    web.post("/phones/{user}/settings", settings),
    web.get("/phones/{user}/messages", messages),
]
