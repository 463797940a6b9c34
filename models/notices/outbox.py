"""The outbox: claiming deliveries, writing receipts, settling what is unknown.

A delivery goes waiting → sending → sent, refused, given up, or back to waiting with a later time. A
worker that dies in mid-send, or a reply that never comes, leaves it unknown: nobody can say whether
WeChat has it. WeChat's own event settles that (`confirm`); where it stays away although other events
arrive, the message was not accepted and is sent again (`resolve_unknown`). Nothing is resent blindly.

WeChat's event names the person, the template and a message id we may never have heard, not our delivery.
So one batch at a time is under way for a person, sent in the order of ids: what was sent of a dead
worker's batch is its beginning, and events settle it oldest first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.notices import credits
from models.notices.tables import DeliveryState

LEASE = timedelta(seconds=60)
SETTLE = timedelta(minutes=2)
CLAIM_LOCK = 530_000_002
# WeChat: consent spent or refused
SPENT = 43101

# Everything that sending needs, in one look: {lock} keeps a withdrawal from passing between look and claim. The
# limit stands inside, so that only what is taken is joined, however much is waiting.
LOOKED = """
SELECT d.id, d.attempts, d.person_id, n.kind, n.subject_kind, n.subject_id, n.facts, n.created_at,
       (SELECT MIN(i.openid) FROM identity i WHERE i.person_id = d.person_id AND i.appid = $2) AS openid
FROM (SELECT id, attempts, person_id, notice_id FROM delivery WHERE state = 'waiting' AND run_at <= $1
        AND person_id NOT IN (SELECT o.person_id FROM delivery o
                              WHERE o.state IN ('sending', 'unknown') AND o.lease_until > $1)
      ORDER BY run_at, id LIMIT $3{lock}) d
JOIN notice n ON n.id = d.notice_id
"""

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


@dataclass(frozen=True)
class Due:
    """A delivery this worker has claimed.

    `openid` None: the person never opened the mini-program. `template_id` None: this release has no words
    for the kind, as after going back to an older one. `credit`: messages left by our ledger; None: it knows
    nothing.
    """

    id: int
    attempts: int
    person_id: int
    kind: str
    subject_kind: str
    subject_id: int
    facts: dict[str, Any]
    told_at: datetime
    openid: str | None
    template_id: str | None
    credit: int | None


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt: the new state, when to look again, and what the platform said.

    `run_at` None: it keeps its place in the queue. `counted` False: nothing was attempted.
    """

    id: int
    state: DeliveryState
    run_at: datetime | None
    errcode: int | None
    receipt: str
    message_id: str | None = None
    openid: str | None = None
    template_id: str | None = None
    counted: bool = True


async def claim(appid: str, templates: Mapping[str, str], now: datetime, limit: int) -> list[Due]:
    """Take up to `limit` due deliveries for this worker, oldest first. Committed before anything is sent.

    `templates`: the template id of every kind of notice.
    """
    async with in_transaction():
        # one worker claims at a time: two that looked at once would both find a person free
        await sql.advisory_lock(CLAIM_LOCK)
        found = await sql.rows(LOOKED.format(lock=sql.skip_locked()), now, appid, limit)
        left = await credits.balances([row["openid"] for row in found if row["openid"]])
        batch = sorted((_due(row, templates, left) for row in found), key=lambda due: due.id)
        await sql.over_rows(
            CLAIMED, CLAIMED_TYPES, [[due.id, due.openid, due.template_id] for due in batch], now + LEASE, now
        )
    return batch


def _due(row: dict[str, Any], templates: Mapping[str, str], left: dict[tuple[str, str], int]) -> Due:
    told_at, openid = sql.instant(row["created_at"]), row["openid"]
    assert told_at is not None
    template_id = templates.get(row["kind"])
    credit = left.get((openid, template_id)) if template_id else None
    return Due(
        row["id"], row["attempts"] + 1, row["person_id"], row["kind"], row["subject_kind"],
        row["subject_id"], sql.document(row["facts"]), told_at, openid, template_id, credit,
    )  # fmt: skip


async def settle(outcomes: list[Outcome], now: datetime) -> None:
    """Write the receipts of a claimed batch, and what they mean for the credit ledger, as one."""
    sent = [one for one in outcomes if one.state is DeliveryState.SENT]
    others = [one for one in outcomes if one.state is not DeliveryState.SENT]
    async with in_transaction():
        await sql.over_rows(SENT, SENT_TYPES, [[one.id, one.message_id] for one in sent], now, SENT_RECEIPT)
        await sql.over_rows(SETTLED, SETTLED_TYPES, [_settled(one) for one in others])
        await credits.spent(_pairs(sent), now)
        await credits.exhausted(_pairs(one for one in outcomes if one.errcode == SPENT), now)


def _settled(one: Outcome) -> list[Any]:
    lease_until = one.run_at if one.state is DeliveryState.UNKNOWN else None
    return [
        one.id, one.state.value, one.run_at, one.errcode, one.receipt[:200], one.message_id,
        one.openid, one.template_id, lease_until, int(not one.counted),
    ]  # fmt: skip


def _pairs(outcomes: Iterable[Outcome]) -> list[tuple[str, str]]:
    return [(one.openid, one.template_id) for one in outcomes if one.openid and one.template_id]


async def renew(ids: list[int], now: datetime) -> None:
    """Say that the worker of a batch still lives."""
    await sql.rows(
        f"UPDATE delivery SET lease_until = $1 WHERE state = 'sending' AND id IN ({sql.places(ids, 2)})"  # noqa: S608
        " RETURNING id",
        now + LEASE, *ids,
    )  # fmt: skip


async def reap(now: datetime) -> int:
    """Deliveries whose worker died: unknown where a call may have begun, waiting where none had."""
    await sql.rows(
        "UPDATE delivery SET state = 'waiting', lease_until = NULL WHERE state = 'sending'"
        " AND lease_until < $1 AND openid IS NULL RETURNING id",
        now,
    )
    lost = await sql.rows(
        "UPDATE delivery SET state = 'unknown', receipt = $2, lease_until = $3"
        " WHERE state = 'sending' AND lease_until < $1 RETURNING id",
        now, "发送途中中断，等待微信回执", now + SETTLE,
    )  # fmt: skip
    return len(lost)


class Confirmed(Enum):
    """What an event told us: nothing new, that an unknown delivery was sent, or nothing yet."""

    KNOWN = "known"
    SETTLED = "settled"
    TOO_EARLY = "too_early"


async def confirm(
    openid: str, template_id: str, message_id: str, delivered: bool, said: str, now: datetime
) -> Confirmed:
    """WeChat's event about one message: by its id, else the oldest unknown delivery it can mean.

    TOO_EARLY while a living worker is sending to the person: its receipt will bring the id.
    """
    state = DeliveryState.SENT if delivered else DeliveryState.REFUSED
    known = await sql.rows(
        "UPDATE delivery SET state = $4, receipt = $5, lease_until = NULL"
        " WHERE message_id = $3 AND openid = $1 AND template_id = $2 RETURNING id",
        openid, template_id, message_id, state.value, said[:200],
    )  # fmt: skip
    if known:
        return Confirmed.KNOWN
    open_ones = await sql.rows(
        "SELECT id, CASE WHEN state = 'sending' AND lease_until > $3 THEN 1 ELSE 0 END AS alive"
        " FROM delivery WHERE openid = $1 AND template_id = $2 AND message_id IS NULL"
        " AND state IN ('unknown', 'sending') ORDER BY tried_at, id",
        openid, template_id, now,
    )  # fmt: skip
    if any(row["alive"] for row in open_ones):
        return Confirmed.TOO_EARLY
    if not open_ones:
        return Confirmed.KNOWN
    await sql.rows(
        "UPDATE delivery SET state = $2, receipt = $3, message_id = $4, lease_until = NULL"
        " WHERE id = $1 RETURNING id",
        open_ones[0]["id"], state.value, said[:200], message_id,
    )  # fmt: skip
    return Confirmed.SETTLED


async def resolve_unknown(now: datetime) -> int:
    """Send again what WeChat evidently never accepted: still unknown after the settling time, though
    events about later messages have come. Without such events it stays unknown."""
    again = await sql.rows(
        "UPDATE delivery SET state = 'waiting', run_at = $1, lease_until = NULL, openid = NULL"
        " WHERE state = 'unknown' AND lease_until < $1 AND EXISTS (SELECT 1 FROM inbound_event e"
        " WHERE e.kind = 'subscribe_msg_sent_event' AND e.received_at > delivery.tried_at) RETURNING id",
        now,
    )
    return len(again)
