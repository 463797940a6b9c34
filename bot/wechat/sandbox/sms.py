"""Whoever sends short messages, imitated: one interface, and the messages on the phones with those numbers."""

import asyncio
import re
from typing import Any

from aiohttp import web

from bot.wechat.sandbox.serving import STATE, read_object
from bot.wechat.sandbox.state import Fault, State

PATH = "/sms/messages"
NUMBER = re.compile(r"1[3-9][0-9]{9}")
MOST_WORDS = 20


async def send(request: web.Request) -> web.Response:
    """{phone, template, words} → {id}; 4xx with {code} where nothing goes out."""
    state, said = request.config_dict[STATE], await read_object(request)
    fault = state.take_fault(PATH) or Fault(PATH)
    await asyncio.sleep(fault.delay_s)
    if fault.drop_reply == "before":
        state.note(PATH, "", errcode=None, dropped="before")
        return _dropped(request)
    code = fault.code or _refusal(state, request, said)
    if code is not None:
        state.note(PATH, "", errcode=code)
        return web.json_response({"code": code}, status=403 if code == "unauthorized" else 422)
    message_id = _deliver(state, said)
    if fault.drop_reply == "after":
        state.note(PATH, "", errcode=0, dropped="after")
        return _dropped(request)
    state.note(PATH, "", errcode=0)
    return web.json_response({"id": message_id})


def _dropped(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


def _refusal(state: State, request: web.Request, said: dict[str, Any]) -> str | None:
    config = state.config.sms
    if config is None or request.headers.get("Authorization") != f"Bearer {config.key}":
        return "unauthorized"
    if not NUMBER.fullmatch(str(said.get("phone"))):
        return "phone_invalid"
    text = config.templates.get(str(said.get("template")))
    if text is None:
        return "template_unknown"
    given = said.get("words")
    words = given if isinstance(given, dict) else {}
    names = set(re.findall(r"\$\{(\w+)\}", text))
    right = all(isinstance(words.get(name), str) and 0 < len(words[name]) <= MOST_WORDS for name in names)
    return None if right and set(words) == names else "words_invalid"


def _deliver(state: State, said: dict[str, Any]) -> str:
    """Put the text on the phone with the number, where there is one; a number without phone takes it too."""
    assert state.config.sms is not None
    state.message_id += 1
    state.counts["texts"] += 1
    text = state.config.sms.templates[said["template"]]
    words = re.sub(r"\$\{(\w+)\}", lambda found: said["words"][found[1]], text)
    for phone in state.phones.values():
        if phone.phone == said["phone"]:
            phone.texts.append(
                {
                    "id": state.message_id,
                    "text": f"【膳督】{words}",
                    "at": state.clock().isoformat(),
                    "read": False,
                }
            )
    state.changed()
    return f"sms-{state.message_id}"


async def read_texts(request: web.Request) -> web.Response:
    """A phone's short messages, oldest first. `read=1`: they are seen."""
    state = request.config_dict[STATE]
    phone = state.phone(request.match_info["user"][:64])
    found = [dict(text) for text in phone.texts]
    if request.query.get("read") == "1":
        for text in phone.texts:
            text["read"] = True
        state.changed()
    return web.json_response({"texts": found})


ROUTES = [
    web.post(PATH, send),
    web.get("/phones/{user}/texts", read_texts),
]
