"""What was sealed, as auditors get it: the very lines that were hashed, and what ties them to the roots."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.database import sql
from models.journal.chain import audit_path, root_line, seal_line
from models.journal.sealing import ENTRY, date_of, entry_of

PAGE = 1_000


@dataclass(frozen=True)
class Root:
    """The root of a Beijing day over its seals, from `first_seal` to `last_seal`."""

    day: date
    first_seal: int
    last_seal: int
    tree_hash: str
    prev_hash: str
    hash: str
    made_at: datetime

    @property
    def line(self) -> str:
        return root_line(self.day, self.first_seal, self.last_seal, self.tree_hash, self.prev_hash)


def _root(row: dict[str, Any]) -> Root:
    made_at = sql.instant(row["made_at"])
    assert made_at is not None
    return Root(
        date_of(row["day"]), row["first_seal"], row["last_seal"], row["tree_hash"], row["prev_hash"],
        row["hash"], made_at,
    )  # fmt: skip


async def roots() -> list[Root]:
    """All roots, oldest first: one a day."""
    return [_root(row) for row in await sql.rows("SELECT * FROM journal_root ORDER BY day")]


async def latest_roots(before: date | None, limit: int) -> list[Root]:
    """Roots of days before one, newest first."""
    found = await sql.rows(
        f"SELECT * FROM journal_root WHERE day < $1 ORDER BY day DESC LIMIT {int(limit)}",  # noqa: S608
        before or date.max,
    )
    return [_root(row) for row in found]


async def lines(first_seal: int, last_seal: int, subject: tuple[str, int] | None) -> AsyncIterator[str]:
    """The hashed line of each seal in a range of numbers, in their order; of one subject if given."""
    only = " AND s.subject_kind = $3 AND s.subject_id = $4" if subject else ""
    no = first_seal - 1
    while page := await sql.rows(
        f"SELECT s.id AS no, s.prev_hash, s.place, s.sealed_at, {ENTRY} FROM journal_seal s"  # noqa: S608
        f" JOIN journal_entry e ON e.id = s.entry_id WHERE s.id > $1 AND s.id <= $2{only}"
        f" ORDER BY s.id LIMIT {PAGE}",
        no, last_seal, *(subject or ()),
    ):  # fmt: skip
        for row in page:
            sealed_at = sql.instant(row["sealed_at"])
            assert sealed_at is not None
            yield seal_line(row["no"], row["prev_hash"], row["place"], sealed_at, entry_of(row))
        no = page[-1]["no"]


async def proofs(root: Root, subject: tuple[str, int]) -> list[str]:
    """For each of a subject's seals of a day, the path from its hash to the day's tree hash, as JSON."""
    mine = await sql.rows(
        "SELECT id FROM journal_seal WHERE subject_kind = $1 AND subject_id = $2 AND id >= $3 AND id <= $4"
        " ORDER BY id",
        *subject, root.first_seal, root.last_seal,
    )  # fmt: skip
    if not mine:
        return []
    day = await sql.rows(
        "SELECT hash FROM journal_seal WHERE id >= $1 AND id <= $2 ORDER BY id",
        root.first_seal, root.last_seal,
    )  # fmt: skip
    hashes = [row["hash"] for row in day]
    paths = [(row["id"], audit_path(row["id"] - root.first_seal, hashes)) for row in mine]
    return [json.dumps({"no": no, "day": root.day.isoformat(), "path": path}) for no, path in paths]


async def unsealed() -> tuple[int, datetime | None]:
    """How many steps are newer than the last one sealed, and when the oldest of them was taken."""
    found = await sql.rows(
        "SELECT COUNT(*) AS n, MIN(at) AS since FROM journal_entry"
        " WHERE id > COALESCE((SELECT MAX(s.entry_id) FROM journal_seal s), 0)"
    )
    return found[0]["n"], sql.instant(found[0]["since"])
