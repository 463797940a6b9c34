"""Collecting what nothing needs: photos no record took, objects without a row, uploads given up.

Nothing that a record names or waits for is ever touched. A row goes before its objects: what a crash
leaves behind is an object without a row. Such an object is noted, and deleted when a day later it still
has none; by our own clock, because the store's may differ.
"""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from models.database import sql
from models.evidence import uploads
from models.evidence.removal import remove_objects, remove_traces
from models.evidence.renditions import FOLDERS
from models.evidence.store import PhotoStore
from models.journal.actions import record

log = logging.getLogger(__name__)

BATCH = 200
SURELY_STRAY = timedelta(days=1)

UNUSED = """
DELETE FROM photo WHERE subject_id IS NULL AND id IN (
  SELECT p.id FROM photo p WHERE p.subject_id IS NULL AND p.received_at <= $1 AND NOT EXISTS (
    SELECT 1 FROM awaited_photo a WHERE a.request_key = p.request_key AND a.state <> 'arrived')
  ORDER BY p.received_at, p.id LIMIT {batch}{skip})
RETURNING id, key, school_id, person_id
"""


@dataclass(frozen=True)
class Collected:
    photos: int
    uploads: int
    objects: int


async def collect(store: PhotoStore, unused_after: timedelta, now: datetime) -> Collected:
    """One round. Repeatable, and safe beside everything else."""
    photos = 0
    while batch := await _photos(store, now - unused_after, now):
        photos += batch
    collected = Collected(photos, await uploads.collect(store, now), await _objects(store, now))
    log.info("orphans collected", extra=vars(collected))
    return collected


async def _photos(store: PhotoStore, before: datetime, now: datetime) -> int:
    """Photos that no record took in time: a batch."""
    async with in_transaction():
        unused = UNUSED.format(batch=BATCH, skip=sql.skip_locked("p"))
        gone = await sql.rows(unused, before)
        ids = [row["id"] for row in gone]
        await remove_traces(ids)
        for row in gone:
            await record(
                "photo", row["id"], "collect", now, school_id=row["school_id"], facts={"unused": True}
            )
    for row in gone:
        await remove_objects(row["key"], store)
    return len(gone)


async def _objects(store: PhotoStore, now: datetime) -> int:
    """Objects without a row: noted the first time, deleted a day later; return how many were deleted."""
    deleted = 0
    for folder, table in [*((folder, "photo") for folder in FOLDERS.values()), ("uploads", "upload")]:
        async for keys in _listed(store, folder):
            strays = await _without_row(table, keys)
            deleted += await _delete(store, strays, now)
    await sql.rows("DELETE FROM stray_object WHERE seen_at <= $1 RETURNING id", now - 7 * SURELY_STRAY)
    return deleted


async def _listed(store: PhotoStore, folder: str) -> AsyncIterator[list[str]]:
    batch: list[str] = []
    async for key in store.keys(f"{folder}/"):
        batch.append(key)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _without_row(table: str, keys: list[str]) -> list[str]:
    """Those of `FOLDER/KEY` or `FOLDER/KEY/PART` whose key no row has."""
    names = sorted({key.split("/")[1] for key in keys})
    rows = await sql.rows(f"SELECT key FROM {table} WHERE key IN ({sql.places(names)})", *names)  # noqa: S608
    known = {row["key"] for row in rows}
    return [key for key in keys if key.split("/")[1] not in known]


async def _delete(store: PhotoStore, strays: list[str], now: datetime) -> int:
    for key in strays:
        await sql.rows(
            "INSERT INTO stray_object (key, seen_at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING RETURNING id",
            key,
            now,
        )
    rows = await sql.rows(
        f"SELECT key FROM stray_object WHERE seen_at <= $1 AND key IN ({sql.places(strays, 2)})",  # noqa: S608
        now - SURELY_STRAY,
        *strays,
    )
    for row in rows:
        await store.delete(row["key"])
        await sql.rows("DELETE FROM stray_object WHERE key = $1 RETURNING id", row["key"])
    return len(rows)
