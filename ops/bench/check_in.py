"""Check-ins a second, one process, 32 clients, against the bare handler."""

import json
from datetime import UTC, datetime

from ops.bench import load
from ops.bench.load import Connection, Job
from ops.bench.rows import Row, row
from ops.bench.size import rounds, sized
from ops.bench.stage import Stage, process, stage

CLIENTS = 32
ROUNDS = rounds(7)
JOBS = sized(800)


async def measure() -> list[Row]:
    async with (
        stage() as stand,
        process(stand.environ, "ops.cli", "serve") as our_port,
        process(stand.environ, "ops.bench.bare") as bare_port,
    ):
        ours, bare = [], []
        for number in range(ROUNDS + 1):
            jobs = range(number * JOBS, (number + 1) * JOBS)
            mine = await load.run(our_port, CLIENTS, jobs, _job(stand, "ours"))
            theirs = await load.run(bare_port, CLIENTS, jobs, _job(stand, "bare"))
            if number > 0:  # the first round warms both up
                ours.append(mine)
                bare.append(theirs)
        return [
            row("check-in 32 clients", [m.per_s for m in ours], [m.per_s for m in bare], "requests/s"),
            row("check-in 32 clients p95", [m.p95_ms for m in ours], [m.p95_ms for m in bare], "ms"),
        ]


def head(stand: Stage, member: int, path: str, media: str = "application/json") -> bytes:
    """A request's head for one member, without Content-Length."""
    token = stand.tokens[member]
    return (
        f"POST /api{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: {media}\r\n"
    ).encode()


def check_in_body(stand: Stage, member: int, request_id: str) -> bytes:
    return json.dumps(
        {
            "code": stand.codes[member],
            "request_id": request_id,
            "scanned_at": datetime.now(UTC).isoformat(),
        }
    ).encode()


def _job(stand: Stage, side: str) -> Job:
    async def job(connection: Connection, number: int) -> None:
        member = number % len(stand.tokens)
        body = check_in_body(stand, member, f"{side}-check-in-{number}")
        await connection.ask(head(stand, member, "/check-ins"), body)

    return job
