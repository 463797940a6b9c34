"""The door WeChat knocks at: what is let in, what is turned away, and that it is acknowledged at once."""

import asyncio
import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import xmltodict
from hypothesis import given
from hypothesis import strategies as st

from bot.wechat import codec
from bot.wechat.account import Account
from bot.wechat.codec import BadCallback, Inbound, decode
from tests.bot.wechat_world import OTHER, SECRET, START, World, sealed, world

pytestmark = pytest.mark.slow

ACCOUNT = Account("wx0123456789abcdef", SECRET, "callbacktoken", "a" * 43, "")
EVENT = {"FromUserName": "o1", "CreateTime": 1795487400, "MsgType": "event", "Event": "debug_demo"}
TEXT = (
    "<xml><ToUserName><![CDATA[gh]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>"
    "<CreateTime>1795487400</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[{}]]></Content><MsgId>{}</MsgId></xml>"
)

Push = tuple[dict[str, str], bytes]


@pytest.fixture
async def wechat() -> AsyncIterator[World]:
    async with world() as made:
        yield made


def push(plain: str | None = None, **changes: Any) -> Push:
    return sealed(ACCOUNT, json.dumps({**EVENT, **changes}) if plain is None else plain)


def query(**changes: str | None) -> Push:
    """A good push but for its query; None leaves a member out."""
    given, body = push()
    return {name: value for name, value in {**given, **changes}.items() if value is not None}, body


def enveloped(encrypted: str, signed: str | None = None) -> Push:
    """A correctly signed push whose ciphertext is what it is."""
    timestamp = str(int(START.timestamp()))
    parts = sorted([ACCOUNT.callback_token, timestamp, "1", encrypted if signed is None else signed])
    signature = hashlib.sha1("".join(parts).encode()).hexdigest()
    body = json.dumps({"Encrypt": encrypted}).encode()
    return {"timestamp": timestamp, "nonce": "1", "msg_signature": signature}, body


MALFORMED: dict[str, Push] = {
    "nothing at all": ({}, b""),
    "no query": ({}, push()[1]),
    "empty body": (push()[0], b""),
    "neither XML nor JSON": (push()[0], b"hello"),
    "a JSON array": (push()[0], b"[1]"),
    "broken JSON": (push()[0], b'{"Encrypt": '),
    "broken XML": (push()[0], b"<xml><Encrypt>"),
    "another root": (push()[0], b"<html></html>"),
    "not UTF-8": (push()[0], b"<xml>\xff\xfe</xml>"),
    "XML in UTF-16": (push()[0], "<xml></xml>".encode("utf-16")),
    "plaintext XML": (push()[0], TEXT.format("hi", 1).encode()),
    "plaintext JSON": (push()[0], json.dumps(EVENT).encode()),
    "Encrypt is an object": (push()[0], b'{"Encrypt": {"a": 1}}'),
    "a DOCTYPE": (push()[0], b'<!DOCTYPE xml [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>'),
    "a DOCTYPE after a comment": (push()[0], b"<!-- <xml --><!DOCTYPE xml><xml><Encrypt>a</Encrypt></xml>"),
    "without nonce": query(nonce=None),
    "without timestamp": query(timestamp=None),
    "without msg_signature": query(msg_signature=None),
    "timestamp in words": query(timestamp="yesterday"),
    "timestamp too big": query(timestamp="9" * 40),
    "wrong signature": query(msg_signature="0" * 40),
    "signature not ASCII": query(msg_signature="签名"),
    "plain signature in its place": query(msg_signature=None, signature="0" * 40),
    "eleven minutes old": sealed(ACCOUNT, json.dumps(EVENT), START - timedelta(minutes=11)),
    "eleven minutes early": sealed(ACCOUNT, json.dumps(EVENT), START + timedelta(minutes=11)),
    "another token": sealed(replace(ACCOUNT, callback_token="x"), json.dumps(EVENT)),
    "another key": sealed(replace(ACCOUNT, aes_key="b" * 43), json.dumps(EVENT)),
    "another account": sealed(replace(ACCOUNT, appid=OTHER.appid), json.dumps(EVENT)),
    "Encrypt is not base64": enveloped("***"),
    "Encrypt is no whole block": enveloped("AAAA"),
    "Encrypt is noise": enveloped("A" * 64),
    "Encrypt is another's": enveloped(json.loads(push()[1])["Encrypt"], signed="x"),
    "nothing inside": push(""),
    "a word inside": push("hello"),
    "a DOCTYPE inside": push('<!DOCTYPE xml [<!ENTITY a "b">]><xml><MsgType>&a;</MsgType></xml>'),
    "an array inside": push("[]"),
    "without MsgType": push(MsgType=None),
    "MsgType is a list": push(MsgType=["event"]),
    "MsgType twice": push(
        "<xml><MsgType>a</MsgType><MsgType>b</MsgType><FromUserName>o</FromUserName></xml>"
    ),
    "without sender": push(FromUserName=""),
    "an event without name": push(Event=None),
    "an event with an endless name": push(Event="e" * 1000),
    "no number": push('{"MsgType": "text", "FromUserName": "o", "n": NaN}'),
    "infinite": push('{"MsgType": "text", "FromUserName": "o", "n": 1e999}'),
    "JSON nested deep": push('{"a":' * 5000 + "1" + "}" * 5000),
    "JSON nested too deep to store": push(a=[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]),
    "XML nested deep": push("<xml>" + "<a>" * 5000 + "</a>" * 5000 + "</xml>"),
    "JSON nested 200,000 deep": (push()[0], b"[" * 200_000 + b"]" * 200_000),
    "XML nested 200,000 deep": (push()[0], b"<xml>" + b"<a>" * 200_000),
    "JSON nested as deep as fits": push('{"a":' * 9000),
    "XML nested as deep as fits": push("<xml>" + "<a>" * 15_000),
    "too long": (push()[0], b"<xml>" + b"a" * 65 * 1024 + b"</xml>"),
}


@pytest.mark.parametrize("case", MALFORMED)
async def test_the_malformed_is_turned_away_and_nothing_breaks(wechat: World, case: str) -> None:
    status = await wechat.push(*MALFORMED[case])
    assert status in (400, 403, 413)
    assert wechat.received == []


async def test_a_body_that_does_not_say_how_long_it_is_has_the_same_limit(wechat: World) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"a" * 1024

    async with wechat.http.post(wechat.callback, params=push()[0], data=parts()) as answer:
        assert answer.status == 413


@pytest.mark.parametrize("body", [gzip.compress(b"a" * 10_000_000), b"not gzip"])
async def test_a_compressed_body_is_no_way_round_the_limits(wechat: World, body: bytes) -> None:
    assert await wechat.push(push()[0], body, **{"Content-Encoding": "gzip"}) in (400, 413)


@given(st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_no_body_breaks_the_decoder(body: bytes) -> None:
    with pytest.raises(BadCallback):
        decode(ACCOUNT, push()[0], body, START)


@given(st.text(max_size=200))
def test_no_content_breaks_the_decoder(plain: str) -> None:
    with pytest.raises(BadCallback):
        decode(ACCOUNT, *push(plain), START)


FIELD = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,3}", fullmatch=True)
VALUE = st.text(st.sampled_from(" \n\r\ta留<>&]![CDATA/;x"), max_size=12)


@given(st.lists(st.tuples(FIELD, VALUE, st.booleans()), max_size=4), st.sampled_from(["", "\n", " x"]))
def test_the_short_way_to_read_a_flat_message_reads_what_the_long_one_does(
    fields: list[tuple[str, str, bool]], between: str
) -> None:
    inner = between.join(
        f"<{name}>{f'<![CDATA[{value}]]>' if marked else value}</{name}>" for name, value, marked in fields
    )
    text = f"<xml>{inner}</xml>"
    flat = codec._flat(text)
    if flat is not None:
        assert xmltodict.parse(text)["xml"] == flat


def test_what_people_send_is_read_the_short_way() -> None:
    assert codec._flat(TEXT.format("两行\n你好", 1)) == xmltodict.parse(TEXT.format("两行\n你好", 1))["xml"]


async def test_the_address_check_is_echoed_and_only_when_signed(wechat: World) -> None:
    timestamp = str(int(START.timestamp()))
    signature = hashlib.sha1("".join(sorted(["callbacktoken", timestamp, "n"])).encode()).hexdigest()
    asked = {"timestamp": timestamp, "nonce": "n", "echostr": "4375", "signature": signature}
    async with wechat.http.get(wechat.callback, params=asked) as answer:
        assert (answer.status, await answer.text()) == (200, "4375")
    for wrong in ({"signature": "0"}, {"timestamp": "1"}, {"echostr": ""}, {"nonce": "m"}):
        async with wechat.http.get(wechat.callback, params={**asked, **wrong}) as answer:
            assert answer.status in (400, 403)


async def test_cloud_hostings_check_of_the_path_is_answered(wechat: World) -> None:
    async with wechat.http.post(wechat.callback, data=b'{ "action": "CheckContainerPath" }') as answer:
        assert (answer.status, await answer.text()) == (200, "success")
    assert wechat.received == []


WRAPS: list[Callable[[str], Push]] = [
    lambda plain: sealed(ACCOUNT, plain),
    lambda plain: sealed(ACCOUNT, plain, wrap="<xml><Encrypt><![CDATA[{}]]></Encrypt></xml>"),
    lambda plain: sealed(ACCOUNT, plain, wrap='<?xml version="1.0"?>\n<xml><Encrypt>{}</Encrypt></xml>'),
]


@pytest.mark.parametrize("wrap", WRAPS)
async def test_xml_and_json_are_read_alike(wechat: World, wrap: Callable[[str], Push]) -> None:
    as_xml = "<xml>" + "".join(f"<{name}>{value}</{name}>" for name, value in EVENT.items()) + "</xml>"
    for plain in (json.dumps(EVENT), json.dumps({**EVENT, "CreateTime": "1795487400"}), as_xml):
        assert await wechat.push(*wrap(plain)) == 200
    assert {(one.kind, one.openid, one.created_at) for one in wechat.received} == {
        ("debug_demo", "o1", START)
    }


SINGLE = {"TemplateId": "T", "SubscribeStatusString": "accept"}
SEVERAL = [SINGLE, {"TemplateId": "U", "SubscribeStatusString": "reject"}]
LIST_XML = "<List><TemplateId>{}</TemplateId><SubscribeStatusString>{}</SubscribeStatusString></List>"


@pytest.mark.parametrize(
    ("plain", "items"),
    [
        (json.dumps({**EVENT, "List": SINGLE}), [SINGLE]),
        (json.dumps({**EVENT, "List": SEVERAL}), SEVERAL),
        (json.dumps({**EVENT, "List": {"MsgID": 17, "ErrorCode": 0}}), [{"MsgID": "17", "ErrorCode": "0"}]),
        (json.dumps({**EVENT, "List": [SINGLE, "nonsense", None]}), [SINGLE]),
        (
            "<xml><FromUserName>o1</FromUserName><MsgType>event</MsgType><Event>e</Event>"
            f"<SubscribeMsgPopupEvent>{LIST_XML.format('T', 'accept')}</SubscribeMsgPopupEvent></xml>",
            [SINGLE],
        ),
        (
            "<xml><FromUserName>o1</FromUserName><MsgType>event</MsgType><Event>e</Event>"
            f"<SubscribeMsgChangeEvent>{LIST_XML.format('T', 'accept')}{LIST_XML.format('U', 'reject')}"
            "</SubscribeMsgChangeEvent></xml>",
            SEVERAL,
        ),
    ],
)
def test_the_items_of_an_event_are_a_list_however_they_come(plain: str, items: list[Any]) -> None:
    assert decode(ACCOUNT, *push(plain), START).fields["List"] == items


@pytest.mark.parametrize(
    ("plain", "said"),
    [
        (TEXT.format("a\x00b\x0bc\ud83dd\ufffe", 1), "abcd"),
        (TEXT.format("]]&gt;&#1;", 1).replace("<![CDATA[", "").replace("]]></", "</"), "]]>"),
        (TEXT.format("<!DOCTYPE html>", 1), "<!DOCTYPE html>"),
        (json.dumps({**EVENT, "Content": "a\x00b\x1f\ud800c"}), "abc"),
        (json.dumps({**EVENT, "Content": "两行\n"}), "两行\n"),
    ],
)
def test_characters_no_database_takes_are_left_out_of_what_people_write(plain: str, said: str) -> None:
    clean = plain.encode(errors="ignore").decode()
    assert decode(ACCOUNT, *push(clean), START).fields["Content"] == said


def key_of(plain: str, nonce: str = "1") -> str:
    return decode(ACCOUNT, *sealed(ACCOUNT, plain, nonce=nonce), START).dedupe_key


def test_the_same_push_has_the_same_key_in_every_process_and_at_every_attempt() -> None:
    assert key_of(json.dumps(EVENT), "1") == key_of(json.dumps(EVENT), "2")
    assert key_of(TEXT.format("hi", "abc-1"), "1") == key_of(TEXT.format("hi", "abc-1"), "2")


def test_different_pushes_of_one_person_in_one_second_have_different_keys() -> None:
    one, two = ({**EVENT, "List": {"TemplateId": name}} for name in "TU")
    keys = [key_of(json.dumps(one)), key_of(json.dumps(two))]
    keys += [key_of(TEXT.format("hi", number)) for number in ("1", "2", "abc")]
    assert len(set(keys)) == 5


async def test_what_could_not_be_stored_is_pushed_again_and_counts_once() -> None:
    async with world(failing=1) as wechat:
        await wechat.person()
        await asyncio.wait_for(arrived(wechat, 1), 5)
        assert [one.kind for one in wechat.received] == ["subscribe_msg_popup_event"]
        stats = await wechat.ask("GET", "/control/stats")
        assert (stats["pushes_answered"], stats["pushes_waiting"]) == (1, 0)


async def test_what_one_person_does_reaches_us_in_order_though_the_first_push_fails() -> None:
    async with world(failing=1) as wechat:
        await wechat.person()
        await wechat.ask("POST", "/phones/head/settings", {"choices": {"T-rectify": "reject"}})
        await asyncio.wait_for(arrived(wechat, 2), 5)
        assert [one.kind for one in wechat.received] == [
            "subscribe_msg_popup_event",
            "subscribe_msg_change_event",
        ]


@pytest.mark.parametrize("callback_format", ["xml", "json"])
async def test_consent_change_and_delivery_reach_us_in_order(callback_format: str) -> None:
    async with world(callback_format=callback_format) as wechat:
        openid = await wechat.person()
        message_id = await wechat.send(openid)
        await wechat.ask("POST", "/phones/head/settings", {"choices": {"T-rectify": "reject"}})
        await asyncio.wait_for(arrived(wechat, 3), 5)
        popup, sent, change = wechat.received
        assert [one.openid for one in wechat.received] == [openid] * 3
        assert popup.kind == "subscribe_msg_popup_event"
        assert [item["TemplateId"] for item in items(popup)] == ["T-rectify", "T-news"]
        assert sent.kind == "subscribe_msg_sent_event"
        assert [(item["MsgID"], item["ErrorCode"]) for item in items(sent)] == [(message_id, "0")]
        assert change.kind == "subscribe_msg_change_event"
        assert [item["SubscribeStatusString"] for item in items(change)] == ["reject"]


def items(inbound: Inbound) -> list[dict[str, str]]:
    found: list[dict[str, str]] = inbound.fields["List"]
    return found


async def arrived(wechat: World, count: int) -> None:
    while len(wechat.received) < count:
        await asyncio.sleep(0.01)
    # time for one too many
    await asyncio.sleep(0.05)
    assert len(wechat.received) == count
