"""The outbox: claiming deliveries, writing receipts, settling what is unknown, going on to the next channel.

A delivery is one notice to one person through one channel. It goes waiting → sending → sent, refused, given up, or back to waiting with a later time. A
worker that dies in mid-send, or a reply that never comes, leaves it unknown: nobody can say whether
WeChat has it. WeChat's own event settles that (`confirm`); where it stays away although other events
arrive, the message was not accepted and is sent again (`resolve_unknown`). Nothing is resent blindly. Where a channel cannot or may
not, the receipt's own transaction puts the delivery of the route's next channel.

WeChat's event names the person, the template and a message id we may never have heard, not our delivery.
So one batch at a time is under way for a person in a channel, sent in the order of ids: what was sent of a dead
worker's batch is its beginning, and events settle it oldest first. Until a dead worker's batch is said to be
unknown it keeps the next one back, and while events about the person wait in our own queue nothing is sent again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from operator import attrgetter
from typing import Any, NamedTuple

from tortoise.transactions import in_transaction

from models.database import sql
from models.notices import addresses, attempts, credits
from models.notices.kinds import BY_CODE, MERGES, MERGES_SQL
from models.notices.tables import DeliveryState
from models.policies import quiet
from models.policies.calendar import beijing_date

LEASE = timedelta(seconds=60)
SETTLE = timedelta(minutes=2)
# no worker leaves a dead one's batch longer without saying that nobody knows what became of it
UNREAPED = timedelta(days=1)
CLAIM_LOCK = 530_000_002
# WeChat: consent spent or refused
SPENT = 43101

# whether somebody holds a post on a day
HOLDS = """
EXISTS (SELECT 1 FROM holding h WHERE h.person_id = {person} AND h.post_id = {post}
        AND h.since_on <= {day} AND (h.until_on IS NULL OR h.until_on > {day}))
"""


def spoiled(day: str) -> str:
    """SQL: whether a message of several (of the notice `n`, in the delivery `d`) says something that was withdrawn
    meanwhile, or that the reader has left the post for. It is not sent as it is: what else it says is decided anew.
    """
    holds = HOLDS.format(person="d.person_id", post="said.post_id", day=day)
    return f"""
(n.kind IN ({MERGES_SQL}) AND EXISTS (SELECT 1 FROM delivery part JOIN notice said ON said.id = part.notice_id
  WHERE part.merged_into = n.id AND part.person_id = d.person_id AND part.state = 'merged'
  AND (said.withdrawn_at IS NOT NULL OR NOT {holds})))
"""  # noqa: S608 - our own words


# Everything that sending needs, in one look: {lock} keeps a withdrawal from passing between look and claim. The
# limit stands inside, so that only what is taken is joined, however much is waiting.
LOOKED = f"""
SELECT d.id, d.attempts, d.person_id, d.route, n.id AS notice_id, n.kind, n.subject_kind, n.subject_id,
       n.school_id, n.facts, n.created_at, n.withdrawn_at, n.wakes, {spoiled("$5")} AS spoiled,
       {{address}} AS openid, {HOLDS.format(person="d.person_id", post="n.post_id", day="$5")} AS holds
FROM (SELECT id, attempts, person_id, notice_id, route FROM delivery
      WHERE state = 'waiting' AND channel = $4 AND run_at <= $1
        AND person_id NOT IN (SELECT o.person_id FROM delivery o
                              WHERE o.state IN ('sending', 'unknown') AND o.lease_until > $6 AND o.channel = $4
                                AND (o.state = 'sending' OR o.lease_until > $1))
      ORDER BY run_at, id LIMIT $3{{lock}}) d
JOIN notice n ON n.id = d.notice_id
"""  # noqa: S608 - our own words

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

# In words that no index is made of: that of what is under way has all that was since the table was last vacuumed,
# and PostgreSQL would go through it for each batch instead of looking the batch up.
STILL_SENDING = "COALESCE(delivery.state, '') = 'sending'"

# Every claim is an attempt of its own: what a worker that stood still says of its own is no word on another's.
# The usual end, with as little as possible to say: openid and template stay as they were claimed
SENT = f"""
UPDATE delivery SET state = 'sent', run_at = $4, errcode = 0, receipt = $5, message_id = v.c2, lease_until = NULL
FROM {{rows}} WHERE delivery.id = v.c1 AND {STILL_SENDING} AND delivery.attempts = v.c3
"""  # noqa: S608 - our own words
SENT_TYPES = ["bigint", "text", "int"]
SENT_RECEIPT = "已发送"

SETTLED = f"""
UPDATE delivery SET state = v.c2, run_at = COALESCE(v.c3, run_at), errcode = v.c4, receipt = v.c5,
       message_id = v.c6, openid = v.c7, template_id = v.c8, lease_until = v.c9, attempts = attempts - v.c10
FROM {{rows}} WHERE delivery.id = v.c1 AND {STILL_SENDING} AND delivery.attempts = v.c11
"""  # noqa: S608 - our own words
SETTLED_TYPES = [
    "bigint", "text", "timestamptz", "int", "text", "text", "text", "text", "timestamptz", "int", "int",
]  # fmt: skip


OVER = "UPDATE delivery SET state = v.c2, receipt = v.c3 FROM {rows} WHERE delivery.id = v.c1"
MOVED_ON = "事项已有变化，不再发送"
LEFT = "任职已结束，不再发送"
DEFERRED = "UPDATE delivery SET run_at = v.c2 FROM {rows} WHERE delivery.id = v.c1"


# what a look found, by the names in it
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Lane:
    """What is claimed for a channel: `templates` has the template id of every kind of notice it has words for,
    `address` is the SQL that finds whom it speaks to, by `appid`. `consented`: the templates whose messages cost
    consent, which our ledger counts.
    """

    channel: str
    appid: str
    templates: Mapping[str, str]
    address: str = OPENID
    consented: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Case:
    """A delivery that may have to go on by another channel."""

    id: int
    channel: str
    route: str
    person_id: int
    kind: str
    school_id: int | None


class Due(NamedTuple):
    """A delivery this worker has claimed. A tuple, as one is made for every message.

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


class Outcome(NamedTuple):
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
        left = await _credit(lane, found) if lane.consented else {}
        batch = sorted((_due(row, lane, left) for row in found), key=attrgetter("id"))
        await sql.over_rows(
            CLAIMED, CLAIMED_TYPES, [[due.id, due.openid, due.template_id] for due in batch], now + LEASE, now
        )
    return batch


async def _credit(lane: Lane, found: Iterable[Row]) -> dict[tuple[str, str], int]:
    """What is left, by openid and template, where it costs consent."""
    asked = {kind for kind, template_id in lane.templates.items() if template_id in lane.consented}
    openids = [row["openid"] for row in found if row["openid"] and row["kind"] in asked]
    return await credits.balances(openids) if openids else {}


async def _looked(lane: Lane, now: datetime, limit: int) -> Sequence[Row]:
    """What is due and may go now."""
    looked = LOOKED.format(address=lane.address, lock=sql.skip_locked())
    while True:
        found = await sql.records(
            looked, now, lane.appid, limit, lane.channel, beijing_date(now), now - UNREAPED
        )
        kept = await _awake(await _wanted(found), now)
        if kept or not found:
            return kept


async def _wanted(found: Sequence[Row]) -> Sequence[Row]:
    """What came back into the queue after its notice was withdrawn ends here, and so does what waited until its
    reader had left the post. A message of several of which that is true of one is held for the others."""
    ends = {row["id"]: end for row in found if (end := _end_of(row)) is not None}
    if not ends:
        return found
    await sql.over_rows(OVER, ["bigint", "text", "text"], [[number, *end] for number, end in ends.items()])
    return [row for row in found if row["id"] not in ends]


def _end_of(row: Row) -> tuple[str, str] | None:
    """State and receipt of what is not sent any more as it is."""
    if row["withdrawn_at"] is not None:
        return DeliveryState.WITHDRAWN.value, MOVED_ON
    if row["kind"] in MERGES:
        return (DeliveryState.HELD.value, MOVED_ON) if row["spoiled"] else None
    return None if row["holds"] else (DeliveryState.WITHDRAWN.value, LEFT)


async def _awake(found: Sequence[Row], now: datetime) -> Sequence[Row]:
    """What may not ring in the quiet hours of its school's county waits for their end, whatever brought it here:
    another channel's failure, a pause, a worker that slept."""
    if not quiet.maybe(now):
        return found
    asleep = [
        row for row in found if not (row["wakes"] or (row["kind"] in BY_CODE and BY_CODE[row["kind"]].wakes))
    ]
    if not asleep:
        return found
    counties = await addresses.counties(sorted({row["school_id"] for row in asleep if row["school_id"]}))
    ends = await quiet.ends_in(set(counties.values()), now)
    later = {row["id"]: ends[counties[row["school_id"]]] for row in asleep if row["school_id"] in counties}
    waiting = [[number, at] for number, at in later.items() if at > now]
    await sql.over_rows(DEFERRED, ["bigint", "timestamptz"], waiting)
    return [row for row in found if later.get(row["id"], now) <= now]


def _due(row: Row, lane: Lane, left: Mapping[tuple[str, str], int]) -> Due:
    told_at, openid = sql.instant(row["created_at"]), row["openid"]
    assert told_at is not None
    template_id = lane.templates.get(row["kind"])
    credit = left.get((openid, template_id)) if template_id else None
    return Due(
        row["id"], lane.channel, row["route"], row["attempts"] + 1, row["notice_id"], row["person_id"],
        row["kind"], row["subject_kind"], row["subject_id"], row["school_id"], sql.document(row["facts"]),
        told_at, openid, template_id, credit,
    )  # fmt: skip


async def settle(outcomes: list[Outcome], now: datetime, consented: frozenset[str] = frozenset()) -> None:
    """Write the receipts of a claimed batch, what they mean for the credit ledger of the templates that cost
    consent, and the deliveries of the channels that tell the people instead, as one."""
    outcomes = await _still_wanted(outcomes)
    sent = [one for one in outcomes if one.state is DeliveryState.SENT]
    plain = [one for one in sent if one.receipt == SENT_RECEIPT]
    others = [one for one in outcomes if one.state is not DeliveryState.SENT or one.receipt != SENT_RECEIPT]
    async with in_transaction():
        await sql.over_rows(
            SENT, SENT_TYPES, [[one.id, one.message_id, one.attempt] for one in plain], now, SENT_RECEIPT
        )
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
        await credits.spent(_pairs(sent, consented), now)
        await credits.exhausted(_pairs((one for one in outcomes if one.errcode == SPENT), consented), now)


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
    return one._replace(state=state, run_at=run_at, receipt=receipt, onward=None)


def _settled(one: Outcome) -> list[Any]:
    lease_until = one.run_at if one.state is DeliveryState.UNKNOWN else None
    return [
        one.id, one.state.value, one.run_at, one.errcode, one.receipt[:200], one.message_id,
        one.openid, one.template_id, lease_until, int(not one.counted), one.attempt,
    ]  # fmt: skip


def _pairs(outcomes: Iterable[Outcome], consented: frozenset[str]) -> list[tuple[str, str]]:
    return [
        (one.openid, one.template_id)
        for one in outcomes
        if one.openid and one.template_id and one.template_id in consented
    ]


NEXT = f"""
INSERT INTO delivery (notice_id, person_id, channel, route, state, run_at, attempts)
SELECT d.notice_id, d.person_id, v.c3, d.route, 'waiting', $4::timestamptz, 0 FROM {{rows}} JOIN delivery d ON d.id = v.c1
JOIN notice n ON n.id = d.notice_id AND n.withdrawn_at IS NULL
WHERE d.state = v.c2 AND v.c3 <> d.channel AND NOT {spoiled("$5")}
ON CONFLICT (notice_id, person_id, channel) DO NOTHING
"""  # noqa: S608 - our own words

# what a message of several says, as deliveries of their own, on which it is decided anew how they go
PARTS = f"""
INSERT INTO delivery (notice_id, person_id, channel, route, state, run_at, attempts)
SELECT DISTINCT o.notice_id, o.person_id, v.c3, d.route, 'held', $4::timestamptz, 0
FROM {{rows}} JOIN delivery d ON d.id = v.c1
JOIN notice n ON n.id = d.notice_id AND n.kind IN ({MERGES_SQL})
JOIN delivery o ON o.merged_into = n.id AND o.person_id = d.person_id AND o.state = 'merged'
JOIN notice p ON p.id = o.notice_id AND p.withdrawn_at IS NULL AND p.kind NOT IN ({MERGES_SQL})
WHERE d.state = v.c2 AND (v.c3 = d.channel OR {spoiled("$5")})
ON CONFLICT (notice_id, person_id, channel) DO UPDATE SET state = 'held', run_at = EXCLUDED.run_at, merged_into = NULL,
  receipt = NULL WHERE delivery.state = 'merged'
"""  # noqa: S608 - our own words


async def put_next(moves: list[list[Any]], now: datetime) -> None:
    """Deliver by another channel: [delivery, the state it must be in, channel]; not what was withdrawn. In the
    caller's transaction.

    A message of several goes on whole, but for one that says something withdrawn, or that is to go by its own
    channel: what it says goes on then.
    """
    for statement in (NEXT, PARTS):
        await sql.over_rows(statement, ["bigint", "text", "text"], moves, now, beijing_date(now))


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


async def renew(batch: list[Due], now: datetime) -> bool:
    """Say that the worker of a batch still lives; False when others have taken it for dead."""
    mine = ",".join(f"(${place}::bigint, ${place + 1}::int)" for place in range(2, 2 + 2 * len(batch), 2))
    renewed = await sql.rows(
        f"UPDATE delivery SET lease_until = $1 WHERE {STILL_SENDING}"  # noqa: S608 - our own words, and places
        f" AND (id, attempts) IN (VALUES {mine}) RETURNING id",
        now + LEASE, *(cell for due in batch for cell in (due.id, due.attempts)),
    )  # fmt: skip
    return len(renewed) == len(batch)


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

    TOO_EARLY while a living worker is sending to the person: its receipt will bring the id; and when another event
    about the person took the same delivery in the same moment. With it the deliveries that we now hear did not arrive.
    """
    state = DeliveryState.SENT if delivered else DeliveryState.REFUSED
    # looked at first: a living worker's receipt that comes in between is then found by its id below
    open_ones = await sql.rows(
        "SELECT id, CASE WHEN state = 'sending' AND lease_until > $3 THEN 1 ELSE 0 END AS alive"
        " FROM delivery WHERE openid = $1 AND channel = $2 AND message_id IS NULL"
        " AND ($4::text IS NULL OR template_id = $4::text)"
        " AND state IN ('unknown', 'sending') ORDER BY tried_at, id",
        openid, channel, now, template_id,
    )  # fmt: skip
    known = await sql.rows(
        "UPDATE delivery SET state = $4, receipt = $5, lease_until = NULL"
        " WHERE message_id = $3 AND openid = $1 AND channel = $2"
        " RETURNING id, channel, route, person_id, notice_id, attempts",
        openid, channel, message_id, state.value, said[:200],
    )  # fmt: skip
    if known:
        return Confirmed.KNOWN, [] if delivered else await _not_arrived(known, said, now)
    if any(row["alive"] for row in open_ones):
        return Confirmed.TOO_EARLY, []
    if not open_ones:
        return Confirmed.KNOWN, []
    settled = await sql.rows(
        "UPDATE delivery SET state = $2, receipt = $3, message_id = $4, lease_until = NULL"
        " WHERE id = $1 AND message_id IS NULL AND state IN ('unknown', 'sending')"
        " RETURNING id, channel, route, person_id, notice_id, attempts",
        open_ones[0]["id"], state.value, said[:200], message_id,
    )  # fmt: skip
    if not settled:
        # another event about the person was read at the same time, and meant this one
        return Confirmed.TOO_EARLY, []
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
            " AND e.received_at > delivery.tried_at) AND NOT EXISTS (SELECT 1 FROM inbound_event w"
            " WHERE w.run_at IS NOT NULL AND w.kind = $3 AND w.openid = delivery.openid) RETURNING id",
            now, channel, event,
        )  # fmt: skip
        count += len(again)
    for channel, (longest, most) in REPEATED.items():
        again = await sql.rows(
            f"{AGAIN} AND tried_at > $3 AND attempts < $4 RETURNING id", now, channel, now - longest, most
        )
        count += len(again)
    return count
