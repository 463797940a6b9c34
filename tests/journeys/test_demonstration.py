"""The demonstration, started as `make run` starts it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

pytestmark = pytest.mark.slow


async def test_a_clock_moved_before_it_is_ready_does_not_end_it(
    environ: dict[str, str], database: str, tmp_path: Path
) -> None:
    log = tmp_path / "demo.log"
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "ops.cli", "demo"], env={**os.environ, **environ}, stdout=out, stderr=out
        )
    url = f"http://127.0.0.1:{environ['SHANDU_PORT']}"
    moved = 0
    try:
        async with aiohttp.ClientSession(url) as http, asyncio.timeout(60):
            while f"{url}/" not in log.read_text():
                assert child.poll() is None, log.read_text()[-2000:]
                moved += await _move_clock(http)
                await asyncio.sleep(0.2)
    finally:
        child.terminate()
        child.wait(20)
    assert moved
    assert child.returncode == 0


async def _move_clock(http: aiohttp.ClientSession) -> bool:
    """Ten minutes forward, past every login code; False while nobody listens yet."""
    try:
        async with http.post("/demo/clock", json={"hours": 1 / 6}) as answer:
            return answer.status == 200
    except aiohttp.ClientConnectorError:
        return False
