"""What runs by itself, how often, and the loop that runs it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot import inbound, outbox
from bot.outbox import Post
from models.notices import outbox as deliveries
from models.notices import ticks
from models.policies.calendar import beijing_date, month_of
from models.problems import actions as problems
from models.visits import duties
from models.workbooks import files

log = logging.getLogger(__name__)

LANES = 2


async def send_notices(post: Post) -> int:
    """Everything due, batch after batch, in two lanes: one writes receipts while the other sends."""
    return sum(await asyncio.gather(*(_lane(post) for _ in range(LANES))))


async def _lane(post: Post) -> int:
    count = 0
    while taken := await outbox.deliver_due(post):
        count += taken
    return count


async def read_events(post: Post) -> int:
    return await inbound.work(post.now())


async def climb_ladders(post: Post) -> int:
    return await problems.expire(post.now())


async def tend_deliveries(post: Post) -> int:
    """Dead workers' deliveries, and those that nobody could say anything of."""
    now = post.now()
    return await deliveries.reap(now) + await deliveries.resolve_unknown(now)


async def open_month(post: Post) -> int:
    """Once a day: the month's duties, also for schools that joined since yesterday."""
    now = post.now()
    if not await ticks.take("open_month", beijing_date(now).isoformat(), now):
        return 0
    await duties.open_month(month_of(now))
    return 1


async def import_files(post: Post) -> int:
    """Tables that were sent to be checked or written."""
    return await files.work(post.store, post.now)


@dataclass(frozen=True)
class Job:
    """A thing to do, and the pause after it when there was nothing to do. Seconds."""

    name: str
    run: Callable[[Post], Awaitable[int]]
    pause_s: float


JOBS = [
    Job("send_notices", send_notices, 0.5),
    Job("read_events", read_events, 0.5),
    Job("climb_ladders", climb_ladders, 2.0),
    Job("tend_deliveries", tend_deliveries, 5.0),
    Job("open_month", open_month, 60.0),
    Job("import_files", import_files, 1.0),
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
    while True:
        did = 0
        try:
            did = await job.run(post)
        except Exception:
            log.exception("job failed", extra={"job": job.name})
        await asyncio.sleep(0 if did else job.pause_s)
