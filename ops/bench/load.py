"""A load of HTTP requests that costs the machine little: raw sockets, one request at a time each."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Job = Callable[["Connection", int], Awaitable[None]]


class Connection:
    """One kept-alive HTTP/1.1 connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def ask(self, head: bytes, body: bytes) -> bytes:
        """Send one request whose head lacks only Content-Length; return the body of a 2xx answer."""
        self._writer.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        status = int(answer[9:12])
        length = 0
        for line in answer.split(b"\r\n"):
            if line[:15].lower() == b"content-length:":
                length = int(line[15:])
        content = await self._reader.readexactly(length)
        if not 200 <= status < 300:
            raise RuntimeError(f"{status}: {content[:400]!r}")
        return content

    def close(self) -> None:
        self._writer.close()


@dataclass(frozen=True)
class Measured:
    """Jobs a second, and the 95th and 99th percentiles of one job's time in ms."""

    per_s: float
    p95_ms: float
    p99_ms: float


async def run(port: int, clients: int, jobs: range, job: Job) -> Measured:
    """Do the jobs with so many clients at once, each taking the next when it is free."""
    connections = [Connection(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(clients)]
    waiting = iter(jobs)
    times: list[float] = []

    async def client(connection: Connection) -> None:
        for number in waiting:
            began = time.perf_counter()
            await job(connection, number)
            times.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(client(connection) for connection in connections))
    took = time.perf_counter() - began
    for connection in connections:
        connection.close()
    times.sort()
    return Measured(len(times) / took, _ms_at(times, 0.95), _ms_at(times, 0.99))


def _ms_at(times: list[float], part: float) -> float:
    return times[int(len(times) * part)] * 1000
