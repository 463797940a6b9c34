"""A school is merged into another while a form about it lies in a phone without a network."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_miniprogram_supervisor import Phone
from tests.browser.test_miniprogram_visit import sign_in_as, visits

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("client")]

SCHOOL = "越州第一中学"
QILIN = "530302"


@pytest.mark.timeout(300)
def test_a_form_about_a_school_merged_meanwhile_goes_to_its_successor(demo_url: str, chrome: Browser) -> None:
    phone = Phone(chrome, demo_url)
    phone.be("supervisor", SCHOOL)
    ask, mine = phone.context.request, {"Authorization": f"Bearer {phone.token()}"}
    owed = [one for one in ask.get(f"{demo_url}/api/duties", headers=mine).json() if one["state"] == "owed"]
    gone = next(one for one in owed if one["school_name"].endswith(SCHOOL))
    heir = next(one for one in owed if one is not gone)
    before = len(visits(phone, heir["school_name"]))

    phone.is_installed()
    phone.button("扫一扫").click()
    phone.shown().locator("[data-school]", has_text=SCHOOL).first.wait_for()
    phone.context.set_offline(True)
    phone.shown().locator("[data-school]", has_text=SCHOOL).first.click()
    phone.button("提供位置并签到").click()
    expect(phone.page.get_by_text("签到已存进手机")).to_be_visible()
    for _ in "ABCDEFGHIJ":
        phone.passes()
        phone.next_part()
    phone.photograph(phone.button("拍照：现场照片"))
    phone.next_part()
    phone.shown().get_by_role("radio", name="事后确认").click()
    phone.next_part()
    phone.signs("own", "督学签名")
    phone.button("存好，有网自动发送").click()
    expect(phone.page.get_by_text("已存好，正在发送")).to_be_visible()

    officer = ask.get(f"{demo_url}/demo/people?county={QILIN}").json()[0]["user"]
    theirs = {"Authorization": f"Bearer {sign_in_as(phone, officer)}"}
    into = {"into": heir["school_id"], "reason": "生源减少，并入中心学校"}
    merged = ask.post(f"{demo_url}/api/schools/{gone['school_id']}/merge", headers=theirs, data=into)
    assert merged.ok, merged.text()

    phone.context.set_offline(False)
    phone.tap("发送", role="tab")
    said = f"这所学校已并入“{heir['school_name']}”"
    expect(phone.shown().get_by_text(said).first).to_be_visible()
    phone.killed_and_opened_again()
    phone.tap("发送", role="tab")
    phone.button("重新扫码").click()
    phone.shown().locator("[data-school]", has_text=heir["school_name"]).first.click()
    phone.button("提供位置并签到").click()
    expect(phone.page.get_by_text("已送到，谢谢您")).to_be_visible()
    expect(phone.shown().get_by_text("待发送")).to_have_count(0)
    new = visits(phone, heir["school_name"])
    assert len(new) == before + 1
    assert (len(new[0]["photos"]), len(new[0]["signatures"]), new[0]["awaited"]) == (1, 1, [])
    assert len(new[0]["answers"]) > 20
    phone.is_well()
