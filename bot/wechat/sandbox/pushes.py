"""What the imitation pushes to our callback address: signed, encrypted, three times if need be."""

import asyncio
import json
import logging
import secrets
import zlib
from dataclasses import dataclass
from typing import Any

import aiohttp
from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.utils import WeChatSigner

from bot.wechat.account import Account
from bot.wechat.sandbox.state import State

log = logging.getLogger(__name__)

TRIES = 3
ANSWER_WITHIN_S = 5
LANES = 8
MOST_WAITING = 50_000
ACCOUNT_NAME = "gh_sandbox"


@dataclass(frozen=True)
class Push:
    """Something for one account's callback address."""

    account: Account
    url: str
    fields: dict[str, Any]


class Pushes:
    """Queues of events for the callback addresses. One person's events arrive in the order they happened."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lanes: list[asyncio.Queue[Push]] = [
            asyncio.Queue(maxsize=MOST_WAITING // LANES) for _ in range(LANES)
        ]
        self._under_way = 0

    def popup(self, openid: str, choices: dict[str, str]) -> None:
        """Somebody answered the consent dialogue."""
        self._put(openid, "subscribe_msg_popup_event", "SubscribeMsgPopupEvent", [
            {"TemplateId": template, "SubscribeStatusString": choice, "PopupScene": "0"}
            for template, choice in choices.items()
        ])  # fmt: skip

    def change(self, openid: str, choices: dict[str, str]) -> None:
        """Somebody changed what they accept in the settings."""
        self._put(openid, "subscribe_msg_change_event", "SubscribeMsgChangeEvent", [
            {"TemplateId": template, "SubscribeStatusString": choice}
            for template, choice in choices.items()
        ])  # fmt: skip

    def sent(self, openid: str, template_id: str, message_id: str) -> None:
        """A message reached a phone."""
        self._put(openid, "subscribe_msg_sent_event", "SubscribeMsgSentEvent", [
            {"TemplateId": template_id, "MsgID": message_id, "ErrorCode": "0", "ErrorStatus": "success"}
        ])  # fmt: skip

    def waiting(self) -> int:
        """How many are not answered yet."""
        return sum(lane.qsize() for lane in self._lanes) + self._under_way

    def forget(self) -> None:
        """Push none of what waits."""
        for lane in self._lanes:
            while not lane.empty():
                lane.get_nowait()

    def official(self, openid: str, fields: dict[str, Any]) -> None:
        """Something happened in the official account's chat; an event where no other type is said."""
        official = self._state.config.official
        if official is not None:
            self.put(official.account, official.callback_url, openid, {"MsgType": "event", **fields})

    def picture_checked(self, openid: str, trace_id: str, suggest: str, label: int) -> None:
        """What the content check made of a picture."""
        found = {"suggest": suggest, "label": label}
        self.put(
            self._state.account, self._state.config.callback_url, openid,
            {
                "MsgType": "event", "Event": "wxa_media_check", "appid": self._state.account.appid,
                "trace_id": trace_id, "version": 2, "errcode": 0, "errmsg": "ok", "result": found,
            },
        )  # fmt: skip

    def _put(self, openid: str, event: str, wrapper: str, items: list[dict[str, str]]) -> None:
        if not items:
            return
        single: Any = items if len(items) > 1 else items[0]
        as_json = self._state.config.callback_format == "json"
        listed = {"List": single} if as_json else {wrapper: {"List": single}}
        fields = {"MsgType": "event", "Event": event, **listed}
        self.put(self._state.account, self._state.config.callback_url, openid, fields)

    def put(self, account: Account, url: str | None, openid: str, fields: dict[str, Any]) -> None:
        """Push something from a person to an account's callback address; nothing where it has none."""
        if url is None:
            return
        head = {
            "ToUserName": ACCOUNT_NAME,
            "FromUserName": openid,
            "CreateTime": int(self._state.clock().timestamp()),
        }
        # two consents within a second, which no finger manages but a test does, are two events
        push = Push(account, url, {**head, **fields, "SandboxSerial": secrets.token_hex(6)})
        try:
            self._lanes[zlib.crc32(openid.encode()) % LANES].put_nowait(push)
        except asyncio.QueueFull:
            self._state.counts["pushes_dropped"] += 1
            log.error("sandbox: too many pushes waiting, one dropped")

    async def run(self) -> None:
        """Push until cancelled."""
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
            for lane in self._lanes:
                tasks.create_task(self._push_all(session, lane))

    async def _push_all(self, session: aiohttp.ClientSession, lane: asyncio.Queue[Push]) -> None:
        while True:
            push = await lane.get()
            self._under_way += 1
            for attempt in range(TRIES):
                if await self._push(session, push):
                    self._state.counts["pushes_answered"] += 1
                    break
                await asyncio.sleep(0.2 * 2**attempt)
            else:
                self._state.counts["pushes_given_up"] += 1
            self._under_way -= 1

    async def _push(self, session: aiohttp.ClientSession, push: Push) -> bool:
        query, body = seal(self._state, push)
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
        try:
            async with session.post(
                push.url, params=query, data=body, timeout=timeout, allow_redirects=False
            ) as answer:
                return answer.status == 200 and await answer.read() in (b"success", b"")
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False


def seal(state: State, push: Push) -> tuple[dict[str, str], bytes]:
    """The query and the body of a push in secure mode."""
    account, fields, as_json = push.account, push.fields, state.config.callback_format == "json"
    timestamp, nonce = str(int(state.clock().timestamp())), secrets.token_hex(5)
    crypto = WeChatCrypto(account.callback_token, account.aes_key, account.appid)
    plain = json.dumps(fields, ensure_ascii=False) if as_json else _xml("xml", fields)
    encrypted = PrpCrypto(crypto.key).encrypt(plain, account.appid).decode()
    query = {
        "signature": _signed(account.callback_token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": fields["FromUserName"],
        "encrypt_type": "aes",
        "msg_signature": _signed(account.callback_token, timestamp, nonce, encrypted),
    }
    outer = {"ToUserName": ACCOUNT_NAME, "Encrypt": encrypted}
    return query, (json.dumps(outer) if as_json else _xml("xml", outer)).encode()


def _signed(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def _xml(name: str, value: Any) -> str:
    """As WeChat writes it: text in CDATA, numbers bare, a list as the element repeated."""
    if isinstance(value, list):
        return "".join(_xml(name, one) for one in value)
    if isinstance(value, dict):
        inner = "".join(_xml(key, one) for key, one in value.items())
    elif isinstance(value, int):
        inner = str(value)
    else:
        inner = "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"
    return f"<{name}>{inner}</{name}>"
