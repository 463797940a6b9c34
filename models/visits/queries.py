"""Reading visits."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.errors import NotFound
from models.evidence import queries as evidence
from models.evidence import repeats
from models.evidence.awaited import Awaited, outstanding
from models.evidence.repeats import Repeat
from models.evidence.tables import Purpose
from models.organisations.tables import School
from models.people import access
from models.people.access import Viewer
from models.people.queries import names
from models.people.rights import Right
from models.visits.tables import RectificationNotice, Visit, VisitKind
from models.visits.veiling import veiled


@dataclass(frozen=True)
class VisitLine:
    visit: Visit
    who: str
    awaited: list[Awaited]


@dataclass(frozen=True)
class WholeVisit:
    visit: Visit
    school: School
    who: str
    # words as the viewer may read them
    answers: list[dict[str, Any]]
    follow_ups: list[dict[str, Any]]
    remarks: str
    companions: str
    defence: str
    reply: str
    photos: list[str]
    signatures: list[str]
    awaited: list[Awaited]
    repeats: list[Repeat]
    # which of the signatures is the school's, and who answered from their own phone
    school_signature: str | None
    answered_by: str | None
    notice: RectificationNotice | None


class RecordState(StrEnum):
    """Whether a visit's record has the school's answer; NONE: it needs none."""

    NONE = "none"
    INCOMPLETE = "incomplete"
    COMPLETE = "complete"


def record_state(visit: Visit) -> RecordState:
    if visit.completed_at is not None:
        return RecordState.COMPLETE
    return RecordState.NONE if visit.record_due_at is None else RecordState.INCOMPLETE


async def at_school(
    viewer: Viewer, school_id: int, before_id: int | None = None, limit: int = 20
) -> list[VisitLine]:
    """Visits to a school the viewer may read, newest first, below an id."""
    school = await access.school(viewer, school_id)
    query = Visit.filter(school_id=school.id)
    if before_id is not None:
        query = query.filter(id__lt=before_id)
    found = await query.order_by("-id").limit(limit)
    who = await names({visit.person_id for visit in found})
    awaited = await outstanding("visit", [visit.id for visit in found])
    return [VisitLine(visit, who[visit.person_id], awaited.get(visit.id, [])) for visit in found]


async def whole(viewer: Viewer, visit_id: int) -> WholeVisit:
    """One visit with its pictures: for its sender and those who may read the school, or NotFound."""
    visit = await Visit.get_or_none(id=visit_id)
    if visit is None:
        raise NotFound
    school = await School.get(id=visit.school_id)
    if visit.person_id != viewer.person_id and not access.reaches(viewer, Right.READ_SCHOOL, school):
        raise NotFound
    who = await names({visit.person_id} | ({visit.answered_by} if visit.answered_by else set()))
    pictures = await evidence.keys_of("visit", visit.id)
    awaited = await outstanding("visit", [visit.id])
    hidden = await veiled(viewer, school, visit)
    signatures = [key for key, purpose in pictures if purpose is Purpose.SIGNATURE]
    return WholeVisit(
        visit,
        school,
        who[visit.person_id],
        hidden.answers(await _shown(visit)),
        hidden.follow_ups(visit.follow_ups or []),
        hidden.visitors(visit.remarks),
        hidden.visitors(visit.companions),
        hidden.schools(visit.defence),
        hidden.schools(visit.answer_words or ""),
        [key for key, purpose in pictures if purpose is not Purpose.SIGNATURE],
        signatures,
        awaited.get(visit.id, []),
        await repeats.of_record(viewer, school, "visit", visit.id),
        await _school_signature(visit, signatures),
        who.get(visit.answered_by) if visit.answered_by else None,
        await RectificationNotice.get_or_none(visit_id=visit.id),
    )


async def _shown(visit: Visit) -> list[dict[str, Any]]:
    """The answers as sent, with keys for the photos that were named before they came."""
    named = [
        (visit.person_id, name)
        for answer in visit.answers
        for name in answer.get("photos") or []  # type: ignore[attr-defined]
    ]
    keys = await evidence.arrived(named)
    if not keys:
        return visit.answers
    return [
        answer | {"photos": [keys.get((visit.person_id, name), name) for name in answer.get("photos") or []]}  # type: ignore[attr-defined]
        for answer in visit.answers
    ]


async def _school_signature(visit: Visit, signatures: list[str]) -> str | None:
    """The school's, by key. On a supervisor's form kept before it said whose they are, it is the second of two."""
    name = visit.school_signature
    if name is None:
        both = visit.kind is VisitKind.SUPERVISOR and len(signatures) == 2
        return signatures[1] if both else None
    # who confirmed on their own phone sent it; on site it came with the visitor's
    signer = visit.answered_by or visit.person_id
    keys = await evidence.arrived([(signer, name)])
    return keys.get((signer, name), name)
