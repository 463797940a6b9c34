"""Killed in the middle of it, a survey has every answer that was acknowledged, and none twice."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from bot import jobs
from models.database import sql
from models.surveys.tables import RoundState, SurveyRound
from tests.api.test_surveys import answer, child_of, plan
from tests.cast import Cast, Phone, Stage, new_id
from tests.conftest import free_port
from tests.journeys.test_survey_anonymity import guardians, marks_of, number_of

pytestmark = pytest.mark.slow

FAMILIES = 60


@contextmanager
def started(environ: dict[str, str], port: int, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of the same installation; killed without a word at the end if it still lives."""
    log = Path(environ["SHANDU_HOME"]) / f"{words[0]}-{new_id()}.log"
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "ops.cli", *words],
            env={**os.environ, **environ, "SHANDU_PORT": str(port)}, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        yield child
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(10)


async def listening(port: int) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"nothing listens on {port}")


async def send(http: aiohttp.ClientSession, phone: Phone, number: int, body: object) -> int:
    """The status, or 0 when no answer came."""
    headers = {"Authorization": f"Bearer {phone.token}"}
    try:
        async with http.post(f"/api/surveys/{number}/answers", json=body, headers=headers) as said:
            await said.read()
            return said.status
    except aiohttp.ClientError:
        return 0


async def test_serving_killed_while_answers_come_in_loses_none_and_doubles_none(
    cast: Cast, stage: Stage, environ: dict[str, str]
) -> None:
    number = await plan(cast)
    sent = []
    for own, phone in enumerate(await guardians(cast, FAMILIES)):
        sent.append((phone, own, answer(await child_of(phone, cast.tianba), marks=marks_of(own))))
    waiting, acknowledged = list(sent), 0
    while waiting:
        port = free_port()
        with started(environ, port, "serve") as server:
            await listening(port)
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
                asking = [asyncio.create_task(send(http, who, number, body)) for who, _, body in waiting]
                # most of the first crowd are in mid-request when it dies
                done = 0
                while len(waiting) == FAMILIES and done < FAMILIES // 4:
                    await asyncio.sleep(0)
                    done = sum(task.done() for task in asking)
                if len(waiting) == FAMILIES:
                    server.send_signal(signal.SIGKILL)
                statuses = await asyncio.gather(*asking)
        acknowledged += sum(status in (200, 201) for status in statuses)
        waiting = [one for one, status in zip(waiting, statuses, strict=True) if status == 0]
    assert acknowledged == FAMILIES
    await count(stage)
    assert await found() == list(range(FAMILIES))


async def test_a_worker_killed_while_it_opens_the_boxes_loses_none_and_doubles_none(
    cast: Cast, stage: Stage, environ: dict[str, str]
) -> None:
    number = await plan(cast)
    for own, phone in enumerate(await guardians(cast, FAMILIES)):
        body = answer(await child_of(phone, cast.tianba), marks=marks_of(own))
        assert (await phone.post(f"/surveys/{number}/answers", body)).status == 201
    stage.forward(days=11)
    await jobs.run_once(stage.world.post)
    stage.forward(minutes=11)
    # the box is opened at some moment after the start: die before, in the middle and after
    for wait_s in (0.9, 1.1, 1.3, 1.5, 1.8, 2.5):
        with started(environ, stage.world.settings.port, "worker"):
            await asyncio.sleep(wait_s)
        inside = (await sql.rows("SELECT COUNT(*) AS n FROM survey_ballot"))[0]["n"]
        assert sorted({inside, len(await found())}) == [0, FAMILIES]
    await count(stage)
    assert await found() == list(range(FAMILIES))


async def count(stage: Stage) -> None:
    """Close the round and open its boxes, in this process."""
    for by in ({"days": 11}, {"minutes": 11}):
        stage.forward(**by)
        await stage.jobs()
    assert await SurveyRound.filter(state=RoundState.COUNTED).count() == 1


async def found() -> list[int]:
    rows = await sql.rows("SELECT marks FROM survey_answer")
    return sorted(number_of(sql.document(row["marks"])) for row in rows)
