"""Sealing the journal: a hash for each step, chained for each subject, and a root over each day.

A step is sealed some seconds after it was taken, so taking it costs nothing more. One worker seals at a
time; one that dies leaves nothing half done. The chain's order is the order of sealing: a transaction that
commits late joins the end, whatever its id.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.journal import chain
from models.journal.chain import START, Entry, Tree, digest, root_line, seal_line

LOCK = 530_000_011
BATCH = 500
PAGE = 2_000
# ids this far below the last one sealed are looked at again: their transaction may have committed later
LOOK_BACK = 1_000
# a day is closed half an hour after it ended, when no worker's clock is in it any more
SETTLED = timedelta(minutes=30)

ENTRY = "e.id, e.at, e.subject_kind, e.subject_id, e.school_id, e.person_id, e.post_id, e.verb, e.facts, e.request_key"
SEAL = ["bigint", "bigint", "text", "bigint", "int", "text", "text", "timestamptz"]

# one look-up a row, which no planner turns into a read of all seals
_LATELY = "(SELECT s.id FROM journal_seal s WHERE s.entry_id = e.id) IS NULL"
_EVER = "NOT EXISTS (SELECT 1 FROM journal_seal s WHERE s.entry_id = e.id)"
_HEAD = (
    "(SELECT s.{what} FROM journal_seal s WHERE s.subject_kind = e.subject_kind"
    " AND s.subject_id = e.subject_id ORDER BY s.place DESC LIMIT 1) AS head_{what}"
)


@dataclass(frozen=True)
class _Last:
    """Where sealing stands: the last seal's number, and the earliest instant the next one may bear."""

    no: int
    not_before: datetime | None


def entry_of(row: dict[str, Any]) -> Entry:
    """An entry from a raw row that has the columns of `ENTRY`."""
    at = sql.instant(row["at"])
    assert at is not None
    return Entry(
        row["id"], at, row["subject_kind"], row["subject_id"], row["school_id"], row["person_id"],
        row["post_id"], row["verb"], row["facts"], row["request_key"],
    )  # fmt: skip


async def seal(now: datetime) -> int:
    """Seal what was recorded lately, in batches, each a transaction; return how many steps."""
    return await _seal(_LATELY, now, LOOK_BACK)


async def sweep(now: datetime) -> int:
    """Seal also what a transaction of many minutes recorded. Looks at the whole journal."""
    return await seal(now) + await _seal(_EVER, now, None)


async def _seal(unsealed: str, now: datetime, look_back: int | None) -> int:
    count, sealed = 0, BATCH
    while sealed == BATCH and await _waiting(unsealed, look_back, 1):
        async with in_transaction():
            await sql.advisory_lock(LOCK)
            sealed = await _seal_batch(await _waiting(unsealed, look_back, BATCH), now)
        count += sealed
    return count


async def _waiting(unsealed: str, look_back: int | None, most: int) -> list[dict[str, Any]]:
    since = 0
    if look_back is not None:
        newest = await sql.rows("SELECT MAX(entry_id) AS id FROM journal_seal")
        since = (newest[0]["id"] or 0) - look_back
    return await sql.rows(
        f"SELECT {ENTRY}, {_HEAD.format(what='hash')}, {_HEAD.format(what='place')} FROM journal_entry e"  # noqa: S608
        f" WHERE e.id > $1 AND {unsealed} ORDER BY e.id LIMIT {most}",
        since,
    )


async def _seal_batch(rows: list[dict[str, Any]], now: datetime) -> int:
    last = await _last()
    sealed_at = max(now, last.not_before or now)
    heads: dict[tuple[str, int], tuple[str, int]] = {}
    seals = []
    for no, row in enumerate(rows, last.no + 1):
        entry = entry_of(row)
        subject = entry.subject_kind, entry.subject_id
        prev_hash, before = heads.get(subject) or (row["head_hash"] or START, row["head_place"] or 0)
        place = before + 1
        hash_ = digest(seal_line(no, prev_hash, place, sealed_at, entry))
        heads[subject] = hash_, place
        seals.append([no, entry.id, *subject, place, prev_hash, hash_, sealed_at])
    await sql.over_rows(
        "INSERT INTO journal_seal (id, entry_id, subject_kind, subject_id, place, prev_hash, hash, sealed_at)"
        " SELECT v.c1, v.c2, v.c3, v.c4, v.c5, v.c6, v.c7, v.c8 FROM {rows}",
        SEAL,
        seals,
    )
    return len(seals)


async def _last() -> _Last:
    """Workers' clocks differ: no seal is older than the one before, or falls into a day that has its root."""
    seal = await sql.rows("SELECT id, sealed_at FROM journal_seal ORDER BY id DESC LIMIT 1")
    root = await sql.rows("SELECT day FROM journal_root ORDER BY day DESC LIMIT 1")
    instants = [sql.instant(row["sealed_at"]) for row in seal]
    instants += [chain.end_of(date_of(row["day"])) for row in root]
    return _Last(seal[0]["id"] if seal else 0, max([at for at in instants if at], default=None))


async def close_days(now: datetime) -> int:
    """Put a root over each day that is over and has seals, oldest first; return how many."""
    count = 0
    while await _day_to_close(now):
        async with in_transaction():
            await sql.advisory_lock(LOCK)
            # another worker may have been first
            if day := await _day_to_close(now):
                await _close(day, now)
        count += 1
    return count


async def _day_to_close(now: datetime) -> date | None:
    first = await sql.rows(
        "SELECT sealed_at FROM journal_seal"
        " WHERE id > (SELECT COALESCE(MAX(last_seal), 0) FROM journal_root) ORDER BY id LIMIT 1"
    )
    if not first:
        return None
    sealed_at = sql.instant(first[0]["sealed_at"])
    assert sealed_at is not None
    day = chain.day_of(sealed_at)
    return day if chain.end_of(day) + SETTLED <= now else None


async def _close(day: date, now: datetime) -> None:
    before = await sql.rows("SELECT last_seal, hash FROM journal_root ORDER BY day DESC LIMIT 1")
    prev_hash, last = (before[0]["hash"], before[0]["last_seal"]) if before else (START, 0)
    tree, first = Tree(), last + 1
    while page := await _day_page(last, day):
        for row in page:
            tree.add(row["hash"])
        last = page[-1]["id"]
    root = tree.root()
    await sql.rows(
        "INSERT INTO journal_root (day, first_seal, last_seal, tree_hash, prev_hash, hash, made_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING day",
        day, first, last, root, prev_hash, digest(root_line(day, first, last, root, prev_hash)), now,
    )  # fmt: skip


async def _day_page(after: int, day: date) -> list[dict[str, Any]]:
    return await sql.rows(
        f"SELECT id, hash FROM journal_seal WHERE id > $1 AND sealed_at < $2 ORDER BY id LIMIT {PAGE}",  # noqa: S608
        after, chain.end_of(day),
    )  # fmt: skip


def date_of(value: date | str) -> date:
    """A date from what either engine returns."""
    return date.fromisoformat(value) if isinstance(value, str) else value
