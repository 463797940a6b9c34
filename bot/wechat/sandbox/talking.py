"""What a person does in the official account's chat on their phone: types, sends photos, presses, scans."""

from typing import Any

from aiohttp import web

from bot.wechat.sandbox.official import ON_A_WORD, ON_FOLLOWING, heard, user_of
from bot.wechat.sandbox.serving import STATE, read_object, read_picture

# WeChat lets people type that much
MOST_TYPED = 2000
ON_A_CLICK = ON_A_WORD[0], 3


async def write(request: web.Request) -> web.Response:
    """The person writes: {content}."""
    text = (await read_object(request)).get("content")
    if not isinstance(text, str) or not 0 < len(text) <= MOST_TYPED:
        raise web.HTTPBadRequest(text=f"content: 1 to {MOST_TYPED} signs")
    user = _follower(request)
    message = {"MsgType": "text", "Content": text, **_message_id(request)}
    heard(request, user, message, ON_A_WORD, kind="text", text=text)
    return web.json_response({})


async def send_photo(request: web.Request) -> web.Response:
    """A picture, as the body."""
    data = await read_picture(request)
    user = _follower(request)
    media_id = request.config_dict[STATE].keep_media(data)
    message = {"MsgType": "image", "PicUrl": "http://mmbiz.qpic.cn/sandbox", "MediaId": media_id}
    heard(request, user, {**message, **_message_id(request)}, ON_A_WORD, kind="image", media_id=media_id)
    return web.json_response({"media_id": media_id})


async def click(request: web.Request) -> web.Response:
    """{key}: a tap on the menu below the chat."""
    key = (await read_object(request)).get("key")
    if not isinstance(key, str) or not 0 < len(key.encode()) <= 128:
        raise web.HTTPBadRequest(text="key: at most 128 bytes")
    heard(request, _follower(request), _event("CLICK", key), ON_A_CLICK)
    return web.json_response({})


async def scan(request: web.Request) -> web.Response:
    """{scene}: a parametric code (带参数二维码). Who does not follow yet follows by it."""
    scene = (await read_object(request)).get("scene")
    if not isinstance(scene, str) or not 0 < len(scene) <= 64:
        raise web.HTTPBadRequest(text="scene: at most 64 signs")
    user = user_of(request)
    chat = request.config_dict[STATE].chats.of(user)
    if chat.following:
        heard(request, user, _event("SCAN", scene), ON_A_CLICK)
    else:
        chat.following = True
        heard(request, user, _event("subscribe", f"qrscene_{scene}"), ON_FOLLOWING)
    return web.json_response({"following": True})


async def read_media(request: web.Request) -> web.Response:
    """A picture of one's own, for the page that plays the phone."""
    data = request.config_dict[STATE].media.get(request.match_info["media_id"])
    if data is None:
        raise web.HTTPNotFound
    return web.Response(
        body=data, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"}
    )


def _follower(request: web.Request) -> str:
    """Only who follows has the chat on the phone."""
    user = user_of(request)
    if not request.config_dict[STATE].chats.of(user).following:
        raise web.HTTPConflict(text="follow first")
    return user


def _message_id(request: web.Request) -> dict[str, Any]:
    state = request.config_dict[STATE]
    state.message_id += 1
    return {"MsgId": state.message_id}


def _event(name: str, key: str) -> dict[str, Any]:
    return {"MsgType": "event", "Event": name, "EventKey": key}


ROUTES = [
    web.post("/phones/{user}/official/text", write),
    web.post("/phones/{user}/official/image", send_photo),
    web.post("/phones/{user}/official/click", click),
    web.post("/phones/{user}/official/scan", scan),
    web.get("/phones/{user}/official/media/{media_id}", read_media),
]
