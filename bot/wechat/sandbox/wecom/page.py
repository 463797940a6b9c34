"""WeCom on the page of the phones: a member's chat with our application, and the groups."""

from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import quote

from bot.wechat.sandbox.wecom.enterprise import Group, Member

Time = Callable[[dict[str, Any]], str]
SHOWN = 20


def chat(member: Member, time: Time) -> str:
    """The chat, its cards with buttons that can be pressed, and a line to write in."""
    to = f"phones/{quote(member.userid, safe='')}/wecom-form"
    lines = "".join(time(line) + _line(line, to) for line in member.lines[-SHOWN:])
    hidden = "" if member.visible else "<p>应用对此成员不可见。</p>"
    return (
        f'{hidden}{lines}<form method="post" action="{to}">'
        '<input name="content" required maxlength="500" placeholder="说点什么" autocomplete="off">'
        "<button>发送</button></form>"
    )


def group(one: Group, time: Time) -> str:
    """A group chat: what its robot said."""
    gone = "" if one.key else "<p>机器人已被移出群聊。</p>"
    said = "".join(
        f"{time(line)}<blockquote>{_words(line['text'])}</blockquote>" for line in one.lines[-SHOWN:]
    )
    return gone + said


def _line(line: dict[str, Any], to: str) -> str:
    match line["kind"]:
        case "textcard":
            return (
                f"<article><h3>{escape(line['title'])}</h3><div>{_words(line['words'])}</div>"
                f"<footer>{escape(line['link'])}：{escape(line['url'])}</footer></article>"
            )
        case "template_card":
            return _card(line, to)
        case "image":
            return '<blockquote class="person">[图片]</blockquote>'
        case _:
            by = "person" if line["by"] == "member" else "account"
            return f'<blockquote class="{by}">{_words(line["text"])}</blockquote>'


def _card(line: dict[str, Any], to: str) -> str:
    rows = "".join(
        f"<dt>{escape(one['label'])}</dt><dd>{escape(one['value'])}</dd>" for one in line["fields"]
    )
    words = f"<div>{_words(line['words'])}</div>" if line["words"] else ""
    return (
        f"<article><small>{escape(line['source'])}</small><h3>{escape(line['title'])}</h3>{words}"
        f"<dl>{rows}</dl>{_buttons(line, to)}</article>"
    )


def _buttons(line: dict[str, Any], to: str) -> str:
    if line["answered"]:
        return f"<footer>{escape(line['answered'])}</footer>"
    return "".join(
        f'<form method="post" action="{to}"><input type="hidden" name="message" value="{line["id"]}">'
        f'<button name="key" value="{escape(button["key"])}">{escape(button["words"])}</button></form>'
        if button["key"]
        else f"<footer>{escape(button['words'])}：{escape(button['url'])}</footer>"
        for button in line["buttons"]
    )


def _words(words: str) -> str:
    return escape(words).replace("\n", "<br>")
