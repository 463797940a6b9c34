"""A worker dies or stands still in mid-send: WeChat's own events say what arrived, and nobody is told twice."""

import asyncio

import pytest

from bot import jobs, outbox
from bot.channels import outcomes, subscribe
from models.database import sql
from models.notices import outbox as deliveries
from tests.cast import Cast, Phone, Stage, new_id

pytestmark = pytest.mark.slow

SEND = "/cgi-bin/message/subscribe/send"
EVENT = "subscribe_msg_sent_event"


async def _report(cast: Cast, parent: Phone, title: str) -> None:
    body = {"request_id": new_id(), "school_id": cast.tianba.id, "title": title}
    assert (await parent.post("/problems", body)).status == 201


async def _states(phone: Phone) -> list[str]:
    rows = await sql.rows(
        "SELECT state FROM delivery WHERE person_id = $1 AND channel = 'subscribe' ORDER BY id",
        phone.person.id,
    )
    return [row["state"] for row in rows]


async def _titles(phone: Phone) -> list[str]:
    return [
        field["value"]
        for message in await phone.messages()
        for field in message["fields"]
        if field["label"] == "问题"
    ]


async def _pushed(count: int) -> None:
    """So many events about messages have reached our door."""
    for _ in range(500):
        (found,) = await sql.rows("SELECT COUNT(*) AS n FROM inbound_event WHERE kind = $1", EVENT)
        if found["n"] >= count:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("no event has come")


async def test_what_wechats_event_in_our_queue_will_say_is_waited_for(cast: Cast, stage: Stage) -> None:
    parent, head = await cast.phone("parent", consent=False), await cast.phone("head")
    await stage.faults(path=SEND, drop_reply="after")
    await _report(cast, parent, "饭是凉的")
    await stage.deliver()
    await stage.no_faults()
    await _pushed(1)
    assert await _states(head) == ["unknown"]
    # every worker slept meanwhile, and looks at what is unknown before it has read what was pushed
    stage.forward(hours=2)
    await outbox.tend(stage.world.post)
    assert await _states(head) == ["unknown"]
    for _ in range(3):
        await stage.jobs()
        stage.forward(minutes=3)
    assert (await _states(head), await _titles(head)) == (["sent"], ["饭是凉的"])


async def test_a_dead_workers_batch_keeps_the_next_one_back_until_it_is_settled(
    cast: Cast, stage: Stage
) -> None:
    parent, head = await cast.phone("parent", consent=False), await cast.phone("head")
    post = stage.world.post
    for number in range(3):
        await _report(cast, parent, f"第{number}件")
    await jobs.merge_waiting(post)
    taken = [due for due in await deliveries.claim(subscribe.lane(post), stage.clock(), 100) if due.openid]
    # it dies after the first of three
    await subscribe.send(post, taken[0], stage.clock())
    await _report(cast, parent, "第3件")
    stage.forward(minutes=2)
    await stage.deliver()
    assert await _states(head) == ["sending"] * 3 + ["waiting"]
    for _ in range(5):
        await stage.jobs()
        stage.forward(minutes=3)
    assert await _states(head) == ["sent"] * 4
    assert sorted(await _titles(head)) == [f"第{number}件" for number in range(4)]


async def test_a_worker_that_stood_still_sends_no_more_of_what_others_may_have_taken_over(
    cast: Cast, stage: Stage
) -> None:
    parent, head = await cast.phone("parent", consent=False), await cast.phone("head")
    for number in range(3):
        await _report(cast, parent, f"第{number}件")
    await stage.faults(path=SEND, delay_s=0.4)
    sending = asyncio.create_task(stage.deliver())
    while not await stage.calls(SEND) and "sending" not in await _states(head):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    stage.forward(minutes=2)
    await outbox.tend(stage.world.post)
    await sending
    await stage.no_faults()
    assert len(await stage.calls(SEND)) == 1
    for _ in range(5):
        await stage.jobs()
        stage.forward(minutes=3)
    assert await _states(head) == ["sent"] * 3
    assert await _titles(head) == [f"第{number}件" for number in range(3)]


async def test_events_about_one_person_read_at_the_same_time_each_settle_a_message_of_their_own(
    cast: Cast, stage: Stage
) -> None:
    parent, head = await cast.phone("parent", consent=False), await cast.phone("head")
    await head.consent(times=20)
    post = stage.world.post
    titles = [f"第{number}件" for number in range(8)]
    for title in titles:
        await _report(cast, parent, title)
    await jobs.merge_waiting(post)
    # a worker sends all of it and dies before it has written that down
    for due in await deliveries.claim(subscribe.lane(post), stage.clock(), 100):
        if due.openid:
            await subscribe.send(post, due, stage.clock())
    await _pushed(len(titles))
    stage.forward(minutes=2)
    # as four workers do
    await asyncio.gather(*(jobs.read_events(post) for _ in range(4)))
    for _ in range(5):
        stage.forward(minutes=3)
        await stage.jobs()
    assert (await _states(head), await _titles(head)) == (["sent"] * len(titles), titles)


async def test_an_event_read_while_its_own_receipt_is_being_written_settles_nothing_else(
    cast: Cast, stage: Stage
) -> None:
    parent, head = await cast.phone("parent", consent=False), await cast.phone("head")
    await head.consent(times=20)
    post = stage.world.post
    await _report(cast, parent, "没有发出")
    await jobs.merge_waiting(post)
    # a worker takes it and dies before it has sent anything
    await deliveries.claim(subscribe.lane(post), stage.clock(), 100)
    stage.forward(minutes=2)
    await outbox.tend(post)
    stage.forward(minutes=3)
    titles = [f"第{number}件" for number in range(20)]
    for title in titles:
        await _report(cast, parent, title)
        sending = asyncio.create_task(stage.deliver())
        while not sending.done():
            await asyncio.gather(*(jobs.read_events(post) for _ in range(4)))
        await sending
    assert await _states(head) == ["unknown"] + ["sent"] * len(titles)
    for _ in range(3):
        stage.forward(minutes=3)
        await stage.jobs()
    assert sorted(await _titles(head)) == sorted([*titles, "没有发出"])


async def test_a_worker_that_stood_still_for_long_neither_settles_nor_keeps_what_another_sends_now(
    cast: Cast, stage: Stage
) -> None:
    parent, head = await cast.phone("parent", consent=False), await cast.phone("head")
    await head.consent(times=20)
    post, lane = stage.world.post, subscribe.lane(stage.world.post)
    for number in range(2):
        await _report(cast, parent, f"第{number}件")
    await jobs.merge_waiting(post)
    # it takes both, and stands still before it has sent anything
    stood = [due for due in await deliveries.claim(lane, stage.clock(), 100) if due.openid]
    stage.forward(minutes=2)
    await outbox.tend(post)
    stage.forward(minutes=3)
    await _report(cast, parent, "第2件")
    await stage.deliver()
    await _pushed(1)
    await jobs.read_events(post)
    await outbox.tend(post)
    # another has them now, and is sending when the first one moves again
    taken = [due for due in await deliveries.claim(lane, stage.clock(), 100) if due.openid]
    assert [due.id for due in taken] == [due.id for due in stood]
    assert not await deliveries.renew(stood, stage.clock())
    await deliveries.settle([outcomes.back(due, "", counted=False) for due in stood], stage.clock())
    await stage.deliver()
    sent = [await subscribe.send(post, due, stage.clock()) for due in taken]
    assert await deliveries.renew(taken, stage.clock())
    await deliveries.settle(sent, stage.clock())
    for _ in range(3):
        await stage.jobs()
        stage.forward(minutes=3)
    assert await _states(head) == ["sent"] * 3
    assert sorted(await _titles(head)) == [f"第{number}件" for number in range(3)]
