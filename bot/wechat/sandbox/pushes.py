"""What the imitation pushes to our callback address: signed, encrypted, three times if need be."""

import asyncio
import json
import logging
import secrets
from typing import Any

import aiohttp
import xmltodict
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from bot.wechat.sandbox.state import State

log = logging.getLogger(__name__)

TRIES = 3
ANSWER_WITHIN_S = 5
AT_ONCE = 8


class Pushes:
    """A queue of events for the callback address, pushed by a few tasks in the order they came."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=50_000)

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

    def _put(self, openid: str, event: str, wrapper: str, items: list[dict[str, str]]) -> None:
        if self._state.config.callback_url is None or not items:
            return
        single: Any = items if len(items) > 1 else items[0]
        fields: dict[str, Any] = {
            "ToUserName": "gh_sandbox",
            "FromUserName": openid,
            "CreateTime": str(int(self._state.clock().timestamp())),
            "MsgType": "event",
            "Event": event,
        }
        if self._state.config.callback_format == "json":
            fields["List"] = single
        else:
            fields[wrapper] = {"List": single}
        # one consent a second looks like the same push again: the real one differs by more than we know
        fields["SandboxSerial"] = secrets.token_hex(6)
        try:
            self._queue.put_nowait(fields)
        except asyncio.QueueFull:
            log.error("sandbox: too many pushes waiting, one dropped")

    async def run(self) -> None:
        """Push until cancelled."""
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(self._push_all(session))

    async def _push_all(self, session: aiohttp.ClientSession) -> None:
        while True:
            fields = await self._queue.get()
            for attempt in range(TRIES):
                if await self._push(session, fields):
                    break
                await asyncio.sleep(0.2 * 2**attempt)

    async def _push(self, session: aiohttp.ClientSession, fields: dict[str, Any]) -> bool:
        query, body = seal(self._state, fields)
        url = self._state.config.callback_url
        assert url is not None
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
        try:
            async with session.post(url, params=query, data=body, timeout=timeout) as answer:
                return answer.status == 200 and await answer.text() == "success"
        except (aiohttp.ClientError, TimeoutError):
            return False


def seal(state: State, fields: dict[str, Any]) -> tuple[dict[str, str], bytes]:
    """The query and the body of a push in secure mode."""
    as_json = state.config.callback_format == "json"
    plain = (
        json.dumps(fields, ensure_ascii=False)
        if as_json
        else xmltodict.unparse({"xml": fields}, full_document=False)
    )
    account = state.account
    timestamp, nonce = str(int(state.clock().timestamp())), secrets.token_hex(5)
    crypto = WeChatCrypto(account.callback_token, account.aes_key, account.appid)
    envelope = xmltodict.parse(crypto.encrypt_message(plain, nonce, timestamp))["xml"]
    encrypted = envelope["Encrypt"]
    signer = WeChatSigner()
    signer.add_data(account.callback_token, timestamp, nonce)
    query = {
        "signature": signer.signature,
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": fields["FromUserName"],
        "encrypt_type": "aes",
        "msg_signature": envelope["MsgSignature"],
    }
    outer = {"ToUserName": "gh_sandbox", "Encrypt": encrypted}
    body = json.dumps(outer) if as_json else xmltodict.unparse({"xml": outer}, full_document=False)
    return query, body.encode()
