"""An Excel file looked at before anything parses it: whether it was made to hurt, and what spoils its cells.

The library that reads it keeps a whole row, the shared words, the styles and the list of sheets in memory, some
hundred bytes for each element: a file of a few kilobytes can ask for all memory there is. So elements are counted
here in the bytes, and rows measured, without building anything.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_UNPACKED = 500 * 2**20
MOST_PARTS = 2000
# what the library keeps in memory: the shared words, and the small parts such as styles, in bytes and in elements
MOST_SHARED, MOST_SHARED_TAGS = 64 * 2**20, 4_000_000
MOST_OTHER, MOST_OTHER_TAGS = 8 * 2**20, 200_000
MOST_SHEETS = 500
# the elements of all rows: each costs the library some microseconds, of whatever name it is
MOST_CELL_TAGS = 16_000_000
# between the tags of two rows, and after the last of them
MOST_ROW, MOST_TAIL = 2**20, 8 * 2**20
CHUNK_BYTES = 1 << 20
# so that what is cut in two between chunks is still found
OVERLAP = 1 << 14

SHARED = "xl/sharedstrings.xml"
ROW = re.compile(rb"<(/?)(?:[\w.-]+:)?(row|sheetData)(?:\s[^>]*)?>")
MERGED = re.compile(rb"<(?:[\w.-]+:)?mergeCell\s")
# a formula whose result was never written down; an empty text is a result
UNSOLVED = re.compile(
    rb"<(?:[\w.-]+:)?c\b([^>]*)>\s*<(?:[\w.-]+:)?f\b(?:[^>]*/>|[^<]*</(?:[\w.-]+:)?f>)\s*"
    rb"(?:<(?:[\w.-]+:)?v\s*/>|<(?:[\w.-]+:)?v>\s*</(?:[\w.-]+:)?v>)?\s*</(?:[\w.-]+:)?c>"
)

BOMB = "文件解开后过大，请删去用不到的行和列，或分成几个文件后重试"
WIDE = "有一行里的格子多得不像表格，请只留要导入的列，另存后重试"
BROKEN = "打不开这个 Excel 文件，请另存为 .xlsx 后重试"
MACROS = "文件里有宏，请另存为不含宏的 .xlsx 后再上传"
LINKS = "文件引用了别的工作簿，请断开链接（数据－编辑链接），或复制后选择性粘贴为数值，再上传"
UNSOLVED_SAID = "表里有没有算出结果的公式，请用 Excel 或 WPS 打开保存一次，或复制后选择性粘贴为数值"


class WorkbookRefused(ValueError):
    """The file cannot be read at all; the text says why, in Chinese."""


@dataclass(frozen=True)
class Seen:
    """What is harmless and yet often the reason why a table is not understood."""

    merged: bool = False
    sheets: int = 1


def scan(path: Path) -> Seen:
    """Look at a file; raises WorkbookRefused. Of what is no Excel file nothing is said. Blocks: use a thread."""
    if not zipfile.is_zipfile(path):
        return Seen()
    try:
        with zipfile.ZipFile(path) as archive:
            return _parts(archive)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError) as fault:
        raise WorkbookRefused(BROKEN) from fault


def _parts(archive: zipfile.ZipFile) -> Seen:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise WorkbookRefused(BOMB)
    names = [part.filename.lower() for part in parts]
    if any(name.endswith("vbaproject.bin") for name in names):
        raise WorkbookRefused(MACROS)
    if any(name.startswith("xl/externallinks/") for name in names):
        raise WorkbookRefused(LINKS)
    merged, sheets = False, 0
    for part, name in zip(parts, names, strict=True):
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            merged |= _sheet(_chunks(archive, part))
            sheets += 1
        elif name.endswith((".xml", ".rels")):
            _small(archive, part, shared=name == SHARED)
    return Seen(merged, sheets)


def _chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(part) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _small(archive: zipfile.ZipFile, part: zipfile.ZipInfo, *, shared: bool) -> None:
    if part.file_size > (MOST_SHARED if shared else MOST_OTHER):
        raise WorkbookRefused(BOMB)
    tags = sheets = 0
    for chunk in _chunks(archive, part):
        tags += chunk.count(b"<")
        sheets += chunk.count(b"sheetId=")
        if tags > (MOST_SHARED_TAGS if shared else MOST_OTHER_TAGS) or sheets > MOST_SHEETS:
            raise WorkbookRefused(BOMB)


def _sheet(chunks: Iterator[bytes]) -> bool:
    """Whether a sheet has merged cells; raises WorkbookRefused for one that no program for tables writes."""
    rows, rest, before, merged, tags = _Rows(), b"", b"", False, 0
    for chunk in chunks:
        whole, rest = _cut(rest + chunk)
        # comments and the like could hide where a row ends; nothing writes them
        if b"<!" in whole:
            raise WorkbookRefused(BROKEN)
        rows.pass_over(whole)
        tags += whole.count(b"<") - whole.count(b"</")
        if tags > MOST_CELL_TAGS:
            raise WorkbookRefused(BOMB)
        near = before + whole
        if any(b't="str"' not in found[1] for found in UNSOLVED.finditer(near)):
            raise WorkbookRefused(UNSOLVED_SAID)
        merged = merged or MERGED.search(near) is not None
        before = near[-OVERLAP:]
    return merged


def _cut(some: bytes) -> tuple[bytes, bytes]:
    """Up to the end of the last whole tag, and what follows it."""
    at = some.rfind(b">") + 1
    if len(some) - at > MOST_ROW:
        raise WorkbookRefused(WIDE)
    return some[:at], some[at:]


class _Rows:
    """How far it is from one row's tag to the next, so that none is larger than the library can bear."""

    def __init__(self) -> None:
        self._since, self._open, self._ended = 0, False, False

    def pass_over(self, some: bytes) -> None:
        at = 0
        for tag in ROW.finditer(some):
            self._go(tag.start() - at)
            at, self._since = tag.end(), 0
            closing, is_row = bool(tag[1]), tag[2] == b"row"
            alone = tag[0].endswith(b"/>")
            if not is_row:
                self._ended = closing or alone
            elif self._ended or self._open != closing:
                # one row within another, or after the last
                raise WorkbookRefused(BROKEN)
            else:
                self._open = not closing and not alone
        self._go(len(some) - at)

    def _go(self, count: int) -> None:
        self._since += count
        if self._since > (MOST_TAIL if self._ended else MOST_ROW):
            raise WorkbookRefused(WIDE)
