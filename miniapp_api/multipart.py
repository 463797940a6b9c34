"""One file in a multipart body, within bounds."""

import zlib

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from miniapp_api.registry import BadRequest, WrongMediaType
from models.errors import Refusal

# the file, and the few fields a platform may send before it
MOST_PARTS = 8
MALFORMED = (
    ValueError, LookupError, AssertionError, RuntimeError, TypeError, zlib.error,
    HttpProcessingError, web.RequestPayloadError,
)  # fmt: skip


async def file_of(request: web.Request, most_bytes: int, too_large: Refusal) -> bytes:
    """The part `file`; raises BadRequest without one, `too_large` for more bytes than that."""
    if request.content_type != "multipart/form-data":
        raise WrongMediaType(expected="multipart/form-data")
    try:
        parts = await request.multipart()
        for _ in range(MOST_PARTS):
            part = await parts.next()
            if isinstance(part, BodyPartReader) and part.name == "file":
                return await _bounded(part, most_bytes, too_large)
            if isinstance(part, BodyPartReader):
                await _bounded(part, most_bytes, too_large)
    except MALFORMED as fault:
        # what aiohttp raises for parts without headers, with strange encodings, without an end
        raise BadRequest(errors=[{"in": "body", "at": "", "message": "multipart"}]) from fault
    raise BadRequest(errors=[{"in": "body", "at": "file", "message": "missing"}])


async def _bounded(part: BodyPartReader, most_bytes: int, too_large: Refusal) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(256 * 1024):
        data += chunk
        if len(data) > most_bytes:
            raise too_large
    return bytes(data)
