"""Reading what people send: Excel or CSV with Chinese headers, row by row. Formulas are never executed.

One row is in memory at a time, whatever the size of the file.
"""

import codecs
import csv
import zipfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl

MOST_BYTES = 50 * 2**20
MOST_UNPACKED = 500 * 2**20
# what the library keeps in memory: the shared words, and the small parts such as styles
MOST_SHARED = 64 * 2**20
MOST_OTHER = 8 * 2**20
MOST_PARTS = 2000
MOST_ROWS = 200_000
MOST_COLUMNS = 100
# Excel's own last row: files that name a later one are made to keep us counting
LAST_ROW = 1_048_576
FAULTS_SHOWN = 200
CHUNK_BYTES = 1 << 20
EXAMPLE = "这是示例行，请删去后再上传"

OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Excel's “Unicode text” begins with these
UTF_16 = (b"\xff\xfe", b"\xfe\xff")

Row = dict[str, Any]


class WorkbookRefused(ValueError):
    """The file cannot be read at all; the text says why, in Chinese."""


class Wrong(ValueError):
    """A cell that cannot be taken; the text says why, in Chinese."""


@dataclass(frozen=True)
class Column:
    """A column: its header, how a cell becomes a value (raising Wrong), and whether it must be filled.

    `hint` is an example of what is meant, shown when the cell is empty; `note` explains it in the template.
    """

    header: str
    read: Callable[[str], Any]
    required: bool = True
    hint: str = ""
    note: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong where; rows as the person counts them, the header being row 1."""

    row: int
    column: str
    said: str


@dataclass(frozen=True)
class Read:
    """How many rows there were. `unused` are headers that no column claims: a misspelt one would lose its
    cells in silence."""

    rows: int
    unused: list[str] = field(default_factory=list)


def read(
    path: Path,
    columns: Sequence[Column],
    take: Callable[[int, Row], None],
    fault: Callable[[Fault], None],
) -> Read:
    """Hand every row with its number and values to `take`, None for an empty or faulty cell.

    Raises WorkbookRefused for a file that is no table of ours. Blocks: run it in a thread.
    """
    with closing(lines(path)) as every:
        header = _header(next(every, []), columns, merged := has_merged(path))
        count = 0
        for number, cells in enumerate(every, start=2):
            if not any(cells):
                continue
            if number > MOST_ROWS + 1:
                raise WorkbookRefused(f"超过{MOST_ROWS}行，请分成几个文件")
            count += 1
            row = dict(zip(header, cells, strict=False))
            if _is_example(row, columns):
                fault(Fault(number, columns[0].header, EXAMPLE))
            else:
                take(number, _values(number, row, columns, fault, merged))
    if not count:
        raise WorkbookRefused("表里没有数据行")
    known = {column.header for column in columns}
    return Read(count, [word for word in header if word and word not in known])


def words_of(column: Column) -> list[str]:
    """What may be chosen in a column; nothing for one that takes other words."""
    return list(getattr(column.read, "words", ()))


def sample(column: Column) -> str:
    """What the example row of the template says; a row that says so is never taken."""
    if not column.required and not column.hint:
        return ""
    if words := words_of(column):
        return column.hint if column.hint in words else words[0]
    return column.hint.partition("或")[0]


def _is_example(row: Row, columns: Sequence[Column]) -> bool:
    """Whether a row is the template's own: the cells that must be filled say what its example says."""
    return all(row.get(column.header) == sample(column) for column in columns if column.required)


def _header(header: list[str], columns: Sequence[Column], merged: bool) -> list[str]:
    missing = [column.header for column in columns if column.required and column.header not in header]
    if missing:
        more = "。表里有合并的单元格，请取消合并，让表头占第一行" if merged else ""
        raise WorkbookRefused(f"第一行应是表头，缺少：{'、'.join(missing)}{more}")
    twice = [column.header for column in columns if header.count(column.header) > 1]
    if twice:
        raise WorkbookRefused(f"表头重复：{'、'.join(twice)}，请只留一列")
    return header


def _values(
    number: int, row: Row, columns: Sequence[Column], fault: Callable[[Fault], None], merged: bool
) -> Row:
    values: Row = {}
    for column in columns:
        text = row.get(column.header, "")
        values[column.header] = None
        if not text:
            if column.required:
                more = "；合并的单元格请取消合并，每行都填" if merged else ""
                fault(Fault(number, column.header, empty(column) + more))
            continue
        try:
            values[column.header] = column.read(text)
        except Wrong as wrong:
            fault(Fault(number, column.header, str(wrong)))
    return values


def empty(column: Column) -> str:
    """What is said of a cell that must be filled and is not."""
    return f"没有填写，应如{column.hint}" if column.hint else "没有填写"


def lines(path: Path) -> Generator[list[str], None, None]:
    """The cells of every row as people read them, without the spaces around; raises WorkbookRefused."""
    if path.stat().st_size > MOST_BYTES:
        raise WorkbookRefused("文件超过50MB，请分成几个文件")
    with path.open("rb") as file:
        head = file.read(8)
    if head[:4] == b"PK\x03\x04":
        return _excel(path)
    if head == OLD_EXCEL:
        raise WorkbookRefused("这是旧版 .xls 文件或加了密码，请去掉密码，另存为 .xlsx 或 CSV")
    return _csv(path)


def _excel(path: Path) -> Generator[list[str], None, None]:
    try:
        _refuse_bombs(path)
        with path.open("rb") as file:
            yield from _first_sheet(file)
    except WorkbookRefused:
        raise
    except Exception as fault:
        # whatever a library says of a file that was not made by Excel
        raise WorkbookRefused("打不开这个 Excel 文件，请另存为 .xlsx 后重试") from fault


def _first_sheet(file: BinaryIO) -> Iterator[list[str]]:
    # values only: the last result of a formula, which is never computed here. A path would have to end in .xlsx
    book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    with closing(book):
        sheet = book.worksheets[0]
        # what the file says of its size may be a lie or a whole empty sheet
        sheet.reset_dimensions()
        width = MOST_COLUMNS
        for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1):
            if number > LAST_ROW:
                raise WorkbookRefused("行数超过 Excel 的上限，请另存后重试")
            if number == 1:
                width = max((place for place, value in enumerate(row, 1) if value is not None), default=0)
            yield [_cell(value) for value in row[:width]]


def _refuse_bombs(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    sheets = [part for part in parts if part.filename.startswith("xl/worksheets/")]
    others = [part for part in parts if part not in sheets]
    if (
        len(parts) > MOST_PARTS
        or sum(part.file_size for part in parts) > MOST_UNPACKED
        or any(
            part.file_size > (MOST_SHARED if part.filename == "xl/sharedStrings.xml" else MOST_OTHER)
            for part in others
            if part.filename.endswith((".xml", ".rels"))
        )
    ):
        raise WorkbookRefused("文件解开后过大，请另存后重试")


def has_merged(path: Path) -> bool:
    """Whether an Excel file has merged cells, of which only the first one says anything."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if part.filename.startswith("xl/worksheets/sheet") and _holds(archive, part, b"<mergeCell "):
                return True
    return False


def _holds(archive: zipfile.ZipFile, part: zipfile.ZipInfo, word: bytes) -> bool:
    try:
        with archive.open(part) as file:
            tail = b""
            while chunk := file.read(CHUNK_BYTES):
                if word in tail + chunk:
                    return True
                tail = chunk[-len(word) :]
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError):
        return False
    return False


def _cell(value: object) -> str:
    """A cell as it is read by people: whole numbers without `.0`, dates as 2026-09-01."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        value = value.date() if value.time() == time(0) else value
    return value.isoformat() if isinstance(value, date) else str(value).strip()


def _csv(path: Path) -> Generator[list[str], None, None]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        first = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter="\t" if "\t" in first and "," not in first else ",")
        try:
            for row in reader:
                yield [cell.strip() for cell in row[:MOST_COLUMNS]]
        except csv.Error as fault:
            raise WorkbookRefused(f"第{reader.line_num}行读不下去，请检查引号是否成对") from fault


def _encoding(path: Path) -> str:
    """The first encoding in which the whole file is text."""
    with path.open("rb") as file:
        candidates = ["utf-16"] if file.read(2) in UTF_16 else ["utf-8-sig", "gb18030"]
    for encoding in candidates:
        if _is_text(path, encoding):
            return encoding
    raise WorkbookRefused("这不是 Excel 或 CSV 文件，或编码无法识别")


def _is_text(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                if "\0" in decoder.decode(chunk):
                    return False
            decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
