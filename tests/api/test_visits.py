"""Visits: the forms, their photos, the duties they discharge."""

import asyncio

import pytest

from models.visits.tables import Duty, DutyState, Visit
from tests.cast import Cast, Phone, Stage, passing


async def _checked_in(cast: Cast, who: str = "member") -> tuple[Phone, str]:
    phone = await cast.phone(who)
    checked = await phone.check_in(cast.tianba)
    assert checked.status == 201, checked.json
    return phone, checked.headers["request_id"]


async def test_a_visit_without_faults_opens_nothing_and_discharges_the_duty(cast: Cast) -> None:
    member, check_in = await _checked_in(cast)
    before = (await member.get("/duties")).json
    assert [(duty["school_name"], duty["state"]) for duty in before] == [("麒麟区田坝小学", "owed")]
    sent = await member.visit(cast.tianba, check_in)
    assert (sent.status, sent.json["problems"]) == (201, [])
    after = (await member.get("/duties")).json
    assert [(duty["state"], duty["visit_id"]) for duty in after] == [("done", sent.json["id"])]


async def test_not_seen_is_an_honest_answer(cast: Cast) -> None:
    member, check_in = await _checked_in(cast)
    body = await member.visit_body(cast.tianba, check_in)
    body["answers"] = [{"item": answer["item"], "verdict": "unseen"} for answer in body["answers"]]
    sent = await member.post("/visits", body)
    assert sent.status == 201
    whole = await member.get(f"/visits/{sent.json['id']}")
    assert (whole.json["unseen"], whole.json["failed"]) == (20, 0)


async def test_sent_again_it_counts_once(cast: Cast) -> None:
    member, check_in = await _checked_in(cast)
    body = await member.visit_body(cast.tianba, check_in, failing="C06")
    first = await member.post("/visits", body)
    again = await member.post("/visits", body)
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    other = await member.post("/visits", body | {"remarks": "改了一个字"})
    assert (other.status, other.code) == (409, "request_reused")
    assert await Visit.all().count() == 1


async def test_twenty_at_once_make_one_visit_and_one_problem(cast: Cast) -> None:
    member, check_in = await _checked_in(cast)
    body = await member.visit_body(cast.tianba, check_in, failing="C06")
    answers = await asyncio.gather(*(member.post("/visits", body) for _ in range(20)))
    assert {answer.status for answer in answers} == {200, 201}
    assert len({(answer.json["id"], *answer.json["problems"]) for answer in answers}) == 1
    listed = await member.get("/problems", school_id=cast.tianba.id)
    assert len(listed.json["items"]) == 1


async def test_one_check_in_carries_one_visit(cast: Cast) -> None:
    member, check_in = await _checked_in(cast)
    assert (await member.visit(cast.tianba, check_in)).status == 201
    second = await member.visit(cast.tianba, check_in)
    assert (second.status, second.code) == (409, "check_in_used")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"photos": []}, "photo_count"),
        ({"signatures": []}, "signature_missing"),
        ({"form_version": 99}, "form_unknown"),
        ({"photos": ["0" * 32]}, "photo_missing"),
        ({"answers": [{"item": "C16", "verdict": "unseen", "scores": {"a\x00b": 3}}]}, "validation"),
        ({"answers": []}, "answers_refused"),
        ({"grade": "superb"}, "answers_refused"),
        ({"check_in": "not-a-check-in"}, "not_found"),
        ({"kind": "supervisor"}, "wrong_post"),
    ],
)
async def test_what_is_missing_is_named_and_nothing_is_kept(
    cast: Cast, change: dict[str, object], code: str
) -> None:
    member, check_in = await _checked_in(cast)
    body = await member.visit_body(cast.tianba, check_in)
    answer = await member.post("/visits", body | change)
    assert answer.code == code, answer.json
    assert await Visit.all().count() == 0
    assert await Duty.filter(state=DutyState.DONE).count() == 0
    # nothing is lost: put right, the same record with the same id is accepted
    assert (await member.post("/visits", body)).status == 201


async def test_a_key_failure_without_a_photo_is_told_by_item(cast: Cast) -> None:
    member, check_in = await _checked_in(cast)
    body = await member.visit_body(cast.tianba, check_in)
    body["answers"][5] = {"item": "C06", "verdict": "fail", "remark": "没有标签"}
    answer = await member.post("/visits", body)
    assert answer.code == "answers_refused"
    assert [fault[0] for fault in answer.json["facts"]["faults"]] == ["C06"]


async def test_a_photo_of_another_school_proves_nothing_here(cast: Cast) -> None:
    supervisor, check_in = await _checked_in(cast, "supervisor")
    elsewhere = await supervisor.photo(cast.wanghai)
    body = await supervisor.visit_body(cast.tianba, check_in, kind="supervisor", grade="")
    answer = await supervisor.post("/visits", body | {"photos": [elsewhere]})
    assert answer.code == "photo_missing"


async def test_a_signature_is_no_photo_of_the_scene(cast: Cast) -> None:
    member, check_in = await _checked_in(cast)
    body = await member.visit_body(cast.tianba, check_in)
    answer = await member.post("/visits", body | {"photos": body["signatures"]})
    assert answer.code == "photo_missing"


async def test_a_supervisors_visit_has_severity_and_handling(cast: Cast, stage: Stage) -> None:
    supervisor, check_in = await _checked_in(cast, "supervisor")
    body = await supervisor.visit_body(cast.tianba, check_in, kind="supervisor", grade="")
    first = body["answers"][0]["item"]
    photo = await supervisor.photo(cast.tianba)
    body["answers"][0] = {
        "item": first, "verdict": "problem", "remark": "日管控记录缺三天", "severity": "serious",
        "handling": "deadline", "photos": [photo],
    }  # fmt: skip
    sent = await supervisor.post("/visits", body)
    assert sent.status == 201, sent.json
    problem = await supervisor.get(f"/problems/{sent.json['problems'][0]}")
    assert (problem.json["severity"], problem.json["due_at"]) == ("serious", "2026-11-26T10:00:00Z")


async def test_what_a_supervisor_refers_is_told_to_the_county_and_the_defence_is_kept(
    cast: Cast, stage: Stage
) -> None:
    officer = await cast.phone("officer")
    supervisor, check_in = await _checked_in(cast, "supervisor")
    body = await supervisor.visit_body(
        cast.tianba, check_in, kind="supervisor", grade="", defence="新任总监公示期未满"
    )
    body["answers"][1] |= {
        "verdict": "problem", "remark": "总监缺位三个月", "severity": "major", "handling": "report",
        "photos": [await supervisor.photo(cast.tianba)],
    }  # fmt: skip
    sent = await supervisor.post("/visits", body)
    await stage.jobs()
    (message,) = await officer.messages()
    assert "督学上报，逾期" in str(message["fields"])
    whole = (await officer.get(f"/visits/{sent.json['id']}")).json
    assert whole["defence"] == "新任总监公示期未满"


async def test_a_stand_in_makes_the_visit_and_the_duty_is_done(cast: Cast) -> None:
    officer, stand_in = await cast.phone("officer"), await cast.phone("stand_in")
    refused = await stand_in.check_in(cast.tianba)
    assert refused.code == "no_post_here"
    duties = (await officer.get(f"/schools/{cast.tianba.id}/duties")).json
    duty = next(duty for duty in duties if duty["kind"] == "supervisor")
    swapped = await officer.post(f"/duties/{duty['id']}/swap", {"person_id": cast.people["stand_in"].id})
    assert swapped.status == 204, swapped.json
    mine = (await stand_in.get("/duties")).json
    assert "麒麟区田坝小学" in [line["school_name"] for line in mine]
    checked = await stand_in.check_in(cast.tianba)
    body = await stand_in.visit_body(cast.tianba, checked.headers["request_id"], kind="supervisor", grade="")
    assert (await stand_in.post("/visits", body)).status == 201
    row = await Duty.get(id=duty["id"])
    assert row.state is DutyState.DONE


async def test_an_excused_duty_is_not_owed(cast: Cast) -> None:
    officer = await cast.phone("officer")
    duties = (await officer.get(f"/schools/{cast.tianba.id}/duties")).json
    excused = await officer.post(f"/duties/{duties[0]['id']}/excuse", {"reason": "大雪停课"})
    assert excused.status == 204
    lines = (await officer.get("/divisions/530302/coverage")).json
    by_kind = {line["kind"]: (line["owed"], line["done"], line["excused"]) for line in lines}
    assert sorted(by_kind.values()) == [(0, 0, 1), (3, 0, 0)]


async def test_a_new_month_begins_at_midnight_in_beijing(cast: Cast, stage: Stage) -> None:
    member = await cast.phone("member")
    stage.forward(days=6, hours=13)  # 30 November, 23:30 in Beijing
    await stage.jobs()
    assert [duty["month"] for duty in (await member.get("/duties")).json] == ["2026-11"]
    stage.forward(hours=1)
    await stage.jobs()
    assert [duty["month"] for duty in (await member.get("/duties")).json] == ["2026-12"]


async def test_coverage_adds_up_from_school_to_province(cast: Cast) -> None:
    member, check_in = await _checked_in(cast)
    await member.visit(cast.tianba, check_in)
    figures = {}
    for who, code in (("officer", "530302"), ("prefecture", "5303"), ("province", "53")):
        lines = (await (await cast.phone(who)).get(f"/divisions/{code}/coverage")).json
        committee = [line for line in lines if line["kind"] == "committee"]
        figures[code] = (sum(line["owed"] for line in committee), sum(line["done"] for line in committee))
    assert figures == {"530302": (1, 1), "5303": (2, 1), "53": (2, 1)}


async def test_an_outsider_hears_the_same_of_what_exists_and_what_does_not(cast: Cast) -> None:
    member, check_in = await _checked_in(cast)
    sent = await member.visit(cast.tianba, check_in)
    stranger = await cast.phone("stranger")
    theirs = await stranger.get(f"/visits/{sent.json['id']}")
    nothing = await stranger.get("/visits/999999")
    without_id = [{**answer.json, "request_id": ""} for answer in (theirs, nothing)]
    assert theirs.status == 404
    assert without_id[0] == without_id[1]


async def test_an_old_form_version_keeps_its_words(cast: Cast) -> None:
    forms = (await (await cast.phone("member")).get("/forms")).json
    committee = next(form for form in forms if (form["kind"], form["version"]) == ("committee", 1))
    assert len(committee["items"]) == 20
    assert [item["code"] for item in committee["items"] if item["key"]] == [
        "C02", "C03", "C06", "C07", "C10", "C12",
    ]  # fmt: skip
    assert passing(committee["items"][15])["scores"]
