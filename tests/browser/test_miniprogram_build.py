"""The mini-program's own build, on WeChat's framework with a phone that refuses what a real one refuses."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from ops.client import CLIENT
from tests.browser.signing import sign_with_a_finger
from tests.browser.test_miniprogram_visit import PHONE, picture
from tests.cast import new_id

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# where a mini-program that was told of no server looks for one
DECLARED = "http://127.0.0.1:8080"
AT = "/wechat/"
NO_CAMERA = "没有相机权限。请在设置里允许“膳督”使用相机后再拍。"
NO_NUMBER = "没有拿到手机号。可以再点一次，或者用邀请码。"
FULL = "手机存储满了"
REMARK = "有一份留样没有标签"


class WeChat:
    """One person's phone with WeChat on it: what it keeps, what its owner allows, and the open mini-program."""

    def __init__(self, chrome: Browser, proof: Path, url: str, school: int, kind: str = "committee") -> None:
        self.url, self.proof = url, proof
        self.context = chrome.new_context(**PHONE)
        self.faults: list[str] = []
        self.strangers: list[str] = []
        ask = self.context.request
        self.school = ask.get(f"{url}/demo/schools").json()[school]
        people = ask.get(f"{url}/demo/people?school={self.school['id']}").json()
        self.owner = next(one for one in people if one["kind"] == kind)
        self.sandbox = f"{url}/sandbox/phones/{self.owner['user']}"
        ask.put(self.sandbox, data={"nickname": self.owner["name"], "phone": self.owner["phone"]})
        posters = ask.get(f"{url}/demo/codes?county={self.school['county_code']}").json()
        self.poster: str = next(one["url"] for one in posters if one["school_id"] == self.school["id"])
        guide = json.loads((CLIENT / "privacy-guide.json").read_text())
        self.said: dict[str, Any] = {
            "user": self.owner["user"],
            "servers": {DECLARED: url},
            "declared": [one["name"] for one in guide["interfaces"]],
            "scan": self.poster,
            "camera": base64.b64encode(picture()).decode(),
            "place": {"latitude": 25.49, "longitude": 103.79},
        }
        self.context.route(f"{url}{AT}**", self._give)
        self.page: Page

    def _give(self, route: Route) -> None:
        name = route.request.url.removeprefix(self.url + AT).split("?")[0] or "index.html"
        route.fulfill(path=self.proof / name)

    def open(self) -> "WeChat":
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        self.page.on("request", lambda asked: self._look(asked.url))
        self.page.add_init_script(f"window.phone = {json.dumps(self.said)}")
        self.page.goto(self.url + AT)
        return self

    def _look(self, address: str) -> None:
        if not address.startswith((self.url, "blob:", "data:")):
            self.strangers.append(address)

    def tell(self, **changes: Any) -> None:
        """Something about the phone is otherwise from now on."""
        self.said.update(changes)
        self.page.evaluate("(changes) => Object.assign(window.phone, changes)", changes)

    def closed(self) -> None:
        self.faults += self.page.evaluate("window.wechatFaults")
        self.page.close()

    def tap(self, name: str) -> None:
        self.page.locator("#pages").get_by_role("button", name=name).last.tap()

    def answer(self, choice: str) -> None:
        """Tap a button of WeChat's own question or camera."""
        self.page.locator("#wechat").get_by_role("button", name=choice, exact=True).tap()

    def reads(self, words: str) -> None:
        expect(self.page.locator("#pages").get_by_text(words).last).to_be_visible()

    def bind(self) -> None:
        self.reads("先认一认您是谁")
        self.tap("用微信手机号绑定")
        self.tap("同意，接着做")
        self.answer("允许")

    def fill(self) -> None:
        self.page.locator("[data-item=C20]").wait_for()
        for item in self.page.locator("[data-item]").all():
            item.get_by_role("radio", name="合格", exact=True).tap()
        for taste in self.page.locator("[data-item=C16] [role=radiogroup]").all()[1:]:
            taste.get_by_role("radio", name="4").tap()
        item = self.page.locator("[data-item=C06]")
        item.get_by_role("radio", name="不合格").tap()
        item.get_by_role("textbox").fill(REMARK)
        self.page.get_by_role("radio", name="良").tap()

    def photograph(self, where: str) -> None:
        before = self.page.locator(".picture").count()
        self.tap(f"拍照：{where}")
        self.answer("拍下")
        expect(self.page.locator(".picture")).to_have_count(before + 1)

    def sign(self) -> None:
        pad = self.page.get_by_label("签名，请用手指签名")
        pad.scroll_into_view_if_needed()
        sign_with_a_finger(pad)
        drawn = pad.locator("canvas").evaluate(
            "(one) => new Set(one.getContext('2d').getImageData(0, 0, one.width, one.height).data).size"
        )
        assert drawn > 2
        done = self.page.get_by_role("button", name="签名签好了")
        expect(done).not_to_have_attribute("aria-disabled", "true")
        done.tap()
        expect(self.page.get_by_role("button", name="重签")).to_be_visible()

    def visits(self) -> list[dict[str, Any]]:
        """What the server has of the school."""
        lines = self.api(f"/schools/{self.school['id']}/visits")["items"]
        return [self.api(f"/visits/{line['id']}") for line in lines]

    def api(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the server says to the phone's owner."""
        ask = self.context.request
        code = ask.post(f"{self.sandbox}/login", data={}).json()["code"]
        token = ask.post(f"{self.url}/api/sessions", data={"code": code, "device": "test"}).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        said = (
            ask.get(f"{self.url}/api{path}", headers=headers)
            if body is None
            else ask.post(f"{self.url}/api{path}", data=body, headers=headers)
        )
        assert said.ok, said.text()
        return said.json() if said.status != 204 else None

    def ends_well(self) -> None:
        self.closed()
        assert (self.faults, self.strangers) == ([], [])


def test_a_visit_arrives_whole_whatever_the_phone_refuses_on_the_way(
    demo_url: str, chrome: Browser, proof: Path, artefacts: Path
) -> None:
    phone = WeChat(chrome, proof, demo_url, 0).open()
    page = phone.page

    phone.reads("先认一认您是谁")
    phone.tap("用微信手机号绑定")
    phone.reads("用于认出学校或县教体局登记过的您")
    phone.tap("不同意")
    phone.reads("您没有同意隐私保护指引，就没有取手机号。")
    phone.tap("用微信手机号绑定")
    phone.tap("同意，接着做")
    phone.answer("不允许")
    phone.reads(NO_NUMBER)
    phone.tap("用微信手机号绑定")
    phone.answer("允许")
    phone.reads("都已存进手机")
    page.screenshot(path=artefacts / "wechat-today.png")
    before = len(phone.visits())

    phone.tap("扫一扫 签到")
    phone.answer("返回")
    for refusal, words in (("missing", "这台手机不能扫码。请"), ("denied", "没有相机权限。请")):
        phone.tell(scan=refusal)
        phone.tap("扫学校的二维码")
        phone.reads(words)
    phone.tell(scan=phone.poster, keyBytes=1)
    phone.tap("扫学校的二维码")
    phone.answer("对准海报")
    phone.tap("提供位置并签到")
    phone.answer("拒绝")
    phone.reads(FULL)
    phone.tell(keyBytes=None)
    phone.tap("扫学校的二维码")
    phone.answer("对准海报")
    # who has refused the place once is not asked by WeChat again
    phone.tap("提供位置并签到")
    phone.reads("已签到：")

    phone.fill()
    phone.tell(camera="denied")
    phone.tap("拍照：食品留样")
    phone.reads(NO_CAMERA)
    phone.tell(camera="missing")
    phone.tap("拍照：食品留样")
    phone.reads("这台手机没有能用的相机，请换一台手机拍。")
    phone.tell(camera=base64.b64encode(picture()).decode())
    phone.tap("拍照：食品留样")
    phone.answer("返回")
    expect(page.get_by_text("没有能用的相机")).to_have_count(0)
    phone.tell(fileBytes=1)
    phone.tap("拍照：食品留样")
    phone.answer("拍下")
    phone.reads(FULL)
    expect(page.locator(".picture")).to_have_count(0)
    phone.tell(fileBytes=None)
    phone.photograph("食品留样")
    phone.photograph("现场照片")
    phone.sign()
    page.screenshot(path=artefacts / "wechat-form.png", full_page=True)
    phone.tap("不要这份表了")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_timeout(500)
    page.screenshot(path=artefacts / "wechat-sheet.png")
    page.touchscreen.tap(195, 100)
    expect(page.get_by_role("dialog")).to_have_count(0)

    phone.context.set_offline(True)
    phone.tap("存好，有网自动发送")
    phone.reads("已存好，正在发送")
    phone.closed()
    phone.open()
    phone.page.get_by_role("tab", name="发送").tap()
    phone.reads("待发送")
    assert len(phone.visits()) == before
    phone.context.set_offline(False)
    phone.page.get_by_text("✓ 已送到").first.wait_for(timeout=30_000)
    expect(phone.page.get_by_text("待发送")).to_have_count(0)
    phone.page.screenshot(path=artefacts / "wechat-sent.png")
    phone.closed()
    new = phone.visits()
    assert len(new) == before + 1
    assert (len(new[0]["photos"]), len(new[0]["signatures"]), new[0]["awaited"]) == (2, 1, [])
    told = {one["item"]: one["remark"] for one in new[0]["answers"] if one.get("remark")}
    assert told == {"C06": REMARK}
    assert (phone.faults, phone.strangers) == ([], [])


def test_a_poster_scanned_by_wechat_itself_leads_through_the_sign_in_to_the_check_in(
    demo_url: str, chrome: Browser, proof: Path
) -> None:
    phone = WeChat(chrome, proof, demo_url, 1)
    phone.said["page"] = f"pages/scan/index?q={quote(phone.poster, safe='')}"
    phone.open().bind()
    phone.tap("提供位置并签到")
    phone.answer("允许")
    phone.reads("已签到：")
    phone.closed()
    assert (phone.faults, phone.strangers) == ([], [])


def test_silence_and_a_spent_code_are_told_and_nothing_is_lost(
    demo_url: str, chrome: Browser, proof: Path
) -> None:
    phone = WeChat(chrome, proof, demo_url, 2)
    ask = phone.context.request
    code = ask.post(f"{phone.sandbox}/login", data={}).json()["code"]
    assert ask.post(f"{demo_url}/api/sessions", data={"code": code, "device": "test"}).ok
    phone.said["login"] = code
    phone.open()
    phone.reads("登录")
    phone.tap("再试一次")
    phone.bind()
    phone.reads("都已存进手机")
    before = len(phone.visits())

    phone.tell(mostMs=500)
    phone.page.route("**/api/check-ins", lambda route: None)
    phone.tap("扫一扫 签到")
    phone.answer("对准海报")
    phone.tap("不提供，直接签到")
    phone.reads("✓ 签到已存进手机")
    phone.page.unroute("**/api/check-ins")
    phone.tell(mostMs=None)
    phone.fill()
    phone.photograph("食品留样")
    phone.photograph("现场照片")
    phone.sign()
    phone.tap("发送")
    phone.reads("✓ 已送到，谢谢您")
    assert len(phone.visits()) == before + 1
    phone.closed()
    assert (phone.faults, phone.strangers) == ([], [])


def test_a_report_goes_through_the_hands_of_parent_head_and_officer(
    demo_url: str, chrome: Browser, proof: Path, artefacts: Path
) -> None:
    phones = {kind: WeChat(chrome, proof, demo_url, 3, kind) for kind in ("parent", "head", "county")}
    parent, head, officer = phones.values()

    parent.open().bind()
    parent.page.locator("#pages").get_by_role("button", name="填2026").last.tap()
    for number in range(1, 15):
        parent.reads(f"第 {number} 题")
        options = parent.page.locator("[data-question] [role=radio]")
        options.nth(1 if options.count() < 7 else 4).tap()
    parent.tap("交卷")
    # the tap with which something is sent is the one in which WeChat may ask
    parent.answer("允许")
    parent.reads("已收到，谢谢您")
    assert [one["answered"] for one in parent.api("/me/surveys")] == [True]
    words = {"request_id": new_id(), "school_id": parent.school["id"], "title": "餐具不干净"}
    problem = parent.api("/problems", words)["id"]
    parent.ends_well()

    head.said["page"] = f"pages/act/index?verb=submit&id={problem}"
    head.open().reads("餐具不干净")
    head.tap("拍照：整改后")
    head.reads("用于拍摄检查和整改的照片")
    head.tap("不同意")
    head.reads("不同意就拍不了照片，文字照样可以填")
    head.tap("拍照：整改后")
    head.tap("同意，接着做")
    head.answer("拍下")
    expect(head.page.locator(".picture")).to_have_count(1)
    head.page.screenshot(path=artefacts / "wechat-rectify.png")
    head.tap("提交整改")
    head.reads("待核查")
    head.ends_well()

    officer.said["page"] = f"pages/officer/problem?id={problem}"
    officer.open().reads("学校提交整改")
    officer.page.screenshot(path=artefacts / "wechat-problem.png", full_page=True)
    officer.tap("核查通过，销号")
    officer.tap("确定：核查通过，销号")
    officer.reads("已销号")
    assert officer.api(f"/problems/{problem}")["state"] == "closed"
    officer.ends_well()


def test_goods_are_scanned_by_wechat_at_acceptance_and_typed_where_it_cannot(
    demo_url: str, chrome: Browser, proof: Path, artefacts: Path
) -> None:
    phone = WeChat(chrome, proof, demo_url, 4, "manager")
    phone.said["page"] = f"pages/ledger/form?aspect=acceptance&school={phone.school['id']}"
    phone.open()
    line = phone.page.locator("#pages [data-item=goods_code]").last
    number, said = line.locator("input"), line.locator(".note")

    phone.tap("扫商品条码")
    phone.answer("返回")
    expect(said).to_have_count(0)
    for refusal, words in (("missing", "这台手机不能扫码。"), ("denied", "没有相机权限。")):
        phone.tell(scan=refusal)
        phone.tap("扫商品条码")
        expect(said).to_contain_text(words)
        expect(said).to_contain_text("手工输入条码下面的数字。")
    number.fill("96385074")
    expect(said).to_have_count(0)
    phone.tell(scan=phone.poster)
    phone.tap("扫商品条码")
    phone.answer("对准海报")
    expect(said).to_contain_text("这不是商品条码。")
    expect(number).to_have_value("96385074")
    phone.tell(scan="6901234567892")
    phone.tap("扫商品条码")
    phone.answer("对准海报")
    expect(number).to_have_value("6901234567892")
    expect(said).to_have_count(0)
    phone.tap("扫商品条码")
    phone.answer("对准海报")
    expect(said).to_have_text("这个条码刚才已经扫过了。")
    phone.page.screenshot(path=artefacts / "wechat-goods.png")
    phone.closed()
    assert (phone.faults, phone.strangers) == ([], [])


def test_my_data_is_handed_on_in_the_tap_and_a_consent_is_taken_back(
    demo_url: str, chrome: Browser, proof: Path, artefacts: Path
) -> None:
    phone = WeChat(chrome, proof, demo_url, 4).open()
    phone.bind()
    phone.reads("都已存进手机")
    given = {one["kind"] for one in phone.api("/me/consents") if one["given"]}
    assert given == {"privacy_policy"}
    phone.api("/me/consents", {"kind": "location", "version": 1})
    phone.page.get_by_role("tab", name="我的").tap()
    phone.tap("我的数据和隐私")
    phone.tap("存一份给我")
    phone.answer("取消")
    phone.tap("存一份给我")
    phone.answer("文件传输助手")
    phone.reads("已经给您了。")
    phone.page.screenshot(path=artefacts / "wechat-data.png")
    phone.tap("撤回位置信息")
    phone.tap("确定撤回")
    phone.reads("已撤回。")
    assert {one["kind"] for one in phone.api("/me/consents") if one["given"]} == given
    phone.tap("申请注销")
    phone.reads("您还担任膳食家委会委员")
    phone.ends_well()


# ---- the phone's own refusals: a build that passed above has met them


@pytest.fixture
def opened(demo_url: str, chrome: Browser, proof: Path) -> WeChat:
    phone = WeChat(chrome, proof, demo_url, 0).open()
    phone.page.locator("#pages page").first.wait_for()
    return phone


CALLS = [
    ("wx.request({})", "parameter error"),
    ("wx.request({ url: '/api/me' })", "invalid url"),
    ("wx.request({ url: 'https://elsewhere.example/' })", "not in domain list"),
    (
        "wx.request({ url: 'http://127.0.0.1:8080/api/me', timeout: '5' })",
        "parameter.timeout should be Number",
    ),
    ("wx.getFuzzyLocation({})", "requiredPrivateInfos"),
    ("wx.saveImageToPhotosAlbum({ filePath: 'a' })", "not declared in the privacy agreement"),
    ("wx.requestSubscribeMessage({ tmplIds: ['sandbox_rectify'] })", "TAP gesture"),
    ("wx.shareFileMessage({ filePath: 'wxfile://usr/none.html' })", "TAP gesture"),
    ("wx.openSetting({})", "TAP gesture"),
    ("wx.authorize({ scope: 'scope.nothing' })", "invalid scope"),
    ("wx.setStorage({ key: 'k', data: 'x'.repeat(1100000) })", "exceed max size 1MB"),
    ("wx.getFileSystemManager().readFile({ filePath: 'wxfile://usr/none.jpg' })", "no such file"),
    ("wx.getFileSystemManager().writeFile({ filePath: '/etc/x', data: '' })", "permission denied"),
]


def test_the_phone_refuses_what_a_real_one_refuses(opened: WeChat) -> None:
    page = opened.page
    for call, words in CALLS:
        refused = page.evaluate(
            f"new Promise((done) => {call}.then(() => done('allowed'), (no) => done(no.errMsg)))"
        )
        assert words in refused, call
    tapped = """(ids) => new Promise((done) => document.body.addEventListener('click', () => {
        wx.requestSubscribeMessage({ tmplIds: ids }).then((said) => done(said), (no) => done(no))
    }, { once: true }))"""
    page.evaluate("(act) => { window.asked = act }", None)
    for ids, words in ((["a", "b", "c", "d"], "out of max bounds"), (["sandbox_rectify"], "ok")):
        answer = page.evaluate_handle(f"(ids) => ({{ said: ({tapped})(ids) }})", ids)
        page.locator("#bar").tap()
        if words == "ok":
            opened.answer("允许")
        assert words in page.evaluate("async ({ said }) => (await said).errMsg", answer)
    rooms = page.evaluate(
        """async () => {
            let n = 0
            try { for (;; n++) await wx.setStorage({ key: `k${n}`, data: 'x'.repeat(1000000) }) } catch (no) { return [n, no.errMsg] }
        }"""
    )
    assert rooms[0] == 10 and "10Mb" in rooms[1]
