"""An empty table to fill in, made from the same declaration that reads it."""

from collections.abc import Sequence
from typing import BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from models.workbooks import cells
from models.workbooks.importing import Sheet
from models.workbooks.reading import MOST_ROWS, Column, sample, several, words_of

WIDTH = 18
HELP = "说明"
CHOICES = "选项"
LAST = MOST_ROWS + 1
# Excel takes at most 255 signs of words for a drop-down
LONGEST_LIST = 255


def template(sheet: Sheet, out: BinaryIO) -> None:
    """Write the table's header with hints, drop-downs and an example row, and a page that explains it.

    All cells are text, so that Excel keeps numbers as they are typed. Blocks: run it in a thread.
    """
    columns = [column for column in sheet.columns if column.filled]
    with Workbook(out, {"constant_memory": True}) as book:
        page = book.add_worksheet(sheet.title)
        example = book.add_format({"num_format": "@", "font_color": "#808080", "italic": True})
        head(book, page, columns, CHOICES)
        for place, column in enumerate(columns):
            page.write_string(1, place, sample(column), example)
        _explain(book, sheet, columns)
        write_choices(book, columns, CHOICES)


def head(book: Workbook, page: Worksheet, columns: Sequence[Column], choices: str) -> None:
    """The first row with its hints, and the drop-downs below it. `choices`: the page that has the long lists."""
    text = book.add_format({"num_format": "@"})
    heads = {
        required: book.add_format({"bold": True, "bg_color": colour, "border": 1, "num_format": "@"})
        for required, colour in ((True, "#FCE4D6"), (False, "#E7E6E6"))
    }
    page.set_column(0, len(columns) - 1, WIDTH, text)
    page.freeze_panes(1, 0)
    long = _long(columns)
    for place, column in enumerate(columns):
        page.write_string(0, place, column.header, heads[column.required])
        page.write_comment(0, place, _said(column))
        if words := _listed(column):
            source: object = words
            if column in long:
                at = xl_rowcol_to_cell(0, long.index(column), row_abs=True, col_abs=True)
                last = xl_rowcol_to_cell(len(words) - 1, long.index(column), row_abs=True, col_abs=True)
                source = f"='{choices}'!{at}:{last}"
            page.data_validation(1, place, LAST, place, _choice(column, source))


def write_choices(book: Workbook, columns: Sequence[Column], choices: str) -> None:
    """The lists that are too long to stand in a drop-down itself, on a page that is not shown."""
    long = _long(columns)
    if not long:
        return
    page = book.add_worksheet(choices)
    page.hide()
    lists = [_listed(column) for column in long]
    for row in range(max(len(words) for words in lists)):
        for place, words in enumerate(lists):
            if row < len(words):
                page.write_string(row, place, words[row])


def _long(columns: Sequence[Column]) -> list[Column]:
    """Lists that are too long for a drop-down itself, or have a comma in a word: it would be two there."""
    lists = [(column, _listed(column)) for column in columns]
    return [
        column
        for column, words in lists
        if len(",".join(words)) > LONGEST_LIST or any("," in word for word in words)
    ]


def _listed(column: Column) -> list[str]:
    """What a drop-down offers."""
    return list(column.offered) or words_of(column)


def _said(column: Column) -> str:
    parts = ["必填" if column.required else "可不填", column.note, column.hint and f"如：{column.hint}"]
    if words := words_of(column):
        parts.append(f"只能填：{'、'.join(words)}")
    if column.read is cells.day:
        parts.append("日期，如2026-09-01")
    return "。".join(part for part in parts if part)


def _choice(column: Column, source: object) -> dict[str, object]:
    # of several the drop-down gives the first, and the others are typed behind it
    strict = not several(column) and not column.offered
    said = {"error_title": "请从列表中选择", "error_message": "只能填列表里的内容"}
    return {"validate": "list", "source": source, "show_error": strict, **said}


def _explain(book: Workbook, sheet: Sheet, columns: Sequence[Column]) -> None:
    page = book.add_worksheet(HELP)
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
    page.set_column(0, 0, WIDTH)
    page.set_column(1, 1, 80, wrapped)
    lines = [
        *((f"{number}.", said) for number, said in enumerate(sheet.about, start=1)),
        ("", "第2行是示例，请删去，留着不能导入。表头不要改名，不要合并单元格；列的顺序可以改。"),
        ("", "整份表全部正确才会写入；有错时一行也不写入。同一份表可以反复导入，不会重复。"),
    ]
    page.write_string(0, 0, f"{sheet.title}导入表", bold)
    for row, (left, right) in enumerate([*lines, *((c.header, _said(c)) for c in columns)], start=1):
        page.write_string(row, 0, left)
        page.write_string(row, 1, right)
