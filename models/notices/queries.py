"""The in-app inbox, and who could not be reached."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models.database import sql
from models.people.access import Viewer


@dataclass(frozen=True)
class InboxLine:
    id: int
    kind: str
    subject_kind: str
    subject_id: int
    school_id: int | None
    facts: dict[str, Any]
    at: datetime
    read: bool


async def inbox(viewer: Viewer, before_id: int | None = None, limit: int = 20) -> list[InboxLine]:
    """What the viewer's posts were told, newest first, below an id."""
    posts = [held.post_id for held in viewer.posts]
    found = await sql.rows(
        "SELECT n.id, n.kind, n.subject_kind, n.subject_id, n.school_id, n.facts, n.created_at,"  # noqa: S608
        " r.id AS read_id FROM notice n LEFT JOIN notice_read r ON r.notice_id = n.id AND r.person_id = $1"
        f" WHERE n.post_id IN ({sql.places(posts, 4)}) AND (n.person_id IS NULL OR n.person_id = $1)"
        " AND n.id < $2 ORDER BY n.id DESC LIMIT $3",
        viewer.bound, before_id or 2**62, limit, *posts,
    )  # fmt: skip
    return [_line(row) for row in found]


async def unread(viewer: Viewer) -> int:
    """How many notices of the last hundred the viewer has not opened."""
    return sum(not line.read for line in await inbox(viewer, limit=100))


def _line(row: dict[str, Any]) -> InboxLine:
    at = sql.instant(row["created_at"])
    assert at is not None
    return InboxLine(
        row["id"], row["kind"], row["subject_kind"], row["subject_id"], row["school_id"],
        sql.document(row["facts"]), at, row["read_id"] is not None,
    )  # fmt: skip


@dataclass(frozen=True)
class Receipt:
    """What became of one delivery of a notice."""

    person_id: int
    channel: str
    state: str
    errcode: int | None
    receipt: str | None
    tried_at: datetime | None


async def receipts(notice_ids: list[int]) -> dict[int, list[Receipt]]:
    """Receipts by notice, for notices the caller has made sure may be seen."""
    found = await sql.rows(
        "SELECT notice_id, person_id, channel, state, errcode, receipt, tried_at FROM delivery"  # noqa: S608
        f" WHERE notice_id IN ({sql.places(notice_ids)}) ORDER BY id",
        *notice_ids,
    )
    told: dict[int, list[Receipt]] = {}
    for row in found:
        told.setdefault(row["notice_id"], []).append(
            Receipt(
                row["person_id"],
                row["channel"],
                row["state"],
                row["errcode"],
                row["receipt"],
                sql.instant(row["tried_at"]),
            )
        )
    return told


async def of_subject(subject_kind: str, subject_id: int) -> list[int]:
    """Ids of the notices about a subject, oldest first."""
    found = await sql.rows(
        "SELECT id FROM notice WHERE subject_kind = $1 AND subject_id = $2 ORDER BY id",
        subject_kind, subject_id,
    )  # fmt: skip
    return [row["id"] for row in found]
