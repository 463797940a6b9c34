"""The budget of a cold start: a cheap phone behind a mountain sees something to tap within two seconds.

Time is the page's own, the median of three. What decides it, turns and bytes, is asserted too: that does not
depend on how busy this machine is.
"""

import statistics
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ops.bench.slow_phone import BYTES_PER_S, COMMANDS, PAGE, ROUND_TRIP_MS
from tests.browser.test_miniprogram_visit import Phone

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("client")]

BUDGET_MS = 2_000
# what the sign-in weighs on its way, and what the program does; 8,000 of it are wot-design-uni's: the sheet, which the first
# page after the sign-in has, and uni's canvas, which the signature draws on
DOOR_BYTES, PROGRAM_BYTES = 4_096, 145_000
# the program is there after this many turns, one behind another
MOST_TURNS = 4
ROUNDS = 3


def slow(context: BrowserContext, page: Page) -> list[dict[str, Any]]:
    """Make a page's phone a cheap one behind a mountain; what it fetches is noted as it ends."""
    devtools = context.new_cdp_session(page)
    asked: dict[str, dict[str, Any]] = {}
    ended: list[dict[str, Any]] = []
    for command, given in COMMANDS:
        devtools.send(command, given)

    def heard(event: dict[str, Any]) -> None:
        at, answer = event["timestamp"], event["response"]
        asked[event["requestId"]] = {"url": answer["url"], "worker": answer["fromServiceWorker"], "at": at}

    def over(event: dict[str, Any]) -> None:
        one = asked.pop(event["requestId"], None)
        if one is not None and one["url"].startswith("http"):
            ended.append(one | {"bytes": event["encodedDataLength"]})

    devtools.on("Network.responseReceived", heard)
    devtools.on("Network.loadingFinished", over)
    return ended


def drawn_ms(page: Page) -> float:
    """When something was first to be seen, since the address was given."""
    paint = "performance.getEntriesByName('first-contentful-paint')[0]"
    page.wait_for_function(f"{paint} !== undefined")
    return float(page.evaluate(f"{paint}.startTime"))


def test_the_sign_in_is_there_within_two_seconds_of_a_first_start(demo_url: str, chrome: Browser) -> None:
    times = []
    for _ in range(ROUNDS):
        context = chrome.new_context(**PAGE)
        page = context.new_page()
        fetched = slow(context, page)
        page.goto(f"{demo_url}/m/", wait_until="commit")
        page.get_by_role("button", name="膳食家委会委员").wait_for()
        times.append(drawn_ms(page))
        page.wait_for_load_state("networkidle")
        (door,) = [one for one in fetched if one["url"] == f"{demo_url}/m/"]
        assert door["bytes"] < DOOR_BYTES
        # the whole program, so that what is behind the door comes too
        whole = sum(one["bytes"] for one in fetched)
        assert door["bytes"] < whole < PROGRAM_BYTES
        assert whole / BYTES_PER_S * 1000 + MOST_TURNS * ROUND_TRIP_MS < 2.5 * BUDGET_MS
        context.close()
    assert statistics.median(times) < BUDGET_MS, times


def test_a_phone_that_knows_its_owner_opens_from_what_it_keeps(demo_url: str, chrome: Browser) -> None:
    phone = Phone(chrome, demo_url)
    phone.sign_in("膳食家委会委员", "东山")
    phone.is_installed()
    phone.page.close()
    times = []
    for _ in range(ROUNDS):
        page = phone.context.new_page()
        fetched = slow(phone.context, page)
        page.goto(f"{demo_url}/m/", wait_until="commit")
        expect(page.get_by_role("button", name="扫一扫 签到")).to_be_visible()
        before = [one for one in fetched if "/m/" in one["url"] and not one["worker"]]
        assert before == []
        times.append(drawn_ms(page))
        page.close()
    assert statistics.median(times) < BUDGET_MS, times


def test_what_a_visit_needs_comes_in_one_turn_after_the_sign_in(demo_url: str, chrome: Browser) -> None:
    phone = Phone(chrome, demo_url)
    asked: list[str] = []
    phone.page.on("request", lambda one: asked.append(f"{one.method} {one.url.partition('/api')[2]}"))
    phone.sign_in("责任督学", "东山")
    asked = [one for one in asked if one.endswith(("/duties", "/forms", "/follow-ups", "/sessions"))]
    # one for all schools of a supervisor, and nothing waits for the answer of another
    assert asked[0] == "POST /sessions"
    assert sorted(asked[1:]) == ["GET /duties", "GET /follow-ups", "GET /forms"]
