"""JPEG: markers and their segments (ITU-T T.81, annex B).

A decoder forgives damaged pixel data but not damaged tables, so these are checked as a decoder would.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
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

START = b"\xff\xd8\xff"
SOI, EOI = b"\xff\xd8", b"\xff\xd9"
DHT, END, SOS, DQT, DRI, APP0, APP1, APP2, APP14 = 0xC4, 0xD9, 0xDA, 0xDB, 0xDD, 0xE0, 0xE1, 0xE2, 0xEE
# baseline, extended, progressive: browsers show no other; arithmetic and lossless coding are refused
FRAMES, PROGRESSIVE = (0xC0, 0xC1, 0xC2), 0xC2
# comments, what applications add, and the line count that frames with a height do not need
DROPPED = {0xDC, 0xFE, *range(0xE0, 0xF0), *range(0xF0, 0xFE)}
LONGEST_SIDE = 65_500  # libjpeg's limit
MOST_SCANS = 64  # encoders write about ten; thousands would keep a decoder busy for minutes

_MARKER = re.compile(rb"\xff+([^\xff])")  # any number of fill bytes before it
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # neither stuffing nor fill nor a restart


def walk(data: bytes) -> Walked:
    """The picture's parts; raises BadImage, or IndexError and struct.error where it breaks off."""
    kept, exif, header = [SOI], b"", _Header()
    for marker, segment in _segments(data):
        header.read(marker, segment)
        if marker == APP1 and segment[4:10] == b"Exif\0\0":
            exif = exif or segment[10:]
        kept.append(_less_metadata(marker, segment))
    require(header.scans > 0)
    return Walked(header.width, header.height, b"".join([*kept, EOI]), exif)


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each marker with its segment, up to the end of the image; a scan's comes with its pixel data."""
    at = 2
    for pieces in count():
        require_few(pieces)
        require(data[at] == 0xFF, Reason.NOT_AN_IMAGE)
        marker = _found(_MARKER.match(data, at))
        body = marker.end()
        if data[body - 1] == END:
            require_no_stowaway(data[body:])
            return
        (length,) = struct.unpack_from(">H", data, body)
        end = body + length
        require(length >= 2 and end <= len(data))
        if data[body - 1] == SOS:
            end = _found(_NEXT_MARKER.search(data, end)).start()
        yield data[body - 1], data[body - 2 : end]
        at = end


def _found(match: re.Match[bytes] | None) -> re.Match[bytes]:
    if match is None:
        raise BadImage(Reason.TRUNCATED)
    return match


def _less_metadata(marker: int, segment: bytes) -> bytes:
    """What decoding needs: tables, frame, scans, colour; of JFIF and Adobe their fixed part alone."""
    if marker == APP0 and segment[4:9] == b"JFIF\0" and len(segment) >= 18:
        return b"\xff\xe0\x00\x10" + segment[4:16] + b"\0\0"  # no thumbnail
    if marker == APP14 and segment[4:9] == b"Adobe" and len(segment) >= 16:
        return b"\xff\xee\x00\x0e" + segment[4:16]
    if marker == APP2 and segment[4:16] == b"ICC_PROFILE\0" and len(segment) >= 18:
        return segment
    return b"" if marker in DROPPED else segment


@dataclass
class _Header:
    """What a decoder knows by now. `parts`: quantisation table by component; `codes`: (class, number)."""

    width: int = 0
    height: int = 0
    progressive: bool = False
    parts: dict[int, int] = field(default_factory=dict)
    blocks: dict[int, int] = field(default_factory=dict)
    quantisers: set[int] = field(default_factory=set)
    codes: set[tuple[int, int]] = field(default_factory=set)
    scans: int = 0

    def read(self, marker: int, segment: bytes) -> None:
        if marker in FRAMES:
            self._frame(marker, segment)
        elif marker == SOS:
            self._scan(segment)
        elif marker == DQT:
            self._quantisers(segment[4:])
        elif marker == DHT:
            self._codes(segment[4:])
        elif marker == DRI:
            require(len(segment) == 6)
        else:
            require(marker in DROPPED, Reason.NOT_AN_IMAGE)

    def _frame(self, marker: int, segment: bytes) -> None:
        # a second frame could tell another size than the one that was checked
        require(not self.parts, Reason.NOT_AN_IMAGE)
        precision, self.height, self.width, parts = struct.unpack_from(">BHHB", segment, 4)
        require(precision == 8 and parts in (1, 3, 4), Reason.NOT_AN_IMAGE)
        require_size(self.width, self.height)
        require(max(self.width, self.height) <= LONGEST_SIDE, Reason.TOO_MANY_PIXELS)
        require(len(segment) == 10 + 3 * parts)
        sampled = [(segment[at + 1] >> 4, segment[at + 1] & 15) for at in range(10, len(segment), 3)]
        for sides in zip(*sampled, strict=True):
            require(all(1 <= side <= 4 and max(sides) % side == 0 for side in sides))
        self.parts = dict(zip(segment[10::3], segment[12::3], strict=True))
        require(len(self.parts) == parts)
        self.blocks = {part: h * v for part, (h, v) in zip(self.parts, sampled, strict=True)}
        self.progressive = marker == PROGRESSIVE

    def _quantisers(self, tables: bytes) -> None:
        while tables:
            wide, number = divmod(tables[0], 16)
            length = 1 + 64 * (1 + wide)
            require(wide <= 1 and number <= 3 and length <= len(tables))
            self.quantisers.add(number)
            tables = tables[length:]

    def _codes(self, tables: bytes) -> None:
        while tables:
            of_ac, number = divmod(tables[0], 16)
            counts = tables[1:17]
            length = 17 + sum(counts)
            require(of_ac <= 1 and number <= 3 and length <= len(tables) and len(counts) == 16)
            require(sum(counts) <= 256 and _is_prefix_code(counts))
            require(bool(of_ac) or all(symbol <= 15 for symbol in tables[17:length]))
            self.codes.add((of_ac, number))
            tables = tables[length:]

    def _scan(self, segment: bytes) -> None:
        (length,) = struct.unpack_from(">H", segment, 2)
        parts = segment[4]
        require(1 <= parts <= 4 and length == 6 + 2 * parts)
        self.scans += 1
        require(self.scans <= MOST_SCANS, Reason.NOT_AN_IMAGE)
        tables = dict(zip(segment[5 : 5 + 2 * parts : 2], segment[6 : 6 + 2 * parts : 2], strict=True))
        require(len(tables) == parts and all(self.parts.get(part) in self.quantisers for part in tables))
        # an interleaved scan has room for ten blocks (B.2.3)
        require(parts == 1 or sum(self.blocks[part] for part in tables) <= 10)
        first, last, steps = segment[5 + 2 * parts : 8 + 2 * parts]
        for of_ac in self._needed(parts, first, last, *divmod(steps, 16)):
            used = {table & 15 if of_ac else table >> 4 for table in tables.values()}
            require(all((of_ac, number) in self.codes for number in used))

    def _needed(self, parts: int, first: int, last: int, before: int, after: int) -> tuple[int, ...]:
        """Which classes of Huffman tables a scan uses: 0 for DC, 1 for AC."""
        if not self.progressive:
            return (0, 1)
        require(first <= last <= 63 and after <= 13 and before in (0, after + 1))
        if first == 0:
            require(last == 0)
            return () if before else (0,)
        require(parts == 1)
        return (1,)


def _is_prefix_code(counts: bytes) -> bool:
    """Whether so many codes of 1 to 16 bits exist, none of them all ones (annex C)."""
    code = 0
    for bits, codes in enumerate(counts, start=1):
        code += codes
        if codes and code >= 1 << bits:
            return False
        code <<= 1
    return True
