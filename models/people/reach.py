"""Over whom an officer or administrator may act."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from models.database import sql
from models.errors import NotFound
from models.organisations.tables import PostKind
from models.people.access import Viewer, any_above
from models.people.rights import Right

POSTS = """
SELECT h.person_id, po.kind, po.school_id, po.division_code, s.county_code, h.since_on <= $1 AS begun,
  h.until_on IS NOT NULL AND h.until_on <= $1 AS ended
FROM holding h JOIN post po ON po.id = h.post_id LEFT JOIN school s ON s.id = po.school_id
WHERE h.person_id IN {people}
"""


@dataclass(frozen=True)
class At:
    """Where somebody holds, held or is to hold a post: a division, or a school of a county."""

    person_id: int
    kind: PostKind
    school_id: int | None
    division_code: str | None
    county_code: str | None
    begun: bool
    ended: bool


async def posts_of(people: Iterable[int], today: date) -> list[At]:
    """Where people's posts are, those that are over and those to come too."""
    statement = POSTS.format(people=sql.among(2, "bigint"))
    found = await sql.rows(statement, today, sql.packed(sorted(set(people))))
    return [
        At(
            row["person_id"], PostKind(row["kind"]), row["school_id"], row["division_code"],
            row["county_code"], bool(row["begun"]), bool(row["ended"]),
        )
        for row in found
    ]  # fmt: skip


async def require_all(viewer: Viewer, person_id: int, today: date) -> None:
    """Every post the person holds today lies below one of the viewer's; NotFound otherwise.

    One post out of reach is enough to refuse: whoever could invite them would act with all their rights.
    """
    held = await _held(person_id, today)
    inviting = viewer.with_right(Right.INVITE)
    if not held or not all(any_above(inviting, at.division_code, at.county_code) for at in held):
        raise NotFound


async def require_invitable(viewer: Viewer, person_id: int, today: date) -> None:
    """As `require_all`; a school's head also reaches those who are nothing but parents of that school."""
    held = await _held(person_id, today)
    own = {post.school_id for post in viewer.with_right(Right.INVITE_PARENTS) if post.school_id is not None}
    if held and all(at.kind is PostKind.PARENT and at.school_id in own for at in held):
        return
    await require_all(viewer, person_id, today)


async def _held(person_id: int, today: date) -> list[At]:
    return [at for at in await posts_of([person_id], today) if at.begun and not at.ended]


async def require_any(viewer: Viewer, person_id: int, today: date) -> None:
    """Some post that the person holds or once held lies below one of the viewer's; NotFound otherwise.

    Enough to say of them what concerns the viewer's own schools.
    """
    managing = viewer.with_right(Right.MANAGE_PEOPLE)
    places = await posts_of([person_id], today)
    if not any(any_above(managing, at.division_code, at.county_code) for at in places):
        raise NotFound
