"""Photos: sent before the record they prove, seen by those who may see that record."""

import secrets

from aiohttp import web
from pydantic import BaseModel

from miniapp_api.context import context, now, viewer
from miniapp_api.registry import Answered, Input, Routes
from miniapp_api.types import Id, PhotoKey, RequestId
from miniapp_api.uploads import file_of
from models.errors import NotFound
from models.evidence import actions, queries
from models.evidence.actions import PhotoTooLarge
from models.evidence.images import MAX_BYTES
from models.evidence.store import NoSuchObject
from models.evidence.tables import Purpose

routes = Routes("photos")


class UploadQuery(Input):
    """The school it was taken at, and the phone's own id for it."""

    school_id: Id
    purpose: Purpose
    request_id: RequestId


class PhotoOut(BaseModel):
    key: str
    type: str
    bytes: int
    width: int
    height: int


@routes.add("POST", "/photos", status=201, upload=True, errors=(200, 404, 409, 503))
async def send_photo(request: web.Request, query: UploadQuery) -> Answered[PhotoOut]:
    """Send one picture (JPEG, PNG, WebP, at most 10 MB) as the multipart part `file`.

    What is kept carries no metadata. Sent again with the same request id: the same photo.
    """
    who = await viewer(request)
    data = await file_of(request, MAX_BYTES, PhotoTooLarge(reason="照片超过10MB，请压缩后再上传。"))
    outside = context(request)
    key = secrets.token_hex(16)
    photo = await actions.add_photo(
        who, query.school_id, query.purpose, data, query.request_id, key, outside.store, now(request)
    )
    out = PhotoOut.model_validate(photo, from_attributes=True)
    return Answered(out, 201 if photo.key == key else 200)


@routes.add("GET", "/photos/{key}", media=("image/jpeg", "image/png", "image/webp"), errors=(503,))
async def read_photo(request: web.Request, key: PhotoKey) -> web.StreamResponse:
    """The picture itself, for those who may see what it proves."""
    photo = await queries.photo(await viewer(request), key)
    try:
        data = await context(request).store.get(f"photos/{photo.key}")
    except NoSuchObject as fault:
        raise NotFound from fault
    # the bytes of a key never change; the phone may keep them, nobody between may
    headers = {"Cache-Control": "private, max-age=86400, immutable"}
    return web.Response(body=data, content_type=f"image/{photo.type}", headers=headers)
