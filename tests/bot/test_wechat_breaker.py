"""The breaker before an account: what opens it, that nothing is asked meanwhile, and that it closes by itself."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.wechat.breaker import FIRST_PAUSE, LONGEST_PAUSE, MOST_IN_A_ROW, Broken
from bot.wechat.errors import ReplyLost, Unreachable, WeChatError
from tests.bot.wechat_world import SEND, TOKEN, World, world

PAUSE_S = FIRST_PAUSE.total_seconds()


@pytest.fixture
async def wechat() -> AsyncIterator[World]:
    async with world() as made:
        yield made


async def opened(wechat: World) -> str:
    """A token that is dead for ever has opened the breaker; returns the openid."""
    openid = await wechat.person(accepts=5)
    await wechat.fault(SEND, errcode=40001)
    with pytest.raises(WeChatError):
        await wechat.send(openid)
    return openid


async def test_a_token_dead_for_ever_is_sent_twice_and_then_nothing_is_asked(wechat: World) -> None:
    openid = await opened(wechat)
    for _ in range(20):
        with pytest.raises(Broken) as broken:
            await wechat.send(openid)
    assert (broken.value.errcode, "AppSecret" in broken.value.said) == (40001, True)
    assert await wechat.calls(SEND) == [40001] * 2


async def test_a_crowd_in_mid_send_makes_one_retry_between_them(wechat: World) -> None:
    openids = [await wechat.person(f"user-{n}") for n in range(16)]
    await wechat.fault(SEND, errcode=40001, delay_s=0.05)
    failed = await asyncio.gather(*map(wechat.send, openids), return_exceptions=True)
    assert {type(one) for one in failed} == {WeChatError, Broken}
    assert len(await wechat.calls(SEND)) == 16 + 1
    assert len(await wechat.calls(TOKEN)) <= 2


async def test_a_dead_token_that_one_refresh_cures_opens_nothing(wechat: World) -> None:
    openids = [await wechat.person(f"user-{n}") for n in range(16)]
    await wechat.gateway.reachable()
    wechat.clock.forward(minutes=1)
    await wechat.ask("POST", "/control/kill-tokens")
    await asyncio.gather(*map(wechat.send, openids))
    assert wechat.gateway.breaker.outage is None
    assert len(await wechat.calls(TOKEN)) == 2


async def test_one_probe_goes_out_when_it_is_time_and_less_often_each_time(wechat: World) -> None:
    openid = await opened(wechat)
    before, pauses = len(await wechat.calls(SEND)), []
    for _ in range(6):
        waited = 0
        while len(await wechat.calls(SEND)) == before:
            wechat.clock.forward(seconds=PAUSE_S)
            waited += PAUSE_S
            with pytest.raises((WeChatError, Broken)):
                await wechat.send(openid)
        pauses.append(waited)
        before = len(await wechat.calls(SEND))
    longest = LONGEST_PAUSE.total_seconds()
    assert pauses == [PAUSE_S, PAUSE_S, 2 * PAUSE_S, 4 * PAUSE_S, 8 * PAUSE_S, longest]


async def test_a_probe_that_comes_through_closes_it(wechat: World) -> None:
    openid = await opened(wechat)
    breaker = wechat.gateway.breaker
    assert (breaker.works, breaker.news, breaker.waits()) == (False, True, True)
    await wechat.no_faults()
    wechat.clock.forward(seconds=PAUSE_S)
    assert not breaker.waits()
    breaker.news = False
    await wechat.send(openid)
    assert (breaker.outage, breaker.works, breaker.news) == (None, True, True)
    await wechat.send(openid)
    assert len(await wechat.messages()) == 2


@pytest.mark.parametrize("errcode", [40125, 40013, 40164])
async def test_an_account_that_gets_no_token_is_not_asked_again_and_again(
    wechat: World, errcode: int
) -> None:
    openid = await wechat.person()
    await wechat.fault(TOKEN, errcode=errcode)
    with pytest.raises(WeChatError):
        await wechat.send(openid)
    for _ in range(5):
        with pytest.raises(Broken):
            await wechat.send(openid)
    assert (await wechat.calls(TOKEN), await wechat.calls(SEND)) == ([errcode], [])


async def test_some_calls_without_an_answer_open_it_and_one_does_not(wechat: World) -> None:
    openid = await wechat.person(accepts=20)
    await wechat.fault(SEND, drop_reply="before", times=MOST_IN_A_ROW - 1)
    for _ in range(MOST_IN_A_ROW - 1):
        with pytest.raises(ReplyLost):
            await wechat.send(openid)
    await wechat.send(openid)
    await wechat.fault(SEND, drop_reply="before")
    for _ in range(MOST_IN_A_ROW):
        with pytest.raises(ReplyLost):
            await wechat.send(openid)
    with pytest.raises(Broken):
        await wechat.send(openid)
    assert len(await wechat.calls(SEND)) == 2 * MOST_IN_A_ROW


async def test_what_wechat_says_of_one_message_opens_nothing(wechat: World) -> None:
    openid = await wechat.person()
    for errcode in (43101, 43108, 43117, 45009, 47003, 40003, -1):
        await wechat.fault(SEND, errcode=errcode, times=MOST_IN_A_ROW)
        for _ in range(MOST_IN_A_ROW):
            with pytest.raises(WeChatError):
                await wechat.send(openid)
    assert wechat.gateway.breaker.outage is None


def test_what_is_turned_back_was_not_sent() -> None:
    assert issubclass(Broken, Unreachable)
