"""A browser at the desk: cookies of its own, and what every browser says of where a request comes from."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from tests.cast import Phone, Stage

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


@dataclass
class Page:
    status: int
    text: str
    headers: Any
    json: Any = None
    url: str = ""

    @property
    def words(self) -> str:
        """What is to be read, without tags."""
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.text))


@dataclass
class Desk:
    """Somebody's browser."""

    stage: Stage
    http: aiohttp.ClientSession

    async def get(self, path: str, **query: str) -> Page:
        async with self.http.get(path, params=query) as answer:
            return Page(answer.status, await answer.text(), answer.headers)

    async def post(self, path: str, form: Any = None, **headers: str) -> Page:
        """As a form of our own page sends it, redirections followed."""
        told = {"Origin": self.stage.url, "Sec-Fetch-Site": "same-origin", **headers}
        async with self.http.post(path, data=form, headers=told) as answer:
            is_json = "json" in answer.content_type
            said = await answer.json() if is_json else None
            return Page(answer.status, await answer.text(), answer.headers, said, str(answer.url))

    async def ticket(self) -> str:
        """A new code on the screen; what a scan of it yields."""
        made = await self.post("/desk/tickets")
        assert made.status == 200, made.text
        return str(made.json["url"]).rsplit("/", 1)[1]

    async def standing(self) -> str:
        return str((await self.post("/desk/tickets/standing")).json["standing"])

    async def sign_in(self, phone: Phone) -> "Desk":
        ticket = {"ticket": await self.ticket()}
        assert (await phone.post("/desk-tickets/scan", ticket)).status == 200
        assert (await phone.post("/desk-tickets/confirm", ticket)).status == 204
        assert await self.standing() == "entered"
        return self

    def cookie(self, name: str) -> str | None:
        found = next((one for one in self.http.cookie_jar if one.key == name), None)
        return found.value if found else None

    def plant(self, name: str, value: str) -> None:
        self.http.cookie_jar.update_cookies({name: value}, URL(self.stage.url))


@asynccontextmanager
async def desk_of(stage: Stage) -> AsyncIterator[Desk]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(stage.url, cookie_jar=jar, headers={"User-Agent": CHROME}) as http:
        yield Desk(stage, http)
