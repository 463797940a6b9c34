"""Taking notices back before they are sent, also out of a message of several."""

from collections.abc import Sequence
from typing import Any

from models.database import sql
from models.notices.kinds import MERGES_SQL

# The messages that have not gone yet, in order: two that take back at once wait for each other.
MESSAGES = f"""
SELECT m.id, m.notice_id FROM delivery o JOIN delivery m ON m.notice_id = o.merged_into AND m.person_id = o.person_id
JOIN notice n ON n.id = m.notice_id AND n.kind IN ({MERGES_SQL})
WHERE o.state = 'merged' AND m.state IN ('waiting', 'held') AND o.notice_id IN ({{about}}) ORDER BY m.id
"""  # noqa: S608


async def take_back(about: str, values: Sequence[Any], receipt: str | None) -> list[int]:
    """End what of some notices has not been handed to a channel; returns the deliveries. In the caller's transaction.

    `about`: SQL for the ids of the notices, with places for the values. A message of several that has not gone
    yet is held and put together anew, without them. One that is under way may arrive; should it have to be tried
    again, or go another way, it is put together anew then, for the caller marks the notices (outbox.spoiled).
    """
    place = len(values) + 1
    # these first: whoever is merging one of them has done so once we have the row, and we find it in its message
    gone = await sql.rows(
        f"UPDATE delivery SET state = 'withdrawn', receipt = COALESCE(${place}::text, receipt)"  # noqa: S608
        f" WHERE state IN ('waiting', 'held') AND notice_id IN ({about}) RETURNING id",
        *values, receipt,
    )  # fmt: skip
    lock = " FOR UPDATE OF m" if sql.on_postgres() else ""
    messages = await sql.rows(MESSAGES.format(about=about) + lock, *values)
    if messages:
        loose = sorted({row["id"] for row in messages})
        await sql.rows(
            f"UPDATE delivery SET state = 'held' WHERE id IN ({sql.places(loose)}) RETURNING id",  # noqa: S608
            *loose,
        )
        inside = sorted({row["notice_id"] for row in messages})
        gone += await sql.rows(
            f"UPDATE delivery SET state = 'withdrawn', receipt = COALESCE(${place}::text, receipt)"  # noqa: S608
            f" WHERE state = 'merged' AND merged_into IN ({sql.places(inside, place + 1)})"
            f" AND notice_id IN ({about}) RETURNING id",
            *values, receipt, *inside,
        )  # fmt: skip
    return sorted(row["id"] for row in gone)
