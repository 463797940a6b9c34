"""The official account's chat on a phone: follow it, press the menu, send a photo, choose, confirm."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_phone import phone_of
from tests.cast import jpeg

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_head_rectifies_from_the_chat(demo_url: str, chrome: Browser, artefacts: Path) -> None:
    reporter = phone_of(demo_url, chrome, "家长")
    _bound(reporter)
    reporter.get_by_role("button", name="反映问题").click()
    reporter.get_by_label("什么问题").fill("今天的饭菜是凉的")
    reporter.get_by_role("button", name="提交", exact=True).click()
    expect(reporter.locator(".timeline li b").first).to_have_text("反映问题")
    page = phone_of(demo_url, chrome, "学校负责人")
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    _bound(page)
    page.locator(".tabs button", has_text="微信").click()
    page.get_by_role("button", name="公众号").click()
    follow = page.get_by_role("button", name="关注公众号")
    if follow.is_visible():
        follow.click()
        _answered(page, "欢迎使用膳督")
    page.get_by_role("button", name="待办", exact=True).click()
    page.locator(".keys").get_by_role("button", name="待办", exact=True).click()
    _answered(page, "您的待办")
    _say(page, "整改")
    _answered(page, "整改")
    page.get_by_label("发送照片").set_input_files(
        {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    )
    expect(page.locator(".talk .mine img").last).to_be_visible()
    page.screenshot(path=artefacts / "chat.png")
    asked = page.locator(".theirs .bubble", has_text="照片")
    expect(asked.last).to_be_visible()
    if "回复数字选择" in asked.last.inner_text():
        _say(page, "1")
    _answered(page, "已收到照片1张")
    _say(page, "确认")
    _answered(page, "已提交整改")
    page.screenshot(path=artefacts / "chat-done.png")
    # whoever comes back to the chat sees the newest of it
    page.get_by_role("button", name="返回").click()
    page.get_by_role("button", name="公众号").click()
    expect(page.locator(".theirs .bubble", has_text="已提交整改").last).to_be_in_viewport()
    assert faults == []


def _bound(page: Page) -> None:
    bind = page.get_by_role("button", name="用微信手机号绑定")
    if bind.is_visible():
        bind.click()


def _say(page: Page, words: str) -> None:
    page.get_by_label("输入").fill(words)
    page.get_by_role("button", name="发送", exact=True).click()


def _answered(page: Page, words: str) -> None:
    expect(page.locator(".theirs .bubble", has_text=words).last).to_be_visible()
