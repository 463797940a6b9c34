"""A real `shandu demo` process and a real Chromium."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from models.database.opening import open_database
from ops.client import BUILT_PROOF, make
from ops.machine import browser as chromium
from tests.conftest import clean, free_port, fresh_database

FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# what is there at once is not waited for: this is patience with a busy machine
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def demo_url(prepared: str, engine: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demonstration with its whole prefecture, one for all tests of a file."""
    folder = tmp_path_factory.mktemp("demo")
    database_url = fresh_database(prepared, folder)
    if engine == "postgres":
        asyncio.run(_emptied(database_url))
    port = free_port()
    given = {
        **os.environ,
        "SHANDU_DEMO": "1",
        "SHANDU_HOME": str(folder / "home"),
        "SHANDU_PORT": str(port),
        "SHANDU_DATABASE_URL": database_url,
    }
    log = folder / "demo.log"
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
    """Until it prints its address, as a person would: it listens some seconds before it is ready."""
    for _ in range(600):
        if url in log.read_text():
            return
        if child.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(log.read_text()[-3000:])


@pytest.fixture(scope="session")
def client() -> None:
    """The phone's client for browsers, built."""
    make(["h5"])


@pytest.fixture(scope="session")
def proof() -> Path:
    """The mini-program's build as a page, on WeChat's own framework."""
    make(["proof"])
    return BUILT_PROOF


@pytest.fixture
def chrome() -> Iterator[Browser]:
    with launched() as started:
        yield started


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium()), args=FLAGS)
        yield started
        started.close()
