"""Taking notices back before they are sent, also out of a message of several."""

from collections.abc import Sequence
from typing import Any

from models.database import sql
from models.notices.kinds import MERGED


async def take_back(about: str, values: Sequence[Any], receipt: str | None) -> list[int]:
    """End what of some notices has not been handed to a channel; returns the deliveries. In the caller's transaction.

    `about`: SQL for the ids of the notices, with places for the values. A message of several that has not gone
    yet is held and put together anew, without them.
    """
    # the message first: once it is held nobody sends it
    loose = await sql.rows(
        "UPDATE delivery SET state = 'held' WHERE state IN ('waiting', 'held') AND id IN (SELECT m.id"  # noqa: S608
        " FROM delivery o JOIN delivery m ON m.notice_id = o.merged_into AND m.person_id = o.person_id"
        f" JOIN notice n ON n.id = m.notice_id AND n.kind = '{MERGED}'"
        f" WHERE o.state = 'merged' AND o.notice_id IN ({about})) RETURNING notice_id",
        *values,
    )
    messages = [row["notice_id"] for row in loose]
    place = len(values) + 1
    gone = await sql.rows(
        f"UPDATE delivery SET state = 'withdrawn', receipt = COALESCE(${place}::text, receipt)"  # noqa: S608
        " WHERE (state IN ('waiting', 'held')"
        f" OR (state = 'merged' AND merged_into IN ({sql.places(messages, place + 1)})))"
        f" AND notice_id IN ({about}) RETURNING id",
        *values, receipt, *messages,
    )  # fmt: skip
    return sorted(row["id"] for row in gone)
