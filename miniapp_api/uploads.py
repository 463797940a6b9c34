"""Photos in parts, for weak networks: tus 1.0.0, with any of its clients."""

import secrets

from aiohttp import web
from pydantic import BaseModel

from miniapp_api import tus
from miniapp_api.context import context, now, viewer
from miniapp_api.registry import Routes, WrongMediaType
from miniapp_api.types import Id, PhotoKey, RequestId
from models.evidence import uploads
from models.evidence.images import MAX_BYTES
from models.evidence.tables import Purpose, Upload

routes = Routes("uploads")

# which photo an upload became: the name to use in a visit or a problem
PHOTO = "Shandu-Photo"


class Metadata(BaseModel):
    """What the query of `POST /photos` says."""

    school_id: Id
    purpose: Purpose
    request_id: RequestId


@routes.add("OPTIONS", "/uploads", status=204, signed_in=False)
async def describe_uploads(request: web.Request) -> web.Response:
    """What of tus is spoken here."""
    said = {
        "Tus-Version": tus.VERSION,
        "Tus-Resumable": tus.VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Max-Size": str(MAX_BYTES),
        "Tus-Checksum-Algorithm": ",".join(tus.ALGORITHMS),
    }
    return web.Response(status=204, headers=said)


@routes.add("POST", "/uploads", status=201, errors=(404, 409, 412, 413, 503))
async def begin_upload(request: web.Request, headers: tus.CreateHeaders) -> web.Response:
    """Begin a photo in parts; the parts go to the address in `Location`.

    Begun again with the same request id: the same upload, and where it stands.
    """
    tus.require_version(headers)
    said = tus.metadata(headers.metadata, Metadata)
    start = uploads.Start(said.school_id, said.purpose, said.request_id, int(headers.length))
    key, store = secrets.token_hex(16), context(request).store
    upload = await uploads.begin(await viewer(request), start, key, store, now(request))
    return web.Response(status=201, headers={"Location": f"/api/uploads/{upload.key}", **_standing(upload)})


@routes.add("HEAD", "/uploads/{key}", errors=(412,))
async def find_upload(request: web.Request, key: PhotoKey, headers: tus.Headers) -> web.Response:
    """How far an upload has come."""
    tus.require_version(headers)
    upload = await uploads.find(await viewer(request), key, now(request))
    said = {"Upload-Length": str(upload.length), "Cache-Control": "no-store", **_standing(upload)}
    return web.Response(headers=said)


@routes.add("PATCH", "/uploads/{key}", status=204, raw=tus.PART, errors=(409, 412, 460, 503))
async def add_part(request: web.Request, key: PhotoKey, headers: tus.PatchHeaders) -> web.Response:
    """Send the part that begins at `Upload-Offset`. The last one makes the photo: `Shandu-Photo` names it.

    Of a part that breaks off what came is kept, unless it has a checksum. The last part may be sent again.
    """
    tus.require_version(headers)
    if request.content_type != tus.PART:
        raise WrongMediaType(expected=tus.PART)
    who = await viewer(request)
    upload = await uploads.find(who, key, now(request))
    offset = int(headers.offset)
    uploads.require_offset(upload, offset)
    data = await tus.part(request, upload.length - offset, whole=bool(headers.checksum))
    tus.require_checksum(headers.checksum, data)
    upload = await uploads.add_part(who, upload, offset, data, context(request).store, now(request))
    return web.Response(status=204, headers=_standing(upload))


@routes.add("POST", "/uploads/{key}", status=204, raw=tus.PART, errors=(409, 412, 460, 503))
async def post_part(request: web.Request, key: PhotoKey, headers: tus.OverrideHeaders) -> web.Response:
    """Send a part where only POST can be sent, as in the mini-program; else the same as PATCH."""
    return await add_part(request, key, headers)


@routes.add("DELETE", "/uploads/{key}", status=204, errors=(412,))
async def end_upload(request: web.Request, key: PhotoKey, headers: tus.Headers) -> None:
    """Give an upload up. A photo it became stays."""
    tus.require_version(headers)
    upload = await uploads.find(await viewer(request), key, now(request))
    await uploads.end(upload, context(request).store)


def _standing(upload: Upload) -> dict[str, str]:
    said = {"Upload-Offset": str(upload.received), "Upload-Expires": tus.expires(upload.expires_at)}
    return said | ({PHOTO: upload.photo_key} if upload.photo_key else {})
