"""The in-app inbox, and who could not be reached."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from models.database import sql
from models.notices.kinds import MERGES_SQL
from models.people.access import Viewer


class Standing(StrEnum):
    """Whether a notice still holds: MOVED_ON when its matter has been dealt with otherwise, TAKEN_BACK (已撤回)
    when an officer said that it should not have been told."""

    HOLDS = "holds"
    MOVED_ON = "moved_on"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True)
class InboxLine:
    """`resent_at`: when an officer last had it sent to the viewer once more."""

    id: int
    kind: str
    subject_kind: str
    subject_id: int
    school_id: int | None
    facts: dict[str, Any]
    at: datetime
    read: bool
    standing: Standing
    resent_at: datetime | None


async def inbox(viewer: Viewer, before_id: int | None = None, limit: int = 20) -> list[InboxLine]:
    """What the viewer's posts were told, newest first, below an id. What was taken back stays, and says so: whoever has
    seen it looks for it."""
    posts = [held.post_id for held in viewer.posts]
    found = await sql.rows(
        "SELECT n.id, n.kind, n.subject_kind, n.subject_id, n.school_id, n.facts, n.created_at,"  # noqa: S608
        " n.withdrawn_at, n.taken_back, r.id AS read_id, (SELECT MAX(d.resent_at) FROM delivery d WHERE d.notice_id = n.id"
        " AND d.person_id = $1) AS resent_at FROM notice n LEFT JOIN notice_read r ON r.notice_id = n.id AND r.person_id = $1"
        f" WHERE n.post_id IN ({sql.places(posts, 4)}) AND (n.person_id IS NULL OR n.person_id = $1)"
        f" AND n.id < $2 AND n.kind NOT IN ({MERGES_SQL}) ORDER BY n.id DESC LIMIT $3",
        viewer.bound, before_id or 2**62, limit, *posts,
    )  # fmt: skip
    return [_line(row) for row in found]


async def unread(viewer: Viewer) -> int:
    """How many notices of the last hundred the viewer has not opened, though they still hold."""
    lines = await inbox(viewer, limit=100)
    return sum(not line.read and line.standing is Standing.HOLDS for line in lines)


def _line(row: dict[str, Any]) -> InboxLine:
    at = sql.instant(row["created_at"])
    assert at is not None
    return InboxLine(
        row["id"], row["kind"], row["subject_kind"], row["subject_id"], row["school_id"],
        sql.document(row["facts"]), at, row["read_id"] is not None, _standing(row),
        sql.instant(row["resent_at"]),
    )  # fmt: skip


def _standing(row: dict[str, Any]) -> Standing:
    if row["withdrawn_at"] is None:
        return Standing.HOLDS
    return Standing.TAKEN_BACK if row["taken_back"] else Standing.MOVED_ON


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
