"""Remembering a conversation and what we answer, in the transaction that does what was asked."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.conversations.states import EMPTY, FORGOTTEN_AFTER, State, read, written
from models.database import sql

MOST_WRONG_CODES = 5
LOCKED_FOR = timedelta(hours=1)

KEEP = """
INSERT INTO conversation (appid, openid, state, expires_at, heard_at) VALUES ($1, $2, $3::jsonb, $4, $5)
ON CONFLICT (appid, openid) DO UPDATE SET state = $3::jsonb, expires_at = $4, heard_at = $5
RETURNING id
"""

WRONG = """
INSERT INTO conversation (appid, openid, state, heard_at, wrong_codes) VALUES ($1, $2, '{}', $3, 1)
ON CONFLICT (appid, openid) DO UPDATE SET
  wrong_codes = CASE WHEN conversation.wrong_codes + 1 >= $5 THEN 0 ELSE conversation.wrong_codes + 1 END,
  locked_until = CASE WHEN conversation.wrong_codes + 1 >= $5 THEN $4 ELSE conversation.locked_until END
RETURNING id
"""


@dataclass(frozen=True)
class Remembered:
    """Where a conversation stands. `locked`: too many wrong codes, no more are taken for now."""

    state: State
    forgotten: bool
    locked: bool
    # who the identity belonged to then; None: to nobody
    person_id: int | None = None

    def of(self, person_id: int | None) -> "Remembered":
        """As somebody else finds it who has the identity now: nothing of what the other had begun."""
        others = self.person_id is not None and self.person_id != person_id
        return replace(self, state=EMPTY, forgotten=False) if others else self


async def remember(appid: str, openid: str, now: datetime) -> Remembered:
    """Where a conversation stands; `forgotten` when something was begun too long ago."""
    found = await sql.rows(
        "SELECT state, expires_at, locked_until FROM conversation WHERE appid = $1 AND openid = $2",
        appid, openid,
    )  # fmt: skip
    if not found:
        return Remembered(EMPTY, False, False)
    stored = sql.document(found[0]["state"])
    state = read(stored)
    ends, locked = sql.instant(found[0]["expires_at"]), sql.instant(found[0]["locked_until"])
    over = ends is not None and ends <= now
    return Remembered(
        EMPTY if over else state, over and state.begun, locked is not None and locked > now, stored.get("person_id")
    )  # fmt: skip


async def keep(appid: str, openid: str, state: State, person_id: int | None, now: datetime) -> None:
    """Where the conversation with a person stands now, in the caller's transaction."""
    expires_at = None if state == EMPTY else now + FORGOTTEN_AFTER
    stored = {} if state == EMPTY else written(state) | {"person_id": person_id}
    await sql.rows(KEEP, appid, openid, sql.dump(stored), expires_at, now)


async def wrong_code(appid: str, openid: str, now: datetime) -> None:
    """A binding code was none: after five, no more are taken for an hour. In the caller's transaction."""
    await sql.rows(WRONG, appid, openid, now, now + LOCKED_FOR, MOST_WRONG_CODES)


async def answer(event_id: int, appid: str, openid: str, text: str, now: datetime, *, card: str = "") -> None:
    """What to answer to an event, once however often it is worked on. In the caller's transaction.

    `card`: the response code of the card that was pressed.
    """
    await sql.rows(
        "INSERT INTO reply (event_id, appid, openid, text, card, state, run_at, attempts, created_at)"
        " VALUES ($1, $2, $3, $4, $5, 'waiting', $6, 0, $6) ON CONFLICT (event_id) DO NOTHING RETURNING id",
        event_id, appid, openid, text, card[:128] or None, now,
    )  # fmt: skip
