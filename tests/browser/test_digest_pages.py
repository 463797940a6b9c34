"""The morning list, the list of the day and the Monday summary, as they are seen on a phone."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_phone import wants_no_more

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LIST, SUMMARY = "点击查看今天的清单", "点击查看本地上周情况"


def test_a_head_reads_the_morning_list_and_an_officer_the_summary(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    page = chrome.new_page(viewport={"width": 414, "height": 812})
    page.goto(demo_url)
    wants_no_more(page)
    # some Friday: whatever is due this week has been told of, or is due
    _move(page, demo_url, 24 * 12)
    head = ""
    for _ in range(8):
        page.get_by_role("button", name="到下一个早上6:41").click()
        expect(page.locator("#now")).to_contain_text("06:41")
        if head := _told(page, demo_url, LIST, 6):
            break
    assert head, "no head was sent a morning list"
    page.goto(f"{demo_url}/phone#{head}")
    expect(page.locator(".view.home")).to_be_visible()
    page.locator(".tabs button", has_text="微信").click()
    card = page.locator(".card", has_text=LIST).first
    expect(card).to_contain_text("待办")
    page.screenshot(path=artefacts / "digest-message.png")
    card.click()
    expect(page.get_by_role("heading", name="今日待办")).to_be_visible()
    page.screenshot(path=artefacts / "digest-today.png")
    page.get_by_label("要收到晨间清单").uncheck()
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".toast")).to_contain_text("不再发晨间清单")
    expect(page.locator(".list > *").first).to_be_visible()
    # whoever was told first may have nothing that this phone has a page for
    if (line := page.locator(".list button").first).is_visible():
        line.click()
        expect(page.locator(".view.problem, .view.result, .view.record, .view.scan")).to_be_visible()

    # to office hours of a working day
    officer = ""
    for _ in range(4):
        _move(page, demo_url, 2)
        if officer := _told(page, demo_url, SUMMARY, 6):
            break
        _move(page, demo_url, 22)
    assert officer, "no officer was sent a summary"
    page.goto(f"{demo_url}/phone#{officer}")
    expect(page.locator(".view.home")).to_be_visible()
    page.locator(".tabs button", has_text="微信").click()
    page.locator(".card", has_text=SUMMARY).first.click()
    expect(page.locator(".figures")).to_contain_text("入校")
    page.screenshot(path=artefacts / "digest-summary.png")
    page.get_by_role("button", name="返回").click()
    page.get_by_role("button", name="站内消息").click()
    expect(page.locator(".list")).to_contain_text("每周小结")
    page.screenshot(path=artefacts / "digest-inbox.png")


def _move(page: Page, demo_url: str, hours: float) -> None:
    assert page.request.post(f"{demo_url}/demo/clock", data={"hours": hours}).ok


def _told(page: Page, demo_url: str, words: str, wait_s: float) -> str:
    """How the phone of somebody who was sent such a message is opened; empty when nobody is within the time."""
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline:
        for phone in page.request.get(f"{demo_url}/sandbox/phones").json():
            if not phone["unread"]:
                continue
            said = page.request.get(f"{demo_url}/sandbox/phones/{phone['user']}/messages").json()["messages"]
            if words in str(said[-1:]):
                return _opened(page, demo_url, int(phone["user"].removeprefix("person-")))
        page.wait_for_timeout(500)
    return ""


def _opened(page: Page, demo_url: str, person: int) -> str:
    schools = page.request.get(f"{demo_url}/demo/schools").json()
    scopes = [f"county={code}" for code in sorted({school["county_code"] for school in schools})]
    for scope in scopes + [f"school={school['id']}" for school in schools]:
        if any(one["id"] == person for one in page.request.get(f"{demo_url}/demo/people?{scope}").json()):
            return f"as={person}&{scope}"
    return ""
