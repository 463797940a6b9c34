"""What runs by itself, how often, and the loop that runs it."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot import inbound, meeting, members, outages, outbox
from bot.conversation import answering, working
from bot.post import Post
from models.alerts import running as alerts
from models.alerts import trials
from models.checkins import weighing
from models.conversations import replies
from models.digests import month_ends, mornings, summaries
from models.evidence import awaited, orphans, rendering
from models.journal import sealing
from models.ledger import figures
from models.notices import merging, ticks
from models.policies.calendar import beijing_date, month_of
from models.problems import actions as problems
from models.problems import reviewing
from models.surveys import boxes, rounds
from models.visits import assignments, duties, records, telling
from models.workbooks import files

log = logging.getLogger(__name__)

# of a channel: while some write receipts the others send
LANES = 3


async def merge_waiting(post: Post) -> int:
    """Which small notices go alone, wait for each other, or become one message."""
    return await merging.merge_waiting(outbox.ways_of_several(post), post.now())


async def send_digests(post: Post) -> int:
    """Morning lists, Monday summaries, end-of-month notices: each in its hour, once."""
    now = post.now()
    sent = await mornings.send_lists(now)
    return sent + await summaries.send_summaries(now) + await month_ends.send_notices(now)


async def send_notices(post: Post) -> int:
    """Everything due, batch after batch, each channel in lanes of its own: none waits for a slower one."""
    channels = await outbox.waiting(post)
    return sum(await asyncio.gather(*(_lane(post, name) for name in channels for _ in range(LANES))))


async def _lane(post: Post, channel: str) -> int:
    count = 0
    # while the platform refuses everything nothing is claimed: it keeps its place, and its attempts
    while not outbox.waits(post, channel) and (taken := await outbox.deliver_due(post, channel)):
        count += taken
    return count


async def read_events(post: Post) -> int:
    return await inbound.work(post)


async def meet_followers(post: Post) -> int:
    """Ask the official account who its new followers are."""
    return await meeting.meet(post)


async def hear_people(post: Post) -> int:
    """What people said in the chats, and what we answer."""
    if post.talking is None:
        return 0
    return await working.converse(post.talking) + await answering.send_answers(post.talking)


async def check_contents(post: Post) -> int:
    return await reviewing.check(post.checker, post.appid, post.now()) if post.checker else 0


async def climb_ladders(post: Post) -> int:
    return await problems.expire(post.now())


async def remind_records(post: Post) -> int:
    return await records.remind(post.now())


async def tend_deliveries(post: Post) -> int:
    """Dead workers' deliveries and answers, and those that nobody could say anything of."""
    return await outbox.tend(post) + await replies.reap(post.now())


async def tell_outages(post: Post) -> int:
    """Say what has changed, and let the urgent go another way."""
    return await outages.tell(post) + await outbox.relieve(post)


async def weigh_check_ins(post: Post) -> int:
    """What new check-ins prove, and again when their visit has come or ought to have."""
    now = post.now()
    return await telling.tell_check_ins(now) + await weighing.weigh_due(now)


async def open_month(post: Post) -> int:
    """Once a day: the month's duties, also for schools that joined since yesterday."""
    now = post.now()
    if not await ticks.take("open_month", beijing_date(now).isoformat(), now):
        return 0
    await duties.open_month(month_of(now))
    return 1


async def seal_journal(post: Post) -> int:
    """What was recorded since the last look, and the root of yesterday. Whatever comes meanwhile can wait
    for the pause: sealed in batches it costs less."""
    now = post.now()
    await sealing.seal(now)
    await sealing.close_days(now)
    return 0


async def sweep_journal(post: Post) -> int:
    """What `seal_journal` cannot see, because its transaction took long."""
    await sealing.sweep(post.now())
    return 0


async def render_photos(post: Post) -> int:
    return await rendering.render(post.store, post.now)


async def settle_photos(post: Post) -> int:
    return await awaited.settle(post.now())


async def collect_orphans(post: Post) -> int:
    """Once a day: photos no record took, objects without a row, uploads given up."""
    now = post.now()
    if not await ticks.take("collect_orphans", beijing_date(now).isoformat(), now):
        return 0
    await orphans.collect(post.store, post.unused_after, now)
    return 1


async def turn_rounds(post: Post) -> int:
    """Plan the term's rounds once a day, open and close what is due, tell heads, open closed boxes."""
    now = post.now()
    today = beijing_date(now)
    did = 0
    if await ticks.take("plan_surveys", today.isoformat(), now):
        did += await rounds.plan_term(today, now)
    did += await rounds.turn(today, now)
    did += await rounds.tell_heads(today, now)
    return did + await boxes.open_boxes(post.seal, secrets.SystemRandom(), now, today)


async def tell_ending_terms(post: Post) -> int:
    """Once a day: the supervisors' terms of office that end soon."""
    now = post.now()
    if not await ticks.take("tell_ending_terms", beijing_date(now).isoformat(), now):
        return 0
    return await assignments.tell_ending(beijing_date(now), now)


async def count_ledger(post: Post) -> int:
    """Figures of the ledger where something changed, and once a day everywhere, as more is owed by itself."""
    now = post.now()
    if await ticks.take("count_ledger", beijing_date(now).isoformat(), now):
        await figures.mark(now, beijing_date(now))
    return await figures.count_changed(now)


async def judge_alerts(post: Post) -> int:
    """Every county once a day, from early in the morning on; and rules that are tried on a past month."""
    now = post.now()
    return await alerts.judge_due(now) + await trials.run(now)


async def look_again(post: Post) -> int:
    """Alerts of schools of which something has just changed: what was put right is withdrawn at once."""
    return await alerts.look_again(post.now())


async def import_files(post: Post) -> int:
    """Tables that were sent to be checked or written."""
    return await files.work(post.store, post.vault, post.now)


@dataclass(frozen=True)
class Job:
    """A thing to do, and the pause after it when there was nothing to do. Seconds."""

    name: str
    run: Callable[[Post], Awaitable[int]]
    pause_s: float


JOBS = [
    Job("check_contents", check_contents, 1.0),
    Job("merge_waiting", merge_waiting, 0.5),
    Job("send_notices", send_notices, 0.5),
    Job("read_events", read_events, 0.5),
    Job("meet_followers", meet_followers, 2.0),
    Job("hear_people", hear_people, 0.5),
    Job("climb_ladders", climb_ladders, 2.0),
    Job("remind_records", remind_records, 5.0),
    Job("tend_deliveries", tend_deliveries, 5.0),
    Job("tell_outages", tell_outages, 2.0),
    Job("weigh_check_ins", weigh_check_ins, 5.0),
    Job("send_digests", send_digests, 3.0),
    Job("open_month", open_month, 60.0),
    Job("seal_journal", seal_journal, 2.0),
    Job("sweep_journal", sweep_journal, 900.0),
    Job("render_photos", render_photos, 1.0),
    Job("settle_photos", settle_photos, 10.0),
    Job("collect_orphans", collect_orphans, 600.0),
    Job("turn_rounds", turn_rounds, 30.0),
    Job("tell_ending_terms", tell_ending_terms, 60.0),
    Job("count_ledger", count_ledger, 2.0),
    Job("judge_alerts", judge_alerts, 30.0),
    Job("look_again", look_again, 0.2),
    Job("import_files", import_files, 1.0),
    Job("find_members", members.find_members, 60.0),
]


async def run_once(post: Post) -> int:
    """Each job once, in order; for tests and for a machine that only wakes now and then."""
    return sum([await job.run(post) for job in JOBS])


async def run(post: Post) -> None:
    """Run all jobs until cancelled. A job that fails is logged and tried again after its pause."""
    async with asyncio.TaskGroup() as tasks:
        for job in JOBS:
            tasks.create_task(_keep(job, post), name=job.name)


async def _keep(job: Job, post: Post) -> None:
    this = asyncio.current_task()
    assert this is not None
    # asked, because a library's wait that ends in the same moment swallows the cancellation (CPython 86296)
    while not this.cancelling():
        did = 0
        try:
            did = await job.run(post)
        except Exception:
            log.exception("job failed", extra={"job": job.name})
        if not this.cancelling():
            await asyncio.sleep(0 if did else job.pause_s)
