"""Notices delivered a second by one, two and four worker processes; and what 100,000 of them leave in memory.

The sandbox is one process, as the bare loop's limit beside it says: more workers cannot pass that.
"""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bot.wechat.token import LocalTokens
from models.database import sql
from ops.bench.notices import FACTS, consent, loop
from ops.bench.rows import Row, row
from ops.bench.size import rounds, sized
from ops.bench.stage import Stage, process, stage
from ops.clock import real
from ops.wiring import account_of

ROUNDS = rounds(3)
NOTICES = sized(4800)
WORKERS = (1, 2, 4)
MANY, FEW = sized(100_000), sized(20_000)
START_S, STOP_S, LOOK_S = 90.0, 600.0, 0.1


async def measure() -> list[Row]:
    async with (
        stage() as stand,
        process(stand.environ, "ops.cli", "sandbox", "--callback-url", "none", "--forget") as port,
        aiohttp.ClientSession() as session,
    ):
        base = f"http://127.0.0.1:{port}/sandbox"
        stand.environ["SHANDU_WECHAT_BASE_URL"] = base
        await consent(stand, session, base)
        account = replace(account_of(stand.settings), base_url=base)
        token = await LocalTokens(account, session, real).get()
        rows = []
        for count in WORKERS:
            ours, bare = [], []
            async with AsyncExitStack() as stack:
                for _ in range(count):
                    await stack.enter_async_context(worker(stand.environ))
                for number in range(ROUNDS + 1):
                    mine = await _delivered(stand, NOTICES)
                    theirs = await loop(stand, session, base, token, stand.settings.wechat.templates)
                    if number > 0:  # the first round warms both up
                        ours.append(mine)
                        bare.append(theirs)
            rows.append(row(f"notices {count} worker{'s' if count > 1 else ''}", ours, bare, "notices/s"))
        return [*rows, await _memory(stand)]


async def _memory(stand: Stage) -> Row:
    """Memory in use after many notices beside that after the first few: 1 is flat."""
    async with worker(stand.environ) as pid:
        await _delivered(stand, FEW)
        few = _resident_mb(pid)
        for _ in range(MANY // FEW - 1):
            await _delivered(stand, FEW)
        return row(f"notices memory {MANY} to {FEW}", [_resident_mb(pid)], [few], "MB")


def _resident_mb(pid: int) -> float:
    said = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in said.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


async def _delivered(stand: Stage, count: int) -> float:
    """Notices a second, from the first claim to the last receipt."""
    now, members = datetime.now(UTC), len(stand.openids)
    await sql.rows("TRUNCATE delivery, notice RESTART IDENTITY CASCADE")
    await sql.rows(
        "INSERT INTO notice (id, unique_key, kind, post_id, school_id, subject_kind, subject_id, facts, wakes,"
        " created_at)"
        " SELECT n, 'bench:' || n, 'problem_assigned', n % $1 + 1, n % $1 + 1, 'problem', 1, $2::jsonb, true,"
        " $3::timestamptz FROM generate_series(1, $4::bigint) n RETURNING id",
        members, sql.dump(FACTS), now, count,
    )  # fmt: skip
    await sql.rows(
        "INSERT INTO delivery (notice_id, person_id, channel, state, run_at, attempts)"
        " SELECT n, n % $1 + 1, 'subscribe', 'waiting', $2::timestamptz, 0 FROM generate_series(1, $3::bigint) n"
        " RETURNING id",
        members, now, count,
    )  # fmt: skip
    for _ in range(int(STOP_S / LOOK_S)):
        if not await _left():
            break
        await asyncio.sleep(LOOK_S)
    else:
        raise RuntimeError(f"{await _left()} notices were not delivered")
    (found,) = await sql.rows("SELECT MIN(tried_at) AS first, MAX(run_at) AS last FROM delivery")
    return float(count / (found["last"] - found["first"]).total_seconds())


async def _left() -> int:
    (found,) = await sql.rows(
        "SELECT COUNT(*) FILTER (WHERE state <> 'sent') AS n, MAX(receipt) FILTER (WHERE state NOT IN"
        " ('waiting', 'sending', 'sent')) AS wrong FROM delivery"
    )
    if found["wrong"]:
        raise RuntimeError(found["wrong"])
    return int(found["n"])


@asynccontextmanager
async def worker(environ: dict[str, str]) -> AsyncIterator[int]:
    """A worker process, from when it is ready; yields its process id."""
    log = Path(environ["SHANDU_HOME"]) / f"worker-{secrets.token_hex(4)}.log"
    with log.open("wb") as out:
        child = subprocess.Popen(  # noqa: ASYNC220 - before anything is measured
            [sys.executable, "-m", "ops.cli", "worker"],
            env={**os.environ, **environ},
            stdout=out,
            stderr=out,
        )
    try:
        async with asyncio.timeout(START_S):
            while "worker ready" not in log.read_text():
                if child.poll() is not None:
                    raise RuntimeError(log.read_text()[-2000:])
                await asyncio.sleep(0.1)
        yield child.pid
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(15)
