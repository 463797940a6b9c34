"""Several processes on one PostgreSQL and one Redis, and what killing them does."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from models.database import sql
from ops.settings import Settings
from ops.wiring import world
from tests.cast import Cast, Phone, Stage, make_cast, new_id
from tests.conftest import clean, free_port, set_clock

pytestmark = pytest.mark.slow

SEND = "/cgi-bin/message/subscribe/send"


@dataclass
class Fleet:
    """Processes of one installation; the sandbox among them."""

    environ: dict[str, str]
    stage: Stage
    serving: list[int]
    workers: list["subprocess.Popen[bytes]"]
    watched: list[int]

    def start_worker(self) -> None:
        self.watched.append(free_port())
        watched = {"SHANDU_WORKER_PORT": str(self.watched[-1])}
        self.workers.append(_start(self.environ | watched, "worker"))

    def kill_worker(self) -> None:
        """As the machine does when it runs out of memory: without a word."""
        child = self.workers.pop(0)
        child.send_signal(signal.SIGKILL)
        child.wait(10)


@pytest.fixture
async def fleet(environ: dict[str, str], engine: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    """Two `serve` processes, two workers, one sandbox."""
    sandbox_port, ports = free_port(), [free_port(), free_port()]
    environ["SHANDU_WECHAT_BASE_URL"] = f"http://127.0.0.1:{sandbox_port}/sandbox"
    settings = Settings.from_env(environ)
    set_clock(settings.home, datetime(2026, 11, 24, 2, 30, tzinfo=UTC))
    callback = f"http://127.0.0.1:{ports[0]}/wechat/callback"
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(world(settings))
        await clean()
        if opened.redis is not None:
            await opened.redis.flushdb()
        children = [
            _start(environ | {"SHANDU_PORT": str(sandbox_port)}, "sandbox", "--callback-url", callback)
        ]
        children += [_start(environ | {"SHANDU_PORT": str(port)}, "serve") for port in ports]
        stack.callback(_stop, children)
        for port in (sandbox_port, *ports):
            await _listening(port)
        api = await stack.enter_async_context(aiohttp.ClientSession(f"http://127.0.0.1:{ports[0]}"))
        wechat = await stack.enter_async_context(aiohttp.ClientSession(f"http://127.0.0.1:{sandbox_port}"))
        stage = Stage(opened, opened.clock, _Doors(api, wechat))  # type: ignore[arg-type]
        fleet = Fleet(environ, stage, ports, [], [])
        stack.callback(_stop, fleet.workers)
        for _ in range(2):
            fleet.start_worker()
        yield fleet


class _Doors:
    """One session for both addresses: the sandbox's paths go to the sandbox."""

    def __init__(self, api: aiohttp.ClientSession, wechat: aiohttp.ClientSession) -> None:
        self._api = api
        self._wechat = wechat

    def request(self, method: str, url: str, **more: object) -> object:
        door = self._wechat if url.startswith("/sandbox") else self._api
        return door.request(method, url, **more)  # type: ignore[arg-type]

    def post(self, url: str, **more: object) -> object:
        return self.request("POST", url, **more)

    def get(self, url: str, **more: object) -> object:
        return self.request("GET", url, **more)

    def delete(self, url: str, **more: object) -> object:
        return self.request("DELETE", url, **more)


def _start(environ: dict[str, str], *words: str) -> "subprocess.Popen[bytes]":
    log = Path(environ["SHANDU_HOME"]) / f"{words[0]}-{new_id()}.log"
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "ops.cli", *words], env={**os.environ, **environ}, stdout=out, stderr=out
        )


def _stop(children: list["subprocess.Popen[bytes]"]) -> None:
    for child in children:
        child.terminate()
    for child in children:
        child.wait(15)


async def _listening(port: int) -> None:
    for _ in range(900):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise AssertionError(f"nothing listens on {port}")


async def _until(what: str, query: str, expected: int, within_s: float = 120) -> None:
    """Wait until the query's `n` is as expected."""
    found = -1
    for _ in range(int(within_s / 0.2)):
        found = (await sql.rows(query))[0]["n"]
        if found == expected:
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"{what}: {found}, not {expected}")


async def _quiet(fleet: Fleet) -> None:
    """Wait until nobody has called WeChat for three seconds."""
    before = -1
    while (calls := len(await fleet.stage.calls(SEND))) != before:
        before = calls
        await asyncio.sleep(3)


CREDITS = "SELECT COUNT(*) AS n FROM credit WHERE balance >= 5"
OPEN = "SELECT COUNT(*) AS n FROM delivery WHERE state IN ('held', 'waiting', 'sending', 'unknown')"


async def _phone(cast: Cast, name: str) -> Phone:
    """A phone bound and consenting; its events are read by the fleet's own workers."""
    phone = await cast.phone(name, consent=False)
    templates = (await phone.get("/me")).json["templates"]
    for _ in range(30):
        await phone.wx("POST", "/subscribe", {"choices": dict.fromkeys(templates, "accept")})
    return phone


async def test_two_processes_and_two_workers_tell_each_person_once(fleet: Fleet) -> None:
    cast = await make_cast(fleet.stage)
    head, manager, parent = [await _phone(cast, name) for name in ("head", "manager", "parent")]
    await _until("credits", CREDITS, 15)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{fleet.serving[1]}") as second:
        wechat = fleet.stage.http._wechat  # type: ignore[attr-defined]
        other = replace(parent, stage=replace(fleet.stage, http=_Doors(second, wechat)))
        bodies = [
            {"request_id": new_id(), "school_id": cast.tianba.id, "title": f"问题{n}"} for n in range(15)
        ]
        # the same request through both processes at once
        await asyncio.gather(*(phone.post("/problems", body) for body in bodies for phone in (parent, other)))
    await _until("open deliveries", OPEN, 0)
    for phone in (head, manager):
        titles = [field["value"] for m in await phone.messages() for field in m["fields"]]
        assert sorted(title for title in titles if title.startswith("问题")) == sorted(
            f"问题{n}" for n in range(15)
        )
    # 30 to head and manager, and whatever each worker told of it is the whole
    assert sum([await _sent_by(port) for port in fleet.watched]) == 30


async def _sent_by(port: int) -> int:
    """What a worker itself says of how many notices it has sent."""
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    sent = 'shandu_deliveries_total{channel="subscribe",outcome="sent"} '
    return sum(int(float(line.removeprefix(sent))) for line in lines if line.startswith(sent))


async def test_a_worker_killed_in_mid_send_loses_nothing_and_doubles_nothing(fleet: Fleet) -> None:
    cast = await make_cast(fleet.stage)
    head, manager, parent = [await _phone(cast, name) for name in ("head", "manager", "parent")]
    await _until("credits", CREDITS, 15)
    await fleet.stage.faults(path=SEND, delay_s=0.3)
    for number in range(20):
        body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": f"问题{number}"}
        assert (await parent.post("/problems", body)).status == 201
        if number % 6 == 5:
            await asyncio.sleep(0.4)
            fleet.kill_worker()
            fleet.start_worker()
    await fleet.stage.no_faults()
    # leases of the dead run out, then WeChat's own events say which messages had arrived
    for _ in range(4):
        # no living worker may be in mid-send when the clock jumps: its lease would seem to have run out
        await _quiet(fleet)
        fleet.stage.clock.forward(timedelta(minutes=3))
        await _quiet(fleet)
        body = {"request_id": new_id(), "school_id": cast.wanghai.id, "title": "别的学校"}
        await parent.post("/problems", body)
    await _until("open deliveries", OPEN, 0)
    for phone in (head, manager):
        titles = [field["value"] for m in await phone.messages() for field in m["fields"]]
        told = sorted(title for title in titles if title.startswith("问题"))
        assert told == sorted(f"问题{n}" for n in range(20))
