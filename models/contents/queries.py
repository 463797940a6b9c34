"""Which words others may not read yet, and what waits for an officer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from models.contents.states import CheckState
from models.contents.tables import Content
from models.database import sql
from models.organisations.rules import span
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right


@dataclass(frozen=True)
class Veils:
    """Of some problems: the words that are not to be seen, by the journal's entry, and of those of the
    finding, by the problem. `authors`: whose they are; to them everything is shown."""

    entries: dict[int, tuple[CheckState, int]]
    findings: dict[int, tuple[CheckState, int]]


async def veils(problem_ids: Collection[int]) -> Veils:
    """What is to be veiled of problems; one question for many."""
    ids = sorted(problem_ids)
    rows = await sql.rows(
        "SELECT target_id, problem_id, finding, state, person_id FROM content_check"  # noqa: S608
        f" WHERE problem_id IN ({sql.places(ids)}) AND state NOT IN ('passed', 'allowed')",
        *ids,
    )
    said = [(row, (CheckState(row["state"]), row["person_id"])) for row in rows]
    return Veils(
        {row["target_id"]: veil for row, veil in said},
        {row["problem_id"]: veil for row, veil in said if row["finding"]},
    )


@dataclass(frozen=True)
class Review:
    """Something an officer has to decide on. `photo`: its key."""

    id: int
    content: Content
    school_id: int
    school_name: str
    problem_id: int | None
    visit_id: int | None
    words: str
    photo: str | None
    created_at: datetime


async def reviews(
    viewer: Viewer, division_code: str, before_id: int | None = None, limit: int = 20
) -> list[Review]:
    """What waits for an officer in a division, newest first; NotFound for who may not decide there."""
    access.division(viewer, division_code, Right.REVIEW_CONTENT)
    rows = await sql.rows(
        "SELECT c.id, c.content, c.school_id, s.name, COALESCE(c.problem_id, CASE WHEN p.subject_kind ="
        " 'problem' THEN p.subject_id END) AS problem_id, CASE WHEN c.content IN ('visit', 'reply') THEN c.target_id"
        " END AS visit_id, c.words, p.key, c.created_at FROM content_check c"
        " JOIN school s ON s.id = c.school_id"
        " LEFT JOIN photo p ON c.content = 'photo' AND p.id = c.target_id"
        " WHERE c.state = 'review' AND c.county_code >= $1 AND c.county_code < $2 AND c.id < $3"
        " ORDER BY c.id DESC LIMIT $4",
        *span(division_code), before_id or 2**62, limit,
    )  # fmt: skip
    return [
        Review(
            row["id"], Content(row["content"]), row["school_id"], row["name"], row["problem_id"],
            row["visit_id"], row["words"], row["key"], at,
        )
        for row in rows
        if (at := sql.instant(row["created_at"]))
    ]  # fmt: skip


async def veiled_visit(visit_id: int) -> dict[Content, tuple[CheckState, int]]:
    """What of a visit's words is not to be seen, and whose it is."""
    rows = await sql.rows(
        "SELECT content, state, person_id FROM content_check WHERE content IN ('visit', 'reply')"
        " AND target_id = $1 AND state NOT IN ('passed', 'allowed')",
        visit_id,
    )
    return {Content(row["content"]): (CheckState(row["state"]), row["person_id"]) for row in rows}
