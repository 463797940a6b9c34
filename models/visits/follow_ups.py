"""Follow-ups (回头看): what became of earlier problems, looked at on the next visit."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from models.database import sql
from models.errors import Invalid, NotFound
from models.organisations.rules import Place, span
from models.organisations.tables import PostKind, School
from models.people import access
from models.people.access import Held, Viewer
from models.people.rights import RIGHTS, Right
from models.problems import actions as problems
from models.problems.actions import Look
from models.problems.states import ENDED, Move
from models.problems.tables import Problem


class Seen(StrEnum):
    """What the visitor found: put right, not put right, or not looked at."""

    DONE = "done"
    NOT_DONE = "not_done"
    UNSEEN = "unseen"


MOVES = {Seen.DONE: Move.FOLLOWED_UP, Seen.NOT_DONE: Move.STILL_WRONG}


class FollowUpRefused(Invalid):
    code = "follow_up_refused"
    sentence = "回头看第{number}项：{fault}"


class FollowUpUnknown(Invalid):
    code = "follow_up_unknown"
    sentence = "回头看的问题不属于这所学校或您的岗位，请重新打开任务后再填写。"


@dataclass(frozen=True)
class FollowUp:
    """One earlier problem as the visitor saw it."""

    problem_id: int
    verdict: Seen
    remark: str = ""
    photo_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Due:
    """A problem to look at again. `by`: for a closed one, until when; `overdue`: nobody has."""

    problem: Problem
    school_name: str
    overdue: bool


def check(given: Sequence[FollowUp]) -> None:
    """Refuse what cannot be meant: the same problem twice, or not done without a word of what is wrong."""
    seen: set[int] = set()
    for number, one in enumerate(given, 1):
        if one.problem_id in seen:
            raise FollowUpRefused(number=number, fault="同一个问题填了两次。")
        if one.verdict is Seen.NOT_DONE and not one.remark.strip():
            raise FollowUpRefused(number=number, fault="没有整改到位的，请写明哪里没改。")
        seen.add(one.problem_id)


def said(given: Sequence[FollowUp]) -> str | None:
    """The follow-ups as they are stored; None when there are none."""
    return sql.dump([asdict(one) for one in given]) if given else None


async def apply(
    viewer: Viewer,
    school: Place,
    held: Held,
    given: Sequence[FollowUp],
    visited_at: datetime,
    request_id: str,
    now: datetime,
) -> None:
    """Act on what was seen, in the visit's transaction; what was not looked at changes nothing."""
    looks = [
        Look(one.problem_id, MOVES[one.verdict], one.remark, one.photo_keys)
        for one in given
        if one.verdict in MOVES
    ]
    if not looks:
        return
    try:
        await problems.follow_up(viewer, school, held, looks, visited_at, request_id, now)
    except NotFound as fault:
        raise FollowUpUnknown from fault


async def of_school(viewer: Viewer, school_id: int, month: str, now: datetime) -> list[Due]:
    """What the viewer's next visit to a school should look at: problems found on the same post that are
    open, or closed and not looked at since. Readers of the school see the supervisor's."""
    # who is not bound hears so first, whether or not there is such a school
    me = viewer.bound
    school = await School.get_or_none(id=school_id)
    if school is None:
        raise NotFound
    return await _found_on({school.id: await _posts(viewer, me, school, month)}, now)


async def mine(viewer: Viewer, month: str, now: datetime) -> list[Due]:
    """The same of every school the viewer visits, on a post or standing in this month: by school."""
    posts = await _stood_in_for(viewer.bound, month)
    # who has a post there visits on it
    own: dict[int, list[int]] = {}
    for held in viewer.with_right(Right.CHECK_IN):
        if held.school_id is not None:
            own.setdefault(held.school_id, []).append(held.post_id)
    return await _found_on(posts | own, now)


async def _found_on(posts: dict[int, list[int]], now: datetime) -> list[Due]:
    """What was found on each school's posts and waits to be looked at; by school, oldest first."""
    all_posts = [post for each in posts.values() for post in each]
    found = await sql.rows(
        f"SELECT id FROM problem WHERE school_id IN ({sql.places(list(posts))})"  # noqa: S608
        " AND (state NOT IN ('closed', 'cancelled') OR follow_up_by IS NOT NULL)"
        f" AND finder_post_id IN ({sql.places(all_posts, len(posts) + 1)})",
        *posts, *all_posts,
    )  # fmt: skip
    rows = await Problem.filter(id__in=[row["id"] for row in found]).order_by("school_id", "id")
    schools = await School.filter(id__in={row.school_id for row in rows}).values("id", "name")
    names = {row["id"]: row["name"] for row in schools}
    return [Due(row, names[row.school_id], _overdue(row, now)) for row in rows]


async def _stood_in_for(person_id: int, month: str) -> dict[int, list[int]]:
    """The posts somebody visits for in a month without holding them, by school."""
    rows = await sql.rows(
        "SELECT DISTINCT school_id, post_id FROM duty WHERE stand_in_id = $1 AND month = $2", person_id, month
    )
    found: dict[int, list[int]] = {}
    for row in rows:
        found.setdefault(row["school_id"], []).append(row["post_id"])
    return found


async def overdue(viewer: Viewer, division_code: str, now: datetime, limit: int = 100) -> list[Due]:
    """Closed problems of a division that nobody looked at again in time, longest overdue first."""
    access.division(viewer, division_code)
    first, end = span(division_code)
    found = (
        await Problem.filter(county_code__gte=first, county_code__lt=end, follow_up_by__lte=now)
        .order_by("follow_up_by", "id")
        .limit(limit)
    )
    schools = await School.filter(id__in={row.school_id for row in found}).values("id", "name")
    names = {row["id"]: row["name"] for row in schools}
    return [Due(row, names[row.school_id], True) for row in found]


def _overdue(row: Problem, now: datetime) -> bool:
    by = row.follow_up_by if row.state in ENDED else row.due_at
    return by is not None and by <= now


async def _posts(viewer: Viewer, me: int, school: School, month: str) -> list[int]:
    """The posts the viewer visits the school for; for its readers the supervisor's, which there may be none of.

    NotFound for everybody else.
    """
    own = [
        held.post_id
        for held in viewer.posts
        if held.school_id == school.id and Right.CHECK_IN in RIGHTS[held.kind]
    ]
    if own:
        return own
    standing_in = (await _stood_in_for(me, month)).get(school.id)
    if standing_in:
        return standing_in
    if access.reaches(viewer, Right.READ_SCHOOL, school) is None:
        raise NotFound
    rows = await sql.rows(
        "SELECT id FROM post WHERE school_id = $1 AND kind = $2", school.id, PostKind.SUPERVISOR.value
    )
    return [row["id"] for row in rows]
