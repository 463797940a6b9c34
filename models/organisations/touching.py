"""Saying that something of a school changed. Whoever draws conclusions from it takes it from there."""

from collections.abc import Iterable
from dataclasses import dataclass

from models.database import sql

# for statements that write it along with something else
TOUCH = "INSERT INTO touch (county_code, school_id, row_id, topic)"
TOUCHES = f"{TOUCH} SELECT v.c1, v.c2, v.c3, v.c4 FROM {{rows}}"  # noqa: S608


@dataclass(frozen=True)
class Touched:
    """What changed: an aspect or register of the ledger, `visit`, `problem` or `survey`. `school_id` None: the
    county's own. `row_id`: the row of a register that it is about."""

    county_code: str
    school_id: int | None
    topic: str
    row_id: int | None = None


async def touch(touched: Iterable[Touched]) -> None:
    """Say what changed, in the caller's transaction."""
    values = [[one.county_code, one.school_id, one.row_id, one.topic] for one in touched]
    await sql.over_rows(TOUCHES, ["text", "bigint", "bigint", "text"], values)
