"""A file's rows on disk while they are checked and written: memory stays the same, whatever their number.

A private SQLite file beside nothing else, gone when the import is over. Rows are found again by subject
(a person's telephone number, a school's code), so that all that a file says of one is seen together.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Self

from models.workbooks import cells
from models.workbooks.folders import private_folder
from models.workbooks.reading import Column, Fault, Row

BATCH = 500
# what one subject may say in one file; comparing its rows with each other costs their square
MOST_OF_ONE = 100

Rows = list[tuple[int, Row]]
Key = Callable[[Row], str | None]

TABLES = """
CREATE TABLE line (number INTEGER PRIMARY KEY, cells TEXT NOT NULL);
CREATE TABLE subject (grouping INTEGER, key TEXT, number INTEGER, PRIMARY KEY (grouping, key, number)) WITHOUT ROWID;
CREATE TABLE fault (number INTEGER, header TEXT, said TEXT, PRIMARY KEY (number, header)) WITHOUT ROWID;
CREATE TABLE warning (number INTEGER, header TEXT, said TEXT, PRIMARY KEY (number, header)) WITHOUT ROWID;
"""


class Spool:
    """Rows under the subjects of each grouping, and what is wrong with them: one fault a cell, the first."""

    def __init__(self, file: Path, columns: Sequence[Column], groupings: Sequence[Key]) -> None:
        # filled in a thread, read where the transaction is; never at the same time
        self._db = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
        self._db.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {TABLES} BEGIN")
        self._headers = [column.header for column in columns]
        self._days = [place for place, column in enumerate(columns) if column.read is cells.day]
        self._groupings = groupings
        self.rows = 0

    @classmethod
    @contextmanager
    def opened(cls, columns: Sequence[Column], groupings: Sequence[Key]) -> Iterator[Self]:
        with private_folder() as folder:
            spool = cls(folder / "rows.sqlite3", columns, groupings)
            try:
                yield spool
            finally:
                spool._db.close()

    def take(self, number: int, row: Row) -> None:
        said = [value.isoformat() if isinstance(value, date) else value for value in row.values()]
        self._db.execute("INSERT INTO line VALUES (?, ?)", (number, json.dumps(said, ensure_ascii=False)))
        for place, key in enumerate(self._groupings):
            # a row that does not say whose it is stands alone
            self._db.execute(
                "INSERT INTO subject VALUES (?, ?, ?)", (place, key(row) or f"#{number}", number)
            )
        self.rows += 1

    def fault(self, fault: Fault) -> None:
        self._note("fault", fault)

    def warn(self, warning: Fault) -> None:
        self._note("warning", warning)

    def _note(self, table: str, fault: Fault) -> None:
        self._db.execute(
            f"INSERT OR IGNORE INTO {table} VALUES (?, ?, ?)",  # noqa: S608
            (fault.row, fault.column, fault.said),
        )

    def batches(self, grouping: int = 0) -> Iterator[Rows]:
        """All rows, some hundred subjects at a time by their keys, the rows of one never parted."""
        after = ""
        while last := self._last(grouping, after):
            found = self._db.execute(
                "SELECT number, cells FROM (SELECT number, key, ROW_NUMBER() OVER (PARTITION BY key"
                " ORDER BY number) AS place FROM subject WHERE grouping = ? AND key > ? AND key <= ?)"
                " JOIN line USING (number) WHERE place <= ? ORDER BY key, number",
                (grouping, after, last, MOST_OF_ONE),
            )
            yield [(number, self._row(said)) for number, said in found]
            after = last

    def _last(self, grouping: int, after: str) -> str | None:
        (found,) = self._db.execute(
            "SELECT MAX(key) FROM (SELECT DISTINCT key FROM subject WHERE grouping = ? AND key > ?"
            " ORDER BY key LIMIT ?)",
            (grouping, after, BATCH),
        ).fetchone()
        return None if found is None else str(found)

    def too_many(self) -> Iterator[int]:
        """The first row of each subject that has more rows than are looked at."""
        yield from (
            number
            for (number,) in self._db.execute(
                "SELECT MIN(number) FROM subject WHERE grouping = 0 GROUP BY key HAVING COUNT(*) > ?",
                (MOST_OF_ONE,),
            ).fetchall()
        )

    def _row(self, said: str) -> Row:
        values: list[Any] = json.loads(said)
        for place in self._days:
            values[place] = values[place] and date.fromisoformat(values[place])
        return dict(zip(self._headers, values, strict=True))

    def count(self, table: str = "fault") -> int:
        return int(self._db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])  # noqa: S608

    def faults(self, limit: int = -1) -> list[Fault]:
        """The first faults in the file's order; all of them with -1."""
        return list(self._noted("fault", limit))

    def warnings(self, limit: int = -1) -> list[Fault]:
        return list(self._noted("warning", limit))

    def notes_of(self, number: int) -> list[tuple[bool, Fault]]:
        """What is said of one row: whether it is a fault, and the words."""
        return [
            (bool(grave), Fault(number, header, said))
            for grave, header, said in self._db.execute(
                "SELECT 1, header, said FROM fault WHERE number = ? UNION ALL"
                " SELECT 0, header, said FROM warning WHERE number = ?",
                (number, number),
            )
        ]

    def _noted(self, table: str, limit: int) -> Iterator[Fault]:
        places = {header: place for place, header in enumerate(self._headers)}
        found = self._db.execute(
            f"SELECT number, header, said FROM {table} ORDER BY number LIMIT ?",  # noqa: S608
            (limit,),
        ).fetchall()
        yield from sorted(
            (Fault(*row) for row in found), key=lambda one: (one.row, places.get(one.column, -1))
        )
