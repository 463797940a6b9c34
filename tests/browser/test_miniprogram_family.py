"""The phone's client in the hands of a parent and of a school: a survey, a report, a rectification, the ledger."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, expect

from models.ledger.numbers import company_check, licence_check
from tests.browser.test_miniprogram_visit import Phone as Visiting

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("client")]

PLACE = "东山"


class Phone(Visiting):
    """A phone in somebody's hands."""

    def be(self, kind: str, place: str = PLACE) -> dict[str, Any]:
        """Somebody who holds a post of a kind at a school; who they are."""
        ask = self.context.request
        schools = ask.get(f"{self.url}/demo/schools").json()
        self.school = next(one for one in schools if place in one["name"])
        people = ask.get(f"{self.url}/demo/people?school={self.school['id']}").json()
        who: dict[str, Any] = next(one for one in people if one["kind"] == kind)
        # the page anew: a link within it is for the program
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}/m/#as={who['id']}&school={self.school['id']}")
        bind = self.page.get_by_role("button", name="用微信手机号绑定")
        mine = self.page.get_by_role("tab", name="我的")
        bind.or_(mine).first.wait_for()
        if bind.is_visible():
            bind.click()
        mine.wait_for()
        self.who = who
        return who

    def tap(self, name: str, role: Any = "button") -> None:
        self.page.get_by_role(role, name=name).first.click()

    def api(self, path: str) -> Any:
        answer = self.context.request.get(
            f"{self.url}/api{path}", headers={"Authorization": f"Bearer {self.token()}"}
        )
        assert answer.ok, answer.text()
        return answer.json()

    def pushes(self) -> list[dict[str, Any]]:
        found = self.context.request.get(f"{self.url}/sandbox/phones/{self.who['user']}/messages").json()
        return list(found["messages"])

    def is_told(self, before: int) -> str:
        """The page that the next push opens, after so many."""
        for _ in range(60):
            if len(self.pushes()) > before:
                break
            self.page.wait_for_timeout(500)
        return str(self.pushes()[before]["page"])

    def tell_me(self) -> None:
        """Yes to WeChat's question, as often as it is worth asking."""
        self.tap("有事用微信提醒我")

    def shot(self, artefacts: Path, name: str) -> None:
        """What is on the screen, in light and in dark."""
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            self.page.screenshot(path=artefacts / f"miniprogram-{name}-{scheme}.png")

    def kept(self) -> str:
        """All that the program keeps on this phone, as text."""
        return str(self.page.evaluate(KEPT))

    def is_well(self) -> None:
        assert (self.faults, self.strangers) == ([], [])


# every value of every store of the browser's databases
KEPT = """async () => {
  const found = [JSON.stringify(localStorage)]
  for (const { name } of await indexedDB.databases()) {
    const db = await new Promise((done) => { indexedDB.open(name).onsuccess = (event) => done(event.target.result) })
    for (const store of db.objectStoreNames) {
      const all = db.transaction(store).objectStore(store).getAll()
      found.push(JSON.stringify(await new Promise((done) => { all.onsuccess = () => done(all.result) })))
    }
    db.close()
  }
  return found.join('')
}"""


def is_seen(phone: Phone, name: str) -> None:
    """A picture of the server's is on the screen, not only its frame."""
    picture = phone.page.get_by_role("button", name=name).first
    expect(picture.locator("div").first).to_have_css("background-image", re.compile("url"))


def is_marked(phone: Phone) -> None:
    """A picture that was just taken has where and when on a band below it, a ninth of its height."""
    expect(phone.page.locator(".picture img")).to_have_js_property("naturalHeight", 1200 + 133)


def answer(phone: Phone, number: int) -> None:
    """Answer the question of a number, whatever it is; the next one comes by itself."""
    expect(phone.page.get_by_text(f"第 {number} 题")).to_be_visible()
    options = phone.page.locator("[data-question] [role=radio]")
    options.nth(1 if options.count() < 7 else 4).click()


def test_a_parent_answers_the_survey_in_sixteen_taps_and_nobody_finds_it_on_the_phone(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    phone = Phone(chrome, demo_url)
    phone.be("parent")
    before = [one["answered"] for one in phone.api("/me/surveys")]
    phone.shot(artefacts, "parent")
    phone.tap("填2026")
    for number in range(1, 7):
        answer(phone, number)
    expect(phone.page.get_by_text("第 7 题")).to_be_visible()
    phone.shot(artefacts, "survey")

    phone.killed_and_opened_again()
    phone.tap("填2026")
    for number in range(7, 15):
        answer(phone, number)
    phone.is_installed()
    phone.context.set_offline(True)
    phone.tap("交卷")
    expect(phone.page.get_by_text("已存好，有网自动发送")).to_be_visible()
    phone.killed_and_opened_again()
    phone.context.set_offline(False)
    phone.page.reload()
    phone.tap("发送", "tab")
    expect(phone.page.get_by_text("✓ 已送到").first).to_be_visible()

    assert sum(one["answered"] for one in phone.api("/me/surveys")) == sum(before) + 1
    # the questions are, and no answer
    assert '"code":"S07"' in phone.kept()
    assert '"S07":' not in phone.kept()
    phone.is_well()


def test_a_parent_registers_a_child_and_sees_the_schools_board(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    phone = Phone(chrome, demo_url)
    phone.be("parent")
    before = len(phone.api("/me/children"))
    phone.tap("登记孩子")
    phone.tap("三年级", "radio")
    phone.page.get_by_role("textbox", name="班级").fill("2班")
    phone.shot(artefacts, "child")
    phone.page.get_by_role("button", name=re.compile("登记$")).click()
    expect(phone.page.get_by_role("status")).to_contain_text("三年级2班")
    expect(phone.page.locator("[data-child]")).to_have_count(before + 1)

    phone.page.go_back()
    phone.tap("食堂公示")
    expect(phone.page.locator("[data-board=satisfaction]")).to_contain_text("份答卷，应答率")
    phone.shot(artefacts, "board")
    phone.is_well()


def test_a_report_goes_from_a_parent_to_the_school_and_back_and_is_opened_again(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    parent, head = Phone(chrome, demo_url), Phone(chrome, demo_url)
    parent.be("parent")
    parent.tell_me()
    told = len(parent.pushes())
    head.be("head")
    parent.tap("反映", "tab")
    parent.tap("反映问题")
    parent.photograph(parent.page.get_by_role("button", name="拍照：问题"))
    is_marked(parent)
    parent.tap("餐具不干净", "radio")
    parent.shot(artefacts, "report")
    parent.killed_and_opened_again()
    parent.tap("反映", "tab")
    parent.tap("反映问题")
    expect(parent.page.get_by_role("radio", name="餐具不干净")).to_be_checked()
    expect(parent.page.locator(".picture")).to_have_count(1)
    parent.page.get_by_role("button", name="发送", exact=True).click()
    expect(parent.page.get_by_text("已送到，谢谢您")).to_be_visible()

    todo = head.page.locator("[data-todo=rectify]", has_text="餐具不干净").first
    for _ in range(20):
        head.page.reload()
        head.page.get_by_role("tab", name="待办").wait_for()
        head.page.wait_for_timeout(800)
        if todo.count():
            break
    head.shot(artefacts, "todo")
    todo.click()
    expect(head.page.locator("[data-state]")).to_have_text("限期整改")
    head.tap("提交整改")
    head.tap("写上：已清洗消毒")
    head.tap("提交整改")
    expect(head.page.get_by_role("alert")).to_have_text("请拍一张整改后的照片。")
    head.photograph(head.page.get_by_role("button", name="拍照：整改后"))
    is_marked(head)
    head.shot(artefacts, "rectify")
    head.tap("提交整改")
    expect(head.page.locator("[data-state]")).to_have_text("待核查")

    assert parent.is_told(told).startswith("pages/problem/index?id=")
    parent.tap("首页", "tab")
    parent.tap("核查餐具不干净")
    expect(parent.page.get_by_text("整改后", exact=True)).to_be_visible()
    is_seen(parent, "看大图：整改后第1张")
    parent.shot(artefacts, "problem")
    parent.tap("核查通过，销号")
    parent.tap("核查通过，销号")
    expect(parent.page.locator("[data-state]")).to_have_text("已销号")
    parent.tap("没解决")
    parent.tap("写上：和以前一样")
    parent.tap("没解决")
    expect(parent.page.locator("[data-state]")).to_have_text("反映没解决，重新整改")
    expect(parent.page.locator("[data-step]")).to_have_count(5)
    head.page.goto(f"{demo_url}/m/#/pages/todo/index")
    expect(todo).to_be_visible()
    parent.is_well()
    head.is_well()


def test_a_push_opens_the_problem_the_school_rectifies_it_without_a_network_and_the_finder_verifies(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    place = "越州第一中学"
    head, member = Phone(chrome, demo_url), Phone(chrome, demo_url)
    head.be("head", place)
    told = len(head.pushes())
    member.be("committee", place)
    expect(member.page.get_by_text("都已存进手机")).to_be_visible()
    member.check_in(place)
    expect(member.page.get_by_text("已签到：")).to_be_visible()
    member.fill(failing="C06")
    member.photograph(member.page.get_by_role("button", name="拍照：现场照片"))
    member.sign()
    member.page.get_by_role("button", name="发送", exact=True).click()
    expect(member.page.get_by_text("已送到，谢谢您")).to_be_visible()

    page = head.is_told(told)
    assert re.fullmatch(r"pages/problem/index\?id=\d+", page)
    head.page.goto(f"{demo_url}/m/#/{page}")
    expect(head.page.locator("[data-state]")).to_have_text("限期整改")
    head.tap("提交整改")
    head.context.set_offline(True)
    head.photograph(head.page.get_by_role("button", name="拍照：整改后"))
    head.tap("存好，有网自动发送")
    expect(head.page.get_by_text("已存好，正在发送")).to_be_visible()
    head.context.set_offline(False)
    expect(head.page.locator("[data-state]")).to_have_text("待核查")

    member.page.goto(f"{demo_url}/m/#/{page}")
    is_seen(member, "看大图：整改后第1张")
    member.tap("核查通过，销号")
    member.tap("核查通过，销号")
    expect(member.page.locator("[data-state]")).to_have_text("已销号")
    member.is_well()
    head.is_well()


def test_a_manager_fills_in_what_is_due_from_the_servers_declaration_and_corrects_it(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    phone = Phone(chrome, demo_url)
    phone.be("manager")
    declared = {one["code"]: one for one in phone.api("/ledger/aspects")}["serving"]
    phone.tap("台账", "tab")
    phone.page.locator("[data-due=serving]").wait_for()
    phone.shot(artefacts, "ledger")
    phone.page.locator("[data-due=serving]").click()
    expect(phone.page.locator("[data-item]")).to_have_count(
        sum(one["when"] is None for one in declared["items"])
    )
    phone.tap("交这一条")
    expect(phone.page.locator("[data-item=portions] [role=alert]")).to_have_text("“供餐份数”还没有填。")
    fill_in(phone, declared, portions="620", price_fen="6.5")
    phone.shot(artefacts, "entry")
    phone.tap("交这一条")
    expect(phone.page.get_by_label("已填供餐服务")).to_be_visible()

    phone.tap("已填供餐服务")
    phone.page.locator("[data-entry]").first.get_by_role("button").first.click()
    phone.tap("更正供餐服务")
    expect(phone.page.locator("[data-item=price_fen] input")).to_have_value("6.50")
    phone.page.locator("[data-item=portions] input").fill("602")
    phone.tap("写上：填错了")
    phone.tap("交更正")
    expect(phone.page.get_by_text("第2版")).to_be_visible()
    line = phone.api(f"/schools/{phone.school['id']}/ledger/entries?aspect=serving")["items"][0]
    kept = (line["values"]["portions"], line["values"]["price_fen"], line["revision"], line["reason"])
    assert kept == (602, 650, 2, "填错了")
    phone.is_well()


def test_the_form_is_whatever_the_server_declares(demo_url: str, chrome: Browser) -> None:
    phone = Phone(chrome, demo_url)
    phone.be("manager")
    declared = next(one for one in phone.api("/ledger/aspects") if one["code"] == "disinfection")
    more = declared["items"][0] | {
        "code": "steam_c", "name": "蒸汽温度", "kind": "temperature", "unit": "℃", "lowest": -10, "highest": 200,
        "places": 1, "at_least": 100, "choices": [], "when": None, "required": True, "refers": "", "ought": [],
    }  # fmt: skip
    declared["items"].append(more)
    phone.page.route("**/api/ledger/aspects/disinfection*", lambda route: route.fulfill(json=declared))
    phone.tap("台账", "tab")
    phone.page.locator("[data-due=disinfection]").click()
    line = phone.page.locator("[data-item=steam_c]")
    line.locator("input").fill("-20")
    phone.tap("交这一条")
    expect(line.get_by_role("alert")).to_have_text("“蒸汽温度”只能在-10℃到200℃之间。")
    line.locator("input").fill("95.5")
    expect(line.get_by_role("status")).to_contain_text("低于100℃")
    phone.is_well()


def test_a_package_is_scanned_at_acceptance_and_a_second_time_is_said_to_be_one(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    phone = Phone(chrome, demo_url)
    phone.be("manager")
    phone.tap("台账", "tab")
    phone.page.locator("[data-due=acceptance]").click()
    line = phone.page.locator("[data-item=goods_code]")
    number, said = line.locator("input"), line.get_by_role("status")

    with phone.page.expect_file_chooser():
        phone.tap("扫商品条码")
    phone.page.locator("input[type=file]").dispatch_event("cancel")
    expect(said).to_have_count(0)
    scanned(phone, package(None))
    expect(said).to_contain_text("照片里没有看清条码。")
    expect(number).to_have_value("")
    scanned(phone, package("6901234567892"))
    expect(number).to_have_value("6901234567892")
    expect(said).to_have_count(0)
    phone.shot(artefacts, "goods")
    scanned(phone, package("6901234567892"))
    expect(said).to_have_text("这个条码刚才已经扫过了。")
    # as a person types it who has no camera
    number.fill("012345678904")
    phone.page.locator("[data-item=goods] input").fill("香米 25公斤")
    phone.page.locator("[data-item=quantity_g] input").fill("500000")
    for code in ("ingredient", "supplier", "verdict"):
        phone.page.locator(f"[data-item={code}]").get_by_role("radio").first.click()
    phone.tap("交这一条")
    expect(phone.page.get_by_label("填食材验收")).to_be_visible()
    phone.tap("发送", "tab")
    expect(phone.page.get_by_text("“商品条码”不是正确的商品条码，请重新扫描。")).to_be_visible()
    phone.tap("去修改")
    expect(line.get_by_role("alert")).to_have_text("“商品条码”不是正确的商品条码，请重新扫描。")
    scanned(phone, package("012345678905"))
    expect(number).to_have_value("0012345678905")
    phone.tap("交这一条")
    expect(phone.page.get_by_text("✓ 已送到").first).to_be_visible()
    kept = phone.api(f"/schools/{phone.school['id']}/ledger/entries?aspect=acceptance")["items"][0]["values"]
    assert kept["goods_code"] == "0012345678905"

    phone.tap("台账", "tab")
    phone.tap("已填食材验收")
    scanned(phone, package("0012345678905"))
    expect(said).to_contain_text("这一天已经有一条扫过这个条码。")
    phone.shot(artefacts, "goods-again")
    phone.is_well()


def test_a_manager_registers_a_supplier_that_is_then_offered_and_finds_others_by_name(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    phone = Phone(chrome, demo_url)
    phone.be("manager")
    mine = f"/schools/{phone.school['id']}/ledger/suppliers"
    known = {one["label"] for one in phone.api(mine)}
    everybody = phone.api(f"/schools/{phone.school['id']}/ledger/registers/supplier?limit=200")
    stranger = next(one for one in everybody if one["label"] not in known)
    phone.tap("台账", "tab")
    phone.tap("名录")
    register = phone.page.locator("[data-register=supplier]")
    expect(register.locator("[data-row]")).to_have_count(len(known))
    expect(phone.page.locator("[data-register=committee_list]")).to_have_count(0)
    phone.shot(artefacts, "registers")

    phone.tap("登记供应商")
    first = "91530302MA6K0099X"
    for code, said in {
        "name": "东山镇李氏粮油店", "company_code": first + "0", "licence": f"JY1530302009999{licence_check('1530302009999')}",
    }.items():  # fmt: skip
        phone.page.locator(f"[data-item={code}] input").fill(said)
    phone.tap("有效期至：今天")
    phone.page.locator("[data-item=classes]").get_by_role("checkbox").first.click()
    phone.tap("交这一条")
    fault = phone.page.locator("[data-item=company_code] [role=alert]")
    expect(fault).to_have_text(
        "“统一社会信用代码”须是18位，且校验码正确，请对照营业执照核对。", timeout=20_000
    )
    phone.page.locator("[data-item=company_code]").screenshot(
        path=artefacts / "miniprogram-supplier-code.png"
    )
    phone.page.locator("[data-item=company_code] input").fill(first + company_check(first))
    phone.tap("交这一条")
    expect(register.get_by_label("更正东山镇李氏粮油店")).to_be_visible()

    register.get_by_label("更正东山镇李氏粮油店").click()
    expect(phone.page.get_by_text(first + company_check(first))).to_be_visible()
    expect(phone.page.locator("[data-item=company_code]")).to_have_count(0)
    phone.page.locator("[data-item=name] input").fill("东山镇李记粮油店")
    phone.tap("交更正")
    expect(register.get_by_label("更正东山镇李记粮油店")).to_be_visible()
    (row,) = [one for one in phone.api(mine) if one["label"] == "东山镇李记粮油店"]
    assert row["revision"] == 2

    phone.page.goto(f"{demo_url}/m/#/pages/ledger/form?aspect=acceptance&school={phone.school['id']}")
    choice = phone.page.locator("[data-item=supplier]")
    expect(choice.get_by_role("radio", name="东山镇李记粮油店")).to_be_visible()
    expect(choice.get_by_role("radio", name=stranger["label"])).to_have_count(0)
    choice.locator("input").fill("没有这家")
    phone.tap("在名录里找供应商")
    expect(choice.get_by_role("status")).to_contain_text("名录里没有“没有这家”")
    choice.locator("input").fill(stranger["label"][2:])
    phone.tap("在名录里找供应商")
    choice.get_by_role("radio", name=stranger["label"]).click()
    choice.locator("input").fill("")
    phone.tap("在名录里找供应商")
    expect(choice.get_by_role("radio", name=stranger["label"])).to_be_checked()
    choice.screenshot(path=artefacts / "miniprogram-supplier-choice.png")
    phone.is_well()


def test_a_head_files_the_committees_list(demo_url: str, chrome: Browser, artefacts: Path) -> None:
    phone = Phone(chrome, demo_url)
    phone.be("head")
    path = f"/schools/{phone.school['id']}/ledger/registers/committee_list"
    before = len(phone.api(path))
    phone.tap("台账", "tab")
    phone.tap("名录")
    phone.tap("登记膳食家委会名单")
    for code, said in {"year": "2024", "members": "6"}.items():
        phone.page.locator(f"[data-item={code}] input").fill(said)
    phone.tap("备案日期：今天")
    for code in ("grades", "school_grades"):
        phone.page.locator(f"[data-item={code}]").get_by_role("checkbox").first.click()
    for code in ("no_interest", "published"):
        phone.page.locator(f"[data-item={code}]").get_by_role("radio", name="是").click()
    expect(phone.page.locator("[data-item=members] [role=status]")).to_contain_text("低于7名")
    phone.shot(artefacts, "committee")
    phone.tap("交这一条")
    expect(phone.page.locator("[data-register=committee_list]").get_by_text("1处不符合要求")).to_be_visible(
        timeout=20_000
    )
    assert len(phone.api(path)) == before + 1

    phone.tap("更正2024年")
    phone.tap("已经没有了，停用")
    phone.tap("写上：登记错了")
    phone.page.get_by_role("button", name="停用", exact=True).click()
    # on the row's own page the list is not there at all
    expect(phone.page.locator("[data-register=committee_list]")).to_be_visible()
    expect(phone.page.get_by_label("更正2024年")).to_have_count(0, timeout=20_000)
    ended = next(one for one in phone.api(f"{path}?ended=true") if one["label"] == "2024")
    assert (ended["ended_reason"], len(phone.api(path))) == ("登记错了", before)
    phone.is_well()


def scanned(phone: Phone, photo: bytes) -> None:
    with phone.page.expect_file_chooser() as asked:
        phone.tap("扫商品条码")
    asked.value.set_files({"name": "package.jpg", "mimeType": "image/jpeg", "buffer": photo})


def package(number: str | None) -> bytes:
    """A photo of a package, a little askew and unsharp, with the bars of a number (EAN-13), or without any."""
    photo = Image.new("L", (1200, 900), 235)
    if number is not None:
        bars = zxingcpp.create_barcode(number.rjust(13, "0"), zxingcpp.BarcodeFormat.EAN13)
        photo.paste(Image.fromarray(zxingcpp.write_barcode_to_image(bars, scale=6)), (250, 250))
    out = io.BytesIO()
    photo.rotate(4, fillcolor=180).filter(ImageFilter.GaussianBlur(2)).save(out, "JPEG", quality=70)
    return out.getvalue()


def fill_in(phone: Phone, form: dict[str, Any], **numbers: str) -> None:
    """What must be there, by the kinds of its lines."""
    for item in form["items"]:
        line = phone.page.locator(f"[data-item={item['code']}]")
        if item["code"] in numbers:
            line.locator("input").fill(numbers[item["code"]])
        elif item["kind"] == "yes_no":
            line.get_by_role("radio", name="是").click()
        elif item["kind"] == "choice" and item["required"]:
            line.get_by_role("radio").first.click()


def test_the_wall_shows_a_code_that_can_be_scanned_and_says_when_it_is_old(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    phone = Phone(chrome, demo_url)
    phone.be("head")
    phone.tap("学校", "tab")
    phone.tap("大屏签到码")
    code = phone.page.locator("[data-code]")
    expect(code).to_be_visible()
    first = code.get_attribute("data-code")
    phone.shot(artefacts, "wall")
    phone.context.set_offline(True)
    expect(phone.page.get_by_text("这个码已过期")).to_be_visible(timeout=70_000)
    phone.page.screenshot(path=artefacts / "miniprogram-wall-old.png")
    phone.context.set_offline(False)
    expect(phone.page.get_by_text("秒后换新码")).to_be_visible()
    assert code.get_attribute("data-code") != first
    phone.is_well()
