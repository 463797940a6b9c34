"""Sending what is due: claim and commit, call WeChat, write the receipts."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.channels import subscribe
from bot.wechat.client import Gateway
from bot.wechat.meters import METERS
from bot.wechat.official import OfficialGateway
from bot.wording import kinds
from models.evidence.store import PhotoStore
from models.notices import outbox
from models.notices.actions import CHANNEL
from models.notices.outbox import Due, Outcome
from models.notices.tables import DeliveryState
from models.people.phones import Vault
from models.surveys.sealing import Seal

log = logging.getLogger(__name__)

BATCH = 256
IN_FLIGHT = 16


@dataclass(frozen=True)
class Official:
    """The official account, and the ids of its message templates by name, as far as it has them."""

    gateway: OfficialGateway
    appid: str
    templates: Mapping[str, str]


@dataclass(frozen=True)
class Post:
    """What the jobs need: WeChat, the account's template ids by name, those without credits, a clock, the
    photos, after how long a photo that no record took is collected, the keys of ballot boxes and of
    telephone numbers, and the official account where there is one.
    """

    gateway: Gateway
    appid: str
    templates: Mapping[str, str]
    long_term: frozenset[str]
    now: Callable[[], datetime]
    store: PhotoStore
    unused_after: timedelta
    seal: Seal
    vault: Vault
    official: Official | None = None


async def deliver_due(post: Post) -> int:
    """Deliver one batch; return how many were taken, 0 when nothing was due."""
    now = post.now()
    batch = await outbox.claim(post.appid, kinds(post.templates), now, BATCH)
    if not batch:
        return 0
    ready, outcomes = _prepared(post, batch, now)
    if ready:
        async with _kept(post, [due.id for due in ready]):
            outcomes += await _send_all(post, ready)
    await outbox.settle(outcomes, post.now())
    METERS.deliveries.update((CHANNEL, one.state.value) for one in outcomes)
    _alarm(outcomes)
    return len(batch)


@asynccontextmanager
async def _kept(post: Post, ids: list[int]) -> AsyncIterator[None]:
    """Renew the leases of a batch while it is being sent, however slow WeChat is."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(outbox.LEASE.total_seconds() / 3)
            await outbox.renew(ids, post.now())

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


def _prepared(post: Post, batch: list[Due], now: datetime) -> tuple[list[Due], list[Outcome]]:
    """Those worth a call, and the outcomes of those that are not."""
    ready: list[Due] = []
    outcomes: list[Outcome] = []
    for due in batch:
        if due.template_id is None:
            outcomes.append(subscribe.no_words(due, now))
        elif due.openid is None:
            outcomes.append(subscribe.unreachable_person(due, now))
        elif due.credit == 0 and due.template_id not in post.long_term:
            outcomes.append(subscribe.no_credit(due, now))
        else:
            ready.append(due)
    return ready, outcomes


async def _send_all(post: Post, ready: list[Due]) -> list[Outcome]:
    """Call WeChat for many people at once, and for one person one after the other (43108)."""
    by_person: dict[int, list[Due]] = {}
    for due in ready:
        by_person.setdefault(due.person_id, []).append(due)
    waiting = iter(by_person.values())
    outcomes: list[Outcome] = []

    async def caller() -> None:
        for theirs in waiting:
            for due in theirs:
                outcomes.append(await subscribe.send(post.gateway, due, post.now()))

    await asyncio.gather(*(caller() for _ in range(min(IN_FLIGHT, len(by_person)))))
    return outcomes


def _alarm(outcomes: list[Outcome]) -> None:
    for one in outcomes:
        if one.state is DeliveryState.GIVEN_UP:
            log.error("delivery given up", extra={"delivery": one.id, "errcode": one.errcode})
