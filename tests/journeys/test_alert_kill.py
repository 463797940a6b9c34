"""A worker killed in the middle of judging raises nothing twice, tells nobody twice, and loses nothing."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import AsyncExitStack

import pytest

from models.database import sql
from tests.api.test_alerts import switched_on, told
from tests.cast import Cast, Stage, make_cast
from tests.conftest import set_stage
from tests.journeys.test_kill_points import wires, workers

pytestmark = pytest.mark.slow

RULES = ("rat_proof", "site_meeting", "health_certificate")
# every other thing said to the database and every other answer: enough to die between any two of them
STRIDE = 2


async def raised() -> list[tuple[object, ...]]:
    """Every alert: its matter, how often it was raised and how often its post was told."""
    rows = await sql.rows("SELECT rule, matter, times, told FROM alert ORDER BY rule, matter")
    return [tuple(row.values()) for row in rows]


async def told_once(cast: Cast) -> None:
    """Everybody was told of everything, once."""
    head, manager = await cast.phone("head", consent=False), await cast.phone("manager", consent=False)
    assert await told(head) == ["当月未开现场办公会"]
    assert await told(manager) == ["防鼠设施等2项"]
    deliveries = await sql.rows("SELECT person_id, COUNT(*) AS n FROM delivery GROUP BY person_id, notice_id")
    assert Counter(row["n"] for row in deliveries) == Counter({1: len(deliveries)})
    found = await raised()
    assert found and all((times, often) == (1, 1) for _, _, times, often in found)
    # three schools of the county, each by three rules
    assert len(found) == 9


async def test_killed_at_its_words_to_the_database(environ: dict[str, str], engine: str) -> None:
    if engine != "postgres":
        pytest.skip("SQLite has no wire to hold")
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(set_stage(environ))
        cast = await make_cast(stage)
        await switched_on(cast, *RULES)
        await sql.rows("DELETE FROM alert_county")
        made = await stack.enter_async_context(wires(environ, engine))
        wire = made["SHANDU_DATABASE_URL"]
        dying = await stack.enter_async_context(
            workers(environ | {name: one.url for name, one in made.items()})
        )
        deaths = 0
        for side in ("asked", "answered"):
            number = 1
            while await dying.die_at(wire, side, number, b"judge\n"):
                deaths, number = deaths + 1, number + STRIDE
        assert deaths > 10
        await stage.jobs()
        await told_once(cast)


async def test_killed_while_it_waits_to_write(
    cast: Cast, stage: Stage, environ: dict[str, str], engine: str
) -> None:
    if engine != "sqlite":
        pytest.skip("on PostgreSQL it is killed at its words")
    await switched_on(cast, *RULES)
    path = environ["SHANDU_DATABASE_URL"].removeprefix("sqlite://")
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.dying"], env={**os.environ, **environ},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdin is not None and child.stdout is not None
    try:
        assert child.stdout.readline() == b"ready\n"
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        child.stdin.write(b"judge\n")
        child.stdin.flush()
        worker = int(child.stdout.readline())
        await asyncio.sleep(1.0)
        os.kill(worker, signal.SIGKILL)
        assert child.stdout.readline() == b"gone\n"
        other.execute("ROLLBACK")
        other.close()
    finally:
        child.stdin.close()
        child.stdout.close()
        child.wait(10)
    assert await raised() == []
    await stage.jobs()
    await told_once(cast)
    await stage.jobs()
    await told_once(cast)
