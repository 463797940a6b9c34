"""Over whom an officer or administrator may act."""

from datetime import date
from typing import Any

from models.database import sql
from models.errors import NotFound
from models.people.access import Held, Viewer, above
from models.people.rights import Right

POSTS = """
SELECT po.division_code, s.county_code, h.since_on <= $2 AND (h.until_on IS NULL OR h.until_on > $2) AS today
FROM holding h JOIN post po ON po.id = h.post_id LEFT JOIN school s ON s.id = po.school_id
WHERE h.person_id = $1
"""


async def require_all(viewer: Viewer, person_id: int, today: date) -> None:
    """Every post the person holds today lies below one of the viewer's; NotFound otherwise.

    One post out of reach is enough to refuse: whoever could invite them would act with all their rights.
    """
    rows = [row for row in await sql.rows(POSTS, person_id, today) if row["today"]]
    inviting = viewer.with_right(Right.INVITE)
    if not rows or not all(_below(inviting, row) for row in rows):
        raise NotFound


async def require_any(viewer: Viewer, person_id: int, today: date) -> None:
    """Some post that the person holds or once held lies below one of the viewer's; NotFound otherwise.

    Enough to say of them what concerns the viewer's own schools.
    """
    managing = viewer.with_right(Right.MANAGE_PEOPLE)
    if not any(_below(managing, row) for row in await sql.rows(POSTS, person_id, today)):
        raise NotFound


def _below(held: list[Held], row: dict[str, Any]) -> bool:
    return any(above(one, row["division_code"], row["county_code"]) for one in held)
