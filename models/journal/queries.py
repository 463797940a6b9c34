"""Reading the journal. Callers have made sure that the subject may be seen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.journal.tables import JournalEntry


@dataclass(frozen=True)
class Step:
    id: int
    at: datetime
    verb: str
    person_id: int | None
    post_id: int | None
    facts: dict[str, Any]


async def steps(subject_kind: str, subject_id: int) -> list[Step]:
    """All steps of a subject, oldest first."""
    found = await JournalEntry.filter(subject_kind=subject_kind, subject_id=subject_id).order_by("id")
    return [Step(row.id, row.at, row.verb, row.person_id, row.post_id, row.facts) for row in found]


async def taken(request_key: str) -> JournalEntry | None:
    """The step already taken for a request key."""
    return await JournalEntry.get_or_none(request_key=request_key)
