"""Reading check-ins."""

from dataclasses import dataclass
from datetime import datetime

from models.checkins.tables import CheckIn
from models.people import access
from models.people.access import Viewer
from models.people.queries import names


@dataclass(frozen=True)
class Seen:
    id: int
    who: str
    at: datetime
    received_at: datetime
    rotating: bool
    place: str
    distance_m: int | None


async def at_school(
    viewer: Viewer, school_id: int, before_id: int | None = None, limit: int = 20
) -> list[Seen]:
    """Check-ins at a school the viewer may read, newest first."""
    school = await access.school(viewer, school_id)
    query = CheckIn.filter(school_id=school.id)
    if before_id is not None:
        query = query.filter(id__lt=before_id)
    found = await query.order_by("-id").limit(limit)
    who = await names({row.person_id for row in found})
    return [
        Seen(
            row.id, who[row.person_id], row.at, row.received_at,
            row.rotating_at is not None, row.place, row.distance_m,
        )
        for row in found
    ]  # fmt: skip
