"""The official account's interfaces, and its chat on the phones.

What a person does in the chat goes through `heard`: it shows on their phone, opens the window for answers and
is pushed to the account's callback address.
"""

import re
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.wechat.sandbox.chats import Chat
from bot.wechat.sandbox.serving import PUSHES, STATE, Call, Refused, check_fields, content_of, read_object
from bot.wechat.sandbox.state import State, Template, unionid_of

MOST_BYTES = 2048
# what may be answered, for how long and how many times: to a word, and to somebody who has just come
ON_A_WORD = timedelta(hours=48), 5
ON_FOLLOWING = timedelta(minutes=1), 3


async def send_template(call: Call) -> dict[str, Any]:
    state, openid = call.state, call.text("touser")
    chat = _chat(state, openid)
    template = _template(state, call.text("template_id"))
    if template is None:
        raise Refused(40037, "invalid template_id")
    if not chat.following:
        raise Refused(43004, "require subscribe")
    if template.id in chat.refused:
        # since 2023 a follower may turn single templates off, in the message's own menu
        raise Refused(43101, "user refuse to accept the msg")
    given = call.body.get("data")
    data = given if isinstance(given, dict) else {}
    check_fields(template.fields, data)
    opens = call.body.get("miniprogram")
    page = str(opens.get("pagepath", "")) if isinstance(opens, dict) else ""
    fields = [{"key": key, "label": label, "value": data[key]["value"]} for key, label in template.fields]
    message_id = _say(
        state, chat, "template",
        template=template.id, title=template.title, fields=fields, page=page, url=call.text("url"),
    )  # fmt: skip
    call.pushes.official(openid, {"Event": "TEMPLATESENDJOBFINISH", "MsgID": message_id, "Status": "success"})
    return {"errcode": 0, "errmsg": "ok", "msgid": message_id}


def _template(state: State, template_id: str) -> Template | None:
    official = state.config.official
    found = official.templates if official is not None else []
    return next((one for one in found if one.id == template_id), None)


async def list_templates(call: Call) -> dict[str, Any]:
    """The account's message templates, as its console shows them."""
    official = call.state.config.official
    found = official.templates if official is not None else []
    said = [{"template_id": one.id, "title": one.title, "content": content_of(one.fields)} for one in found]
    return {"template_list": said}


async def send_custom(call: Call) -> dict[str, Any]:
    """A customer-service message: text, image or one news card."""
    state = call.state
    chat = _chat(state, call.text("touser"))
    content = _content(call.text("msgtype"), call.body)
    if not chat.open_until or datetime.fromisoformat(chat.open_until) <= state.clock():
        raise Refused(45015, "response out of time limit or subscription is canceled")
    if chat.answers <= 0:
        raise Refused(45047, "out of response count limit")
    chat.answers -= 1
    _say(state, chat, call.text("msgtype"), **content)
    return {"errcode": 0, "errmsg": "ok"}


def _content(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    if kind not in ("text", "image", "news"):
        raise Refused(40008, "invalid message type")
    given = body.get(kind)
    said = given if isinstance(given, dict) else {}
    if kind == "text":
        words = said.get("content")
        if not isinstance(words, str) or not words.strip():
            raise Refused(44004, "empty content")
        if len(words.encode()) > MOST_BYTES:
            raise Refused(45002, "content size out of limit")
        return {"text": words}
    if kind == "image":
        media_id = said.get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise Refused(40007, "invalid media_id")
        return {"media_id": media_id}
    articles = said.get("articles")
    if not isinstance(articles, list) or not all(isinstance(one, dict) for one in articles):
        raise Refused(44003, "empty news data")
    if len(articles) != 1:
        raise Refused(45008, "article size out of limit")
    names = ("title", "description", "url", "picurl")
    return {name: str(articles[0].get(name) or "") for name in names}


async def user_info(call: Call) -> dict[str, Any]:
    """Whether somebody follows, and who they are: of who does not, no more than the ids."""
    openid = call.query.get("openid", "")
    chat = _chat(call.state, openid)
    ids = {"openid": openid, "unionid": unionid_of(chat.user)}
    return {"subscribe": 1, **ids, "language": "zh_CN"} if chat.following else {"subscribe": 0, **ids}


async def media(call: Call) -> bytes:
    """A picture that somebody sent in the chat."""
    data = call.state.media.get(call.query.get("media_id", ""))
    if data is None:
        raise Refused(40007, "invalid media_id")
    return data


def _chat(state: State, openid: str) -> Chat:
    found = state.chats.find(openid)
    if found is None:
        raise Refused(40003, "invalid openid")
    return found


def _say(state: State, chat: Chat, kind: str, **content: Any) -> int:
    """Put the account's words on the phone; their id."""
    state.message_id += 1
    state.counts["delivered"] += 1
    chat.put(state.message_id, "account", kind, state.clock(), **content)
    state.changed()
    return state.message_id


def heard(
    request: web.Request,
    user: str,
    fields: dict[str, Any],
    window: tuple[timedelta, int] | None,
    **shown: Any,
) -> Chat:
    """A person did something in the chat: `fields` are pushed (MsgType and what belongs to it), `shown` stands
    on the phone as {kind, …} (nothing: it cannot be seen), `window` is what may be answered (None: nothing)."""
    state = request.config_dict[STATE]
    chat = state.chats.of(user)
    if shown:
        state.message_id += 1
        chat.put(state.message_id, "person", shown.pop("kind"), state.clock(), **shown)
    if window is not None:
        chat.open_window(state.clock(), *window)
    state.changed()
    request.config_dict[PUSHES].official(chat.openid, fields)
    return chat


def user_of(request: web.Request) -> str:
    """The user of the phone in the address; its owner is bought one if need be."""
    return request.config_dict[STATE].phone(request.match_info["user"][:64]).user


async def follow(request: web.Request) -> web.Response:
    """关注公众号"""
    user = user_of(request)
    request.config_dict[STATE].chats.of(user).following = True
    event = {"MsgType": "event", "Event": "subscribe", "EventKey": ""}
    chat = heard(request, user, event, ON_FOLLOWING)
    return web.json_response({"openid": chat.openid, "following": True})


async def unfollow(request: web.Request) -> web.Response:
    """取消关注: the chat is gone from the phone, and nothing more may be said."""
    user = user_of(request)
    chat = request.config_dict[STATE].chats.of(user)
    chat.following, chat.open_until = False, ""
    heard(request, user, {"MsgType": "event", "Event": "unsubscribe", "EventKey": ""}, None)
    return web.json_response({"openid": chat.openid, "following": False})


async def turn_off(request: web.Request) -> web.Response:
    """No more messages of a template: {template}. The account is not told."""
    state = request.config_dict[STATE]
    template = _template(state, str((await read_object(request)).get("template")))
    if template is None:
        raise web.HTTPBadRequest(text="template: the id of one of the official account's")
    chat = state.chats.of(user_of(request))
    chat.refused = sorted({*chat.refused, template.id})
    state.changed()
    return web.json_response({"refused": chat.refused})


async def read_chat(request: web.Request) -> web.Response:
    """The chat, oldest first. `after`: only lines with a greater id. `read=1`: they are seen."""
    state, after = request.config_dict[STATE], request.query.get("after", "0")
    if not re.fullmatch(r"[0-9]{1,18}", after):
        raise web.HTTPBadRequest(text="after: the id of a line")
    chat = state.chats.of(user_of(request))
    found = [line for line in chat.lines if line["id"] > int(after)]
    if request.query.get("read") == "1":
        for line in found:
            line["read"] = True
        state.changed()
    return web.json_response({"openid": chat.openid, "following": chat.following, "lines": found})


ROUTES = [
    web.post("/phones/{user}/official/follow", follow),
    web.post("/phones/{user}/official/unfollow", unfollow),
    web.post("/phones/{user}/official/turn-off", turn_off),
    web.get("/phones/{user}/official", read_chat),
]
