"""A limit of time for each of many calls, kept by one look now and then instead of a timer for each.

What aiohttp's own limit does for a call (a timer made, entered three times and taken back) is a tenth of what our
worker does for a message. Here a call costs an entry in a table; it ends at most one look later than its limit says.
"""

import asyncio
import time
from types import TracebackType
from typing import Any

LOOK_S = 1.0
# of a limit, at most this part may be added by waiting for the next look
LATE = 0.25


class Patience:
    """`with patience:` around what a task waits for ends it with TimeoutError when it lasts longer than
    `limit_s`, as `asyncio.timeout` does. For one loop, and one at a time for a task.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._look_s = min(LOOK_S, limit_s * LATE)
        # who waits, oldest first: until when, and how often others had cancelled the task before
        self._waiting: dict[asyncio.Task[Any], tuple[float, int]] = {}
        self._ended: set[asyncio.Task[Any]] = set()
        self._looking = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._waiting[task] = (time.monotonic() + self._limit_s, task.cancelling())
        if not self._looking:
            self._look_later()

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        _until, before = self._waiting.pop(task)
        if task in self._ended:
            self._ended.remove(task)
            # somebody else who cancels it meanwhile is not to be overheard
            if task.uncancel() <= before and kind is asyncio.CancelledError:
                raise TimeoutError from fault

    def _look_later(self) -> None:
        self._looking = True
        asyncio.get_running_loop().call_later(self._look_s, self._look)

    def _look(self) -> None:
        now = time.monotonic()
        for task, (until, _before) in self._waiting.items():
            if until > now:
                break
            if task not in self._ended:
                self._ended.add(task)
                task.cancel()
        self._looking = False
        if self._waiting:
            self._look_later()
