"""A process that forks a worker of one run for each line it reads, to be killed in the middle: `go` delivers,
`judge` judges alerts, `import` checks a table.

What it imports takes a second, a fork a hundredth of one. It says the worker's process id, and when it is gone.
"""

import asyncio
import os
import sys

from bot import jobs
from ops.settings import Settings
from ops.wiring import world


async def deliver(settings: Settings) -> None:
    async with world(settings) as opened:
        await jobs.merge_waiting(opened.post)
        await jobs.send_notices(opened.post)


async def judge(settings: Settings) -> None:
    async with world(settings) as opened:
        await jobs.look_again(opened.post)
        await jobs.judge_alerts(opened.post)


async def check_table(settings: Settings) -> None:
    async with world(settings) as opened:
        await jobs.import_files(opened.post)


RUNS = {"go": deliver, "judge": judge, "import": check_table}


def main() -> None:
    settings = Settings.from_env(os.environ)
    print("ready", flush=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(RUNS[line.strip()](settings))
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    main()
