"""The outbox: claiming deliveries, writing receipts, settling what is unknown, going on to the next channel.

A delivery is one notice to one person through one channel. It goes waiting → sending → sent, refused, given up, or back to waiting with a later time. A
worker that dies in mid-send, or a reply that never comes, leaves it unknown: nobody can say whether
WeChat has it. WeChat's own event settles that (`confirm`); where it stays away although other events
arrive, the message was not accepted and is sent again (`resolve_unknown`). Nothing is resent blindly. Where a channel cannot or may
not, the receipt's own transaction puts the delivery of the route's next channel.

WeChat's event names the person, the template and a message id we may never have heard, not our delivery.
So one batch at a time is under way for a person in a channel, sent in the order of ids: what was sent of a dead
worker's batch is its beginning, and events settle it oldest first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.notices import attempts, credits
from models.notices.tables import DeliveryState

LEASE = timedelta(seconds=60)
SETTLE = timedelta(minutes=2)
CLAIM_LOCK = 530_000_002
# WeChat: consent spent or refused
SPENT = 43101

# Everything that sending needs, in one look: {lock} keeps a withdrawal from passing between look and claim. The
# limit stands inside, so that only what is taken is joined, however much is waiting.
LOOKED = """
SELECT d.id, d.attempts, d.person_id, d.route, n.id AS notice_id, n.kind, n.subject_kind, n.subject_id,
       n.school_id, n.facts, n.created_at, n.withdrawn_at, {address} AS openid
FROM (SELECT id, attempts, person_id, notice_id, route FROM delivery
      WHERE state = 'waiting' AND channel = $4 AND run_at <= $1
        AND person_id NOT IN (SELECT o.person_id FROM delivery o
                              WHERE o.state IN ('sending', 'unknown') AND o.lease_until > $1 AND o.channel = $4)
      ORDER BY run_at, id LIMIT $3{lock}) d
JOIN notice n ON n.id = d.notice_id
"""

# How a channel finds whom it speaks to ($2: the appid of its account)
OPENID = "(SELECT MIN(i.openid) FROM identity i WHERE i.person_id = d.person_id AND i.appid = $2)"
# a number stays under its seal until it is dialled
NUMBER = "(SELECT $2::text || p.id FROM person p WHERE p.id = d.person_id AND p.phone_sealed IS NOT NULL)"
# a channel that this installation does not have
NOBODY = "NULLIF($2::text, $2::text)"

# Openid and template are written with the claim, so that an event finds the delivery even if the worker dies.
CLAIMED = """
UPDATE delivery SET state = 'sending', lease_until = $4, tried_at = $5, attempts = attempts + 1,
       openid = v.c2, template_id = v.c3
FROM {rows} WHERE delivery.id = v.c1
"""
CLAIMED_TYPES = ["bigint", "text", "text"]

# the usual end, with as little as possible to say: openid and template stay as they were claimed
SENT = """
UPDATE delivery SET state = 'sent', run_at = $3, errcode = 0, receipt = $4, message_id = v.c2, lease_until = NULL
FROM {rows} WHERE delivery.id = v.c1 AND delivery.state = 'sending'
"""
SENT_TYPES = ["bigint", "text"]
SENT_RECEIPT = "已发送"

SETTLED = """
UPDATE delivery SET state = v.c2, run_at = COALESCE(v.c3, run_at), errcode = v.c4, receipt = v.c5,
       message_id = v.c6, openid = v.c7, template_id = v.c8, lease_until = v.c9, attempts = attempts - v.c10
FROM {rows} WHERE delivery.id = v.c1 AND delivery.state = 'sending'
"""
SETTLED_TYPES = [
    "bigint", "text", "timestamptz", "int", "text", "text", "text", "text", "timestamptz", "int",
]  # fmt: skip


OVER = "UPDATE delivery SET state = 'withdrawn', receipt = $2 FROM {rows} WHERE delivery.id = v.c1"
MOVED_ON = "事项已有变化，不再发送"


@dataclass(frozen=True)
class Lane:
    """What is claimed for a channel: `templates` has the template id of every kind of notice it has words for,
    `address` is the SQL that finds whom it speaks to, by `appid`. `credited`: our ledger counts its messages.
    """

    channel: str
    appid: str
    templates: Mapping[str, str]
    address: str = OPENID
    credited: bool = False


@dataclass(frozen=True)
class Case:
    """A delivery that may have to go on by another channel."""

    id: int
    channel: str
    route: str
    person_id: int
    kind: str
    school_id: int | None


@dataclass(frozen=True)
class Due:
    """A delivery this worker has claimed.

    `openid` None: the channel knows nobody who is the person. `template_id` None: it has no words for the kind,
    as after going back to an older release. `credit`: messages left by our ledger; None: it knows nothing.
    """

    id: int
    channel: str
    route: str
    attempts: int
    notice_id: int
    person_id: int
    kind: str
    subject_kind: str
    subject_id: int
    school_id: int | None
    facts: dict[str, Any]
    told_at: datetime
    openid: str | None
    template_id: str | None
    credit: int | None = None

    @property
    def case(self) -> Case:
        return Case(self.id, self.channel, self.route, self.person_id, self.kind, self.school_id)


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt: the new state, when to look again, and what the platform said.

    `run_at` None: it keeps its place in the queue. `counted` False: nothing was attempted. `attempt`: which it was.
    `quota`: the channel has nothing left for today. `onward`: the channel that tells the person instead.
    """

    id: int
    attempt: int
    state: DeliveryState
    run_at: datetime | None
    errcode: int | None
    receipt: str
    message_id: str | None = None
    openid: str | None = None
    template_id: str | None = None
    counted: bool = True
    quota: bool = False
    onward: str | None = None


async def waiting(channels: Iterable[str], now: datetime) -> set[str]:
    """Those of the channels that have something due."""
    looks = [
        f"SELECT '{name}' AS channel WHERE EXISTS (SELECT 1 FROM delivery"  # noqa: S608 - declared names
        f" WHERE state = 'waiting' AND channel = '{name}' AND run_at <= $1)"
        for name in channels
    ]
    return {row["channel"] for row in await sql.rows(" UNION ALL ".join(looks), now)}


async def claim(lane: Lane, now: datetime, limit: int) -> list[Due]:
    """Take up to `limit` of a channel's due deliveries for this worker, oldest first. Committed before anything
    is sent."""
    async with in_transaction():
        # one worker claims at a time: two that looked at once would both find a person free
        await sql.advisory_lock(CLAIM_LOCK)
        found = await _looked(lane, now, limit)
        openids = [row["openid"] for row in found if row["openid"]] if lane.credited else []
        left = await credits.balances(openids) if openids else {}
        batch = sorted((_due(row, lane, left) for row in found), key=lambda due: due.id)
        await sql.over_rows(
            CLAIMED, CLAIMED_TYPES, [[due.id, due.openid, due.template_id] for due in batch], now + LEASE, now
        )
    return batch


async def _looked(lane: Lane, now: datetime, limit: int) -> list[dict[str, Any]]:
    """What is due; what came back into the queue after its notice was withdrawn ends here."""
    looked = LOOKED.format(address=lane.address, lock=sql.skip_locked())
    while True:
        found = await sql.rows(looked, now, lane.appid, limit, lane.channel)
        over = [[row["id"]] for row in found if row["withdrawn_at"] is not None]
        await sql.over_rows(OVER, ["bigint"], over, MOVED_ON)
        if not over or len(over) < len(found):
            return [row for row in found if row["withdrawn_at"] is None]


def _due(row: dict[str, Any], lane: Lane, left: dict[tuple[str, str], int]) -> Due:
    told_at, openid = sql.instant(row["created_at"]), row["openid"]
    assert told_at is not None
    template_id = lane.templates.get(row["kind"])
    credit = left.get((openid, template_id)) if template_id else None
    return Due(
        row["id"], lane.channel, row["route"], row["attempts"] + 1, row["notice_id"], row["person_id"],
        row["kind"], row["subject_kind"], row["subject_id"], row["school_id"], sql.document(row["facts"]),
        told_at, openid, template_id, credit,
    )  # fmt: skip


async def settle(outcomes: list[Outcome], now: datetime) -> None:
    """Write the receipts of a claimed batch, what they mean for the credit ledger, and the deliveries of the
    channels that tell the people instead, as one."""
    outcomes = await _still_wanted(outcomes)
    sent = [one for one in outcomes if one.state is DeliveryState.SENT]
    plain = [one for one in sent if one.receipt == SENT_RECEIPT]
    others = [one for one in outcomes if one.state is not DeliveryState.SENT or one.receipt != SENT_RECEIPT]
    async with in_transaction():
        await sql.over_rows(SENT, SENT_TYPES, [[one.id, one.message_id] for one in plain], now, SENT_RECEIPT)
        await sql.over_rows(SETTLED, SETTLED_TYPES, [_settled(one) for one in others])
        await attempts.keep(
            [
                [one.id, one.attempt, one.state.value, one.errcode, one.receipt[:200]]
                for one in outcomes
                if one.counted and (one.state is not DeliveryState.SENT or one.attempt > 1)
            ],
            now,
        )
        await put_next([[one.id, one.state.value, one.onward] for one in others if one.onward], now)
        await credits.spent(_pairs(sent), now)
        await credits.exhausted(_pairs(one for one in outcomes if one.errcode == SPENT), now)


async def _still_wanted(outcomes: list[Outcome]) -> list[Outcome]:
    """The outcomes, where nothing is tried again or another way that was withdrawn while it was being sent."""
    going = [one.id for one in outcomes if one.state is DeliveryState.WAITING or one.onward]
    found = await sql.rows(
        "SELECT d.id FROM delivery d JOIN notice n ON n.id = d.notice_id"  # noqa: S608
        f" WHERE d.id IN {sql.among(1, 'bigint')} AND n.withdrawn_at IS NOT NULL",
        sql.packed(going),
    ) if going else []  # fmt: skip
    over = {row["id"] for row in found}
    return [_ended(one) if one.id in over else one for one in outcomes]


def _ended(one: Outcome) -> Outcome:
    state = DeliveryState.WITHDRAWN if one.state is DeliveryState.WAITING else one.state
    run_at = one.run_at if state is DeliveryState.UNKNOWN else None
    receipt = f"{one.receipt[: 199 - len(MOVED_ON)]}；{MOVED_ON}"
    return replace(one, state=state, run_at=run_at, receipt=receipt, onward=None)


def _settled(one: Outcome) -> list[Any]:
    lease_until = one.run_at if one.state is DeliveryState.UNKNOWN else None
    return [
        one.id, one.state.value, one.run_at, one.errcode, one.receipt[:200], one.message_id,
        one.openid, one.template_id, lease_until, int(not one.counted),
    ]  # fmt: skip


def _pairs(outcomes: Iterable[Outcome]) -> list[tuple[str, str]]:
    return [(one.openid, one.template_id) for one in outcomes if one.openid and one.template_id]


NEXT = """
INSERT INTO delivery (notice_id, person_id, channel, route, state, run_at, attempts)
SELECT d.notice_id, d.person_id, v.c3, d.route, 'waiting', $4::timestamptz, 0 FROM {rows} JOIN delivery d ON d.id = v.c1
JOIN notice n ON n.id = d.notice_id AND n.withdrawn_at IS NULL
WHERE d.state = v.c2 ON CONFLICT (notice_id, person_id, channel) DO NOTHING
"""


async def put_next(moves: list[list[Any]], now: datetime) -> None:
    """Deliver by another channel: [delivery, the state it must be in, channel]; not what was withdrawn. In the
    caller's transaction."""
    await sql.over_rows(NEXT, ["bigint", "text", "text"], moves, now)


async def stuck(channel: str, kinds: Iterable[str], since: datetime, limit: int) -> list[Case]:
    """Deliveries of these kinds that have been due since an instant and were not claimed, oldest first. Locked
    in the caller's transaction."""
    wanted = list(kinds)
    found = await sql.rows(
        "SELECT d.id, d.channel, d.route, d.person_id, n.kind, n.school_id FROM delivery d"  # noqa: S608
        " JOIN notice n ON n.id = d.notice_id WHERE d.state = 'waiting' AND d.channel = $1 AND d.run_at <= $2"
        f" AND n.kind IN ({sql.places(wanted, 4)}) ORDER BY d.run_at, d.id LIMIT $3{sql.skip_locked('d')}",
        channel, since, limit, *wanted,
    )  # fmt: skip
    return [
        Case(row["id"], row["channel"], row["route"], row["person_id"], row["kind"], row["school_id"])
        for row in found
    ]


GIVEN_WAY = """
UPDATE delivery SET state = 'refused', receipt = v.c2 FROM {rows} WHERE delivery.id = v.c1 AND delivery.state = 'waiting'
"""


async def give_way(moves: list[tuple[int, str, str]], now: datetime) -> None:
    """Let another channel deliver what was never tried: [delivery, what its receipt says, channel]. In the
    caller's transaction."""
    await sql.over_rows(GIVEN_WAY, ["bigint", "text"], [[number, said[:200]] for number, said, _ in moves])
    await put_next([[number, "refused", channel] for number, _, channel in moves], now)


async def renew(ids: list[int], now: datetime) -> None:
    """Say that the worker of a batch still lives."""
    await sql.rows(
        f"UPDATE delivery SET lease_until = $1 WHERE state = 'sending' AND id IN ({sql.places(ids, 2)})"  # noqa: S608
        " RETURNING id",
        now + LEASE, *ids,
    )  # fmt: skip


LOST_RECEIPT = "发送途中中断，等待回执"


async def reap(now: datetime) -> list[Case]:
    """Deliveries whose worker died: waiting again where no call had begun, unknown where one may have. Returns
    the latter. In the caller's transaction."""
    await sql.rows(
        "UPDATE delivery SET state = 'waiting', lease_until = NULL WHERE state = 'sending'"
        " AND lease_until < $1 AND openid IS NULL RETURNING id",
        now,
    )
    found = await sql.rows(
        "UPDATE delivery SET state = 'unknown', receipt = $2, lease_until = $3"
        " WHERE state = 'sending' AND lease_until < $1"
        " RETURNING id, channel, route, person_id, notice_id, attempts",
        now, LOST_RECEIPT, now + SETTLE,
    )  # fmt: skip
    await attempts.keep([[row["id"], row["attempts"], "unknown", None, LOST_RECEIPT] for row in found], now)
    return await _cases(found)


async def _cases(found: list[dict[str, Any]]) -> list[Case]:
    if not found:
        return []
    notices = sorted({row["notice_id"] for row in found})
    told = await sql.rows(
        f"SELECT id, kind, school_id FROM notice WHERE id IN {sql.among(1, 'bigint')}",  # noqa: S608
        sql.packed(notices),
    )
    of = {row["id"]: (row["kind"], row["school_id"]) for row in told}
    return [
        Case(row["id"], row["channel"], row["route"], row["person_id"], *of[row["notice_id"]])
        for row in found
    ]


class Confirmed(Enum):
    """What an event told us: nothing new, that an unknown delivery was sent, or nothing yet."""

    KNOWN = "known"
    SETTLED = "settled"
    TOO_EARLY = "too_early"


async def confirm(
    channel: str,
    openid: str,
    template_id: str | None,
    message_id: str,
    delivered: bool,
    said: str,
    now: datetime,
) -> tuple[Confirmed, list[Case]]:
    """The platform's event about one message: by its id, else the oldest unknown delivery it can mean, by the
    template where the event names one.

    TOO_EARLY while a living worker is sending to the person: its receipt will bring the id. With it the
    deliveries that we now hear did not arrive.
    """
    state = DeliveryState.SENT if delivered else DeliveryState.REFUSED
    known = await sql.rows(
        "UPDATE delivery SET state = $4, receipt = $5, lease_until = NULL"
        " WHERE message_id = $3 AND openid = $1 AND channel = $2"
        " RETURNING id, channel, route, person_id, notice_id, attempts",
        openid, channel, message_id, state.value, said[:200],
    )  # fmt: skip
    if known:
        return Confirmed.KNOWN, [] if delivered else await _not_arrived(known, said, now)
    open_ones = await sql.rows(
        "SELECT id, CASE WHEN state = 'sending' AND lease_until > $3 THEN 1 ELSE 0 END AS alive"
        " FROM delivery WHERE openid = $1 AND channel = $2 AND message_id IS NULL"
        " AND ($4::text IS NULL OR template_id = $4::text)"
        " AND state IN ('unknown', 'sending') ORDER BY tried_at, id",
        openid, channel, now, template_id,
    )  # fmt: skip
    if any(row["alive"] for row in open_ones):
        return Confirmed.TOO_EARLY, []
    if not open_ones:
        return Confirmed.KNOWN, []
    settled = await sql.rows(
        "UPDATE delivery SET state = $2, receipt = $3, message_id = $4, lease_until = NULL"
        " WHERE id = $1 RETURNING id, channel, route, person_id, notice_id, attempts",
        open_ones[0]["id"], state.value, said[:200], message_id,
    )  # fmt: skip
    if not delivered:
        return Confirmed.SETTLED, await _not_arrived(settled, said, now)
    await attempts.keep([[row["id"], row["attempts"], state.value, None, said[:200]] for row in settled], now)
    return Confirmed.SETTLED, []


async def _not_arrived(found: list[dict[str, Any]], said: str, now: datetime) -> list[Case]:
    await attempts.keep([[row["id"], row["attempts"], "refused", None, said[:200]] for row in found], now)
    return await _cases(found)


# what shows that a channel's receipts come at all
RECEIPTS = {"subscribe": "subscribe_msg_sent_event", "official": "templatesendjobfinish"}


# where sending the same again shows once, for hours: how long and how often that is done
REPEATED = {"wecom": (timedelta(hours=3), 8)}

NOT_TAKEN_OVER = """
NOT EXISTS (SELECT 1 FROM delivery o WHERE o.notice_id = delivery.notice_id
            AND o.person_id = delivery.person_id AND o.id > delivery.id)
"""
AGAIN = f"""
UPDATE delivery SET state = 'waiting', run_at = $1, lease_until = NULL, openid = NULL
WHERE state = 'unknown' AND channel = $2 AND lease_until < $1 AND {NOT_TAKEN_OVER}
"""  # noqa: S608 - our own words


async def resolve_unknown(now: datetime) -> int:
    """Send again what the platform evidently never accepted: still unknown after the settling time, though
    events about later messages of the channel have come. Without such events it stays unknown, and so does what
    another channel has taken over. Where the platform passes over what it has had, no event is needed."""
    count = 0
    for channel, event in RECEIPTS.items():
        again = await sql.rows(
            f"{AGAIN} AND EXISTS (SELECT 1 FROM inbound_event e WHERE e.kind = $3"  # noqa: S608
            " AND e.received_at > delivery.tried_at) RETURNING id",
            now, channel, event,
        )  # fmt: skip
        count += len(again)
    for channel, (longest, most) in REPEATED.items():
        again = await sql.rows(
            f"{AGAIN} AND tried_at > $3 AND attempts < $4 RETURNING id", now, channel, now - longest, most
        )
        count += len(again)
    return count
