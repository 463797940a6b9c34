"""An officer signs a real browser in by scanning its screen, and looks at every page of the desk."""

from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = {"wide": 1280, "narrow": 390}


@pytest.mark.both_engines
def test_an_officer_scans_the_screen_and_the_desk_opens(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    screen = chrome.new_context(viewport={"width": 1280, "height": 900}).new_page()
    hosts: set[str] = set()
    faults: list[str] = []
    screen.on("request", lambda request: hosts.add(request.url.split("/")[2] if "//" in request.url else ""))
    screen.on("pageerror", lambda fault: faults.append(str(fault)))
    screen.on(
        "console",
        lambda line: faults.append(line.text) if line.type == "error" and "401" not in line.text else None,
    )
    screen.goto(f"{demo_url}/desk/")
    expect(screen.locator("#status")).to_have_text("请用手机扫码")
    expect(screen.locator("#again")).to_be_hidden()
    shot = artefacts / "desk-code.png"
    screen.locator("#code").screenshot(path=shot)
    (read,) = zxingcpp.read_barcodes(Image.open(shot))
    for scheme in ("dark", "light"):
        screen.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for size, width in SIZES.items():
            screen.set_viewport_size({"width": width, "height": 900})
            screen.screenshot(path=artefacts / f"desk-sign-in-{size}-{scheme}.png")
    digits = screen.locator("#check").inner_text()

    phone = _officers_phone(demo_url, chrome)
    phone.get_by_role("button", name="扫码登录网页").click()
    phone.get_by_label("登录码的内容").fill(read.text)
    phone.get_by_role("button", name="识别二维码").click()
    expect(phone.locator(".asking")).to_contain_text(digits)
    expect(phone.locator(".asking")).to_contain_text("与这台手机在同一网络")
    expect(screen.locator("#status")).to_contain_text("请在手机上核对")
    phone.screenshot(path=artefacts / "desk-phone.png")
    phone.get_by_role("button", name="登录", exact=True).click()
    expect(screen.get_by_role("heading", level=1)).to_contain_text("您好")

    _look_at_every_page(screen, demo_url, artefacts)
    phone.goto(f"{demo_url}/phone#view=devices")
    expect(phone.locator("main section", has_text="网页工作台")).to_have_count(1)
    phone.locator("main section", has_text="网页工作台").get_by_role("button", name="退出").click()
    expect(phone.locator("main section", has_text="网页工作台")).to_have_count(0)
    screen.goto(f"{demo_url}/desk/deliveries")
    expect(screen.get_by_role("heading", level=1)).to_have_text("扫码登录")
    assert faults == []
    # a data: address has no host
    assert hosts <= {demo_url.removeprefix("http://"), ""}


def _officers_phone(demo_url: str, chrome: Browser) -> Page:
    page = chrome.new_context(viewport={"width": 414, "height": 804}).new_page()
    people = page.request.get(f"{demo_url}/demo/people?county=530302").json()
    officer = next(one for one in people if one["kind"] == "county")
    page.goto(f"{demo_url}/phone#as={officer['id']}&county=530302")
    return page


def _look_at_every_page(page: Page, demo_url: str, artefacts: Path) -> None:
    """Each page, wide and narrow, light and dark: nothing reaches past the edge, every field has its name."""
    page.goto(f"{demo_url}/desk/deliveries")
    notice = page.locator("tbody a").first.get_attribute("href")
    assert notice is not None
    paths = {
        "home": "/desk/",
        "deliveries": "/desk/deliveries",
        "notice": notice,
        "unreached": "/desk/unreached",
        "devices": "/desk/devices",
    }
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for name, path in paths.items():
            page.goto(demo_url + path)
            for size, width in SIZES.items():
                page.set_viewport_size({"width": width, "height": 900})
                beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                assert beyond <= 0, (name, size)
                page.screenshot(path=artefacts / f"desk-{name}-{size}-{scheme}.png", full_page=True)
            nameless = page.evaluate(
                "[...document.querySelectorAll('input:not([type=hidden]), select')]"
                ".filter(one => !one.labels?.length && !one.ariaLabel).length"
            )
            assert nameless == 0, name
