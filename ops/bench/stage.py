"""What all benchmarks stand on: a database with members and schools, and served processes."""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tortoise.transactions import in_transaction

from models.database import sql
from models.database.opening import migrate, open_database
from models.organisations.loading import load_divisions
from models.people.queries import fingerprint
from models.policies.calendar import beijing_date
from ops.settings import Settings
from ops.wiring import account_of
from qr import Keyring, Place, PlaceKind, sign

MEMBERS = 2400


@dataclass(frozen=True)
class Stage:
    """`tokens[n]` belongs to the member of school `schools[n]`, whose poster says `codes[n]`."""

    environ: dict[str, str]
    settings: Settings
    schools: list[int]
    codes: list[str]
    tokens: list[str]
    openids: list[str]


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """An own, migrated and filled state on the database of SHANDU_TEST_DATABASE_URL, left open."""
    database_url = os.environ.get("SHANDU_TEST_DATABASE_URL")
    if not database_url:
        sys.exit("the benchmarks need PostgreSQL: run them through `make bench`")
    with TemporaryDirectory(prefix="shandu-bench-") as home:
        environ = {
            "SHANDU_HOME": home,
            "SHANDU_DATABASE_URL": database_url,
            "SHANDU_PORT": str(free_port()),
            "SHANDU_LOG": "json",
            # one address and few phones stand for a province; counting stays on, refusing does not
            "SHANDU_LIMITS": "ordinary=9999999/1,ordinary-address=99999999/1,upload=9999999/1",
        }
        settings = Settings.from_env(environ)
        # the bare handlers get as many connections as ours
        environ["SHANDU_DATABASE_POOL"] = str(settings.database_pool)
        async with open_database(database_url):
            await migrate()
            await load_divisions()
            yield await _fill(environ, settings)


async def _fill(environ: dict[str, str], settings: Settings) -> Stage:
    names = ("journal_root", "journal_seal", "journal_entry", "delivery", "notice", "visit", "check_in_evidence",
             "check_in", "duty", "photo", "problem",
             "session", "identity", "holding", "post", "person", "school", "inbound_event", "credit")  # fmt: skip
    async with in_transaction():
        # a private server's superuser may; the product's own role cannot empty the journal
        await sql.rows("SET LOCAL session_replication_role = replica")
        await sql.rows(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE")
    now, every = datetime.now(UTC), range(1, MEMBERS + 1)
    tokens = [secrets.token_urlsafe(32) for _ in every]
    openids = [f"oBench{number:022d}" for number in every]
    appid = account_of(settings).appid
    await sql.many(
        "INSERT INTO school (id, code, name, county_code, stage, nutrition_plan, boarding, diners, longitude,"
        " latitude, poster_generation, open) VALUES ($1, $2, $3, '530302', 'primary', false, false, 600,"
        " 103.8, 25.49, 1, true)",
        [[n, f"53030{n:05d}", f"第{n}小学"] for n in every],
    )
    await sql.many(
        "INSERT INTO person (id, name, created_at) VALUES ($1, $2, $3)", [[n, f"委员{n}", now] for n in every]
    )
    await sql.many(
        "INSERT INTO post (id, kind, school_id, place_key) VALUES ($1, 'committee', $1, $2)",
        [[n, f"committee@school:{n}"] for n in every],
    )
    await sql.many(
        "INSERT INTO holding (id, person_id, post_id, since_on) VALUES ($1, $1, $1, $2)",
        [[n, date(2026, 9, 1)] for n in every],
    )
    await sql.many(
        "INSERT INTO identity (id, appid, openid, person_id, bound_at) VALUES ($1, $2, $3, $1, $4)",
        [[n, appid, openids[n - 1], now] for n in every],
    )
    await sql.many(
        # the program has been opened today, as it must be before anything can be scanned or sent
        "INSERT INTO session (id, token_hash, identity_id, device, created_at, expires_at, last_seen_on)"
        " VALUES ($1, $2, $1, '', $3, $4, $5)",
        [[n, fingerprint(tokens[n - 1]), now, now + timedelta(days=30), beijing_date(now)] for n in every],
    )
    await sql.rows("ANALYZE")
    keyring = Keyring(settings.qr_keys, settings.qr_current_key)
    codes = [sign(keyring, Place(PlaceKind.SCHOOL, n), 1) for n in every]
    return Stage(environ, settings, list(every), codes, tokens, openids)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def process(environ: dict[str, str], *command: str) -> AsyncIterator[int]:
    """A Python process of ours that listens on SHANDU_PORT; yields the port once it answers."""
    port = free_port()
    log = Path(environ["SHANDU_HOME"]) / f"{port}.log"
    given = {**os.environ, **environ, "SHANDU_PORT": str(port)}
    with log.open("wb") as out:
        child = subprocess.Popen(  # noqa: ASYNC220 - before anything is measured
            [
                sys.executable,
                "-m",
                *command,
            ],
            env=given,
            stdout=out,
            stderr=out,
        )
    try:
        await _answering(child, port, log)
        yield port
    finally:
        child.terminate()
        child.wait(15)


async def _answering(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(200):
        if child.poll() is not None:
            raise RuntimeError(log.read_text()[-2000:])  # noqa: ASYNC240 - the benchmark is over
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise RuntimeError("it does not listen")
