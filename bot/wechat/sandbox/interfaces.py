"""WeChat's interfaces, as far as we use them: what they take, what they refuse, and with which code."""

import asyncio
import io
import re
import secrets
from datetime import timedelta
from typing import Any

import qrcode

from bot.wechat.account import Account
from bot.wechat.sandbox import official
from bot.wechat.sandbox.serving import Call, Interface, Refused, Whose, check_fields, content_of
from bot.wechat.sandbox.state import unionid_of
from bot.wechat.sandbox.tokens import TooManyForced
from bot.wechat.sandbox.wecom import interfaces as wecom

SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
PAGE = re.compile(r"[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*")
SCENES = (1, 2, 3, 4)
LONGEST_CHECKED = 2500
SEEN_WITHIN = timedelta(hours=2)
PICTURE = 2
LABELS = {"pass": 100, "review": 20001, "risky": 20012}
SUSPECT = {"赌博": "risky", "代开发票": "risky", "加微信": "review", "扫码领": "review"}
VERSIONS = ("release", "trial", "develop")
WIDTHS = range(280, 1281)


async def stable_token(call: Call) -> dict[str, Any]:
    account = _account(call, call.text("grant_type"), call.text("appid"), call.text("secret"))
    call.state.counts["token_fetches"] += 1
    try:
        token, seconds = call.state.tokens.stable(account.appid, force=call.body.get("force_refresh") is True)
    except TooManyForced:
        raise Refused(45009, "reach max api daily quota limit") from None
    return {"access_token": token, "expires_in": seconds}


async def plain_token(call: Call) -> dict[str, Any]:
    query = call.query
    account = _account(call, query.get("grant_type", ""), query.get("appid", ""), query.get("secret", ""))
    call.state.counts["token_fetches"] += 1
    token, seconds = call.state.tokens.plain(account.appid)
    return {"access_token": token, "expires_in": seconds}


def _account(call: Call, grant_type: str, appid: str, secret: str) -> Account:
    if grant_type != "client_credential":
        raise Refused(40002, "invalid grant_type")
    return _credentials(call, appid, secret)


def _credentials(call: Call, appid: str, secret: str) -> Account:
    if not appid:
        raise Refused(41002, "appid missing")
    if not secret:
        raise Refused(41004, "appsecret missing")
    account = next((one for one in call.state.config.every_account if one.appid == appid), None)
    if account is None:
        raise Refused(40013, "invalid appid")
    if secret != account.secret:
        raise Refused(40125, "invalid appsecret")
    return account


async def jscode2session(call: Call) -> dict[str, Any]:
    query = call.query
    if query.get("grant_type") != "authorization_code":
        raise Refused(40002, "invalid grant_type")
    account = _credentials(call, query.get("appid", ""), query.get("secret", ""))
    code = query.get("js_code", "")
    if not code:
        raise Refused(41008, "missing code")
    phone = call.state.spend_code(code, "login") if account is call.state.account else None
    if phone is None:
        raise Refused(40029, "invalid code")
    return {
        "openid": phone.openid,
        "session_key": "c2FuZGJveC1zZXNzaW9uLWs=",
        "unionid": unionid_of(phone.user),
    }


async def phone_number(call: Call) -> dict[str, Any]:
    phone = call.state.spend_code(call.text("code"), "phone-number")
    if phone is None:
        raise Refused(40029, "invalid code")
    watermark = {"timestamp": int(call.state.clock().timestamp()), "appid": call.state.account.appid}
    return {
        "errcode": 0,
        "errmsg": "ok",
        "phone_info": {
            "phoneNumber": phone.phone,
            "purePhoneNumber": phone.phone,
            "countryCode": "86",
            "watermark": watermark,
        },
    }


async def send_subscribe(call: Call) -> dict[str, Any]:
    state = call.state
    phone = state.phone_of(call.text("touser"))
    if phone is None:
        raise Refused(40003, "invalid openid")
    template = state.template(call.text("template_id"))
    if template is None:
        raise Refused(40037, "invalid template_id")
    page = call.text("page")
    if page and not PAGE.fullmatch(page.partition("?")[0]):
        raise Refused(41030, "invalid page")
    given = call.body.get("data")
    data = given if isinstance(given, dict) else {}
    check_fields(template.fields, data)
    if not state.spend_credit(phone.openid, template):
        raise Refused(43101, "user refuse to accept the msg")
    message_id = state.deliver(phone, template, data, page)
    call.pushes.sent(phone.openid, template.id, message_id)
    return {"errcode": 0, "errmsg": "ok", "msgid": int(message_id)}


async def list_templates(call: Call) -> dict[str, Any]:
    """The account's subscribe-message templates, as its console shows them."""
    found = [
        {
            "priTmplId": one.id,
            "title": one.title,
            "content": content_of(one.fields),
            "type": 3 if one.long_term else 2,
        }
        for one in call.state.config.templates
    ]
    return {"errcode": 0, "errmsg": "ok", "data": found}


async def check_text(call: Call) -> dict[str, Any]:
    """The content check, by words that stand for what Tencent would find."""
    state, words = call.state, call.text("content")
    phone = state.phone_of(call.text("openid"))
    if call.body.get("version") != 2 or call.body.get("scene") not in SCENES:
        raise Refused(40097, "invalid args")
    if phone is None:
        raise Refused(40003, "invalid openid")
    if not 0 < len(words) <= LONGEST_CHECKED:
        raise Refused(44002, "empty post data")
    if state.clock() - state.seen.get(phone.openid, state.clock()) > SEEN_WITHIN:
        raise Refused(61010, "code is expired")
    found = next((suggest for word, suggest in SUSPECT.items() if word in words), "pass")
    return {"errcode": 0, "errmsg": "ok", "result": {"suggest": found, "label": LABELS[found]}, "detail": []}


async def check_picture(call: Call) -> dict[str, Any]:
    """The content check of a picture, answered by an event; what it finds is told by `/control/pictures`."""
    state = call.state
    phone = state.phone_of(call.text("openid"))
    good = call.body.get("version") == 2 and call.body.get("scene") in SCENES
    if not good or call.body.get("media_type") != PICTURE or not call.text("media_url").startswith("http"):
        raise Refused(40097, "invalid args")
    if phone is None:
        raise Refused(40003, "invalid openid")
    if state.clock() - state.seen.get(phone.openid, state.clock()) > SEEN_WITHIN:
        raise Refused(61010, "code is expired")
    found, trace_id = state.pictures.popleft() if state.pictures else "pass", secrets.token_hex(16)
    call.pushes.picture_checked(phone.openid, trace_id, found, LABELS[found])
    return {"errcode": 0, "errmsg": "ok", "trace_id": trace_id}


async def code_image(call: Call) -> bytes:
    scene, page = call.text("scene"), call.text("page") or "pages/index/index"
    if not SCENE.fullmatch(scene):
        raise Refused(40169, "invalid length for scene, or the data is not json string")
    if not PAGE.fullmatch(page):
        raise Refused(41030, "invalid page")
    if call.body.get("env_version", "release") not in VERSIONS or call.body.get("width", 430) not in WIDTHS:
        raise Refused(40097, "invalid args")
    return await asyncio.to_thread(_stand_in, f"{page}?scene={scene}", call.body.get("width", 430))


def _stand_in(content: str, width: int) -> bytes:
    """A square code that says page and scene, in place of the round one that only WeChat can draw."""
    picture = qrcode.make(content, border=2).get_image().convert("RGB").resize((width, width))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return out.getvalue()


INTERFACES: list[tuple[str, str, Interface, Whose]] = [
    ("POST", "/cgi-bin/stable_token", stable_token, Whose.NOBODYS),
    ("GET", "/cgi-bin/token", plain_token, Whose.NOBODYS),
    ("GET", "/sns/jscode2session", jscode2session, Whose.NOBODYS),
    ("POST", "/wxa/business/getuserphonenumber", phone_number, Whose.MINI_PROGRAMS),
    ("POST", "/cgi-bin/message/subscribe/send", send_subscribe, Whose.MINI_PROGRAMS),
    ("POST", "/wxa/getwxacodeunlimit", code_image, Whose.MINI_PROGRAMS),
    ("POST", "/wxa/msg_sec_check", check_text, Whose.MINI_PROGRAMS),
    ("GET", "/wxaapi/newtmpl/gettemplate", list_templates, Whose.MINI_PROGRAMS),
    ("GET", "/cgi-bin/template/get_all_private_template", official.list_templates, Whose.OFFICIALS),
    ("POST", "/wxa/media_check_async", check_picture, Whose.MINI_PROGRAMS),
    ("GET", "/cgi-bin/media/get", official.media, Whose.OFFICIALS),
    ("POST", "/cgi-bin/message/template/send", official.send_template, Whose.OFFICIALS),
    ("POST", "/cgi-bin/message/custom/send", official.send_custom, Whose.OFFICIALS),
    ("GET", "/cgi-bin/user/info", official.user_info, Whose.OFFICIALS),
    *wecom.INTERFACES,
]
