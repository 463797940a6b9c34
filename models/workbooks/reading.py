"""Reading what people send: Excel or CSV with Chinese headers, row by row. Formulas are never executed.

One row is in memory at a time, whatever the size of the file.
"""

import codecs
import csv
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl

from models.workbooks.scanning import BROKEN, Seen, WorkbookRefused, scan

MOST_BYTES = 50 * 2**20
MOST_ROWS = 200_000
MOST_COLUMNS = 100
FAULTS_SHOWN = 200
CHUNK_BYTES = 1 << 20
EXAMPLE = "这是示例行，请删去后再上传"

OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Excel's “Unicode text” begins with these
UTF_16 = (b"\xff\xfe", b"\xfe\xff")

Row = dict[str, Any]


class Wrong(ValueError):
    """A cell that cannot be taken; the text says why, in Chinese."""


@dataclass(frozen=True)
class Column:
    """A column: its header, how a cell becomes a value (raising Wrong), and whether it must be filled.

    `hint` is an example of what is meant, shown when the cell is empty; `note` explains it in the template.
    `filled` False: we write it into tables that we give away, and nobody fills it in. `offered`: what most say
    there; other words may be right, too.
    """

    header: str
    read: Callable[[str], Any]
    required: bool = True
    hint: str = ""
    note: str = ""
    filled: bool = True
    offered: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fault:
    """What is wrong where; rows as the person counts them, the header being row 1. `grave` False: only unusual."""

    row: int
    column: str
    said: str
    grave: bool = True


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
    title: str = "",
) -> Read:
    """Hand every row with its number and values to `take`, None for an empty or faulty cell. In a workbook the
    sheet of that title is read, else the first.

    Raises WorkbookRefused for a file that is no table of ours. Blocks: run it in a thread.
    """
    seen = scan(path)
    with closing(lines(path, title)) as every:
        header = _header(next(every, []), columns, seen)
        count = 0
        for number, cells in enumerate(every, start=2):
            if number > MOST_ROWS + 1:
                # empty ones too: to pass over a million of them costs as much as to read them
                empty_ones = "，其中多数是空行，请删去表格下方的空行" if count < number // 2 else ""
                raise WorkbookRefused(f"超过{MOST_ROWS}行{empty_ones or '，请分成几个文件'}")
            if not any(cells):
                continue
            count += 1
            row = dict(zip(header, cells, strict=False))
            if _is_example(row, columns):
                fault(Fault(number, columns[0].header, EXAMPLE))
            else:
                take(number, _values(number, row, columns, fault, seen.merged))
    if not count:
        raise WorkbookRefused("表里没有数据行")
    known = {column.header for column in columns}
    return Read(count, [word for word in header if word and word not in known])


def words_of(column: Column) -> list[str]:
    """What may be chosen in a column; nothing for one that takes other words."""
    return list(getattr(column.read, "words", ()))


def several(column: Column) -> bool:
    """Whether a cell may name more than one of them."""
    return bool(getattr(column.read, "several", False))


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


def _header(header: list[str], columns: Sequence[Column], seen: Seen) -> list[str]:
    missing = [column.header for column in columns if column.required and column.header not in header]
    if missing:
        more = "。文件里有几个工作表，请把要导入的放在最前" if seen.sheets > 1 else ""
        more += "。表里有合并的单元格，请取消合并，让表头占第一行" if seen.merged else ""
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


def lines(path: Path, title: str = "") -> Generator[list[str], None, None]:
    """The cells of every row as people read them, without the spaces around, of a file that `scan` let pass; raises
    WorkbookRefused."""
    if path.stat().st_size > MOST_BYTES:
        raise WorkbookRefused("文件超过50MB，请分成几个文件")
    with path.open("rb") as file:
        head = file.read(8)
    if head[:4] == b"PK\x03\x04":
        return _excel(path, title)
    if head == OLD_EXCEL:
        raise WorkbookRefused("这是旧版 .xls 文件或加了密码，请去掉密码，另存为 .xlsx 或 CSV")
    return _csv(path)


def _excel(path: Path, title: str) -> Generator[list[str], None, None]:
    try:
        with path.open("rb") as file:
            yield from _sheet(file, title)
    except WorkbookRefused:
        raise
    except Exception as fault:
        # whatever a library says of a file that was not made by Excel
        raise WorkbookRefused(BROKEN) from fault


def _sheet(file: BinaryIO, title: str) -> Iterator[list[str]]:
    # values only: the last result of a formula, which is never computed here. A path would have to end in .xlsx
    book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    with closing(book):
        sheet = next((one for one in book.worksheets if one.title == title), book.worksheets[0])
        # what the file says of its size may be a lie or a whole empty sheet
        sheet.reset_dimensions()
        width = MOST_COLUMNS
        for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1):
            if number == 1:
                width = max((place for place, value in enumerate(row, 1) if value is not None), default=0)
            yield [_cell(value) for value in row[:width]]


def _cell(value: object) -> str:
    """A cell as it is read by people: whole numbers without `.0`, others to the fifteen digits that Excel shows,
    dates as 2026-09-01."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.15g}"
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
