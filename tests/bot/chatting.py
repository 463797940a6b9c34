"""Somebody in a chat of ours: types, sends photos, presses, and reads what is answered."""

import asyncio
from dataclasses import dataclass
from typing import Any

from models.database import sql
from tests.cast import Phone, jpeg


@dataclass
class Chatter:
    """A person in a chat of ours on their phone: the official account's, or WeCom's."""

    phone: Phone
    place: str = "official"

    async def follow(self) -> str:
        return await self._do("follow" if self.place == "official" else "join", None)

    async def unfollow(self) -> str:
        return await self._do("unfollow", None)

    async def say(self, text: str) -> str:
        """What is answered to a text; empty for nothing."""
        return await self._do("text", {"content": text})

    async def press(self, key: str) -> str:
        return await self._do("click", {"key": key})

    async def scan(self, scene: str) -> str:
        return await self._do("scan", {"scene": scene})

    async def send_photo(self, data: bytes | None = None) -> str:
        return await self._do("image", data or jpeg())

    async def push(self, what: str, body: Any = None) -> None:
        """Do something, and wait until our door has it; nobody works on it yet."""
        before = await heard()
        url = f"/sandbox/phones/{self.phone.user}/{self.place}/{what}"
        given: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with self.phone.stage.http.post(url, **given) as answer:
            assert answer.status < 300, await answer.text()
        for _ in range(500):
            if await heard() > before:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{what} did not reach our door")

    async def lines(self, after: int = 0) -> list[dict[str, Any]]:
        """What stands in the chat below a line."""
        url = f"/sandbox/phones/{self.phone.user}/{self.place}"
        async with self.phone.stage.http.get(url) as answer:
            # who has not joined has no chat
            found = [] if answer.status == 404 else (await answer.json())["lines"]
        return [line for line in found if line["id"] > after]

    async def answers(self, after: int = 0) -> list[str]:
        return [
            line["text"]
            for line in await self.lines(after)
            if line["by"] in ("account", "app") and "text" in line
        ]

    async def _do(self, what: str, body: Any) -> str:
        before = max((line["id"] for line in await self.lines()), default=0)
        await self.push(what, body)
        await self.phone.stage.jobs()
        return "\n".join(await self.answers(before))


async def heard() -> int:
    """How many things people said have reached our door."""
    return int((await sql.rows("SELECT COUNT(*) AS n FROM inbound_event WHERE ordered"))[0]["n"])
