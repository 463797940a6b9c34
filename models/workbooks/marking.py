"""A person's own file given back with what is wrong marked in it, and nothing in it that could run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from models.workbooks.reading import Fault, lines
from models.workbooks.spool import Spool

PROBLEM = "问题"
FAULTY, DOUBTFUL = "#FFC7CE", "#FFEB9C"
LONGEST_CELL = 32_767
# a comment is a drawing: with more of them a workbook opens slowly; colours and the last column stay
MOST_COMMENTS = 5000


def mark(path: Path, out: Path, spool: Spool, title: str = "") -> None:
    """Write the rows of `path` as they were, faulty cells coloured with the reason as a comment and all
    reasons in a last column. One row is in memory at a time. Blocks: run it in a thread.
    """
    # comments are held until the end by the library, rows are not
    with Workbook(str(out), {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("标注")
        bold = book.add_format({"bold": True})
        colours = {
            True: book.add_format({"bg_color": FAULTY}),
            False: book.add_format({"bg_color": DOUBTFUL}),
        }
        header: list[str] = []
        comments = 0
        for number, row in enumerate(lines(path, title), start=1):
            if number == 1:
                header = _trimmed(row)
                _write_row(sheet, 0, [*header, PROBLEM], bold)
                sheet.freeze_panes(1, 0)
                continue
            notes = spool.notes_of(number)
            _write_row(sheet, number - 1, row[: len(header)], None)
            for grave, note in notes:
                comments += _mark_cell(sheet, header, row, note, colours[grave], comments < MOST_COMMENTS)
            if notes:
                said = "；".join(f"{note.column}：{note.said}" for _, note in notes)
                sheet.write_string(number - 1, len(header), said[:LONGEST_CELL], colours[notes[0][0]])


def _trimmed(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row = row[:-1]
    return row


def _write_row(sheet: Worksheet, number: int, row: Sequence[str], style: Any) -> None:
    """Every cell as words: what begins like a formula is not one."""
    for place, cell in enumerate(row):
        if cell:
            sheet.write_string(number, place, cell[:LONGEST_CELL], style)


def _mark_cell(
    sheet: Worksheet, header: list[str], row: list[str], note: Fault, style: Any, comment: bool
) -> bool:
    """Colour a cell and say why; whether there is such a column to colour."""
    if note.column not in header:
        return False
    place = header.index(note.column)
    cell = row[place] if place < len(row) else ""
    if cell:
        sheet.write_string(note.row - 1, place, cell[:LONGEST_CELL], style)
    else:
        sheet.write_blank(note.row - 1, place, None, style)
    if comment:
        sheet.write_comment(note.row - 1, place, note.said)
    return comment
