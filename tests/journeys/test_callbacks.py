"""Callbacks through several processes, and what arrives at the real door whatever it holds."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from models.database import sql
from tests.bot.wechat_world import sealed
from tests.cast import Stage
from tests.conftest import free_port
from tests.journeys.test_survey_kill import listening, started

OPENID = "o" + "1" * 27


def consent(at: datetime, template: str = "sandbox_rectify", **more: str) -> str:
    """The event of one template accepted."""
    item = {"TemplateId": template, "SubscribeStatusString": "accept", "PopupScene": "0"}
    said = {"FromUserName": OPENID, "CreateTime": int(at.timestamp()), "MsgType": "event"}
    return json.dumps({**said, "Event": "subscribe_msg_popup_event", "List": item, **more})


async def balances() -> dict[str, int]:
    return {row["template_id"]: row["balance"] for row in await sql.rows("SELECT * FROM credit")}


async def push(http: aiohttp.ClientSession, stage: Stage, plain: str, nonce: str = "n0nce") -> int:
    query, body = sealed(stage.world.account, plain, stage.clock(), nonce)
    async with http.post("/wechat/callback", params=query, data=body) as answer:
        return answer.status


@pytest.fixture
async def doors(stage: Stage, environ: dict[str, str]) -> AsyncIterator[list[aiohttp.ClientSession]]:
    """Two serving processes of the same installation."""
    async with AsyncExitStack() as stack:
        ports = [free_port(), free_port()]
        for port in ports:
            stack.enter_context(started(environ, port, "serve"))
        opened = []
        for port in ports:
            await listening(port)
            http = aiohttp.ClientSession(f"http://127.0.0.1:{port}")
            opened.append(await stack.enter_async_context(http))
        yield opened


@pytest.mark.slow
async def test_the_same_push_three_times_at_once_through_two_processes_counts_once(
    stage: Stage, doors: list[aiohttp.ClientSession]
) -> None:
    at = stage.clock()
    # two in the same second, which differ in nothing but the template; each three times over
    plains = [consent(at), consent(at, "sandbox_verify")]
    statuses = await asyncio.gather(
        *(push(doors[n % 2], stage, plain, f"n{n}") for n in range(3) for plain in plains)
    )
    assert set(statuses) == {200}
    assert await sql.rows("SELECT COUNT(*) AS n FROM inbound_event") == [{"n": 2}]
    await stage.jobs()
    assert await balances() == {"sandbox_rectify": 1, "sandbox_verify": 1}


async def test_an_event_that_cannot_be_worked_on_is_given_up_and_keeps_no_other_back(
    stage: Stage, engine: str
) -> None:
    # longer than a template's name can be: PostgreSQL takes none of it, SQLite all
    assert await push(stage.http, stage, consent(stage.clock(), "t" * 65)) == 200
    assert await push(stage.http, stage, consent(stage.clock())) == 200
    await stage.jobs()
    assert (await balances())["sandbox_rectify"] == 1
    for _ in range(8):
        stage.forward(minutes=2)
        await stage.jobs()
    found = await sql.rows("SELECT attempts, run_at FROM inbound_event ORDER BY id")
    tried = 8 if engine == "postgres" else 0
    assert found == [{"attempts": tried, "run_at": None}, {"attempts": 0, "run_at": None}]


async def test_a_crowd_of_pushes_is_stored_whole_and_each_worked_on_once(stage: Stage) -> None:
    at = stage.clock()
    plains = [consent(at, Serial=str(number)) for number in range(60)]
    statuses = await asyncio.gather(*(push(stage.http, stage, plain) for plain in plains * 2))
    assert set(statuses) == {200}
    await stage.jobs()
    assert await balances() == {"sandbox_rectify": 60}


@pytest.mark.parametrize(
    "extra",
    [{"Content": "a\\u0000b\\u000b\\ud83d 😀"}, {"Content": "“留样”<!DOCTYPE html>]]>"}, {"Event": "e" * 64}],
)
async def test_strange_words_are_stored_on_every_engine(stage: Stage, extra: dict[str, Any]) -> None:
    said = {"FromUserName": OPENID, "CreateTime": 1, "MsgType": "event", "Event": "debug_demo", **extra}
    assert await push(stage.http, stage, json.dumps(said)) == 200
    assert await sql.rows("SELECT COUNT(*) AS n FROM inbound_event") == [{"n": 1}]
    await stage.jobs()


async def test_a_name_longer_than_we_keep_is_refused_and_not_a_fault_of_ours(stage: Stage) -> None:
    for name in ("Event", "FromUserName"):
        said = {"FromUserName": OPENID, "MsgType": "event", "Event": "debug_demo", name: "e" * 65}
        assert await push(stage.http, stage, json.dumps(said)) == 400
