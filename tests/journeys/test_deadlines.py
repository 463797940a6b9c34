"""Deadlines through the door: who is told, when, and what happens when plans change meanwhile.

Each line of the ladder, and what clocks, workers, policies and terms do to it, is in tests/rules/test_ladder.py.
"""

import asyncio
from typing import Any

import pytest
from tortoise.transactions import in_transaction

from bot import jobs
from models.database import sql
from tests.cast import Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow


async def _report(cast: Cast, title: str = "孩子说饭是凉的") -> int:
    """A general problem: reported on Tuesday 24, due on Friday 27 November at 18:00."""
    parent = await cast.phone("parent", consent=False)
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": title}
    return int((await parent.post("/problems", body)).json["id"])


async def _supervised(cast: Cast, severity: str, handling: str = "deadline") -> int:
    """A problem of a severity that the supervisor found."""
    supervisor = await cast.phone("supervisor", consent=False)
    checked = await supervisor.check_in(cast.tianba)
    body = await supervisor.visit_body(
        cast.tianba, checked.headers["request_id"], kind="supervisor", grade=""
    )
    body["answers"][4] |= {
        "verdict": "problem", "remark": "冷藏库温度偏高", "severity": severity, "handling": handling,
        "photos": [await supervisor.photo(cast.tianba)],
    }  # fmt: skip
    sent = await supervisor.post("/visits", body)
    assert sent.status == 201, sent.json
    return int(sent.json["problems"][0])


async def _move(phone: Phone, problem: int, move: str, **more: Any) -> Any:
    body = {"request_id": new_id(), "words": "因为这样", **more}
    return await phone.post(f"/problems/{problem}/{move}", body)


def _notes(messages: list[dict[str, Any]]) -> list[str]:
    return [field["value"] for message in messages for field in message["fields"] if field["label"] == "说明"]


def _titles(messages: list[dict[str, Any]]) -> list[str]:
    return [field["value"] for message in messages for field in message["fields"] if field["label"] == "问题"]


async def _kinds(phone: Phone) -> list[str]:
    """The phone's inbox, oldest first."""
    return [line["kind"] for line in (await phone.get("/notices")).json["items"]][::-1]


async def test_nobody_answers_and_it_climbs_to_the_province(cast: Cast, stage: Stage) -> None:
    head, officer, prefecture, province = [
        await cast.phone(name) for name in ("head", "officer", "prefecture", "province")
    ]
    problem = await _report(cast)
    await stage.jobs()
    seen = (await officer.get(f"/problems/{problem}")).json
    assert [(one["level"], one["at"]) for one in seen["next"]] == [
        ("before", "2026-11-27T00:00:00Z"), ("due", "2026-11-27T10:00:00Z"),
        ("after", "2026-11-30T10:00:00Z"), ("county", "2026-11-30T10:00:00Z"),
        ("prefecture", "2026-12-02T10:00:00Z"), ("province", "2026-12-11T10:00:00Z"),
    ]  # fmt: skip
    (told,) = (await head.get("/notices")).json["items"]
    assert told["facts"]["next"] == seen["next_said"]
    assert "11月30日 18:00 再次提醒学校，报县教体局；12月2日 18:00 报州市教体局" in told["facts"]["next"]
    stage.forward(hours=8)
    for days in (3, 3, 2, 9):
        stage.forward(days=days)
        await stage.jobs()
    assert _notes(await officer.messages()) == ["请督促整改，12月2日将报州市教体局"]
    assert _notes(await prefecture.messages()) == ["请督促整改，12月11日将报省教体局"]
    assert _notes(await province.messages()) == ["学校超期未整改，请督促"]
    seen = (await province.get(f"/problems/{problem}")).json
    assert (seen["next"], seen["next_said"]) == ([], "各级均已告知；约谈、通报等须由人员签发。")
    clock = [(step["move"], step["words"]) for step in seen["steps"] if step["move"] in ("expire", "remind")]
    assert clock[0] == ("expire", "到期告知学校。（提醒学校已过时，未再发送。）")
    assert clock[-1] == ("remind", "报省教体局。")


async def test_at_night_nothing_rings_but_what_is_urgent(cast: Cast, stage: Stage) -> None:
    head, officer = await cast.phone("head"), await cast.phone("officer")
    stage.forward(hours=12, minutes=30)  # 23:00
    await _report(cast, "第一件")
    mended = await _report(cast, "第二件")
    await _supervised(cast, "major")
    await _supervised(cast, "general", handling="report")
    await stage.jobs()
    assert _titles(await head.messages()) == ["家委会人数与备案"]
    assert _notes(await officer.messages()) == ["督学上报，逾期12月2日报州市教体局"]
    # in the inbox it is at once
    assert (await _kinds(head)).count("problem_assigned") == 4
    photo = await head.photo(cast.tianba, "problem")
    assert (await _move(head, mended, "submit", photos=[photo])).status == 200
    stage.forward(hours=7, minutes=59)
    await stage.jobs()
    assert len(await head.messages()) == 1
    stage.forward(minutes=1)
    await stage.jobs()
    # what was settled meanwhile is not said any more
    said = _titles((await head.messages())[1:])
    assert "家委会人数与备案" in said and "第一件" in said and "第二件" not in said


async def test_a_county_may_have_other_quiet_hours(cast: Cast, stage: Stage) -> None:
    head, officer = await cast.phone("head"), await cast.phone("officer", consent=False)
    for key, value in (("quiet_from_h", 24), ("quiet_until_h", 0)):
        assert (
            await officer.ask("PUT", f"/divisions/530302/policies/{key}", json={"value": value})
        ).status == 204
    stage.forward(hours=12, minutes=30)
    await _report(cast)
    await stage.jobs()
    assert len(await head.messages()) == 1


async def test_an_officer_moves_a_deadline(cast: Cast, stage: Stage) -> None:
    head, officer, prefecture = [await cast.phone(name) for name in ("head", "officer", "prefecture")]
    problem = await _report(cast)
    stage.forward(days=6, hours=12)  # Monday 30, 22:30: county told, and its message waits for the morning
    await stage.jobs()
    assert (await officer.get(f"/problems/{problem}")).json["state"] == "overdue"
    assert (await officer.messages(), await _kinds(officer)) == ([], ["problem_escalated"])
    assert "reschedule" in (await officer.get(f"/problems/{problem}")).json["may"]
    for body, refused in (
        ({"due_on": "2026-12-05"}, (422, "deadline_out_of_bounds")),
        ({"due_on": "2026-11-30"}, (422, "deadline_out_of_bounds")),
        ({"due_on": "2026-12-07", "words": " "}, (422, "words_needed")),
    ):
        answer = await _move(officer, problem, "reschedule", **body)
        assert (answer.status, answer.code) == refused, body
    body = {"request_id": new_id(), "words": "设备订货需一周", "due_on": "2026-12-07"}
    answers = [await officer.post(f"/problems/{problem}/reschedule", body) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    seen = answers[1].json
    assert (seen["state"], seen["due_at"], seen["cycle"]) == ("assigned", "2026-12-07T10:00:00Z", 2)
    assert [(step["move"], step["words"]) for step in seen["steps"]][-1] == ("reschedule", "设备订货需一周")
    other = await officer.post(f"/problems/{problem}/reschedule", body | {"due_on": "2026-12-08"})
    assert (other.status, other.code) == (409, "request_reused")
    same = await _move(officer, problem, "reschedule", due_on="2026-12-07")
    assert (same.status, same.code) == (409, "deadline_same")
    stage.forward(hours=9)
    await stage.jobs()
    # what had not been sent of the old deadline is not; the county that was told hears of the new one
    assert _notes(await officer.messages()) == ["期限已调整，逾期12月10日报州市教体局"]
    assert _notes(await head.messages())[-1] == "期限已调整，逾期12月8日报县教体局"
    assert "problem_moved" not in await _kinds(prefecture)
    stage.forward(days=7)  # the ladder begins anew: Tuesday 8, 7:30
    await stage.jobs()
    assert (await _kinds(head))[-1] == "problem_overdue"


async def test_an_appeal_stops_the_ladder_and_nothing_is_told_twice(cast: Cast, stage: Stage) -> None:
    head, officer = await cast.phone("head"), await cast.phone("officer")
    problem = await _report(cast)
    stage.forward(days=3, hours=8)  # Friday 27, 18:30: overdue
    await stage.jobs()
    await _move(head, problem, "appeal")
    assert (await head.get(f"/problems/{problem}")).json["next_said"].startswith("申辩期间停止计时")
    stage.forward(days=10)  # Monday 7 December, 18:30
    await stage.jobs()
    assert _notes(await officer.messages()) == ["学校提出申辩，请处理"]
    rejected = (await _move(officer, problem, "reject")).json
    assert [one["level"] for one in rejected["next"]] == ["after", "county", "prefecture", "province"]
    await stage.jobs()
    assert (await head.get(f"/problems/{problem}")).json["state"] == "overdue"
    stage.forward(days=1)
    await stage.jobs()
    assert await _kinds(head) == [
        "problem_assigned", "problem_overdue", "problem_decided", "problem_still_open",
    ]  # fmt: skip
    assert (await _kinds(officer))[-1] == "problem_escalated"


async def test_a_policy_changed_half_way_holds_for_what_is_still_to_come(cast: Cast, stage: Stage) -> None:
    officer, prefecture = await cast.phone("officer"), await cast.phone("prefecture")
    problem = await _report(cast)
    stage.forward(days=3, hours=8)
    await stage.jobs()
    assert await _kinds(officer) == []
    path = "/divisions/530302/policies/ladder_county_general_wh"
    assert (await officer.ask("PUT", path, json={"value": 0})).status == 204
    seen = (await officer.get(f"/problems/{problem}")).json
    assert (seen["next"][0]["level"], seen["due_at"]) == ("county", "2026-11-27T10:00:00Z")
    for _ in range(2):
        await stage.jobs()
    assert await _kinds(officer) == ["problem_escalated"]
    assert (await officer.ask("PUT", path, json={"value": 16})).status == 204
    stage.forward(days=4)
    await stage.jobs()
    assert await _kinds(officer) == ["problem_escalated"]
    assert await _kinds(prefecture) == []


async def test_a_policy_changed_while_a_worker_looks_at_the_old_one_holds_all_the_same(
    cast: Cast, stage: Stage, engine: str
) -> None:
    if engine != "postgres":
        pytest.skip("SQLite's transactions are one at a time")
    officer = await cast.phone("officer", consent=False)
    await _report(cast)
    stage.forward(days=3, hours=8)
    held, go_on = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        """Nobody tells anything now."""
        async with in_transaction():
            await sql.rows("LOCK TABLE notice IN SHARE ROW EXCLUSIVE MODE")
            held.set()
            await go_on.wait()

    holding = asyncio.create_task(hold())
    await held.wait()
    climbing = asyncio.create_task(jobs.climb_ladders(stage.world.post))
    while not await sql.rows("SELECT 1 FROM pg_locks WHERE NOT granted"):
        await asyncio.sleep(0.01)
    path = "/divisions/530302/policies/ladder_county_general_wh"
    setting = asyncio.create_task(officer.ask("PUT", path, json={"value": 0}))
    await asyncio.wait({setting}, timeout=1)
    go_on.set()
    await asyncio.gather(holding, climbing, setting)
    await stage.jobs()
    assert await _kinds(officer) == ["problem_escalated"]


async def test_a_term_that_ends_early_moves_what_is_due_in_the_holiday(cast: Cast, stage: Stage) -> None:
    head, manager, officer = [
        await cast.phone(name, consent=False) for name in ("head", "manager", "officer")
    ]
    general, serious = await _report(cast), await _supervised(cast, "serious")
    path = "/divisions/530302/terms/2026-autumn"
    wrong = await officer.ask("PUT", path, json={"begins_on": "2026-09-01", "ends_on": "2026-11-25"})
    assert (wrong.status, wrong.code) == (422, "school_term_dates")
    stage.forward(days=13)  # Monday 7 December, and another general problem due on Thursday 10
    late = await _report(cast)
    given = {"begins_on": "2026-09-01", "ends_on": "2026-12-08"}
    assert (await officer.ask("PUT", path, json=given)).status == 204
    terms = (await officer.get("/divisions/530302/terms")).json
    assert terms[0] == {"term": "2026-autumn", "name": "2026年秋季学期", "given": True, **given}
    await stage.jobs()
    seen = (await head.get(f"/problems/{late}")).json
    assert (seen["due_at"], seen["steps"][-1]["move"]) == ("2027-03-01T10:00:00Z", "postpone")
    assert "problem_moved" in await _kinds(head)
    # what was due before stays so
    assert (await head.get(f"/problems/{general}")).json["due_at"] == "2026-11-27T10:00:00Z"
    stage.forward(days=4)  # Friday 11: in the holiday the head is on duty, the manager is not
    again = await _supervised(cast, "serious")
    before = len(await _kinds(manager))
    stage.forward(days=6)
    await stage.jobs()
    assert (await head.get(f"/problems/{again}")).json["state"] == "overdue"
    assert "problem_still_open" in (await _kinds(head))[-3:]
    assert len(await _kinds(manager)) == before
    assert (await head.get(f"/problems/{serious}")).json["state"] == "overdue"
