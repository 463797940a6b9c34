"""The phone's client in a supervisor's hand: the way, a visit with A to J, what was found before, and the school's say."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from tests.browser.signing import sign_with_a_finger
from tests.browser.test_client_pages import examine
from tests.browser.test_miniprogram_family import Phone as Anybody
from tests.browser.test_miniprogram_visit import visits

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("client")]

SCHOOL = "越州第一中学"
LACK = "食品安全总监缺位三个月"


class Phone(Anybody):
    """A supervisor's phone, or that of a head who answers one."""

    def button(self, name: str) -> Locator:
        return self.shown().get_by_role("button", name=name)

    def shown(self) -> Locator:
        """The page in front; those below it stay where they are."""
        return self.page.locator("uni-page:visible").last

    def next_part(self) -> None:
        self.button("下一步").click()

    def passes(self) -> None:
        """Everything on this page is as it should be."""
        self.shown().locator("[data-item]").first.wait_for()
        for item in self.shown().locator("[data-item]").all():
            item.get_by_role("radio", name="合格", exact=True).click()

    def write(self, label: str, words: str) -> None:
        self.shown().get_by_role("textbox", name=label).fill(words)
        # what is typed reaches the program a tenth of a second later, before any finger is at the button
        self.page.wait_for_timeout(200)

    def signs(self, pad_name: str, label: str) -> None:
        pad = self.shown().locator(f"#pad-{pad_name}")
        pad.scroll_into_view_if_needed()
        # the pad is laid a moment after the page
        self.page.wait_for_timeout(300)
        sign_with_a_finger(pad)
        self.button(f"{label}签好了").click()
        expect(self.button(f"重签{label}")).to_be_visible()

    def looks(self, artefacts: Path, name: str) -> None:
        """The page in light, in the dark and in large type, and whether everybody can read and tap it."""
        examine(self, f"supervisor-{name}", artefacts)

    def original(self, key: str) -> bytes:
        """A picture as the server keeps it."""
        headers = {"Authorization": f"Bearer {self.token()}"}
        answer = self.context.request.get(f"{self.url}/api/photos/{key}", headers=headers)
        assert answer.ok, answer.text()
        return answer.body()

    def arrives(self) -> None:
        self.button("发送").click()
        expect(self.page.get_by_text("已送到，谢谢您")).to_be_visible()


@pytest.mark.timeout(400)
def test_a_supervisors_visits_go_from_the_way_to_the_schools_answer(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    phone = Phone(chrome, demo_url)
    phone.be("supervisor", SCHOOL)
    before = len(visits(phone, SCHOOL))
    today = phone.shown()
    expect(today.get_by_text(re.compile("本月还有 [2-5] 所学校要去"))).to_be_visible()
    expect(today.get_by_text("离上一所约").first).to_be_visible()
    phone.button("从我现在的位置排").click()
    phone.button("取一次位置").click()
    expect(today.get_by_text("离您约")).to_be_visible()
    phone.looks(artefacts, "today")

    # from the opening to the scan: two taps, or one
    today.locator("[data-duty]", has_text=SCHOOL).click()
    expect(phone.shown().get_by_text("到校要回头看的老问题")).to_be_visible()
    phone.button("到了，扫一扫").click()
    phone.shown().locator("[data-school]", has_text=SCHOOL).first.click()
    phone.button("提供位置并签到").click()
    expect(phone.page.get_by_text("已签到：")).to_be_visible()

    phone.passes()
    lacking = phone.shown().locator("[data-item=A2]")
    lacking.get_by_role("radio", name="问题", exact=True).click()
    lacking.get_by_role("radio", name="较大").click()
    lacking.get_by_role("textbox").fill(LACK)
    phone.looks(artefacts, "part-a")
    for _ in "BCDEFGHIJ":
        phone.next_part()
        phone.passes()
    # whoever leaves something out is taken back to it
    phone.shown().get_by_role("tab", name="签名").click()
    phone.button("发送").click()
    expect(phone.shown().get_by_role("heading")).to_contain_text("现场照片")
    phone.photograph(phone.button("拍照：现场照片"))
    phone.next_part()
    expect(phone.shown().get_by_text("合格 21 项，问题 1 项")).to_be_visible()
    expect(phone.shown().get_by_text(LACK)).to_be_visible()
    phone.shown().get_by_role("radio", name="属实，签字").click()
    phone.signs("school", "学校负责人签名")
    phone.looks(artefacts, "school-signs")
    phone.next_part()
    phone.signs("own", "督学签名")
    phone.looks(artefacts, "sign")
    phone.arrives()
    new = visits(phone, SCHOOL)
    assert len(new) == before + 1
    assert (len(new[0]["photos"]), len(new[0]["signatures"]), new[0]["awaited"]) == (1, 2, [])
    assert (new[0]["record"]["how"], new[0]["record"]["state"]) == ("signature", "complete")
    # marked on the phone with where and when, below the picture
    kept = Image.open(io.BytesIO(phone.original(new[0]["photos"][0])))
    assert kept.size == (1600, 1200 + 133)
    tones = [kept.convert("L").crop((0, 1204, 1600, 1333)).getextrema(), kept.getpixel((1500, 1320))]
    assert tones[0][0] < 40 and tones[0][1] > 200 and max(tones[1]) < 60
    assert new[0]["school_signature"] == new[0]["signatures"][1]

    # the same month again, for what was found
    phone.tap("今天", role="tab")
    line = phone.shown().locator("[data-duty]", has_text=SCHOOL)
    expect(line.get_by_text("要回头看 1 个老问题")).to_be_visible()
    line.click()
    phone.looks(artefacts, "before-setting-out")
    phone.button("到了，扫一扫").click()
    phone.shown().locator("[data-school]", has_text=SCHOOL).first.click()
    expect(phone.page.get_by_text("已签到：")).to_be_visible()
    for _ in "ABCDEFGH":
        phone.passes()
        phone.next_part()
    phone.passes()
    old = phone.shown().locator("[data-earlier]")
    expect(old.get_by_text(LACK)).to_be_visible()
    old.get_by_role("radio", name="没改好").click()
    phone.killed_and_opened_again()
    phone.button(f"接着填麒麟区{SCHOOL}的表").click()
    expect(phone.shown().get_by_role("heading")).to_contain_text("回头看")
    phone.shown().get_by_role("tab", name="签名").click()
    phone.button("发送").click()
    old = phone.shown().locator("[data-earlier]")
    expect(old.get_by_role("alert")).to_have_text("“食品安全总监和食品安全员”没改好，请写明哪里没改。")
    old.get_by_role("textbox").fill("还没有任命")
    phone.photograph(old.get_by_role("button", name="拍照"))
    phone.looks(artefacts, "looked-at-again")
    phone.next_part()
    phone.passes()
    phone.next_part()
    phone.photograph(phone.button("拍照：现场照片"))
    phone.next_part()
    phone.shown().get_by_role("radio", name="事后确认").click()
    phone.next_part()
    phone.signs("own", "督学签名")
    phone.arrives()
    new = visits(phone, SCHOOL)
    assert len(new) == before + 2
    assert [(one["verdict"], one["remark"]) for one in new[0]["follow_ups"]] == [("not_done", "还没有任命")]
    assert (new[0]["record"]["state"], len(new[0]["signatures"]), new[0]["awaited"]) == ("incomplete", 1, [])
    phone.is_well()

    head = Phone(chrome, demo_url)
    head.be("head", SCHOOL)
    head.page.goto(f"{demo_url}/m/#/pages/record/index?id={new[0]['id']}")
    expect(head.shown().get_by_text("以前的问题")).to_be_visible()
    head.shown().get_by_role("radio", name="情况属实，确认").click()
    head.signs("school", "签名（可不签）")
    head.looks(artefacts, "record")
    head.button("确认").last.click()
    expect(head.page.get_by_text("已送到，谢谢您")).to_be_visible()
    (answered, *_) = visits(head, SCHOOL)
    assert (answered["record"]["how"], answered["awaited"]) == ("confirmation", [])
    assert answered["school_signature"] in answered["signatures"]
    head.page.goto(f"{demo_url}/m/#/pages/record/index?id={answered['id']}")
    expect(head.shown().get_by_text("学校已确认")).to_be_visible()
    expect(head.shown().get_by_role("button", name="看大图：学校的签名")).to_be_visible()
    head.looks(artefacts, "record-answered")
    head.is_well()
