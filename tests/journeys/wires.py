"""Wires to servers that can be cut, and wires that stop at the n-th thing said over them."""

import asyncio
import contextlib
from urllib.parse import urlsplit

from tests.conftest import free_port


class Line:
    """The wire to a server: cut, every connection breaks and none is taken; mended, it works again."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self.port = free_port()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        before, mark, _ = self._to.netloc.rpartition("@")
        return self._to._replace(netloc=f"{before}{mark}127.0.0.1:{self.port}").geturl()

    async def mend(self) -> None:
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)

    async def cut(self) -> None:
        if self._server is not None:
            self._server.close()
        # once more for those that were joining meanwhile
        for _ in range(3):
            for writer in list(self._writers):
                writer.transport.abort()
            await asyncio.sleep(0.05)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other_reader, other_writer = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._writers |= {writer, other_writer}
        await asyncio.gather(
            self._copy("asked", reader, other_writer), self._copy("answered", other_reader, writer)
        )
        self._writers -= {writer, other_writer}

    async def _copy(self, side: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._passing(side)
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _passing(self, side: str) -> None:
        """Something was `asked` of the server or `answered` by it, and is about to go on."""


class HoldingLine(Line):
    """A line on which the n-th thing asked, or the n-th answer, does not get through."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.held = asyncio.Event()
        self._let_go = asyncio.Event()
        self._at: tuple[str, int] | None = None
        self._passed = 0

    def hold(self, side: str, number: int) -> None:
        """Count from here, and stop at the number."""
        self.held, self._let_go = asyncio.Event(), asyncio.Event()
        self._at, self._passed = (side, number), 0

    def let_go(self) -> None:
        """Stop at nothing. What was held is lost, as with the process that said it or waited for it."""
        self._at = None
        self._let_go.set()

    async def _passing(self, side: str) -> None:
        if self._at is None or side != self._at[0]:
            return
        self._passed += 1
        if self._passed >= self._at[1]:
            self.held.set()
            await self._let_go.wait()
            raise ConnectionAbortedError
