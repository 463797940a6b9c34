"""The phone's client in an officer's hand: figures down to the photo, verifying, draws, orders from above."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.test_miniprogram_visit import Phone, picture
from tests.cast import new_id

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("client")]

COUNTY = "530302"


class Desk(Phone):
    """An officer's phone."""

    def take(self, post: str, place: str = "东山") -> "Desk":
        """Become somebody above a school of 麒麟区."""
        self.page.get_by_role("button", name="选别的学校和人").click()
        self.page.get_by_role("button", name="麒麟区").click()
        self.page.get_by_role("button", name=place).click()
        self.page.get_by_role("button", name=post).first.click()
        bind = self.page.get_by_role("button", name="用微信手机号绑定")
        tabs = self.page.get_by_role("tab", name="数据")
        bind.or_(tabs).first.wait_for()
        if bind.is_visible():
            bind.click()
        tabs.wait_for()
        return self

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name).click()

    def button(self, name: str, exact: bool = True) -> Locator:
        return self.shown().get_by_role("button", name=name, exact=exact)

    def shown(self) -> Locator:
        """The page in front; those below it stay where they are."""
        return self.page.locator("uni-page:visible").last

    def write(self, label: str, words: str) -> None:
        self.shown().get_by_label(label, exact=True).fill(words)

    def shoot(self, artefacts: Path, name: str) -> None:
        """A picture in light and one in the dark."""
        for mode in ("dark", "light"):
            self.page.emulate_media(color_scheme=mode)  # type: ignore[arg-type]
            self.page.wait_for_timeout(150)
            self.page.screenshot(path=artefacts / f"officer-{name}-{mode}.png", full_page=True)

    def seen(self, photos: Locator) -> None:
        """Pictures that have really come."""
        photos.first.wait_for()
        for photo in photos.all():
            photo.scroll_into_view_if_needed()
            width = photo.locator("img").evaluate(
                "async (img) => { await img.decode(); return img.naturalWidth }"
            )
            assert width > 1

    def sound(self) -> None:
        """Nothing went wrong on the page, and nobody else was asked for anything."""
        assert (self.faults, self.strangers) == ([], [])


class Head:
    """The head of a school, over the API: their own pages are other tests'."""

    def __init__(self, phone: Phone, school_id: int) -> None:
        self.url, self.http, self.school_id = phone.url, phone.context.request, school_id
        people = self.http.get(f"{self.url}/demo/people?school={school_id}").json()
        me = next(person for person in people if person["kind"] == "head")
        of_wechat = f"{self.url}/sandbox/phones/{me['user']}"
        self.http.put(of_wechat, data={"nickname": me["name"], "phone": me["phone"]})
        self.token = ""
        login = self.http.post(f"{of_wechat}/login", data={}).json()
        self.token = self.post("/sessions", {"code": login["code"], "device": "校长的手机"})["token"]
        number = self.http.post(f"{of_wechat}/phone-number", data={}).json()
        self.post("/me/phone", {"code": number["code"]})

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def get(self, path: str) -> Any:
        return self.http.get(f"{self.url}/api{path}", headers=self.headers).json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        said = self.http.post(f"{self.url}/api{path}", data=body, headers=self.headers)
        assert said.ok, said.text()
        return said.json()

    def photo(self) -> str:
        query = f"school_id={self.school_id}&purpose=problem&request_id={new_id()}"
        file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture()}
        said = self.http.post(
            f"{self.url}/api/photos?{query}", multipart={"file": file}, headers=self.headers
        )
        assert said.ok, said.text()
        return str(said.json()["key"])

    def submit(self, problem_id: int, words: str) -> None:
        body = {"request_id": new_id(), "words": words, "photos": [self.photo()]}
        self.post(f"/problems/{problem_id}/submit", body)


def asked(desk: Desk, path: str) -> Any:
    """What the server says to the officer."""
    headers = {"Authorization": f"Bearer {desk.token()}"}
    return desk.context.request.get(f"{desk.url}/api{path}", headers=headers).json()


def open_problem(desk: Desk) -> dict[str, Any]:
    """A problem that a visit of the month found in the county, with a photo. The last test of this file closes it."""
    found = asked(desk, f"/problems?division={COUNTY}&state=assigned")["items"]
    return dict(next(one for one in found if one["source"] == "visit"))


def test_figures_lead_from_the_province_to_the_photo_in_one_tap_a_level(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    desk = Desk(chrome, demo_url).take("省教体局")
    visits = asked(desk, "/divisions/5303/figures")
    month = f"{int(visits['month'][:4])}年{int(visits['month'][5:])}月"
    expect(desk.shown().get_by_role("heading", name="云南省")).to_be_visible()
    expect(desk.shown().locator("[data-month]")).to_have_text(month)
    desk.shoot(artefacts, "province")
    desk.button("曲靖市", exact=False).click()
    expect(desk.shown().get_by_role("heading", name="曲靖市")).to_be_visible()
    count = visits["count"]
    covered = desk.shown().locator("[data-figure=入校覆盖]")
    expect(covered).to_contain_text(f"{round(100 * count['done'] / count['owed'])}%")
    expect(covered).to_contain_text(f"本月 {count['done']}/{count['owed']} 次，{count['schools']} 所学校")
    expect(desk.shown().locator("[data-figure=满意度]")).to_contain_text("份，满意")
    desk.button("麒麟区", exact=False).click()
    expect(desk.shown().get_by_role("heading", name="麒麟区")).to_be_visible()
    expect(desk.shown().locator("[data-figure=联系不上]")).to_be_visible()
    desk.shoot(artefacts, "county")
    problem = open_problem(desk)
    desk.button(problem["school_name"], exact=False).click()
    expect(desk.shown().get_by_role("heading", name=problem["school_name"])).to_be_visible()
    desk.shoot(artefacts, "school")
    desk.button("项不合格", exact=False).first.click()
    photo = desk.shown().locator("[data-photo]").first
    expect(photo).to_be_visible()
    # a supervisor's form says 问题 where the committee's says 不合格
    expect(desk.shown().get_by_text(re.compile("不合格|问题")).first).to_be_visible()
    desk.seen(desk.shown().locator("[data-photo]"))
    desk.shoot(artefacts, "visit")
    photo.click()
    large = desk.page.locator("#u-a-p uni-swiper-item img").first
    expect(large).to_be_visible()
    desk.sound()


def test_a_duty_is_excused_with_a_reason_and_not_owed_any_more(demo_url: str, chrome: Browser) -> None:
    desk = Desk(chrome, demo_url).take("县教体局")
    before = asked(desk, f"/divisions/{COUNTY}/figures")
    school = next(one for one in before["below"] if one["count"]["owed"] > one["count"]["done"])
    desk.button(school["name"], exact=False).click()
    desk.button("免除", exact=False).first.click()
    desk.write("免除的原因", "学校停课")
    desk.button("免除", exact=True).last.click()
    expect(desk.shown().get_by_text("原因：学校停课")).to_be_visible()
    after = asked(desk, f"/divisions/{COUNTY}/figures")["count"]
    assert (after["owed"], after["excused"]) == (before["count"]["owed"] - 1, before["count"]["excused"] + 1)
    desk.sound()


def test_schools_are_drawn_and_anybody_can_draw_them_again(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    desk = Desk(chrome, demo_url).take("县教体局")
    desk.tab("抽查")
    desk.button("新建抽查计划").click()
    desk.shown().get_by_role("radio", name="按数量").click()
    desk.write("抽取数量", "2")
    desk.shoot(artefacts, "planning")
    desk.button("公布计划").click()
    desk.button("抽取").click()
    desk.write("当众报出的数", "204817")
    desk.button("确定抽取").click()
    expect(desk.shown().locator("[data-drawn]")).to_have_count(2)
    desk.button("重新计算一遍").click()
    expect(desk.shown().get_by_text("结果完全一致")).to_be_visible()
    (plan, *_) = asked(desk, f"/inspections?division={COUNTY}")["items"]
    # nobody's session is needed for this
    public = desk.context.request.get(f"{demo_url}/api/draws/{plan['id']}").json()
    seed = hashlib.sha256(f"{public['statement']}\n{public['nonce']}\n204817".encode()).hexdigest()
    again = sorted(
        public["candidates"], key=lambda code: hashlib.sha256(f"{seed}:{code}".encode()).hexdigest()
    )
    assert again[:2] == public["drawn"]

    first = desk.shown().locator("[data-drawn]").first
    first.get_by_role("button", name="登记").click()
    desk.write("看到的情况", "留样齐全")
    desk.button("登记今天已查").click()
    expect(first.get_by_text("已查")).to_be_visible()
    desk.shoot(artefacts, "drawn")
    desk.page.go_back()
    expect(desk.shown().get_by_text("已查 1/2")).to_be_visible()
    desk.shoot(artefacts, "plans")
    desk.sound()


def test_an_order_is_issued_answered_settled_and_the_next_step_is_signed(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    desk = Desk(chrome, demo_url).take("县教体局")
    me = asked(desk, "/me")["name"]
    problem = open_problem(desk)
    desk.button(problem["school_name"], exact=False).click()
    desk.button(problem["title"], exact=False).last.click()
    desk.button("就这个问题调度").click()
    desk.write("要求做什么", "请于三日内查明原因，补齐记录")
    desk.button("发出").click()
    state = desk.shown().locator("[data-state]")
    expect(state).to_contain_text("待答复")
    head = Head(desk, problem["school_id"])
    (order, *_) = head.get("/me/dispatch")["items"]
    body = {"request_id": new_id(), "words": "已查明，补齐", "photos": [head.photo()]}
    head.post(f"/dispatch/{order['id']}/answer", body)
    desk.page.go_back()
    desk.page.go_back()
    desk.page.go_back()
    desk.tab("调度")
    desk.button(order["title"], exact=False).first.click()
    expect(state).to_contain_text("已答复")
    expect(desk.shown().locator("[data-photo]")).to_have_count(1)
    desk.seen(desk.shown().locator("[data-photo]"))
    desk.shoot(artefacts, "order")
    desk.button("办结").click()
    desk.button("确定：办结").click()
    expect(state).to_contain_text("已办结")

    desk.button("没有办好，再进一步").click()
    expect(desk.shown().get_by_role("radio", name="沟通指导")).to_have_attribute("aria-checked", "true")
    desk.write("要求做什么", "请到县局说明情况")
    desk.button("签发").click()
    expect(desk.shown().get_by_role("alert")).to_contain_text("由本人签发")
    desk.shoot(artefacts, "signing")
    desk.write("签发人姓名", me)
    desk.button("签发").click()
    expect(desk.shown().get_by_role("heading", name="沟通指导")).to_be_visible()
    desk.sound()


def test_a_rectification_is_returned_moved_and_closed_without_a_network(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    desk = Desk(chrome, demo_url).take("县教体局")
    problem = open_problem(desk)
    head = Head(desk, problem["school_id"])
    head.submit(problem["id"], "已贴上标签")

    desk.tab("待办")
    desk.shoot(artefacts, "work")
    desk.button(f"{problem['title']}，{problem['school_name']}", exact=False).first.click()
    pair = desk.shown().locator(".pair [data-photo]")
    expect(pair).to_have_count(2)
    boxes = [pair.nth(number).bounding_box() for number in (0, 1)]
    assert boxes[0] and boxes[1]
    desk.seen(pair)
    assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"], "before and after side by side"
    desk.shoot(artefacts, "problem")
    state = desk.shown().locator("[data-state]")
    desk.button("退回整改").click()
    sure = desk.button("确定：退回整改")
    expect(sure).to_have_attribute("aria-disabled", "true")
    desk.write("哪里没改好", "标签上没有日期")
    desk.shoot(artefacts, "returning")
    sure.click()
    expect(state).to_have_text("整改不到位，已退回")
    expect(desk.shown().get_by_text("标签上没有日期")).to_be_visible()

    desk.button("调整期限").click()
    desk.write("调整的理由", "等新标签到货")
    before = asked(desk, f"/problems/{problem['id']}")["due_at"]
    desk.button("确定：调整期限").click()
    # the same day is no other day: the server says so, and nothing was sent
    expect(desk.shown().get_by_role("alert")).to_be_visible()
    assert asked(desk, f"/problems/{problem['id']}")["due_at"] == before
    desk.button("再看看").click()

    head.submit(problem["id"], "标签写上了日期")
    desk.page.go_back()
    desk.button(f"{problem['title']}，{problem['school_name']}", exact=False).first.click()
    desk.button("核查通过，销号").wait_for()
    desk.context.set_offline(True)
    desk.button("核查通过，销号").click()
    desk.button("确定：核查通过，销号").click()
    expect(desk.shown().get_by_text("已存在手机里，有网后自动发送")).to_be_visible()
    desk.context.set_offline(False)
    desk.page.wait_for_timeout(500)
    for _ in range(40):
        if asked(desk, f"/problems/{problem['id']}")["state"] == "closed":
            break
        desk.page.wait_for_timeout(250)
    assert [step["move"] for step in asked(desk, f"/problems/{problem['id']}")["steps"]].count("close") == 1
    desk.sound()
