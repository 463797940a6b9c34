"""Steps sealed a second against the same rows copied in as large batches; and proved against a bare hashing."""

import hashlib
import time
from datetime import UTC, datetime

from models.database import sql
from models.journal.proving import prove
from models.journal.sealing import BATCH, seal
from ops.bench.rows import Row, row
from ops.bench.size import rounds
from ops.bench.stage import stage

ROUNDS = rounds(5)
STEPS = 10_000
FACTS = sql.dump({"words": "已补贴标签", "photos": ["0123456789abcdef0123456789abcdef"]})
INSERT = (
    "(at, subject_kind, subject_id, school_id, person_id, post_id, verb, facts)"
    " SELECT $4, 'problem', v.c1, v.c2, v.c3, v.c2, 'submit', $5::jsonb FROM {rows}"
)


async def measure() -> list[Row]:
    async with stage():
        await sql.rows("CREATE TABLE bare_entry (LIKE journal_entry INCLUDING ALL)")
        try:
            sealed, copied, proved, hashed = [], [], [], []
            for number in range(ROUNDS + 1):
                ours = await _sealed(number)
                theirs = await _timed_insert("bare_entry", number)
                checked = await _proved()
                bare = await _hashed()
                if number > 0:  # the first round warms all up
                    sealed.append(ours)
                    copied.append(theirs)
                    proved.append(checked)
                    hashed.append(bare)
        finally:
            await sql.rows("DROP TABLE bare_entry")
    return [
        row("journal sealed", sealed, copied, "steps/s"),
        row("journal proved", proved, hashed, "steps/s"),
    ]


async def _sealed(number: int) -> float:
    await _timed_insert("journal_entry", number)
    before = time.perf_counter()
    assert await seal(datetime.now(UTC)) == STEPS
    return STEPS / (time.perf_counter() - before)


async def _timed_insert(table: str, number: int) -> float:
    """Every step is of one of 2,500 problems: chains of four a round."""
    before = time.perf_counter()
    for first in range(0, STEPS, BATCH):
        values = [[(first + each) % 2_500, number, each] for each in range(BATCH)]
        statement = f"INSERT INTO {table} {INSERT}"
        await sql.over_rows(statement, ["bigint"] * 3, values, datetime.now(UTC), FACTS)
    return STEPS / (time.perf_counter() - before)


async def _proved() -> float:
    before = time.perf_counter()
    proof = await prove(lambda done, total: None)
    assert proof.faults == []
    return proof.seals / (time.perf_counter() - before)


async def _hashed() -> float:
    """Read every row once and hash its text."""
    before, count, since = time.perf_counter(), 0, 0
    while page := await sql.rows(
        "SELECT id, e::text AS text FROM journal_entry e WHERE id > $1 ORDER BY id LIMIT 1000", since
    ):
        for one in page:
            hashlib.sha256(one["text"].encode()).hexdigest()
        count, since = count + len(page), page[-1]["id"]
    return count / (time.perf_counter() - before)
