"""The phone's client before an alert: already there and filled in, or really lacking; also without a network."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_miniprogram_family import Phone, fill_in
from tests.cast import new_id

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("client")]

# a school of the demonstration whose head wrote nothing down
PLACE = "越州第一中学"


class Office(Phone):
    """The county's officer, over the API with the phone's session."""

    def tell(self, method: str, path: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self.token()}"}
        answer = self.context.request.fetch(
            f"{self.url}/api{path}", method=method, headers=headers, data=body
        )
        assert answer.ok, answer.text()
        return answer.json() if answer.body() else None

    def alert(self, alert_id: int) -> dict[str, Any]:
        return dict(self.api(f"/alerts/{alert_id}"))


def raised(head: Phone) -> dict[str, dict[str, Any]]:
    """The alerts that the head answers, by rule: one about a meeting that nobody wrote down, and others."""
    head.be("head", PLACE)
    for _ in range(90):
        found = {one["rule"]: one for one in head.api("/alerts?limit=50")["items"]}
        if "site_meeting" in found and len(found) > 1:
            return found
        head.page.wait_for_timeout(1000)
    raise AssertionError(found)


def linked(head: Phone, among: set[int]) -> int:
    """The alert that a message opens, of several."""
    for _ in range(60):
        for one in head.pushes():
            link = re.fullmatch(r"pages/alert/index\?id=(\d+)", str(one["page"]))
            if link and int(link[1]) in among:
                return int(link[1])
        head.page.wait_for_timeout(500)
    raise AssertionError(head.pushes())


def test_a_head_fills_in_what_was_there_offline_and_says_what_is_really_lacking(
    demo_url: str, chrome: Browser, artefacts: Path
) -> None:
    office, head = Office(chrome, demo_url), Phone(chrome, demo_url)
    office.be("county", PLACE)
    alerts = raised(head)
    meeting = alerts.pop("site_meeting")
    declared = {one["code"]: one for one in head.api("/ledger/aspects")}["site_meeting"]

    # from the list, with nothing but what the phone has
    head.page.reload()
    todo = head.page.locator("[data-todo=alert]", has_text=meeting["said"])
    todo.wait_for()
    head.page.wait_for_load_state("networkidle")
    head.is_installed()
    head.shot(artefacts, "alerts")
    head.context.set_offline(True)
    todo.click()
    expect(head.page.locator("[data-sort]")).to_have_text("没有记录")
    head.shot(artefacts, "alert-offline")
    head.tap("已有，补填")
    expect(head.page.get_by_label(f"哪一天：{meeting['fills'][0]['on']}")).to_be_visible()
    fill_in(head, declared, present="5")
    for item in ("subject", "decisions"):
        head.page.locator(f"[data-item={item}]").locator("input, textarea").fill("餐具消毒")
    head.shot(artefacts, "alert-entry")
    head.tap("交这一条")
    expect(head.page.get_by_text("已存好，正在发送")).to_be_visible()
    assert office.alert(meeting["id"])["state"] == "open"
    head.context.set_offline(False)
    expect(head.page.get_by_text("预警已撤回")).to_be_visible()
    assert office.alert(meeting["id"])["state"] == "withdrawn"

    # from the notice: really not there, with a photo and a word
    others = {one["id"]: one for one in alerts.values() if one["opens"]}
    lacking = others[linked(head, set(others))]
    head.page.goto(f"{demo_url}/m/#/pages/alert/index?id={lacking['id']}")
    expect(head.page.get_by_role("heading", name=lacking["name"])).to_be_visible()
    head.tap("加照片或说明")
    head.photograph(head.page.get_by_role("button", name="拍照：现场照片"))
    head.tap("写上：正在换证")
    head.shot(artefacts, "alert")
    head.tap("确实没有")
    expect(head.page.locator("[data-state]")).to_contain_text("已答复")
    head.shot(artefacts, "alert-answered")
    seen = office.alert(lacking["id"])
    assert (seen["state"], seen["answer"], seen["steps"][0]["who"]) == (
        "answered",
        "lacking",
        head.who["name"],
    )
    problem = office.api(f"/problems/{seen['problem_id']}")
    assert problem["words"].endswith("正在换证")
    assert len(problem["steps"][0]["photos"]) == 1
    head.tap("看转成的问题")
    expect(head.page.locator("[data-state]")).to_have_text("限期整改")
    head.is_well()


def test_a_page_that_was_never_opened_opens_offline_where_no_worker_keeps_the_program(
    demo_url: str, chrome: Browser
) -> None:
    head = Phone(chrome, demo_url, service_workers="block")
    raised(head)
    head.page.reload()
    todo = head.page.locator("[data-todo=alert]").first
    todo.wait_for()
    # by itself, while the first page is looked at
    head.page.wait_for_function(
        "() => performance.getEntriesByType('resource').some((one) => one.name.includes('/pages-alert-'))"
    )
    head.page.wait_for_load_state("networkidle")
    head.context.set_offline(True)
    todo.click()
    expect(head.page.locator("[data-sort]")).to_be_visible()
    head.is_well()


def test_the_notice_of_an_order_from_above_leads_a_head_to_it(demo_url: str, chrome: Browser) -> None:
    office, head = Office(chrome, demo_url), Phone(chrome, demo_url)
    office.be("county", PLACE)
    head.be("head", PLACE)
    order = office.tell("POST", "/dispatch", {
        "request_id": new_id(), "step": "reminder", "school_id": head.school["id"], "title": "补齐记录",
        "words": "请于三日内补齐记录", "due_on": f"{datetime.now(UTC) + timedelta(days=4):%Y-%m-%d}",
    })  # fmt: skip
    head.page.goto(f"{demo_url}/m/#/pages/inbox/index")
    head.page.locator("[data-notice=dispatch_issued]").first.click()
    expect(head.page.get_by_role("heading", name=order["title"])).to_be_visible()
    head.is_well()
