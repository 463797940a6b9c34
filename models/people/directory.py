"""People by their telephone numbers, many at once: the one place that finds and the one that writes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from models.database import sql


@dataclass(frozen=True)
class Registered:
    id: int
    name: str


async def by_phones(phones: Iterable[str]) -> dict[str, Registered]:
    """The people registered with these numbers."""
    listed = sorted(set(phones))
    found = await sql.rows(
        f"SELECT phone, id, name FROM person WHERE phone IN {sql.among(1, 'text')}",  # noqa: S608
        sql.packed(listed),
    )
    return {row["phone"]: Registered(row["id"], row["name"]) for row in found}


async def phones_of(person_ids: Iterable[int]) -> dict[int, str]:
    """The telephone numbers of people who have one."""
    ids = sorted(set(person_ids))
    found = await sql.rows(
        f"SELECT id, phone FROM person WHERE phone IS NOT NULL AND id IN {sql.among(1, 'bigint')}",  # noqa: S608
        sql.packed(ids),
    )
    return {row["id"]: row["phone"] for row in found}


async def register(names: Mapping[str, str], now: datetime) -> None:
    """Write people by their number: new ones with their name, known ones renamed. In the caller's transaction."""
    await sql.over_rows(
        "INSERT INTO person (name, phone, created_at) SELECT c2, c1, $3 FROM {rows} WHERE TRUE"
        " ON CONFLICT (phone) DO UPDATE SET name = excluded.name",
        ["text", "text"],
        [[phone, name] for phone, name in sorted(names.items())],
        now,
    )
