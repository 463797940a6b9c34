"""Telling people: once each, through faults, and what the receipts say."""

from typing import Any

import pytest
from tortoise.transactions import in_transaction

from bot import jobs
from models.database import sql
from models.notices import inbound
from models.problems import actions
from tests.cast import Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow

SEND = "/cgi-bin/message/subscribe/send"


async def _report(parent: Phone, cast: Cast, title: str = "孩子说饭是凉的") -> int:
    """Something to be told to the head and the manager."""
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": title}
    return int((await parent.post("/problems", body)).json["id"])


async def _receipts(phone: Phone, problem: int) -> list[tuple[str, Any]]:
    found = (await phone.get(f"/problems/{problem}/receipts")).json
    return [(line["state"], line["errcode"]) for line in found]


async def test_each_responsible_person_gets_one_message(cast: Cast, stage: Stage) -> None:
    parent, head, manager = [await cast.phone(name) for name in ("parent", "head", "manager")]
    problem = await _report(parent, cast)
    for _ in range(3):
        await stage.jobs()
    assert [len(await phone.messages()) for phone in (head, manager, parent)] == [1, 1, 0]
    assert await _receipts(head, problem) == [("sent", 0), ("sent", 0)]


async def test_somebody_without_wechat_has_it_in_the_inbox(cast: Cast, stage: Stage) -> None:
    parent = await cast.phone("parent")
    problem = await _report(parent, cast)
    await stage.jobs()
    assert {state for state, _ in await _receipts(parent, problem)} == {"refused"}
    head = await cast.phone("head")
    inbox = (await head.get("/notices")).json
    assert [(line["title"], line["subject_id"]) for line in inbox["items"]] == [("限期整改通知", problem)]
    assert inbox["unread"] == 1
    read = await head.post("/notices/read", {"ids": [inbox["items"][0]["id"]]})
    assert read.status == 204
    assert (await head.get("/notices")).json["unread"] == 0


async def test_what_is_dealt_with_asks_for_nothing_in_the_inbox_any_more(cast: Cast, stage: Stage) -> None:
    parent, head = await cast.phone("parent"), await cast.phone("head")
    problem = await _report(parent, cast)
    await stage.jobs()
    assert (await head.get("/notices")).json["unread"] == 1
    photo = await head.photo(cast.tianba, "problem")
    done = {"request_id": new_id(), "words": "换了保温箱", "photos": [photo]}
    assert (await head.post(f"/problems/{problem}/submit", done)).status == 200
    inbox = (await head.get("/notices")).json
    (line,) = inbox["items"]
    assert (line["standing"], line["standing_name"], inbox["unread"]) == ("moved_on", "已办结或有变化", 0)


async def test_a_spent_credit_is_not_an_error_and_is_not_tried_again(cast: Cast, stage: Stage) -> None:
    parent = await cast.phone("parent")
    head = await cast.phone("head", consent=False)
    await head.consent(times=1)
    await _report(parent, cast, "第一件")
    await stage.jobs()
    await _report(parent, cast, "第二件")
    await stage.jobs()
    sends = len(await stage.calls(SEND))
    await stage.jobs()
    assert len(await head.messages()) == 1
    assert len(await stage.calls(SEND)) == sends
    assert len((await head.get("/notices")).json["items"]) == 2


async def test_a_refusal_is_remembered(cast: Cast, stage: Stage) -> None:
    parent, head = await cast.phone("parent"), await cast.phone("head")
    await head.consent(choice="reject")
    before = len(await stage.calls(SEND))
    problem = await _report(parent, cast)
    await stage.jobs()
    openids = {line.get("openid") for line in (await stage.calls(SEND))[before:]}
    assert len(openids) <= 1
    assert ("refused", None) in await _receipts(head, problem)


@pytest.mark.parametrize(
    ("errcode", "state"),
    [(43101, "refused"), (47003, "given_up"), (40003, "given_up"), (40037, "given_up")],
)
async def test_what_cannot_succeed_is_not_repeated(
    cast: Cast, stage: Stage, errcode: int, state: str
) -> None:
    parent, head = await cast.phone("parent"), await cast.phone("head")
    await stage.faults(path=SEND, errcode=errcode)
    problem = await _report(parent, cast)
    await stage.jobs()
    stage.forward(hours=1)
    await stage.jobs()
    assert (state, errcode) in await _receipts(head, problem)
    assert len(await stage.calls(SEND)) <= 2


@pytest.mark.parametrize("errcode", [-1, 43108, 43117, 45009])
async def test_what_may_pass_is_tried_later(cast: Cast, stage: Stage, errcode: int) -> None:
    parent, head = await cast.phone("parent"), await cast.phone("head")
    await stage.faults(path=SEND, errcode=errcode)
    problem = await _report(parent, cast)
    await stage.jobs()
    assert ("waiting", errcode) in await _receipts(head, problem)
    await stage.no_faults()
    stage.forward(hours=25)
    await stage.jobs()
    assert len([m for m in await head.messages() if "请按期整改" in str(m)]) == 1


async def test_a_page_that_is_not_published_does_not_keep_the_words_back(cast: Cast, stage: Stage) -> None:
    parent, head = await cast.phone("parent"), await cast.phone("head")
    await stage.faults(path=SEND, errcode=41030, times=1)
    await _report(parent, cast)
    await stage.jobs()
    (message,) = await head.messages()
    assert message["page"] == ""


async def test_a_dead_secret_keeps_everything_waiting_until_it_is_put_right(cast: Cast, stage: Stage) -> None:
    parent, head = await cast.phone("parent"), await cast.phone("head")
    await stage.faults(path=SEND, errcode=40001)
    problem = await _report(parent, cast)
    for _ in range(20):
        await stage.jobs()
        stage.forward(hours=1)
    assert ("waiting", 40001) in await _receipts(head, problem)
    await stage.no_faults()
    stage.forward(hours=1)
    await stage.jobs()
    assert "请按期整改" in str(await head.messages())


async def test_a_reply_that_never_comes_is_not_sent_again_blindly(cast: Cast, stage: Stage) -> None:
    parent, head = await cast.phone("parent"), await cast.phone("head")
    await stage.faults(path=SEND, drop_reply="after")
    problem = await _report(parent, cast)

    await stage.deliver()
    assert {state for state, _ in await _receipts(head, problem)} <= {"unknown", "refused"}
    await stage.no_faults()
    # WeChat's own event settles it: the message had arrived
    for _ in range(3):
        await stage.jobs()
    assert ("sent", None) in await _receipts(head, problem)
    stage.forward(hours=2)
    await stage.jobs()
    assert len([m for m in await head.messages() if "请按期整改" in str(m)]) == 1


async def test_a_message_wechat_never_took_is_sent_once_events_show_it(cast: Cast, stage: Stage) -> None:
    parent, head = await cast.phone("parent"), await cast.phone("head")
    await stage.faults(path=SEND, drop_reply="before", times=2)
    await _report(parent, cast, "第一件")
    await stage.jobs()
    await stage.no_faults()
    stage.forward(minutes=1)
    await _report(parent, cast, "第二件")
    await stage.jobs()
    stage.forward(minutes=10)
    await stage.jobs()
    titles = [field["value"] for m in await head.messages() for field in m["fields"]]
    assert (titles.count("第一件"), titles.count("第二件")) == (1, 1)


async def test_a_notice_taken_back_is_not_sent(cast: Cast, stage: Stage) -> None:
    member, head = await cast.phone("member"), await cast.phone("head")
    checked = await member.check_in(cast.tianba)
    sent = await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")
    (problem,) = sent.json["problems"]
    await stage.jobs()
    stage.forward(hours=46)

    await actions.expire(stage.clock())
    photo = await head.photo(cast.tianba, "problem")
    await head.post(f"/problems/{problem}/submit", {"request_id": new_id(), "photos": [photo]})
    await stage.jobs()
    assert not [m for m in await head.messages() if "即将到期" in str(m)]


async def test_a_worker_that_slept_tells_only_what_is_still_true(cast: Cast, stage: Stage) -> None:
    member, head, officer = [await cast.phone(name) for name in ("member", "head", "officer")]
    checked = await member.check_in(cast.tianba)
    await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")
    await stage.jobs()
    stage.forward(days=9)
    await stage.jobs()
    kinds = [line["kind"] for line in (await head.get("/notices")).json["items"]]
    assert kinds == ["problem_still_open", "problem_assigned"]
    assert len(await officer.messages()) == 1


async def test_the_same_callback_counts_once(cast: Cast, stage: Stage) -> None:
    await cast.phone("head", consent=False)
    head = Phone(stage, cast.people["head"])
    await head.turn_on(bind=False, consent=False)
    await head.consent(times=3)
    rows = await sql.rows("SELECT balance FROM credit")
    assert {row["balance"] for row in rows} == {3}


async def test_what_another_worker_has_done_with_meanwhile_is_not_done_again(
    cast: Cast, stage: Stage
) -> None:
    head = await cast.phone("head", consent=False)
    await head.consent()
    worker = stage.world.post
    # one worker fails at it, and before it has said so another has counted it
    for said in (inbound.failed, inbound.postpone):
        await sql.rows("UPDATE credit SET balance = 0 RETURNING id")
        await sql.rows("UPDATE inbound_event SET run_at = $1 RETURNING id", stage.clock())
        async with in_transaction():
            events = await inbound.due(stage.clock(), 100)
        await jobs.read_events(worker)
        for event in events:
            await said(event.id, stage.clock())
        stage.forward(minutes=2)
        await jobs.read_events(worker)
        assert {row["balance"] for row in await sql.rows("SELECT balance FROM credit")} == {1}
