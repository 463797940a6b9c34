"""What an uploaded picture really is, and the picture without what it should not tell.

Types are decided by content. Structure is walked without decoding a pixel, so that a picture that claims
to be enormous costs nothing. An upright picture is kept as it is, byte for byte, less its metadata.
"""

import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from PIL import Image, ImageOps

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 50_000_000
QUALITY = 90


class Reason(Enum):
    TOO_LARGE = "照片超过10MB，请压缩后再上传。"
    NOT_AN_IMAGE = "这不是 JPEG、PNG 或 WebP 照片，请重新拍照。"
    TRUNCATED = "照片不完整，可能没有传完，请重新上传。"
    TOO_MANY_PIXELS = "照片尺寸过大（超过5000万像素），请缩小后再上传。"
    POLYGLOT = "照片文件里夹带了其他内容，请重新拍照。"
    ANIMATED = "请上传静态照片，不要上传动图。"


class BadImage(ValueError):
    """A file that is not kept; `str()` is the Chinese sentence."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class Picture:
    """`kind` is jpeg, png or webp; sizes in pixels as stored; `upright`: needs no turning."""

    kind: str
    width: int
    height: int
    upright: bool


@dataclass(frozen=True)
class _Parts:
    """A walked file: its picture, the byte ranges worth keeping, and the EXIF block if there is one."""

    kind: str
    width: int
    height: int
    kept: bytes
    exif: bytes


def inspect(data: bytes) -> Picture:
    """What a file is, without decoding it; raises BadImage."""
    return upright(data)[0]


def strip(data: bytes) -> bytes:
    """The picture without metadata, turned upright. Stripping twice changes nothing more.

    Turning decodes and encodes (tens of milliseconds): run it in a thread when it is not upright.
    """
    return upright(data)[1] or _turned(data, inspect(data).kind)


def upright(data: bytes) -> tuple[Picture, bytes]:
    """What a file is and, when it need not be turned, the picture without metadata; else no bytes.

    Walks the file once and decodes nothing; raises BadImage.
    """
    parts = _walk(data)
    stands = _orientation(parts.exif) == 1
    return Picture(parts.kind, parts.width, parts.height, stands), parts.kept if stands else b""


def _walk(data: bytes) -> _Parts:
    if len(data) > MAX_BYTES:
        raise BadImage(Reason.TOO_LARGE)
    try:
        parts = _walker(data)(data)
    except (struct.error, IndexError) as fault:
        raise BadImage(Reason.TRUNCATED) from fault
    if not parts.width or not parts.height:
        raise BadImage(Reason.NOT_AN_IMAGE)
    if parts.width * parts.height > MAX_PIXELS:
        raise BadImage(Reason.TOO_MANY_PIXELS)
    return parts


def _walker(data: bytes) -> Callable[[bytes], _Parts]:
    if data[:3] == b"\xff\xd8\xff":
        return _jpeg
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return _png
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp
    raise BadImage(Reason.NOT_AN_IMAGE)


# JPEG: frame headers (SOF), not the Huffman and arithmetic tables that sit between their numbers
_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_KEPT_APPS = {0xE0, 0xEE}


def _jpeg(data: bytes) -> _Parts:
    kept = [data[:2]]
    at, width, height, exif, scanned = 2, 0, 0, b"", False
    while True:
        if data[at] != 0xFF:
            raise BadImage(Reason.TRUNCATED if scanned else Reason.NOT_AN_IMAGE)
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            kept.append(b"\xff\xd9")
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise BadImage(Reason.TRUNCATED)
        segment = data[at:end]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
        if marker == 0xE1 and segment[4:10] == b"Exif\0\0":
            exif = segment[10:]
        if _worth_keeping(marker, segment):
            kept.append(segment)
        at = end
        if marker == 0xDA:
            scanned = True
            at = _scan_end(data, end)
            kept.append(data[end:at])
    _no_stowaway(data[at + 2 :])
    if not scanned:
        raise BadImage(Reason.TRUNCATED)
    return _Parts("jpeg", width, height, b"".join(kept), exif)


def _worth_keeping(marker: int, segment: bytes) -> bool:
    """Tables, frames and scans; of the APPs only what decoding needs: JFIF, Adobe and colour profiles."""
    if marker == 0xE2:
        return segment[4:16] == b"ICC_PROFILE\0"
    if 0xE0 <= marker <= 0xEF:
        return marker in _KEPT_APPS
    return marker != 0xFE


def _scan_end(data: bytes, at: int) -> int:
    """Where entropy-coded data ends: at the next marker that is neither stuffing nor a restart."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise BadImage(Reason.TRUNCATED)
        following = data[at + 1]
        if following == 0 or 0xD0 <= following <= 0xD7:
            at += 2
        elif following == 0xFF:
            at += 1
        else:
            return at


_STOWAWAYS = (b"PK\x03\x04", b"PK\x05\x06", b"%PDF", b"<", b"MZ", b"\x7fELF", b"Rar!", b"#!", b"7z\xbc\xaf")


def _no_stowaway(tail: bytes) -> None:
    """Phones append padding and motion clips, which are dropped; another kind of file is refused."""
    if any(sign in tail[:64] or sign in tail[-64:] for sign in _STOWAWAYS[:3]):
        raise BadImage(Reason.POLYGLOT)
    if tail.lstrip(b"\0\r\n \t").startswith(_STOWAWAYS):
        raise BadImage(Reason.POLYGLOT)


_PNG_KEPT = {
    b"IHDR",
    b"PLTE",
    b"IDAT",
    b"IEND",
    b"tRNS",
    b"gAMA",
    b"cHRM",
    b"sRGB",
    b"iCCP",
    b"pHYs",
    b"sBIT",
}


def _png(data: bytes) -> _Parts:
    kept, exif, at = [data[:8]], b"", 8
    width, height = struct.unpack_from(">II", data, 16)
    if data[12:16] != b"IHDR":
        raise BadImage(Reason.NOT_AN_IMAGE)
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise BadImage(Reason.TRUNCATED)
        if zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            raise BadImage(Reason.TRUNCATED)
        if name == b"acTL":
            raise BadImage(Reason.ANIMATED)
        if name == b"eXIf":
            exif = data[at + 8 : end - 4]
        if name in _PNG_KEPT:
            kept.append(data[at:end])
        at = end
        if name == b"IEND":
            break
    _no_stowaway(data[at:])
    return _Parts("png", width, height, b"".join(kept), exif)


_ICC_FLAG, _ALPHA_FLAG, _ANIMATION_FLAG = 0x20, 0x10, 0x02


def _webp(data: bytes) -> _Parts:
    (size,) = struct.unpack_from("<I", data, 4)
    end = 8 + size
    if end > len(data):
        raise BadImage(Reason.TRUNCATED)
    kept, exif, width, height = [], b"", 0, 0
    for name, payload in _chunks(data, 12, end):
        if name == b"VP8X":
            if payload[0] & _ANIMATION_FLAG:
                raise BadImage(Reason.ANIMATED)
            payload = bytes([payload[0] & (_ICC_FLAG | _ALPHA_FLAG)]) + payload[1:]
            width, height = (1 + int.from_bytes(payload[n : n + 3], "little") for n in (4, 7))
        elif name == b"VP8 " and not width:
            width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", payload, 6))
        elif name == b"VP8L" and not width:
            bits = int.from_bytes(payload[1:5], "little")
            width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        elif name == b"EXIF":
            exif = payload.removeprefix(b"Exif\0\0")
        if name in {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP"}:
            kept.append(name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2))
    _no_stowaway(data[end + end % 2 :])
    body = b"WEBP" + b"".join(kept)
    return _Parts("webp", width, height, b"RIFF" + struct.pack("<I", len(body)) + body, exif)


def _chunks(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise BadImage(Reason.TRUNCATED)
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


_ORIENTATION = 0x0112


def _orientation(exif: bytes) -> int:
    """EXIF's orientation, 1 (upright) to 8; 1 when there is none or it makes no sense."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (at,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, at)
        for number in range(min(count, 200)):
            tag, _kind, _count, value = struct.unpack_from(order + "HHIH", exif, at + 2 + number * 12)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


def _turned(data: bytes, kind: str) -> bytes:
    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(data), formats=[kind.upper()]) as image:
            warnings.simplefilter("ignore")
            upright = ImageOps.exif_transpose(image)
            upright.info.pop("exif", None)
            out = io.BytesIO()
            options = {"icc_profile": image.info.get("icc_profile"), "quality": QUALITY}
            upright.save(out, kind.upper(), exif=b"", **options)
    except (OSError, ValueError, SyntaxError, ZeroDivisionError, OverflowError) as fault:
        raise BadImage(Reason.TRUNCATED) from fault
    return _walk(out.getvalue()).kept
