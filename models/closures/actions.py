"""Schools that end: closed (停办), or merged into another (并校). Nothing of theirs is moved or lost.

A school's records, photos and problems stay its own. Of a merged one the head of the school that takes it
over also holds the head's post from then on: what is still open there is theirs to rectify, and notices
reach them by the same way as ever.
"""

from datetime import date, datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Conflict
from models.journal.actions import record
from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind, School
from models.people import access
from models.people.access import Held, Viewer
from models.people.rights import Right

# who goes along with the pupils; a head and a supervisor the other school has already
ALONG = (PostKind.PARENT, PostKind.COMMITTEE, PostKind.MANAGER, PostKind.FINANCE)


class IntoItself(Conflict):
    code = "merge_into_itself"
    sentence = "学校不能并入自己，请选择另一所学校。"


class AlreadyEnded(Conflict):
    code = "school_ended"
    sentence = "“{school}”已停办或已并入其他学校，不能再办理。"


async def close_school(viewer: Viewer, school_id: int, reason: str, today: date, now: datetime) -> School:
    """No more check-ins and duties; all but the head leave, who still answers for what is open. Repeatable."""
    school, held = await _ending(viewer, school_id)
    async with in_transaction():
        school = await _locked(school.id)
        if school.merged_into is not None:
            raise AlreadyEnded(school=school.name)
        if not school.open:
            return school
        await _end_posts([school.id], today, but=PostKind.HEAD)
        await _excuse([school.id], reason)
        await School.filter(id=school.id).update(open=False, closed_on=today)
        await _record(school, "close", viewer, held, now, {"reason": reason})
    return await School.get(id=school_id)


async def merge_school(
    viewer: Viewer, school_id: int, into_id: int, reason: str, today: date, now: datetime
) -> School:
    """One school becomes part of another from today. Repeatable; raises IntoItself and AlreadyEnded.

    Its people other than head and supervisors hold the same posts at the other; who must keep away from
    the one (回避) must keep away from the other.
    """
    school, held = await _ending(viewer, school_id)
    into, _ = await _ending(viewer, into_id)
    if school.id == into.id:
        raise IntoItself
    async with in_transaction():
        # always in the order of ids: two officers may merge the same two the other way round
        first, second = [await _locked(number) for number in sorted((school.id, into.id))]
        school, into = (first, second) if first.id == school_id else (second, first)
        if school.merged_into == into.id:
            return school
        for one in (school, into):
            if not one.open:
                raise AlreadyEnded(school=one.name)
        ended = [school.id, *await School.filter(merged_into=school.id).values_list("id", flat=True)]
        await _along(school, into, today)
        await _end_posts([int(str(number)) for number in ended], today)
        await _follow([int(str(number)) for number in ended], into, today)
        await _keep_away(school, into)
        await _excuse([school.id], f"学校已并入{into.name}")
        await School.filter(merged_into=school.id).update(merged_into=into.id)
        await School.filter(id=school.id).update(open=False, closed_on=today, merged_into=into.id)
        facts: dict[str, object] = {"reason": reason, "school": school.id, "into": into.id}
        await _record(school, "merge", viewer, held, now, facts)
        await _record(into, "take_in", viewer, held, now, facts)
    return await School.get(id=school_id)


async def _ending(viewer: Viewer, school_id: int) -> tuple[School, Held]:
    school = await access.school(viewer, school_id)
    return school, await access.require(viewer, Right.ORGANISE, school)


async def _locked(school_id: int) -> School:
    found = await School.filter(id=school_id).select_for_update().first()
    assert found is not None
    return found


async def _end_posts(school_ids: list[int], today: date, but: PostKind | None = None) -> None:
    """Running terms end today; what would have begun later never begins."""
    among = f"SELECT id FROM post WHERE school_id IN ({sql.places(school_ids, 3)}) AND kind <> $2"  # noqa: S608
    spared = but.value if but else ""
    await sql.rows(
        f"DELETE FROM holding WHERE post_id IN ({among}) AND since_on >= $1 RETURNING id",  # noqa: S608
        today, spared, *school_ids,
    )  # fmt: skip
    await sql.rows(
        f"UPDATE holding SET until_on = $1 WHERE post_id IN ({among})"  # noqa: S608
        " AND (until_on IS NULL OR until_on > $1) RETURNING id",
        today, spared, *school_ids,
    )  # fmt: skip


async def _along(school: School, into: School, today: date) -> None:
    """Who holds a post at the one holds the same at the other, unless they do already."""
    for kind in ALONG:
        post = await ensure_post(kind, school_id=into.id)
        await sql.rows(
            "INSERT INTO holding (person_id, post_id, since_on, child_grade, no_interest)"
            " SELECT h.person_id, $1::bigint, $2::date, MAX(h.child_grade), h.no_interest FROM holding h"
            " JOIN post po ON po.id = h.post_id WHERE po.school_id = $3 AND po.kind = $4"
            " AND h.since_on <= $2 AND (h.until_on IS NULL OR h.until_on > $2) AND NOT EXISTS (SELECT 1"
            " FROM holding o WHERE o.person_id = h.person_id AND o.post_id = $1"
            " AND (o.until_on IS NULL OR o.until_on > $2)) GROUP BY h.person_id, h.no_interest"
            " ON CONFLICT (person_id, post_id, since_on) DO NOTHING RETURNING id",
            post.id, today, school.id, kind.value,
        )  # fmt: skip


async def _follow(school_ids: list[int], into: School, today: date) -> None:
    """The other school's heads also hold the heads' posts of those that ended."""
    await sql.rows(
        "INSERT INTO holding (person_id, post_id, since_on) SELECT DISTINCT h.person_id, ended.id, $1::date"  # noqa: S608
        " FROM holding h JOIN post po ON po.id = h.post_id AND po.kind = 'head' AND po.school_id = $2"
        f" JOIN post ended ON ended.kind = 'head' AND ended.school_id IN ({sql.places(school_ids, 3)})"
        " WHERE h.since_on <= $1 AND (h.until_on IS NULL OR h.until_on > $1)"
        " ON CONFLICT (person_id, post_id, since_on) DO UPDATE SET until_on = NULL RETURNING id",
        today, into.id, *school_ids,
    )  # fmt: skip


async def _keep_away(school: School, into: School) -> None:
    await sql.rows(
        "INSERT INTO recusal (person_id, school_id, reason, until_on)"
        " SELECT person_id, $2::bigint, reason, until_on FROM recusal WHERE school_id = $1"
        " ON CONFLICT (person_id, school_id) DO NOTHING RETURNING id",
        school.id, into.id,
    )  # fmt: skip


async def _excuse(school_ids: list[int], reason: str) -> None:
    await sql.rows(
        "UPDATE duty SET state = 'excused', reason = $1 WHERE state = 'owed'"  # noqa: S608
        f" AND school_id IN ({sql.places(school_ids, 2)}) RETURNING id",
        reason, *school_ids,
    )  # fmt: skip


async def _record(
    school: School, verb: str, viewer: Viewer, held: Held, now: datetime, facts: dict[str, object]
) -> None:
    await record(
        "school", school.id, verb, now,
        school_id=school.id, person_id=viewer.person_id, post_id=held.post_id, facts=facts,
    )  # fmt: skip
