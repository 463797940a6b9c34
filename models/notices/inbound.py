"""Callbacks as a queue: stored once, then worked on until done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql

MOST_ATTEMPTS = 8
# as long as fetching a few pictures over a slow line may take
LEASE = timedelta(minutes=3)

TAKE_LOCK = 530_000_014
# Words of one person are worked on one after the other, also by several workers: while an earlier one is
# unfinished, waiting or under way, the next is not taken. Nor is one with an earlier number that came to light
# after a later one was begun (two processes stored them in the same moment).
TAKE = """
UPDATE inbound_event SET run_at = $2, attempts = attempts + 1 WHERE id IN (
  SELECT e.id FROM inbound_event e WHERE e.run_at <= $1 AND e.ordered AND NOT EXISTS (
    SELECT 1 FROM inbound_event b WHERE b.appid = e.appid AND b.openid = e.openid AND b.ordered
    AND b.run_at IS NOT NULL AND (b.id < e.id OR (b.id > e.id AND b.run_at > $1)))
  ORDER BY e.run_at, e.id LIMIT 1{lock})
RETURNING id, appid, kind, openid, body, received_at, attempts
"""


@dataclass(frozen=True)
class Event:
    """`attempts`: how often it was begun, for events taken one by one."""

    id: int
    appid: str
    kind: str
    openid: str
    body: dict[str, Any]
    received_at: datetime
    attempts: int


@dataclass(frozen=True)
class Push:
    """A callback, read: what it is told apart by, the account, what happened to whom, and all it said.

    `ordered`: what a person said or did in a chat, to be worked on in the order it came in.
    """

    dedupe_key: str
    appid: str
    kind: str
    openid: str
    body: dict[str, Any]
    ordered: bool = False


KEPT = """
INSERT INTO inbound_event (dedupe_key, appid, kind, openid, body, received_at, run_at, attempts, ordered)
SELECT v.c1, v.c2, v.c3, v.c4, {body}, $7::timestamptz, $7::timestamptz, 0, v.c6 FROM {{rows}}
WHERE true ON CONFLICT (dedupe_key) DO NOTHING
"""
KEPT_TYPES = ["text", "text", "text", "text", "text", "boolean"]


async def keep(pushes: list[Push], now: datetime) -> None:
    """Store callbacks before they are acknowledged, all or none. What the platform sent before is there."""
    body = "v.c5::jsonb" if sql.on_postgres() else "v.c5"
    cells = [
        [one.dedupe_key, one.appid, one.kind, one.openid, sql.dump(one.body), one.ordered] for one in pushes
    ]
    await sql.over_rows(KEPT.format(body=body), KEPT_TYPES, cells, now)


async def due(now: datetime, limit: int) -> list[Event]:
    """Lock waiting events that need no order, oldest first, in the caller's transaction."""
    found = await sql.rows(
        "SELECT id, appid, kind, openid, body, received_at, attempts FROM inbound_event"  # noqa: S608
        f" WHERE run_at <= $1 AND NOT ordered ORDER BY run_at, id LIMIT {limit}{sql.skip_locked()}",
        now,
    )
    return [_event(row) for row in found]


async def take(now: datetime) -> Event | None:
    """Take the next of what people said, for this worker alone, until its lease ends. Committed at once."""
    async with in_transaction():
        # one worker takes at a time: two that looked at once would both find a person free
        await sql.advisory_lock(TAKE_LOCK)
        found = await sql.rows(TAKE.format(lock=sql.skip_locked("e")), now, now + LEASE)
    return _event(found[0]) if found else None


def _event(row: dict[str, Any]) -> Event:
    return Event(
        row["id"], row["appid"], row["kind"], row["openid"], sql.document(row["body"]), _at(row), row["attempts"]
    )  # fmt: skip


def _at(row: dict[str, Any]) -> datetime:
    at = sql.instant(row["received_at"])
    assert at is not None
    return at


async def done(event_id: int) -> None:
    """Worked on; kept for deduplication."""
    await sql.rows("UPDATE inbound_event SET run_at = NULL WHERE id = $1 RETURNING id", event_id)


async def finish(event: Event) -> bool:
    """Worked on, by whoever took it last: False when the lease was over and somebody else has it."""
    mine = await sql.rows(
        "UPDATE inbound_event SET run_at = NULL WHERE id = $1 AND attempts = $2 AND run_at IS NOT NULL"
        " RETURNING id",
        event.id, event.attempts,
    )  # fmt: skip
    return bool(mine)


async def again(event: Event, at: datetime) -> None:
    """Take it again later, if it is still ours."""
    await sql.rows(
        "UPDATE inbound_event SET run_at = $3 WHERE id = $1 AND attempts = $2 AND run_at IS NOT NULL"
        " RETURNING id",
        event.id, event.attempts, at,
    )  # fmt: skip


async def failed(event_id: int, now: datetime) -> None:
    """Try again in a minute; after eight times leave it for a person to look at. Not what another worker, who took it
    the moment it was free again, has done with meanwhile."""
    await sql.rows(
        "UPDATE inbound_event SET attempts = attempts + 1, run_at = CASE WHEN attempts + 1 >= $2"
        " THEN NULL ELSE $3::timestamptz END WHERE id = $1 AND run_at IS NOT NULL RETURNING id",
        event_id, MOST_ATTEMPTS, now + timedelta(minutes=1),
    )  # fmt: skip


async def postpone(event_id: int, until: datetime) -> None:
    """Look at it again later, unless another worker has done with it meanwhile; not counted as a failure."""
    await sql.rows(
        "UPDATE inbound_event SET run_at = $2 WHERE id = $1 AND run_at IS NOT NULL RETURNING id",
        event_id,
        until,
    )
