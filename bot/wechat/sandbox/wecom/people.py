"""What a member does in WeCom on their phone, and groups with robots: for the page and for tests.

A member's userid is the name of their phone.
"""

import secrets
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.wechat.sandbox.serving import PUSHES, STATE, read_object, read_picture
from bot.wechat.sandbox.wecom.enterprise import Enterprise, Group, Member

MOST_WORDS = 2048


def _enterprise(request: web.Request) -> Enterprise:
    state = request.config_dict[STATE]
    if state.config.wecom is None:
        raise web.HTTPNotFound(text="no WeCom here")
    return state.enterprise


def _member(request: web.Request) -> Member:
    """The member whose phone it is; 404 for who has not joined."""
    found = _enterprise(request).members.get(request.match_info["user"])
    if found is None:
        raise web.HTTPNotFound(text="no member of the enterprise")
    return found


def _push(request: web.Request, member: Member, **fields: Any) -> None:
    state = request.config_dict[STATE]
    config = state.config.wecom
    assert config is not None
    head = {"ToUserName": config.account.appid, "AgentID": config.account.agentid}
    request.config_dict[PUSHES].put(config.account, config.callback_url, member.userid, {**head, **fields})


def _push_event(request: web.Request, member: Member, event: str, **fields: Any) -> None:
    _push(request, member, MsgType="event", Event=event, **fields)


def _message_id() -> int:
    return secrets.randbelow(2**62)


async def join(request: web.Request) -> web.Response:
    """加入企业, or 应用 becomes visible again. Opens the application for the first time."""
    enterprise = _enterprise(request)
    phone = request.config_dict[STATE].phone(request.match_info["user"][:64])
    member = enterprise.join(phone.user)
    _push_event(request, member, "subscribe", EventKey="")
    return web.json_response({"userid": member.userid}, status=201)


async def leave(request: web.Request) -> web.Response:
    """The application is no longer visible to the member: message/send names them, beside an errcode of 0."""
    member = _member(request)
    member.visible = False
    _push_event(request, member, "unsubscribe", EventKey="")
    return web.json_response({"userid": member.userid})


async def enter(request: web.Request) -> web.Response:
    """The member opens the application's chat."""
    _push_event(request, _member(request), "enter_agent", EventKey="")
    return web.json_response({})


async def click(request: web.Request) -> web.Response:
    """A tap on the application's menu: {key}."""
    key = str((await read_object(request)).get("key", ""))[:128]
    _push_event(request, _member(request), "click", EventKey=key)
    return web.json_response({})


async def say(request: web.Request) -> web.Response:
    """The member writes: {content}."""
    words = str((await read_object(request)).get("content", ""))[:MOST_WORDS]
    await _say(request, words)
    return web.json_response({})


async def _say(request: web.Request, words: str) -> None:
    member = _member(request)
    if not words.strip():
        raise web.HTTPBadRequest(text="content")
    _enterprise(request).put(member.lines, "member", kind="text", text=words)
    _push(request, member, MsgType="text", Content=words, MsgId=_message_id())


async def show(request: web.Request) -> web.Response:
    """The member sends a picture: the body is the picture."""
    member, enterprise = _member(request), _enterprise(request)
    content = await read_picture(request)
    media_id = request.config_dict[STATE].keep_media(content)
    enterprise.put(member.lines, "member", kind="image", media_id=media_id)
    url = f"{request.url.origin()}{request.path.partition('/phones/')[0]}/wecom/media/{media_id}"
    _push(request, member, MsgType="image", PicUrl=url, MediaId=media_id, MsgId=_message_id())
    return web.json_response({"media_id": media_id})


async def picture(request: web.Request) -> web.Response:
    """What a PicUrl shows."""
    found = request.config_dict[STATE].media.get(request.match_info["media_id"])
    if found is None:
        raise web.HTTPNotFound
    return web.Response(body=found, content_type="image/jpeg")


async def press(request: web.Request) -> web.Response:
    """A press on a card's button: {message: the line's id, key}."""
    said = await read_object(request)
    _press(request, said.get("message"), said.get("key"))
    return web.json_response({})


def _press(request: web.Request, line_id: Any, key: Any) -> None:
    member = _member(request)
    line = member.line(line_id) if isinstance(line_id, int) else None
    if line is None or key not in [button["key"] for button in line.get("buttons", [])] or not key:
        raise web.HTTPNotFound(text="no such button")
    _push_event(
        request, member, "template_card_event",
        EventKey=key, TaskId=line["task_id"], CardType="button_interaction",
        ResponseCode=_enterprise(request).new_code(member.userid, line["id"]),
    )  # fmt: skip


async def acted(request: web.Request) -> web.Response:
    """The page's forms: a press or words; then the page again."""
    form = await request.post()
    if "content" in form:
        await _say(request, str(form["content"])[:MOST_WORDS])
    else:
        line_id = str(form.get("message", ""))
        _press(request, int(line_id) if line_id.isdecimal() else None, form.get("key"))
    raise web.HTTPSeeOther(f"../../?user={quote(request.match_info['user'], safe='')}")


async def read_chat(request: web.Request) -> web.Response:
    """The member's chat with the application, oldest first. `read=1`: it is seen."""
    member = _member(request)
    if request.query.get("read") == "1":
        for line in member.lines:
            line["read"] = True
        request.config_dict[STATE].changed()
    return web.json_response({"userid": member.userid, "visible": member.visible, "lines": member.lines})


async def put_group(request: web.Request) -> web.Response:
    """A group with a robot: its name, and the address that a group's owner copies."""
    group = _enterprise(request).group(request.match_info["name"][:64])
    return web.json_response({"name": group.name, "key": group.key}, status=201)


async def remove_robot(request: web.Request) -> web.Response:
    """The robot is removed from the group: its address is none any more."""
    _group(request).key = ""
    request.config_dict[STATE].changed()
    return web.json_response({})


async def read_group(request: web.Request) -> web.Response:
    group = _group(request)
    return web.json_response({"name": group.name, "lines": group.lines})


async def list_groups(request: web.Request) -> web.Response:
    return web.json_response(
        [{"name": one.name, "lines": len(one.lines)} for one in _enterprise(request).groups.values()]
    )


def _group(request: web.Request) -> Group:
    found = _enterprise(request).groups.get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound(text="no such group")
    return found


ROUTES = [
    web.get("/phones/{user}/wecom", read_chat),
    web.post("/phones/{user}/wecom/join", join),
    web.post("/phones/{user}/wecom/leave", leave),
    web.post("/phones/{user}/wecom/enter", enter),
    web.post("/phones/{user}/wecom/click", click),
    web.post("/phones/{user}/wecom/text", say),
    web.post("/phones/{user}/wecom/image", show),
    web.post("/phones/{user}/wecom/press", press),
    web.post("/phones/{user}/wecom-form", acted),
    web.get("/wecom/media/{media_id}", picture),
    web.get("/wecom/groups", list_groups),
    web.put("/wecom/groups/{name}", put_group),
    web.get("/wecom/groups/{name}", read_group),
    web.delete("/wecom/groups/{name}/robot", remove_robot),
]
