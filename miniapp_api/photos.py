"""Photos: sent before the record they prove, seen by those who may see that record."""

import secrets
from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from miniapp_api.context import context, now, viewer
from miniapp_api.multipart import file_of
from miniapp_api.registry import Answered, Input, Routes
from miniapp_api.types import DivisionCode, Id, Instant, Page, PageQuery, PhotoKey, RequestId, page
from models.errors import NotFound
from models.evidence import actions, addresses, queries, repeats
from models.evidence.actions import PhotoTooLarge
from models.evidence.addresses import Address
from models.evidence.images import MAX_BYTES
from models.evidence.renditions import FOLDERS, Rendition
from models.evidence.store import NoSuchObject
from models.evidence.tables import Photo, Purpose

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
    """Send one picture (JPEG, PNG, WebP or HEIC, at most 10 MB) as the multipart part `file`.

    What is kept carries no metadata, and HEIC becomes JPEG. Sent again with the same request id: the same photo.
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


class RenditionQuery(Input):
    """Small, marked with school, time and person, or as it was sent; the first two also with faces hidden."""

    rendition: Rendition = Rendition.ORIGINAL


IMAGES = ("image/jpeg", "image/png", "image/webp")


@routes.add("GET", "/photos/{key}", media=IMAGES, errors=(503,))
async def read_photo(request: web.Request, key: PhotoKey, query: RenditionQuery) -> web.StreamResponse:
    """The picture itself, for those who may see what it proves.

    Until a worker has made them, `thumb` is answered with the original and `marked` with 404
    `rendition_not_ready`. A signature is never marked. Where the county hides faces, those who are not of the
    school get `hidden` or `hidden_thumb`, whatever they ask for; until that is made, 404 `faces_not_hidden`.
    """
    who = await viewer(request)
    photo = await queries.photo(who, key)
    seen = await queries.for_eyes_of(who, [photo], query.rendition)
    return await _picture(request, photo, seen[key])


class AddressesIn(Input):
    photos: Annotated[list[PhotoKey], Field(min_length=1, max_length=20)]
    rendition: Rendition = Rendition.ORIGINAL


class AddressOut(BaseModel):
    """A picture's address for <img>, and until when it is good."""

    photo: str
    address: str
    expires_at: Instant


@routes.add("POST", "/photos/addresses", errors=(404,))
async def sign_addresses(request: web.Request, body: AddressesIn) -> list[AddressOut]:
    """Addresses that need no session, good for ten minutes, of pictures I may see."""
    keys = list(dict.fromkeys(body.photos))
    who = await viewer(request)
    seen = await queries.for_eyes_of(who, await queries.photos(who, keys), body.rendition)
    keyring = context(request).keyring
    return [_address(addresses.sign(keyring, key, seen[key], now(request))) for key in keys]


def _address(signed: Address) -> AddressOut:
    return AddressOut(
        photo=signed.key,
        address=addresses.path(signed),
        expires_at=datetime.fromtimestamp(signed.expires, UTC),
    )


class PictureQuery(Input):
    """As the address says; `expires` in seconds since 1970."""

    rendition: Rendition
    expires: Id
    by: Annotated[int, Field(ge=1, le=255)]
    mac: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


@routes.add("GET", "/pictures/{key}", signed_in=False, media=IMAGES, errors=(403, 503))
async def read_picture(request: web.Request, key: PhotoKey, query: PictureQuery) -> web.StreamResponse:
    """A picture by its signed address, until that expires."""
    signed = Address(key, query.rendition, query.expires, query.by, query.mac)
    addresses.verify(context(request).keyring, signed, now(request))
    return await _picture(request, await queries.signed_for(key), query.rendition)


async def _picture(request: web.Request, photo: Photo, wanted: Rendition) -> web.Response:
    rendition = await queries.ready(photo, wanted, now(request))
    try:
        data = await context(request).store.get(f"{FOLDERS[rendition]}/{photo.key}")
    except NoSuchObject as fault:
        raise NotFound from fault
    # the bytes of a key never change; the phone may keep them, nobody between may
    kept = "private, max-age=86400, immutable" if rendition is wanted else "private, no-cache"
    media = photo.type if rendition is Rendition.ORIGINAL else "jpeg"
    return web.Response(body=data, content_type=f"image/{media}", headers={"Cache-Control": kept})


@routes.add("GET", "/divisions/{code}/repeated-photos")
async def list_repeated_photos(
    request: web.Request, code: DivisionCode, query: PageQuery
) -> Page[repeats.Repeat]:
    """Photos in a division that were used before, in another month or at another school; newest first."""
    found = await repeats.in_division(await viewer(request), code, query.before, query.limit)
    return page(found, [repeat.id for repeat in found], query.limit)
