"""What stands behind us goes away and comes back: a clear error or a retry, and nothing lost."""

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot import jobs
from models.database import sql
from ops.private import Server, private_servers
from qr import Place, PlaceKind, sign_rotating
from tests.cast import Cast, Phone, Stage, jpeg, new_id
from tests.conftest import free_port, prepare
from tests.journeys.wires import Line

pytestmark = pytest.mark.slow

STORE_GONE = "store_unavailable"
SEND = "/cgi-bin/message/subscribe/send"


@pytest.fixture
async def line(environ: dict[str, str], engine: str) -> AsyncIterator[Line]:
    """The wire to PostgreSQL, in order before the stage is set."""
    if engine != "postgres":
        pytest.skip("SQLite has no server to lose")
    wire = Line(environ["SHANDU_DATABASE_URL"])
    await wire.mend()
    environ["SHANDU_DATABASE_URL"] = wire.url
    yield wire
    await wire.cut()


@pytest.fixture(scope="module")
def own(engine: str) -> Iterator[tuple[Server, Server]]:
    """A PostgreSQL, migrated, and a Redis that nobody else uses."""
    if engine != "postgres":
        pytest.skip("SQLite has no server to stop")
    with private_servers() as (postgres, redis):
        asyncio.run(prepare(postgres.url))
        yield postgres, redis


@pytest.fixture
def servers(own: tuple[Server, Server], environ: dict[str, str]) -> tuple[Server, Server]:
    """They themselves, where the stage will look for them."""
    environ["SHANDU_DATABASE_URL"], environ["SHANDU_REDIS_URL"] = (server.url for server in own)
    return own


async def _ready(stage: Stage) -> tuple[int, list[str]]:
    async with stage.http.get("/readyz") as answer:
        return answer.status, (await answer.json())["faults"]


async def _through(
    stage: Stage, cast: Cast, breaks: Callable[[], Awaitable[None]], mends: Callable[[], Awaitable[None]]
) -> None:
    """Forty check-ins, in whose middle the database goes; when it is back each retry finds one row."""
    member = await cast.phone("member")
    code, at = stage.code(cast.tianba), stage.clock().isoformat()
    bodies = [{"code": code, "request_id": new_id(), "scanned_at": at} for _ in range(40)]

    async def send(number: int) -> int:
        await asyncio.sleep(number * 0.004)
        answer = await member.post("/check-ins", bodies[number])
        assert answer.status < 300 or (answer.status, "服务器" in answer.said) >= (500, True), answer.json
        return answer.status

    sending = asyncio.gather(*map(send, range(len(bodies))))
    await asyncio.sleep(0.06)
    await breaks()
    statuses = await sending
    assert any(status >= 500 for status in statuses)
    assert "database" in (await _ready(stage))[1]
    await mends()
    for body in bodies:
        assert (await member.post("/check-ins", body)).status in (200, 201)
    for table in ("check_in", "journal_entry"):
        only = " WHERE subject_kind = 'check_in'" if table == "journal_entry" else ""
        assert (await sql.rows(f"SELECT COUNT(*) AS n FROM {table}{only}"))[0]["n"] == len(bodies)
    assert (await _ready(stage))[0] == 200


async def test_the_line_to_the_database_breaks_in_mid_request(line: Line, stage: Stage, cast: Cast) -> None:
    await _through(stage, cast, line.cut, line.mend)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["in good order", "as in a crash"])
async def test_postgresql_is_restarted_in_mid_request(
    servers: tuple[Server, Server], stage: Stage, cast: Cast, how: signal.Signals
) -> None:
    postgres, _ = servers

    async def stop() -> None:
        await asyncio.to_thread(postgres.stop, how)

    async def start() -> None:
        postgres.start()

    await _through(stage, cast, stop, start)


async def test_postgresql_crashes_while_a_worker_sends_and_everybody_is_told_once(
    servers: tuple[Server, Server], stage: Stage, cast: Cast
) -> None:
    postgres, _ = servers
    parent, supervisor = await cast.phone("parent"), await cast.phone("supervisor")
    head, neighbour = [await cast.phone(name, consent=False) for name in ("head", "neighbour_head")]
    for phone in (head, neighbour):
        await stage.allow(phone, 50)
    titles = [f"第{number}件" for number in range(20)]
    for title in titles:
        await _report(parent, cast.tianba.id, title)
    await stage.faults(path=SEND, delay_s=0.05)
    working = asyncio.create_task(jobs.run(stage.world.post))
    await _until(lambda: _calls(stage, 5))
    await asyncio.to_thread(postgres.stop, signal.SIGQUIT)
    postgres.start()
    # the same worker goes on by itself: somebody else is told of something new
    await _report(supervisor, cast.wanghai.id, "别的学校")
    await _until(lambda: _told(neighbour))
    working.cancel()
    await asyncio.wait({working})
    await stage.no_faults()
    for _ in range(3):
        # the lease of what was being sent runs out; events of later messages settle it
        stage.forward(minutes=3)
        await _report(parent, cast.tianba.id, "后来")
        await stage.jobs()
    states = await sql.rows("SELECT DISTINCT state FROM delivery")
    assert {row["state"] for row in states} == {"refused", "sent"}
    told = Counter(field["value"] for m in await head.messages() for field in m["fields"])
    assert {title: told[title] for title in titles} == dict.fromkeys(titles, 1)


async def _report(phone: Phone, school_id: int, title: str) -> None:
    body = {"request_id": new_id(), "school_id": school_id, "title": title}
    assert (await phone.post("/problems", body)).status == 201


async def _calls(stage: Stage, least: int) -> bool:
    return len(await stage.calls(SEND)) >= least


async def _told(phone: Phone) -> bool:
    return bool(await phone.messages())


async def _until(found: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await found():
            await asyncio.sleep(0.05)


async def test_redis_is_stopped_and_started_and_everybody_is_told_once(
    servers: tuple[Server, Server], stage: Stage, cast: Cast
) -> None:
    member, head = await cast.phone("member"), await cast.phone("head")
    _, redis = servers
    redis.stop()
    assert await _ready(stage) == (503, ["redis"])
    checked = await member.check_in(cast.tianba)
    sent = await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")
    assert (checked.status, sent.status) == (201, 201)
    await stage.jobs()
    redis.start()
    assert await _ready(stage) == (200, [])
    for _ in range(3):
        stage.forward(minutes=10)
        await stage.jobs()
    assert len(await head.messages()) == 1


async def test_no_photo_can_be_kept_and_none_is_half_kept(
    stage: Stage, cast: Cast, environ: dict[str, str]
) -> None:
    member = await cast.phone("member")
    folder = Path(environ["SHANDU_HOME"]) / "photos"
    aside = folder.with_name("aside")
    folder.rename(aside)
    # a file in the folder's place: whoever may write anywhere cannot write there
    folder.touch()
    data, request_id = jpeg(), new_id()
    refused = await member.send_photo(cast.tianba, "visit", data, request_id)
    assert (refused.status, refused.code) == (503, STORE_GONE)
    assert (await sql.rows("SELECT COUNT(*) AS n FROM photo"))[0]["n"] == 0
    assert "photos" in (await _ready(stage))[1]
    folder.unlink()
    aside.rename(folder)
    kept = await member.send_photo(cast.tianba, "visit", data, request_id)
    assert kept.status == 201
    assert (await member.get(f"/photos/{kept.json['key']}")).status == 200
    assert (await member.send_photo(cast.tianba, "visit", data, request_id)).json == kept.json


async def _refused_whole(stage: Stage, cast: Cast, member: Phone, data: bytes, request_id: str) -> None:
    """The photo is refused in words that say it is still in the phone, and nothing of it is anywhere."""
    refused = await member.send_photo(cast.tianba, "visit", data, request_id)
    assert (refused.status, refused.code) == (503, STORE_GONE)
    assert "照片仍在手机里" in refused.said
    assert (await sql.rows("SELECT COUNT(*) AS n FROM photo"))[0]["n"] == 0
    assert [key async for key in stage.world.context.store.keys("photos/")] == []


async def test_the_disk_for_photos_is_full(stage: Stage, cast: Cast, environ: dict[str, str]) -> None:
    member = await cast.phone("member")
    disk = Path(environ["SHANDU_HOME"]) / "photos"
    data, request_id = jpeg(), new_id()
    with _small_disk(disk):
        filler = disk / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
        await _refused_whole(stage, cast, member, data, request_id)
        assert "photos" in (await _ready(stage))[1]
        filler.unlink()
        kept = await member.send_photo(cast.tianba, "visit", data, request_id)
        assert kept.status == 201
        assert (await member.get(f"/photos/{kept.json['key']}")).status == 200


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    """A disk of 128 kB in a folder's place; only root may mount one."""
    mounting = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mounting, capture_output=True).returncode != 0:
        pytest.skip("no disk may be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_serving_process_may_write_no_more(stage: Stage, cast: Cast, environ: dict[str, str]) -> None:
    member, port = await cast.phone("member"), free_port()
    data, request_id = jpeg(), new_id()
    serving = [sys.executable, "-m", "ops.cli", "serve"]
    child = subprocess.Popen(
        serving, env={**os.environ, **environ, "SHANDU_PORT": str(port)}, stderr=subprocess.DEVNULL
    )
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
            there = Stage(stage.world, stage.clock, http)
            while not await _answers(there):
                assert child.poll() is None
                await asyncio.sleep(0.1)
            member.stage = there
            # the kernel's own refusal of every byte past the fourth kilobyte of any file
            resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            await _refused_whole(there, cast, member, data, request_id)
            resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            assert (await member.send_photo(cast.tianba, "visit", data, request_id)).status == 201
    finally:
        child.terminate()
        child.wait(15)


async def _answers(stage: Stage) -> bool:
    try:
        return (await _ready(stage))[0] == 200
    except aiohttp.ClientError:
        return False


@pytest.mark.parametrize(("fast_minutes", "status"), [(-10, 201), (9.9, 201), (11, 422)])
async def test_a_phones_clock_may_be_ten_minutes_off(
    stage: Stage, cast: Cast, fast_minutes: float, status: int
) -> None:
    member = await cast.phone("member")
    at = stage.clock() + timedelta(minutes=fast_minutes)
    answer = await member.check_in(cast.tianba, scanned_at=at.isoformat())
    assert answer.status == status, answer.json
    if status == 422:
        assert "时" in answer.said


@pytest.mark.parametrize("fast_minutes", [-10, 9.9])
async def test_a_code_shown_by_a_server_whose_clock_is_ten_minutes_off_is_still_a_proof(
    stage: Stage, cast: Cast, fast_minutes: float
) -> None:
    member = await cast.phone("member")
    at = stage.clock() + timedelta(minutes=fast_minutes)
    code = sign_rotating(stage.world.context.keyring, Place(PlaceKind.SCHOOL, cast.tianba.id), 1, at)
    answer = await member.check_in(cast.tianba, code)
    assert answer.status == 201, answer.json
