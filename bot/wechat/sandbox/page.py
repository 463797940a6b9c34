"""A page to look at the phones with, for whoever runs the sandbox alone."""

from html import escape

from aiohttp import web

from bot.wechat.sandbox.interfaces import STATE
from bot.wechat.sandbox.state import Phone

FRAME = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>微信仿真</title><style>
body{{font:15px/1.6 "PingFang SC","Microsoft YaHei","WenQuanYi Micro Hei",sans-serif;background:#ededed;margin:2rem}}
main{{display:flex;flex-wrap:wrap;gap:1.5rem}}section{{width:320px}}h2{{font-size:1rem;margin:.3rem}}
article{{background:#fff;border-radius:8px;padding:.8rem 1rem;margin:.6rem 0}}h3{{font-size:1rem;margin:0 0 .4rem}}
dl{{display:grid;grid-template-columns:5em 1fr;margin:0}}dt{{color:#888}}dd{{margin:0}}time{{color:#aaa;font-size:.8rem}}
</style></head><body><h1>微信仿真：每个人的手机</h1><main>{phones}</main></body></html>"""


async def page(request: web.Request) -> web.Response:
    """Every phone with its latest service notifications."""
    state = request.config_dict[STATE]
    phones = "".join(_phone(phone) for phone in state.phones.values() if phone.messages)
    return web.Response(text=FRAME.format(phones=phones or "<p>还没有消息。</p>"), content_type="text/html")


def _phone(phone: Phone) -> str:
    messages = "".join(_message(message) for message in reversed(phone.messages[-20:]))
    return f"<section><h2>{escape(phone.nickname or phone.user)}</h2>{messages}</section>"


def _message(message: dict[str, object]) -> str:
    fields = message["fields"]
    assert isinstance(fields, list)
    rows = "".join(f"<dt>{escape(f['label'])}</dt><dd>{escape(f['value'])}</dd>" for f in fields)
    head = f"<h3>{escape(str(message['title']))}</h3>"
    return f"<article>{head}<dl>{rows}</dl><time>{escape(str(message['at'])[:16])}</time></article>"
