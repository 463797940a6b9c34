"""What somebody must do today."""

from dataclasses import dataclass
from datetime import date, datetime

from models.digests import sources
from models.digests.rules import Item, Standing, arranged
from models.digests.tables import Digest
from models.errors import NotFound
from models.people import access
from models.people.access import Viewer
from models.policies.calendar import beijing_date


@dataclass(frozen=True)
class Today:
    """Everything the viewer must do, most pressing first; `due` counts what is overdue or due today."""

    on: date
    items: list[Item]

    @property
    def due(self) -> int:
        return sum(item.standing in (Standing.OVERDUE, Standing.TODAY) for item in self.items)


async def today(viewer: Viewer, now: datetime) -> Today:
    """What the posts the viewer holds today must do. The morning list, the chat and the mini-program share it."""
    found = await sources.read([viewer.bound], now)
    return Today(beijing_date(now), arranged(found.get(viewer.bound, [])))


async def digest(viewer: Viewer, digest_id: int) -> Digest:
    """A digest as it was sent: the viewer's own, or of a division whose schools they may read; else NotFound."""
    found = await Digest.get_or_none(id=digest_id)
    if found is None:
        raise NotFound
    if found.division_code is not None:
        access.division(viewer, found.division_code)
    elif found.person_id != viewer.bound:
        raise NotFound
    return found
