"""Orders from above: issued and signed, told to whoever is asked, answered with photos, settled."""

from typing import Any

import pytest

from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind
from models.people.tables import Holding
from tests.cast import SINCE, Cast, Phone, jpeg, new_id

pytestmark = pytest.mark.slow


def order(cast: Cast, **changes: Any) -> dict[str, Any]:
    return {
        "request_id": new_id(), "step": "reminder", "school_id": cast.tianba.id, "title": "留样连续三天不全",
        "words": "请核实原因，补齐留样，并说明今后如何保证。", "due_on": "2026-11-27", **changes,
    }  # fmt: skip


def act(words: str = "已经办好", **more: Any) -> dict[str, Any]:
    return {"request_id": new_id(), "words": words, **more}


async def issued(officer: Phone, body: dict[str, Any]) -> dict[str, Any]:
    said = await officer.post("/dispatch", body)
    assert said.status == 201, said.json
    return dict(said.json)


async def inbox(phone: Phone) -> list[str]:
    return [line["kind"] for line in (await phone.get("/notices")).json["items"]]


async def test_a_school_is_asked_answers_with_a_photo_and_it_is_settled(cast: Cast) -> None:
    officer, head = await cast.phone("officer"), await cast.phone("head")
    made = await issued(officer, order(cast))
    assert (made["place"], made["asked_people"], made["may"]) == (
        "麒麟区田坝小学", ["张明"], ["withdraw", "settle"],
    )  # fmt: skip
    await cast.stage.jobs()
    assert "dispatch_issued" in await inbox(head)
    mine = (await head.get("/me/dispatch")).json["items"]
    assert [one["id"] for one in mine] == [made["id"]]
    read = (await officer.get(f"/dispatch/{made['id']}")).json
    assert (read["reached"], read["sent"]) == (1, 1)

    key = await head.photo(cast.tianba, "problem", jpeg())
    body = act("留样柜坏了，已修好，留样补齐", photos=[key])
    path = f"/dispatch/{made['id']}"
    for _ in range(2):
        answered = await head.post(f"{path}/answer", body)
        assert (answered.status, answered.json["state"]) == (200, "answered")
    assert "dispatch_answered" in await inbox(officer)
    returned = await officer.post(f"{path}/return", act("照片看不清柜内温度", due_on="2026-11-30"))
    assert (returned.json["state"], returned.json["due_at"]) == ("issued", "2026-11-30T10:00:00Z")
    assert "dispatch_returned" in await inbox(head)
    assert (await head.post(f"{path}/answer", act("温度4度，见记录"))).status == 200
    settled = await officer.post(f"{path}/settle", act(""))
    assert [step["move"] for step in settled.json["steps"]] == [
        "issue",
        "answer",
        "return",
        "answer",
        "settle",
    ]
    assert settled.json["steps"][1]["photos"] == [key]
    assert "dispatch_settled" in await inbox(head)
    assert (await officer.get(f"/photos/{key}")).status == 200


async def test_everything_above_a_reminder_is_signed_and_climbs_step_by_step(cast: Cast) -> None:
    officer = await cast.phone("officer")
    first = await issued(officer, order(cast))
    body = order(cast, step="guidance", prior_id=first["id"])
    for signed in ("", "孙静"):
        refused = await officer.post("/dispatch", body | {"signed": signed})
        assert (refused.status, refused.code) == (422, "signature_needed")
    second = await issued(officer, body | {"signed": "刘洋"})
    talk = order(cast, step="interview", prior_id=second["id"], signed="刘洋")
    refused = await officer.post("/dispatch", talk)
    assert (refused.status, refused.code) == (422, "step_skipped")
    assert "会议调度" in refused.said
    third = await issued(officer, talk | {"skip_reason": "已发生食材变质"})
    assert third["step_name"] == "约谈"
    back = await officer.post("/dispatch", order(cast, prior_id=third["id"]))
    assert (back.status, back.code) == (422, "step_back")


async def test_a_lead_goes_to_the_market_regulators(cast: Cast) -> None:
    officer = await cast.phone("officer")
    lead = order(cast, step="transfer", signed="刘洋", skip_reason="涉嫌使用过期食品")
    refused = await officer.post("/dispatch", lead)
    assert (refused.status, refused.code) == (422, "nobody_there")
    post = await ensure_post(PostKind.REGULATOR, division_code="530302")
    await Holding.create(person=cast.people["nobody"], post=post, since_on=SINCE)
    made = await issued(officer, lead)
    assert (made["asked"], made["asked_people"]) == ("regulator", ["钱多"])
    regulator = await cast.phone("nobody")
    answered = await regulator.post(f"/dispatch/{made['id']}/answer", act("已立案"))
    assert (answered.status, answered.json["state"]) == (200, "answered")


async def test_a_county_is_asked_by_its_prefecture_and_does_not_settle_that_itself(cast: Cast) -> None:
    prefecture, officer = await cast.phone("prefecture"), await cast.phone("officer")
    body = order(cast, school_id=None, division="530302", title="超期未整改偏多")
    made = await issued(prefecture, body)
    assert (made["place"], made["asked"]) == ("麒麟区", "county")
    path = f"/dispatch/{made['id']}"
    assert (await officer.get(path)).json["may"] == ["answer"]
    refused = await officer.post(f"{path}/settle", act())
    assert (refused.status, refused.code) == (403, "forbidden")
    assert (await officer.post(f"{path}/answer", act("已逐校督办"))).status == 200
    assert (await prefecture.post(f"{path}/settle", act(""))).json["state"] == "settled"
    own = await officer.post("/dispatch", body | {"request_id": new_id()})
    assert (own.status, own.code) == (422, "not_above")


async def test_what_was_taken_back_is_asked_no_more(cast: Cast) -> None:
    officer, head = await cast.phone("officer"), await cast.phone("head")
    made = await issued(officer, order(cast))
    taken = await officer.post(f"/dispatch/{made['id']}/withdraw", act("发错学校"))
    assert taken.json["state"] == "withdrawn"
    refused = await head.post(f"/dispatch/{made['id']}/answer", act())
    assert (refused.status, refused.code) == (409, "dispatch_moved_on")
    await cast.stage.jobs()
    assert [one["page"] for one in await head.messages() if "dispatch" in one["page"]] == []


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"due_on": "2026-11-23"}, 422, "day_over"),
        ({"school_id": None, "division": "530303"}, 404, "not_found"),
        ({"prior_id": 999_999}, 404, "not_found"),
        ({"problem_id": 999_999}, 404, "not_found"),
        ({"words": ""}, 422, "validation"),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    cast: Cast, changes: dict[str, Any], status: int, code: str
) -> None:
    officer = await cast.phone("officer")
    refused = await officer.post("/dispatch", order(cast, **changes))
    assert (refused.status, refused.code) == (status, code)


async def test_an_order_sent_twice_is_one_and_late_ones_are_marked(cast: Cast) -> None:
    officer, body = await cast.phone("officer"), order(cast)
    first = await issued(officer, body)
    again = await officer.post("/dispatch", body)
    assert (again.status, again.json["id"]) == (200, first["id"])
    other = await officer.post("/dispatch", body | {"words": "另外的话"})
    assert (other.status, other.code) == (409, "request_reused")
    cast.stage.forward(days=4)
    lines = (await officer.get("/dispatch", division="530302")).json["items"]
    assert [(line["id"], line["overdue"]) for line in lines] == [(first["id"], True)]
