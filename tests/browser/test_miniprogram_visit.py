"""The phone's client in a browser: a visit from the scan to the server's receipt, also where there is no network."""

import asyncio
import io
import random
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.signing import sign_with_a_finger

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("client")]

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "zh-CN",
    "geolocation": {"latitude": 25.49, "longitude": 103.79},
    "permissions": ["geolocation"],
}

# the shelf has one write under way and at most one behind it; three of ours in the same row are over after both
WRITTEN = """() => new Promise((done, failed) => {
  const asked = indexedDB.open('shandu')
  asked.onerror = () => failed(asked.error)
  asked.onsuccess = () => {
    const again = (left) => {
      if (!left) { asked.result.close(); return done() }
      const turn = asked.result.transaction('things', 'readwrite', { durability: 'strict' })
      turn.objectStore('things').delete('nothing')
      turn.oncomplete = () => again(left - 1)
      turn.onabort = () => failed(turn.error)
    }
    again(3)
  }
})"""


class Phone:
    """One person's phone: their browser with what it keeps, and its open page."""

    def __init__(self, chrome: Browser, url: str, **more: Any) -> None:
        self.url = url
        self.context: BrowserContext = chrome.new_context(**{**PHONE, **more})
        self.faults: list[str] = []
        self.strangers: list[str] = []
        self.page = self.opened()

    def opened(self) -> Page:
        page = self.context.new_page()
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        page.on("request", lambda asked: self._look(asked.url))
        page.goto(f"{self.url}/m/")
        return page

    def _look(self, address: str) -> None:
        if not address.startswith((self.url, "blob:", "data:")):
            self.strangers.append(address)

    def killed_and_opened_again(self) -> None:
        """A blink after the last tap: what the program was writing then, a busy disk has written."""
        self.page.evaluate(WRITTEN)
        self.page.close()
        self.page = self.opened()

    def is_installed(self) -> None:
        """The program is on the phone once its worker is in charge."""
        self.page.wait_for_function("() => navigator.serviceWorker.controller !== null")

    def sign_in(self, post: str, place: str) -> None:
        self.page.get_by_role("button", name="选别的学校和人").click()
        self.page.get_by_role("button", name="麒麟区").click()
        self.page.get_by_role("button", name=place).click()
        self.page.get_by_role("button", name=post).first.click()
        bind = self.page.get_by_role("button", name="用微信手机号绑定")
        bind.or_(self.page.get_by_role("button", name="扫一扫")).first.wait_for()
        if bind.is_visible():
            bind.click()
        expect(self.page.get_by_text("都已存进手机")).to_be_visible()

    def check_in(self, place: str) -> None:
        self.page.get_by_role("button", name="扫一扫").click()
        self.page.locator("[data-school]", has_text=place).first.click()
        self.page.get_by_role("button", name="提供位置并签到").click()

    def is_ready_to_send(self, place: str) -> None:
        """A committee member has checked in and filled in and signed everything, with one thing wrong."""
        self.sign_in("膳食家委会委员", place)
        self.check_in(place)
        expect(self.page.get_by_text("已签到：")).to_be_visible()
        self.fill(failing="C06")
        self.photograph(self.page.get_by_role("button", name="拍照：现场照片"))
        self.sign()

    def fill(self, failing: str) -> None:
        page = self.page
        # what `all` finds it finds at once: a form that is still opening has no items
        page.locator("[data-item=C20]").wait_for()
        for item in page.locator("[data-item]").all():
            item.get_by_role("radio", name="合格", exact=True).click()
        for taste in page.locator("[data-item=C16] [role=radiogroup]").all()[1:]:
            taste.get_by_role("radio", name="4").click()
        item = page.locator(f"[data-item={failing}]")
        item.get_by_role("radio", name="不合格").click()
        item.get_by_role("textbox").fill("有一份留样没有标签")
        self.photograph(item.get_by_role("button", name="拍照"))
        page.get_by_role("radio", name="良").click()

    def photograph(self, button: Any) -> None:
        with self.page.expect_file_chooser() as asked:
            button.click()
        before = self.page.locator(".picture").count()
        asked.value.set_files({"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture()})
        expect(self.page.locator(".picture")).to_have_count(before + 1)

    def is_led_to(self, item: str, words: str) -> None:
        """Below what sticks to the top, which says how much is missing."""
        self.page.wait_for_timeout(500)
        bar = self.page.locator("#progress")
        expect(bar.get_by_role("alert")).to_have_text(words)
        over, place = bar.bounding_box(), self.page.locator(f"[data-item={item}]").bounding_box()
        assert over and place
        assert over["y"] >= 0 and over["y"] + over["height"] <= place["y"] < 844 / 2

    def draw(self) -> None:
        pad = self.page.locator("#pad-own")
        pad.scroll_into_view_if_needed()
        # the pad is laid a moment after the page
        self.page.wait_for_timeout(300)
        sign_with_a_finger(pad)

    def sign(self) -> None:
        self.draw()
        self.page.get_by_role("button", name="签名签好了").click()
        expect(self.page.get_by_role("button", name="重签")).to_be_visible()

    def taps_beside_the_sheet(self) -> None:
        # one tap opens it, another one puts it away
        self.page.wait_for_timeout(500)
        self.page.touchscreen.tap(195, 60)
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def signed_out_from_elsewhere(self) -> None:
        """Their owner has another phone, and signs all others out there."""
        user = self.page.evaluate("JSON.parse(localStorage.getItem('shandu:as')).data.user")
        bearer = {"Authorization": f"Bearer {sign_in_as(self, user)}"}
        assert self.context.request.delete(f"{self.url}/api/sessions", headers=bearer).ok

    def token(self) -> str:
        return str(self.page.evaluate("localStorage.getItem('shandu:token')"))


# files are named by when they were made
LOSE_THE_NEWEST_FILE = """async () => {
  const db = await new Promise((done) => { indexedDB.open('shandu').onsuccess = (event) => done(event.target.result) })
  const files = db.transaction('files', 'readwrite').objectStore('files')
  const keys = await new Promise((done) => { files.getAllKeys().onsuccess = (event) => done(event.target.result) })
  await new Promise((done) => { files.delete(keys.sort().at(-1)).onsuccess = done })
  db.close()
}"""


def picture() -> bytes:
    """Something a camera might give, of some hundred kilobytes; no two are alike."""
    noise = random.Random().randbytes(400 * 300 * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (400, 300), noise).resize((1600, 1200)).save(out, "JPEG", quality=80)
    return out.getvalue()


def sign_in_as(phone: Phone, user: str) -> str:
    """The token of another sign-in, of whoever's phone WeChat knows by that name."""
    ask = phone.context.request
    code = ask.post(f"{phone.url}/sandbox/phones/{user}/login", data={}).json()["code"]
    said = ask.post(f"{phone.url}/api/sessions", data={"code": code, "device": "test"}).json()
    return str(said["token"])


def visits(phone: Phone, place: str) -> list[dict[str, Any]]:
    """What the server has of this person's school."""
    headers = {"Authorization": f"Bearer {phone.token()}"}
    ask = phone.context.request
    me = ask.get(f"{phone.url}/api/me", headers=headers).json()
    school = next(post["school_id"] for post in me["posts"] if place in post["school_name"])
    lines = ask.get(f"{phone.url}/api/schools/{school}/visits", headers=headers).json()["items"]
    return [ask.get(f"{phone.url}/api/visits/{line['id']}", headers=headers).json() for line in lines]


def test_a_visit_goes_from_the_scan_to_the_servers_receipt(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    phone = Phone(chrome, demo_url)
    phone.sign_in("膳食家委会委员", "东山")
    before = len(visits(phone, "东山"))
    phone.check_in("东山")
    expect(phone.page.get_by_text("已签到：")).to_be_visible()
    phone.page.get_by_role("button", name="发送", exact=True).click()
    expect(phone.page.locator("[data-item=C01]").get_by_role("alert")).to_have_text("“到校与同行”还没有填。")
    phone.is_led_to("C01", "还有23处要补。")
    phone.page.screenshot(path=artefacts / "miniprogram-missing.png")
    # a form that was reloaded has no page behind it, and still a way out
    phone.page.reload()
    phone.page.get_by_role("button", name="回首页").click()
    phone.page.get_by_role("button", name="接着填").click()
    phone.fill(failing="C06")
    phone.photograph(phone.page.get_by_role("button", name="拍照：现场照片"))
    phone.page.get_by_role("button", name="发送", exact=True).click()
    expect(phone.page.get_by_text("请签名。")).to_be_visible()
    # drawn, and not ended with 签好了
    phone.draw()
    phone.page.screenshot(path=artefacts / "miniprogram-form.png", full_page=True)
    phone.page.get_by_role("button", name="发送", exact=True).click()
    expect(phone.page.get_by_text("已送到，谢谢您")).to_be_visible()
    phone.page.screenshot(path=artefacts / "miniprogram-sent.png")
    new = visits(phone, "东山")
    assert len(new) == before + 1
    assert (len(new[0]["photos"]), len(new[0]["signatures"]), new[0]["awaited"]) == (2, 1, [])
    phone.page.get_by_role("tab", name="今天").click()
    expect(phone.page.get_by_text("✓ 已完成")).to_be_visible()
    expect(phone.page.get_by_text("本月的学校都去过了")).to_be_visible()
    assert (phone.faults, phone.strangers) == ([], [])


@pytest.mark.both_engines
def test_a_visit_without_a_network_and_with_a_killed_page_arrives_once_with_all_photos(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    phone = Phone(chrome, demo_url)
    phone.sign_in("膳食家委会委员", "越州第一中学")
    before = len(visits(phone, "越州第一中学"))
    phone.is_installed()
    phone.page.get_by_role("button", name="扫一扫").click()
    phone.page.locator("[data-school]", has_text="越州第一中学").wait_for()

    phone.context.set_offline(True)
    phone.page.locator("[data-school]", has_text="越州第一中学").click()
    phone.page.get_by_role("button", name="提供位置并签到").click()
    expect(phone.page.get_by_text("签到已存进手机")).to_be_visible()
    phone.fill(failing="C06")
    phone.killed_and_opened_again()
    phone.page.get_by_role("button", name="接着填").click()
    expect(phone.page.get_by_text("已填 20/20 项")).to_be_visible()
    expect(phone.page.locator("[data-item=C06]").get_by_role("textbox")).to_have_value("有一份留样没有标签")
    expect(phone.page.locator("[data-item=C06] .picture")).to_have_count(1)
    phone.photograph(phone.page.get_by_role("button", name="拍照：现场照片"))
    phone.photograph(phone.page.get_by_role("button", name="拍照：现场照片"))
    phone.sign()
    phone.page.get_by_role("button", name="存好，有网自动发送").click()
    expect(phone.page.get_by_text("已存好，正在发送")).to_be_visible()
    phone.page.screenshot(path=artefacts / "miniprogram-offline.png")
    phone.killed_and_opened_again()
    phone.page.get_by_role("tab", name="发送").click()
    expect(phone.page.get_by_text("待发送")).to_be_visible()
    assert len(visits(phone, "越州第一中学")) == before

    phone.context.set_offline(False)
    expect(phone.page.get_by_text("✓ 已送到").first).to_be_visible()
    expect(phone.page.get_by_text("待发送")).to_have_count(0)
    new = visits(phone, "越州第一中学")
    assert len(new) == before + 1
    assert (len(new[0]["photos"]), len(new[0]["signatures"]), new[0]["awaited"]) == (3, 1, [])
    assert (phone.faults, phone.strangers) == ([], [])


def test_a_visit_waits_for_an_expired_session_and_goes_once(demo_url: str, chrome: Browser) -> None:
    phone, place = Phone(chrome, demo_url), "三宝小学"
    phone.sign_in("膳食家委会委员", place)
    before = len(visits(phone, place))
    phone.check_in(place)
    expect(phone.page.get_by_text("已签到：")).to_be_visible()
    phone.fill(failing="C06")
    phone.photograph(phone.page.get_by_role("button", name="拍照：现场照片"))
    phone.sign()

    # signed out from elsewhere, and WeChat does not say who it is just now
    faults = f"{demo_url}/sandbox/control/faults"
    phone.signed_out_from_elsewhere()
    phone.context.request.post(faults, data={"path": "/sns/jscode2session", "errcode": 40226})
    try:
        phone.page.get_by_role("button", name="发送", exact=True).click()
        expect(phone.page.get_by_role("alert")).to_contain_text("登录过期了。您填的都还在手机里。")
        expect(phone.page.get_by_text("待发送")).to_be_visible()
        phone.killed_and_opened_again()
        phone.page.get_by_role("tab", name="发送").click()
        expect(phone.page.get_by_text("待发送")).to_be_visible()
        expect(phone.page.get_by_role("button", name="重新登录，接着发送")).to_be_visible()
    finally:
        phone.context.request.delete(faults)
    phone.page.get_by_role("button", name="重新登录，接着发送").click()
    expect(phone.page.get_by_text("✓ 已送到").first).to_be_visible(timeout=20_000)
    expect(phone.page.get_by_text("待发送")).to_have_count(0, timeout=20_000)
    new = visits(phone, place)
    assert len(new) == before + 1
    assert (len(new[0]["photos"]), len(new[0]["signatures"]), new[0]["awaited"]) == (2, 1, [])
    assert (phone.faults, phone.strangers) == ([], [])


def test_it_is_seen_how_much_of_a_photo_has_got_through(demo_url: str, chrome: Browser) -> None:
    phone, place = Phone(chrome, demo_url), "潇湘中心学校"
    phone.is_ready_to_send(place)
    parts = 0

    def break_off(route: Route) -> None:
        nonlocal parts
        parts += 1
        if parts > 2:
            route.abort()
        else:
            route.continue_()

    phone.page.route("**/api/uploads/*", break_off)
    phone.page.get_by_role("button", name="发送", exact=True).click()
    expect(phone.page.get_by_text("，等网络")).to_be_visible()
    said = re.search(r"已发 (\d+)%", phone.page.get_by_text("，等网络").inner_text())
    bar = phone.page.get_by_role("progressbar")
    assert said and 0 < int(said[1]) < 100
    assert abs(int(bar.get_attribute("aria-valuenow") or 0) - int(said[1])) <= 1
    # it is drawn to its length in a moment
    phone.page.wait_for_timeout(1_000)
    drawn, whole = bar.locator(".wd-progress__inner").bounding_box(), bar.bounding_box()
    assert drawn and whole and abs(drawn["width"] / whole["width"] * 100 - int(said[1])) <= 1

    phone.page.unroute("**/api/uploads/*")
    phone.page.get_by_role("button", name="现在就发").click()
    expect(phone.page.get_by_text("待发送")).to_have_count(0, timeout=20_000)
    assert (phone.faults, phone.strangers) == ([], [])


def test_a_signature_that_the_phone_has_lost_is_signed_again(demo_url: str, chrome: Browser) -> None:
    phone, place = Phone(chrome, demo_url), "珠街九年一贯制学校"
    phone.is_ready_to_send(place)
    phone.context.set_offline(True)
    phone.page.get_by_role("button", name="存好，有网自动发送").click()
    expect(phone.page.get_by_text("已存好，正在发送")).to_be_visible()
    phone.page.evaluate(LOSE_THE_NEWEST_FILE)
    phone.context.set_offline(False)

    expect(phone.page.get_by_text("这个签名已经不在手机里了。")).to_be_visible(timeout=20_000)
    phone.page.get_by_role("button", name="重新签名").click()
    sheet, done = phone.page.get_by_role("dialog"), phone.page.get_by_role("button", name="签名签好了")
    sign_with_a_finger(sheet.locator("#pad-again"))
    phone.page.get_by_role("button", name="清空签名").click()
    done.click()
    expect(sheet.get_by_role("alert")).to_have_text("请先用手指在框里签名。")
    phone.taps_beside_the_sheet()
    phone.page.get_by_role("button", name="重新签名").click()
    sign_with_a_finger(sheet.locator("#pad-again"))
    done.click()
    expect(phone.page.get_by_text("有没发成的")).to_have_count(0, timeout=20_000)
    expect(phone.page.get_by_text("待发送")).to_have_count(0, timeout=20_000)
    new = visits(phone, place)
    assert (len(new[0]["photos"]), len(new[0]["signatures"]), new[0]["awaited"]) == (2, 1, [])
    assert (phone.faults, phone.strangers) == ([], [])


def test_the_sign_in_is_usable_before_the_program_has_come(demo_url: str, chrome: Browser) -> None:
    context = chrome.new_context(**PHONE)
    page = context.new_page()
    page.route("**/m/assets/**", lambda route: asyncio.sleep(0))
    page.goto(f"{demo_url}/m/", wait_until="commit")
    page.get_by_role("button", name="膳食家委会委员").click()
    expect(page.locator("#door[aria-busy=true]")).to_be_visible()
