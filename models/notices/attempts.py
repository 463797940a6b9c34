"""A delivery's life, attempt by attempt."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.database import sql

KEPT = """
INSERT INTO attempt (delivery_id, number, state, errcode, receipt, at)
SELECT v.c1, v.c2, v.c3, v.c4, v.c5, $6::timestamptz FROM {rows}
"""
KEPT_TYPES = ["bigint", "int", "text", "int", "text"]


@dataclass(frozen=True)
class Attempt:
    delivery_id: int
    number: int
    state: str
    errcode: int | None
    receipt: str
    at: datetime


async def keep(lines: list[list[Any]], now: datetime) -> None:
    """Write [delivery, number, state, errcode, receipt] down. In the caller's transaction."""
    await sql.over_rows(KEPT, KEPT_TYPES, lines, now)


async def of_deliveries(ids: list[int]) -> dict[int, list[Attempt]]:
    """The attempts of deliveries that the caller may see, oldest first. None of one that was sent at once."""
    found = await sql.rows(
        f"SELECT delivery_id, number, state, errcode, receipt, at FROM attempt"  # noqa: S608
        f" WHERE delivery_id IN ({sql.places(ids)}) ORDER BY delivery_id, id",
        *ids,
    )
    told: dict[int, list[Attempt]] = {}
    for row in found:
        at = sql.instant(row["at"])
        assert at is not None
        one = Attempt(row["delivery_id"], row["number"], row["state"], row["errcode"], row["receipt"], at)
        told.setdefault(one.delivery_id, []).append(one)
    return told
