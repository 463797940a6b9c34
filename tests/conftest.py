"""The stage: a whole installation in this process, served on a real port, with a clock we move."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import asyncpg
import hypothesis
import pytest
from aiohttp import web
from tortoise.transactions import in_transaction
from yarl import URL

from models.database import sql
from models.database.opening import migrate, open_database
from models.organisations.loading import load_divisions
from ops.clock import DemoClock
from ops.settings import Settings
from ops.wiring import web_app, world
from tests.cast import Cast, Stage, make_cast

# A Tuesday, 10:30 in Beijing: an ordinary school day with working days after it.
START = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)


# databases of tests come and go by the thousand: in memory, where there is room for them
SHARED_MEMORY, ROOM = Path("/dev/shm"), 2 * 2**30
if SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free > ROOM:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(SHARED_MEMORY))

# for a developer's loop: what everything but this looks at a hundred times
hypothesis.settings.register_profile("quick", max_examples=10)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=["sqlite", "postgres"], default="sqlite")


def pytest_configure(config: pytest.Config) -> None:
    """Give each of several test processes a database and a Redis of its own on the same servers."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None or config.getoption("--engine") != "postgres":
        return
    given = os.environ.get("SHANDU_TEST_DATABASE_URL")
    if given:
        asyncio.run(_make_database(given, worker))
        os.environ["SHANDU_TEST_DATABASE_URL"] = str(URL(given).with_path(f"/{worker}"))
    redis_url = os.environ.get("SHANDU_TEST_REDIS_URL")
    if redis_url:
        number = 1 + int(worker.removeprefix("gw"))
        os.environ["SHANDU_TEST_REDIS_URL"] = str(URL(redis_url).with_path(f"/{number}"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL run what can differ there: not what knows no database, and of the browser's journeys those
    marked for both. `make test` runs all of it on SQLite before."""
    if config.getoption("--engine") != "postgres":
        return
    kept = [item for item in items if _differs(item)]
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if not _differs(item)])
        items[:] = kept


def _differs(item: pytest.Item) -> bool:
    if item.get_closest_marker("browser") and not item.get_closest_marker("both_engines"):
        return False
    return "engine" in getattr(item, "fixturenames", ())


async def _make_database(server: str, name: str) -> None:
    connection = await asyncpg.connect(server)
    await connection.execute(f'CREATE DATABASE "{name}"')
    await connection.close()


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--engine"))


@pytest.fixture(scope="session")
def prepared(engine: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a migrated database with nothing but the divisions in it."""
    if engine == "postgres":
        url = os.environ.get("SHANDU_TEST_DATABASE_URL")
        if not url:
            pytest.exit("--engine postgres needs SHANDU_TEST_DATABASE_URL: run it through `make test`", 2)
    else:
        url = f"sqlite://{tmp_path_factory.mktemp('template')}/template.sqlite3"
    asyncio.run(prepare(url))
    return url


async def prepare(url: str) -> None:
    """Migrate a database and put the divisions into it."""
    async with open_database(url):
        await migrate()
        await load_divisions()
        if not sql.on_postgres():
            await sql.rows("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.fixture
def database_url(prepared: str, tmp_path: Path) -> str:
    """A database of this test's own (SQLite), or the shared one (PostgreSQL, emptied by `clean`)."""
    return fresh_database(prepared, tmp_path)


def fresh_database(prepared: str, folder: Path) -> str:
    """A copy of the prepared SQLite file in a folder; PostgreSQL's is the prepared one itself."""
    if not prepared.startswith("sqlite://"):
        return prepared
    path = folder / "shandu.sqlite3"
    shutil.copy(prepared.removeprefix("sqlite://"), path)
    return f"sqlite://{path}"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    """An open, migrated database with the divisions and nothing else."""
    async with open_database(database_url):
        await clean()
        yield database_url


async def clean() -> None:
    """Empty PostgreSQL's tables, and number from 1 again. Deleting a cast is ten times as fast as TRUNCATE,
    which makes new files for every table and index."""
    if not sql.on_postgres():
        return
    tables = await sql.rows(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        " AND tablename NOT IN ('division', 'tortoise_migrations')"
    )
    looks = [
        f"SELECT '{row['tablename']}' AS name WHERE EXISTS (SELECT FROM {row['tablename']})" for row in tables
    ]
    async with unguarded():
        for filled in await sql.rows(" UNION ALL ".join(looks)):
            await sql.rows(f"DELETE FROM {filled['name']}")
        await sql.rows("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'")


@asynccontextmanager
async def unguarded() -> AsyncIterator[None]:
    """A transaction in which the journal can be changed, as by somebody who owns the database."""
    async with in_transaction():
        if sql.on_postgres():
            await sql.rows("SET LOCAL session_replication_role = replica")
            yield
            return
        kept = await sql.rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        for trigger in kept:
            await sql.rows(f"DROP TRIGGER {trigger['name']}")
        yield
        for trigger in kept:
            await sql.rows(trigger["sql"])


@pytest.fixture
def port() -> int:
    return free_port()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def environ(database_url: str, engine: str, tmp_path: Path, port: int) -> dict[str, str]:
    """The settings of an installation of this test's own."""
    given = {
        "SHANDU_HOME": str(tmp_path / "home"),
        "SHANDU_PORT": str(port),
        "SHANDU_DATABASE_URL": database_url,
        "SHANDU_DEMO": "1",
        # an imitation in the same process answers; a busy machine may take its time
        "SHANDU_WECHAT_TIMEOUT_S": "20",
        # the cast acts faster than people; what is limited is in tests/api/test_limits.py
        "SHANDU_LIMITS": "off",
    }
    redis_url = os.environ.get("SHANDU_TEST_REDIS_URL")
    if engine == "postgres" and redis_url:
        given["SHANDU_REDIS_URL"] = redis_url
    return given


@pytest.fixture
async def stage(environ: dict[str, str]) -> AsyncIterator[Stage]:
    """A served installation: API, pages, callback door and sandbox; jobs run when the test says so."""
    async with set_stage(environ) as ready:
        yield ready


@asynccontextmanager
async def set_stage(environ: dict[str, str]) -> AsyncIterator[Stage]:
    settings = Settings.from_env(environ)
    set_clock(settings.home, START)
    async with world(settings) as opened:
        await clean()
        if opened.redis is not None:
            await opened.redis.flushdb()
        clock = opened.clock
        assert isinstance(clock, DemoClock)
        async with (
            served(web_app(opened, with_sandbox=True), settings.port),
            aiohttp.ClientSession(f"http://127.0.0.1:{settings.port}") as http,
        ):
            yield Stage(opened, clock, http)


@pytest.fixture
async def cast(stage: Stage) -> Cast:
    """The standing cast, registered in the database and with a phone each."""
    return await make_cast(stage)


def set_clock(home: Path, at: datetime) -> None:
    """Start the installation's clock at an instant."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "demo-clock").write_text(str((at - datetime.now(UTC)).total_seconds()))


@asynccontextmanager
async def served(app: web.Application, port: int) -> AsyncIterator[None]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@pytest.fixture
def artefacts() -> Path:
    folder = Path(__file__).parent.parent / "test-artefacts"
    folder.mkdir(exist_ok=True)
    return folder
