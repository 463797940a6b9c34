"""Telling check-ins that their visit has come, after it was sent and out of its way."""

from datetime import datetime

from tortoise.transactions import in_transaction

from models.checkins.weighing import visits_sent
from models.database import sql

BATCH = 200


async def tell_check_ins(now: datetime) -> int:
    """Every visit whose check-in does not know of it yet; return how many. Any number may run at once."""
    told = 0
    while True:
        async with in_transaction():
            found = await sql.rows(
                "SELECT id, check_in_id, received_at FROM visit WHERE NOT check_in_told ORDER BY id"  # noqa: S608
                f" LIMIT {BATCH}{sql.skip_locked()}"
            )
            sent = [(row["check_in_id"], sql.instant(row["received_at"])) for row in found]
            await visits_sent([(check_in_id, at) for check_in_id, at in sent if at is not None], now)
            ids = [row["id"] for row in found]
            await sql.rows(
                f"UPDATE visit SET check_in_told = true WHERE id IN ({sql.places(ids)}) RETURNING id",  # noqa: S608
                *ids,
            )
        told += len(found)
        if len(found) < BATCH:
            return told
