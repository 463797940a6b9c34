"""People by their telephone numbers, many at once: the one place that finds and the one that writes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from models.database import sql
from models.people.phones import Vault


@dataclass(frozen=True)
class Registered:
    id: int
    name: str


async def by_phones(vault: Vault, phones: Iterable[str]) -> dict[str, Registered]:
    """The people registered with these numbers, under whichever key."""
    phone_of = {digest: phone for phone in sorted(set(phones)) for digest in vault.digests(phone)}
    found = await sql.rows(
        f"SELECT phone_digest, id, name FROM person WHERE phone_digest IN {sql.among(1, 'text')}",  # noqa: S608
        sql.packed(list(phone_of)),
    )
    return {phone_of[row["phone_digest"]]: Registered(row["id"], row["name"]) for row in found}


async def phones_of(vault: Vault, person_ids: Iterable[int]) -> dict[int, str]:
    """The telephone numbers of people who have one."""
    found = await sql.rows(
        "SELECT id, phone_sealed FROM person"  # noqa: S608
        f" WHERE phone_sealed IS NOT NULL AND id IN {sql.among(1, 'bigint')}",
        sql.packed(sorted(set(person_ids))),
    )
    return {row["id"]: vault.unseal(row["phone_sealed"]) for row in found}


async def register(vault: Vault, names: Mapping[str, str], now: datetime) -> dict[str, int]:
    """Write people by their number, in the caller's transaction; returns their ids by number.

    Whoever has the number already, under whichever key, is the same person and takes the name.
    """
    known = await by_phones(vault, names)
    await sql.over_rows(
        "UPDATE person SET name = v.c2 FROM {rows} WHERE person.id = v.c1",
        ["bigint", "text"],
        [[one.id, names[phone]] for phone, one in sorted(known.items()) if one.name != names[phone]],
    )
    new = sorted(names.keys() - known.keys())
    await sql.over_rows(
        "INSERT INTO person (name, phone_sealed, phone_digest, created_at)"
        " SELECT c1, c2, c3, $4 FROM {rows} WHERE TRUE"
        " ON CONFLICT (phone_digest) DO UPDATE SET name = excluded.name",
        ["text", "text", "text"],
        [[names[phone], vault.seal(phone), vault.digest(phone)] for phone in new],
        now,
    )
    made = await by_phones(vault, new) if new else {}
    return {phone: one.id for phone, one in (known | made).items()}
