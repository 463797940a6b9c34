"""A problem's life: each move, who may make it, and what the clock does."""

import asyncio
import json

import pytest

from models.organisations.tables import School
from tests.cast import Cast, Phone, Stage, new_id


async def _problem(cast: Cast) -> int:
    """A serious problem the member found at 田坝, due after two working days: Thursday 26 November 18:00."""
    member = await cast.phone("member")
    checked = await member.check_in(cast.tianba)
    sent = await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")
    return int(sent.json["problems"][0])


async def _move(phone: Phone, problem: int, move: str, words: str = "因为这样", photos: int = 0) -> object:
    seen = (await phone.get(f"/problems/{problem}")).json
    school = await School.get(id=seen["school_id"])
    keys = [await phone.photo(school, "problem") for _ in range(photos)]
    body = {"request_id": new_id(), "words": words, "photos": keys}
    answer = await phone.post(f"/problems/{problem}/{move}", body)
    return answer.json["state"] if answer.status == 200 else (answer.status, answer.code)


LIVES = [
    ("rectified, verified by the finder", [
        ("head", "submit", "submitted"), ("member", "close", "closed")]),
    ("returned once, then closed by the county", [
        ("head", "submit", "submitted"), ("officer", "return", "returned"),
        ("manager", "submit", "submitted"), ("officer", "close", "closed")]),
    ("a colleague on the finder's post verifies", [
        ("head", "submit", "submitted"), ("second_member", "close", "closed")]),
    ("reopened by its reporter", [
        ("head", "submit", "submitted"), ("member", "close", "closed"),
        ("member", "reopen", "reopened"), ("head", "submit", "submitted")]),
    ("the appeal is upheld", [
        ("head", "appeal", "appealed"), ("officer", "uphold", "cancelled")]),
    ("the appeal is rejected", [
        ("head", "appeal", "appealed"), ("officer", "reject", "assigned"),
        ("head", "submit", "submitted")]),
    ("closed means closed", [
        ("head", "submit", "submitted"), ("member", "close", "closed"),
        ("head", "submit", (409, "problem_moved_on"))]),
    ("the school does not verify itself", [
        ("head", "submit", "submitted"), ("head", "close", (403, "forbidden"))]),
    ("the finder does not rectify", [("member", "submit", (403, "forbidden"))]),
    ("the finder does not decide appeals", [
        ("head", "appeal", "appealed"), ("member", "uphold", (403, "forbidden"))]),
    ("an appeal that was not made is not decided", [
        ("officer", "reject", (409, "problem_moved_on")), ("officer", "uphold", (409, "problem_moved_on"))]),
    ("nothing is closed that was not submitted", [("officer", "close", (409, "problem_moved_on"))]),
]  # fmt: skip


@pytest.mark.parametrize(("story", "moves"), LIVES, ids=[story for story, _ in LIVES])
async def test_a_life(cast: Cast, story: str, moves: list[tuple[str, str, object]]) -> None:
    problem = await _problem(cast)
    phones: dict[str, Phone] = {}
    for who, move, expected in moves:
        if who not in phones:
            phones[who] = await cast.phone(who, consent=False)
        got = await _move(phones[who], problem, move, photos=1 if move == "submit" else 0)
        assert got == expected, (story, who, move)


async def test_a_rectification_needs_a_photo_and_a_return_a_reason(cast: Cast) -> None:
    problem = await _problem(cast)
    head, officer = await cast.phone("head"), await cast.phone("officer")
    assert await _move(head, problem, "submit") == (422, "evidence_needed")
    assert await _move(head, problem, "submit", photos=1) == "submitted"
    assert await _move(officer, problem, "return", words=" ") == (422, "words_needed")


async def test_a_return_sets_a_new_deadline(cast: Cast, stage: Stage) -> None:
    problem = await _problem(cast)
    head, officer = await cast.phone("head"), await cast.phone("officer")
    await _move(head, problem, "submit", photos=1)
    stage.forward(days=3)
    await _move(officer, problem, "return")
    seen = (await head.get(f"/problems/{problem}")).json
    # returned on Friday 27: two working days over the weekend
    assert (seen["due_at"], seen["cycle"]) == ("2026-12-01T10:00:00Z", 2)


async def test_an_appeal_stops_the_clock(cast: Cast, stage: Stage) -> None:
    problem = await _problem(cast)
    head, officer = await cast.phone("head"), await cast.phone("officer")
    await _move(head, problem, "appeal")
    stage.forward(days=10)
    await stage.jobs()
    assert (await head.get(f"/problems/{problem}")).json["state"] == "appealed"
    await _move(officer, problem, "reject")
    seen = (await head.get(f"/problems/{problem}")).json
    assert (seen["state"], seen["due_at"]) == ("assigned", "2026-12-08T10:00:00Z")
    stage.forward(days=4, hours=8)
    await stage.jobs()
    assert (await head.get(f"/problems/{problem}")).json["state"] == "overdue"


async def test_two_reviewers_at_once_and_one_wins(cast: Cast) -> None:
    problem = await _problem(cast)
    head, member, officer = [await cast.phone(name) for name in ("head", "member", "officer")]
    await _move(head, problem, "submit", photos=1)
    results = await asyncio.gather(
        _move(member, problem, "close"), _move(officer, problem, "return", "台账对不上")
    )
    assert sorted(map(str, results)) in (
        ["(409, 'problem_moved_on')", "closed"],
        ["(409, 'problem_moved_on')", "returned"],
    )
    steps = (await officer.get(f"/problems/{problem}")).json["steps"]
    assert len([step for step in steps if step["move"] in ("close", "return")]) == 1


async def test_a_move_sent_twice_is_made_once(cast: Cast) -> None:
    problem = await _problem(cast)
    head = await cast.phone("head")
    photo = await head.photo(cast.tianba, "problem")
    body = {"request_id": "the-same-one", "words": "已整改", "photos": [photo]}
    answers = [await head.post(f"/problems/{problem}/submit", body) for _ in range(2)]
    assert [(answer.status, answer.json["state"]) for answer in answers] == [(200, "submitted")] * 2
    assert len(answers[1].json["steps"]) == 2
    for change in ({"words": "另一番话"}, {"photos": [*body["photos"], "0" * 32]}):
        other = await head.post(f"/problems/{problem}/submit", body | change)
        assert (other.status, other.code) == (409, "request_reused")
    other = await head.post(f"/problems/{problem}/appeal", body)
    assert (other.status, other.code) == (409, "request_reused")


async def test_a_parent_follows_their_own_report_to_the_end(cast: Cast, stage: Stage) -> None:
    parent, head, other = [await cast.phone(name) for name in ("parent", "head", "other_parent")]
    body = {
        "request_id": new_id(),
        "school_id": cast.tianba.id,
        "title": "孩子说饭是凉的",
        "words": "周一中午",
    }
    reported = await parent.post("/problems", body)
    assert (reported.status, reported.json["state"]) == (201, "assigned")
    problem = reported.json["id"]
    assert (await parent.post("/problems", body)).json["id"] == problem
    assert (await other.get(f"/problems/{problem}")).status == 404
    await _move(head, problem, "submit", photos=1)
    await stage.jobs()
    assert len(await parent.messages()) == 1
    assert await other.messages() == []
    seen = (await parent.get(f"/problems/{problem}")).json
    assert [step["move"] for step in seen["steps"]] == ["report", "assign", "submit"]
    photo = await parent.get(f"/photos/{seen['steps'][2]['photos'][0]}")
    assert photo.status == 200
    assert await _move(parent, problem, "close") == "closed"
    assert await _move(parent, problem, "reopen", "还是凉的") == "reopened"


async def test_a_school_is_not_told_which_parent_complained(cast: Cast, stage: Stage) -> None:
    parent, head, member, officer = [
        await cast.phone(name) for name in ("parent", "head", "member", "officer")
    ]
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": "孩子说饭是凉的"}
    problem = (await parent.post("/problems", body)).json["id"]
    await _move(head, problem, "submit", photos=1)
    await _move(parent, problem, "close")
    named, unnamed = [], []
    for phone, told in ((parent, named), (officer, named), (head, unnamed), (member, unnamed)):
        seen = await phone.get(f"/problems/{problem}")
        steps = [step for step in seen.json["steps"] if step["post"] == "parent"]
        assert len(steps) == 2
        told += [step["who"] for step in steps]
        hidden = phone in (head, member)
        assert (parent.person.name in json.dumps(seen.json, ensure_ascii=False)) is not hidden
    assert (set(named), set(unnamed)) == ({parent.person.name}, {None})


async def test_fixed_on_the_spot_is_closed_with_before_and_after(cast: Cast) -> None:
    supervisor = await cast.phone("supervisor")
    checked = await supervisor.check_in(cast.tianba)
    body = await supervisor.visit_body(
        cast.tianba, checked.headers["request_id"], kind="supervisor", grade=""
    )
    photos = [await supervisor.photo(cast.tianba) for _ in range(2)]
    body["answers"][4] |= {
        "verdict": "problem", "remark": "调料瓶无标签，已当场贴好", "severity": "general",
        "handling": "on_spot", "photos": photos,
    }  # fmt: skip
    sent = await supervisor.post("/visits", body)
    assert sent.status == 201, sent.json
    seen = (await supervisor.get(f"/problems/{sent.json['problems'][0]}")).json
    assert (seen["state"], seen["due_at"]) == ("closed", None)
    assert seen["steps"][0]["photos"] == photos


@pytest.mark.parametrize("who", ["stranger", "neighbour_head", "neighbour_officer", "parent", "nobody"])
async def test_an_outsider_cannot_tell_it_exists(cast: Cast, who: str) -> None:
    problem = await _problem(cast)
    phone = await cast.phone(who)
    for move in ("submit", "close", "return", "appeal", "uphold", "reject", "reopen"):
        body = {"request_id": new_id(), "words": "因为这样", "photos": ["0" * 32]}
        theirs = await phone.post(f"/problems/{problem}/{move}", body)
        nothing = await phone.post(f"/problems/999999/{move}", body)
        assert (theirs.status, theirs.code, theirs.said) == (nothing.status, nothing.code, nothing.said)
        assert theirs.status == 404
    assert (await phone.get("/problems")).json["items"] == []


async def test_one_report_sent_many_times_at_once_is_one_problem(cast: Cast) -> None:
    parent = await cast.phone("parent")
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": "菜里有虫"}
    answers = await asyncio.gather(*(parent.post("/problems", body) for _ in range(12)))
    assert sorted({answer.status for answer in answers}) == [200, 201]
    assert len({answer.json["id"] for answer in answers}) == 1
    photo = await parent.photo(cast.tianba, "problem")
    other = await parent.post("/problems", body | {"photos": [photo]})
    assert (other.status, other.code) == (409, "request_reused")


@pytest.mark.parametrize("title", ["a\x00b", "\u200b\u202e", "。。", "好"])
async def test_a_title_that_says_nothing_is_refused(cast: Cast, title: str) -> None:
    parent = await cast.phone("parent")
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": title}
    assert (await parent.post("/problems", body)).code == "validation"


async def test_lists_go_back_page_by_page(cast: Cast) -> None:
    parent = await cast.phone("parent")
    for number in range(5):
        body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": f"问题{number}"}
        assert (await parent.post("/problems", body)).status == 201
    first = (await parent.get("/problems", limit=2)).json
    second = (await parent.get("/problems", limit=2, before=first["next"])).json
    third = (await parent.get("/problems", limit=2, before=second["next"])).json
    titles = [line["title"] for page in (first, second, third) for line in page["items"]]
    assert titles == ["问题4", "问题3", "问题2", "问题1", "问题0"]
    assert third["next"] is None
