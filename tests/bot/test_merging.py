"""Many small notices become one message; none is lost, none is doubled, and each keeps its line in the inbox."""

import asyncio
import logging
from typing import Any

import pytest

from bot import outbox
from models.database import sql
from models.notices import actions as notices
from models.notices import merging
from models.notices.actions import Subject, Telling
from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind
from models.policies.calendar import beijing_date
from models.policies.tables import Policy
from tests.cast import Cast, Phone, Stage, new_id

SEND = "/cgi-bin/message/subscribe/send"


@pytest.fixture
async def merges(cast: Cast) -> Cast:
    """The cast, with policy's defaults: two make one message, others wait five minutes for each other."""
    await Policy.filter(key__in=["merge_min", "merge_least"]).delete()
    return cast


async def _report(parent: Phone, cast: Cast, *titles: str) -> list[int]:
    found = []
    for title in titles:
        body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": title}
        found.append(int((await parent.post("/problems", body)).json["id"]))
    return found


def _words(message: dict[str, Any]) -> list[str]:
    return [field["value"] for field in message["fields"]]


async def _states(person: int) -> list[str]:
    rows = await sql.rows(
        "SELECT d.state FROM delivery d JOIN notice n ON n.id = d.notice_id"
        " WHERE d.person_id = $1 AND n.kind <> 'merged' ORDER BY d.id",
        person,
    )
    return [row["state"] for row in rows]


async def test_five_at_once_are_one_message_and_five_lines_in_the_inbox(merges: Cast, stage: Stage) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    problems = await _report(parent, merges, *[f"问题{n}" for n in range(1, 6)])
    await stage.jobs()
    (message,) = await head.messages()
    assert message["title"] == "待办汇总提醒"
    assert _words(message)[:2] == ["您有5条待办", "问题1、问题2、问题3等"]
    assert len((await head.get("/notices")).json["items"]) == 5
    receipts = (await head.get(f"/problems/{problems[0]}/receipts")).json
    assert "merged" in {one["state"] for one in receipts}
    assert await _states(head.person.id) == ["merged"] * 5
    # which message that was, and what became of it
    rows = await sql.rows(
        "SELECT DISTINCT n.kind, m.state FROM delivery d JOIN notice n ON n.id = d.merged_into"
        " JOIN delivery m ON m.notice_id = n.id AND m.person_id = d.person_id WHERE d.person_id = $1",
        head.person.id,
    )
    assert [(row["kind"], row["state"]) for row in rows] == [("merged", "sent")]


async def test_the_first_goes_at_once_and_those_that_follow_wait_for_each_other(
    merges: Cast, stage: Stage
) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    await _report(parent, merges, "第一件")
    await stage.jobs()
    assert [_words(message)[1] for message in await head.messages()] == ["第一件"]
    for title in ("第二件", "第三件"):
        stage.forward(minutes=1)
        await _report(parent, merges, title)
        await stage.jobs()
    assert len(await head.messages()) == 1
    stage.forward(minutes=3)
    await stage.jobs()
    assert [_words(message)[:2] for message in await head.messages()][1:] == [
        ["您有2条待办", "第二件、第三件"]
    ]
    stage.forward(minutes=6)
    await _report(parent, merges, "第四件")
    await stage.jobs()
    assert _words((await head.messages())[-1])[1] == "第四件"


async def test_what_is_urgent_waits_for_nothing(merges: Cast, stage: Stage) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    await _report(parent, merges, "第一件")
    await stage.jobs()
    post = await ensure_post(PostKind.HEAD, school_id=merges.tianba.id)
    subject = Subject("problem", 1, merges.tianba.id, merges.tianba.county_code)
    facts = {"school": merges.tianba.name, "title": "急事", "due": ""}
    now = stage.clock()
    for kind, urgent in (("problem_overdue", True), ("problem_still_open", False)):
        telling = Telling(kind, f"test:{kind}", subject, (), facts, wakes=urgent, post_id=post.id)
        await notices.put_all([telling], now, beijing_date(now))
    await stage.jobs()
    assert [_words(message)[1] for message in await head.messages()] == ["第一件", "急事"]


async def test_after_two_hours_without_wechat_there_is_one_message(merges: Cast, stage: Stage) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    await stage.faults(path=SEND, errcode=-1)
    for number in range(6):
        await _report(parent, merges, f"问题{number}")
        await stage.jobs()
        stage.forward(minutes=20)
        await stage.jobs()
    assert await head.messages() == []
    await stage.no_faults()
    stage.forward(minutes=60)
    for _ in range(2):
        await stage.jobs()
    (message,) = await head.messages()
    assert _words(message)[:2] == ["您有6条待办", "问题0、问题1、问题2等"]
    assert await _states(head.person.id) == ["merged"] * 6


async def test_a_problem_that_is_closed_leaves_the_message_that_has_not_gone(
    merges: Cast, stage: Stage
) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    problems = await _report(parent, merges, "第一件", "第二件", "第三件")
    await stage.faults(path=SEND, errcode=-1)
    await stage.jobs()
    subject = [Subject("problem", one, merges.tianba.id, merges.tianba.county_code) for one in problems]
    await notices.withdraw(subject[0], ["problem_assigned"], stage.clock())
    await stage.jobs()
    assert await _states(head.person.id) == ["withdrawn", "merged", "merged"]
    await notices.withdraw(subject[1], ["problem_assigned"], stage.clock())
    await stage.no_faults()
    stage.forward(minutes=30)
    await stage.jobs()
    assert [_words(message)[1] for message in await head.messages()] == ["第三件"]
    assert await _states(head.person.id) == ["withdrawn", "withdrawn", "sent"]
    open_ones = await sql.rows("SELECT id FROM delivery WHERE state IN ('held', 'waiting', 'sending')")
    assert open_ones == []


async def test_a_message_of_several_that_is_refused_says_so(merges: Cast, stage: Stage) -> None:
    parent = await merges.phone("parent")
    head = await merges.phone("head", consent=False)
    await _report(parent, merges, "第一件", "第二件")
    await stage.faults(path=SEND, errcode=43101)
    await stage.jobs()
    rows = await sql.rows(
        "SELECT d.state FROM delivery d JOIN notice n ON n.id = d.notice_id AND n.kind = 'merged'"
        " WHERE d.person_id = $1",
        head.person.id,
    )
    assert [row["state"] for row in rows] == ["refused"]
    assert len((await head.get("/notices")).json["items"]) == 2


class Axe(logging.Handler):
    """Ends a task at its n-th statement, as a machine does that loses power."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.left = 0
        self.victim: asyncio.Task[None] | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self.victim is not None and asyncio.current_task() is self.victim:
            self.left -= 1
            if self.left == 0:
                self.victim.cancel()


async def test_killed_anywhere_between_merging_and_sending_nothing_is_lost_or_doubled(
    merges: Cast, stage: Stage
) -> None:
    parent, head = await merges.phone("parent"), await merges.phone("head")
    await head.consent(times=60)
    axe, log = Axe(), logging.getLogger("tortoise.db_client")
    level = log.level
    log.addHandler(axe)
    log.setLevel(logging.DEBUG)
    killed = 0
    try:
        for point in range(1, 40):
            stage.forward(minutes=10)
            await _report(parent, merges, f"早{point}件", f"晚{point}件")

            async def work() -> None:
                await merging.merge_waiting(stage.clock())
                await outbox.deliver_due(stage.world.post)

            axe.left, axe.victim = point, asyncio.create_task(work())
            await asyncio.wait([axe.victim])
            killed += axe.victim.cancelled()
            if not axe.victim.cancelled():
                break
            axe.victim = None
            # leases of the dead run out, and WeChat's events of later messages say what had not arrived
            for later in range(2):
                stage.forward(minutes=6)
                await _report(parent, merges, f"旁{point}件{later}")
                await stage.jobs()
    finally:
        axe.victim = None
        log.removeHandler(axe)
        log.setLevel(level)
    for _ in range(2):
        stage.forward(minutes=6)
        await stage.jobs()
    assert killed >= 10
    said = [_words(message)[1] for message in await head.messages()]
    for number in range(1, killed + 2):
        assert sum(f"早{number}件、晚{number}件" in words for words in said) == 1, (number, said)
    assert set(await _states(head.person.id)) <= {"merged", "sent"}
