"""Work that others may take over when its worker is silent for too long: saying now and then that it is not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def kept(every_s: float, renew: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Renew a lease every so often while the block runs."""

    async def keep() -> None:
        while True:
            await asyncio.sleep(every_s)
            await renew()

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        await ended(keeping)


async def ended(task: asyncio.Task[Any]) -> None:
    """Cancel a task until it has ended: a library's wait may swallow a cancellation (CPython 86296)."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1)
    if not task.cancelled():
        task.result()
