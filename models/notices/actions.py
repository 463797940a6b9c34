"""Putting notices into the outbox. Delivering them is the bot's work."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from models.database import sql
from models.notices.channels import read
from models.notices.kinds import BY_CODE
from models.notices.routing import routes_in
from models.organisations.tables import PostKind
from models.people.access import Viewer


@dataclass(frozen=True)
class Subject:
    """What a notice is about, and where."""

    kind: str
    id: int
    school_id: int
    county_code: str


async def put(
    kind: str,
    unique_key: str,
    subject: Subject,
    posts: Iterable[PostKind],
    facts: dict[str, str],
    now: datetime,
    today: date,
) -> int:
    """Tell the posts of these kinds that are responsible for the subject's school, each once for ever.

    School posts are those of the school, division posts those of its county, prefecture or province.
    Runs in the caller's transaction. Returns how many posts are newly told: 0 when all had been.
    """
    kinds = [post.value for post in posts]
    code = subject.county_code
    chain = [code[:2], code[:4], code]
    found = await sql.rows(
        f"SELECT id FROM post WHERE kind IN ({sql.places(kinds, 5)})"  # noqa: S608
        " AND (school_id = $1 OR division_code IN ($2, $3, $4)) ORDER BY id",
        subject.school_id, *chain, *kinds,
    )  # fmt: skip
    told = 0
    for row in found:
        told += await _tell(kind, unique_key, subject, row["id"], None, facts, now, today)
    return told


async def put_person(
    kind: str,
    unique_key: str,
    subject: Subject,
    post_id: int,
    person_id: int,
    facts: dict[str, str],
    now: datetime,
    today: date,
) -> int:
    """Tell one holder of a post, not the others. Otherwise as `put`."""
    return await _tell(kind, unique_key, subject, post_id, person_id, facts, now, today)


async def _tell(
    kind: str,
    unique_key: str,
    subject: Subject,
    post_id: int,
    person_id: int | None,
    facts: dict[str, str],
    now: datetime,
    today: date,
) -> int:
    key = f"{unique_key}:{post_id}" if person_id is None else f"{unique_key}:{post_id}.{person_id}"
    group = BY_CODE[kind].group
    route = (await routes_in([subject.county_code]))[subject.county_code, group]
    new = await sql.rows(
        "INSERT INTO notice (unique_key, kind, post_id, person_id, school_id, subject_kind, subject_id,"
        " facts, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9)"
        " ON CONFLICT (unique_key) DO NOTHING RETURNING id",
        key, kind, post_id, person_id, subject.school_id, subject.kind, subject.id, sql.dump(facts), now,
    )  # fmt: skip
    if not new:
        return 0
    await sql.rows(
        "INSERT INTO delivery (notice_id, person_id, channel, route, state, run_at, attempts)"
        " SELECT DISTINCT $1::bigint, h.person_id, COALESCE(c.first_channel, $2), COALESCE(c.channels, $7),"
        " 'waiting', $3::timestamptz, 0 FROM holding h"
        " LEFT JOIN channel_choice c ON c.person_id = h.person_id AND c.kind_group = $8"
        " WHERE h.post_id = $4 AND h.since_on <= $5 AND (h.until_on IS NULL OR h.until_on > $5)"
        " AND ($6::bigint IS NULL OR h.person_id = $6::bigint) RETURNING id",
        new[0]["id"], read(route)[0], now, post_id, today, person_id, route, group,
    )  # fmt: skip
    return 1


async def withdraw(subject: Subject, kinds: Iterable[str]) -> None:
    """Take back deliveries of these kinds that have not been handed to a channel yet."""
    listed = list(kinds)
    await sql.rows(
        "UPDATE delivery SET state = 'withdrawn' WHERE state = 'waiting' AND notice_id IN"  # noqa: S608
        " (SELECT id FROM notice WHERE subject_kind = $1 AND subject_id = $2"
        f" AND kind IN ({sql.places(listed, 3)})) RETURNING id",
        subject.kind, subject.id, *listed,
    )  # fmt: skip


async def mark_read(viewer: Viewer, notice_ids: list[int], now: datetime) -> None:
    """Mark the viewer's own notices as opened; others' ids are passed over. Repeatable."""
    posts = [held.post_id for held in viewer.posts]
    await sql.rows(
        "INSERT INTO notice_read (notice_id, person_id, read_at)"  # noqa: S608
        f" SELECT id, $1::bigint, $2::timestamptz FROM notice WHERE id IN ({sql.places(notice_ids, 3)})"
        f" AND post_id IN ({sql.places(posts, 3 + len(notice_ids))})"
        " AND (person_id IS NULL OR person_id = $1)"
        " ON CONFLICT (notice_id, person_id) DO NOTHING RETURNING id",
        viewer.bound, now, *notice_ids, *posts,
    )  # fmt: skip
