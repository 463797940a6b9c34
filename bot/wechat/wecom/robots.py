"""Group robots (群机器人): whoever has the address of one may speak in its group. No token, no account."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic_core import to_json

from bot.wechat.breaker import OURS_TO_MEND, Breaker
from bot.wechat.calls import Connection, Session, read_code, read_object
from bot.wechat.errors import ReplyLost, Unreachable, WeChatError
from bot.wechat.wecom.cards import MARKDOWN_BYTES, TEXT_BYTES, cut_bytes
from bot.wechat.wecom.errors import WECOM, verdict
from bot.wechat.wecom.pace import Pace

# what people and the figures call them all
NAME, ACCOUNT = "企业微信群机器人", "wecom-robots"
PATH = "/cgi-bin/webhook/send"
KEY = re.compile(r"[0-9A-Za-z\-]{20,64}")


def key_of(said: str) -> str | None:
    """The key in what somebody copied from WeCom: the whole address, or the key alone. None: neither."""
    key = said.strip()
    if "://" in key:
        try:
            key = parse_qs(urlsplit(key).query).get("key", [""])[0]
        except ValueError:
            return None
    return key if KEY.fullmatch(key) else None


class Robots(Connection):
    """Calls raise as `Connection` says, WeChatError when refused, and TooSoon (nothing was sent). While the
    breaker that all groups share is open they are Broken.

    The key opens the group to everybody who has it: it stands in no exception and no log.
    """

    def __init__(
        self,
        base_url: str,
        session: Session,
        pace: Pace,
        timeout_s: float = 10,
        breaker: Breaker | None = None,
    ) -> None:
        super().__init__(base_url, session, timeout_s)
        self.breaker = breaker or Breaker(NAME, codes=WECOM)
        self._pace = pace

    async def say(self, key: str, words: str) -> None:
        """Plain words, cut to WeCom's limit."""
        await self._say(key, "text", cut_bytes(words, TEXT_BYTES))

    async def say_markdown(self, key: str, words: str) -> None:
        """Words with WeCom's few marks (**, [link](url), >); people's words must have been cleared of them."""
        await self._say(key, "markdown", cut_bytes(words, MARKDOWN_BYTES))

    async def _say(self, key: str, kind: str, words: str) -> None:
        await self._pace.robot(key)
        body = to_json({"msgtype": kind, kind: {"content": words}})
        admitted = self.breaker.admit()
        try:
            said = read_object(await self._ask("POST", PATH, self._url(PATH, {"key": key}), body))
            fault = _fault(said, key)
            if fault is not None and verdict(fault.errcode) in OURS_TO_MEND:
                raise fault
        except (WeChatError, Unreachable, ReplyLost) as why:
            self.breaker.failed(why)
            raise
        # what is said of one robot says nothing of the others
        self.breaker.worked(admitted)
        if fault is not None:
            raise fault


def _fault(said: Mapping[str, Any], key: str) -> WeChatError | None:
    code = read_code(said)
    return WeChatError(code, str(said.get("errmsg", "")).replace(key, "…")) if code else None
