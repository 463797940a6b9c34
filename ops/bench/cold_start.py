"""How long the phone's client takes to be there, in a browser that plays a cheap phone behind a mountain."""

import asyncio
import json
import time

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from ops.bench.rows import Row, row
from ops.bench.size import rounds
from ops.bench.slow_phone import COMMANDS, PAGE
from ops.bench.stage import process, stage
from ops.client import make
from ops.machine import browser

ROUNDS = rounds(5)
PATIENCE_MS = 120_000
DOOR = "#door button"
# anything of the program that can be tapped
PROGRAM = "#app [role=button]"
KEPT_IN_THE_PHONE = "() => navigator.serviceWorker.controller !== null"


async def measure() -> list[Row]:
    """The first start: the sign-in against the program's own first page, which comes behind it. The second
    one: from what the phone has kept, against the same start without that."""
    await asyncio.to_thread(make, ["h5"])
    async with (
        stage() as stand,
        process(stand.environ, "ops.cli", "serve") as port,
        async_playwright() as playwright,
    ):
        chrome = await playwright.chromium.launch(executable_path=str(browser()), args=["--no-sandbox"])
        url = f"http://127.0.0.1:{port}/m/"
        doors, programs, kept, fetched = [], [], [], []
        for number in range(ROUNDS + 1):
            door = await _start(await chrome.new_context(**PAGE), url, DOOR)
            known, again = await _known(chrome, url, stand.tokens[number])
            if number > 0:  # the first round warms the server up
                doors.append(door)
                programs.append(known)
                fetched.append(known)
                kept.append(again)
        await chrome.close()
    return [
        row("client cold start", doors, programs, "ms"),
        row("client second start", kept, fetched, "ms"),
    ]


async def _known(chrome: Browser, url: str, token: str) -> tuple[float, float]:
    """A phone with a session: the first start with the program, then one with the program kept."""
    context = await chrome.new_context(**PAGE)
    for name, kind, value in (
        ("token", "string", token),
        ("as", "object", {"id": 1, "user": "bench", "name": ""}),
    ):
        text = json.dumps({"type": kind, "data": value})
        await context.add_init_script(f"localStorage['shandu:{name}'] ??= {json.dumps(text)}")
    first = await _start(context, url, PROGRAM, close=False)
    # what is kept is fetched at leisure, and is no part of either start
    helper = await context.new_page()
    await helper.goto(url)
    await helper.wait_for_function(KEPT_IN_THE_PHONE, timeout=PATIENCE_MS)
    for page in context.pages:
        await page.close()
    return first, await _start(context, url, PROGRAM)


async def _start(context: BrowserContext, url: str, usable: str, close: bool = True) -> float:
    """Milliseconds from the address to the first thing that can be tapped."""
    page: Page = await context.new_page()
    devtools = await context.new_cdp_session(page)
    for command, given in COMMANDS:
        await devtools.send(command, given)
    began = time.perf_counter()
    await page.goto(url, wait_until="commit", timeout=PATIENCE_MS)
    await page.locator(usable).first.wait_for(timeout=PATIENCE_MS)
    took = (time.perf_counter() - began) * 1000
    if close:
        await context.close()
    return took
