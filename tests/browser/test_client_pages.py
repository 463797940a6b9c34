"""Every page of the phone's client: what axe finds of it, what a thumb meets, and a picture in light and dark."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from ops.client import CLIENT, MODULES
from tests.browser.conftest import launched
from tests.browser.test_miniprogram_family import Phone
from tests.browser.test_miniprogram_visit import picture
from tests.cast import new_id, passing

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COUNTY, PLACE = "530302", "越州第一中学"
# the framework's own page says it cannot be zoomed; large type is a choice of ours
NOT_OURS = {"meta-viewport"}
LEAST_PX = 44
SETTLED_MS, MOST_PX = 200, 4000


class Town:
    """A demonstration, the phones of those who open its pages, and what there is to be opened."""

    def __init__(self, chrome: Browser, url: str) -> None:
        self.chrome, self.url = chrome, url
        self.phones: dict[str, Phone] = {}

    def phone(self, who: str) -> Phone:
        """The phone of somebody with a post at the school or above it; `nobody` has not signed in."""
        if who not in self.phones:
            phone = self.phones[who] = Phone(self.chrome, self.url)
            if who != "nobody":
                phone.be(who, PLACE)
        return self.phones[who]

    def does(self, who: str, path: str, body: dict[str, Any]) -> Any:
        phone = self.phone(who)
        headers = {"Authorization": f"Bearer {phone.token()}"}
        said = phone.context.request.post(f"{self.url}/api{path}", data=body, headers=headers)
        assert said.ok, said.text()
        return said.json()

    def photo(self, who: str, purpose: str) -> str:
        phone = self.phone(who)
        query = f"school_id={self.school}&purpose={purpose}&request_id={new_id()}"
        said = phone.context.request.post(
            f"{self.url}/api/photos?{query}",
            multipart={"file": {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture()}},
            headers={"Authorization": f"Bearer {phone.token()}"},
        )
        assert said.ok, said.text()
        return str(said.json()["key"])

    @property
    def school(self) -> int:
        return int(self.phone("head").school["id"])

    def report(self, title: str, words: str = "") -> int:
        """What a parent has reported; its problem."""
        body = {"request_id": new_id(), "school_id": self.school, "title": title, "words": words}
        photos = [self.photo("parent", "problem")]
        return int(self.does("parent", "/problems", {**body, "photos": photos})["id"])

    @cached_property
    def problem(self) -> int:
        """A problem that the school has answered once."""
        found = self.report("餐具不干净", "勺子上有油")
        self._assigned(found)
        body = {"request_id": new_id(), "words": "已重新清洗", "photos": [self.photo("head", "problem")]}
        self.does("head", f"/problems/{found}/submit", body)
        return found

    @cached_property
    def new_problem(self) -> int:
        """A problem that waits for the school."""
        found = self.report("饭菜不热")
        self._assigned(found)
        return found

    def _assigned(self, problem: int) -> None:
        for _ in range(80):
            if self.phone("county").api(f"/problems/{problem}")["state"] == "assigned":
                return
            self.phone("county").page.wait_for_timeout(250)
        raise AssertionError("the report was not let through")

    @cached_property
    def order(self) -> int:
        """An order that the school has to answer."""
        body = {
            "request_id": new_id(), "step": "reminder", "school_id": self.school, "division": None, "problem_id": None,
            "prior_id": None, "title": "连续三天留样不全", "words": "请查明原因，三日内答复", "signed": "", "skip_reason": "",
            "due_on": self.phone("head").page.evaluate("new Date(Date.now() + 3 * 864e5).toISOString().slice(0, 10)"),
        }  # fmt: skip
        return int(self.does("county", "/dispatch", body)["id"])

    @cached_property
    def alert(self) -> int:
        """An alert that an entry of the ledger answers."""
        head = self.phone("head")
        for _ in range(90):
            found = [one["id"] for one in head.api("/alerts")["items"] if one["fills"]]
            if found:
                return int(found[0])
            head.page.wait_for_timeout(1000)
        raise AssertionError("there is no alert")

    @cached_property
    def plan(self) -> int:
        """A plan by which two schools were drawn."""
        desk = self.phone("county").page
        desk.goto(f"{self.url}/m/#/pages/officer/planning")
        front(self.phone("county")).get_by_role("radio", name="按数量").click()
        front(self.phone("county")).get_by_role("spinbutton", name="抽取数量").fill("2")
        front(self.phone("county")).get_by_role("button", name="公布计划").click()
        desk.wait_for_url("**/pages/officer/plan?id=*")
        found = int(desk.url.split("id=")[1])
        self.does("county", f"/inspections/{found}/draw", {"public_value": "204817"})
        return found

    @cached_property
    def visit(self) -> int:
        """A supervisor's visit that found something, which the school has not answered yet."""
        phone = self.phone("supervisor")
        posters = phone.context.request.get(f"{self.url}/demo/codes?county={COUNTY}").json()
        here = next(one for one in posters if one["school_id"] == self.school)
        now = phone.page.evaluate("new Date().toISOString()")
        body = {"code": here["url"].split("/q/")[1], "request_id": new_id(), "scanned_at": now}
        self.does("supervisor", "/check-ins", body)
        check_in = body["request_id"]
        form = next(one for one in phone.api("/forms") if one["kind"] == "supervisor")
        answers = [passing(item) for item in form["items"]]
        found = {
            "verdict": "problem",
            "remark": "上周的周排查没有记录",
            "severity": "general",
            "handling": "deadline",
            "photos": [self.photo("supervisor", "visit")],
        }
        answers = [one | found if one["item"] == "A3" else one for one in answers]
        signed = [self.photo("supervisor", "signature")]
        body = {
            "request_id": new_id(), "check_in": check_in, "kind": "supervisor", "form_version": form["version"], "answers": answers,
            "grade": "", "remarks": "请本周补上", "companions": "", "photos": [self.photo("supervisor", "visit")], "signatures": signed,
        }  # fmt: skip
        return int(self.does("supervisor", "/visits", body)["id"])

    @cached_property
    def month(self) -> int:
        """A month of the ledger that the county confirmed and the school appealed against."""
        last = self.phone("head").page.evaluate(
            "new Date(new Date(Date.now() + 288e5).setUTCDate(0)).toISOString().slice(0, 7)"
        )
        path = f"/schools/{self.school}/ledger/months/{last}"
        self.does("county", f"{path}/confirm", {})
        self.does("head", f"{path}/appeal", {"reason": "停电两天，纸质记录在"})
        told = self.phone("county").api("/notices")["items"]
        return int(next(one["subject_id"] for one in told if one["kind"] == "ledger_appealed"))

    @cached_property
    def certificate(self) -> int:
        """The register's row of a health certificate that has run out."""
        day = "new Date(Date.now() + {} * 864e5).toISOString().slice(0, 10)"
        page = self.phone("manager").page
        body = {
            "request_id": new_id(), "aspect": "staff", "version": 1, "school_id": self.school,
            "for_on": page.evaluate(day.format(0)), "made_at": page.evaluate("new Date().toISOString()"),
            "values": {
                "name": "李琼仙", "job": "cook", "certificate": "QJ20250012345", "trained": True,
                "from_on": page.evaluate(day.format(-370)), "until_on": page.evaluate(day.format(-5)),
            },
        }  # fmt: skip
        self.does("manager", "/ledger/entries", body)
        # the manager may have the alert of it instead
        items = self.phone("head").api("/me/today")["items"]
        mine = [one for one in items if one["source"] == "certificate" and one["school_id"] == self.school]
        rows = [self.phone("head").api(f"/ledger/register-rows/{one['subject_id']}") for one in mine]
        return int(next(one["id"] for one in rows if one["label"] == "李琼仙"))

    @cached_property
    def round(self) -> dict[str, Any]:
        """A round of the satisfaction survey that asks the parent."""
        return dict(next(one for one in self.phone("parent").api("/me/surveys") if not one["answered"]))


def front(phone: Phone) -> Any:
    return phone.page.locator("uni-page:visible").last


Before = Callable[[Town], str]
"""What must be there first; the page's query, such as `id=3`."""


@dataclass(frozen=True)
class Recipe:
    """How a page is come to: whose phone, what must be there, and the words by which it is known to be whole."""

    who: str
    sees: str
    before: Before = lambda town: ""


def signing_in_fails(town: Town) -> str:
    phone = town.phone("nobody")
    phone.page.get_by_role("button", name="家长").wait_for()
    examine(phone, "door")
    phone.page.route("**/api/sessions", lambda route: route.abort())
    phone.page.get_by_role("button", name="家长").click()
    return ""


def signing_in_works(town: Town) -> str:
    phone = town.phone("nobody")
    phone.page.unroute("**/api/sessions")
    phone.page.evaluate("localStorage.removeItem('shandu:as')")
    phone.page.goto("about:blank")
    parents = town.phone("parent").who
    phone.page.goto(f"{town.url}/m/#as={parents['id'] + 1}&school={town.school}")
    return ""


def checked_in(town: Town) -> str:
    phone = town.phone("committee")
    phone.page.goto(f"{town.url}/m/#/pages/today/index")
    phone.check_in(phone.school["name"])
    phone.page.wait_for_url("**/pages/visit/form?id=*")
    phone.page.get_by_text("已签到：").wait_for()
    return phone.page.url.split("?")[1]


def one_thing_fails(town: Town) -> str:
    """A report that the server will not have."""
    phone = town.phone("parent")
    refused = {"code": "school_closed", "detail": "这所学校已经撤并，不能再反映。"}
    phone.page.route("**/api/problems", lambda route: route.fulfill(status=409, json=refused))
    phone.page.goto(f"{town.url}/m/#/pages/report/index")
    front(phone).get_by_role("radio", name="饭菜不热").click()
    front(phone).get_by_role("button", name="发送", exact=True).click()
    phone.page.wait_for_url("**/pages/queue/index**")
    front(phone).get_by_text("没发成").first.wait_for()
    phone.page.unroute("**/api/problems")
    return ""


def something_waits(town: Town) -> str:
    """Words that WeChat's check leaves open."""
    town.report("食堂有人加微信推销", "饭卡充值要加微信")
    desk = town.phone("county")
    for _ in range(60):
        if desk.api(f"/content-checks?division={COUNTY}")["items"]:
            break
        desk.page.wait_for_timeout(250)
    return f"id={COUNTY}"


def some_are_not_reached(town: Town) -> str:
    """Of the many whom a young county does not reach, enough for a page."""
    page = town.phone("county").page
    page.route("**/unreached", lambda route: route.fulfill(json=route.fetch().json()[:8]))
    return f"code={COUNTY}"


def a_week_was_summed_up(town: Town) -> str:
    """As on a Monday."""
    summary = {
        "id": 1, "kind": "week", "at": "2026-11-23T00:30:00Z", "title": "上周小结", "lead": "麒麟区上周情况",
        "figures": [{"name": "入校", "now": "18次", "before": "15次"}, {"name": "新发现问题", "now": "4个", "before": ""}],
        "sections": [{"title": "超期未整改", "lines": [
            {"text": PLACE, "subject_kind": "school", "subject_id": town.school, "school_id": town.school},
            {"text": "其他学校没有超期", "subject_kind": "", "subject_id": 0, "school_id": None},
        ]}],
    }  # fmt: skip
    town.phone("county").page.route("**/api/digests/1", lambda route: route.fulfill(json=summary))
    return "id=1"


RECIPES: dict[str, Recipe] = {
    "pages/home/index": Recipe("nobody", "再试一次", signing_in_fails),
    "pages/bind/index": Recipe("nobody", "先认一认您是谁", signing_in_works),
    "pages/today/index": Recipe("committee", "都已存进手机"),
    "pages/scan/index": Recipe("committee", "二维码下面的编码"),
    "pages/visit/school": Recipe("supervisor", "到校要回头看的老问题", lambda town: f"id={town.school}"),
    "pages/visit/form": Recipe("committee", "已签到：", checked_in),
    "pages/queue/index": Recipe("parent", "没发成", one_thing_fails),
    "pages/mine/index": Recipe("supervisor", "这台手机"),
    "pages/officer/figures": Recipe("province", "入校覆盖"),
    "pages/officer/work": Recipe("county", "待核查", lambda town: str(town.problem and "")),
    "pages/officer/school": Recipe("county", "入校记录", lambda town: f"id={town.school}"),
    "pages/officer/visit": Recipe("county", "入校", lambda town: f"id={town.visit}"),
    "pages/officer/problem": Recipe("county", "经过", lambda town: f"id={town.problem}"),
    "pages/officer/problems": Recipe("county", "期限", lambda town: f"code={COUNTY}"),
    "pages/officer/unreached": Recipe("county", "打电话", some_are_not_reached),
    "pages/officer/plans": Recipe("county", "新建抽查计划", lambda town: str(town.plan and "")),
    "pages/officer/planning": Recipe("county", "公布计划"),
    "pages/officer/plan": Recipe("county", "重新计算一遍", lambda town: f"id={town.plan}"),
    "pages/officer/orders": Recipe("county", "留样不全", lambda town: str(town.order and "")),
    "pages/officer/order": Recipe(
        "county", "采取哪一步", lambda town: f"school={town.school}&place=东山中学"
    ),
    "pages/reviews/index": Recipe("county", "加微信", something_waits),
    "pages/dispatch/index": Recipe("head", "留样不全", lambda town: f"id={town.order}"),
    "pages/problem/index": Recipe("head", "经过", lambda town: f"id={town.problem}"),
    "pages/act/index": Recipe("head", "提交整改", lambda town: f"verb=submit&id={town.new_problem}"),
    "pages/inbox/index": Recipe("head", "全部读过"),
    "pages/channels/index": Recipe("head", "站内消息一直都有"),
    "pages/parent/index": Recipe("parent", "食堂公示"),
    "pages/report/index": Recipe("parent", "餐具不干净"),
    "pages/reports/index": Recipe("parent", "餐具不干净", lambda town: str(town.problem and "")),
    "pages/survey/index": Recipe(
        "parent", "第 1 题", lambda town: f"id={town.round['round_id']}&child={town.round['child']['id']}"
    ),
    "pages/surveys/index": Recipe("head", "哪一轮"),
    "pages/children/index": Recipe("parent", "登记"),
    "pages/board/index": Recipe("parent", "满意度"),
    "pages/todo/index": Recipe("head", "饭菜不热", lambda town: str(town.new_problem and "")),
    "pages/school/index": Recipe("head", "大屏签到码"),
    "pages/code/index": Recipe("head", "换新码"),
    "pages/invite/index": Recipe("head", "邀请"),
    "pages/alert/index": Recipe("head", "确实没有", lambda town: f"id={town.alert}"),
    "pages/digest/index": Recipe("county", "前一周", a_week_was_summed_up),
    "pages/month/index": Recipe("county", "学校的申辩", lambda town: f"id={town.month}"),
    "pages/desk/index": Recipe("county", "网页工作台"),
    "pages/data/index": Recipe("parent", "登录记录"),
    "pages/record/index": Recipe("head", "责任督学督查记录", lambda town: f"id={town.visit}"),
    "pages/ledger/index": Recipe("manager", "供餐服务"),
    "pages/ledger/form": Recipe(
        "manager", "如实填写", lambda town: f"school={town.school}&aspect=acceptance"
    ),
    "pages/ledger/registers": Recipe("manager", "登记供应商", lambda town: f"school={town.school}"),
    "pages/ledger/row": Recipe(
        "manager", "统一社会信用代码", lambda town: f"school={town.school}&register=supplier"
    ),
    "pages/kept/index": Recipe("manager", "已经到期", lambda town: f"id={town.certificate}"),
    "pages/ledger/entries": Recipe("manager", "供餐", lambda town: f"school={town.school}&aspect=serving"),
}


@pytest.fixture(scope="module")
def town(client: None, demo_url: str) -> Iterator[Town]:
    with launched() as chrome:
        yield Town(chrome, demo_url)


def listed() -> list[str]:
    """The pages of the client, as its own list has them."""
    pages = json.loads((CLIENT / "src" / "pages.json").read_text())
    main = [one["path"] for one in pages["pages"]]
    return main + [f"{one['root']}/{page['path']}" for one in pages["subPackages"] for page in one["pages"]]


def test_every_page_of_the_client_has_a_recipe() -> None:
    without = [page for page in listed() if page not in RECIPES]
    assert not without, f"say in RECIPES who opens these pages, and what must be there first: {without}"
    assert set(RECIPES) == set(listed()), "RECIPES names pages that are no longer there"


@pytest.mark.parametrize("page", RECIPES)
def test_a_page_can_be_read_and_tapped_by_everyone(town: Town, page: str, artefacts: Path) -> None:
    recipe = RECIPES[page]
    query = recipe.before(town)
    phone = town.phone(recipe.who)
    if recipe.who != "nobody":
        phone.page.goto(f"{town.url}/m/#/{page}{query and '?'}{query}")
    expect(front(phone).get_by_text(recipe.sees).first).to_be_visible()
    phone.page.wait_for_timeout(SETTLED_MS)
    examine(phone, page.removeprefix("pages/").removesuffix("/index").replace("/", "-"), artefacts)
    assert (phone.faults, phone.strangers) == ([], [])


def examine(phone: Phone, name: str, artefacts: Path | None = None) -> None:
    """Look at what is in front in light, in the dark and in large type; a picture of each is kept."""
    page = phone.page
    if not page.evaluate("window.axe !== undefined"):
        page.evaluate((MODULES / "axe-core" / "axe.min.js").read_text())
    # what has just been tapped shows it for a moment
    expect(page.locator(".pressed")).to_have_count(0)
    found: list[str] = []
    for mode in ("light", "dark", "large"):
        page.emulate_media(color_scheme="dark" if mode == "dark" else "light")
        page.evaluate(LARGE, mode == "large")
        # what a page says is the same in all of them; what is seen of it is not
        seen = page.evaluate(AXE, None if mode == "light" else ["color-contrast"])
        if mode != "dark":
            seen += page.evaluate(SMALL, LEAST_PX) + page.evaluate(CUT)
        found += [f"{mode}: {one}" for one in seen if not any(known in one for known in NOT_OURS)]
        if artefacts:
            keep_picture(phone, artefacts / f"page-{name}-{mode}.png")
    page.evaluate(LARGE, False)
    assert found == []


def keep_picture(phone: Phone, path: Path) -> None:
    """All of a page, as on a screen that is as high: what is fixed to the bottom is at the bottom."""
    width, height = phone.page.viewport_size["width"], phone.page.viewport_size["height"]  # type: ignore[index]
    whole = phone.page.evaluate("document.documentElement.scrollHeight")
    phone.page.set_viewport_size({"width": width, "height": max(height, min(whole, MOST_PX))})
    phone.page.screenshot(path=path)
    phone.page.set_viewport_size({"width": width, "height": height})


# large type is a class of the page's frame, and nothing else; light and dark are drawn first
LARGE = """async (large) => {
  for (let n = 0; n < 2; n++) await new Promise(requestAnimationFrame)
  document.querySelectorAll('.frame').forEach((one) => one.classList.toggle('large', large))
}"""

# serious and critical findings, one line each
AXE = """async (rules) => {
  const runs = rules ? { runOnly: { type: 'rule', values: rules } } : { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice'] }
  const { violations } = await axe.run(document, { ...runs, resultTypes: ['violations'], elementRef: false })
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).flatMap(({ id, impact, nodes }) =>
    nodes.slice(0, 3).map((node) => `${impact} ${id} ${node.html.slice(0, 160)} ${node.failureSummary.slice(0, 300)}`))
}"""

# whatever takes a tap and is less wide or high than a thumb needs
SMALL = """(least) => {
  const taps = 'button, input:not([type=hidden]), textarea, a[href], [role=button], [role=radio], [role=checkbox], [role=tab], [role=link]'
  const seen = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && one.getClientRects().length
  return [...document.querySelectorAll(taps)].filter(seen).flatMap((one) => {
    const { width, height } = (one.closest('.field') ?? one).getBoundingClientRect()
    return width + 0.5 < least || height + 0.5 < least ? [`${Math.round(width)}x${Math.round(height)} ${one.getAttribute('aria-label') ?? one.textContent.slice(0, 30)} ${one.className}`] : []
  })
}"""

# what stands out of the screen at its side, where nobody can scroll
CUT = """() => [...document.querySelectorAll('uni-page uni-view, uni-page uni-text, #door *')]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('[data-scrolls]'))
  .slice(0, 3).map((one) => `cut at the side: ${one.textContent.slice(0, 40)} ${one.className}`)"""
