"""What stands behind us goes away and comes back: a clear error or a retry, and nothing lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from models.database import sql
from qr import Place, PlaceKind, sign_rotating
from tests.cast import Cast, Stage, jpeg, new_id
from tests.conftest import free_port

pytestmark = pytest.mark.slow

STORE_GONE = "store_unavailable"


class Line:
    """The wire to a server: cut, every connection breaks and none is taken; mended, it works again."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self.port = free_port()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return self._to._replace(netloc=f"{self._to.netloc.rpartition(':')[0]}:{self.port}").geturl()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        # once more for those that were joining meanwhile
        for _ in range(3):
            for writer in list(self._writers):
                writer.transport.abort()
            await asyncio.sleep(0.05)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other_reader, other_writer = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._writers |= {writer, other_writer}
        await asyncio.gather(self._copy(reader, other_writer), self._copy(other_reader, writer))
        self._writers -= {writer, other_writer}

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()


@pytest.fixture
async def lines(environ: dict[str, str], engine: str) -> AsyncIterator[dict[str, Line]]:
    """The wires to PostgreSQL and Redis, in order before the stage is set."""
    if engine != "postgres" or "SHANDU_REDIS_URL" not in environ:
        pytest.skip("SQLite has no server to lose")
    wires = {}
    for name in ("SHANDU_DATABASE_URL", "SHANDU_REDIS_URL"):
        wires[name] = Line(environ[name])
        await wires[name].mend()
        environ[name] = wires[name].url
    yield wires
    for wire in wires.values():
        await wire.cut()


async def _ready(stage: Stage) -> tuple[int, list[str]]:
    async with stage.http.get("/readyz") as answer:
        return answer.status, (await answer.json())["faults"]


async def test_the_database_breaks_off_in_mid_request_and_each_retry_finds_one_row(
    lines: dict[str, Line], stage: Stage, cast: Cast
) -> None:
    member, database = await cast.phone("member"), lines["SHANDU_DATABASE_URL"]
    code, at = stage.code(cast.tianba), stage.clock().isoformat()
    bodies = [{"code": code, "request_id": new_id(), "scanned_at": at} for _ in range(40)]

    async def send(number: int) -> int:
        await asyncio.sleep(number * 0.004)
        answer = await member.post("/check-ins", bodies[number])
        assert answer.status < 300 or (answer.status, "服务器" in answer.said) >= (500, True), answer.json
        return answer.status

    sending = asyncio.gather(*map(send, range(len(bodies))))
    await asyncio.sleep(0.06)
    await database.cut()
    statuses = await sending
    assert any(status >= 500 for status in statuses)
    assert "database" in (await _ready(stage))[1]
    await database.mend()
    for body in bodies:
        assert (await member.post("/check-ins", body)).status in (200, 201)
    for table in ("check_in", "journal_entry"):
        only = " WHERE subject_kind = 'check_in'" if table == "journal_entry" else ""
        assert (await sql.rows(f"SELECT COUNT(*) AS n FROM {table}{only}"))[0]["n"] == len(bodies)
    assert (await _ready(stage))[0] == 200


async def test_redis_goes_and_comes_back_and_everybody_is_told_once(
    lines: dict[str, Line], stage: Stage, cast: Cast
) -> None:
    member, head = await cast.phone("member"), await cast.phone("head")
    redis = lines["SHANDU_REDIS_URL"]
    await redis.cut()
    assert await _ready(stage) == (503, ["redis"])
    checked = await member.check_in(cast.tianba)
    sent = await member.visit(cast.tianba, checked.headers["request_id"], failing="C06")
    assert (checked.status, sent.status) == (201, 201)
    await stage.jobs()
    await redis.mend()
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
    assert "照片仍在手机里" in refused.said
    assert (await sql.rows("SELECT COUNT(*) AS n FROM photo"))[0]["n"] == 0
    assert "photos" in (await _ready(stage))[1]
    folder.unlink()
    aside.rename(folder)
    kept = await member.send_photo(cast.tianba, "visit", data, request_id)
    assert kept.status == 201
    assert (await member.get(f"/photos/{kept.json['key']}")).status == 200
    assert (await member.send_photo(cast.tianba, "visit", data, request_id)).json == kept.json


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
