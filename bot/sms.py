"""Short messages: one small seam for whoever sends them, and one way over HTTP.

Providers differ in addresses and signatures and agree in this: a number, the id of a template that was approved,
and its words by name. Another provider is another class with `send`.
"""

from collections.abc import Mapping
from typing import Protocol

import aiohttp
from pydantic_core import from_json

from bot.wechat.bodies import read_body
from bot.wechat.calls import NOT_SENT
from bot.wechat.errors import ReplyLost, Unreachable


class SmsRefused(Exception):
    """The sender refused: nothing went out. `code` is its own word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code[:40])
        self.code = code[:40]


class SmsGateway(Protocol):
    async def send(self, number: str, template_id: str, words: Mapping[str, str]) -> str:
        """Send one message; returns the sender's id for it. Raises SmsRefused, Unreachable, ReplyLost."""
        ...


class HttpSms:
    """POST {base}/messages {phone, template, words} with a bearer key → {id}, or {code} with a status of 4xx."""

    def __init__(self, base_url: str, key: str, session: aiohttp.ClientSession, timeout_s: float) -> None:
        self._url = f"{base_url}/messages"
        self._key = key
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def send(self, number: str, template_id: str, words: Mapping[str, str]) -> str:
        body = {"phone": number, "template": template_id, "words": dict(words)}
        status, said = await self._ask(body)
        message_id, code = said.get("id"), said.get("code")
        if status == 200 and isinstance(message_id, str):
            return message_id
        if 400 <= status < 500 and isinstance(code, str):
            raise SmsRefused(code)
        raise ReplyLost(f"sms: status {status}")

    async def _ask(self, body: Mapping[str, object]) -> tuple[int, dict[str, object]]:
        fault = ""
        try:
            async with self._session.post(
                self._url,
                json=body,
                headers={"Authorization": f"Bearer {self._key}"},
                timeout=self._timeout,
                allow_redirects=False,
            ) as answer:
                raw = await read_body(answer)
                try:
                    said = from_json(raw)
                except ValueError:
                    said = None
                return answer.status, said if isinstance(said, dict) else {}
        except (aiohttp.ClientError, TimeoutError, OSError) as why:
            fault, sent = type(why).__name__, not isinstance(why, NOT_SENT)
        # raised here and not above: the library's exceptions carry the request with its key
        raise ReplyLost(f"sms: {fault}") if sent else Unreachable(f"sms: {fault}")
