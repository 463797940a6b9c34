"""A workbook that we give away, written page by page: rows go to disk as they come, and nothing in them can run."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from models.workbooks.items import Cell
from models.workbooks.reading import Column
from models.workbooks.templates import CHOICES, HELP, WIDTH, head, write_choices

LONGEST_CELL = 32_767


class Page:
    """One sheet: its columns with their hints and drop-downs, then rows."""

    def __init__(self, book: "Book", title: str, columns: Sequence[Column], choices: str) -> None:
        self._sheet: Worksheet = book.workbook.add_worksheet(title)
        self._book, self._next = book, 1
        self.columns, self.choices = columns, choices
        head(book.workbook, self._sheet, columns, choices)

    def write(self, rows: Iterable[Sequence[Cell]]) -> None:
        """Add rows, cells in the order of the columns. Blocks: run it in a thread."""
        for row in rows:
            for place, value in enumerate(row):
                if isinstance(value, int | float):
                    self._sheet.write_number(self._next, place, value, self._book.number)
                elif value:
                    # words, whatever they begin with, and marked as such for those that save it as text
                    self._sheet.write_string(self._next, place, value[:LONGEST_CELL], self._book.text)
            self._next += 1


class Book:
    """A file of pages, in a folder of its own. Only `close` makes a workbook of it."""

    def __init__(self, path: Path) -> None:
        # what is written before the end lies beside the file, and goes with its folder
        options = {"constant_memory": True, "strings_to_formulas": False, "tmpdir": str(path.parent)}
        self.workbook = Workbook(str(path), options)
        self.text = self.workbook.add_format({"num_format": "@", "quote_prefix": True})
        self.number = self.workbook.add_format({"num_format": "General"})
        self._pages: list[Page] = []

    def page(self, title: str, columns: Sequence[Column]) -> Page:
        page = Page(self, title, columns, f"{CHOICES}{len(self._pages) or ''}")
        self._pages.append(page)
        return page

    def explain(self, title: str, lines: Sequence[str]) -> None:
        """A last page that says what the others are."""
        sheet = self.workbook.add_worksheet(HELP)
        sheet.set_column(0, 0, WIDTH * 4, self.workbook.add_format({"text_wrap": True}))
        sheet.write_string(0, 0, title, self.workbook.add_format({"bold": True}))
        for row, said in enumerate(lines, start=1):
            sheet.write_string(row, 0, said)

    def close(self) -> None:
        """Blocks: run it in a thread."""
        for page in self._pages:
            write_choices(self.workbook, page.columns, page.choices)
        self.workbook.close()
