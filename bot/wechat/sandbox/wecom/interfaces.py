"""WeCom's interfaces, as far as we use them: what they take, what they refuse, and what they pass over."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.wechat.sandbox.serving import Call, Interface, Refused, Whose
from bot.wechat.sandbox.wecom.enterprise import MEMBER_LIMITS, MOST_MISSES, ROBOT_LIMITS, Member
from bot.wechat.wecom.account import WeComAccount
from bot.wechat.wecom.cards import (
    BUTTON_KEY_BYTES,
    DESCRIPTION_BYTES,
    MARKDOWN_BYTES,
    MOST_BUTTONS,
    MOST_LINES,
    TASK_ID,
    TEXT_BYTES,
    TITLE_BYTES,
    URL_BYTES,
)

LONGEST_CHECK = timedelta(hours=4)
USUAL_CHECK = timedelta(minutes=30)


async def gettoken(call: Call) -> dict[str, Any]:
    account = _account(call)
    if call.query.get("corpid") != account.appid:
        raise Refused(40013, "invalid corpid")
    if call.query.get("corpsecret") != account.secret:
        raise Refused(40001, "invalid credential")
    call.state.counts["wecom_token_fetches"] += 1
    token, seconds = call.state.tokens.stable(account.name, force=False)
    return {"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": seconds}


def _account(call: Call) -> WeComAccount:
    config = call.state.config.wecom
    if config is None:
        raise Refused(40013, "invalid corpid")
    return config.account


async def send(call: Call) -> dict[str, Any]:
    """message/send: says 0 to much that nobody gets."""
    if call.body.get("agentid") != _account(call).agentid:
        raise Refused(40056, "invalid agentid")
    kind = call.text("msgtype")
    reader = READERS.get(kind)
    if reader is None:
        raise Refused(40008, "invalid message type")
    shown = reader(call, _object(call.body, kind))
    members, invalid = _receivers(call)
    said: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}
    if invalid:
        said["invaliduser"] = "|".join(one.lower() for one in invalid)
    fresh = [member for member in members if not _is_repeated(call, member, kind)]
    if fresh and kind == "template_card":
        _spend_task_id(call, shown["task_id"])
    for member in fresh:
        line_id = _deliver(call, member, kind, shown)
        if line_id is not None and kind == "template_card":
            said["response_code"] = call.state.enterprise.new_code(member.userid, line_id)
    call.state.enterprise.last_id += 1
    return {**said, "msgid": f"sandbox-{call.state.enterprise.last_id}"}


def _receivers(call: Call) -> tuple[list[Member], list[str]]:
    """Those who may be written to, and those who may not; a list of nobody at all is refused."""
    named = [one for one in call.text("touser").split("|") if one]
    found = {one: call.state.enterprise.members.get(one) for one in named}
    if not any(found.values()):
        raise Refused(81013, "user & party & tag all invalid")
    members = [one for one in found.values() if one is not None and one.visible]
    return members, [name for name, one in found.items() if one is None or not one.visible]


def _is_repeated(call: Call, member: Member, kind: str) -> bool:
    """Whether a message is passed over because the member has had it: nobody ever hears of that."""
    if call.body.get("enable_duplicate_check") != 1:
        return False
    seconds = call.body.get("duplicate_check_interval", USUAL_CHECK.total_seconds())
    content = json.dumps([kind, call.body[kind]], sort_keys=True)
    repeated = call.state.enterprise.is_repeated(
        member.userid, content, min(timedelta(seconds=seconds), LONGEST_CHECK)
    )
    call.state.counts["wecom_repeated"] += repeated
    return repeated


def _spend_task_id(call: Call, task_id: str) -> None:
    if task_id in call.state.enterprise.task_ids:
        raise _wrong("template_card.task_id duplicate")
    call.state.enterprise.task_ids.add(task_id)


def _deliver(call: Call, member: Member, kind: str, shown: dict[str, Any]) -> int | None:
    """Show a message, unless it is one too many: nobody ever hears of that either."""
    enterprise, counts = call.state.enterprise, call.state.counts
    if not enterprise.takes(member.userid, MEMBER_LIMITS):
        counts["wecom_dropped"] += 1
        return None
    counts["delivered"] += 1
    counts["wecom_delivered"] += 1
    return enterprise.put(member.lines, "app", kind=kind, **shown)


def _text(_call: Call, said: dict[str, Any]) -> dict[str, Any]:
    words = said.get("content")
    if not isinstance(words, str) or not words.strip():
        raise Refused(44004, "empty content")
    return {"text": _cut(words, TEXT_BYTES)}


def _textcard(_call: Call, said: dict[str, Any]) -> dict[str, Any]:
    for name in ("title", "description", "url"):
        if not isinstance(said.get(name), str) or not said[name]:
            raise _wrong(f"textcard.{name} missing")
    if len(said["url"].encode()) > URL_BYTES or "://" not in said["url"]:
        raise _wrong("textcard.url invalid")
    return {
        "title": _cut(said["title"], TITLE_BYTES),
        "words": _cut(said["description"], DESCRIPTION_BYTES),
        "url": said["url"],
        "link": str(said.get("btntxt") or "详情")[:4],
    }


def _cut(words: str, most: int) -> str:
    """As WeCom cuts: at the byte."""
    return words.encode()[:most].decode(errors="ignore")


def _template_card(_call: Call, said: dict[str, Any]) -> dict[str, Any]:
    return _card(said)


def _card(said: dict[str, Any]) -> dict[str, Any]:
    if said.get("card_type") != "button_interaction":
        raise _wrong("template_card.card_type")
    task_id = said.get("task_id")
    if not isinstance(task_id, str) or not TASK_ID.fullmatch(task_id):
        raise _wrong("template_card.task_id")
    title = _object(said, "main_title").get("title")
    if not isinstance(title, str) or not title:
        raise _wrong("template_card.main_title.title missing")
    lines = _objects(said, "horizontal_content_list", 0, MOST_LINES)
    buttons = _objects(said, "button_list", 1, MOST_BUTTONS)
    action = said.get("card_action")
    return {
        "title": title,
        "words": str(said.get("sub_title_text") or ""),
        "fields": [{"label": _said(one, "keyname"), "value": str(one.get("value") or "")} for one in lines],
        "buttons": [_button(one) for one in buttons],
        "task_id": task_id,
        "url": str(action.get("url") or "") if isinstance(action, dict) else "",
        "source": str(_object(said, "source").get("desc") or ""),
        "answered": "",
    }


def _button(one: dict[str, Any]) -> dict[str, str]:
    opens = one.get("type") == 1
    key = "" if opens else _said(one, "key")
    if len(key.encode()) > BUTTON_KEY_BYTES:
        raise _wrong("template_card.button_list.key")
    return {"words": _said(one, "text"), "key": key, "url": _said(one, "url") if opens else ""}


async def update_card(call: Call) -> dict[str, Any]:
    """update_template_card: once for each response code, within 72 hours."""
    if call.body.get("agentid") != _account(call).agentid:
        raise Refused(40056, "invalid agentid")
    button, card = call.body.get("button"), call.body.get("template_card")
    shown = _card(card) if isinstance(card, dict) else None
    words = button.get("replace_name") if isinstance(button, dict) else None
    if shown is None and (not isinstance(words, str) or not words):
        raise _wrong("button.replace_name missing")
    line = call.state.enterprise.spend_code(call.text("response_code"))
    if line is None:
        raise _wrong("response_code")
    line |= shown if shown is not None else {"buttons": [], "answered": words}
    call.state.counts["wecom_cards_updated"] += 1
    call.state.changed()
    return {"errcode": 0, "errmsg": "ok"}


async def getuserid(call: Call) -> dict[str, Any]:
    """The member with a mobile number. Who asks for many that nobody has is shut out for the day."""
    enterprise, day = call.state.enterprise, call.state.clock().date().isoformat()
    if enterprise.misses[day] >= MOST_MISSES:
        raise Refused(45009, "api freq out of limit")
    mobile = call.text("mobile")
    for userid in enterprise.members:
        phone = call.state.phones.get(userid)
        if mobile and phone is not None and phone.phone == mobile:
            return {"errcode": 0, "errmsg": "ok", "userid": userid}
    enterprise.misses[day] += 1
    raise Refused(46004, "user no exist")


async def media(call: Call) -> dict[str, Any] | bytes:
    found = call.state.media.get(call.query.get("media_id", ""))
    if found is None:
        raise Refused(40007, "invalid media_id")
    return found


async def robot(call: Call) -> dict[str, Any]:
    """webhook/send: refuses what is too long or too much, where message/send cuts and drops."""
    group = call.state.enterprise.robot(call.query.get("key", ""))
    if group is None:
        raise Refused(93000, "invalid webhook url")
    kind = call.text("msgtype")
    most = {"text": TEXT_BYTES, "markdown": MARKDOWN_BYTES}.get(kind)
    if most is None:
        raise Refused(40008, "invalid message type")
    words = _object(call.body, kind).get("content")
    if not isinstance(words, str) or not words.strip():
        raise Refused(44004, "empty content")
    if len(words.encode()) > most:
        raise _wrong(f"{kind}.content exceed max length {most}")
    if not call.state.enterprise.takes(group.key, ROBOT_LIMITS):
        raise Refused(45009, "api freq out of limit")
    call.state.counts["wecom_group_delivered"] += 1
    call.state.enterprise.put(group.lines, "robot", kind=kind, text=words)
    return {"errcode": 0, "errmsg": "ok"}


def _object(of: dict[str, Any], name: str) -> dict[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _objects(of: dict[str, Any], name: str, fewest: int, most: int) -> list[dict[str, Any]]:
    found = of.get(name, [])
    if not isinstance(found, list) or not fewest <= len(found) <= most:
        raise _wrong(f"template_card.{name}")
    return [one for one in found if isinstance(one, dict)]


def _said(one: dict[str, Any], name: str) -> str:
    value = one.get(name)
    if not isinstance(value, str) or not value:
        raise _wrong(f"template_card {name} missing")
    return value


def _wrong(what: str) -> Refused:
    return Refused(40058, f"{what}. invalid Request Parameter")


READERS: dict[str, Callable[[Call, dict[str, Any]], dict[str, Any]]] = {
    "text": _text,
    "textcard": _textcard,
    "template_card": _template_card,
}

INTERFACES: list[tuple[str, str, Interface, Whose]] = [
    ("GET", "/wecom/cgi-bin/gettoken", gettoken, Whose.NOBODYS),
    ("POST", "/wecom/cgi-bin/message/send", send, Whose.WECOMS),
    ("POST", "/wecom/cgi-bin/message/update_template_card", update_card, Whose.WECOMS),
    ("POST", "/wecom/cgi-bin/user/getuserid", getuserid, Whose.WECOMS),
    ("GET", "/wecom/cgi-bin/media/get", media, Whose.WECOMS),
    ("POST", "/wecom/cgi-bin/webhook/send", robot, Whose.NOBODYS),
]
