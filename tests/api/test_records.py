"""The supervisor's record: who completes it, who is reminded of it, and when."""

import asyncio
from typing import Any

import pytest

from models.database import sql
from models.people.registering import add_person
from models.people.tables import Holding
from models.visits.tables import Visit
from tests.cast import SINCE, Answer, Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow


async def supervised(
    cast: Cast, phone: Phone, *, school_signs: bool = False, found: bool = True, **changes: Any
) -> Answer:
    """The supervisor's visit to 田坝, with a problem or without, sent with one signature or both."""
    checked = await phone.check_in(cast.tianba)
    check_in = checked.headers["request_id"]
    body = await phone.visit_body(cast.tianba, check_in, kind="supervisor", grade="", **changes)
    if school_signs:
        body["signatures"].append(await phone.photo(cast.tianba, "signature"))
    if found:
        body["answers"][1] |= {
            "verdict": "problem", "remark": "总监缺位三个月", "severity": "serious",
            "handling": "deadline", "photos": [await phone.photo(cast.tianba)],
        }  # fmt: skip
    sent = await phone.post("/visits", body)
    assert sent.status == 201, sent.json
    sent.headers = body
    return sent


async def record(phone: Phone, visit: int) -> dict[str, Any]:
    return dict((await phone.get(f"/visits/{visit}")).json["record"])


def notes(messages: list[dict[str, Any]]) -> list[str]:
    return [
        field["value"]
        for message in messages
        for field in message["fields"]
        if field["label"] == "说明" and ("记录" in field["value"] or field["value"].startswith("学校未签字"))
    ]


async def test_both_signatures_on_the_supervisors_phone_complete_it(cast: Cast, stage: Stage) -> None:
    supervisor, head = await cast.phone("supervisor"), await cast.phone("head")
    sent = await supervised(cast, supervisor, school_signs=True)
    whole = (await head.get(f"/visits/{sent.json['id']}")).json
    assert (whole["record"]["state"], whole["record"]["how"]) == ("complete", "signature")
    assert whole["school_signature"] == sent.headers["signatures"][1]
    stage.forward(days=7)
    await stage.jobs()
    assert notes(await head.messages()) == []


async def test_the_second_of_two_signatures_kept_before_is_the_schools(cast: Cast) -> None:
    supervisor = await cast.phone("supervisor")
    sent = await supervised(cast, supervisor, school_signs=True)
    await Visit.filter(id=sent.json["id"]).update(
        school_signature=None, completed_at=None, completed_how=None
    )
    whole = (await supervisor.get(f"/visits/{sent.json['id']}")).json
    assert whole["school_signature"] == sent.headers["signatures"][1]
    assert whole["record"]["state"] == "none"


async def test_the_head_confirms_on_their_own_phone_and_hears_no_more(cast: Cast, stage: Stage) -> None:
    supervisor, head = await cast.phone("supervisor"), await cast.phone("head")
    sent = await supervised(cast, supervisor)
    visit = sent.json["id"]
    seen = await record(head, visit)
    assert (seen["state"], seen["due_at"], seen["may_answer"]) == ("incomplete", "2026-11-26T10:00:00Z", True)
    body = {
        "request_id": new_id(), "words": "情况属实",
        "signature": await head.photo(cast.tianba, "signature"),
    }  # fmt: skip
    answers = [await head.post(f"/visits/{visit}/confirm", body) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    await stage.jobs()
    seen = await record(supervisor, visit)
    assert (seen["state"], seen["how"], seen["who"], seen["words"]) == (
        "complete", "confirmation", "张明", "情况属实",
    )  # fmt: skip
    assert answers[0].json["school_signature"] == body["signature"]
    other = await head.post(f"/visits/{visit}/confirm", body | {"words": "另一番话"})
    assert (other.status, other.code) == (409, "request_reused")
    stage.forward(days=7)
    await stage.jobs()
    # what was not handed over before the answer is withdrawn
    assert notes(await head.messages()) == []
    assert notes(await supervisor.messages()) == ["学校已确认督查记录"]


async def test_a_confirmation_may_come_before_the_signature_it_names(cast: Cast) -> None:
    supervisor, head = await cast.phone("supervisor"), await cast.phone("head")
    sent = await supervised(cast, supervisor)
    path, signature = f"/visits/{sent.json['id']}", new_id()
    body = {"request_id": new_id(), "words": "", "signature": f"request:{signature}"}
    confirmed = await head.post(f"{path}/confirm", body)
    assert (confirmed.status, confirmed.json["photo_mark"]) == (200, "等待照片1张")
    again = await head.post(f"{path}/confirm", body)
    assert (again.status, again.json["record"]["how"]) == (200, "confirmation")
    key = await head.photo(cast.tianba, "signature", request_id=signature)
    seen = (await supervisor.get(path)).json
    assert (seen["school_signature"], seen["photo_mark"]) == (key, "")
    # nobody confirms with a signature that another sent
    second = await supervised(cast, supervisor, found=False)
    theirs = await supervisor.photo(cast.tianba, "signature", request_id=new_id())
    taken = {"request_id": new_id(), "words": "", "signature": theirs}
    refused = await head.post(f"/visits/{second.json['id']}/confirm", taken)
    assert (refused.status, refused.code) == (422, "photo_missing")


async def test_the_schools_defence_completes_it_too(cast: Cast, stage: Stage) -> None:
    supervisor, head, officer = [await cast.phone(name) for name in ("supervisor", "head", "officer")]
    sent = await supervised(cast, supervisor)
    path = f"/visits/{sent.json['id']}/defence"
    assert (await head.post(path, {"request_id": new_id(), "words": " "})).code == "defence_empty"
    stated = await head.post(path, {"request_id": new_id(), "words": "新任总监公示期未满"})
    assert (stated.status, stated.json["defence"]) == (200, "新任总监公示期未满")
    assert (stated.json["record"]["state"], stated.json["record"]["how"]) == ("complete", "defence")
    await stage.jobs()
    assert notes(await officer.messages()) == ["学校对督查记录提出申辩"]
    late = await head.post(f"/visits/{sent.json['id']}/confirm", {"request_id": new_id()})
    assert (late.status, late.code) == (409, "record_complete")


async def test_a_defence_stated_on_site_completes_it_at_once(cast: Cast) -> None:
    supervisor = await cast.phone("supervisor")
    sent = await supervised(cast, supervisor, defence="新任总监公示期未满")
    assert (await record(supervisor, sent.json["id"]))["how"] == "defence"


async def test_nobody_answers_and_everybody_is_told_once_each(cast: Cast, stage: Stage) -> None:
    supervisor, head, officer = [await cast.phone(name) for name in ("supervisor", "head", "officer")]
    await supervised(cast, supervisor, found=False)
    for hours in (0, 46, 10, 24, 48):
        stage.forward(hours=hours)
        for _ in range(2):
            await stage.jobs()
    assert notes(await head.messages()) == [
        "请确认记录，逾期11月27日报县教体局", "记录将到期，逾期11月27日报县教体局", "记录已逾期，11月27日将报县教体局",
    ]  # fmt: skip
    assert notes(await supervisor.messages()) == [
        "学校未签字，逾期11月27日报县教体局", "记录将到期，逾期11月27日报县教体局", "记录已逾期，11月27日将报县教体局",
    ]  # fmt: skip
    assert notes(await officer.messages()) == ["督查记录逾期未完成，请督促"]


async def test_the_county_sees_what_is_unanswered_and_the_neighbour_does_not(
    cast: Cast, stage: Stage
) -> None:
    supervisor = await cast.phone("supervisor")
    sent = await supervised(cast, supervisor)
    stage.forward(days=3)
    for who, expected in (
        ("officer", [sent.json["id"]]), ("supervisor", [sent.json["id"]]), ("head", [sent.json["id"]]),
        ("neighbour_officer", []), ("neighbour_head", []), ("parent", []),
    ):  # fmt: skip
        phone = await cast.phone(who, consent=False)
        lines = (await phone.get("/records", state="incomplete")).json["items"]
        assert [line["visit_id"] for line in lines] == expected, who
    lines = (await supervisor.get("/records")).json["items"]
    assert [(line["school_name"], line["who"], line["overdue"]) for line in lines] == [
        ("麒麟区田坝小学", "王建国", True)
    ]


async def test_two_heads_confirm_at_once_and_one_counts(cast: Cast) -> None:
    supervisor, head = await cast.phone("supervisor"), await cast.phone("head")
    vault = cast.stage.world.context.vault
    deputy = await add_person(vault, "高磊", "19900000990", cast.stage.clock())
    post = (await Holding.get(person=cast.people["head"])).post_id
    await Holding.create(person=deputy, post_id=post, since_on=SINCE)
    cast.people["deputy"] = deputy
    second = await cast.phone("deputy")
    sent = await supervised(cast, supervisor)
    path = f"/visits/{sent.json['id']}/confirm"
    answers = await asyncio.gather(
        *(phone.post(path, {"request_id": new_id()}) for phone in (head, second) for _ in range(3))
    )
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409, 409]
    steps = await sql.rows("SELECT id FROM journal_entry WHERE subject_kind = 'visit' AND verb = 'confirm'")
    assert len(steps) == 1


@pytest.mark.parametrize(
    ("who", "status"),
    [("stranger", 404), ("neighbour_head", 404), ("neighbour_officer", 404), ("parent", 404),
     ("manager", 403), ("supervisor", 403), ("officer", 403)],
)  # fmt: skip
async def test_only_the_schools_head_answers(cast: Cast, who: str, status: int) -> None:
    supervisor = await cast.phone("supervisor")
    sent = await supervised(cast, supervisor)
    phone = await cast.phone(who, consent=False)
    for path in ("confirm", "defence"):
        body = {"request_id": new_id(), "words": "情况属实"}
        answer = await phone.post(f"/visits/{sent.json['id']}/{path}", body)
        assert answer.status == status, answer.json


async def test_a_committees_visit_asks_nothing_of_the_school(cast: Cast) -> None:
    member, head = await cast.phone("member"), await cast.phone("head")
    checked = await member.check_in(cast.tianba)
    sent = await member.visit(cast.tianba, checked.headers["request_id"])
    assert (await record(head, sent.json["id"]))["state"] == "none"
    answer = await head.post(f"/visits/{sent.json['id']}/confirm", {"request_id": new_id()})
    assert (answer.status, answer.code) == (409, "no_answer_asked")


async def test_a_stand_in_is_told_on_the_post_they_hold(cast: Cast, stage: Stage) -> None:
    officer, stand_in = await cast.phone("officer"), await cast.phone("stand_in")
    duties = (await officer.get(f"/schools/{cast.tianba.id}/duties")).json
    duty = next(duty for duty in duties if duty["kind"] == "supervisor")
    await officer.post(f"/duties/{duty['id']}/swap", {"person_id": cast.people["stand_in"].id})
    await supervised(cast, stand_in, found=False)
    await stage.jobs()
    assert notes(await stand_in.messages()) == ["学校未签字，逾期11月27日报县教体局"]


async def test_the_county_decides_how_many_days_there_are(cast: Cast) -> None:
    officer, supervisor = await cast.phone("officer"), await cast.phone("supervisor")
    path = "/divisions/530302/policies/record_days"
    assert (await officer.ask("PUT", path, json={"value": 5})).status == 204
    sent = await supervised(cast, supervisor)
    assert (await record(supervisor, sent.json["id"]))["due_at"] == "2026-12-01T10:00:00Z"
