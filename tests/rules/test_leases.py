"""Ending a task that a library keeps from hearing it."""

import asyncio

import pytest

from models.database.leases import ended


async def test_a_task_whose_wait_swallows_the_cancellation_ends_all_the_same() -> None:
    heard = 0

    async def deaf() -> None:
        nonlocal heard
        while heard < 2:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                heard += 1

    task = asyncio.create_task(deaf())
    await asyncio.sleep(0)
    await ended(task)
    assert heard == 2


async def test_a_task_that_failed_says_so_when_it_is_ended() -> None:
    async def failing() -> None:
        raise ValueError("broken")

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    with pytest.raises(ValueError, match="broken"):
        await ended(task)
