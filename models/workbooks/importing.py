"""A file into the database: every row is right, or nothing is written. Repeatable."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.organisations.actions import place_key
from models.organisations.tables import PostKind
from models.workbooks.reading import Column, Fault, Read, WorkbookRefused, read

# two imports at once would write the same rows in different orders and stop each other
IMPORT_LOCK = 530_000_003

Rows = list[tuple[int, dict[str, Any]]]
Snapshot = dict[str, set[tuple[Any, ...]]]


@dataclass(frozen=True)
class Sheet:
    """A kind of table: its columns, what to check beyond single cells, how to write it.

    `state` is a statement whose rows begin with the subject's key; by it new and changed are counted.
    """

    columns: Sequence[Column]
    faults: Callable[[Rows], Awaitable[list[Fault]]]
    write: Callable[[Rows, datetime], Awaitable[None]]
    state: str


@dataclass(frozen=True)
class Imported:
    """Rows read, subjects newly made and changed; or the faults in the file's order, and nothing written.

    `unused` are headers that no column claims.
    """

    rows: int
    new: int = 0
    changed: int = 0
    faults: list[Fault] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


async def import_sheet(path: Path, sheet: Sheet, now: datetime) -> Imported:
    """Read, check everything, then write in one transaction. Raises WorkbookRefused for no table of ours."""
    found: Read = await asyncio.to_thread(read, path, sheet.columns)
    if not found.rows:
        raise WorkbookRefused("表里没有数据行")
    faults = _once(found.faults, await sheet.faults(found.rows))
    if faults:
        return Imported(len(found.rows), faults=faults, unused=found.unused)
    async with in_transaction():
        await sql.advisory_lock(IMPORT_LOCK)
        before = await _snapshot(sheet.state)
        await sheet.write(found.rows, now)
        after = await _snapshot(sheet.state)
    changed = sum(before[key] != state for key, state in after.items() if key in before)
    return Imported(len(found.rows), len(after) - len(before), changed, unused=found.unused)


def _once(of_cells: list[Fault], of_rows: list[Fault]) -> list[Fault]:
    """One fault a cell, the plainest first, in the file's order."""
    known = {(fault.row, fault.column) for fault in of_cells}
    more = [fault for fault in of_rows if (fault.row, fault.column) not in known]
    return sorted([*of_cells, *more], key=lambda fault: fault.row)


async def _snapshot(statement: str) -> Snapshot:
    found: Snapshot = defaultdict(set)
    for row in await sql.rows(statement):
        key, *state = row.values()
        found[key].add(tuple(state))
    return dict(found)


async def ensure_posts(posts: Sequence[tuple[PostKind, int | None, str | None]]) -> None:
    """Make the posts, given as (kind, school, division), that are not there yet."""
    await sql.many(
        "INSERT INTO post (kind, school_id, division_code, place_key) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (place_key) DO NOTHING",
        [
            [kind.value, school, division, place_key(kind, school_id=school, division_code=division)]
            for kind, school, division in posts
        ],
    )


async def school_ids() -> dict[str, int]:
    """Every school's id by its code (学校标识码)."""
    return {row["code"]: row["id"] for row in await sql.rows("SELECT code, id FROM school")}
