"""Sending what is due, channel by channel: claim and commit, call the platform, write the receipts, and where a
channel cannot or may not, hand on to the route's next."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.channels import CHANNELS, outcomes
from bot.channels.channel import Channel
from bot.post import Post
from bot.wechat.meters import METERS
from models.database.leases import kept
from models.notices import outbox, pauses
from models.notices.channels import TITLES, onward, read
from models.notices.kinds import BY_CODE, KINDS, MERGED, MERGES
from models.notices.merging import Purse
from models.notices.outbox import NOBODY, SPENT, Case, Due, Lane, Outcome
from models.notices.pauses import Pause
from models.notices.tables import DeliveryState

log = logging.getLogger(__name__)

# of a channel, by each of its lanes: a claim and its receipts cost the database little more for many than for few
BATCH = 1024
# WeChat answers in about a tenth of a second, so that this many at once is what a lane is worth
IN_FLIGHT = 32
NOT_OPEN = "未开通"
BY_NAME = {channel.NAME: channel for channel in CHANNELS}
# an urgent delivery's, with a channel that is out
PATIENCE = timedelta(minutes=1)
URGENT = [kind.code for kind in KINDS if kind.urgent]
BEHIND = "等待前一条通知发出"
INBOX_ONLY = "仅站内可见"
APART = "其中的通知逐条发送"
# what ends a delivery without the person having been told
ENDED = (DeliveryState.REFUSED, DeliveryState.GIVEN_UP)


def open_channels(post: Post) -> frozenset[str]:
    """The channels that this installation has."""
    return frozenset(channel.NAME for channel in CHANNELS if channel.lane(post) is not None)


def ways_of_several(post: Post) -> dict[str, Purse | None]:
    """The channels that have words for several notices as one message, and where that costs consent."""
    lanes = [lane for channel in CHANNELS if (lane := channel.lane(post)) is not None]
    return {
        lane.channel: Purse(lane.appid, template) if template in lane.consented else None
        for lane in lanes
        if (template := lane.templates.get(MERGED)) is not None
    }


async def waiting(post: Post) -> set[str]:
    """The channels that have something due, also such as this installation does not have."""
    return await outbox.waiting(TITLES, post.now())


def waits(post: Post, name: str) -> bool:
    """Whether a channel's platform refuses everything at the moment."""
    channel = BY_NAME.get(name)
    return channel is not None and channel.waits(post)


async def deliver_due(post: Post, name: str = "subscribe") -> int:
    """Deliver one batch of a channel; return how many were taken, 0 when nothing was due."""
    now = post.now()
    channel = BY_NAME.get(name)
    lane = channel.lane(post) if channel is not None else None
    batch = await outbox.claim(lane or Lane(name, "", {}, NOBODY), now, BATCH)
    if not batch:
        return 0
    paused = await pauses.current(now)
    if channel is None or lane is None:
        found = [outcomes.refused(due, now, NOT_OPEN) for due in batch]
    elif name in paused:
        found = [_held(due, paused[name]) for due in batch]
    else:
        found = await _delivered(post, channel, batch, now)
        await _pause(name, found)
    found = await _handed_on(post, batch, found, paused)
    await outbox.settle(found, post.now(), lane.consented if lane is not None else frozenset())
    METERS.deliveries.update((name, one.state.value) for one in found)
    _alarm(name, found)
    return len(batch)


async def _delivered(post: Post, channel: Channel, batch: list[Due], now: datetime) -> list[Outcome]:
    """Ask the channel for those worth a call; outcomes of all."""
    # words first: without them there is nothing to send
    found = [_no_words(due, now) for due in batch if due.template_id is None]
    spoken = [due for due in batch if due.template_id is not None]
    found += await channel.unfit(post, spoken, now)
    settled = {one.id for one in found}
    ready = [due for due in spoken if due.id not in settled]
    if ready:
        hold = _Hold(post, ready, now + outbox.LEASE)
        async with kept(outbox.LEASE.total_seconds() / 3, hold.renew):
            found += await _send_all(post, channel, ready, hold)
    return found


def _no_words(due: Due, now: datetime) -> Outcome:
    if due.kind in BY_CODE:
        return outcomes.refused(due, now, "这类通知没有此渠道的模板")
    return outcomes.given_up(due, now, f"不认识的通知种类 {due.kind}")


def _held(due: Due, pause: Pause) -> Outcome:
    """Of a channel that has nothing left for today: no call is made."""
    return Outcome(
        due.id, due.attempts, DeliveryState.WAITING, pause.until, pause.errcode, pause.receipt,
        counted=False, quota=True,
    )  # fmt: skip


async def _pause(name: str, found: list[Outcome]) -> None:
    """Keep the whole channel still where the platform says that nothing is left for today."""
    told = next((one for one in found if one.quota), None)
    if told is not None and told.run_at is not None:
        log.error("channel's quota is used up", extra={"channel": name, "errcode": told.errcode})
        await pauses.pause(name, Pause(told.run_at, told.errcode or 0, told.receipt))


@dataclass
class _Hold:
    """A batch that is ours until its lease ends."""

    post: Post
    batch: list[Due]
    until: datetime

    async def renew(self) -> None:
        now = self.post.now()
        if await outbox.renew(self.batch, now):
            self.until = now + outbox.LEASE

    def lost(self, now: datetime) -> bool:
        """This machine stood still for longer than others wait: they may be sending it already."""
        return now >= self.until


async def _send_all(post: Post, channel: Channel, ready: list[Due], hold: _Hold) -> list[Outcome]:
    """Call the platform for many people at once, and for one person one after the other (43108)."""
    by_person: dict[int, list[Due]] = {}
    for due in ready:
        by_person.setdefault(due.person_id, []).append(due)
    waiting = iter(by_person.values())
    found: list[Outcome] = []

    async def caller() -> None:
        for theirs in waiting:
            for number, due in enumerate(theirs):
                now = post.now()
                if hold.lost(now):
                    found.extend(outcomes.back(one, BEHIND, counted=False) for one in theirs[number:])
                    break
                found.append(await channel.send(post, due, now))
                if found[-1].run_at is None:
                    # it goes back to its place, and what comes after it must not overtake it
                    found.extend(outcomes.back(one, BEHIND, counted=False) for one in theirs[number + 1 :])
                    break

    await asyncio.gather(*(caller() for _ in range(min(IN_FLIGHT, len(by_person)))))
    return found


async def _handed_on(
    post: Post, batch: list[Due], found: list[Outcome], paused: Mapping[str, Pause]
) -> list[Outcome]:
    """The outcomes with the channels that take over, and the whole story in their receipts."""
    several = {due.id: due for due in batch if due.kind in MERGES}
    if several:
        found = [_apart(post, several[one.id], one) if one.id in several else one for one in found]
    if not any(map(_may_move, found)):
        return found
    cases = {due.id: due.case for due in batch}
    moving = [one for one in found if _may_move(one) and _moves(one, cases[one.id])]
    if not moving:
        return found
    barred = await _barred(post, [cases[one.id] for one in moving], paused)
    told: dict[int, Outcome] = {}
    for one in moving:
        case = cases[one.id]
        next_one = onward(case.route, case.channel, barred[case.id])
        if next_one.channel is None and one.state not in ENDED:
            continue  # it may still arrive, or will tomorrow
        state = one.state if one.state is not DeliveryState.WAITING else DeliveryState.REFUSED
        ending = f"改用{TITLES[next_one.channel]}" if next_one.channel else INBOX_ONLY
        receipt = "；".join([one.receipt, *next_one.passed, ending])
        told[one.id] = one._replace(state=state, receipt=receipt, onward=next_one.channel)
    return [told.get(one.id, one) for one in found]


def _apart(post: Post, due: Due, one: Outcome) -> Outcome:
    """A message of several for which consent is used up: what it says goes by the same channel, each for the
    consent that its own template has."""
    spent = one.errcode == SPENT or due.credit == 0
    if one.state is not DeliveryState.REFUSED or not spent or due.openid is None:
        return one
    if due.template_id in post.long_term:
        return one
    return one._replace(onward=due.channel, receipt=f"{one.receipt}；{APART}")


def _may_move(one: Outcome) -> bool:
    return one.onward is None and (one.state in ENDED or one.state is DeliveryState.UNKNOWN or one.quota)


def _moves(one: Outcome, case: Case) -> bool:
    """Whether another channel should tell the person: it failed here, or may have and the matter is urgent."""
    return one.state in ENDED or _urgent(case)


def _urgent(case: Case) -> bool:
    return case.kind in BY_CODE and BY_CODE[case.kind].urgent


async def _barred(post: Post, cases: list[Case], paused: Mapping[str, Pause]) -> dict[int, dict[str, str]]:
    """By case: the channels of its route that cannot take over, and why."""
    now = post.now()
    found: dict[int, dict[str, str]] = {case.id: {} for case in cases}
    rest = {case.id: set(read(case.route)) - {case.channel} for case in cases}
    for name in TITLES:
        asked = [case for case in cases if name in rest[case.id]]
        channel = BY_NAME.get(name)
        lane = channel.lane(post) if channel is not None and asked else None
        if channel is None or lane is None:
            why = {case.id: "" for case in asked}
        elif name in paused:
            why = {case.id: paused[name].receipt for case in asked}
        elif channel.waits(post):
            why = {case.id: "暂时中断" for case in asked}
        else:
            why = await channel.barred(post, asked, now)
            why |= {case.id: "没有这类通知的模板" for case in asked if case.kind not in lane.templates}
        for case_id, reason in why.items():
            found[case_id][name] = reason
    return found


async def tend(post: Post) -> int:
    """Dead workers' deliveries, and those that nobody could say anything of."""
    now = post.now()
    async with in_transaction():
        lost = await outbox.reap(now)
        await hand_on(post, [case for case in lost if _urgent(case)], DeliveryState.UNKNOWN)
    return len(lost) + await outbox.resolve_unknown(now)


async def relieve(post: Post) -> int:
    """Let what is urgent and has waited for a channel whose platform refuses everything go by the next one."""
    broken = [one for one in CHANNELS if one.lane(post) is not None and one.waits(post)]
    return sum([await _relieved(post, channel.NAME) for channel in broken])


async def _relieved(post: Post, name: str) -> int:
    now = post.now()
    async with in_transaction():
        cases = await outbox.stuck(name, URGENT, now - PATIENCE, BATCH)
        if not cases:
            return 0
        barred = await _barred(post, cases, await pauses.current(now))
        moves = [
            (case.id, "；".join(["暂时中断", *found.passed, f"改用{TITLES[found.channel]}"]), found.channel)
            for case in cases
            if (found := onward(case.route, case.channel, barred[case.id])).channel is not None
        ]
        await outbox.give_way(moves, now)
        return len(moves)


async def hand_on(post: Post, cases: list[Case], state: DeliveryState) -> None:
    """Let the next channels take over deliveries that are in a state. In the caller's transaction."""
    if not cases:
        return
    now = post.now()
    barred = await _barred(post, cases, await pauses.current(now))
    moves = [(case, onward(case.route, case.channel, barred[case.id]).channel) for case in cases]
    await outbox.put_next([[case.id, state.value, name] for case, name in moves if name], now)


def _alarm(name: str, found: list[Outcome]) -> None:
    for one in found:
        if one.state is DeliveryState.GIVEN_UP:
            log.error(
                "delivery given up", extra={"delivery": one.id, "errcode": one.errcode, "channel": name}
            )
