"""How much is waiting, for those who watch the machine. Counts only: no limits of who may see, nobody in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.database import sql


@dataclass(frozen=True)
class Waiting:
    """`of`: the channel, or `events`. `since`: when the oldest became due; None when nothing waits."""

    of: str
    count: int
    since: datetime | None


async def deliveries(now: datetime) -> list[Waiting]:
    """What is due and has not been handed to a channel, by channel; also what is decided on before it is."""
    found = await sql.rows(
        "SELECT channel, SUM(n) AS n, MIN(since) AS since FROM ("
        "SELECT channel, COUNT(*) AS n, MIN(run_at) AS since FROM delivery"
        " WHERE state = 'waiting' AND run_at <= $1 GROUP BY channel UNION ALL"
        " SELECT channel, COUNT(*), MIN(run_at) FROM delivery"
        " WHERE state = 'held' AND run_at <= $1 GROUP BY channel) due GROUP BY channel ORDER BY channel",
        now,
    )
    return [_waiting(row["channel"], row) for row in found]


async def held(now: datetime) -> dict[str, int]:
    """What waits for others of the same person, or for the end of the quiet hours, by channel."""
    found = await sql.rows(
        "SELECT channel, COUNT(*) AS n FROM delivery WHERE state = 'held' AND run_at > $1"
        " GROUP BY channel ORDER BY channel",
        now,
    )
    return {row["channel"]: row["n"] for row in found}


async def unsettled() -> dict[tuple[str, str], int]:
    """Deliveries under way or of unknown fate, by channel and state."""
    found = await sql.rows(
        "SELECT channel, state, COUNT(*) AS n FROM delivery WHERE state IN ('sending', 'unknown')"
        " GROUP BY channel, state ORDER BY channel, state"
    )
    return {(row["channel"], row["state"]): row["n"] for row in found}


async def events(now: datetime) -> Waiting:
    """Callbacks that were stored and not worked on yet."""
    found = await sql.rows(
        "SELECT COUNT(*) AS n, MIN(run_at) AS since FROM inbound_event WHERE run_at <= $1", now
    )
    return _waiting("events", found[0])


def _waiting(of: str, row: dict[str, Any]) -> Waiting:
    return Waiting(of, int(row["n"]), sql.instant(row["since"]))
