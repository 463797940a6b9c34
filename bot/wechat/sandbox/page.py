"""A page to look at the phones with, for whoever runs the sandbox alone."""

import base64
import hashlib
from datetime import datetime, timedelta, timezone
from html import escape
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.wechat.sandbox.serving import STATE
from bot.wechat.sandbox.state import Phone, State
from bot.wechat.sandbox.wecom import page as wecom
from bot.wechat.sandbox.wecom.enterprise import Group

BEIJING = timezone(timedelta(hours=8))
REFRESH_S = 5
# where somebody may be writing, which a new page would undo
WRITING_S = 20

STYLE = """
body{margin:0;background:#f4f4f5;color:#191919;
 font:15px/1.6 "PingFang SC","Microsoft YaHei","WenQuanYi Micro Hei",sans-serif}
header{padding:1rem 1.5rem;background:#07c160;color:#fff}h1{font-size:1.1rem;margin:0}
main{display:flex;flex-wrap:wrap;gap:1.5rem;padding:1.5rem;align-items:flex-start}
nav{width:240px;background:#fff;border-radius:8px;overflow:hidden}
nav a{display:flex;justify-content:space-between;padding:.6rem 1rem;color:inherit;text-decoration:none}
nav a+a{border-top:1px solid #eee}nav a[aria-current]{background:#e7f8ee}
nav b{background:#fa5151;color:#fff;border-radius:10px;min-width:10px;height:20px;padding:0 5px;
 font:bold 12px/20px sans-serif;text-align:center;align-self:center;flex:none}
section{width:360px;min-height:560px;background:#ededed;border-radius:16px;box-shadow:0 1px 6px #0003}
h2{font-size:1rem;text-align:center;margin:0;padding:.8rem}
time{display:block;text-align:center;color:#9a9a9a;font-size:.8rem;margin:.6rem}
article{background:#fff;border-radius:8px;margin:0 .9rem;padding:.9rem 1rem}
h3{font-size:1.05rem;margin:0 0 .5rem}
dl{display:grid;grid-template-columns:5em 1fr;gap:.1rem .6rem;margin:0}dt{color:#888}dd{margin:0}
blockquote{background:#fff;border-radius:8px;margin:0 3.5rem 0 .9rem;padding:.6rem .8rem;overflow-wrap:anywhere}
form{display:flex;gap:.5rem;margin:.5rem .9rem}article form{margin:.5rem 0 0}
input{flex:1;min-width:0;font:inherit;padding:.4rem .6rem;border:1px solid #ddd;border-radius:6px}
button{font:inherit;padding:.4rem .9rem;border:0;border-radius:6px;background:#2f7dfa;color:#fff}
article form button{flex:1;background:#f2f6ff;color:#2f7dfa}small{color:#888}
blockquote.person{background:#95ec69;margin:0 .9rem 0 3.5rem}
footer{border-top:1px solid #eee;margin-top:.7rem;padding-top:.5rem;color:#888;font-size:.85rem;
 overflow-wrap:anywhere}p{color:#888;text-align:center;padding:2rem}
@media(max-width:680px){main{padding:.8rem;gap:.8rem}section{order:-1;width:100%;min-height:0;padding-bottom:.9rem}
 nav{width:100%}}
"""

# no script, and no other style: the page says so itself, wherever it is mounted
FRAME = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>微信仿真</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="{refresh}">
<style>{style}</style></head><body><header><h1>微信仿真：每个人的手机</h1></header>
<main><nav>{phones}</nav>{shown}</main></body></html>"""


_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; img-src data:; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'self'"
)


async def page(request: web.Request) -> web.Response:
    """The phones, and what reached the one chosen by `?user=`; or the WeCom group chosen by `?group=`."""
    state = request.config_dict[STATE]
    phones, groups = state.phones, state.enterprise.groups
    group = groups.get(request.query.get("group", ""))
    shown = None if group is not None else phones.get(request.query.get("user", "")) or _latest(phones)
    links = "".join(_link(phone, phone is shown) for phone in sorted(phones.values(), key=_place))
    links += "".join(_group_link(one, one is group) for one in groups.values())
    if group is not None:
        screens = f"<section><h2>{escape(group.name)} · 企业微信群</h2>{wecom.group(group, _time)}</section>"
    elif shown is not None:
        screens = _screens(state, shown)
    else:
        screens = "<section><p>登录小程序后，手机会出现在这里。</p></section>"
    writes = shown is not None and shown.user in state.enterprise.members
    text = FRAME.format(
        refresh=WRITING_S if writes else REFRESH_S,
        style=STYLE,
        phones=links or "<p>还没有手机。</p>",
        shown=screens,
    )
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/html", headers=headers)


async def to_page(request: web.Request) -> web.Response:
    """The page's address without its last slash: its links are relative to the one with it."""
    raise web.HTTPPermanentRedirect(f"{request.path}/")


def _place(phone: Phone) -> tuple[bool, str, str]:
    """Where a phone stands in the list: those with unread messages first, then by name."""
    return not phone.unread, phone.nickname or phone.user, phone.user


def _latest(phones: dict[str, Phone]) -> Phone | None:
    """The phone that heard something last."""
    return max(phones.values(), key=lambda one: one.messages[-1].id if one.messages else 0, default=None)


def _link(phone: Phone, current: bool) -> str:
    badge = f"<b>{len(phone.unread)}</b>" if phone.unread else ""
    mark = ' aria-current="page"' if current else ""
    return f'<a href="?user={quote(phone.user, safe="")}"{mark}>{_name(phone)}{badge}</a>'


def _group_link(group: Group, current: bool) -> str:
    mark = ' aria-current="page"' if current else ""
    return f'<a href="?group={quote(group.name, safe="")}"{mark}>群：{escape(group.name)}</a>'


def _name(phone: Phone) -> str:
    return escape(phone.nickname or phone.user)


def _screens(state: State, phone: Phone) -> str:
    """A screen for each of the ways in which we reach a person, as the phone shows it."""
    cards = "".join(_card(phone.shown(message)) for message in reversed(phone.messages[-20:]))
    screens = [_screen(phone, "服务通知", cards)]
    if state.config.official is not None:
        chat = state.chats.of(phone.user)
        lines = "".join(_line(line) for line in chat.lines[-20:])
        none = "" if chat.following else "<p>没有关注公众号。</p>"
        screens.append(_screen(phone, "公众号", lines or none))
    if state.config.sms is not None:
        texts = "".join(
            f"{_time(text)}<blockquote>{escape(text['text'])}</blockquote>" for text in phone.texts[-20:]
        )
        screens.append(_screen(phone, "短信", texts))
    member = state.enterprise.members.get(phone.user)
    if member is not None:
        screens.append(_screen(phone, "企业微信", wecom.chat(member, _time)))
    return "".join(screens)


def _screen(phone: Phone, what: str, shown: str) -> str:
    return f"<section><h2>{_name(phone)} · {what}</h2>{shown or '<p>还没有消息。</p>'}</section>"


def _line(line: dict[str, Any]) -> str:
    """What stands in the official account's chat: a template's card, or a bubble of who said it."""
    if line["kind"] == "template":
        return _card(line)
    said = {
        "text": escape(line.get("text", "")).replace("\n", "<br>"),
        "image": "[图片]",
        "news": f"<b>{escape(line.get('title', ''))}</b><br>{escape(line.get('description', ''))}",
    }.get(line["kind"], f"[{escape(line['kind'])}]")
    return f'{_time(line)}<blockquote class="{line["by"]}">{said}</blockquote>'


def _time(message: dict[str, Any]) -> str:
    at = datetime.fromisoformat(message["at"]).astimezone(BEIJING)
    return f"<time>{at:%Y年%m月%d日 %H:%M}</time>"


def _card(message: dict[str, Any]) -> str:
    rows = "".join(
        f"<dt>{escape(field['label'])}</dt><dd>{escape(field['value'])}</dd>" for field in message["fields"]
    )
    return (
        f"{_time(message)}<article><h3>{escape(message['title'])}</h3><dl>{rows}</dl>"
        f"<footer>进入小程序查看：{escape(message['page'] or '首页')}</footer></article>"
    )
