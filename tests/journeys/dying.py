"""A process that forks a worker of one delivery run for each line it reads, to be killed in the middle.

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
        await jobs.send_notices(opened.post)


def main() -> None:
    settings = Settings.from_env(os.environ)
    print("ready", flush=True)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(deliver(settings))
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    main()
