"""56,000 people imported from a file, against a bare COPY of the same rows; and whether memory stays the same.

Each import is a process of its own, as with `shandu import`, so that its peak is its own.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tortoise.connection import get_connection

from models.database import sql
from ops.bench.rows import Row, row
from ops.bench.size import rounds, sized
from ops.bench.stage import MEMBERS, Stage, stage

PEOPLE, FEWER = sized(56_000), sized(14_000)
ROUNDS = rounds(3)
HEAD = ["姓名", "手机号", "岗位", "学校标识码", "区划代码", "任职日期", "离任日期"]
POSTS = [
    ("学校负责人", "head"),
    ("食堂管理员", "manager"),
    ("膳食家委会委员", "committee"),
    ("家长", "parent"),
]
SINCE = date(2026, 9, 1)


async def measure() -> list[Row]:
    async with stage() as stand:
        folder = Path(stand.environ["SHANDU_HOME"])
        await sql.rows("UPDATE school SET code = LPAD(id::text, 10, '0') RETURNING id")
        for count in (PEOPLE, FEWER):
            await asyncio.to_thread(_table, folder / f"{count}.xlsx", count)
        # the first import of a process pays for its modules: what both sizes share
        ours, bare, many, few = [], [], [], []
        for _ in range(ROUNDS):
            await _emptied()
            few.append((await _imported(stand, folder / f"{FEWER}.xlsx"))[1])
            await _emptied()
            seconds, peak_mb = await _imported(stand, folder / f"{PEOPLE}.xlsx")
            ours.append(PEOPLE / seconds)
            many.append(peak_mb)
            await _emptied()
            bare.append(PEOPLE / await _copied())
        return [
            row(f"import {PEOPLE} people", ours, bare, "rows/s"),
            row(f"import {PEOPLE} to {FEWER}, peak", many, few, "MB"),
        ]


def _table(path: Path, count: int) -> None:
    from xlsxwriter import Workbook

    with Workbook(str(path), {"constant_memory": True}) as book:
        page = book.add_worksheet()
        for number, cells in enumerate([HEAD, *_rows(count)]):
            for place, cell in enumerate(cells):
                page.write_string(number, place, cell)


def _rows(count: int) -> Iterator[list[str]]:
    for number in range(count):
        post, school = POSTS[number % len(POSTS)][0], number % MEMBERS + 1
        yield [f"人员{number}", str(13_000_000_000 + number), post, f"{school:010d}", "", "2026-09-01", ""]


async def _emptied() -> None:
    await sql.rows("TRUNCATE session, identity, holding, person, post RESTART IDENTITY CASCADE")
    await sql.rows("VACUUM ANALYZE person")


async def _imported(stand: Stage, path: Path) -> tuple[float, float]:
    """Seconds of the whole command, and the peak of its memory in MB."""
    command = [sys.executable, "-m", "ops.bench.imports", str(path)]
    began = time.perf_counter()
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        env={**os.environ, **stand.environ},
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - began, float(done.stdout.splitlines()[-1])


async def _copied() -> float:
    """The same people, posts and terms by PostgreSQL's own bulk load; seconds."""
    now = datetime.now(UTC)
    client: Any = get_connection("default")
    began = time.perf_counter()
    async with client.acquire_connection() as connection, connection.transaction():
        places = [(kind, school) for school in range(1, MEMBERS + 1) for _, kind in POSTS]
        await connection.copy_records_to_table(
            "post", columns=["id", "kind", "school_id", "place_key"],
            records=[(n, kind, school, f"{kind}@school:{school}") for n, (kind, school) in enumerate(places, 1)],
        )  # fmt: skip
        ids = {place: n for n, place in enumerate(places, 1)}
        rows = range(PEOPLE)
        await connection.copy_records_to_table(
            "person", columns=["id", "name", "phone_sealed", "phone_digest", "created_at"],
            # as long as what ours writes: sealing is part of our work, not of the rows
            records=((n + 1, f"人员{n}", f"1.{n:054d}", f"{n:064d}", now) for n in rows),
        )  # fmt: skip
        await connection.copy_records_to_table(
            "holding", columns=["person_id", "post_id", "since_on"],
            records=((n + 1, ids[POSTS[n % len(POSTS)][1], n % MEMBERS + 1], SINCE) for n in rows),
        )  # fmt: skip
    return time.perf_counter() - began


def _alone(path: str) -> None:
    """Import in this process and print its peak in MB."""
    from models.people.phones import Vault
    from ops.importing import run
    from ops.running import opened
    from ops.settings import Settings

    async def work() -> int:
        settings = Settings.from_env(dict(os.environ))
        async with opened(settings) as clock:
            return await run(
                "people", Path(path), Vault(settings.phone_keys), clock, dry_run=False, marked_copy=None
            )

    if asyncio.run(work()):
        sys.exit(1)
    # not getrusage: its peak is at least that of the process that started this one
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    print(int(peak.split()[1]) / 1024)


if __name__ == "__main__":
    _alone(sys.argv[1])
