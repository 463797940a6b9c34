"""What is due today, for each of those who must do something."""

from datetime import timedelta

from tests.api.test_ledger import checking
from tests.api.test_surveys import plan
from tests.cast import Cast, Phone, Stage, new_id


async def _today(phone: Phone) -> list[tuple[str, str]]:
    answer = await phone.get("/me/today")
    assert answer.status == 200, answer.json
    return [(item["source"], item["standing"]) for item in answer.json["items"]]


async def test_each_is_told_what_they_themselves_must_do(cast: Cast, stage: Stage) -> None:
    member, supervisor, head, neighbour, officer, parent = [
        await cast.phone(name, consent=False)
        for name in ("member", "supervisor", "head", "neighbour_head", "officer", "parent")
    ]
    assert await _today(member) == [("visit", "soon")]
    assert await _today(supervisor) == [("visit", "soon"), ("visit", "soon")]
    assert await _today(parent) == []
    # who must keep away from the only school of their post owes it nothing
    assert await _today(await cast.phone("recused", consent=False)) == []

    checked = await member.check_in(cast.tianba)
    sent = await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")
    (problem,) = sent.json["problems"]
    assert await _today(member) == []
    assert await _today(head) == [("rectify", "soon")]
    assert await _today(await cast.phone("manager", consent=False)) == [("rectify", "soon")]
    assert await _today(neighbour) == []

    # due on Thursday at 18:00: on Thursday morning it is due today, and at 18:00 it is overdue
    stage.forward(days=2)
    (item,) = (await head.get("/me/today")).json["items"]
    assert (item["standing"], item["subject_kind"], item["subject_id"]) == ("today", "problem", problem)
    assert "今天18:00前" in item["line"]
    stage.forward(hours=9)
    assert await _today(head) == [("rectify", "overdue")]

    photo = await head.photo(cast.tianba, "problem")
    await head.post(f"/problems/{problem}/submit", {"request_id": new_id(), "photos": [photo]})
    assert (await _today(head), await _today(member)) == ([], [("verify", "open")])
    await member.post(f"/problems/{problem}/return", {"request_id": new_id(), "words": "还是没有标签"})
    assert await _today(head) == [("rectify", "soon")]
    await head.post(f"/problems/{problem}/appeal", {"request_id": new_id(), "words": "标签在盒底"})
    assert (await _today(head), await _today(officer)) == ([], [("decide", "open")])


async def test_a_head_sees_the_survey_under_way_and_a_supervisor_the_end_of_a_term(
    cast: Cast, stage: Stage
) -> None:
    await plan(cast)
    await stage.jobs()
    head, supervisor = [await cast.phone(name, consent=False) for name in ("head", "supervisor")]
    assert [source for source, _ in await _today(head)] == ["survey"]
    officer = await cast.phone("officer", consent=False)
    ends = (stage.clock() + timedelta(days=20)).date().isoformat()
    terms = (await officer.get("/divisions/530302/supervisors")).json
    (term,) = [
        t for one in terms for t in one["terms"] if one["name"] == "王建国" and "田坝" in t["school_name"]
    ]
    await officer.post(f"/supervisors/{term['id']}/end", {"reason": "轮换", "until_on": ends})
    assert ("term", "open") in await _today(supervisor)


async def test_a_certificate_that_runs_out_is_told_to_its_school_without_the_cooks_name(
    cast: Cast, stage: Stage
) -> None:
    head, manager, neighbour = [
        await cast.phone(name, consent=False) for name in ("head", "manager", "neighbour_head")
    ]
    values = {
        "name": "李琼仙", "job": "cook", "certificate": "滇QJ20260012345", "from_on": "2025-12-25",
        "until_on": "2026-12-24", "trained": True,
    }  # fmt: skip
    sent = await manager.post("/ledger/entries", checking(cast) | {"aspect": "staff", "values": values})
    assert sent.status == 201, sent.json
    for phone in (head, manager):
        assert await _today(phone) == [("certificate", "open")]
    assert await _today(neighbour) == []
    # a month before it runs out, and not earlier
    earlier = {"until_on": "2026-12-25"} | {"name": "李琼芬", "certificate": "滇QJ20260012346"}
    await manager.post("/ledger/entries", checking(cast) | {"aspect": "staff", "values": values | earlier})
    stage.forward(days=29)
    first, second = (await head.get("/me/today")).json["items"]
    assert (first["standing"], second["standing"]) == ("soon", "soon")
    assert "李琼仙" not in str(first) and "从业人员健康证" in first["line"]
    renewed = await manager.post(
        f"/ledger/entries/{sent.json['id']}/correct",
        {
            "request_id": new_id(),
            "version": 1,
            "reason": "已换新证",
            "values": values | {"until_on": "2027-12-24"},
        },
    )
    assert renewed.status == 201, renewed.json
    assert await _today(head) == [("certificate", "soon")]
    stage.forward(days=3)
    assert await _today(await cast.phone("head", consent=False)) == [("certificate", "overdue")]
