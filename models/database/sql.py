"""Raw SQL over Tortoise's own connection, written once for both engines.

Statements use PostgreSQL's `$1` places. On SQLite they become `?1`, and what comes back as text or 0/1
is for the caller to read with `instant`, `document` and `bool`.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from pydantic_core import from_json
from tortoise.connection import get_connection

_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_PLACE = re.compile(r"\$(\d+)(?:::[a-z]+)?")


@lru_cache(maxsize=512)
def _for_sqlite(statement: str) -> str:
    return _PLACE.sub(r"?\1", statement)


def _written_for(connection: Any, statement: str) -> str:
    return _for_sqlite(statement) if connection.capabilities.dialect == "sqlite" else statement


def on_postgres() -> bool:
    """Whether the running engine is PostgreSQL."""
    return get_connection("default").capabilities.dialect == "postgres"


def skip_locked(table: str | None = None) -> str:
    """The clause that lets several workers claim rows at once; SQLite writes one at a time anyway.

    `table`: the only one of a join whose rows are claimed.
    """
    if not on_postgres():
        return ""
    return f" FOR UPDATE OF {table} SKIP LOCKED" if table else " FOR UPDATE SKIP LOCKED"


async def rows(statement: str, *values: Any) -> list[dict[str, Any]]:
    """Run a statement and return its rows as dicts, in the statement's order.

    Use `RETURNING` to learn what a write did. Inside `in_transaction()` it runs in that transaction.
    """
    connection = get_connection("default")
    return await connection.execute_query_dict(_written_for(connection, statement), list(values))


async def records(statement: str, *values: Any) -> Sequence[Any]:
    """As `rows`, for reads of thousands: the driver's own rows, read by name, without a dict made of each."""
    connection = get_connection("default")
    _count, found = await connection.execute_query(_written_for(connection, statement), list(values))
    return found


async def many(statement: str, values: list[list[Any]]) -> None:
    """Run one write for each list of values, in one go and all or nothing."""
    connection = get_connection("default")
    await connection.execute_many(_written_for(connection, statement), values)


async def over_rows(statement: str, types: list[str], values: list[list[Any]], *common: Any) -> None:
    """Run one write over many rows: `{rows}` in the statement is a table `v` with columns c1, c2, …

    `types` are PostgreSQL's names of the columns' types. `common` values, the same for all rows, have the
    places after them: with two types, `$3` is the first. One round trip on PostgreSQL, whatever the number
    of rows; on SQLite one execution a row. Call it inside a transaction when it must be all or nothing.
    """
    if not values:
        return
    names = [f"c{number}" for number in range(1, len(types) + 1)]
    if on_postgres():
        arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(types, 1))
        table = f"unnest({arrays}) AS v({', '.join(names)})"
        await get_connection("default").execute_query(
            statement.format(rows=table), [*map(list, zip(*values, strict=True)), *common]
        )
        return
    cells = ", ".join(f"?{number} AS {name}" for number, name in enumerate(names, 1))
    statement = _for_sqlite(statement.format(rows=f"(SELECT {cells}) AS v"))
    await get_connection("default").execute_many(statement, [[*row, *common] for row in values])


async def advisory_lock(number: int) -> None:
    """Wait for a lock that lasts until the transaction ends. SQLite's transactions are one at a time anyway."""
    if on_postgres():
        await rows("SELECT pg_advisory_xact_lock($1::bigint)", number)


async def look_again(*tables: str) -> None:
    """Have PostgreSQL plan anew for tables that grow in this transaction: a plan made while one was empty
    reads all of it for each row. SQLite's plans do not depend on the size."""
    if on_postgres():
        for table in tables:
            await get_connection("default").execute_script(f"ANALYZE {table}")


def instant(value: datetime | str | None) -> datetime | None:
    """An aware UTC instant from what either engine returns; None stays None."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.astimezone(UTC) if value is not None else None


def day(value: date | str) -> date:
    """A date from what either engine returns."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def document(value: Any) -> Any:
    """A JSON value from what either engine returns (PostgreSQL's driver gives text in raw queries)."""
    return from_json(value) if isinstance(value, str | bytes) else value


def dump(value: Any) -> str:
    """JSON text for a raw write; ValueError for NaN and infinities, which JSON has not."""
    return _ENCODER.encode(value)


def places(values: list[Any], start: int = 1) -> str:
    """`$1,$2,…` for as many values; `NULL` for none, so that `IN (…)` is true of nothing."""
    return ",".join(f"${start + i}" for i in range(len(values))) or "NULL"


def among(place: int, kind: str) -> str:
    """`(…)` for `x IN (…)` with one parameter that holds many values, as `packed` makes it.

    For hundreds of values: PostgreSQL compares a row with each of a list of parameters, but hashes this.
    """
    if on_postgres():
        return f"(SELECT unnest(${place}::{kind}[]))"
    return f"(SELECT value FROM json_each(${place}))"  # noqa: S608


def packed(values: list[Any]) -> Any:
    """Many values as the one parameter of `among`."""
    return values if on_postgres() else dump(values)
