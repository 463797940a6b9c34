"""Channels whose quota of the day is used up."""

from dataclasses import dataclass
from datetime import datetime

from models.database import sql


@dataclass(frozen=True)
class Pause:
    until: datetime
    errcode: int
    receipt: str


async def current(now: datetime) -> dict[str, Pause]:
    """The channels that are to keep still, and until when."""
    found = await sql.rows("SELECT channel, until, errcode, receipt FROM channel_pause WHERE until > $1", now)
    held: dict[str, Pause] = {}
    for row in found:
        until = sql.instant(row["until"])
        assert until is not None
        held[row["channel"]] = Pause(until, row["errcode"], row["receipt"])
    return held


async def pause(channel: str, found: Pause) -> None:
    """Let a channel keep still until an instant. Repeatable."""
    await sql.rows(
        "INSERT INTO channel_pause (channel, until, errcode, receipt) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (channel) DO UPDATE SET until = $2, errcode = $3, receipt = $4 RETURNING id",
        channel, found.until, found.errcode, found.receipt,
    )  # fmt: skip
