"""Speaking to WeChat: what is asked, what each kind of failure means, and that nothing is sent twice."""

import asyncio
import io
import logging
import traceback
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from bot.wechat.account import Account
from bot.wechat.client import Gateway
from bot.wechat.errors import ReplyLost, Unreachable, Verdict, WeChatError, explain, verdict
from tests.bot.wechat_world import (
    CODE,
    LOGIN,
    PHONE,
    SECRET,
    SEND,
    TOKEN,
    Fixed,
    World,
    answering,
    world,
)
from tests.conftest import free_port


@pytest.fixture
async def wechat() -> AsyncIterator[World]:
    async with world(timeout_s=0.4) as made:
        yield made


async def test_signing_in_and_binding(wechat: World) -> None:
    openid = await wechat.person()
    login = await wechat.ask("POST", "/phones/head/login")
    session = await wechat.gateway.code_to_session(login["code"])
    assert session.openid == openid
    assert session.session_key
    number = await wechat.ask("POST", "/phones/head/phone-number")
    assert await wechat.gateway.phone_number(number["code"]) == "13800138000"


async def test_signing_in_needs_no_token(wechat: World) -> None:
    await wechat.fault(TOKEN, errcode=-1)
    await wechat.person()
    login = await wechat.ask("POST", "/phones/head/login")
    assert (await wechat.gateway.code_to_session(login["code"])).openid
    assert await wechat.calls(TOKEN) == []


@pytest.mark.parametrize(
    ("info", "number"),
    [
        ({"purePhoneNumber": "13800138000", "countryCode": "86"}, "13800138000"),
        ({"purePhoneNumber": "13800138000", "countryCode": 86}, "13800138000"),
        # a German mobile number, without its country code, looks like a Chinese one
        ({"purePhoneNumber": "15112345678", "countryCode": "49"}, "+4915112345678"),
    ],
)
async def test_a_foreign_number_is_not_taken_for_a_chinese_one(info: dict[str, Any], number: str) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"errcode": 0, "phone_info": {**info, "watermark": {"appid": "wx1"}}})

    async with answering(answer) as gateway:
        assert await gateway.phone_number("code") == number


async def test_a_number_given_to_another_account_is_refused() -> None:
    async def answer(_request: web.Request) -> web.Response:
        info = {"purePhoneNumber": "13800138000", "countryCode": "86", "watermark": {"appid": "wx2"}}
        return web.json_response({"errcode": 0, "phone_info": info})

    async with answering(answer) as gateway:
        with pytest.raises(WeChatError):
            await gateway.phone_number("code")


async def test_a_message_arrives_as_it_was_written(wechat: World) -> None:
    openid = await wechat.person()
    message_id = await wechat.send(openid, thing1="“留样”😀 <b>")
    (message,) = await wechat.messages()
    assert str(message["id"]) == message_id
    assert [(one["label"], one["value"]) for one in message["fields"]] == [
        ("学校", "“留样”😀 <b>"),
        ("整改期限", "2026年11月27日 18:00"),
    ]
    assert message["page"] == "pages/problem/index?id=1"


async def test_words_travel_as_themselves_and_not_as_escapes() -> None:
    heard: list[bytes] = []

    async def answer(request: web.Request) -> web.Response:
        heard.append(await request.read())
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    async with answering(answer) as gateway:
        assert await gateway.send_subscribe("o", "T", {"thing1": "整改"}, None) == ""
    assert "整改".encode() in heard[0]
    assert b"page" not in heard[0]


async def test_a_code_is_a_picture_and_a_refusal_is_told_from_it(wechat: World) -> None:
    picture = Image.open(io.BytesIO(await wechat.gateway.code_image("1.abc~_-", "pages/q/index")))
    assert picture.size == (430, 430)
    with pytest.raises(WeChatError) as refused:
        await wechat.gateway.code_image("汉字", "pages/q/index")
    assert refused.value.errcode == 40169


async def test_a_dead_token_is_refreshed_and_the_message_sent_once(wechat: World) -> None:
    openid = await wechat.person()
    await wechat.gateway.reachable()
    wechat.clock.forward(minutes=1)
    await wechat.ask("POST", "/control/kill-tokens")
    await wechat.send(openid)
    assert await wechat.calls(SEND) == [40001, 0]
    assert len(await wechat.messages()) == 1


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
@pytest.mark.parametrize("minutes", [0, 1])
async def test_a_token_that_stays_dead_is_tried_twice_and_no_more(
    wechat: World, errcode: int, minutes: int
) -> None:
    openid = await wechat.person()
    await wechat.gateway.reachable()
    wechat.clock.forward(minutes=minutes)
    await wechat.fault(SEND, errcode=errcode)
    with pytest.raises(WeChatError) as refused:
        await wechat.send(openid)
    assert (refused.value.errcode, verdict(refused.value.errcode)) == (errcode, Verdict.TOKEN)
    assert await wechat.calls(SEND) == [errcode] * 2
    # fetched a moment ago: not again; a minute ago: once
    assert len(await wechat.calls(TOKEN)) == 1 + minutes


async def test_a_busy_platform_is_left_to_the_sender_to_try_again(wechat: World) -> None:
    openid = await wechat.person()
    await wechat.fault(SEND, errcode=-1)
    with pytest.raises(WeChatError):
        await wechat.send(openid)
    assert await wechat.calls(SEND) == [-1]


async def test_a_reply_lost_after_sending_is_unknown_and_not_repeated(wechat: World) -> None:
    openid = await wechat.person()
    await wechat.fault(SEND, drop_reply="after")
    with pytest.raises(ReplyLost):
        await wechat.send(openid)
    assert len(await wechat.messages()) == 1
    assert len(await wechat.calls(SEND)) == 1


async def test_a_connection_cut_before_anything_was_done_looks_the_same_to_us(wechat: World) -> None:
    openid = await wechat.person()
    await wechat.fault(SEND, drop_reply="before")
    with pytest.raises(ReplyLost):
        await wechat.send(openid)
    assert await wechat.messages() == []
    assert len(await wechat.calls(SEND)) == 1


async def test_an_answer_that_takes_too_long_is_unknown_and_not_repeated(wechat: World) -> None:
    openid = await wechat.person()
    await wechat.gateway.reachable()
    await wechat.fault(SEND, delay_s=0.6)
    with pytest.raises(ReplyLost):
        await wechat.send(openid)
    await asyncio.sleep(0.4)
    assert len(await wechat.messages()) == 1


async def test_nobody_listening_is_safe_to_try_again() -> None:
    async with aiohttp.ClientSession() as http:
        for base in (f"http://127.0.0.1:{free_port()}", "http://nowhere.invalid", "http://[::1"):
            gateway = Gateway(Account("wx1", SECRET, "", "", base), http, Fixed(), timeout_s=2)
            with pytest.raises(Unreachable):
                await gateway.send_subscribe("o", "T", {}, None)
            with pytest.raises(Unreachable):
                await gateway.code_to_session("code")


async def test_a_message_that_never_got_a_connection_is_safe_to_try_again(wechat: World) -> None:
    openid = await wechat.person()
    token = await wechat.tokens.get()
    await wechat.fault(CODE, delay_s=0.5)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as one_at_a_time:
        account = Account(wechat.account.appid, SECRET, "", "", wechat.base)
        slow = asyncio.create_task(one_at_a_time.post(f"{wechat.base}{CODE}?access_token={token}", json={}))
        await asyncio.sleep(0.05)
        gateway = Gateway(account, one_at_a_time, wechat.tokens, timeout_s=0.2)
        with pytest.raises(Unreachable):
            await gateway.send_subscribe(openid, "T-rectify", {}, None)
        (await slow).close()
    assert await wechat.calls(SEND) == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, "<html>Bad Gateway</html>"),
        (200, "<html>登录</html>"),
        (200, ""),
        (200, "[]"),
        (200, '{"errcode": "many"}'),
        (200, '{"errcode": []}'),
        (200, '{"errcode": 99999999999}'),
        (404, "{}"),
    ],
)
async def test_an_answer_that_is_not_wechats_is_unknown(status: int, body: str) -> None:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=status, text=body)

    async with answering(answer) as gateway:
        with pytest.raises(ReplyLost):
            await gateway.send_subscribe("o", "T", {}, None)
        with pytest.raises(ReplyLost):
            await gateway.code_to_session("code")
        with pytest.raises(ReplyLost):
            await gateway.phone_number("code")


async def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    given = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal given
        endless = web.StreamResponse()
        await endless.prepare(request)
        for _ in range(1024):
            await endless.write(b" " * 2**18)
            given += 2**18
        return endless

    async with answering(answer) as gateway:
        with pytest.raises(ReplyLost):
            await gateway.send_subscribe("o", "T", {}, None)
        with pytest.raises(ReplyLost):
            await gateway.code_to_session("code")
        with pytest.raises(ReplyLost):
            await gateway.media("media")
    # of 256 MB each
    assert given < 3 * 2**26


async def test_an_answer_that_drips_is_not_waited_for() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        dripping = web.StreamResponse()
        await dripping.prepare(request)
        for _ in range(200):
            await dripping.write(b" ")
            await asyncio.sleep(0.05)
        return dripping

    async with answering(answer, timeout_s=0.3) as gateway:
        for _ in range(2):
            async with asyncio.timeout(2):
                with pytest.raises(ReplyLost):
                    await gateway.send_subscribe("o", "T", {}, None)


async def test_of_many_calls_at_once_only_those_without_an_answer_are_given_up() -> None:
    async def answer(request: web.Request) -> web.Response:
        if (await request.json())["touser"].startswith("slow"):
            await asyncio.sleep(0.8)
        return web.json_response({"errcode": 0, "msgid": 7})

    async with answering(answer, timeout_s=0.3) as gateway:
        for _ in range(3):
            async with asyncio.timeout(2):
                said = await asyncio.gather(
                    *(
                        gateway.send_subscribe(f"{pace}{number}", "T", {}, None)
                        for number in range(20)
                        for pace in ("slow", "fast")
                    ),
                    return_exceptions=True,
                )
            assert [type(one) for one in said[::2]] == [ReplyLost] * 20
            assert said[1::2] == ["7"] * 20
            # so many in a row without an answer open the breaker
            gateway.breaker.outage = None


async def test_who_stops_waiting_is_not_told_of_a_lost_answer() -> None:
    async def answer(request: web.Request) -> web.Response:
        if (await request.json())["touser"] == "slow":
            await asyncio.sleep(0.5)
        return web.json_response({"errcode": 0, "msgid": 7})

    async with answering(answer, timeout_s=1) as gateway:
        waiting = asyncio.create_task(gateway.send_subscribe("slow", "T", {}, None))
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await gateway.send_subscribe("fast", "T", {}, None) == "7"


async def test_a_large_file_of_a_chat_is_read_whole() -> None:
    file = bytes(range(256)) * 2**15

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=file, content_type="image/jpeg")

    async with answering(answer) as gateway:
        assert await gateway.media("media") == file


async def test_a_redirection_is_not_followed_with_our_token() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path != "/elsewhere":
            raise web.HTTPTemporaryRedirect("/elsewhere")
        return web.json_response({"errcode": 0})

    async with answering(answer) as gateway:
        with pytest.raises(ReplyLost):
            await gateway.send_subscribe("o", "T", {}, None)


async def test_no_secret_is_in_what_is_raised_or_logged(
    wechat: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    openid = await wechat.person()
    token = await wechat.tokens.get()
    told = [repr(wechat.account), repr(wechat.tokens._token)]
    for how in ({"errcode": 40001}, {"drop_reply": "after"}, {"drop_reply": "before"}, {"errcode": 47003}):
        for path in (SEND, LOGIN, PHONE, CODE):
            await wechat.fault(path, **how)
        for call in (
            wechat.send(openid),
            wechat.gateway.code_to_session("code"),
            wechat.gateway.phone_number("code"),
            wechat.gateway.code_image("scene", "pages/index"),
        ):
            # the breaker lets one call through after each pause
            wechat.clock.forward(minutes=5)
            with pytest.raises((WeChatError, ReplyLost)) as raised:
                await call
            told += [repr(raised.value), whole_story(raised.value)]
        await wechat.no_faults()
    log = await wechat.ask("GET", "/control/log")
    text = "".join(told) + caplog.text + str(log)
    assert token not in text
    assert SECRET not in text


def whole_story(fault: BaseException | None) -> str:
    """The traceback, and that of every exception it was raised beside, shown or not."""
    if fault is None:
        return ""
    return "".join(traceback.format_exception(fault)) + repr(fault.__dict__) + whole_story(fault.__context__)


@pytest.mark.parametrize(
    ("errcode", "what"),
    [
        (0, Verdict.SENT),
        (43101, Verdict.REFUSED),
        (40003, Verdict.NEVER),
        (40037, Verdict.NEVER),
        (41030, Verdict.NEVER),
        (47003, Verdict.NEVER),
        (99999, Verdict.NEVER),
        (-1, Verdict.LATER),
        (43108, Verdict.LATER),
        (43117, Verdict.LATER),
        (45009, Verdict.QUOTA),
        (42001, Verdict.TOKEN),
        (45015, Verdict.CHANNEL_CLOSED),
        (45047, Verdict.CHANNEL_CLOSED),
        (40164, Verdict.ADDRESS),
    ],
)
def test_every_error_has_its_verdict_and_its_sentence(errcode: int, what: Verdict) -> None:
    assert verdict(errcode) is what
    assert any("一" <= sign <= "鿿" for sign in explain(WeChatError(errcode, "")))


async def test_an_address_off_the_whitelist_is_named_to_the_administrator(wechat: World) -> None:
    said = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 1"
    await wechat.fault(TOKEN, errcode=40164, errmsg=said)
    with pytest.raises(WeChatError) as refused:
        await wechat.gateway.reachable()
    assert explain(refused.value) == "服务器地址不在白名单，请在公众平台“开发管理”中添加：203.0.113.7"
