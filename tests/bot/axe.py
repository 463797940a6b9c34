"""A machine that loses power in the middle of some work, at a statement of its own choice."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Self


class Axe(logging.Handler):
    """Ends work at its n-th statement. `killed`: how often it did."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.killed = 0
        self._left = 0
        self._victim: asyncio.Task[Any] | None = None
        self._log = logging.getLogger("tortoise.db_client")
        self._level = self._log.level

    def __enter__(self) -> Self:
        self._log.addHandler(self)
        self._log.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_: object) -> None:
        self._log.removeHandler(self)
        self._log.setLevel(self._level)

    def emit(self, record: logging.LogRecord) -> None:
        if self._victim is not None and asyncio.current_task() is self._victim:
            self._left -= 1
            if self._left == 0:
                self._victim.cancel()

    async def falls(self, point: int, work: Coroutine[Any, Any, Any]) -> bool:
        """Do the work, and die at a statement; False when it was over before that."""
        self._left, self._victim = point, asyncio.ensure_future(work)
        victim = self._victim
        await asyncio.wait([victim])
        self._victim = None
        self.killed += victim.cancelled()
        if not victim.cancelled():
            victim.result()
        return victim.cancelled()
