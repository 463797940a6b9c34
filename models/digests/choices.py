"""Whether and when somebody wants the morning list."""

from datetime import datetime

from models.database import sql
from models.digests.tables import MorningChoice
from models.errors import Invalid
from models.people.access import Viewer

EARLIEST_MIN, LATEST_MIN, STEP_MIN = 300, 1080, 10


class BadMorning(Invalid):
    code = "morning_hour"
    sentence = "清单的时间只能选早上5点到下午6点之间的整10分钟。"


async def choose(viewer: Viewer, wanted: bool, at_min: int | None, now: datetime) -> None:
    """Turn the list on or off, and choose its minute of the Beijing day; None: as the division's policy says.

    Holds from the next list on. Repeatable.
    """
    if at_min is not None and (not EARLIEST_MIN <= at_min <= LATEST_MIN or at_min % STEP_MIN):
        raise BadMorning
    await sql.rows(
        "INSERT INTO morning_choice (person_id, wanted, at_min, changed_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (person_id) DO UPDATE SET wanted = $2, at_min = $3, changed_at = $4 RETURNING id",
        viewer.bound, wanted, at_min, now,
    )  # fmt: skip


async def chosen(viewer: Viewer) -> tuple[bool, int | None]:
    """What the viewer chose; wanted, at policy's minute, where they chose nothing."""
    found = await MorningChoice.get_or_none(person_id=viewer.bound)
    return (found.wanted, found.at_min) if found else (True, None)
