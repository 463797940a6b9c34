"""Plans of inspections: published before anybody can know who is drawn, drawn once, drawn again by anybody."""

import hashlib
from typing import Any

import pytest

from tests.cast import Answer, Cast, Phone, new_id

pytestmark = pytest.mark.slow

ALL = {"licence", "sample"}


def planned(**changes: Any) -> dict[str, Any]:
    return {
        "request_id": new_id(), "division": "530302", "month": "2026-11", "title": "十一月现场抽查",
        "agency": "education", "way": "onsite", "matters": sorted(ALL), "number": 2,
        "public_source": "抽取当日上证综指收盘点位", **changes,
    }  # fmt: skip


async def drawn(phone: Phone, **changes: Any) -> Answer:
    plan = await phone.post("/inspections", planned(**changes))
    assert plan.status == 201, plan.json
    done = await phone.post(f"/inspections/{plan.json['id']}/draw", {"public_value": "上证综指 3891.26"})
    assert done.status == 200, done.json
    return done


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def test_an_officer_plans_and_draws_and_anybody_can_draw_again(cast: Cast) -> None:
    officer = await cast.phone("officer")
    plan = (await officer.post("/inspections", planned())).json
    stranger = Phone(cast.stage, cast.people["nobody"])
    before = (await stranger.get(f"/draws/{plan['id']}")).json
    assert (before["nonce"], before["drawn"], plan["seed"]) == (None, [], None)
    assert before["candidates"] == ["5303020001", "5303020002", "5303020003"]
    assert sha256("\n".join(before["candidates"])) == plan["candidates_hash"]

    done = await officer.post(f"/inspections/{plan['id']}/draw", {"public_value": "上证综指 3891.26"})
    assert [school["turn"] for school in done.json["drawn"]] == [1, 2]
    after = (await stranger.get(f"/draws/{plan['id']}")).json
    assert after["statement"] == before["statement"]
    assert sha256(after["nonce"]) == before["commitment"]
    seed = sha256(f"{after['statement']}\n{after['nonce']}\n{after['public_value']}")
    again = sorted(after["candidates"], key=lambda code: sha256(f"{seed}:{code}"))[:2]
    assert again == after["drawn"] == [school["school_code"] for school in done.json["drawn"]]
    check = await officer.get(f"/inspections/{plan['id']}/check")
    assert check.json == {"same": True, "differences": []}


async def test_a_draw_stands_whatever_is_said_afterwards(cast: Cast) -> None:
    officer = await cast.phone("officer")
    first = await drawn(officer, number=1)
    path = f"/inspections/{first.json['id']}"
    same = await officer.post(f"{path}/draw", {"public_value": "上证综指 3891.26"})
    assert (same.status, same.json["drawn"]) == (200, first.json["drawn"])
    other = await officer.post(f"{path}/draw", {"public_value": "上证综指 4000.00"})
    assert (other.status, other.code) == (409, "inspection_moved_on")
    cancelled = await officer.post(f"{path}/cancel", {"reason": "想换一批"})
    assert (cancelled.status, cancelled.code) == (409, "inspection_moved_on")


async def test_a_plan_sent_twice_is_one_plan(cast: Cast) -> None:
    officer, body = await cast.phone("officer"), planned()
    first, second = await officer.post("/inspections", body), await officer.post("/inspections", body)
    assert (first.status, second.status, first.json["id"]) == (201, 200, second.json["id"])
    other = await officer.post("/inspections", body | {"title": "另一个计划"})
    assert (other.status, other.code) == (409, "request_reused")


async def test_a_cancelled_plan_stays_in_sight_and_is_never_drawn(cast: Cast) -> None:
    officer = await cast.phone("officer")
    plan = (await officer.post("/inspections", planned())).json
    assert (await officer.post(f"/inspections/{plan['id']}/cancel", {"reason": "范围写错"})).status == 204
    refused = await officer.post(f"/inspections/{plan['id']}/draw", {"public_value": "1234"})
    assert (refused.status, refused.code) == (409, "inspection_moved_on")
    listed = (await officer.get("/inspections", division="530302")).json["items"]
    assert [(one["id"], one["state"]) for one in listed] == [(plan["id"], "cancelled")]


async def test_what_cannot_be_drawn_is_refused_with_a_sentence(cast: Cast) -> None:
    officer = await cast.phone("officer")
    for changes, code in [
        ({"way": "video"}, "nobody_to_draw"),
        ({"number": None}, "one_amount"),
        ({"share_percent": 10}, "one_amount"),
        ({"month": "2026-10"}, "month_over"),
        ({"matters": ["nothing"]}, "validation"),
    ]:
        refused = await officer.post("/inspections", planned(**changes))
        assert (refused.status, refused.code) == (422, code), changes


async def test_market_regulators_of_a_lower_level_do_not_repeat_what_a_higher_one_checked(cast: Cast) -> None:
    province, officer = await cast.phone("province"), await cast.phone("officer")
    above = await drawn(province, agency="regulation", number=1)
    school = above.json["drawn"][0]
    # drawn is not checked yet
    body = planned(agency="regulation", number=3)
    assert len((await drawn(officer, agency="regulation", number=3)).json["drawn"]) == 3
    noted = await province.post(
        f"/inspected-schools/{school['id']}/done", {"on": "2026-11-24", "words": "证照齐全"}
    )
    assert noted.status == 204, noted.json

    plan = (await officer.post("/inspections", body | {"request_id": new_id()})).json
    assert plan["candidates"] == 2
    assert plan["left_out"] == {school["school_code"]: "省级11月24日已检查，3个月内不重复"}
    # other matters, and education's own inspections, are no repetition
    wider = await drawn(officer, agency="joint", number=3, matters=["licence", "money"])
    assert len(wider.json["drawn"]) == 3
    there = next(one for one in wider.json["drawn"] if one["school_id"] == school["school_id"])
    assert [one["code"] for one in there["matters"]] == ["money"]
    assert list(there["spared"]) == ["食品经营许可"]
    assert (await officer.post("/inspections", planned(number=3))).json["candidates"] == 3
    cast.stage.forward(days=95)
    officer = await cast.phone("officer")
    later = await officer.post("/inspections", planned(agency="regulation", number=3, month="2027-02"))
    assert later.json["candidates"] == 3


async def test_each_level_sees_what_was_drawn_within_its_reach_and_draws_only_its_own(cast: Cast) -> None:
    prefecture, officer = await cast.phone("prefecture"), await cast.phone("officer")
    plan = (await prefecture.post("/inspections", planned(division="5303", number=4))).json
    assert (plan["level"], plan["candidates"]) == ("prefecture", 4)
    refused = await officer.post(f"/inspections/{plan['id']}/draw", {"public_value": "1234"})
    assert refused.status == 404
    here = (await prefecture.post("/inspections", planned())).json
    refused = await officer.post(f"/inspections/{here['id']}/draw", {"public_value": "1234"})
    assert (refused.status, refused.code) == (403, "forbidden")
    whole = await prefecture.post(f"/inspections/{plan['id']}/draw", {"public_value": "1234"})
    assert len(whole.json["drawn"]) == 4
    mine = await officer.get(f"/inspections/{plan['id']}")
    assert (len(mine.json["drawn"]), mine.json["may"]) == (3, [])
    line = (await officer.get("/inspections", division="530302")).json["items"][1]
    assert (line["id"], line["drawn"], line["done"]) == (plan["id"], 3, 0)


async def test_drawn_schools_are_not_announced_before_the_day_the_plan_names(cast: Cast) -> None:
    officer = await cast.phone("officer")
    secret = await drawn(officer, open_on="2026-12-01")
    stranger = Phone(cast.stage, cast.people["nobody"])
    held_back = (await stranger.get(f"/draws/{secret.json['id']}")).json
    assert (held_back["nonce"], held_back["drawn"]) == (None, [])
    cast.stage.forward(days=8)
    assert len((await stranger.get(f"/draws/{secret.json['id']}")).json["drawn"]) == 2


async def test_an_inspection_is_noted_once_and_on_a_day_that_can_be(cast: Cast) -> None:
    officer = await cast.phone("officer")
    done = (await drawn(officer, number=1)).json["drawn"][0]
    path = f"/inspected-schools/{done['id']}/done"
    early = await officer.post(path, {"on": "2026-11-23"})
    assert (early.status, early.code) == (422, "not_that_day")
    body = {"on": "2026-11-24", "words": "留样齐全，冷藏柜温度偏高"}
    assert (await officer.post(path, body)).status == 204
    assert (await officer.post(path, body)).status == 204
    other = await officer.post(path, body | {"words": "没有问题"})
    assert (other.status, other.code) == (409, "inspected_already")
