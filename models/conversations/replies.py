"""Answers on their way: claimed, committed, handed over once, and what became of them.

`run_at` is when to try a waiting one, and until when the worker of a sending one is believed alive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.conversations.tables import ReplyState
from models.database import sql

LEASE = timedelta(seconds=60)
# WeChat closes the chat 48 hours after the person's last word
WORTH_SENDING = timedelta(hours=48)

# the earliest unfinished answer of each conversation: answers arrive in the order of the questions
CLAIM = """
UPDATE reply SET state = 'sending', run_at = $2, attempts = attempts + 1 WHERE id IN (
  SELECT r.id FROM reply r WHERE r.state = 'waiting' AND r.run_at <= $1 AND r.appid IN ({appids})
  AND NOT EXISTS (SELECT 1 FROM reply e WHERE e.appid = r.appid AND e.openid = r.openid
    AND e.run_at IS NOT NULL AND e.id < r.id)
  ORDER BY r.run_at, r.id LIMIT {limit}{lock}) RETURNING id, appid, openid, text, card, attempts, created_at
"""


@dataclass(frozen=True)
class Due:
    id: int
    appid: str
    openid: str
    text: str
    card: str
    attempts: int
    created_at: datetime


@dataclass(frozen=True)
class Outcome:
    """What became of an answer; `run_at` only while it waits."""

    id: int
    state: ReplyState
    receipt: str
    errcode: int | None = None
    run_at: datetime | None = None


async def claim(appids: Sequence[str], now: datetime, limit: int) -> list[Due]:
    """Take answers of these accounts for this worker, at most one a conversation."""
    statement = CLAIM.format(appids=sql.places(list(appids), 3), limit=limit, lock=sql.skip_locked("r"))
    found = await sql.rows(statement, now, now + LEASE, *appids)
    return [
        Due(row["id"], row["appid"], row["openid"], row["text"], row["card"] or "", row["attempts"], at)
        for row in sorted(found, key=lambda row: row["id"])
        if (at := sql.instant(row["created_at"]))
    ]


async def settle(outcome: Outcome) -> None:
    await sql.rows(
        "UPDATE reply SET state = $2, receipt = $3, errcode = $4, run_at = $5"
        " WHERE id = $1 AND state = 'sending' RETURNING id",
        outcome.id, outcome.state.value, outcome.receipt[:200], outcome.errcode, outcome.run_at,
    )  # fmt: skip


async def reap(now: datetime) -> int:
    """Answers whose worker died: nobody can say whether they went out, so they do not go again."""
    lost = await sql.rows(
        "UPDATE reply SET state = 'unknown', receipt = $2, run_at = NULL"
        " WHERE state = 'sending' AND run_at <= $1 RETURNING id",
        now, "发送途中中断，不再重发",
    )  # fmt: skip
    return len(lost)
