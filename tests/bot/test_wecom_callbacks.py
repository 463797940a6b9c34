"""WeCom's door: always encrypted, for our enterprise only, and an address check that must be quick."""

import base64
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from wechatpy.crypto import PrpCrypto
from wechatpy.utils import WeChatSigner
from wechatpy.work.crypto import WeChatCrypto

from tests.bot.wechat_world import START
from tests.bot.wecom_world import WECOM, World, world

TEXT = (
    "<xml><ToUserName><![CDATA[ww0123456789abcdef]]></ToUserName><FromUserName><![CDATA[lihua]]></FromUserName>"
    "<CreateTime>1795487400</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[待办]]></Content>"
    "<MsgId>7000000000000000001</MsgId><AgentID>1000002</AgentID></xml>"
)
Push = tuple[dict[str, str], bytes]


@pytest.fixture
async def wecom() -> AsyncIterator[World]:
    async with world() as made:
        yield made


def push(plain: str = TEXT, at: timedelta = timedelta(), corpid: str = WECOM.appid) -> Push:
    """As WeCom seals it, by the library's own code for WeCom."""
    timestamp = str(int((START + at).timestamp()))
    crypto = WeChatCrypto(WECOM.callback_token, WECOM.aes_key, corpid)
    body: str = crypto.encrypt_message(plain, "n0nce", timestamp)
    signature = body.partition("<MsgSignature><![CDATA[")[2].partition("]]>")[0]
    return {"timestamp": timestamp, "nonce": "n0nce", "msg_signature": signature}, body.encode()


def signed(*parts: str) -> str:
    signer = WeChatSigner()
    signer.add_data(WECOM.callback_token, *parts)
    return str(signer.signature)


def echo(corpid: str = WECOM.appid, at: timedelta = timedelta()) -> dict[str, str]:
    """The query of an address check."""
    timestamp = str(int((START + at).timestamp()))
    key = base64.b64decode(WECOM.aes_key + "=")
    sealed = PrpCrypto(key).encrypt("4823901", corpid).decode()
    return {
        "timestamp": timestamp,
        "nonce": "n0nce",
        "echostr": sealed,
        "msg_signature": signed(timestamp, "n0nce", sealed),
    }


async def test_the_address_check_is_opened_and_echoed_within_a_second(wecom: World) -> None:
    began = time.perf_counter()
    async with wecom.http.get(wecom.callback, params=echo()) as answer:
        assert (answer.status, await answer.text()) == (200, "4823901")
    assert time.perf_counter() - began < 1


async def test_an_address_check_that_is_not_wecoms_is_refused(wecom: World) -> None:
    timestamp = str(int(START.timestamp()))
    plain = {"timestamp": timestamp, "nonce": "1", "echostr": "1", "signature": signed(timestamp, "1")}
    wrong = [
        plain,
        echo("ww_somebody_else"),
        echo(at=-timedelta(minutes=11)),
        {**echo(), "nonce": "2"},
        {**echo(), "echostr": "1"},
        {},
    ]
    for query in wrong:
        async with wecom.http.get(wecom.callback, params=query) as answer:
            assert 400 <= answer.status < 500, query
            assert await answer.text() == "refused"


def without(name: str) -> Push:
    query, body = push()
    return {key: value for key, value in query.items() if key != name}, body


MALFORMED: dict[str, Push] = {
    "another enterprise": push(corpid="ww_somebody_else"),
    "plaintext": (push()[0], TEXT.encode()),
    "plaintext JSON": (push()[0], json.dumps({"MsgType": "text", "FromUserName": "lihua"}).encode()),
    "cloud hosting's unsigned check": ({}, b'{"action": "CheckContainerPath"}'),
    "stale": push(at=-timedelta(minutes=11)),
    "from the future": push(at=timedelta(minutes=11)),
    "unsigned": without("msg_signature"),
    "no nonce": without("nonce"),
    "another's body": (push()[0], push("<xml></xml>")[1]),
    "no sender": push(TEXT.replace("FromUserName", "Nobody")),
    "no type": push(TEXT.replace("MsgType", "Nothing")),
    "not XML inside": push("hello"),
    "a DOCTYPE inside": push(f'<!DOCTYPE a [<!ENTITY b "c">]>{TEXT}'),
    "nesting": push("<xml>" + "<a>" * 5000 + "</a>" * 5000 + "</xml>"),
    "empty": (push()[0], b""),
}


async def test_everything_malformed_is_refused_and_nothing_of_it_kept(wecom: World) -> None:
    said = {}
    for name, (query, body) in MALFORMED.items():
        async with wecom.http.post(wecom.callback, params=query, data=body) as answer:
            said[name] = answer.status
    assert {name: status for name, status in said.items() if not 400 <= status < 500} == {}
    assert {said[name] for name in ("another enterprise", "stale", "unsigned")} == {403}
    assert wecom.received == []


async def test_a_message_is_read_and_known_again(wecom: World) -> None:
    for _ in range(3):
        query, body = push()
        async with wecom.http.post(wecom.callback, params=query, data=body) as answer:
            assert (answer.status, await answer.text()) == (200, "success")
    kinds = {(one.kind, one.openid, one.appid, one.fields["Content"]) for one in wecom.received}
    assert kinds == {("text", "lihua", WECOM.appid, "待办")}
    assert len({one.dedupe_key for one in wecom.received}) == 1


def test_the_account_shows_no_secret() -> None:
    shown = repr(replace(WECOM, secret="a-secret", callback_token="a-token", aes_key="a-key"))
    assert "a-" not in shown
    assert WECOM.appid in shown
