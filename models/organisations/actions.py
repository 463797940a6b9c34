"""Changing organisations."""

from datetime import datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.journal.actions import record
from models.organisations.tables import Post, PostKind, School


def place_key(kind: PostKind, *, school_id: int | None = None, division_code: str | None = None) -> str:
    """The unique name of a post: one of a kind in a place."""
    return f"{kind.value}@{f'school:{school_id}' if school_id is not None else division_code}"


async def ensure_post(
    kind: PostKind, *, school_id: int | None = None, division_code: str | None = None
) -> Post:
    """The post of a kind in a school or division, made if it is not there yet. Repeatable."""
    key = place_key(kind, school_id=school_id, division_code=division_code)
    await sql.rows(
        "INSERT INTO post (kind, school_id, division_code, place_key) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (place_key) DO NOTHING RETURNING id",
        kind.value, school_id, division_code, key,
    )  # fmt: skip
    return await Post.get(place_key=key)


async def revoke_posters(school: School, person_id: int, reason: str, now: datetime) -> int:
    """Void every poster of a school printed so far; return the new generation."""
    async with in_transaction():
        raised = await sql.rows(
            "UPDATE school SET poster_generation = poster_generation + 1 WHERE id = $1"
            " RETURNING poster_generation",
            school.id,
        )
        generation = int(raised[0]["poster_generation"])
        await record(
            "school", school.id, "revoke_posters", now,
            school_id=school.id, person_id=person_id,
            facts={"reason": reason, "generation": generation},
        )  # fmt: skip
    return generation
