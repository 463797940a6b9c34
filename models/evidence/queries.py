"""Loading photos, for those who may see what they prove."""

from models.database import sql
from models.errors import NotFound
from models.evidence.tables import Photo, Purpose
from models.organisations.tables import School
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right


async def photo(viewer: Viewer, key: str) -> Photo:
    """A photo by its key: for its sender, for those who may read the school, or NotFound.

    Somebody who reported a problem also sees the photos of its rectification (the timeline is theirs).
    """
    found = await Photo.get_or_none(key=key)
    if found is None:
        raise NotFound
    if found.person_id == viewer.person_id:
        return found
    school = await School.get(id=found.school_id)
    if access.reaches(viewer, Right.READ_SCHOOL, school) is not None or await _follows(viewer, found):
        return found
    raise NotFound


async def _follows(viewer: Viewer, found: Photo) -> bool:
    if found.subject_kind != "problem" or viewer.person_id is None:
        return False
    rows = await sql.rows(
        "SELECT 1 AS yes FROM problem WHERE id = $1 AND finder_person_id = $2",
        found.subject_id,
        viewer.person_id,
    )
    return bool(rows)


async def keys_of(subject_kind: str, subject_id: int) -> list[tuple[str, Purpose]]:
    """Keys and purposes of a subject's photos, oldest first."""
    rows = (
        await Photo.filter(subject_kind=subject_kind, subject_id=subject_id)
        .order_by("id")
        .values("key", "purpose")
    )
    return [(row["key"], row["purpose"]) for row in rows]
