"""Pictures in parts: what came over a weak network is kept, and the phone goes on from there.

Parts are objects and their order is in the row, so any process can take the next one. A part counts when
the row moves from the offset it was sent for: of two sent for one offset, one counts. The last part is
not stored: it completes the picture, which then goes the way of every photo, and may be sent again, at
the same time or after its answer was lost.
"""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Conflict, NotFound, RequestReused
from models.evidence import actions
from models.evidence.actions import PhotoRefused, PhotoTooLarge
from models.evidence.images import MAX_BYTES
from models.evidence.store import NoSuchObject, PhotoStore, StoreUnavailable
from models.evidence.tables import Purpose, Upload
from models.people.access import Viewer

KEPT_FOR = timedelta(days=3)
MOST_OPEN = 20
# a picture of ten megabytes in parts of 32 KB; smaller ones only cost
MOST_PARTS = 320


class TooManyUploads(Conflict):
    code = "too_many_uploads"
    sentence = "没有传完的照片太多（最多{most}张），请先传完或取消几张。"


class TooManyParts(Conflict):
    code = "too_many_parts"
    sentence = "照片分得太碎（最多{most}段），请重新上传。"


class WrongOffset(Conflict):
    code = "wrong_offset"
    sentence = "续传的位置不对，请从{offset}字节处继续。"


@dataclass(frozen=True)
class Start:
    """A picture to come, of `length` bytes, with what is said of every photo."""

    school_id: int
    purpose: Purpose
    request_id: str
    length: int


async def begin(viewer: Viewer, start: Start, key: str, store: PhotoStore, now: datetime) -> Upload:
    """Open an upload; the same request id gives the same upload while it is open.

    Raises what sending a photo raises, TooManyUploads, and RequestReused for another picture.
    """
    # who is not bound hears so first, whether or not there is such a school
    request_key = f"{viewer.bound}:{start.request_id}"
    await actions.require_sender(viewer, start.school_id, start.purpose, request_key)
    if start.length > MAX_BYTES:
        raise PhotoTooLarge(reason="照片超过10MB，请压缩后再上传。")
    known = await Upload.get_or_none(request_key=request_key)
    if known is not None and known.expires_at <= now:
        await end(known, store)
        known = None
    if known is None:
        async with in_transaction():
            # one at a time a person, or many at once would each find room
            await sql.rows("UPDATE person SET name = name WHERE id = $1 RETURNING id", viewer.bound)
            await _require_few(viewer, now)
            await sql.rows(
                "INSERT INTO upload (key, request_key, request_id, school_id, person_id, purpose, length,"
                " received, parts, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8::jsonb, $9)"
                " ON CONFLICT (request_key) DO NOTHING RETURNING id",
                key, request_key, start.request_id, start.school_id, viewer.bound, start.purpose.value,
                start.length, "[]", now + KEPT_FOR,
            )  # fmt: skip
        # ours, or that of the same request that came at the same moment
        known = await Upload.get(request_key=request_key)
    if (known.school_id, known.purpose, known.length) != (start.school_id, start.purpose, start.length):
        raise RequestReused
    return known


async def _require_few(viewer: Viewer, now: datetime) -> None:
    if await Upload.filter(person_id=viewer.bound, expires_at__gt=now, photo_key=None).count() >= MOST_OPEN:
        raise TooManyUploads(most=MOST_OPEN)


async def find(viewer: Viewer, key: str, now: datetime) -> Upload:
    """The viewer's own upload; NotFound for others' and when its time is over."""
    found = await Upload.get_or_none(key=key, person_id=viewer.bound, expires_at__gt=now)
    if found is None:
        raise NotFound
    return found


def require_offset(upload: Upload, offset: int) -> None:
    """Refuse a part that does not begin where the upload stands, nor where its last one began."""
    if offset not in (upload.received, upload.last_offset):
        raise WrongOffset(offset=upload.received)


async def add_part(
    viewer: Viewer, upload: Upload, offset: int, data: bytes, store: PhotoStore, now: datetime
) -> Upload:
    """Keep the part that begins where the upload stood when it was read; the last one makes the photo.

    Nothing counts unless it is kept: after StoreUnavailable the same part is sent again. Raises
    WrongOffset, and what taking a photo raises; a refused picture ends the upload. The very part that
    completed it is answered as it was.
    """
    if offset != upload.received and not _completed_by(upload, offset, data):
        raise WrongOffset(offset=upload.received)
    if upload.photo_key is not None or (not data and upload.length > offset):
        return upload
    if offset + len(data) > upload.length:
        raise PhotoTooLarge(reason="收到的内容比说好的长，请重新上传。")
    if offset + len(data) == upload.length:
        try:
            return await _complete(viewer, upload, data, store, now)
        except (WrongOffset, StoreUnavailable):
            # of the same part sent twice at a time one was first, and the parts before it are gone
            known = await Upload.get_or_none(id=upload.id)
            if known is None or not _completed_by(known, offset, data):
                raise
            return known
    if len(upload.parts) >= MOST_PARTS:
        raise TooManyParts(most=MOST_PARTS)
    part = f"uploads/{upload.key}/{secrets.token_hex(8)}"
    await store.put(part, data)
    try:
        await _advance(upload, offset + len(data), [*upload.parts, part])
    except WrongOffset:
        await store.delete(part)
        raise
    return upload


def _completed_by(upload: Upload, offset: int, data: bytes) -> bool:
    return (upload.last_offset, upload.last_sha256) == (offset, hashlib.sha256(data).hexdigest())


async def _complete(viewer: Viewer, upload: Upload, last: bytes, store: PhotoStore, now: datetime) -> Upload:
    try:
        earlier = [await store.get(part) for part in upload.parts]
    except NoSuchObject as fault:
        raise StoreUnavailable from fault
    data = b"".join([*earlier, last])
    try:
        photo = await actions.add_photo(
            viewer, upload.school_id, upload.purpose, data, upload.request_id,
            secrets.token_hex(16), store, now,
        )  # fmt: skip
    except (PhotoRefused, RequestReused):
        # nothing sent after it can make it a photo
        await end(upload, store)
        raise
    parts = list(upload.parts)
    await _advance(upload, upload.length, [], photo.key, hashlib.sha256(last).hexdigest())
    await _forget(parts, store)
    return upload


async def _advance(
    upload: Upload,
    received: int,
    parts: list[str],
    photo_key: str | None = None,
    last_sha256: str | None = None,
) -> None:
    last_offset = upload.received if last_sha256 else None
    moved = await sql.rows(
        "UPDATE upload SET received = $1, parts = $2::jsonb, photo_key = $3, last_offset = $6, last_sha256 = $7"
        " WHERE id = $4 AND received = $5 AND photo_key IS NULL RETURNING id",
        received, sql.dump(parts), photo_key, upload.id, upload.received, last_offset, last_sha256,
    )  # fmt: skip
    if not moved:
        now_at = await sql.rows("SELECT received FROM upload WHERE id = $1", upload.id)
        if not now_at:
            raise NotFound
        raise WrongOffset(offset=now_at[0]["received"])
    upload.received, upload.parts, upload.photo_key = received, parts, photo_key


async def end(upload: Upload, store: PhotoStore) -> None:
    """Forget an upload and its parts; a photo it became stays."""
    await sql.rows("DELETE FROM upload WHERE id = $1 RETURNING id", upload.id)
    await _forget(upload.parts, store)


async def collect(store: PhotoStore, now: datetime) -> int:
    """Forget uploads whose time is over; return how many."""
    gone = await sql.rows("DELETE FROM upload WHERE expires_at <= $1 RETURNING parts", now)
    for row in gone:
        await _forget(sql.document(row["parts"]), store)
    return len(gone)


async def _forget(parts: list[str], store: PhotoStore) -> None:
    """What cannot be deleted now is a stray, and collected as one."""
    try:
        await asyncio.gather(*(store.delete(part) for part in parts))
    except StoreUnavailable:
        return
