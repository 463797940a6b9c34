"""PNG: chunks with checksums (ISO/IEC 15948)."""

import struct
import zlib
from collections.abc import Iterator
from itertools import count

from models.evidence.formats.walked import (
    BadImage,
    Reason,
    Walked,
    require,
    require_few,
    require_no_stowaway,
    require_size,
)

START = b"\x89PNG\r\n\x1a\n"
# bit depths by colour type
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
PALETTE = 3
# transparency by colour type: bytes, where the type allows it; a palette's is as long as it likes
TRANSPARENCY = {0: 2, 2: 6}
FIXED = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9}
LARGEST_PROFILE = 4 * 1024 * 1024


def walk(data: bytes) -> Walked:
    """The picture's parts; raises BadImage, or struct.error where it breaks off."""
    width, height, colour = _header(data)
    kept, exif, seen = [data[:_AFTER_HEADER]], b"", set[bytes]()
    for name, chunk in _chunks(data):
        if name == b"eXIf":
            exif = exif or chunk[8:-4]
        if name == b"IDAT" or (name not in seen and _worth_keeping(name, chunk[8:-4], colour, seen)):
            kept.append(chunk)
        seen.add(name)
    require(b"IDAT" in seen and (colour != PALETTE or b"PLTE" in seen))
    return Walked(width, height, b"".join([*kept, _END]), exif)


_AFTER_HEADER = 33
_END = b"\0\0\0\0IEND\xaeB\x60\x82"


def _header(data: bytes) -> tuple[int, int, int]:
    """Width, height and colour type."""
    length, name, width, height, depth, colour, packing, filtering, interlace, said = struct.unpack_from(
        ">I4sIIBBBBBI", data, 8
    )
    require(name == b"IHDR" and length == 13, Reason.NOT_AN_IMAGE)
    require_size(width, height)
    require(zlib.crc32(data[12:29]) == said)
    require(depth in DEPTHS.get(colour, ()) and packing == filtering == 0 and interlace <= 1)
    return width, height, colour


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk after the header, whole, up to the end of the image."""
    at = _AFTER_HEADER
    for pieces in count():
        require_few(pieces)
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        require(end <= len(data))
        require(zlib.crc32(data[at + 4 : end - 4]) == struct.unpack_from(">I", data, end - 4)[0])
        # a second header could tell another size than the one that was checked
        require(name != b"IHDR", Reason.NOT_AN_IMAGE)
        if name == b"acTL":
            raise BadImage(Reason.ANIMATED)
        if name == b"IEND":
            require_no_stowaway(data[end:])
            return
        yield name, data[at:end]
        at = end


def _worth_keeping(name: bytes, body: bytes, colour: int, seen: set[bytes]) -> bool:
    """Palette, transparency and colour, each where decoders expect it: before the pixels."""
    if b"IDAT" in seen:
        return False
    if name == b"PLTE":
        require(3 <= len(body) <= 768 and len(body) % 3 == 0)
        return colour in (2, PALETTE, 6)
    if name == b"tRNS":
        return len(body) == TRANSPARENCY.get(colour) or (colour == PALETTE and len(body) <= 256)
    if name == b"iCCP":
        return _is_profile(body)
    return len(body) == FIXED.get(name)


def _is_profile(body: bytes) -> bool:
    name, _, packed = body.partition(b"\0")
    if not 1 <= len(name) <= 79 or packed[:1] != b"\0":
        return False
    unpacking = zlib.decompressobj()
    try:
        unpacking.decompress(packed[1:], LARGEST_PROFILE)
    except zlib.error:
        return False
    return unpacking.eof
