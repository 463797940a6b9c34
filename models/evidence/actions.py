"""Taking photos in and tying them to what they prove."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from models.contents import actions as contents
from models.database import sql
from models.errors import Forbidden, Invalid, Kind, NotFound, RequestReused
from models.evidence import awaited, images
from models.evidence.awaited import BY_REQUEST, PhotoMissing
from models.evidence.removal import remove_objects, remove_traces
from models.evidence.renditions import FOLDERS, Rendition
from models.evidence.store import PhotoStore
from models.evidence.tables import Photo, Purpose, Upload
from models.organisations.tables import PostKind, School
from models.people import access
from models.people.access import Viewer
from models.people.rights import RIGHTS, Right

# a record that named the photo before it came has it in the same statement
INSERT = """
INSERT INTO photo (key, request_key, school_id, person_id, purpose, type, bytes, width, height, sha256,
  received_at, render_at, veiled, subject_kind, subject_id)
VALUES ($1, $2::text, $3::bigint, $4, $5::text, $6, $7, $8, $9, $10, $11, $11, $12,
  (SELECT subject_kind FROM awaited_photo WHERE request_key = $2::text AND school_id = $3::bigint AND purpose = $5::text),
  (SELECT subject_id FROM awaited_photo WHERE request_key = $2::text AND school_id = $3::bigint AND purpose = $5::text))
ON CONFLICT (request_key) DO NOTHING
RETURNING id, subject_id
"""

SENDERS = frozenset({Right.CHECK_IN, Right.REPORT, Right.RECTIFY, Right.VERIFY, Right.KEEP_LEDGER})


class PhotoRefused(Invalid):
    code = "photo_refused"
    sentence = "{reason}"


class PhotoTooLarge(PhotoRefused):
    kind = Kind.TOO_LARGE
    code = "photo_too_large"


@dataclass(frozen=True)
class Kept:
    """A photo as it is kept: pixels, and bytes without metadata."""

    key: str
    type: str
    bytes: int
    width: int
    height: int


async def add_photo(
    viewer: Viewer,
    school_id: int,
    purpose: Purpose,
    data: bytes,
    request_id: str,
    key: str,
    store: PhotoStore,
    now: datetime,
) -> Kept:
    """Check a picture by its content, strip it, store it. The same request id returns the same photo.

    `key` is the unguessable name to use if it is new. The bytes are stored before the row: a crash in
    between leaves an orphan object and no dangling row. A record that waits for it has it at once; one
    that waits for a picture that is refused is marked.
    """
    # who is not bound hears so first, whether or not there is such a school
    request_key = f"{viewer.bound}:{request_id}"
    await require_sender(viewer, school_id, purpose, request_key)
    sha256 = hashlib.sha256(data).hexdigest()
    try:
        picture, kept = await _clean(data)
    except PhotoRefused as refused:
        await awaited.fail(request_key, refused.said, now)
        raise
    await store.put(f"photos/{key}", kept)
    row = (
        key, request_key, school_id, viewer.bound, purpose.value, picture.kind, len(kept),
        picture.width, picture.height, sha256, now,
    )  # fmt: skip
    veiled_on = await _parents_post(viewer, school_id, request_key) if purpose is Purpose.PROBLEM else None
    if veiled_on is not None:
        new = await _insert_veiled(viewer, school_id, veiled_on, row, now)
    else:
        new = await sql.rows(INSERT, *row, False)
    if new and new[0]["subject_id"] is not None:
        await awaited.arrive(request_key, key, now)
    if new:
        return Kept(key, picture.kind, len(kept), picture.width, picture.height)
    await store.delete(f"photos/{key}")
    known = await Photo.get(request_key=request_key)
    if (known.sha256, known.school_id, known.purpose) != (sha256, school_id, purpose):
        raise RequestReused
    return Kept(known.key, known.type, known.bytes, known.width, known.height)


async def _insert_veiled(
    viewer: Viewer, school_id: int, post_id: int, row: tuple[Any, ...], now: datetime
) -> list[dict[str, Any]]:
    """A parent's photo: others see it when it has passed the content check."""
    school = await School.get(id=school_id)
    place = contents.Place(school_id, school.county_code, viewer.bound, post_id)
    async with in_transaction():
        new = await sql.rows(INSERT, *row, True)
        if new:
            await contents.ask_photo(new[0]["id"], place, now)
    return new


async def _parents_post(viewer: Viewer, school_id: int, request_key: str) -> int | None:
    """The parent's post that is the viewer's only business with the school, or was when they reported the problem
    that waits for the photo."""
    here = [held for held in viewer.posts if held.school_id == school_id]
    if here:
        return here[0].post_id if {held.kind for held in here} == {PostKind.PARENT} else None
    found = await sql.rows(
        "SELECT po.id FROM awaited_photo a JOIN problem p ON p.id = a.subject_id JOIN post po ON po.id = p.finder_post_id"
        " WHERE a.request_key = $1 AND a.subject_kind = 'problem' AND p.finder_person_id = $2 AND po.kind = 'parent'",
        request_key, viewer.bound,
    )  # fmt: skip
    return int(found[0]["id"]) if found else None


async def require_sender(viewer: Viewer, school_id: int, purpose: Purpose, request_key: str) -> None:
    """Whoever has business with the school, or had when they sent a record that waits for this very photo:
    NotFound for outsiders, Forbidden for mere readers."""
    if any(held.school_id == school_id and RIGHTS[held.kind] & SENDERS for held in viewer.posts):
        return
    school = await School.get_or_none(id=school_id)
    if school is None:
        raise NotFound
    if any(access.reaches(viewer, right, school) for right in SENDERS):
        return
    if await _stands_in(viewer, school_id) or await _expected(school_id, purpose, request_key):
        return
    if access.reaches(viewer, Right.READ_SCHOOL, school) is None:
        raise NotFound
    raise Forbidden


async def _expected(school_id: int, purpose: Purpose, request_key: str) -> bool:
    """Whether a record that was accepted waits for the photo, or it is here already."""
    rows = await sql.rows(
        "SELECT 1 AS yes FROM awaited_photo WHERE request_key = $1 AND school_id = $2 AND purpose = $3"
        " UNION ALL SELECT 1 FROM photo WHERE request_key = $1 AND school_id = $2 AND purpose = $3 LIMIT 1",
        request_key, school_id, purpose.value,
    )  # fmt: skip
    return bool(rows)


async def _stands_in(viewer: Viewer, school_id: int) -> bool:
    rows = await sql.rows(
        "SELECT 1 AS yes FROM duty WHERE stand_in_id = $1 AND school_id = $2 LIMIT 1",
        viewer.bound,
        school_id,
    )
    return bool(rows)


async def _clean(data: bytes) -> tuple[images.Picture, bytes]:
    try:
        picture, kept = images.upright(data)
        if not kept:
            # turning it means decoding and encoding: tens of milliseconds that would hold everybody up
            kept = await asyncio.to_thread(images.strip, data)
            picture = images.inspect(kept)
        return picture, kept
    except images.BadImage as fault:
        too_large = fault.reason in (images.Reason.TOO_LARGE, images.Reason.TOO_MANY_PIXELS)
        raise (PhotoTooLarge if too_large else PhotoRefused)(reason=str(fault)) from fault


async def attach(
    viewer: Viewer,
    school_id: int,
    names: Sequence[str],
    purpose: Purpose,
    subject_kind: str,
    subject_id: int,
    now: datetime,
) -> None:
    """Tie the viewer's own unattached photos of a school to a record, in the caller's transaction.

    A name is a photo's key, or `request:ID` for one that may still be on its way.
    Raises PhotoMissing unless every key is one of them and was sent for the purpose.
    """
    wanted = [name for name in dict.fromkeys(names) if not name.startswith(BY_REQUEST)]
    coming = [name.removeprefix(BY_REQUEST) for name in dict.fromkeys(names) if name.startswith(BY_REQUEST)]
    if coming:
        await awaited.announce(viewer.bound, school_id, coming, purpose, subject_kind, subject_id, now)
    if not wanted:
        return
    tied = await sql.rows(
        "UPDATE photo SET subject_kind = $1, subject_id = $2 WHERE person_id = $3 AND school_id = $4"  # noqa: S608
        f" AND purpose = $5 AND subject_id IS NULL AND key IN ({sql.places(wanted, 6)}) RETURNING id",
        subject_kind, subject_id, viewer.bound, school_id, purpose.value, *wanted,
    )  # fmt: skip
    if len(tied) != len(wanted):
        raise PhotoMissing


async def forget(person_id: int, store: PhotoStore) -> None:
    """Remove a person's signatures, which are their name in their own hand, and what they sent for no record.

    Bytes first, then rows, and no bytes in a transaction: interrupted, it is simply done again.
    Marked pictures that stay bear the name: they go too, and `mark_again` has them made anew.
    """
    theirs = Photo.filter(Q(purpose=Purpose.SIGNATURE) | Q(subject_id=None), person_id=person_id)
    gone = await theirs.values_list("id", "key")
    for _, key in gone:
        await remove_objects(key, store)
    async with in_transaction():
        await remove_traces([photo_id for photo_id, _ in gone])
        await Photo.filter(id__in=[photo_id for photo_id, _ in gone]).delete()
    for key in await Photo.filter(person_id=person_id).values_list("key", flat=True):
        for marked in (Rendition.MARKED, Rendition.HIDDEN):
            await store.delete(f"{FOLDERS[marked]}/{key}")
    for upload in await Upload.filter(person_id=person_id):
        for part in upload.parts:
            await store.delete(part)


async def mark_again(person_id: int, now: datetime) -> None:
    """Have a person's photos marked again, under the name they have now; in the caller's transaction."""
    await Photo.filter(person_id=person_id).update(
        render_at=now, render_tries=0, render_fault=None, rendered_at=None, faces_hidden=False
    )
