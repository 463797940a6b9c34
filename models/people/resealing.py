"""What lies under a seal, brought under the vault's current key."""

from collections.abc import AsyncIterator

from tortoise.transactions import in_transaction

from models.database import sql
from models.people.phones import Vault

AT_ONCE = 500


async def reseal(table: str, column: str, vault: Vault) -> AsyncIterator[int]:
    """Seal a table's column anew where an earlier key has sealed it; yields how many each batch moved. Every batch
    is a transaction: resumable. Raises CannotUnseal."""
    for mark in vault.marks:
        while mark != vault.mark and (batch := await _move(table, column, vault, mark)):
            yield batch


async def _move(table: str, column: str, vault: Vault, mark: str) -> int:
    async with in_transaction():
        found = await sql.rows(
            f"SELECT id, {column} AS sealed FROM {table} WHERE {column} LIKE $1 || '%' ORDER BY id"  # noqa: S608
            f" LIMIT {AT_ONCE}{sql.skip_locked()}",
            mark,
        )
        await sql.many(
            f"UPDATE {table} SET {column} = $2 WHERE id = $1",  # noqa: S608
            [[row["id"], vault.seal(vault.unseal(row["sealed"]))] for row in found],
        )
    return len(found)
