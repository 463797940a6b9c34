"""Callbacks as a queue: stored once, then worked on until done."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.database import sql

MOST_ATTEMPTS = 8


@dataclass(frozen=True)
class Event:
    id: int
    appid: str
    kind: str
    openid: str
    body: dict[str, Any]
    received_at: datetime


@dataclass(frozen=True)
class Push:
    """A callback, read: what it is told apart by, the account, what happened to whom, and all it said."""

    dedupe_key: str
    appid: str
    kind: str
    openid: str
    body: dict[str, Any]


KEPT = """
INSERT INTO inbound_event (dedupe_key, appid, kind, openid, body, received_at, run_at, attempts)
SELECT v.c1, v.c2, v.c3, v.c4, {body}, $6::timestamptz, $6::timestamptz, 0 FROM {{rows}}
WHERE true ON CONFLICT (dedupe_key) DO NOTHING
"""
KEPT_TYPES = ["text", "text", "text", "text", "text"]


async def keep(pushes: list[Push], now: datetime) -> None:
    """Store callbacks before they are acknowledged, all or none. What the platform sent before is there."""
    body = "v.c5::jsonb" if sql.on_postgres() else "v.c5"
    cells = [[one.dedupe_key, one.appid, one.kind, one.openid, sql.dump(one.body)] for one in pushes]
    await sql.over_rows(KEPT.format(body=body), KEPT_TYPES, cells, now)


async def due(now: datetime, limit: int) -> list[Event]:
    """Lock waiting events, oldest first, in the caller's transaction."""
    found = await sql.rows(
        "SELECT id, appid, kind, openid, body, received_at FROM inbound_event WHERE run_at <= $1"  # noqa: S608
        f" ORDER BY run_at, id LIMIT {limit}{sql.skip_locked()}",
        now,
    )
    return [
        Event(row["id"], row["appid"], row["kind"], row["openid"], sql.document(row["body"]), _at(row))
        for row in found
    ]


def _at(row: dict[str, Any]) -> datetime:
    at = sql.instant(row["received_at"])
    assert at is not None
    return at


async def done(event_id: int) -> None:
    """Worked on; kept for deduplication."""
    await sql.rows("UPDATE inbound_event SET run_at = NULL WHERE id = $1 RETURNING id", event_id)


async def failed(event_id: int, now: datetime) -> None:
    """Try again later, twice as long each time; after eight times leave it for a person to look at."""
    await sql.rows(
        "UPDATE inbound_event SET attempts = attempts + 1, run_at = CASE WHEN attempts + 1 >= $2"
        " THEN NULL ELSE $3 END WHERE id = $1 RETURNING id",
        event_id, MOST_ATTEMPTS, now + timedelta(minutes=1),
    )  # fmt: skip


async def postpone(event_id: int, until: datetime) -> None:
    """Look at it again later; not counted as a failure."""
    await sql.rows("UPDATE inbound_event SET run_at = $2 WHERE id = $1 RETURNING id", event_id, until)
