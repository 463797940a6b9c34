"""A row and its first journal step written as one, in as few round trips as the engine allows."""

from datetime import datetime
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql

STEP = "INSERT INTO journal_entry (at, subject_kind, subject_id, school_id, person_id, post_id, verb, facts)"


async def insert_recorded(
    insert: str,
    values: list[Any],
    *,
    subject_kind: str,
    verb: str,
    at: datetime,
    school_id: int,
    person_id: int,
    post_id: int,
    facts: dict[str, Any],
) -> int | None:
    """Run an `INSERT … ON CONFLICT DO NOTHING RETURNING id` and record it; None when it was there already.

    On PostgreSQL both are one statement, so one round trip and no explicit transaction. Not for use
    inside another transaction.
    """
    step = [at, subject_kind, school_id, person_id, post_id, verb, sql.dump(facts)]
    if sql.on_postgres():
        at_, kind, school, person, post, verb_, facts_ = (f"${len(values) + n}" for n in range(1, 8))
        new = await sql.rows(
            f"WITH new AS ({insert}), step AS ({STEP} SELECT {at_}::timestamptz, {kind}, id, {school}::bigint,"  # noqa: S608
            f" {person}::bigint, {post}::bigint, {verb_}, {facts_}::jsonb FROM new) SELECT id FROM new",
            *values, *step,
        )  # fmt: skip
        return int(new[0]["id"]) if new else None
    async with in_transaction():
        new = await sql.rows(insert, *values)
        if not new:
            return None
        step.insert(2, new[0]["id"])
        await sql.rows(f"{STEP} VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id", *step)
        return int(new[0]["id"])
