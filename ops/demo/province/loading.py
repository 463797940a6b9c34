"""Rows into tables as fast as the engine takes them, in the caller's transaction."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from tortoise.connection import get_connection

from models.database import sql

AT_ONCE = 5_000


async def load(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Add rows to a table, however many there are, without holding more than a few thousand; returns how many.

    PostgreSQL copies them; SQLite takes them in batches.
    """
    connection: Any = get_connection("default")
    counted = _Counted(rows)
    if sql.on_postgres():
        async with connection.acquire_connection() as held:
            await held.copy_records_to_table(table, records=counted, columns=list(columns))
        return counted.rows
    places = ", ".join(f"?{number}" for number in range(1, len(columns) + 1))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - ours, both
    several = iter(counted)
    while batch := list(islice(several, AT_ONCE)):
        await connection.execute_many(statement, batch)
    return counted.rows


async def number_on(tables: Iterable[str]) -> None:
    """Let new rows be numbered after those that were loaded with their numbers. SQLite does so by itself."""
    if sql.on_postgres():
        for table in tables:
            await sql.rows(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), MAX(id)) FROM {table} HAVING MAX(id) > 0"  # noqa: S608
            )


class _Counted:
    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._source, self.rows = rows, 0

    def __iter__(self) -> Iterator[Sequence[Any]]:
        for row in self._source:
            self.rows += 1
            yield row
