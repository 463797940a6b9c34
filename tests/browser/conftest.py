"""A real `shandu demo` process and a real Chromium."""

import asyncio
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from models.database.opening import open_database
from ops.machine import browser as chromium
from tests.conftest import clean, free_port

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture
def demo_url(database_url: str, engine: str, tmp_path: Path) -> Iterator[str]:
    """The address of a demonstration with its whole prefecture, on a database of its own."""
    if engine == "postgres":
        asyncio.run(_emptied(database_url))
    port = free_port()
    given = {
        **os.environ,
        "SHANDU_DEMO": "1",
        "SHANDU_HOME": str(tmp_path / "home"),
        "SHANDU_PORT": str(port),
        "SHANDU_DATABASE_URL": database_url,
    }
    log = tmp_path / "demo.log"
    with log.open("wb") as out:
        child = subprocess.Popen([sys.executable, "-m", "ops.cli", "demo"], env=given, stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(child, url, log)
        yield url
    finally:
        child.terminate()
        child.wait(20)


async def _emptied(database_url: str) -> None:
    async with open_database(database_url):
        await clean()


def _wait(child: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    for _ in range(600):
        if child.poll() is not None:
            raise RuntimeError(log.read_text()[-3000:])
        try:
            urllib.request.urlopen(f"{url}/readyz", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(log.read_text()[-3000:])


@pytest.fixture
def chrome() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium()), args=FLAGS)
        yield started
        started.close()
