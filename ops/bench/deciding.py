"""Notices decided a second in the whole province's overdue run: 74,000 problems, of which 5,000 are overdue.

Beside it the same rows written by hand in five statements of one transaction: no policy is asked, no rule is
applied, every problem is at the same rung. What SQL alone can do, not what could replace it.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from tortoise.transactions import in_transaction

from models.database import sql
from models.problems.climbing import expire
from ops.bench.rows import Row, row
from ops.bench.size import rounds
from ops.bench.stage import MEMBERS, stage

ROUNDS = rounds(5)
PROBLEMS, OVERDUE = 74_000, 5_000
NOTICES = 2 * OVERDUE  # the head's and the manager's

FILL = [
    one.replace("SCHOOLS", str(MEMBERS)).replace("PROBLEMS", str(PROBLEMS))
    for one in (
        "INSERT INTO post (id, kind, school_id, place_key)"
        " SELECT SCHOOLS + id, 'head', id, 'head@school:' || id FROM school",
        "INSERT INTO post (id, kind, school_id, place_key)"
        " SELECT 2 * SCHOOLS + id, 'manager', id, 'manager@school:' || id FROM school",
        "INSERT INTO post (id, kind, division_code, place_key)"
        " VALUES (4 * SCHOOLS, 'county', '530302', 'county@530302')",
        "INSERT INTO holding (id, person_id, post_id, since_on)"
        " SELECT id, (id - 1) % SCHOOLS + 1, id, DATE '2026-09-01' FROM post WHERE id > SCHOOLS",
        "INSERT INTO problem (id, school_id, county_code, source, item, origin_key, title, words, severity,"
        " state, cycle, finder_person_id, finder_post_id, found_at)"
        " SELECT n, n % SCHOOLS + 1, '530302', 'visit', 'C06', 'bench:' || n, '留样盒没有标签', '留样盒没有标签',"
        " 'general', 'closed', 0, n % SCHOOLS + 1, n % SCHOOLS + 1, NOW() - INTERVAL '20 days'"
        " FROM generate_series(1, PROBLEMS) n",
    )
]


async def measure() -> list[Row]:
    ours, hand = [], []
    async with stage():
        await _fill()
        for number in range(ROUNDS + 1):
            mine = await _timed(_decide)
            theirs = await _timed(_by_hand)
            if number > 0:  # the first round warms both up
                ours.append(mine)
                hand.append(theirs)
    return [row("notices decided", ours, hand, "notices/s")]


async def _fill() -> None:
    """Heads and managers for every school, the county's officer, and the problems; most are closed."""
    for statement in FILL:
        await sql.rows(statement)
    await sql.rows("ANALYZE")


async def _timed(decide: Callable[[datetime], Awaitable[None]]) -> float:
    """The problems run out together, a minute ago, in a cycle of their own."""
    now = datetime.now(UTC)
    await sql.rows(
        "UPDATE problem SET state = 'assigned', cycle = cycle + 1, due_at = $1, ladder_at = $1,"
        " told = 0, overdue_at = NULL WHERE id <= $2 RETURNING id",
        now - timedelta(minutes=1), OVERDUE,
    )  # fmt: skip
    before = await _count()
    began = time.perf_counter()
    await decide(now)
    took = time.perf_counter() - began
    told = await _count() - before
    if told != NOTICES:
        raise RuntimeError(f"{told} notices, not {NOTICES}")
    return NOTICES / took


async def _count() -> int:
    found = await sql.rows("SELECT COUNT(*) AS n FROM delivery")
    return int(found[0]["n"])


async def _decide(now: datetime) -> None:
    await expire(now)


async def _by_hand(now: datetime) -> None:
    async with in_transaction():
        for statement in BY_HAND:
            await sql.rows(statement, now)


BY_HAND = [
    "UPDATE problem SET state = 'overdue', overdue_at = $1 WHERE ladder_at <= $1",
    "INSERT INTO journal_entry (at, subject_kind, subject_id, school_id, verb, facts)"
    " SELECT $1::timestamptz, 'problem', id, school_id, 'expire', '{}' FROM problem WHERE ladder_at <= $1",
    "INSERT INTO notice (unique_key, kind, post_id, school_id, subject_kind, subject_id, facts, created_at)"
    " SELECT 'problem:' || b.id || ':problem_overdue:due:' || b.cycle || ':' || p.id, 'problem_overdue', p.id,"
    " b.school_id, 'problem', b.id, jsonb_build_object('school', s.name, 'title', b.title, 'severity',"
    " b.severity, 'state', b.state, 'due', to_char(b.due_at, 'YYYY-MM-DD HH24:MI')), $1::timestamptz"
    " FROM problem b JOIN school s ON s.id = b.school_id JOIN post p ON p.school_id = b.school_id"
    " AND p.kind IN ('head', 'manager') WHERE b.ladder_at <= $1",
    "INSERT INTO delivery (notice_id, person_id, channel, state, run_at, attempts)"
    " SELECT n.id, h.person_id, 'subscribe', 'waiting', $1::timestamptz, 0"
    " FROM notice n JOIN holding h ON h.post_id = n.post_id WHERE n.created_at = $1",
    "UPDATE problem SET ladder_at = due_at + INTERVAL '1 day' WHERE ladder_at <= $1",
]
