"""Follow-ups (回头看): what the next visit looks at again, and what comes of it."""

from typing import Any

import pytest

from models.visits.actions import Draft, _hash
from models.visits.follow_ups import FollowUp, Seen
from models.visits.rules import Answer
from models.visits.tables import Visit, VisitKind
from tests.api.test_records import supervised
from tests.cast import Answer as Answered
from tests.cast import Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow


async def closed(cast: Cast, supervisor: Phone, by: Phone | None = None) -> int:
    """A problem the supervisor found at 田坝, rectified and closed."""
    problem = await submitted(cast, supervisor)
    answer = await (by or supervisor).post(f"/problems/{problem}/close", {"request_id": new_id()})
    assert answer.status == 200, answer.json
    return problem


async def submitted(cast: Cast, supervisor: Phone) -> int:
    sent = await supervised(cast, supervisor, school_signs=True)
    (problem,) = sent.json["problems"]
    head = await cast.phone("head", consent=False)
    photo = await head.photo(cast.tianba, "problem")
    body = {"request_id": new_id(), "words": "已补齐", "photos": [photo]}
    assert (await head.post(f"/problems/{problem}/submit", body)).status == 200
    return int(problem)


async def look(
    cast: Cast, phone: Phone, problem: int, verdict: str, remark: str = "总监仍然缺位", photos: int = 0
) -> Answered:
    keys = [await phone.photo(cast.tianba, "problem") for _ in range(photos)]
    seen = {"problem_id": problem, "verdict": verdict, "remark": remark, "photos": keys}
    return await supervised(cast, phone, school_signs=True, found=False, follow_ups=[seen])


async def listed(phone: Phone, cast: Cast) -> list[tuple[int, str, bool]]:
    lines = (await phone.get(f"/schools/{cast.tianba.id}/follow-ups")).json
    return [(line["problem_id"], line["state"], line["overdue"]) for line in lines]


async def test_all_my_schools_come_in_one_answer_also_those_i_stand_in_for(cast: Cast, stage: Stage) -> None:
    supervisor, officer = await cast.phone("supervisor"), await cast.phone("officer")
    member, stand_in = await cast.phone("member"), await cast.phone("stand_in")
    problem = await closed(cast, supervisor)
    checked = await member.check_in(cast.tianba)
    (other,) = (await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")).json[
        "problems"
    ]

    async def mine(phone: Phone) -> list[tuple[int, int]]:
        return [(line["school_id"], line["problem_id"]) for line in (await phone.get("/follow-ups")).json]

    assert await mine(supervisor) == [(cast.tianba.id, problem)]
    assert await mine(member) == [(cast.tianba.id, other)]
    assert (await mine(stand_in), await mine(officer)) == ([], [])
    # this month's visit is made; somebody else makes the next one
    stage.forward(days=10)
    await stage.jobs()
    duties = (await officer.get(f"/schools/{cast.tianba.id}/duties")).json
    duty = next(duty for duty in duties if duty["kind"] == "supervisor")
    body = {"person_id": cast.people["stand_in"].id}
    assert (await officer.post(f"/duties/{duty['id']}/swap", body)).status == 204
    assert await mine(stand_in) == [(cast.tianba.id, problem)]


async def steps(phone: Phone, problem: int) -> list[tuple[str, str, int]]:
    seen = (await phone.get(f"/problems/{problem}")).json
    return [(step["move"], step["words"], len(step["photos"])) for step in seen["steps"]]


async def test_what_was_closed_is_looked_at_on_the_next_visit_and_then_no_more(
    cast: Cast, stage: Stage
) -> None:
    supervisor = await cast.phone("supervisor")
    problem = await closed(cast, supervisor)
    assert await listed(supervisor, cast) == [(problem, "closed", False)]
    stage.forward(days=20)
    await look(cast, supervisor, problem, "done", "总监已到岗", photos=1)
    assert await listed(supervisor, cast) == []
    assert (await steps(supervisor, problem))[-1] == ("followed_up", "总监已到岗", 1)
    assert (await supervisor.get(f"/problems/{problem}")).json["state"] == "closed"


async def test_what_was_not_put_right_is_open_again(cast: Cast, stage: Stage) -> None:
    supervisor, head = await cast.phone("supervisor"), await cast.phone("head")
    problem = await closed(cast, supervisor)
    stage.forward(days=6)  # Monday 30 November
    sent = await look(cast, supervisor, problem, "not_done", photos=1)
    seen = (await head.get(f"/problems/{problem}")).json
    assert (seen["state"], seen["cycle"], seen["due_at"]) == ("reopened", 2, "2026-12-02T10:00:00Z")
    await stage.jobs()
    assert (await steps(head, problem))[-1] == ("reopen", "总监仍然缺位", 1)
    assert "反映没解决，逾期12月3日报县教体局" in str(await head.messages())
    assert await listed(supervisor, cast) == [(problem, "reopened", False)]
    kept = (await head.get(f"/visits/{sent.json['id']}")).json["follow_ups"]
    assert [(one["problem_id"], one["verdict"]) for one in kept] == [(problem, "not_done")]


@pytest.mark.parametrize(
    ("verdict", "state"), [("done", "closed"), ("not_done", "returned"), ("unseen", "submitted")]
)
async def test_what_waits_for_verification_is_verified_on_site(cast: Cast, verdict: str, state: str) -> None:
    supervisor = await cast.phone("supervisor")
    problem = await submitted(cast, supervisor)
    await look(cast, supervisor, problem, verdict)
    assert (await supervisor.get(f"/problems/{problem}")).json["state"] == state


async def test_what_is_still_open_is_listed_and_written_down(cast: Cast) -> None:
    supervisor = await cast.phone("supervisor")
    sent = await supervised(cast, supervisor, school_signs=True)
    (problem,) = sent.json["problems"]
    await look(cast, supervisor, problem, "not_done")
    assert await listed(supervisor, cast) == [(problem, "assigned", False)]
    assert [move for move, *_ in await steps(supervisor, problem)] == ["assign", "still_wrong"]


async def test_a_visit_older_than_the_last_step_changes_no_state(cast: Cast, stage: Stage) -> None:
    """Written at the school without signal, it arrives after the county has closed the problem."""
    supervisor, officer = await cast.phone("supervisor"), await cast.phone("officer")
    problem = await submitted(cast, supervisor)
    stage.forward(hours=1)
    checked = await supervisor.check_in(cast.tianba)
    stage.forward(hours=1)
    await officer.post(f"/problems/{problem}/close", {"request_id": new_id()})
    seen = {"problem_id": problem, "verdict": "not_done", "remark": "没有改"}
    body = await supervisor.visit_body(
        cast.tianba, checked.headers["request_id"], kind="supervisor", grade="", follow_ups=[seen]
    )
    assert (await supervisor.post("/visits", body)).status == 201
    assert (await supervisor.get(f"/problems/{problem}")).json["state"] == "closed"
    assert (await steps(supervisor, problem))[-1][0] == "still_wrong"
    assert await listed(supervisor, cast) == [(problem, "closed", False)]


async def test_nobody_looked_again_and_the_county_sees_it(cast: Cast, stage: Stage) -> None:
    supervisor = await cast.phone("supervisor")
    problem = await closed(cast, supervisor)
    stage.forward(days=29)
    officer = await cast.phone("officer", consent=False)
    assert (await officer.get("/divisions/530302/follow-ups")).json == []
    stage.forward(days=2)
    officer = await cast.phone("officer", consent=False)
    lines = (await officer.get("/divisions/530302/follow-ups")).json
    assert [(line["problem_id"], line["school_name"]) for line in lines] == [(problem, "麒麟区田坝小学")]
    assert await listed(officer, cast) == [(problem, "closed", True)]
    for who in ("neighbour_officer", "head", "supervisor"):
        phone = await cast.phone(who, consent=False)
        assert (await phone.get("/divisions/530302/follow-ups")).status == 404


@pytest.mark.parametrize(
    ("who", "status"), [("stranger", 404), ("neighbour_head", 404), ("parent", 404), ("officer", 200)]
)
async def test_only_visitors_and_readers_see_the_list(cast: Cast, who: str, status: int) -> None:
    phone = await cast.phone(who, consent=False)
    assert (await phone.get(f"/schools/{cast.tianba.id}/follow-ups")).status == status


async def test_a_school_without_a_supervisor_has_nothing_to_look_at_again(cast: Cast) -> None:
    officer = await cast.phone("neighbour_officer", consent=False)
    listed = await officer.get(f"/schools/{cast.faraway.id}/follow-ups")
    assert (listed.status, listed.json) == (200, [])


async def test_what_cannot_be_meant_is_refused_and_nothing_is_kept(cast: Cast) -> None:
    supervisor, member = await cast.phone("supervisor"), await cast.phone("member")
    checked = await member.check_in(cast.tianba)
    of_the_committee = (await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")).json[
        "problems"
    ][0]
    problem = await closed(cast, supervisor)
    checked = await supervisor.check_in(cast.tianba)
    body = await supervisor.visit_body(
        cast.tianba, checked.headers["request_id"], kind="supervisor", grade=""
    )
    before = await Visit.all().count()
    for seen, code in (
        ([{"problem_id": problem, "verdict": "not_done"}], "follow_up_refused"),
        ([{"problem_id": problem, "verdict": "done"}] * 2, "follow_up_refused"),
        ([{"problem_id": of_the_committee, "verdict": "done"}], "follow_up_unknown"),
        ([{"problem_id": 999_999, "verdict": "done"}], "follow_up_unknown"),
    ):
        answer = await supervisor.post("/visits", body | {"follow_ups": seen})
        assert (answer.status, answer.code) == (422, code)
    assert await Visit.all().count() == before
    assert (await supervisor.post("/visits", body)).status == 201


async def test_sent_again_it_acts_once(cast: Cast) -> None:
    supervisor = await cast.phone("supervisor")
    problem = await closed(cast, supervisor)
    sent = await look(cast, supervisor, problem, "not_done")
    again = await supervisor.post("/visits", sent.headers)
    assert (again.status, again.json) == (200, sent.json)
    assert [move for move, *_ in await steps(supervisor, problem)].count("reopen") == 1
    other: dict[str, Any] = sent.headers | {"follow_ups": []}
    assert (await supervisor.post("/visits", other)).code == "request_reused"


def test_a_visit_without_follow_ups_has_the_hash_it_had_before_there_were_any() -> None:
    draft = Draft(
        "visit-00000001", "check-in-000001", VisitKind.SUPERVISOR, 1,
        (
            Answer("A1", "pass"),
            Answer("A2", "problem", "缺两人", severity="general", handling="deadline", photo_ids=("ab",)),
        ),
        "", "", "", "新任总监公示期未满", ("cd",), ("ef", "01"),
    )  # fmt: skip
    assert _hash(draft) == "a6085e386235bbfbb4f1012ca0b5457bdb0086c430b60637f0eebfaa669bf628"
    followed = Draft(**{**vars(draft), "follow_ups": (FollowUp(7, Seen.DONE),)})
    assert _hash(followed) != _hash(draft)
