"""Alerts: raised once, told to the post, answered in one tap, and gone when the fact is."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.alerts.running import look_again
from models.database import sql
from models.organisations.tables import School
from models.policies.tables import Policy
from tests.api.test_ledger import checking
from tests.api.test_surveys import plan
from tests.cast import Answer, Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow


async def switched_on(cast: Cast, *rules: str) -> Phone:
    """The county begins with alerts, by these rules only (all of them without any); its officer."""
    officer, province = await cast.phone("officer"), await cast.phone("province")
    if rules:
        for rule in (await province.get("/alert-rules")).json:
            if rule["code"] not in rules:
                await switch(province, rule["code"], "off")
    on = await officer.ask("PUT", "/divisions/530302/policies/alerts_on", json={"value": 1})
    assert on.status == 204, on.json
    return officer


async def switch(phone: Phone, rule: str, to: str) -> Answer:
    return await phone.ask("PUT", f"/alert-rules/{rule}/switch", json={"to": to})


async def defences(phone: Phone, school: School, **values: Any) -> Answer:
    """An entry of the three defences, with a photo."""
    photo = await phone.photo(school, "ledger")
    body = {
        "request_id": new_id(), "aspect": "three_defences", "version": 1, "school_id": school.id,
        "for_on": phone.stage.clock().date().isoformat(), "made_at": phone.stage.clock().isoformat(),
        "values": {"dust": 3, "rat": 2, "fly": 4, "intact": True, "photos": [photo]} | values,
    }  # fmt: skip
    sent = await phone.post("/ledger/entries", body)
    assert sent.status == 201, sent.json
    return sent


async def of_school(phone: Phone, school: School, rule: str, **query: Any) -> list[dict[str, Any]]:
    answer = await phone.get(f"/schools/{school.id}/alerts", rule=rule, **query)
    assert answer.status == 200, answer.json
    return list(answer.json["items"])


async def alert(phone: Phone, school: School, rule: str) -> dict[str, Any]:
    (found,) = await of_school(phone, school, rule)
    return found


async def answer(phone: Phone, alert_id: int, kind: str, **more: Any) -> Answer:
    body = {"request_id": new_id(), "answer": kind} | more
    return await phone.post(f"/alerts/{alert_id}/answer", body)


async def told(phone: Phone) -> list[str]:
    """Titles of the alerts' notices in somebody's inbox, newest first."""
    found = (await phone.get("/notices")).json["items"]
    return [one["facts"]["title"] for one in found if one["kind"] == "alert_raised"]


async def test_nothing_is_raised_before_the_county_begins(cast: Cast, stage: Stage) -> None:
    manager = await cast.phone("manager")
    await stage.jobs()
    assert (await manager.get("/alerts")).json["items"] == []


async def test_what_nobody_wrote_down_is_raised_told_and_withdrawn_by_the_entry(
    cast: Cast, stage: Stage
) -> None:
    manager = await cast.phone("manager")
    await switched_on(cast, "rat_proof", "dust_proof")

    await stage.jobs()
    raised = await alert(manager, cast.tianba, "rat_proof")
    assert (raised["sort"], raised["sort_name"], raised["mine"]) == ("no_record", "没有记录", True)
    assert raised["said"] == "本学期台账没有填防鼠设施。"
    assert await told(manager) == ["防鼠设施等2项"]
    assert [one["rule"] for one in (await manager.get("/alerts")).json["items"]] == [
        "rat_proof",
        "dust_proof",
    ]

    # the same day again, and the next: nothing is raised or told twice
    await stage.jobs()
    stage.forward(days=1)
    await stage.jobs()
    assert await told(manager) == ["防鼠设施等2项"]

    # not at the next morning's run: within the same minute
    await defences(manager, cast.tianba)
    await stage.jobs()
    assert (await manager.get("/alerts")).json["items"] == []
    (over,) = await of_school(manager, cast.tianba, "rat_proof", state="withdrawn")
    assert over["id"] == raised["id"]


async def test_unknown_is_not_zero_and_zero_is_a_defect(cast: Cast, stage: Stage) -> None:
    manager = await cast.phone("manager")
    await switched_on(cast, "rat_proof")
    await stage.jobs()
    assert (await alert(manager, cast.tianba, "rat_proof"))["sort"] == "no_record"

    sent = await defences(manager, cast.tianba, rat=0)
    await stage.jobs()
    zero = await alert(manager, cast.tianba, "rat_proof")
    assert (zero["sort"], zero["said"]) == ("defect", "2026年11月24日台账记着防鼠设施0处。")

    # a correction is an entry like any other
    chain = (await manager.get(f"/ledger/entries/{sent.json['id']}")).json
    values = chain[0]["values"] | {"rat": 2}
    body = {"request_id": new_id(), "version": 1, "values": values, "reason": "数错了"}
    corrected = await manager.post(f"/ledger/entries/{sent.json['id']}/correct", body)
    assert corrected.status == 201, corrected.json
    await stage.jobs()
    assert await of_school(manager, cast.tianba, "rat_proof") == []


async def test_a_visit_that_saw_none_contradicts_the_ledger(cast: Cast, stage: Stage) -> None:
    manager, member = await cast.phone("manager"), await cast.phone("member")
    await switched_on(cast, "rat_proof")
    await defences(manager, cast.tianba)
    await stage.jobs()
    assert await of_school(manager, cast.tianba, "rat_proof") == []

    checked = await member.check_in(cast.tianba)
    body = await member.visit_body(cast.tianba, checked.headers["request_id"])
    (counted,) = [one for one in body["answers"] if "counts" in one]
    counted["counts"]["rat"] = 0
    sent = await member.post("/visits", body)
    assert sent.status == 201, sent.json
    await stage.jobs()
    found = await alert(manager, cast.tianba, "rat_proof")
    assert (found["sort"], found["facts"]) == ("contradiction", {"counted": 2, "seen": 0})
    assert "台账记着防鼠设施2处" in found["said"]


async def test_an_answer_with_an_entry_must_put_it_right(cast: Cast, stage: Stage) -> None:
    manager = await cast.phone("manager")
    await switched_on(cast, "rat_proof")
    await stage.jobs()
    raised = await alert(manager, cast.tianba, "rat_proof")
    other = await manager.post("/ledger/entries", checking(cast))
    zero = await defences(manager, cast.tianba, rat=0)

    strange = await answer(manager, raised["id"], "entry", entry_id=other.json["id"])
    still = await answer(manager, raised["id"], "entry", entry_id=zero.json["id"])

    assert (strange.status, strange.code) == (422, "entry_does_not_answer")
    assert "三防设施" in strange.said
    assert (still.status, still.code) == (409, "alert_still_so")
    assert "记着防鼠设施0处" in still.said
    assert (await alert(manager, cast.tianba, "rat_proof"))["state"] == "open"


async def test_an_answer_with_an_entry_withdraws_it_at_once(cast: Cast, stage: Stage) -> None:
    manager = await cast.phone("manager")
    await switched_on(cast, "rat_proof")
    await stage.jobs()
    raised = await alert(manager, cast.tianba, "rat_proof")
    sent = await defences(manager, cast.tianba)
    body = {"request_id": new_id(), "answer": "entry", "entry_id": sent.json["id"]}

    first = await manager.post(f"/alerts/{raised['id']}/answer", body)
    again = await manager.post(f"/alerts/{raised['id']}/answer", body)

    assert (first.status, first.json["state"], first.json["answer"]) == (200, "withdrawn", "entry")
    assert (again.status, again.json) == (200, first.json)
    assert [(step["verb"], step["who"]) for step in again.json["steps"]] == [("answer_entry", "赵丽")]


async def test_a_photo_answers_and_the_fact_stays_on_record(cast: Cast, stage: Stage) -> None:
    manager, officer = await cast.phone("manager"), await switched_on(cast, "rat_proof")
    await stage.jobs()
    raised = await alert(manager, cast.tianba, "rat_proof")

    bare = await answer(manager, raised["id"], "photo")
    photo = await manager.photo(cast.tianba, "ledger")
    shown = await answer(manager, raised["id"], "photo", photos=[photo])
    await stage.jobs()

    assert (bare.status, bare.code) == (422, "photo_needed")
    assert (shown.status, shown.json["state"]) == (200, "answered")
    assert (await manager.get("/alerts")).json["items"] == []
    seen = (await officer.get(f"/alerts/{raised['id']}")).json
    assert (seen["state"], seen["steps"][0]["facts"]["photos"]) == ("answered", [photo])
    counts = (await officer.get("/divisions/530302/alerts/counts")).json
    assert [(one["no_record"], one["answered"]) for one in counts] == [(2, 1)]


async def test_lacking_opens_a_problem_that_the_county_verifies(cast: Cast, stage: Stage) -> None:
    manager, officer = await cast.phone("manager"), await switched_on(cast, "rat_proof")
    await stage.jobs()
    raised = await alert(manager, cast.tianba, "rat_proof")

    said = await answer(manager, raised["id"], "lacking", words="挡鼠板坏了，已联系采购")
    assert said.status == 200, said.json
    assert said.json["state"] == "answered"
    problem = (await officer.get(f"/problems/{said.json['problem_id']}")).json
    assert (problem["title"], problem["severity"], problem["source"], problem["item"]) == (
        "防鼠设施", "serious", "alert", "Y02",
    )  # fmt: skip
    await stage.jobs()
    assert (await alert(manager, cast.tianba, "rat_proof"))["state"] == "answered"

    photo = await manager.photo(cast.tianba, "problem")
    act = {"request_id": new_id(), "words": "已装", "photos": [photo]}
    submitted = await manager.post(f"/problems/{problem['id']}/submit", act)
    own = await manager.post(f"/problems/{problem['id']}/close", act | {"request_id": new_id(), "photos": []})
    closed = await officer.post(f"/problems/{problem['id']}/close", {"request_id": new_id(), "words": "到位"})
    assert (submitted.status, own.status, closed.status) == (200, 403, 200)

    # closed on paper while the ledger still says nothing: it is open again
    stage.forward(days=1)
    await stage.jobs()
    assert (await alert(manager, cast.tianba, "rat_proof"))["state"] == "open"
    assert (await told(manager))[0] == "防鼠设施"


async def test_who_answers(cast: Cast, stage: Stage) -> None:
    await switched_on(cast, "rat_proof", "site_meeting")
    stage.forward(days=1)
    await stage.jobs()
    head, manager, member = [await cast.phone(name) for name in ("head", "manager", "member")]
    neighbour = await cast.phone("neighbour_head")
    rats = await alert(head, cast.tianba, "rat_proof")
    meeting = (await of_school(head, cast.tianba, "site_meeting"))[0]

    photo = await manager.photo(cast.tianba, "ledger")
    refused = await answer(manager, meeting["id"], "photo", photos=[photo])
    reads = await answer(member, rats["id"], "photo", photos=[photo])
    outside = await answer(neighbour, rats["id"], "photo", photos=[photo])
    stands_in = await answer(head, rats["id"], "lacking", words="确实没有装")
    late = await answer(manager, rats["id"], "lacking", words="确实没有装")

    assert (refused.status, refused.said) == (403, "这条预警由学校负责人答复。")
    assert (reads.status, reads.code) == (403, "not_your_alert")
    assert outside.status == 404
    assert stands_in.status == 200
    assert (late.status, late.code) == (409, "alert_over")


async def test_a_muted_alert_is_quiet_until_its_end(cast: Cast, stage: Stage) -> None:
    manager, officer = await cast.phone("manager"), await switched_on(cast, "rat_proof")
    await stage.jobs()
    raised = await alert(manager, cast.tianba, "rat_proof")
    path, body = f"/alerts/{raised['id']}/mute", {"reason": "食堂停用改造", "until_on": "2026-11-26"}

    own = await manager.post(path, body)
    endless = await officer.post(path, body | {"until_on": "2029-01-01"})
    bare = await officer.post(path, {"until_on": "2026-11-26"})
    muted = await officer.post(path, body)

    assert (own.status, endless.code, bare.status) == (403, "bad_mute", 422)
    assert (muted.status, muted.json["muted_until"], muted.json["state"]) == (200, "2026-11-26", "open")
    assert (await manager.get("/alerts")).json["items"] == []
    assert await of_school(officer, cast.tianba, "rat_proof") == []
    assert len(await of_school(officer, cast.tianba, "rat_proof", muted=True)) == 1
    counts = (await officer.get("/divisions/530302/alerts/counts")).json
    assert [(one["no_record"], one["muted"]) for one in counts] == [(2, 1)]

    stage.forward(days=2)
    await stage.jobs()
    assert len(await told(manager)) == 1
    stage.forward(days=1)
    await stage.jobs()
    assert len((await manager.get("/alerts")).json["items"]) == 1
    assert len(await told(manager)) == 2


async def test_a_mute_is_taken_back(cast: Cast, stage: Stage) -> None:
    manager, officer = await cast.phone("manager"), await switched_on(cast, "rat_proof")
    await stage.jobs()
    raised = await alert(manager, cast.tianba, "rat_proof")
    await officer.post(f"/alerts/{raised['id']}/mute", {"reason": "停用改造", "until_on": "2026-12-31"})

    back = await officer.post(f"/alerts/{raised['id']}/unmute")

    assert (back.status, back.json["muted_until"]) == (200, None)
    assert len(await told(manager)) == 2
    assert [step["verb"] for step in back.json["steps"]] == ["mute", "unmute"]


async def test_the_posts_nobody_holds_are_the_heads(cast: Cast, stage: Stage) -> None:
    """望海 has a head and no manager."""
    head, manager = await cast.phone("neighbour_head"), await cast.phone("manager")
    await switched_on(cast, "rat_proof")
    await stage.jobs()
    assert [one["place"] for one in (await head.get("/alerts")).json["items"]] == ["麒麟区望海小学"]
    assert await told(head) == ["防鼠设施"]
    assert [one["place"] for one in (await manager.get("/alerts")).json["items"]] == ["麒麟区田坝小学"]


async def test_a_rule_is_tried_on_last_month_before_it_is_switched_on(cast: Cast, stage: Stage) -> None:
    manager, officer = await cast.phone("manager"), await switched_on(cast, "rat_proof")
    province = await cast.phone("province", consent=False)
    assert (await switch(officer, "rat_proof", "trial")).status == 404
    assert (await switch(province, "rat_proof", "trial")).status == 204

    early = await officer.post("/divisions/530302/alert-trials", {"rule": "rat_proof", "month": "2026-11"})
    asked = await officer.post("/divisions/530302/alert-trials", {"rule": "rat_proof", "month": "2026-10"})
    assert (early.status, early.code) == (422, "month_not_past")
    assert (asked.status, asked.json["done_at"]) == (202, None)
    await defences(manager, cast.tianba)
    await stage.jobs()

    (done,) = (await officer.get("/divisions/530302/alert-trials")).json
    # 田坝's entry came a month later: what it would have raised then, it still would
    assert (done["no_record"], done["defect"], done["withdrew"]) == (3, 0, 0)
    assert done["done_at"] is not None
    lines = (await officer.get(f"/alert-trials/{asked.json['id']}/alerts")).json["items"]
    assert {one["place"] for one in lines} == {"麒麟区田坝小学", "麒麟区望海小学", "麒麟区金江小学"}
    assert lines[0]["raised_at"] < "2026-11"
    # nobody was told, nobody has it to answer, and nothing counts it
    assert (await told(manager), (await manager.get("/alerts")).json["items"]) == ([], [])
    assert (await officer.get("/divisions/530302/alerts/counts")).json == []

    assert (await switch(province, "rat_proof", "on")).status == 204
    stage.forward(days=1)
    await stage.jobs()
    assert [one["place"] for one in (await officer.get("/divisions/530302/alerts")).json["items"]] == [
        "麒麟区金江小学", "麒麟区望海小学",
    ]  # fmt: skip


async def test_a_trial_asked_for_many_times_at_once_is_run_once(cast: Cast) -> None:
    officer, path = await cast.phone("officer"), "/divisions/530302/alert-trials"
    body = {"rule": "rat_proof", "month": "2026-10"}

    asked = await asyncio.gather(*(officer.post(path, body) for _ in range(6)))

    assert {one.status for one in asked} == {202}
    listed = (await officer.get(path)).json
    assert (len(listed), sum(one["done_at"] is None for one in listed)) == (6, 1)


async def test_switching_a_rule_off_withdraws_what_it_raised(cast: Cast, stage: Stage) -> None:
    officer, province = await switched_on(cast, "rat_proof"), await cast.phone("province", consent=False)
    await stage.jobs()
    assert len((await officer.get("/divisions/530302/alerts")).json["items"]) == 3

    assert (await switch(province, "rat_proof", "off")).status == 204

    assert (await officer.get("/divisions/530302/alerts")).json["items"] == []
    assert (await switch(province, "no_such_rule", "on")).status == 404


async def test_a_county_asks_for_more_and_never_for_less_than_the_law(cast: Cast) -> None:
    officer = await cast.phone("officer")

    async def put(key: str, value: float) -> int:
        path = f"/divisions/530302/policies/{key}"
        return (await officer.ask("PUT", path, json={"value": value})).status

    assert [await put("committee_least", 9), await put("committee_least", 6)] == [204, 422]
    assert [await put("director_school", 300), await put("director_school", 600)] == [204, 422]
    assert [await put("director_kindergarten", 301)] == [422]


async def test_a_bound_that_was_set_before_the_law_asked_for_more_is_the_laws(
    cast: Cast, stage: Stage
) -> None:
    officer, head = await switched_on(cast, "committee_size"), await cast.phone("head")
    values = {
        "year": 2026, "filed_on": "2026-09-20", "members": 6, "grades": ["1"], "school_grades": ["1"],
        "no_interest": True, "published": True,
    }  # fmt: skip
    body = {"request_id": new_id(), "version": 1, "school_id": cast.tianba.id, "values": values}
    assert (await head.post("/ledger/registers/committee_list", body)).status == 201
    for key, value in (("committee_least", 5), ("director_school", 900)):
        await Policy.create(division_code="530302", key=key, value=value, set_at=stage.clock())
    await stage.jobs()

    assert (await alert(head, cast.tianba, "committee_size"))["sort"] == "defect"
    told = {one["key"]: one["value"] for one in (await officer.get("/divisions/530302/policies")).json}
    assert (told["committee_least"], told["director_school"]) == (7, 500)


async def test_every_rule_is_judged_over_an_empty_ledger(cast: Cast, stage: Stage) -> None:
    """Every statement of every gatherer runs on this engine, and says that there is no record."""
    officer = await switched_on(cast)
    await stage.jobs()
    found = (await officer.get("/divisions/530302/alerts/rules")).json
    assert {one["code"] for one in found} >= {
        "food_licence",
        "shared_meal",
        "data_stopped",
        "canteen_profile",
    }
    assert all(one["contradiction"] == 0 for one in found)
    (whole,) = (await officer.get("/divisions/530302/alerts/counts")).json
    assert whole["no_record"] == sum(one["no_record"] for one in found)
    assert whole["name"] == "麒麟区"


async def test_what_a_rule_raised_that_is_no_longer_on_the_list_is_hidden(cast: Cast, stage: Stage) -> None:
    manager, head = await cast.phone("manager"), await cast.phone("head")
    officer = await switched_on(cast, "rat_proof", "dust_proof")
    await stage.jobs()
    raised = await alert(manager, cast.tianba, "rat_proof")
    asked = await officer.post("/divisions/530302/alert-trials", {"rule": "rat_proof", "month": "2026-10"})
    assert asked.status == 202, asked.json
    await sql.rows(
        "UPDATE alert SET rule = 'cat_proof', told_at = NULL WHERE rule = 'rat_proof' RETURNING id"
    )
    await sql.rows("UPDATE alert_trial SET rule = 'cat_proof' RETURNING id")

    for phone, path in (
        (manager, "/alerts"), (head, f"/schools/{cast.tianba.id}/alerts"), (officer, "/divisions/530302/alerts"),
    ):  # fmt: skip
        found = await phone.get(path)
        assert found.status == 200, found.json
        assert {one["rule"] for one in found.json["items"]} == {"dust_proof"}, path
    assert (await officer.get("/divisions/530302/alert-trials")).json == []
    assert (await manager.get(f"/alerts/{raised['id']}")).status == 404
    assert (await answer(manager, raised["id"], "lacking")).status == 404
    # and the county is judged and told as before
    stage.forward(days=1)
    await stage.jobs()
    await defences(manager, cast.tianba, dust=0)
    await stage.jobs()
    assert (await alert(manager, cast.tianba, "dust_proof"))["sort"] == "defect"


async def test_a_survey_that_begins_and_a_duty_that_is_excused_withdraw_theirs_at_once(
    cast: Cast, stage: Stage
) -> None:
    head = await cast.phone("head")
    officer = await switched_on(cast, "survey_run", "committee_visit")
    stage.forward(days=1)  # the 25th: from now on a visit that is not made is told of
    await stage.jobs()
    assert {one["rule"] for one in (await head.get("/alerts")).json["items"]} == {
        "survey_run", "committee_visit",
    }  # fmt: skip

    (duty,) = [
        one
        for one in (await officer.get(f"/schools/{cast.tianba.id}/duties")).json
        if one["kind"] == "committee"
    ]
    assert (await officer.post(f"/duties/{duty['id']}/excuse", {"reason": "大雪停课"})).status == 204
    await stage.jobs()
    assert [one["rule"] for one in (await head.get("/alerts")).json["items"]] == ["survey_run"]

    await plan(cast, "2026-11-25", "2026-12-04")
    await stage.jobs()
    assert (await head.get("/alerts")).json["items"] == []


async def test_an_entry_is_heard_by_a_worker_whose_clock_is_behind(cast: Cast, stage: Stage) -> None:
    manager = await cast.phone("manager")
    await switched_on(cast, "rat_proof")
    await stage.jobs()
    assert len((await manager.get("/alerts")).json["items"]) == 1
    await defences(manager, cast.tianba)
    assert await look_again(stage.clock() - timedelta(seconds=2)) > 0
    assert (await manager.get("/alerts")).json["items"] == []


async def test_an_alert_asks_for_what_its_post_can_do(cast: Cast, stage: Stage) -> None:
    """A missing visit is nothing to fill in; neither is it called a rectification to verify."""
    manager, head = await cast.phone("manager"), await cast.phone("head")
    await switched_on(cast, "rat_proof", "committee_visit")
    while not await of_school(head, cast.tianba, "committee_visit"):
        stage.forward(days=1)
        await stage.jobs()
    place = cast.tianba.name
    for phone, rule, ask in (
        (manager, "防鼠设施", "请补填、拍照，或说明确实没有"),
        (head, "家委会当月未入校", "请查看具体情况，处理后答复"),
    ):
        (sent,) = await phone.messages()
        words = [field["value"] for field in sent["fields"]]
        assert (sent["title"], words[:2], words[-1]) == ("待办汇总提醒", [rule, place], ask)


async def test_what_is_overdue_is_told_to_the_head_once_and_listed_for_the_county(
    cast: Cast, stage: Stage
) -> None:
    parent, head = await cast.phone("parent"), await cast.phone("head")
    officer = await switched_on(cast, "rectification_overdue")
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": "饭菜不热"}
    assert (await parent.post("/problems", body)).status == 201
    stage.forward(days=4)
    await stage.jobs()
    kinds = [one["kind"] for one in (await head.get("/notices")).json["items"]]
    assert "problem_overdue" in kinds and "alert_raised" not in kinds
    assert [one["source"] for one in (await head.get("/me/today")).json["items"]] == ["rectify"]
    assert (await alert(officer, cast.tianba, "rectification_overdue"))["said"].startswith("“饭菜不热”")


async def test_a_certificate_is_once_among_what_the_manager_must_do(cast: Cast, stage: Stage) -> None:
    manager, head = await cast.phone("manager", consent=False), await cast.phone("head", consent=False)
    await switched_on(cast, "health_certificate")
    ends = (stage.clock() + timedelta(days=5)).date().isoformat()
    values = {
        "name": "李琼仙", "job": "cook", "certificate": "滇QJ20260012345", "from_on": "2025-12-25",
        "until_on": ends, "trained": True,
    }  # fmt: skip
    sent = await manager.post("/ledger/entries", checking(cast) | {"aspect": "staff", "values": values})
    assert sent.status == 201, sent.json
    await stage.jobs()
    assert [one["source"] for one in (await manager.get("/me/today")).json["items"]] == ["alert"]
    assert [one["source"] for one in (await head.get("/me/today")).json["items"]] == ["certificate"]
