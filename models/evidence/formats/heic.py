"""HEIC: boxes of the ISO base media file format (ISO/IEC 14496-12, 23008-12).

Only claims are read here. Nothing of the file is kept: browsers show no HEIC, so it becomes a JPEG.
"""

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

STILLS = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
MOVING = {b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"}
# what a phone puts behind the picture and no decoder needs: padding, motion clips
AFTER = {b"free", b"skip", b"wide", b"uuid", b"mdat", b"mpvd", b"sefd"}
_OVERLAY = b"iovl"  # claims its size inside its data, out of our sight


def starts(data: bytes) -> bool:
    """Whether a file says that it is HEIC, still or moving."""
    return data[4:8] == b"ftyp" and data[8:12] in STILLS | MOVING


def walk(data: bytes) -> Walked:
    """The largest size any part claims; raises BadImage, or IndexError and struct.error at a break."""
    boxes: dict[bytes, tuple[int, int]] = {}
    for name, begin, end in _boxes(data, 0, len(data)):
        require(name != b"moov", Reason.ANIMATED)
        require(name in AFTER or name not in boxes, Reason.NOT_AN_IMAGE)
        require(name in AFTER or name in (b"ftyp", b"meta"), Reason.NOT_AN_IMAGE)
        boxes.setdefault(name, (begin, end))
        if name in (b"free", b"skip", b"wide", b"uuid", b"sefd"):
            require_no_stowaway(data[begin:end])
    require(b"meta" in boxes and b"mdat" in boxes)
    _brands(data, *boxes[b"ftyp"])
    width, height = _claims(data, *boxes[b"meta"])
    return Walked(width, height, b"", b"")


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, begin and end of the content of each box; they fill the span exactly."""
    for pieces in count():
        require_few(pieces)
        if at == end:
            return
        size, name = struct.unpack_from(">I4s", data, at)
        begin = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, begin)
            begin += 8
        last = end if size == 0 else at + size
        require(begin <= last <= end)
        yield name, begin, last
        at = last


def _brands(data: bytes, begin: int, end: int) -> None:
    brands = {data[at : at + 4] for at in range(begin + 8, end, 4)} | {data[begin : begin + 4]}
    require(data[begin : begin + 4] not in MOVING, Reason.ANIMATED)
    require(bool(brands & (STILLS - {b"mif1"})), Reason.NOT_AN_IMAGE)


def _claims(data: bytes, begin: int, end: int) -> tuple[int, int]:
    """The largest of the sizes claimed, each within the limit."""
    sizes: list[tuple[int, int]] = []
    for name, at, last in _boxes(data, begin + 4, end):
        if name == b"iinf":
            require(_OVERLAY not in data[at:last], Reason.NOT_AN_IMAGE)
        if name == b"iprp":
            sizes += _sizes(data, at, last)
    require(bool(sizes))
    for size in sizes:
        require_size(*size)
    return max(sizes, key=lambda size: size[0] * size[1])


def _sizes(data: bytes, begin: int, end: int) -> Iterator[tuple[int, int]]:
    for name, at, last in _boxes(data, begin, end):
        if name != b"ipco":
            continue
        for kind, inside, _ in _boxes(data, at, last):
            if kind == b"ispe":
                width, height = struct.unpack_from(">II", data, inside + 4)
                yield width, height
