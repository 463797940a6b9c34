"""Writing the journal."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models.database import sql


async def record(
    subject_kind: str,
    subject_id: int,
    verb: str,
    at: datetime,
    *,
    school_id: int | None = None,
    person_id: int | None = None,
    post_id: int | None = None,
    facts: dict[str, Any] | None = None,
    request_key: str | None = None,
) -> int:
    """Add one step of a subject, in the caller's transaction; returns the entry's id.

    `person_id` None means the clock took the step. A `request_key` can be used once: the second write
    fails, so callers look with `queries.taken` first.
    """
    new = await sql.rows(
        "INSERT INTO journal_entry (at, subject_kind, subject_id, school_id, person_id, post_id, verb,"
        " facts, request_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9) RETURNING id",
        at, subject_kind, subject_id, school_id, person_id, post_id, verb, sql.dump(facts or {}), request_key,
    )  # fmt: skip
    return int(new[0]["id"])


@dataclass(frozen=True)
class ClockStep:
    """A step of a subject that the clock took."""

    subject_id: int
    school_id: int | None
    verb: str
    facts: dict[str, Any] = field(default_factory=dict)


CLOCK_STEPS = """
INSERT INTO journal_entry (at, subject_kind, subject_id, school_id, verb, facts)
SELECT $5, $6, v.c1, v.c2, v.c3, v.c4 FROM {rows}
"""


async def record_clock(subject_kind: str, at: datetime, taken: Sequence[ClockStep]) -> None:
    """Add a step of each of many subjects of a kind, in the caller's transaction."""
    values = [[one.subject_id, one.school_id, one.verb, sql.dump(one.facts)] for one in taken]
    await sql.over_rows(CLOCK_STEPS, ["bigint", "bigint", "text", "jsonb"], values, at, subject_kind)
