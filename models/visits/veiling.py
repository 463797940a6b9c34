"""Words of a visit that stand in a problem too: hidden in the one until they may be read in the other."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from models.contents.queries import veiled_visit
from models.contents.states import WITHHELD, CheckState, instead
from models.contents.tables import Content
from models.database import sql
from models.organisations.tables import School
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right
from models.problems.tables import Problem
from models.visits.tables import Visit

FOUND = """
SELECT p.item, c.state FROM problem p LEFT JOIN content_check c ON c.problem_id = p.id AND c.finding
  AND c.state NOT IN ('passed', 'allowed')
WHERE p.school_id = $1 AND p.source = 'visit' AND p.source_id = $2
"""
# a problem that was not looked at has no step of its own for what was remarked
UNSEEN = "unseen"
SEEN = """
SELECT c.problem_id, c.state FROM content_check c
WHERE c.problem_id IN ({problems}) AND c.person_id = $1 AND c.created_at = $2 AND NOT c.finding
  AND c.state NOT IN ('passed', 'allowed')
"""


@dataclass(frozen=True)
class Veiled:
    """Of one visit: what is the matter with the remarks on items that became problems and on earlier problems, with
    the visitor's other words and with the school's; None: they may be read."""

    items: dict[str, CheckState | None]
    problems: dict[int, CheckState]
    visit: CheckState | None = None
    reply: CheckState | None = None

    def answers(self, said: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [_over(one, self.items.get(one["item"], self.visit)) for one in said]

    def follow_ups(self, said: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            _over(one, self.visit if one["verdict"] == UNSEEN else self.problems.get(one["problem_id"]))
            for one in said
        ]

    def visitors(self, words: str) -> str:
        return _instead(self.visit, words)

    def schools(self, words: str) -> str:
        return _instead(self.reply, words)


def _over(one: dict[str, Any], state: CheckState | None) -> dict[str, Any]:
    return one if state is None or not one.get("remark") else one | {"remark": instead(state, one["remark"])}


def _instead(state: CheckState | None, words: str) -> str:
    return words if state is None or not words else instead(state, words)


async def veiled(viewer: Viewer, school: School, visit: Visit) -> Veiled:
    """What of a visit the viewer may not read; nothing of one's own, and nothing for who decides on it."""
    if access.reaches(viewer, Right.REVIEW_CONTENT, school):
        return Veiled({}, {})
    others = {
        content: state
        for content, (state, author) in (await veiled_visit(visit.id)).items()
        if author != viewer.person_id
    }
    own = visit.person_id == viewer.person_id
    items, problems = ({}, {}) if own else await _of_problems(school, visit)
    return Veiled(items, problems, others.get(Content.VISIT), others.get(Content.REPLY))


async def _of_problems(
    school: School, visit: Visit
) -> tuple[dict[str, CheckState | None], dict[int, CheckState]]:
    found = await sql.rows(FOUND, school.id, visit.id)
    earlier = [int(str(one["problem_id"])) for one in visit.follow_ups or []]
    seen = []
    if earlier:
        statement = SEEN.format(problems=sql.places(earlier, 3))
        seen = await sql.rows(statement, visit.person_id, visit.received_at, *earlier)
    return (
        {row["item"]: CheckState(row["state"]) if row["state"] else None for row in found},
        {row["problem_id"]: CheckState(row["state"]) for row in seen},
    )


async def for_print(visit: Visit) -> Veiled:
    """What a document for everybody must not say: the words that nobody else ever sees."""
    found = await veiled_visit(visit.id)
    over = {content: state for content, (state, _author) in found.items() if state in WITHHELD}
    return Veiled({}, {}, over.get(Content.VISIT), over.get(Content.REPLY))


async def withheld(problems: Collection[Problem]) -> set[int]:
    """The problems whose words nobody else ever sees."""
    ids = [problem.id for problem in problems]
    states = [state.value for state in sorted(WITHHELD)]
    rows = await sql.rows(
        f"SELECT problem_id FROM content_check WHERE problem_id IN ({sql.places(ids, 3)}) AND finding"  # noqa: S608
        " AND state IN ($1, $2)",
        *states, *ids,
    )  # fmt: skip
    return {row["problem_id"] for row in rows}
