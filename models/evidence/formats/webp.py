"""WebP: a RIFF container (RFC 9649)."""

import struct
from collections.abc import Iterator
from itertools import count

from models.evidence.formats.walked import (
    Reason,
    Walked,
    require,
    require_few,
    require_no_stowaway,
    require_size,
)

START, FORM = b"RIFF", b"WEBP"
ICC, ALPHA, ANIMATION = 0x20, 0x10, 0x02
LOSSY, LOSSLESS = b"VP8 ", b"VP8L"


def walk(data: bytes) -> Walked:
    """The picture's parts; raises BadImage, or IndexError and struct.error where it breaks off."""
    found: dict[bytes, bytes] = {}
    for name, payload in _chunks(data):
        found.setdefault(name, payload)
    require(not found.keys() & {b"ANIM", b"ANMF"}, Reason.ANIMATED)
    bitstreams = found.keys() & {LOSSY, LOSSLESS}
    require(len(bitstreams) == 1)
    bitstream = bitstreams.pop()
    width, height = _size(bitstream, found[bitstream])
    require_size(width, height)
    exif = found.get(b"EXIF", b"").removeprefix(b"Exif\0\0")
    names = [name for name in (b"ICCP", b"ALPH", bitstream) if name in found]
    if b"VP8X" in found:
        return Walked(width, height, _riff(_extended(found, width, height), names, found), exif)
    return Walked(width, height, _riff(b"", [bitstream], found), exif)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and payload of each chunk."""
    (size,) = struct.unpack_from("<I", data, 4)
    at, end = 12, 8 + size
    require(at <= end <= len(data))
    for pieces in count():
        require_few(pieces)
        if at + 8 > end:
            break
        name, length = struct.unpack_from("<4sI", data, at)
        require(at + 8 + length <= end)
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
    require_no_stowaway(data[end + end % 2 :])


def _size(name: bytes, payload: bytes) -> tuple[int, int]:
    if name == LOSSY:
        # a key frame begins so (RFC 6386, 9.1); the upper two bits of each side only scale
        require(not payload[0] & 1 and payload[3:6] == b"\x9d\x01\x2a")
        width, height = struct.unpack_from("<HH", payload, 6)
        return width & 0x3FFF, height & 0x3FFF
    require(payload[0] == 0x2F)
    (bits,) = struct.unpack_from("<I", payload, 1)
    return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)


def _extended(found: dict[bytes, bytes], width: int, height: int) -> bytes:
    """The VP8X chunk, saying of what it announces only what is kept."""
    said = found[b"VP8X"]
    require(len(said) == 10)
    require(not said[0] & ANIMATION, Reason.ANIMATED)
    canvas = tuple(1 + int.from_bytes(said[at : at + 3], "little") for at in (4, 7))
    require(canvas == (width, height))
    flags = said[0] & ALPHA | (ICC if b"ICCP" in found else 0)
    return _chunk(b"VP8X", bytes([flags, 0, 0, 0]) + said[4:])


def _riff(extended: bytes, names: list[bytes], found: dict[bytes, bytes]) -> bytes:
    body = FORM + extended + b"".join(_chunk(name, found[name]) for name in names)
    return START + struct.pack("<I", len(body)) + body


def _chunk(name: bytes, payload: bytes) -> bytes:
    return name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)
