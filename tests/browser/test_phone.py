"""The main job as a person sees it: the map, a phone, a push, a rectification, a closed problem."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.both_engines
def test_a_problem_goes_from_the_scan_to_its_end(demo_url: str, chrome: Browser, artefacts: Path) -> None:
    page = chrome.new_page(viewport={"width": 1500, "height": 1000})
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(demo_url)
    expect(page.locator(".county")).to_have_count(9)
    expect(page.locator(".figure").first).to_contain_text("完成")
    page.get_by_role("button", name="麒麟区").click()
    page.locator("#schools button", has_text="东山").first.click()
    expect(page.locator("#school img")).to_be_visible()
    page.screenshot(path=artefacts / "home.png")

    member = _become(page, "膳食家委会委员", 0)
    member.get_by_role("button", name="用微信手机号绑定").click()
    member.get_by_role("button", name="扫一扫").click()
    expect(member.locator(".consents li", has_text="整改核查提醒")).to_be_visible()
    expect(member.locator(".consents li", has_text="sandbox_")).to_have_count(0)
    member.get_by_role("button", name="允许").click()
    member.locator(".list .mine").first.click()
    expect(member.locator(".good")).to_contain_text("已签到")
    page.screenshot(path=artefacts / "form.png")
    _fill(member, failing="C06")
    member.get_by_role("button", name="提交", exact=True).click()
    # what the form said goes on as a line of the next screen, over none of its buttons
    expect(member.locator("main > .said")).to_contain_text("立了1个问题")
    expect(member.locator(".toast")).to_have_count(0)
    page.screenshot(path=artefacts / "member.png")

    head = _become(page, "学校负责人", 0)
    head.locator(".tabs button", has_text="微信").click()
    card = head.locator(".card", has_text="请按期整改，逾期")
    expect(card).to_be_visible(timeout=60_000)
    card.click()
    head.get_by_role("button", name="提交整改").click()
    head.get_by_role("button", name="示例照片").click()
    expect(head.locator(".sheet .thumbs img")).to_have_count(1)
    head.get_by_role("button", name="确定").click()
    head.get_by_role("button", name="允许").click()
    expect(head.locator(".state", has_text="待核查")).to_be_visible()
    page.screenshot(path=artefacts / "head.png")

    member = _become(page, "膳食家委会委员", 0)
    member.locator(".tabs button", has_text="微信").click()
    card = member.locator(".card", has_text="学校已提交整改，请核查")
    expect(card).to_be_visible(timeout=60_000)
    page.screenshot(path=artefacts / "push.png")
    card.click()
    member.get_by_role("button", name="核查通过，销号").click()
    member.get_by_role("button", name="确定").click()
    expect(member.locator(".state", has_text="已销号")).to_be_visible()
    expect(member.locator(".timeline li")).to_have_count(3)
    page.screenshot(path=artefacts / "closed.png")
    assert faults == []


def test_a_form_outlives_a_reload_and_a_second_scan(demo_url: str, chrome: Browser) -> None:
    page = phone_of(demo_url, chrome, "膳食家委会委员", "越州")
    page.get_by_role("button", name="用微信手机号绑定").click()
    page.get_by_role("button", name="扫一扫").click()
    page.get_by_role("button", name="取消").click()
    page.locator(".list .mine").click()
    page.locator("[data-item=C02]").get_by_role("radio", name="未查看").click()
    page.get_by_label("备注").fill("库房钥匙没有拿到")
    page.reload()
    expect(page.locator("[data-item=C02] .on")).to_have_text("未查看")
    page.get_by_role("button", name="返回").click()
    # a refusal is remembered: nothing is asked again
    page.get_by_role("button", name="扫一扫").click()
    page.locator(".list .mine").click()
    page.get_by_role("button", name="接着填写").click()
    expect(page.locator("[data-item=C02] .on")).to_have_text("未查看")
    expect(page.get_by_label("备注")).to_have_value("库房钥匙没有拿到")


def test_what_a_form_lacks_is_said_beside_the_item(demo_url: str, chrome: Browser) -> None:
    page = phone_of(demo_url, chrome, "膳食家委会委员", "茨营")
    page.get_by_role("button", name="用微信手机号绑定").click()
    page.get_by_role("button", name="扫一扫").click()
    page.get_by_role("button", name="取消").click()
    page.locator(".list .mine").click()
    page.locator("[data-item=C16]").get_by_role("radio", name="合格", exact=True).click()
    _finish(page)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("[data-item=C01] .fault")).to_have_text("“到校与同行”还没有填。")
    expect(page.locator("[data-item=C16] .fault")).to_contain_text("各打一个分")


def test_a_supervisors_items_keep_the_codes_of_their_form(demo_url: str, chrome: Browser) -> None:
    page = phone_of(demo_url, chrome, "责任督学")
    page.get_by_role("button", name="用微信手机号绑定").click()
    page.get_by_role("button", name="扫一扫").click()
    page.get_by_role("button", name="取消").click()
    page.locator(".list .mine", has_text="越州第一中学").click()
    for code in ("A1", "C1", "D1"):
        expect(page.locator(f"[data-item={code}] h2")).to_contain_text(f"{code} ")


def test_a_notice_of_a_record_leads_to_the_record_and_its_answer(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    page = phone_of(demo_url, chrome, "责任督学", "潇湘")
    page.get_by_role("button", name="用微信手机号绑定").click()
    page.get_by_role("button", name="扫一扫").click()
    page.get_by_role("button", name="取消").click()
    page.locator(".list .mine", has_text="潇湘").first.click()
    page.get_by_role("button", name="其余都合格").click()
    page.get_by_label("备注").fill("台账齐全，留样规范")
    scene = page.locator("section", has=page.get_by_role("heading", name="现场照片"))
    scene.get_by_role("button", name="示例照片").click()
    expect(scene.locator(".thumbs img")).to_have_count(1)
    _sign(page)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("main > .said")).to_contain_text("已提交")

    head = phone_of(demo_url, chrome, "学校负责人", "潇湘")
    wants_no_more(head)
    head.get_by_role("button", name="站内消息").click()
    head.locator(".list button", has_text="督查记录待学校确认").first.click()
    expect(head.get_by_role("heading", name="责任督学督查记录")).to_be_visible()
    expect(head.locator("main")).to_contain_text("台账齐全，留样规范")
    head.screenshot(path=artefacts / "record.png")
    head.get_by_role("button", name="确认记录").click()
    expect(head.locator("main")).to_contain_text("学校已确认")
    head.get_by_role("button", name="返回").click()
    head.get_by_role("button", name="站内消息").click()
    told = head.locator(".list button", has_text="督查记录待学校确认").first
    expect(told).to_contain_text("已办结或有变化")


def test_on_a_narrow_screen_the_phone_comes_into_view(demo_url: str, chrome: Browser) -> None:
    page = chrome.new_page(viewport={"width": 414, "height": 812})
    page.goto(demo_url)
    page.locator("#schools button").first.click()
    expect(page.locator("#phone")).not_to_be_in_viewport()
    page.locator("#school li button").first.click()
    expect(page.locator("#phone")).to_be_in_viewport(ratio=0.8)
    codes = page.request.get(f"{demo_url}/demo/codes?county=530302").json()
    page.goto(f"{demo_url}/q/{codes[0]['url'].rsplit('/', 1)[1]}")
    page.get_by_role("link", name="在演示手机上打开").click()
    expect(page.locator("#phone")).to_be_in_viewport(ratio=0.8)


def test_the_phones_of_everybody_can_be_looked_at(demo_url: str, chrome: Browser, artefacts: Path) -> None:
    page = chrome.new_page(viewport={"width": 414, "height": 812})
    page.goto(f"{demo_url}/sandbox")
    expect(page).to_have_url(f"{demo_url}/sandbox/")
    shown, names = page.locator("section").first.bounding_box(), page.locator("nav").bounding_box()
    assert shown is not None and names is not None and shown["y"] < names["y"]
    page.screenshot(path=artefacts / "sandbox.png")


def test_an_address_that_there_is_not_is_a_page_for_people(demo_url: str, chrome: Browser) -> None:
    page = chrome.new_page()
    answer = page.goto(f"{demo_url}/nothing-here")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading")).to_have_text("没有这个页面")
    page.get_by_role("link", name="回到首页").click()
    expect(page).to_have_url(f"{demo_url}/")


def test_an_officer_sees_the_coverage_of_every_county(demo_url: str, chrome: Browser) -> None:
    page = phone_of(demo_url, chrome, "州市教体局")
    page.get_by_role("button", name="覆盖情况").click()
    expect(page.get_by_role("heading", name="本月入校覆盖")).to_be_visible()
    expect(page.locator(".list button")).to_have_count(9)
    expect(page.get_by_role("heading", name="证据薄弱的签到")).to_be_visible()
    page.locator(".list button", has_text="罗平县").click()
    expect(page.get_by_role("heading", name="罗平县")).to_be_visible()


def test_a_posters_link_says_whose_it_is(demo_url: str, chrome: Browser) -> None:
    page = chrome.new_page()
    codes = page.request.get(f"{demo_url}/demo/codes?county=530302").json()
    token = codes[0]["url"].rsplit("/", 1)[1]
    page.goto(f"{demo_url}/q/{token}")
    expect(page.get_by_role("heading")).to_have_text(codes[0]["name"])
    page.get_by_role("link", name="在演示手机上打开").click()
    expect(page.frame_locator("#phone").get_by_role("heading", name="这台手机是谁的？")).to_be_visible()
    answer = page.goto(f"{demo_url}/q/{token[:-1]}x")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading")).to_have_text("这不是膳督的学校二维码")


def _become(page: Page, post: str, number: int) -> FrameLocator:
    page.locator("#school li button", has_text=post).nth(number).click()
    phone = page.frame_locator("#phone")
    expect(phone.locator(".view.home")).to_be_visible()
    return phone


# the last one: it moves the clock of all
def test_a_school_is_overdue_once_the_clock_is_past_the_deadline(demo_url: str, chrome: Browser) -> None:
    page = chrome.new_page(viewport={"width": 1400, "height": 900})
    page.goto(demo_url)
    button = page.get_by_role("button", name="快进到期限之后")
    expect(button).to_be_enabled()
    before = _overdue(page, demo_url)
    button.click()
    deadline = time.monotonic() + 20
    while _overdue(page, demo_url) <= before:
        assert time.monotonic() < deadline, "no problem became overdue"
        page.wait_for_timeout(300)


def phone_of(demo_url: str, chrome: Browser, post: str, place: str = "东山") -> Page:
    """The phone alone, of whoever holds such a post at a school of 麒麟区."""
    page = chrome.new_page(viewport={"width": 414, "height": 812})
    page.goto(f"{demo_url}/phone")
    page.get_by_role("button", name="麒麟区").click()
    page.get_by_role("button", name=place).click()
    page.get_by_role("button", name=post).first.click()
    expect(page.locator(".view.home")).to_be_visible()
    return page


def wants_no_more(page: Page) -> None:
    """Say no whenever WeChat asks: whether it does depends on how many messages were sent by then."""
    asked = page.get_by_role("dialog", name="申请给您发送通知")
    page.add_locator_handler(asked, lambda sheet: sheet.get_by_role("button", name="取消").click())


def _overdue(page: Page, demo_url: str) -> int:
    schools = page.request.get(f"{demo_url}/demo/schools").json()
    return sum(int(school["overdue"]) for school in schools)


def _fill(phone: FrameLocator, failing: str) -> None:
    """Everything right but one key item, with its photo; grade, scene photo, signature."""
    item = phone.locator(f"[data-item={failing}]")
    item.get_by_role("radio", name="不合格").click()
    item.get_by_label("问题说明").fill("有一份留样没有标签")
    item.get_by_role("button", name="示例照片").click()
    expect(item.locator(".thumbs img")).to_have_count(1)
    phone.get_by_role("button", name="其余都合格").click()
    _finish(phone)


def _finish(phone: FrameLocator | Page) -> None:
    """The grade, a photo of the scene and a signature."""
    phone.get_by_role("radio", name="良").click()
    scene = phone.locator("section", has=phone.get_by_role("heading", name="现场照片"))
    scene.get_by_role("button", name="示例照片").click()
    expect(scene.locator(".thumbs img")).to_have_count(1)
    _sign(phone)


def _sign(phone: FrameLocator | Page) -> None:
    pad = phone.locator("canvas.pad").first
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    mouse = pad.page.mouse
    mouse.move(box["x"] + 40, box["y"] + 40)
    mouse.down()
    mouse.move(box["x"] + 160, box["y"] + 90, steps=8)
    mouse.up()
    phone.get_by_role("button", name="确认签名").first.click()
    expect(phone.get_by_role("button", name="重签")).to_be_visible()
