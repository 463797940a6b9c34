"""Storing what WeChat pushes before it is acknowledged: many pushes, one commit."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from bot.conversation.heard import WAYS
from bot.wechat.codec import Inbound
from models.notices import inbound

log = logging.getLogger(__name__)

# bounds a statement, whatever a crowd brings
MOST_AT_ONCE = 200
# in a crowd the next batch begins no sooner: a fast disk would make batches of two, and each costs as much as ten
APART_S = 0.003

Waiting = tuple[Inbound, asyncio.Future[None]]


class Intake:
    """What comes while a batch is being stored is the next batch: the disk is waited for once for all of it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._waiting: list[Waiting] = []
        self._storing: asyncio.Task[None] | None = None

    async def accept(self, push: Inbound) -> None:
        """Return when it is stored; raise what kept it from being stored."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((push, stored))
        if self._storing is None:
            self._storing = asyncio.create_task(self._store())
        await stored

    async def _store(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while self._waiting:
                began = clock()
                batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
                await self._keep(batch)
                if self._waiting:
                    await asyncio.sleep(max(0.0, began + APART_S - clock()))
        finally:
            self._storing = None

    async def _keep(self, batch: list[Waiting]) -> None:
        """All or none: what was not stored is pushed again, in other company."""
        fault: Exception | None = None
        try:
            await inbound.keep([_push(one) for one, _ in batch], self._now())
            log.info("pushes stored", extra={"count": len(batch)})
        except Exception as why:
            fault = why
        for _, stored in batch:
            if stored.done():  # whoever waited has gone
                continue
            if fault is None:
                stored.set_result(None)
            else:
                stored.set_exception(fault)


def _push(one: Inbound) -> inbound.Push:
    return inbound.Push(one.dedupe_key, one.appid, one.kind, one.openid, one.fields, one.kind in WAYS)
