"""The phone's client in small errands: a record answered, an appeal decided, parents invited, a deadline moved, my data."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.test_client_pages import COUNTY, Town, a_week_was_summed_up, examine, front, town
from tests.browser.test_miniprogram_family import Phone
from tests.cast import new_id

pytestmark = [pytest.mark.browser, pytest.mark.slow]
__all__ = ["town"]


def opens(town: Town, who: str, page: str) -> Phone:
    phone = town.phone(who)
    phone.page.goto("about:blank")
    phone.page.goto(f"{town.url}/m/#/pages/{page}")
    return phone


def button(phone: Phone, name: str) -> Locator:
    found: Locator = front(phone).get_by_role("button", name=name, exact=True)
    return found


def write(phone: Phone, label: str, words: str) -> None:
    front(phone).get_by_role("textbox", name=label).fill(words)


def test_a_school_states_its_defence_against_a_supervisors_record(town: Town) -> None:
    head = opens(town, "head", f"record/index?id={town.visit}")
    front(head).get_by_role("radio", name="有不同意见，申辩").click()
    button(head, "提交申辩").click()
    expect(front(head).get_by_role("alert")).to_have_text("请写明学校的申辩意见。")
    write(head, "申辩的理由", "记录在另一本上，已补拍")
    button(head, "提交申辩").click()
    expect(head.page.get_by_text("已送到").first).to_be_visible()
    assert head.api(f"/visits/{town.visit}")["record"]["state"] == "complete"
    opens(town, "head", f"record/index?id={town.visit}")
    expect(front(head).get_by_text("记录在另一本上，已补拍")).to_be_visible()
    head.is_well()


def test_an_appeal_is_decided_and_the_school_does_not_read_which_parent_complained(town: Town) -> None:
    problem, parent = town.new_problem, town.phone("parent")
    head = opens(town, "head", f"problem/index?id={problem}")
    expect(front(head).get_by_text("反映问题")).to_be_visible()
    expect(front(head).get_by_text(parent.who["name"])).to_have_count(0)
    button(head, "申辩").click()
    write(head, "为什么不认可", "打饭时是热的，有测温记录")
    button(head, "申辩").click()
    expect(front(head).locator("[data-state]")).to_have_text(re.compile("申辩"))

    officer = opens(town, "county", f"officer/problem?id={problem}")
    expect(front(officer).get_by_text(parent.who["name"])).to_be_visible()
    button(officer, "申辩不成立").click()
    write(officer, "不予采纳的理由", "没有当天的记录")
    button(officer, "确定：申辩不成立").click()
    expect(front(officer).get_by_text("已答复学校，期限继续计算。")).to_be_visible()
    assert [step["move"] for step in head.api(f"/problems/{problem}")["steps"]][-2:] == ["appeal", "reject"]
    head.is_well()
    officer.is_well()


def test_an_officer_moves_a_deadline_to_another_day(town: Town) -> None:
    problem = town.new_problem
    officer = opens(town, "county", f"officer/problem?id={problem}")
    before = officer.api(f"/problems/{problem}")["due_at"][:10]
    button(officer, "调整期限").click()
    write(officer, "调整的理由", "等待设备到货")
    front(officer).get_by_role("button", name="新的期限").click()
    day, month = int(before[8:]), int(before[5:7])
    # two days later; at a month's end the same day of the next
    column, lines = (2, 2) if day <= 26 else (1, 1) if month < 12 else (0, 1)
    turned = officer.page.locator(".uni-picker-container:visible uni-picker-view-column").nth(column)
    # it slides up, and each turn takes its time
    officer.page.wait_for_timeout(500)
    turned.hover()
    for _ in range(lines):
        officer.page.mouse.wheel(0, 20)
        officer.page.wait_for_timeout(400)
    officer.page.locator(".uni-picker-action-confirm:visible").click()
    button(officer, "确定：调整期限").click()
    expect(front(officer).get_by_text("期限已调整，学校会收到通知。")).to_be_visible()
    assert officer.api(f"/problems/{problem}")["due_at"][:10] > before
    officer.is_well()


def test_parents_are_invited_by_a_sheet_to_print(town: Town) -> None:
    head = opens(town, "head", "invite/index")
    button(head, "生成打印单（PDF，可剪开）").click()
    with head.page.expect_download() as sheet:
        button(head, "生成").click()
    assert sheet.value.suggested_filename == "家长邀请码.pdf"
    assert Path(sheet.value.path()).read_bytes()[:5] == b"%PDF-"
    expect(front(head).get_by_text("已生成。")).to_be_visible()
    head.is_well()


def test_the_ways_of_being_told_are_chosen_and_one_stays(town: Town) -> None:
    manager = opens(town, "manager", "channels/index")
    group = front(manager).locator("[data-group]").first
    ticks = group.get_by_role("checkbox")
    expect(ticks.first).to_be_visible()
    wanted = ticks.nth(1).get_attribute("aria-label")
    group.get_by_role("button", name=f"{wanted}放最前").click()
    expect(ticks.first).to_have_attribute("aria-label", wanted or "")
    for _ in range(ticks.count() - 1):
        count = group.locator("[role=checkbox][aria-checked=true]").count()
        group.locator("[role=checkbox][aria-checked=true]").last.click()
        expect(group.locator("[role=checkbox][aria-checked=true]")).to_have_count(count - 1)
        if count == 2:
            break
    group.locator("[role=checkbox][aria-checked=true]").click()
    expect(front(manager).get_by_role("alert")).to_have_text("至少留一种。站内消息一直都有。")
    own = next(one for one in manager.api("/me/channels")["groups"] if one["own"])
    assert len(own["channels"]) == 1
    button(manager, f"{(wanted or '').split('：')[0]}恢复默认").click()
    expect(button(manager, f"{(wanted or '').split('：')[0]}恢复默认")).to_have_count(0)
    manager.is_well()


def test_words_left_open_by_the_check_are_hidden_with_a_reason(town: Town) -> None:
    waiting = town.report("食堂有人加微信推销", "饭卡充值要加微信")
    for _ in range(60):
        officer = opens(town, "county", f"reviews/index?id={COUNTY}")
        front(officer).locator("[data-review]").or_(front(officer).get_by_text("没有")).first.wait_for()
        if front(officer).locator("[data-review]").count():
            break
    button(officer, "不公开").first.click()
    write(officer, "不公开的原因", "含有推广内容")
    button(officer, "确定不公开").click()
    expect(front(officer).get_by_text("没有公开，已告诉本人原因。")).to_be_visible()
    assert town.phone("parent").api(f"/problems/{waiting}")["state"] in {"withheld", "found"}
    officer.is_well()


def test_whom_no_notice_reaches_is_telephoned_and_it_is_noted(town: Town) -> None:
    officer = opens(town, "county", f"officer/unreached?code={COUNTY}")
    told = front(officer).get_by_role("button", name="已告知", exact=True)
    told.first.wait_for()
    before = told.count()
    told.first.click()
    expect(front(officer).get_by_text("已记下。")).to_be_visible()
    expect(told).to_have_count(before - 1)
    expect(front(officer).get_by_text("，已电话告知").first).to_be_visible()
    officer.is_well()


def test_the_regulator_reads_and_decides_nothing(town: Town) -> None:
    problem = town.problem
    regulator = opens(town, "regulator", "officer/figures")
    expect(front(regulator).get_by_role("heading", name="麒麟区")).to_be_visible()
    opens(town, "regulator", f"officer/problem?id={problem}")
    expect(front(regulator).get_by_text("学校提交整改")).to_be_visible()
    for decision in ("核查通过，销号", "退回整改", "调整期限", "就这个问题调度"):
        expect(button(regulator, decision)).to_have_count(0)
    regulator.is_well()


def test_my_data_is_read_taken_home_and_a_consent_withdrawn(town: Town) -> None:
    phone = opens(town, "committee", "mine/index")
    button(phone, "我的数据和隐私").click()
    front(phone).get_by_role("button", name=re.compile("^岗位|^任职")).first.click()
    expect(
        front(phone).get_by_text("膳食家委会委员").or_(front(phone).get_by_text("committee")).first
    ).to_be_visible()
    with phone.page.expect_download() as copy:
        button(phone, "存一份给我").click()
    text = Path(copy.value.path()).read_text()
    assert phone.who["name"] in text and phone.who["phone"] in text and "<script" not in text

    button(phone, "同意位置信息").click()
    button(phone, "撤回位置信息").click()
    button(phone, "确定撤回").click()
    expect(front(phone).locator("[data-consent=location]")).to_contain_text("已撤回")
    given = {one["kind"]: one["given"] for one in phone.api("/me/consents")}
    assert (given["location"], given["privacy_policy"]) == (False, True)
    button(phone, "申请注销").click()
    expect(front(phone).get_by_role("alert")).to_contain_text("您还担任膳食家委会委员")
    phone.is_well()


def test_the_morning_list_leads_everybody_to_the_list_that_is_theirs(town: Town) -> None:
    """Its message opens one page, whoever reads it."""
    for who, page in (
        ("head", "todo/index"),
        ("manager", "todo/index"),
        ("parent", "parent/index"),
        ("county", "officer/work"),
    ):
        phone = opens(town, who, "today/index?id=1")
        phone.page.wait_for_url(f"**/m/#/pages/{page}")
        expect(front(phone).get_by_text("所学校要去")).to_have_count(0)
        phone.is_well()
    visitor = opens(town, "committee", "today/index?id=1")
    expect(front(visitor).get_by_text("本月入校任务")).to_be_visible()


def test_a_summarys_line_opens_the_school_and_words_of_a_visit_open_its_record(town: Town) -> None:
    officer = opens(town, "county", f"digest/index?{a_week_was_summed_up(town)}")
    expect(front(officer).locator("[data-figure]")).to_have_count(2)
    front(officer).locator("[data-line]").click()
    officer.page.wait_for_url(f"**/pages/officer/school?id={town.school}**")
    opens(town, "county", f"record/index?id={town.visit}")
    officer.page.wait_for_url(f"**/pages/officer/visit?id={town.visit}")
    expect(front(officer).get_by_text("上周的周排查没有记录")).to_be_visible()
    officer.is_well()


def test_a_month_that_the_school_appeals_against_is_opened_again(town: Town) -> None:
    officer = opens(town, "county", f"month/index?id={town.month}")
    expect(front(officer).locator("[data-state]")).to_have_text("申辩中")
    expect(front(officer).get_by_text("停电两天，纸质记录在")).to_be_visible()
    button(officer, "重新开放，准予补填").click()
    write(officer, "理由", "情况属实")
    button(officer, "确定：重新开放，准予补填").click()
    expect(front(officer).get_by_text("已重新开放，学校会收到通知。")).to_be_visible()
    expect(front(officer).locator("[data-state]")).to_have_text("未确认")
    head = opens(town, "head", "inbox/index")
    front(head).locator("[data-notice=ledger_decided]").first.click()
    expect(front(head).locator("[data-state]")).to_have_text("未确认")
    officer.is_well()
    head.is_well()


def test_an_officer_signs_a_computer_in_and_turns_a_strange_one_away(town: Town) -> None:
    officer = opens(town, "county", "mine/index")
    computer = officer.context.new_page()
    for answer, words in (("不是我", "已拒绝"), ("数字一样，登录", "电脑上已经登录")):
        computer.goto(f"{town.url}/desk/")
        check = computer.locator("#check")
        expect(check).to_have_text(re.compile("^[0-9]{4}$"))
        opens(town, "county", "mine/index")
        button(officer, "扫码登录网页").click()
        button(officer, "扫它的二维码").click()
        expect(front(officer).locator("[data-check]")).to_have_text(check.text_content() or "")
        expect(front(officer).get_by_text("Chrome")).to_be_visible()
        button(officer, answer).click()
        expect(front(officer).get_by_text(words)).to_be_visible()
    expect(computer.get_by_role("link", name="联系不上").first).to_be_visible(timeout=10_000)
    # what WeChat's own scanner opens: the link, encoded
    opens(town, "county", f"desk/index?q={quote(quote(town.url + '/desk/t/' + 'x' * 32))}")
    expect(front(officer).get_by_role("alert")).to_contain_text("登录码不正确")
    computer.close()
    officer.is_well()


def test_who_found_something_sees_that_it_waits_for_their_verification_and_what_they_were_told(
    town: Town, artefacts: Path
) -> None:
    assert town.visit
    found = next(
        one for one in town.phone("supervisor").api("/follow-ups") if one["school_id"] == town.school
    )
    body = {"request_id": new_id(), "words": "已补记录", "photos": [town.photo("head", "problem")]}
    town.does("head", f"/problems/{found['problem_id']}/submit", body)
    supervisor = opens(town, "supervisor", "today/index")
    waiting = front(supervisor).locator("[data-todo=verify]", has_text=found["title"])
    expect(waiting).to_contain_text("整改待核查")
    examine(supervisor, "errand-today", artefacts)
    unread = supervisor.api("/notices?limit=1")["unread"]
    assert unread
    opens(town, "supervisor", "mine/index")
    button(supervisor, f"消息，{unread}条没读").click()
    expect(front(supervisor).locator("[data-notice=problem_submitted]").first).to_be_visible()
    opens(town, "supervisor", "mine/index")
    button(supervisor, "通知方式").click()
    expect(front(supervisor).get_by_text("站内消息一直都有")).to_be_visible()
    opens(town, "supervisor", "today/index")
    waiting.click()
    expect(button(supervisor, "核查通过，销号").or_(button(supervisor, "核查通过")).first).to_be_visible()
    supervisor.is_well()


def test_a_certificate_that_ran_out_is_renewed_from_the_list_of_what_is_to_be_done(town: Town) -> None:
    row = town.certificate
    # the manager has the alert of it instead
    head = opens(town, "head", "todo/index")
    items = head.api("/me/today")["items"]
    at = [one["subject_id"] for one in items if one["source"] == "certificate"].index(row)
    front(head).locator("[data-todo=certificate]").nth(at).click()
    expect(front(head).locator(f"[data-row='{row}']")).to_contain_text("李琼仙")
    expect(front(head).get_by_text("已经到期")).to_be_visible()
    button(head, "换了新证或续签，更新").click()
    expect(front(head).get_by_role("textbox", name="姓名")).to_have_value("李琼仙")
    head.page.go_back()
    button(head, "不再有效（离职、不续）").click()
    front(head).get_by_role("button", name="写上：已离职").click()
    button(head, "确定不再有效").click()
    expect(front(head).get_by_text("已记下，不再提醒。")).to_be_visible()
    left = head.api("/me/today")["items"]
    assert row not in [one["subject_id"] for one in left if one["source"] == "certificate"]
    head.is_well()


def test_the_morning_check_is_made_by_the_schools_own_people(town: Town) -> None:
    manager = opens(town, "manager", f"ledger/form?aspect=morning_check&school={town.school}")
    offered = front(manager).get_by_role("radiogroup", name="检查人").get_by_role("radio")
    expect(offered.first).to_be_visible()
    names = {one.strip(" ✓") for one in offered.all_text_contents()}
    people = manager.api(f"/schools/{town.school}/ledger/signers")
    assert names == {one["name"] for one in people if one["kind"] in ("head", "manager", "finance")}
    assert any(one["kind"] in ("committee", "supervisor") for one in people)
    manager.is_well()


def test_a_survey_that_was_begun_is_gone_on_with(town: Town) -> None:
    one = town.round
    parent = opens(town, "parent", "parent/index")
    asked = front(parent).locator("[data-survey]", has_text=one["title"]).first
    expect(asked.get_by_role("button")).to_have_text("开始填")
    asked.get_by_role("button").click()
    front(parent).get_by_role("radio").first.click()
    expect(front(parent).get_by_text("第 2 题")).to_be_visible()
    opens(town, "parent", "parent/index")
    expect(asked.get_by_role("button")).to_have_text("接着填")
    parent.is_well()


def test_a_demonstrations_clock_is_not_the_phones_fault_and_a_wide_screen_is_no_wide_page(
    town: Town, artefacts: Path
) -> None:
    wide = Phone(town.chrome, town.url, viewport={"width": 1400, "height": 900})
    # five days behind
    wide.context.add_init_script("const now = Date.now; Date.now = () => now() - 5 * 864e5")
    wide.be("head", "越州第一中学")
    opened = wide.page
    expect(opened.get_by_role("tab", name="台账")).to_be_visible()
    opened.get_by_role("tab", name="学校").click()
    expect(opened.get_by_text("大屏签到码")).to_be_visible()
    expect(opened.get_by_text("手机时间")).to_have_count(0)
    for part in (opened.locator(".tabs:visible"), opened.locator(".card:visible").first):
        box = part.bounding_box()
        assert box and box["width"] <= 640 and 380 <= box["x"] <= 420
    opened.screenshot(path=artefacts / "errand-wide.png")
    wide.is_well()
