"""The access token: one for everybody, in one process and in several, through everything that goes wrong."""

import asyncio
import json
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import redis.asyncio
from aiohttp import web

from bot.wechat.errors import Unreachable, WeChatError
from bot.wechat.token import AHEAD, LocalTokens, SharedTokens, TokenKeeper
from ops.private import private_services
from tests.bot.wechat_world import TOKEN, World, listening, world
from tests.conftest import free_port

# makes a keeper, as one more process would
Keepers = Callable[[], Awaitable[TokenKeeper]]


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    given = os.environ.get("SHANDU_TEST_REDIS_URL")
    if given:
        yield given
        return
    with private_services(postgres=False) as variables:
        yield variables["SHANDU_TEST_REDIS_URL"]


@pytest.fixture
async def wechat() -> AsyncIterator[World]:
    async with world() as made:
        yield made


@asynccontextmanager
async def shared(wechat: World, url: str) -> AsyncIterator[Keepers]:
    """Keepers that share a Redis, each with its own connections."""
    async with AsyncExitStack() as stack:

        async def keeper() -> SharedTokens:
            client = redis.asyncio.Redis.from_url(url)
            stack.push_async_callback(client.aclose)
            return SharedTokens(client, wechat.account, wechat.http, wechat.clock)

        client = redis.asyncio.Redis.from_url(url)
        stack.push_async_callback(client.aclose)
        await client.delete(token_key(wechat), lock_key(wechat))
        yield keeper


@pytest.fixture(params=["in the process", "through Redis"])
async def keepers(request: pytest.FixtureRequest, wechat: World) -> AsyncIterator[Keepers]:
    """The same promises from both keepers; without Redis all callers have the same one."""
    if request.param == "in the process":

        async def keeper() -> LocalTokens:
            return wechat.tokens

        yield keeper
        return
    async with shared(wechat, request.getfixturevalue("redis_url")) as made:
        yield made


def token_key(wechat: World) -> str:
    return f"shandu:token:{wechat.account.appid}"


def lock_key(wechat: World) -> str:
    return f"shandu:token-lock:{wechat.account.appid}"


async def crowd(keepers: Keepers, size: int = 50) -> list[str | BaseException]:
    """Many callers at once, half of them in another process."""
    one, two = await keepers(), await keepers()
    waiting = [keeper.get() for _ in range(size) for keeper in (one, two)]
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_cold_crowd_fetches_once(wechat: World, keepers: Keepers) -> None:
    await wechat.fault(TOKEN, delay_s=0.05)
    assert len(set(await crowd(keepers))) == 1
    assert await wechat.calls(TOKEN) == [0]


async def test_one_refreshes_early_and_the_others_go_on_with_the_old_one(
    wechat: World, keepers: Keepers
) -> None:
    first, second = await keepers(), await keepers()
    old = await first.get()
    assert await second.get() == old
    wechat.clock.forward(seconds=7200 - AHEAD.total_seconds() + 1)
    await wechat.fault(TOKEN, delay_s=0.3)
    refreshing = asyncio.create_task(first.get())
    await asyncio.sleep(0.1)
    async with asyncio.timeout(0.15):
        assert await second.get() == old
    new = await refreshing
    assert new != old
    assert await second.get() == new
    assert len(await wechat.calls(TOKEN)) == 2


async def test_a_stale_token_is_replaced_once_for_everybody(wechat: World, keepers: Keepers) -> None:
    first, second = await keepers(), await keepers()
    stale = await first.get()
    assert await second.get() == stale
    wechat.clock.forward(minutes=1)
    await wechat.ask("POST", "/control/kill-tokens")
    fresh = await asyncio.gather(*[keeper.refresh(stale) for _ in range(20) for keeper in (first, second)])
    assert len(set(fresh)) == 1
    assert fresh[0] != stale
    assert len(await wechat.calls(TOKEN)) == 2


async def test_a_token_fetched_a_moment_ago_is_not_fetched_again(wechat: World, keepers: Keepers) -> None:
    keeper = await keepers()
    token = await keeper.get()
    for _ in range(5):
        assert await keeper.refresh(token) == token
        wechat.clock.forward(seconds=5)
    assert len(await wechat.calls(TOKEN)) == 1


async def test_a_token_wechat_gives_again_near_its_end_is_not_asked_for_at_every_call(wechat: World) -> None:
    asked: list[str] = []

    async def last_minutes(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({"access_token": "the same", "expires_in": 200})

    app = web.Application()
    app.router.add_post(TOKEN, last_minutes)
    async with listening(app) as base:
        keeper = LocalTokens(replace(wechat.account, base_url=base), wechat.http, wechat.clock)
        for _ in range(29):
            await keeper.get()
            wechat.clock.forward(seconds=1)
        assert len(asked) == 1
        wechat.clock.forward(seconds=1)
        await keeper.get()
        assert len(asked) == 2


async def test_while_wechat_is_away_the_old_token_serves_to_its_end(wechat: World, keepers: Keepers) -> None:
    keeper = await keepers()
    old = await keeper.get()
    wechat.clock.forward(seconds=7200 - 60)
    await wechat.fault(TOKEN, errcode=-1)
    assert {await keeper.get() for _ in range(20)} == {old}
    assert len(await wechat.calls(TOKEN)) == 2
    wechat.clock.forward(seconds=61)
    with pytest.raises(WeChatError):
        await keeper.get()
    await wechat.no_faults()
    wechat.clock.forward(seconds=3)
    assert await keeper.get() != old


async def test_a_crowd_shares_a_failure_instead_of_trying_one_after_the_other(
    wechat: World, keepers: Keepers
) -> None:
    await wechat.fault(TOKEN, errcode=40125, delay_s=0.05)
    failed = await crowd(keepers)
    assert {type(one) for one in failed} == {WeChatError}
    # one for each process at most
    assert len(await wechat.calls(TOKEN)) <= 2


@pytest.mark.parametrize("how", [{"drop_reply": "before"}, {"drop_reply": "after"}])
async def test_a_lost_answer_to_a_fetch_does_no_harm(
    wechat: World, keepers: Keepers, how: dict[str, str]
) -> None:
    keeper = await keepers()
    await wechat.fault(TOKEN, **how, times=1)
    with pytest.raises(Unreachable):
        await keeper.get()
    wechat.clock.forward(seconds=3)
    assert await keeper.get()


async def test_a_caller_who_gives_up_leaves_no_lock_behind(wechat: World, keepers: Keepers) -> None:
    keeper = await keepers()
    await wechat.fault(TOKEN, delay_s=0.2, times=1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await keeper.get()
    async with asyncio.timeout(1):
        assert await (await keepers()).get()


async def test_the_lock_of_a_dead_process_opens(wechat: World, redis_url: str) -> None:
    async with shared(wechat, redis_url) as keepers, redis.asyncio.Redis.from_url(redis_url) as client:
        await client.set(lock_key(wechat), "dead", px=200)
        assert await (await keepers()).get()


async def test_a_lock_that_passed_to_another_is_left_alone_and_its_token_wins(
    wechat: World, redis_url: str
) -> None:
    async with shared(wechat, redis_url) as keepers, redis.asyncio.Redis.from_url(redis_url) as client:
        await wechat.fault(TOKEN, delay_s=0.2)
        slow = asyncio.create_task((await keepers()).get())
        await asyncio.sleep(0.1)
        ends_at = wechat.clock().replace(year=2027).isoformat()
        newer = json.dumps([f"newer-{secrets.token_hex(4)}", ends_at, wechat.clock().isoformat()])
        await client.set(lock_key(wechat), "another", ex=5)
        await client.set(token_key(wechat), newer)
        assert await slow == json.loads(newer)[0]
        assert await client.get(lock_key(wechat)) == b"another"
        await client.delete(lock_key(wechat))


async def test_the_token_in_redis_does_not_outlive_itself(wechat: World, redis_url: str) -> None:
    async with shared(wechat, redis_url) as keepers, redis.asyncio.Redis.from_url(redis_url) as client:
        await (await keepers()).get()
        assert 0 < await client.ttl(token_key(wechat)) <= 7200
        assert await client.exists(lock_key(wechat)) == 0


async def test_what_another_release_wrote_to_redis_is_replaced(wechat: World, redis_url: str) -> None:
    async with shared(wechat, redis_url) as keepers, redis.asyncio.Redis.from_url(redis_url) as client:
        await client.set(token_key(wechat), '{"value": 1}')
        assert await (await keepers()).get()


async def test_without_redis_the_token_at_hand_goes_on_serving(wechat: World, redis_url: str) -> None:
    gone = redis.asyncio.Redis.from_url(f"redis://127.0.0.1:{free_port()}")
    keeper = SharedTokens(gone, wechat.account, wechat.http, wechat.clock)
    with pytest.raises(Unreachable):
        await keeper.get()
    await gone.aclose()
    async with shared(wechat, redis_url) as keepers:
        shared_keeper = await keepers()
        token = await shared_keeper.get()
        shared_keeper._redis = gone  # type: ignore[attr-defined]
        wechat.clock.forward(seconds=7200 - 60)
        assert await shared_keeper.get() == token
        await gone.aclose()


@pytest.mark.slow
async def test_eight_processes_without_a_token_fetch_one_between_them(wechat: World, redis_url: str) -> None:
    # they have the real clock, and the imitation's tokens end by it
    wechat.clock.at = datetime.now(UTC)
    await wechat.fault(TOKEN, delay_s=0.3)
    environ = {
        "APPID": wechat.account.appid, "SECRET": wechat.account.secret, "BASE": wechat.base, "REDIS": redis_url,
    }  # fmt: skip
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        await client.delete(token_key(wechat), lock_key(wechat))
    racing = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bot.token_process",
            env={**os.environ, **environ}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(8)
    ]  # fmt: skip
    for one in racing:
        assert one.stdout is not None
        assert await one.stdout.readline() == b"ready\n"
    said = await asyncio.gather(*(one.communicate(b"go\n") for one in racing))
    assert {one.returncode for one in racing} == {0}
    assert len({token for token, _ in said}) == 1
    assert await wechat.calls(TOKEN) == [0]
