"""Opening, migrating and closing the database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise import Tortoise
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.expressions import Q
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.schema_generator.state import State
from tortoise.models import Model

from models.database import sql
from models.database.config import APP, config

# any number will do, as long as nothing else in the database takes the same advisory lock
MIGRATION_LOCK = 530_000_001


@asynccontextmanager
async def open_database(database_url: str, pool: int = 5) -> AsyncIterator[TortoiseContext]:
    """Connect and make the tables usable from every task of this process; close at the end."""
    context = await Tortoise.init(config=config(database_url, pool), _enable_global_fallback=True)
    try:
        yield context
    finally:
        await Tortoise.close_connections()


def table(name: str) -> type[Model]:
    """The model of a table of the open database, by the table's name."""
    found: type[Model] = next(one for one in Tortoise.apps[APP].values() if one._meta.db_table == name)
    return found


def lookup(name: str, value: Any) -> Q:
    """A condition whose column is only known at run time: `lookup("read_at__lt", before)`."""
    return Q(**{name: value})


async def migrate() -> list[str]:
    """Bring the open database up to date; return the names applied, in order. Repeatable.

    Several processes may start at once: on PostgreSQL an advisory lock lets one work and the others
    wait; on SQLite foreign keys are off meanwhile, because rebuilding a table would delete its children.
    """
    if not sql.on_postgres():
        return await _with_foreign_keys_off()
    # the pool opens with the first query
    await sql.rows("SELECT 1 AS yes")
    pool = get_connection("default")._pool
    async with pool.acquire() as holder:
        await holder.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        try:
            return await _apply()
        finally:
            await holder.execute("SELECT pg_advisory_unlock($1)", MIGRATION_LOCK)


async def pending() -> list[str]:
    """Names of migrations not yet applied to the open database, in order.

    Raises what the driver raises when the database does not answer.
    """
    # the executor takes a database that does not answer for one without tables
    await sql.rows("SELECT 1 AS yes")
    executor = _executor()
    return [step.migration.name for step in await executor.plan()]


async def _with_foreign_keys_off() -> list[str]:
    await sql.rows("PRAGMA foreign_keys=OFF")
    try:
        # two processes starting together: the loser finds the tables there and tries once more
        for attempt in range(20):
            try:
                return await _apply()
            except Exception:
                if attempt == 19:
                    raise
                await asyncio.sleep(0.25)
        return []
    finally:
        await sql.rows("PRAGMA foreign_keys=ON")


async def _apply() -> list[str]:
    applied: list[str] = []

    def note(event: str, _app: str, name: str) -> None:
        if event == "apply_done":
            applied.append(name)

    await _executor().migrate(progress=note)
    return applied


class KeptState(State):
    """The schema as far as migrations have come, without a copy of all tables before each operation.

    Operations that would look at the copy (removing, renaming, altering) are not used here: a test refuses them.
    Copying made a new database take ten seconds, and more with every table.
    """

    def clone(self) -> State:
        return self


class Executor(MigrationExecutor):
    async def _project_state(self, applied: set[MigrationKey], *, upto: MigrationKey | None = None) -> State:
        state = await super()._project_state(applied, upto=upto)
        return KeptState(models=state.models, apps=state.apps)


def _executor() -> MigrationExecutor:
    apps = config("sqlite://:memory:")["apps"]
    return Executor(get_connection("default"), {APP: apps[APP]})
