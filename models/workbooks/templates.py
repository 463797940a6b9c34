"""An empty table to fill in, made from the same declaration that reads it."""

from typing import BinaryIO

from xlsxwriter import Workbook

from models.workbooks import cells
from models.workbooks.importing import Sheet
from models.workbooks.reading import MOST_ROWS, Column, sample, words_of

WIDTH = 18
HELP = "说明"
LAST = MOST_ROWS + 1
# Excel takes at most 255 signs of words for a drop-down
LONGEST_LIST = 255


def template(sheet: Sheet, out: BinaryIO) -> None:
    """Write the table's header with hints, drop-downs and an example row, and a page that explains it.

    All cells are text, so that Excel keeps numbers as they are typed. Blocks: run it in a thread.
    """
    with Workbook(out, {"constant_memory": True}) as book:
        page = book.add_worksheet(sheet.title)
        text = book.add_format({"num_format": "@"})
        example = book.add_format({"num_format": "@", "font_color": "#808080", "italic": True})
        heads = {
            required: book.add_format({"bold": True, "bg_color": colour, "border": 1, "num_format": "@"})
            for required, colour in ((True, "#FCE4D6"), (False, "#E7E6E6"))
        }
        page.set_column(0, len(sheet.columns) - 1, WIDTH, text)
        page.freeze_panes(1, 0)
        for place, column in enumerate(sheet.columns):
            page.write_string(0, place, column.header, heads[column.required])
            page.write_comment(0, place, _said(column))
            if words := words_of(column):
                page.data_validation(1, place, LAST, place, _choice(words))
        for place, column in enumerate(sheet.columns):
            page.write_string(1, place, sample(column), example)
        _explain(book, sheet)


def _said(column: Column) -> str:
    parts = ["必填" if column.required else "可不填", column.note, column.hint and f"如：{column.hint}"]
    if words := words_of(column):
        parts.append(f"只能填：{'、'.join(words)}")
    if column.read is cells.day:
        parts.append("日期，如2026-09-01")
    return "。".join(part for part in parts if part)


def _choice(words: list[str]) -> dict[str, object]:
    said = {"error_title": "请从列表中选择", "error_message": "只能填列表里的内容"}
    assert len(",".join(words)) <= LONGEST_LIST
    return {"validate": "list", "source": words, **said}


def _explain(book: Workbook, sheet: Sheet) -> None:
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
    for row, (left, right) in enumerate([*lines, *((c.header, _said(c)) for c in sheet.columns)], start=1):
        page.write_string(row, 0, left)
        page.write_string(row, 1, right)
