"""Words of a visit that stand in a problem too: hidden in the one until they may be read in the other."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from models.contents.states import WITHHELD, CheckState, instead
from models.database import sql
from models.organisations.tables import School
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right
from models.problems.tables import Problem
from models.visits.tables import Visit

FOUND = """
SELECT p.item, c.state FROM problem p JOIN content_check c ON c.problem_id = p.id AND c.finding
WHERE p.school_id = $1 AND p.source = 'visit' AND p.source_id = $2 AND c.state NOT IN ('passed', 'allowed')
"""
SEEN = """
SELECT c.problem_id, c.state FROM content_check c
WHERE c.problem_id IN ({problems}) AND c.person_id = $1 AND c.created_at = $2 AND NOT c.finding
  AND c.state NOT IN ('passed', 'allowed')
"""


@dataclass(frozen=True)
class Veiled:
    """Of one visit: the items and the earlier problems of which others may not read what was remarked."""

    items: dict[str, CheckState]
    problems: dict[int, CheckState]

    def answers(self, said: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [_over(one, self.items.get(one["item"])) for one in said]

    def follow_ups(self, said: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [_over(one, self.problems.get(one["problem_id"])) for one in said]


def _over(one: dict[str, Any], state: CheckState | None) -> dict[str, Any]:
    return one if state is None or not one.get("remark") else one | {"remark": instead(state, one["remark"])}


async def veiled(viewer: Viewer, school: School, visit: Visit) -> Veiled:
    """What of a visit the viewer may not read; nothing of one's own, and nothing for who decides on it."""
    if visit.person_id == viewer.person_id or access.reaches(viewer, Right.REVIEW_CONTENT, school):
        return Veiled({}, {})
    found = await sql.rows(FOUND, school.id, visit.id)
    earlier = [int(str(one["problem_id"])) for one in visit.follow_ups or []]
    seen = []
    if earlier:
        statement = SEEN.format(problems=sql.places(earlier, 3))
        seen = await sql.rows(statement, visit.person_id, visit.received_at, *earlier)
    return Veiled(
        {row["item"]: CheckState(row["state"]) for row in found},
        {row["problem_id"]: CheckState(row["state"]) for row in seen},
    )


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
