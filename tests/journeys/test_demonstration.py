"""The demonstration, started as `make run` starts it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from models.database import sql
from tests.test_commands import shandu

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


async def test_a_clock_moved_before_it_is_ready_does_not_end_it(
    environ: dict[str, str], database: str, tmp_path: Path
) -> None:
    moved = 0
    url = f"http://127.0.0.1:{environ['SHANDU_PORT']}"
    async with demonstration(environ, tmp_path) as (child, ready), aiohttp.ClientSession(url) as http:
        while not ready():
            moved += await _move_clock(http)
            await asyncio.sleep(0.2)
    assert moved
    assert child.returncode == 0


async def test_a_head_is_told_of_an_alert_or_two_and_the_address_is_the_last_it_says(
    environ: dict[str, str], database: str, tmp_path: Path
) -> None:
    async with demonstration(environ, tmp_path) as (_, ready):
        while not (ready() and await told()):
            await asyncio.sleep(0.2)
        alerts = await sql.rows("SELECT owner, COUNT(*) AS n FROM alert WHERE state = 'open' GROUP BY owner")
    by_owner = {row["owner"]: row["n"] for row in alerts}
    # of sixty schools; in the holidays there are fewer
    assert 1 <= by_owner["head"] <= 180
    assert 1 <= by_owner["manager"] <= 300
    said = (tmp_path / "demo.log").read_text().splitlines()
    assert "请在浏览器打开" in [line for line in said if line][-1], said
    assert len(said) == len({*said} - {""}) + said.count("")


async def test_a_month_that_the_clock_is_moved_into_has_its_duties_at_once(
    environ: dict[str, str], database: str, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{environ['SHANDU_PORT']}"
    async with demonstration(environ, tmp_path) as (_, ready), aiohttp.ClientSession(url) as http:
        while not ready():
            await asyncio.sleep(0.2)
        async with http.post("/demo/clock", json={"hours": 30 * 24}) as answer:
            assert answer.status == 200
        async with http.get("/demo/schools") as answer:
            schools = await answer.json()
    assert {school["supervisor"] for school in schools} == {"owed"}


async def test_its_journal_is_whole(environ: dict[str, str], database: str, tmp_path: Path) -> None:
    async with demonstration(environ, tmp_path) as (_, ready):
        while not (ready() and await all_sealed()):
            await asyncio.sleep(0.2)
    checked = await asyncio.to_thread(shandu, environ, "check", "journal")
    assert checked.returncode == 0, checked.stdout


async def all_sealed() -> bool:
    (count,) = await sql.rows(
        "SELECT (SELECT COUNT(*) FROM journal_entry) AS steps, (SELECT COUNT(*) FROM journal_seal) AS seals"
    )
    return bool(count["seals"] == count["steps"] > 0)


async def told() -> bool:
    return bool(
        await sql.rows(
            "SELECT d.id FROM delivery d JOIN notice n ON n.id = d.notice_id JOIN post p ON p.id = n.post_id"
            " WHERE n.kind = 'alert_raised' AND p.kind = 'head' AND d.state = 'sent' LIMIT 1"
        )
    )


@asynccontextmanager
async def demonstration(
    environ: dict[str, str], folder: Path
) -> AsyncIterator[tuple["subprocess.Popen[bytes]", Callable[[], bool]]]:
    """The process, and whether it says that it is ready; ended at the end. One that ends by itself is a failure."""
    log = folder / "demo.log"
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "ops.cli", "demo"], env={**os.environ, **environ}, stdout=out, stderr=out
        )

    def ready() -> bool:
        assert child.poll() is None, log.read_text()[-2000:]
        return f"打开  http://127.0.0.1:{environ['SHANDU_PORT']}/" in log.read_text()

    try:
        async with asyncio.timeout(240):
            yield child, ready
    finally:
        child.terminate()
        child.wait(60)


async def _move_clock(http: aiohttp.ClientSession) -> bool:
    """Ten minutes forward, past every login code; False while nobody listens yet."""
    try:
        async with http.post("/demo/clock", json={"hours": 1 / 6}) as answer:
            return answer.status == 200
    except aiohttp.ClientConnectorError:
        return False
