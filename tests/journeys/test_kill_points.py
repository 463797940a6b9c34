"""`kill -9` at every step of a delivery: each thing a worker asks of the database, of Redis and of WeChat is
held back once, and each answer once, and there the worker dies. Counted at the end: everybody was told once.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count

import pytest

from models.database import sql
from tests.cast import Cast, Phone, Stage, make_cast, new_id
from tests.conftest import set_stage
from tests.journeys.wires import HoldingLine

# near two hundred deaths: a busy machine takes three minutes over them
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BASE = "SHANDU_WECHAT_BASE_URL"
WIRED = ("SHANDU_DATABASE_URL", "SHANDU_REDIS_URL", BASE)
# more things are not said in one delivery: a loop that does not end is a fault of the test
MOST_STEPS = 160


class Workers:
    """Workers of one delivery run each, that die where a wire holds them."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child

    async def die_at(self, wire: HoldingLine, side: str, number: int, run: bytes = b"go\n") -> bool:
        """Start one and kill it at the n-th thing said over the wire; False when it ended before that."""
        wire.hold(side, number)
        pid = int(await self._line(run))
        gone = asyncio.create_task(self._line())
        held = asyncio.create_task(wire.held.wait())
        await asyncio.wait({gone, held}, return_when=asyncio.FIRST_COMPLETED)
        killed = not gone.done()
        if killed:
            os.kill(pid, signal.SIGKILL)
        assert await gone == b"gone\n"
        wire.let_go()
        held.cancel()
        return killed

    async def begin(self, run: bytes) -> int:
        """Start one; its process id."""
        return int(await self._line(run))

    async def over(self) -> None:
        """Wait until the one that was started is gone."""
        assert await self._line() == b"gone\n"

    async def run(self, run: bytes) -> None:
        """Start one and let it end."""
        await self.begin(run)
        await self.over()

    async def _line(self, said: bytes = b"") -> bytes:
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write(said)
        return await asyncio.wait_for(self._child.stdout.readline(), 30)


@asynccontextmanager
async def workers(environ: dict[str, str]) -> AsyncIterator[Workers]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.journeys.dying",
        env={**os.environ, **environ}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        assert await asyncio.wait_for(child.stdout.readline(), 30) == b"ready\n"
        yield Workers(child)
    finally:
        assert child.stdin is not None
        child.stdin.close()
        await child.wait()


@asynccontextmanager
async def wires(environ: dict[str, str], engine: str) -> AsyncIterator[dict[str, HoldingLine]]:
    """Wires for the dying workers alone: to everything behind them that listens."""
    given = environ | {BASE: f"http://127.0.0.1:{environ['SHANDU_PORT']}/sandbox"}
    names = [name for name in WIRED if name in given and not given[name].startswith("sqlite")]
    made = {name: HoldingLine(given[name]) for name in names}
    for wire in made.values():
        await wire.mend()
    yield made
    for wire in made.values():
        await wire.cut()


async def test_killed_at_every_step_of_a_delivery_each_notice_ends_once(
    environ: dict[str, str], engine: str
) -> None:
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(set_stage(environ))
        cast = await make_cast(stage)
        parent, head = await cast.phone("parent"), await cast.phone("head", consent=False)
        await stage.allow(head, 500)
        made = await stack.enter_async_context(wires(environ, engine))
        dying = await stack.enter_async_context(
            workers(environ | {name: wire.url for name, wire in made.items()})
        )
        died: Counter[str] = Counter()
        titles: list[str] = []
        # by WeChat's id: the phone keeps the latest two hundred, and more than that die here
        heard: dict[int, list[str]] = {}
        for name, wire in made.items():
            for side in ("asked", "answered"):
                for number in count(1):
                    assert number < MOST_STEPS
                    titles.append(f"{name[7:].split('_')[0]}-{side}-{number}")
                    await _report(parent, cast, titles[-1])
                    killed = await dying.die_at(wire, side, number)
                    await _recover(stage)
                    if not killed:
                        break
                    died[f"{name} {side}"] += 1
                heard |= await _heard(head)
        await _settle(stage, parent, cast)
        heard |= await _heard(head)
        print(dict(died))
        assert all(died[f"{name} {side}"] >= 1 for name in made for side in ("asked", "answered"))
        states = await sql.rows("SELECT state, COUNT(*) AS n FROM delivery GROUP BY state")
        assert {row["state"] for row in states} <= {"sent", "refused"}
        told = Counter(value for values in heard.values() for value in values)
        assert {title: told[title] for title in titles} == dict.fromkeys(titles, 1)


async def _report(parent: Phone, cast: Cast, title: str) -> None:
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": title}
    assert (await parent.post("/problems", body)).status == 201


async def _heard(phone: Phone) -> dict[int, list[str]]:
    """What each message on a phone says, by its id."""
    return {m["id"]: [field["value"] for field in m["fields"]] for m in await phone.messages()}


async def _recover(stage: Stage) -> None:
    """The dead worker's lease runs out; another takes over."""
    stage.forward(minutes=2)
    await stage.jobs()


async def _settle(stage: Stage, parent: Phone, cast: Cast) -> None:
    """Events of later messages show which of the unknown never arrived."""
    for number in range(4):
        await _report(parent, cast, f"后来{number}")
        stage.forward(minutes=3)
        await stage.jobs()
