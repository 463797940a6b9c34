"""Reading what people send: Excel or CSV with Chinese headers, row by row. Formulas are never executed."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

MOST_BYTES = 50 * 2**20
MOST_UNPACKED = 500 * 2**20
MOST_ROWS = 200_000
FAULTS_SHOWN = 200

Row = dict[str, str]


class WorkbookRefused(ValueError):
    """The file cannot be read at all; the text says why, in Chinese."""


class Wrong(ValueError):
    """A cell that cannot be taken; the text says why, in Chinese."""


@dataclass(frozen=True)
class Column:
    """A column: its header, how a cell becomes a value (raising Wrong), and whether it must be filled.

    `hint` is an example of what is meant, shown when the cell is empty.
    """

    header: str
    read: Callable[[str], Any]
    required: bool = True
    hint: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong where; rows as the person counts them, the header being row 1."""

    row: int
    column: str
    said: str


@dataclass(frozen=True)
class Read:
    """Rows by number with their values, None for an empty or faulty cell.

    `unused` are headers that no column claims: a misspelt one would lose its cells in silence.
    """

    rows: list[tuple[int, dict[str, Any]]]
    faults: list[Fault]
    unused: list[str]


def read(path: Path, columns: Sequence[Column]) -> Read:
    """Read and check every row; raises WorkbookRefused for a file that is no table of ours.

    Blocks: run it in a thread.
    """
    lines = _lines(path)
    header = _header(next(lines, []), columns)
    rows: list[tuple[int, dict[str, Any]]] = []
    faults: list[Fault] = []
    for number, cells in enumerate(lines, start=2):
        if number > MOST_ROWS + 1:
            raise WorkbookRefused(f"超过{MOST_ROWS}行，请分成几个文件")
        if not any(cell.strip() for cell in cells):
            continue
        values = _values(number, dict(zip(header, cells, strict=False)), columns, faults)
        rows.append((number, values))
    known = {column.header for column in columns}
    return Read(rows, faults, [word for word in header if word and word not in known])


def _header(cells: list[str], columns: Sequence[Column]) -> list[str]:
    header = [cell.strip() for cell in cells]
    missing = [column.header for column in columns if column.required and column.header not in header]
    if missing:
        raise WorkbookRefused(f"第一行应是表头，缺少：{'、'.join(missing)}")
    twice = [column.header for column in columns if header.count(column.header) > 1]
    if twice:
        raise WorkbookRefused(f"表头重复：{'、'.join(twice)}，请只留一列")
    return header


def _values(number: int, row: Row, columns: Sequence[Column], faults: list[Fault]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in columns:
        text = row.get(column.header, "").strip()
        values[column.header] = None
        if not text:
            if column.required:
                faults.append(Fault(number, column.header, empty(column)))
            continue
        try:
            values[column.header] = column.read(text)
        except Wrong as wrong:
            faults.append(Fault(number, column.header, str(wrong)))
    return values


def empty(column: Column) -> str:
    """What is said of a cell that must be filled and is not."""
    return f"没有填写，应如{column.hint}" if column.hint else "没有填写"


def _lines(path: Path) -> Iterator[list[str]]:
    if path.stat().st_size > MOST_BYTES:
        raise WorkbookRefused("文件超过50MB，请分成几个文件")
    with path.open("rb") as file:
        head = file.read(8)
    if head[:4] == b"PK\x03\x04":
        return _excel(path)
    if head == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise WorkbookRefused("这是旧版 .xls 文件或加了密码，请去掉密码，另存为 .xlsx 或 CSV")
    return _csv(path)


def _excel(path: Path) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise WorkbookRefused("文件解开后过大，请另存后重试")
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (CalamineError, zipfile.BadZipFile, IndexError, OSError) as fault:
        raise WorkbookRefused("打不开这个 Excel 文件，请另存为 .xlsx 后重试") from fault
    return ([_cell(value) for value in row] for row in sheet.iter_rows())


def _cell(value: object) -> str:
    """A cell as it is read by people: whole numbers without `.0`, dates as 2026-09-01."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _csv(path: Path) -> Iterator[list[str]]:
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return _comma_separated(text)
    raise WorkbookRefused("这不是 Excel 或 CSV 文件，或编码无法识别")


def _comma_separated(text: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        yield from reader
    except csv.Error as fault:
        raise WorkbookRefused(f"第{reader.line_num}行读不下去，请检查引号是否成对") from fault
