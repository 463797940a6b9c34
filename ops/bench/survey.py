"""Survey answers a second, one process, 32 clients, against a bare insert; and what a day can take."""

import json
from datetime import timedelta

from models.database import sql
from models.policies.calendar import beijing_date
from ops.bench import load
from ops.bench.check_in import CLIENTS, head
from ops.bench.load import Connection, Job
from ops.bench.rows import Row, row
from ops.bench.size import rounds, sized
from ops.bench.stage import MEMBERS, Stage, process, stage
from ops.clock import real

ROUNDS = rounds(7)
JOBS = sized(800)
CHILDREN = 2 * JOBS * (ROUNDS + 1)
SECONDS_A_DAY = 86_400
MARKS = {f"S{number:02d}": 80 for number in range(1, 12)} | {"S12": 9}


async def measure() -> list[Row]:
    async with (
        stage() as stand,
        process(stand.environ, "ops.cli", "serve") as our_port,
        process(stand.environ, "ops.bench.bare") as bare_port,
    ):
        await _fill()
        ours, bare = [], []
        for number in range(ROUNDS + 1):
            first = 2 * number * JOBS
            mine = await load.run(our_port, CLIENTS, range(first, first + JOBS), _job(stand))
            theirs = await load.run(bare_port, CLIENTS, range(first + JOBS, first + 2 * JOBS), _job(stand))
            if number > 0:  # the first round warms both up
                ours.append(mine)
                bare.append(theirs)
        await _all_there()
        ours_per_s, bare_per_s = [m.per_s for m in ours], [m.per_s for m in bare]
        return [
            row("survey 32 clients", ours_per_s, bare_per_s, "answers/s"),
            row("survey 32 clients p95", [m.p95_ms for m in ours], [m.p95_ms for m in bare], "ms"),
            row("survey a day of one process", _a_day(ours_per_s), _a_day(bare_per_s), "answers/day"),
        ]


def _a_day(per_s: list[float]) -> list[float]:
    """What 24 hours at this rate come to."""
    return [rate * SECONDS_A_DAY for rate in per_s]


async def _fill() -> None:
    """An open round of the whole province, and a child of its own for every answer."""
    await sql.rows(
        "TRUNCATE survey_participation, survey_ballot, survey_answer, survey_remark, survey_figure,"
        " survey_result, survey_round, guardian, child RESTART IDENTITY CASCADE"
    )
    today = beijing_date(real())
    await sql.rows(
        "INSERT INTO survey_round (id, division_code, term, title, opens_on, closes_on, form_version, state,"
        " told_to, counted_to) VALUES (1, '53', '2026-autumn', '测评', $1, $2, 1, 'open', 0, 0) RETURNING id",
        today, today + timedelta(days=7),
    )  # fmt: skip
    every = range(CHILDREN)
    await sql.many(
        "INSERT INTO child (id, school_id, grade, school_year, class_name) VALUES ($1, $2, 1, $3, '')",
        [[n + 1, n % MEMBERS + 1, today.year if today.month >= 9 else today.year - 1] for n in every],
    )
    await sql.many(
        "INSERT INTO guardian (person_id, child_id, request_id) VALUES ($1, $2, $3)",
        [[n % MEMBERS + 1, n + 1, f"bench-{n}"] for n in every],
    )
    await sql.rows("ANALYZE")


async def _all_there() -> None:
    for table in ("survey_participation", "survey_ballot"):
        found = await sql.rows(f"SELECT COUNT(*) AS n FROM {table}")  # noqa: S608
        if found[0]["n"] != CHILDREN:
            raise RuntimeError(f"{found[0]['n']} of {CHILDREN} in {table}")


def _job(stand: Stage) -> Job:
    async def job(connection: Connection, number: int) -> None:
        body = {
            "child_id": number + 1, "form_version": 1, "marks": MARKS, "days": 5, "channel": "child", "words": "",
        }  # fmt: skip
        member = number % MEMBERS
        await connection.ask(head(stand, member, "/surveys/1/answers"), json.dumps(body).encode())

    return job
