"""Leaving a post (离任) and taking one over (接任). The post keeps its history, the holding its dates."""

from datetime import date, datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Conflict, Forbidden, Invalid, NotFound
from models.journal.actions import record
from models.organisations.tables import Post, PostKind, School
from models.people import access, directory
from models.people.access import Held, Viewer, above
from models.people.phones import Vault
from models.people.queries import holds
from models.people.rights import POST_NAMES, Right


class NotThatEarly(Invalid):
    code = "leaves_before_begin"
    sentence = "离任日期应晚于任职日期{since_on}。"


class NameDiffers(Conflict):
    code = "name_differs"
    sentence = "这个手机号登记的是“{name}”，请核对姓名或手机号。"


class StillHolds(Conflict):
    code = "still_holds"
    sentence = "“{name}”已在任{post}，不能再接任。"


class AlreadyLeft(Conflict):
    code = "already_left"
    sentence = "此人已定于{until_on}离任，由别人接任或另有安排，请刷新后再办。"


class SchoolShut(Conflict):
    code = "school_shut"
    sentence = "这所学校已停办或并校，只有学校负责人的岗位还可以接任。"


class MustKeepAway(Conflict):
    code = "must_keep_away"
    sentence = "按回避规定（{reason}），“{name}”不能在这所学校任职。"


async def leave(viewer: Viewer, post_id: int, person_id: int, on: date, today: date, now: datetime) -> None:
    """Somebody holds a post no longer from a Beijing date on. Repeatable; NotFound for who does not hold it."""
    post, held = await _post_below(viewer, post_id)
    async with in_transaction():
        await _lock(post)
        if await _end(post, person_id, on, today):
            await _record(post, "leave", viewer, held, now, {"person": person_id, "on": on.isoformat()})


async def take_over(
    viewer: Viewer,
    post_id: int,
    person_id: int,
    name: str,
    phone: str,
    since_on: date,
    vault: Vault,
    today: date,
    now: datetime,
) -> int:
    """One person leaves a post on the date on which another begins; returns the other's id. Repeatable.

    The other is registered when the number is new. With a head's post go those of the schools merged
    into theirs. Raises NameDiffers, StillHolds, AlreadyLeft, SchoolShut and MustKeepAway.
    """
    post, held = await _post_below(viewer, post_id)
    async with in_transaction():
        await _lock(post, to_fill=True)
        other = (await directory.by_phones(vault, [phone])).get(phone)
        if other is not None and other.name != name:
            raise NameDiffers(name=other.name)
        if other is None:
            made = await directory.register(vault, {phone: name}, now)
            other = directory.Registered(made[phone], name)
        if other.id == person_id or await _holds_otherwise(post, other.id, since_on):
            raise StillHolds(name=name, post=POST_NAMES[post.kind])
        await _insist_on_distance(post, other.id, name, since_on)
        changed = False
        for one in [post, *await _inherited(post, person_id, today)]:
            ends = await _end(one, person_id, since_on, today)
            if not ends and not await holds(other.id, one.id, since_on):
                raise AlreadyLeft(until_on=since_on)
            changed |= ends
            changed |= bool(
                await sql.rows(
                    "INSERT INTO holding (person_id, post_id, since_on) VALUES ($1, $2, $3)"
                    " ON CONFLICT (person_id, post_id, since_on) DO NOTHING RETURNING id",
                    other.id, one.id, since_on,
                )
            )  # fmt: skip
        if changed:
            facts: dict[str, object] = {"from": person_id, "to": other.id, "on": since_on.isoformat()}
            await _record(post, "take_over", viewer, held, now, facts)
    return other.id


async def _post_below(viewer: Viewer, post_id: int) -> tuple[Post, Held]:
    """The post, and the viewer's one that is set over it; NotFound for a post out of reach."""
    post = await Post.get_or_none(id=post_id)
    if post is None:
        raise NotFound
    school = None if post.school_id is None else await School.get(id=post.school_id)
    county = None if school is None else school.county_code
    for held in viewer.with_right(Right.ORGANISE):
        if above(held, post.division_code, county):
            return post, held
    # who sees the post is told: its holder, and those who may read the school and so its staff
    seen = school is not None and access.reaches(viewer, Right.READ_SCHOOL, school) is not None
    if seen or any(held.post_id == post.id for held in viewer.posts):
        raise Forbidden(right=Right.ORGANISE.value)
    raise NotFound


async def _lock(post: Post, *, to_fill: bool = False) -> None:
    """One change of a post at a time, and none while its school is closed or merged.

    `to_fill`: SchoolShut for a school that serves no more meals; its head still answers for what is open there.
    """
    await sql.rows("UPDATE post SET kind = kind WHERE id = $1 RETURNING id", post.id)
    if post.school_id is None:
        return
    school = await School.filter(id=post.school_id).select_for_update().get()
    if to_fill and not school.open and post.kind is not PostKind.HEAD:
        raise SchoolShut


async def _end(post: Post, person_id: int, on: date, today: date) -> bool:
    """Set the end of the running term; False when it ends then already, AlreadyLeft when it ends before."""
    found = await sql.rows(
        "SELECT id, since_on, until_on FROM holding WHERE person_id = $1 AND post_id = $2"
        " AND (until_on IS NULL OR until_on > $3 OR until_on = $4) ORDER BY since_on DESC LIMIT 1",
        person_id, post.id, today, on,
    )  # fmt: skip
    if not found:
        raise NotFound
    since_on, until_on = str(found[0]["since_on"]), found[0]["until_on"]
    if until_on is not None and str(until_on) == on.isoformat():
        return False
    if on.isoformat() <= since_on:
        raise NotThatEarly(since_on=since_on)
    if until_on is not None and str(until_on) < on.isoformat():
        raise AlreadyLeft(until_on=until_on)
    await sql.rows("UPDATE holding SET until_on = $2 WHERE id = $1 RETURNING id", found[0]["id"], on)
    return True


async def _holds_otherwise(post: Post, person_id: int, since_on: date) -> bool:
    found = await sql.rows(
        "SELECT 1 AS yes FROM holding WHERE person_id = $1 AND post_id = $2 AND since_on <> $3"
        " AND (until_on IS NULL OR until_on > $3) LIMIT 1",
        person_id, post.id, since_on,
    )  # fmt: skip
    return bool(found)


async def _insist_on_distance(post: Post, person_id: int, name: str, on: date) -> None:
    if post.kind not in (PostKind.SUPERVISOR, PostKind.COMMITTEE):
        return
    found = await sql.rows(
        "SELECT reason FROM recusal WHERE person_id = $1 AND school_id = $2"
        " AND (until_on IS NULL OR until_on > $3)",
        person_id, post.school_id, on,
    )  # fmt: skip
    if found:
        raise MustKeepAway(reason=found[0]["reason"], name=name)


async def _inherited(post: Post, person_id: int, today: date) -> list[Post]:
    """The posts of the same kind at schools merged into this one, while the person follows them."""
    if post.school_id is None:
        return []
    found = await sql.rows(
        "SELECT po.id FROM post po JOIN school s ON s.id = po.school_id JOIN holding h ON h.post_id = po.id"
        " WHERE s.merged_into = $1 AND po.kind = $2 AND h.person_id = $3"
        " AND (h.until_on IS NULL OR h.until_on > $4) ORDER BY po.id",
        post.school_id, post.kind.value, person_id, today,
    )  # fmt: skip
    return await Post.filter(id__in=[row["id"] for row in found]).order_by("id")


async def _record(
    post: Post, verb: str, viewer: Viewer, held: Held, now: datetime, facts: dict[str, object]
) -> None:
    await record(
        "post", post.id, verb, now,
        school_id=post.school_id, person_id=viewer.person_id, post_id=held.post_id, facts=facts,
    )  # fmt: skip
