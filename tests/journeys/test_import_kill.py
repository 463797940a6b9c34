"""A worker killed over a table leaves no copy of it: people's numbers are in there."""

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.api.test_import_files import HEAD, send, table
from tests.cast import Cast, Stage
from tests.journeys.test_kill_points import workers

pytestmark = pytest.mark.slow


def folders(place: Path) -> list[str]:
    return sorted(one.name for one in place.glob("*shandu-*"))


async def test_what_a_killed_worker_left_goes_when_the_next_process_starts(
    cast: Cast, stage: Stage, environ: dict[str, str], tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    officer = await cast.phone("officer", consent=False)
    rows = [HEAD | {"手机号": f"154001{number:05}"} for number in range(5_000)]
    sent = await send(officer, table(*rows))
    async with AsyncExitStack() as stack:
        first, second = [
            await stack.enter_async_context(workers(environ | {"TMPDIR": str(temporary)})) for _ in range(2)
        ]

        pid = await first.begin(b"import\n")
        while not list(temporary.glob("shandu-*/rows.sqlite3")):
            await asyncio.sleep(0.01)
        os.kill(pid, signal.SIGSTOP)
        at_work = folders(temporary)
        try:
            # another one starts meanwhile, and finds nothing to do
            await second.run(b"import\n")
            beside = folders(temporary)
        finally:
            os.kill(pid, signal.SIGKILL)
        await first.over()
        assert at_work and beside == at_work == folders(temporary)

        stage.forward(minutes=2)
        await second.run(b"import\n")
    assert folders(temporary) == []
    assert (await officer.get(f"/imports/{sent.json['id']}")).json["state"] == "checked"
