"""A parent answers a survey on the phone, once, and sees what last term's found."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_parent_answers_and_sees_last_terms_result(demo_url: str, chrome: Browser, artefacts: Path) -> None:
    page = _parents_phone(demo_url, chrome)
    page.get_by_role("button", name="满意度测评").click()
    page.get_by_role("button", name="取消").click()
    page.get_by_role("button", name="待填写").click()
    expect(page.get_by_text("不记名")).to_be_visible()
    page.screenshot(path=artefacts / "survey-form.png")
    page.get_by_role("button", name="提交").click()
    expect(page.locator(".toast.bad")).to_contain_text("还没有答")
    for group in page.get_by_role("radiogroup").all()[:12]:
        group.get_by_role("radio").nth(1).click()
    # what was chosen outlives a reload
    page.reload()
    expect(page.get_by_role("radio", name="满意", checked=True, exact=True)).to_have_count(11)
    page.get_by_label("还有什么想说的").fill("汤要热一点")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("✓ 已填写")).to_be_visible()
    page.screenshot(path=artefacts / "survey-list.png")
    page.get_by_role("button", name="已公布").click()
    expect(page.get_by_text("应答率")).to_be_visible()
    expect(page.get_by_text("家长的话")).to_have_count(0)
    page.screenshot(path=artefacts / "survey-result.png")


def _parents_phone(demo_url: str, chrome: Browser) -> Page:
    page = chrome.new_page(viewport={"width": 414, "height": 812})
    page.goto(f"{demo_url}/phone")
    page.get_by_role("button", name="麒麟区").click()
    page.get_by_role("button", name="东山").click()
    page.get_by_role("button", name="家长").last.click()
    page.get_by_role("button", name="用微信手机号绑定").click()
    expect(page.locator(".view.home")).to_be_visible()
    return page
