"""Loading photos, for those who may see what they prove."""

from collections.abc import Collection, Iterable
from datetime import datetime

from models.database import sql
from models.errors import NotFound
from models.evidence.awaited import BY_REQUEST
from models.evidence.renditions import Rendition
from models.evidence.tables import Photo, Purpose
from models.organisations.tables import School
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right
from models.policies.declared import HIDE_FACES
from models.policies.queries import effective


class PhotoUnderReview(NotFound):
    code = "photo_under_review"
    sentence = "这张照片正在审核，通过后可以看。"


class RenditionNotReady(NotFound):
    code = "rendition_not_ready"
    sentence = "带水印的照片还在生成，请稍后再看；现在可以先看原图。"


class RenditionFailed(NotFound):
    code = "rendition_failed"
    sentence = "这张照片生成不了带水印的版本，请看原图。"


class FacesNotHidden(NotFound):
    code = "faces_not_hidden"
    sentence = "正在遮挡照片里的人脸，请稍后再看。"


OUTSIDE = {
    Rendition.ORIGINAL: Rendition.HIDDEN,
    Rendition.MARKED: Rendition.HIDDEN,
    Rendition.THUMB: Rendition.HIDDEN_THUMB,
}


async def for_eyes_of(viewer: Viewer, photos: Collection[Photo], wanted: Rendition) -> dict[str, Rendition]:
    """Which rendition of each photo somebody gets who asks for one; by key.

    Whoever holds a post at the school, took the picture or reported the problem sees it as it is. Others
    see faces hidden where the county wants it so.
    """
    inside = {held.school_id for held in viewer.posts}
    far = [
        one
        for one in photos
        if one.school_id not in inside
        and one.person_id != viewer.person_id
        and one.purpose is not Purpose.SIGNATURE
    ]
    schools = {one.id: one.county_code for one in await School.filter(id__in={one.school_id for one in far})}
    hiding = {code for code in set(schools.values()) if (await effective(code))[HIDE_FACES.key]}
    far = [one for one in far if schools[one.school_id] in hiding]
    hidden = {one.key for one in far if not await _follows(viewer, [one])}
    return {one.key: OUTSIDE.get(wanted, wanted) if one.key in hidden else wanted for one in photos}


async def photo(viewer: Viewer, key: str) -> Photo:
    """A photo by its key: for its sender, for those who may read the school, or NotFound.

    Somebody who reported a problem also sees the photos of its rectification (the timeline is theirs).
    """
    (found,) = await photos(viewer, [key])
    return found


async def photos(viewer: Viewer, keys: Collection[str]) -> list[Photo]:
    """Photos by their keys, in that order; NotFound unless the viewer may see every one.

    PhotoUnderReview for one that has not passed the content check, but not to those who decide on it.
    """
    found = {one.key: one for one in await Photo.filter(key__in=list(keys))}
    theirs = [one for one in found.values() if one.person_id != viewer.person_id]
    schools = {one.id: one for one in await School.filter(id__in={one.school_id for one in theirs})}
    others = [one for one in theirs if not access.reaches(viewer, Right.READ_SCHOOL, schools[one.school_id])]
    if others and not await _follows(viewer, others):
        raise NotFound
    if any(one.veiled and not _decides(viewer, schools[one.school_id]) for one in theirs):
        raise PhotoUnderReview
    try:
        return [found[key] for key in keys]
    except KeyError as fault:
        raise NotFound from fault


def _decides(viewer: Viewer, school: School) -> bool:
    return access.reaches(viewer, Right.REVIEW_CONTENT, school) is not None


async def unseen(viewer: Viewer, school: School, subject_kind: str, subject_id: int) -> set[str]:
    """Keys of a record's photos that the viewer may not see before they have passed the content check."""
    rows = await Photo.filter(subject_kind=subject_kind, subject_id=subject_id, veiled=True).values(
        "key", "person_id"
    )
    return {
        row["key"] for row in rows if row["person_id"] != viewer.person_id and not _decides(viewer, school)
    }


async def _follows(viewer: Viewer, among: Iterable[Photo]) -> bool:
    """Whether all are photos of problems that the viewer found."""
    if viewer.person_id is None or any(one.subject_kind != "problem" for one in among):
        return False
    problems = sorted({one.subject_id for one in among if one.subject_id is not None})
    rows = await sql.rows(
        f"SELECT id FROM problem WHERE finder_person_id = $1 AND id IN ({sql.places(problems, 2)})",  # noqa: S608
        viewer.person_id,
        *problems,
    )
    return len(rows) == len(problems)


async def signed_for(key: str) -> Photo:
    """The photo of an address that was signed for somebody who may see it; NotFound when it is gone."""
    found = await Photo.get_or_none(key=key)
    if found is None:
        raise NotFound
    return found


async def ready(photo: Photo, wanted: Rendition, now: datetime) -> Rendition:
    """Which rendition to show; raises RenditionNotReady. A signature is a small picture, and unmarked.

    Of photos that came before their county wanted faces hidden, that is done when somebody first asks.
    """
    if wanted in OUTSIDE.values():
        return await _faceless(photo, wanted, now)
    if wanted is Rendition.ORIGINAL or photo.rendered_at is not None:
        unmarked = photo.purpose is Purpose.SIGNATURE and wanted is Rendition.MARKED
        return Rendition.ORIGINAL if unmarked else wanted
    if wanted is Rendition.THUMB:
        return Rendition.ORIGINAL
    raise RenditionFailed if photo.render_at is None else RenditionNotReady


async def _faceless(photo: Photo, wanted: Rendition, now: datetime) -> Rendition:
    if photo.purpose is Purpose.SIGNATURE:
        return Rendition.ORIGINAL if wanted is Rendition.HIDDEN else Rendition.THUMB
    if photo.faces_hidden:
        return wanted
    if photo.render_at is None and photo.rendered_at is None:
        raise RenditionFailed
    await Photo.filter(id=photo.id, render_at=None).update(render_at=now, render_tries=0)
    raise FacesNotHidden


async def arrived(named: Iterable[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """Keys by (person, name) of the photos that records named before they came and that came since."""
    requests = {
        f"{person_id}:{name.removeprefix(BY_REQUEST)}": (person_id, name)
        for person_id, name in named
        if name.startswith(BY_REQUEST)
    }
    if not requests:
        return {}
    keys = list(requests)
    rows = await sql.rows(
        "SELECT request_key, key FROM photo WHERE subject_id IS NOT NULL"  # noqa: S608
        f" AND request_key IN ({sql.places(keys)})",
        *keys,
    )
    return {requests[row["request_key"]]: row["key"] for row in rows}


async def keys_of(subject_kind: str, subject_id: int) -> list[tuple[str, Purpose]]:
    """Keys and purposes of a subject's photos, oldest first."""
    rows = (
        await Photo.filter(subject_kind=subject_kind, subject_id=subject_id)
        .order_by("id")
        .values("key", "purpose")
    )
    return [(row["key"], row["purpose"]) for row in rows]
