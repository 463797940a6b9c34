"""Rows a second of a made-up province, all its tables together, against PostgreSQL's `COPY` of the same rows.

Theirs lie ready in files as the server sent them, made of nothing and judged by nobody: what is left is the server's
own work, which is part of ours, too.
"""

import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from models.database import sql
from models.people.phones import Vault
from ops.bench.rows import Row, row
from ops.bench.size import QUICK, rounds
from ops.bench.stage import stage
from ops.demo.province import make
from ops.demo.province.size import FEWEST, SHORTEST, WEEKS, Size

SIZE = Size(FEWEST, SHORTEST) if QUICK else Size(1_000, WEEKS)
ROUNDS = rounds(3)
VAULT = Vault({1: b"0" * 32})


async def measure() -> list[Row]:
    ours, copied = [], []
    async with stage():
        with TemporaryDirectory(prefix="shandu-bench-") as folder:
            for number in range(ROUNDS + 1):
                mine, rows = await _made()
                theirs = await _copied(Path(folder), rows)
                if number > 0:  # the first round warms both up
                    ours.append(mine)
                    copied.append(theirs)
        await emptied()
    return [row("province loaded", ours, copied, "rows/s")]


async def _made() -> tuple[float, dict[str, int]]:
    """Rows a second, and how many each table got."""
    await emptied()
    began = time.perf_counter()
    made = await make(SIZE, datetime.now(UTC), lambda what, done, total: None, VAULT)
    return sum(made.rows.values()) / (time.perf_counter() - began), made.rows


async def _copied(folder: Path, rows: dict[str, int]) -> float:
    client: Any = get_connection("default")
    async with client.acquire_connection() as connection:
        for table in rows:
            await connection.copy_from_table(table, output=folder / table, format="binary")
    await emptied()
    began = time.perf_counter()
    async with client.acquire_connection() as connection, connection.transaction():
        for table in rows:
            await connection.copy_to_table(table, source=folder / table, format="binary")
    await sql.rows("ANALYZE")
    return sum(rows.values()) / (time.perf_counter() - began)


async def emptied() -> None:
    kept = ("division", "tortoise_migrations")
    found = await sql.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    names = sorted(one["tablename"] for one in found if one["tablename"] not in kept)
    async with in_transaction():
        # a private server's superuser may; the product's own role cannot empty the journal
        await sql.rows("SET LOCAL session_replication_role = replica")
        await sql.rows(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")
