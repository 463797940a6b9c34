"""What an uploaded picture really is, and the picture without what it should not tell.

Types are decided by content. Structure is walked without decoding a pixel, so that a picture that claims
to be enormous costs nothing. An upright picture is kept as it is, pixel for pixel, less its metadata.
HEIC, which browsers do not show, is kept as JPEG.
"""

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pillow_heif
from PIL import Image

from models.evidence.formats import heic, jpeg, png, webp
from models.evidence.formats.walked import MAX_PIXELS, BadImage, Reason, Walked, require_size

__all__ = ["MAX_BYTES", "MAX_PIXELS", "BadImage", "Picture", "Reason", "inspect", "strip", "upright"]

MAX_BYTES = 10 * 1024 * 1024
QUALITIES = (90, 75, 50)  # the lower ones only if the turned picture would not fit

PictureKind = Literal["jpeg", "png", "webp", "heic"]


@dataclass(frozen=True)
class Picture:
    """What a file is; sizes in pixels as stored; `upright`: needs no turning."""

    kind: PictureKind
    width: int
    height: int
    upright: bool


def inspect(data: bytes) -> Picture:
    """What a file is, without decoding it; raises BadImage."""
    kind, walked = _walk(data)
    return Picture(kind, walked.width, walked.height, _orientation(walked.exif) == 1)


def strip(data: bytes) -> bytes:
    """The picture without metadata, turned upright. Stripping twice changes nothing more.

    May decode and encode (tens of milliseconds): run it in a thread when `upright` gave no bytes.
    """
    kind, walked = _walk(data)
    if kind == "heic":
        return _saved(_of_heic(data), "jpeg")
    orientation = _orientation(walked.exif)
    if orientation != 1:
        return _turned(walked.kept, kind, orientation)
    if kind != "jpeg":
        _decoded(walked.kept, kind)
    return walked.kept


def upright(data: bytes) -> tuple[Picture, bytes]:
    """What a file is and, when nothing must be decoded, the picture without metadata; else no bytes.

    A picture that lies on its side must be, and so must PNG and WebP: a fault in their pixels spoils the
    whole, while JPEG's decoders show what there is. Raises BadImage.
    """
    kind, walked = _walk(data)
    stands = _orientation(walked.exif) == 1
    picture = Picture(kind, walked.width, walked.height, stands)
    return picture, walked.kept if stands and kind == "jpeg" else b""


def _walk(data: bytes) -> tuple[PictureKind, Walked]:
    if len(data) > MAX_BYTES:
        raise BadImage(Reason.TOO_LARGE)
    kind, walk = _walker(data)
    try:
        return kind, walk(data)
    except (struct.error, IndexError) as fault:
        raise BadImage(Reason.TRUNCATED) from fault


def _walker(data: bytes) -> tuple[PictureKind, Callable[[bytes], Walked]]:
    if data.startswith(jpeg.START):
        return "jpeg", jpeg.walk
    if data.startswith(png.START):
        return "png", png.walk
    if data.startswith(webp.START) and data[8:12] == webp.FORM:
        return "webp", webp.walk
    if heic.starts(data):
        return "heic", heic.walk
    raise BadImage(Reason.NOT_AN_IMAGE)


_ORIENTATION = 0x0112
_MOST_ENTRIES = 200


def _orientation(exif: bytes) -> int:
    """EXIF's orientation, 1 (upright) to 8; 1 when there is none or it makes no sense."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, at)
        for number in range(min(count, _MOST_ENTRIES)):
            tag, _kind, _count, value = struct.unpack_from(order + "HHIH", exif, at + 2 + number * 12)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _turned(kept: bytes, kind: PictureKind, orientation: int) -> bytes:
    return _saved(_decoded(kept, kind).transpose(_TURNS[orientation]), kind)


def _saved(image: Image.Image, kind: PictureKind) -> bytes:
    for quality in QUALITIES:
        out = io.BytesIO()
        image.save(out, kind.upper(), quality=quality, icc_profile=image.info.get("icc_profile"))
        if out.tell() <= MAX_BYTES:
            return _walk(out.getvalue())[1].kept
    raise BadImage(Reason.TOO_LARGE)


def _of_heic(data: bytes) -> Image.Image:
    """The main picture of a HEIC file, already turned as its boxes say; raises BadImage."""
    try:
        with_parts = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
        require_size(*with_parts.size)
        image = with_parts.to_pillow()
        image.load()
    except BadImage:
        raise
    except Exception as fault:
        # as with the other decoders: hostile bytes end in ValueError, RuntimeError, EOFError …
        raise BadImage(Reason.TRUNCATED) from fault
    shown = image.convert("RGB")
    if profile := image.info.get("icc_profile"):
        shown.info["icc_profile"] = profile
    return shown


def _decoded(kept: bytes, kind: PictureKind) -> Image.Image:
    """The pixels of a picture without metadata; raises BadImage when they cannot be read."""
    try:
        with Image.open(io.BytesIO(kept), formats=[kind.upper()]) as image:
            image.load()
            return image
    except Exception as fault:
        # decoders trip over hostile bytes in every way: OSError, SyntaxError, struct.error, KeyError …
        raise BadImage(Reason.TRUNCATED) from fault
