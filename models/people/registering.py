"""People with their telephone numbers, and the numbers under the right key."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.people.phones import Vault
from models.people.tables import Person

AT_ONCE = 500


async def add_person(vault: Vault, name: str, phone: str, now: datetime) -> Person:
    """Register one person whose number nobody has yet."""
    return await Person.create(
        name=name, phone_sealed=vault.seal(phone), phone_digest=vault.digest(phone), created_at=now
    )


@dataclass(frozen=True)
class Lying:
    """How the numbers lie: as they were typed, under an earlier key, under one that is not given."""

    plain: int
    old: int
    unknown: int


async def lying(vault: Vault) -> Lying:
    """Numbers that are not under the current key."""
    marks = vault.marks
    known = " OR ".join(f"phone_sealed LIKE ${place} || '%'" for place in range(2, len(marks) + 2))
    found = await sql.rows(
        "SELECT COUNT(phone) AS plain,"  # noqa: S608
        f" COALESCE(SUM(CASE WHEN phone_sealed NOT LIKE $1 || '%' AND ({known}) THEN 1 ELSE 0 END), 0) AS old,"
        f" COALESCE(SUM(CASE WHEN NOT ({known}) THEN 1 ELSE 0 END), 0) AS unknown FROM person",
        vault.mark, *marks,
    )  # fmt: skip
    return Lying(int(found[0]["plain"]), int(found[0]["old"]), int(found[0]["unknown"]))


async def seal_plain(vault: Vault) -> AsyncIterator[int]:
    """Seal the numbers of earlier versions, which lay plain; yields how many each batch sealed.

    Every batch is a transaction: what was sealed stays so, and the next start goes on from there.
    """
    while batch := await _move(vault, "phone", "phone IS NOT NULL", lambda phone: phone):
        yield batch


async def reseal(vault: Vault) -> AsyncIterator[int]:
    """Bring every number under the current key; yields how many each batch moved. Resumable."""
    others = [mark for mark in vault.marks if mark != vault.mark]
    for mark in others:
        # ours and without quotes: an id from the settings and a dot
        while batch := await _move(vault, "phone_sealed", f"phone_sealed LIKE '{mark}%'", vault.unseal):
            yield batch


async def _move(vault: Vault, column: str, where: str, read: Callable[[str], str]) -> int:
    async with in_transaction():
        found = await sql.rows(
            f"SELECT id, {column} AS kept FROM person WHERE {where} ORDER BY id LIMIT {AT_ONCE}"  # noqa: S608
            f"{sql.skip_locked()}"
        )
        phones = [(row["id"], read(row["kept"])) for row in found]
        await sql.many(
            "UPDATE person SET phone_sealed = $2, phone_digest = $3, phone = NULL WHERE id = $1",
            [[number, vault.seal(phone), vault.digest(phone)] for number, phone in phones],
        )
    return len(found)
