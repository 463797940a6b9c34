"""The clock of running problems: what falls due is told, level by level, set by set."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.journal.actions import ClockStep, record_clock
from models.notices import actions as notices
from models.notices.actions import Telling
from models.organisations.rules import span
from models.organisations.touching import Touched, touch
from models.policies import working_time
from models.policies.calendar import beijing_date, spoken
from models.problems import ladder, sayings, states
from models.problems.clocks import Clock, clocks_in
from models.problems.ladder import Pace
from models.problems.sayings import Matter
from models.problems.states import Move, State
from models.problems.tables import Severity

BATCH = 500

DUE = f"""
SELECT p.id, p.school_id, p.county_code, s.name AS school, p.title, p.severity, p.state, p.cycle, p.due_at,
       p.told, p.overdue_at
FROM problem p JOIN school s ON s.id = p.school_id
WHERE p.ladder_at <= $1 ORDER BY p.ladder_at, p.id LIMIT {BATCH}"""  # noqa: S608

CLIMBED = """
UPDATE problem SET state = v.c2, due_at = v.c3, told = v.c4, overdue_at = v.c5, ladder_at = v.c6
FROM {rows} WHERE problem.id = v.c1
"""
CLIMBED_TYPES = ["bigint", "text", "timestamptz", "int", "timestamptz", "timestamptz"]


@dataclass
class Climb:
    """A problem whose clock is looked at, and what comes of it."""

    about: Matter
    due_at: datetime
    told: int
    overdue_at: datetime | None
    ladder_at: datetime | None = None
    steps: list[ClockStep] = field(default_factory=list)
    tellings: list[Telling] = field(default_factory=list)


async def expire(now: datetime) -> int:
    """Climb the ladder of every problem whose next level is due; return how many were looked at.

    Works in batches, each a transaction of a dozen statements; any number of workers may run it at once. A
    level is told once a cycle however often this runs.
    """
    looked_at = 0
    while True:
        async with in_transaction():
            batch = [_climb(row) for row in await sql.rows(DUE + sql.skip_locked("p"), now)]
            clocks = await clocks_in({climb.about.county_code for climb in batch}) if batch else {}
            for climb in batch:
                look(climb, clocks[climb.about.county_code], now)
            await _write(batch, now)
        looked_at += len(batch)
        if len(batch) < BATCH:
            return looked_at


async def look_again(division_code: str, now: datetime) -> None:
    """Have every running clock of a division looked at: its policy or its terms have changed. Levels that
    fall due earlier by the new ones are told by the next run; told ones are not told again."""
    # also those that are due: a worker that has one may be writing what the old policy says
    await sql.rows(
        "UPDATE problem SET ladder_at = $1 WHERE ladder_at IS NOT NULL AND county_code >= $2 AND county_code < $3"
        " RETURNING id",
        now, *span(division_code),
    )  # fmt: skip


def look(climb: Climb, clock: Clock, now: datetime) -> None:
    """Decide what a problem's clock says now. Pure: only the climb is written to."""
    pace = clock.pace(climb.about.severity)
    if climb.due_at > now:
        _hold(climb, pace, now)
    reached = [one.level for one in ladder.ahead(climb.due_at, pace, climb.told) if one.at <= now]
    climb.told |= ladder.bits(reached)
    waiting = ladder.ahead(climb.due_at, pace, climb.told)
    climb.ladder_at = ladder.next_at(climb.due_at, pace, climb.told)
    expired = climb.due_at <= now and climb.about.state is not State.OVERDUE
    if expired:
        climb.about = replace(climb.about, state=states.after(climb.about.state, Move.EXPIRE))
        climb.overdue_at = now
    told = ladder.loud(reached)
    if reached or expired:
        passed_over = [level for level in reached if level not in told]
        words = sayings.climbed_said(told, passed_over) if told else ""
        facts = {"words": words, "levels": [level.name for level in reached]}
        verb = Move.EXPIRE if expired else Move.REMIND
        climb.steps.append(ClockStep(climb.about.id, climb.about.school_id, verb.value, facts))
    for level in told:
        posts = ladder.posts_on(level, now, clock.terms)
        climb.tellings.append(
            Telling(
                level.notice, climb.about.key(level.notice, level.name), climb.about.subject, posts,
                sayings.facts(climb.about, waiting, posts, now), climb.about.severity in level.wakes,
            )
        )  # fmt: skip


def _hold(climb: Climb, pace: Pace, now: datetime) -> None:
    """A deadline on a day that has become a holiday moves to the next open one, and the school is told."""
    due = working_time.held(climb.due_at, pace.days)
    if due == climb.due_at:
        return
    climb.due_at, climb.about = due, replace(climb.about, due_at=due)
    facts = {"words": f"原期限遇节假日或寒暑假，顺延至{spoken(due)}。", "due_at": due.isoformat()}
    climb.steps.append(ClockStep(climb.about.id, climb.about.school_id, Move.POSTPONE.value, facts))
    waiting = ladder.ahead(due, pace, climb.told)
    climb.tellings.append(
        Telling(
            "problem_moved", climb.about.key("problem_moved", due.isoformat()), climb.about.subject,
            ladder.SCHOOL, sayings.facts(climb.about, waiting, ladder.SCHOOL, now),
        )
    )  # fmt: skip


def _climb(row: dict[str, Any]) -> Climb:
    due_at = sql.instant(row["due_at"])
    assert due_at is not None
    about = Matter(
        row["id"], row["school_id"], row["county_code"], row["school"], row["title"],
        Severity(row["severity"]), State(row["state"]), row["cycle"], due_at,
    )  # fmt: skip
    return Climb(about, due_at, row["told"], sql.instant(row["overdue_at"]))


async def _write(batch: list[Climb], now: datetime) -> None:
    changes = [
        [one.about.id, one.about.state.value, one.due_at, one.told, one.overdue_at, one.ladder_at]
        for one in batch
    ]
    await sql.over_rows(CLIMBED, CLIMBED_TYPES, changes)
    await touch(
        Touched(one.about.county_code, one.about.school_id, "problem")
        for one in batch
        if one.about.state is State.OVERDUE
    )
    await record_clock("problem", now, [step for one in batch for step in one.steps])
    tellings = [telling for one in batch for telling in one.tellings]
    if tellings:
        await notices.put_all(tellings, now, beijing_date(now))
