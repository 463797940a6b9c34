"""The tus 1.0.0 protocol (https://tus.io/protocols/resumable-upload): headers read and refusals.

Core, creation, termination, expiration and checksum.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Annotated, Literal, TypeVar

from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from miniapp_api.registry import BadRequest
from models.errors import Conflict, Refusal
from models.evidence.actions import PhotoTooLarge

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration,checksum"
PART = "application/offset+octet-stream"
ALGORITHMS = ("sha1", "sha256")
Fields = TypeVar("Fields", bound=BaseModel)
# no offset, length or size is longer
Number = Annotated[str, Field(pattern=r"^[0-9]{1,12}$")]


class WrongVersion(Refusal):
    """412, with Tus-Version."""

    code = "tus_version"
    sentence = "续传协议的版本不对，请更新小程序后再试。"


class ChecksumMismatch(Conflict):
    """460, as the checksum extension has it."""

    code = "checksum_mismatch"
    sentence = "这一段在传输中出错，请重传这一段。"


class Headers(BaseModel):
    """What every request but OPTIONS says."""

    model_config = ConfigDict(frozen=True)

    version: str = Field("", alias="Tus-Resumable", description=VERSION)


class CreateHeaders(Headers):
    length: Number = Field(alias="Upload-Length")
    metadata: str = Field(
        alias="Upload-Metadata",
        max_length=1000,
        description="school_id, purpose, request_id: each name, a space and its value in base64, comma-separated",
    )


class PatchHeaders(Headers):
    offset: Number = Field(alias="Upload-Offset")
    checksum: str = Field("", alias="Upload-Checksum", max_length=200, description="sha1 or sha256, base64")


class OverrideHeaders(PatchHeaders):
    """Of a POST that means PATCH: wx.request has no PATCH."""

    method: Literal["PATCH"] = Field(alias="X-HTTP-Method-Override")


def require_version(headers: Headers) -> None:
    if headers.version != VERSION:
        raise WrongVersion


def metadata(text: str, fields: type[Fields]) -> Fields:
    """Upload-Metadata as a model; names the model does not have (filename, filetype) are passed over."""
    said: dict[str, str] = {}
    try:
        for pair in text.split(","):
            name, _, value = pair.strip().partition(" ")
            if name in fields.model_fields:
                said[name] = base64.b64decode(value, validate=True).decode()
        return fields.model_validate(said)
    except (binascii.Error, UnicodeDecodeError, ValueError, ValidationError) as fault:
        raise BadRequest(
            errors=[{"in": "header", "at": "Upload-Metadata", "message": "malformed"}]
        ) from fault


def require_checksum(header: str, data: bytes) -> None:
    """Refuse a part that is not what its sender says it is."""
    if not header:
        return
    name, _, given = header.partition(" ")
    try:
        digest = base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if name not in ALGORITHMS or not digest:
        raise BadRequest(errors=[{"in": "header", "at": "Upload-Checksum", "message": "malformed"}])
    if not hmac.compare_digest(hashlib.new(name, data).digest(), digest):
        raise ChecksumMismatch


async def part(request: web.Request, room: int, *, whole: bool) -> bytes:
    """The body, of at most `room` bytes. Of one that breaks off, what came, unless it must be `whole`."""
    data = bytearray()
    try:
        async for chunk in request.content.iter_chunked(64 * 1024):
            data += chunk
            if len(data) > room:
                raise PhotoTooLarge(reason="收到的内容比说好的长，请重新上传。")
    except (web.RequestPayloadError, HttpProcessingError, ClientError, OSError):
        if whole:
            raise
    return bytes(data)


def expires(at: datetime) -> str:
    """An instant as HTTP writes it."""
    return format_datetime(at.astimezone(UTC), usegmt=True)


async def announce(request: web.Request, response: web.StreamResponse) -> None:
    """A signal: every answer of the upload addresses says the version, refusals too."""
    resource = request.match_info.route.resource
    if resource is not None and "/uploads" in resource.canonical and request.method != "OPTIONS":
        response.headers["Tus-Resumable"] = VERSION
