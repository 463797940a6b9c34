"""What the content check means for problems: asking about what is due, and what follows from an answer.

The platform is asked by whoever calls, outside every transaction. An officer decides what it leaves open.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tortoise.transactions import in_transaction

from models.contents import actions as contents
from models.contents.actions import MOST_PHOTO_ASKS, WAIT_FOR_AUTHOR, Due
from models.contents.rules import RULE, plain
from models.contents.states import SHOWN, WITHHELD, CheckState, Finding
from models.contents.tables import Content, ContentCheck
from models.database import sql
from models.errors import Conflict, NotFound
from models.evidence.tables import Photo
from models.journal.actions import record
from models.notices import actions as notices
from models.notices.actions import Subject
from models.organisations.tables import School
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right
from models.policies.calendar import beijing_date
from models.problems import review_queue
from models.problems.actions import publish, withhold

BATCH = 20


class AlreadyDecided(Conflict):
    code = "already_decided"
    sentence = "这条内容已经处理过，请刷新列表。"


@dataclass(frozen=True)
class Told:
    """What the platform said: a finding, or the name its answer about a photo will have; neither: it is away."""

    finding: Finding | None = None
    trace_id: str = ""


Ask = Callable[[Due], Awaitable[Told]]


async def check(ask: Ask, appid: str, now: datetime, problem_id: int | None = None) -> int:
    """Ask about what is due, of one problem or of all; return how much that was."""
    due = await contents.claim(appid, now, BATCH, problem_id)
    for one in due:
        # one after the other: after an outage the first finds out whether the others may ask
        await _settle(one, await _told(ask, one), now)
    return len(due)


async def _told(ask: Ask, due: Due) -> Told:
    # an author the platform does not know it cannot be asked about, nor one who did not come back, nor a photo
    # it never answers for
    if due.openid is None or due.state is CheckState.AWAY:
        return Told(Finding.UNKNOWN)
    if due.content is Content.PHOTO and due.attempts > MOST_PHOTO_ASKS:
        return Told(Finding.UNKNOWN)
    return await ask(due)


async def _settle(due: Due, told: Told, now: datetime) -> None:
    nothing_said = told.finding in (Finding.AWAY, Finding.UNKNOWN)
    # whose author comes and goes and is still not known there is not waited for again and again
    given_up = due.attempts > 1 and now >= due.created_at + 3 * WAIT_FOR_AUTHOR
    if nothing_said and due.content is not Content.PHOTO and plain(due.words, due.post):
        await hear(due.id, Finding.PASS, now, RULE)
    elif told.finding is Finding.AWAY and not given_up:
        await contents.away(due.id, now + WAIT_FOR_AUTHOR)
    elif told.finding is not None:
        await hear(due.id, Finding.UNKNOWN if nothing_said else told.finding, now)
    elif told.trace_id:
        await contents.asked(due.id, told.trace_id, now)
    else:
        await contents.later(due.id, now + timedelta(seconds=min(5 * 2 ** min(due.attempts, 8), 600)))


async def hear(check_id: int, finding: Finding, now: datetime, reason: str | None = None) -> None:
    """The platform's answer, or our own for a `reason`, and what follows from it. Repeatable: the first answer
    counts."""
    async with in_transaction():
        decided = await contents.found(check_id, finding, now, reason)
        if decided is not None:
            await _follow(decided, now, beijing_date(now))


async def allow(viewer: Viewer, check_id: int, now: datetime) -> None:
    """An officer lets others see it. Raises NotFound, Forbidden, AlreadyDecided."""
    await _decide(viewer, check_id, True, None, now)


async def refuse(viewer: Viewer, check_id: int, reason: str, now: datetime) -> None:
    """An officer keeps it from others, and its author hears why. Raises NotFound, Forbidden, AlreadyDecided."""
    await _decide(viewer, check_id, False, reason, now)


async def _decide(viewer: Viewer, check_id: int, allow: bool, reason: str | None, now: datetime) -> None:
    waiting = await ContentCheck.get_or_none(id=check_id)
    school = await School.get_or_none(id=waiting.school_id) if waiting else None
    if school is None:
        raise NotFound
    await access.require(viewer, Right.REVIEW_CONTENT, school)
    async with in_transaction():
        decided = await contents.decide(check_id, allow, viewer.bound, reason, now)
        if decided is None:
            raise AlreadyDecided
        await _follow(decided, now, beijing_date(now))
        await review_queue.shrunk(decided, now)
        await record(
            "content", check_id, decided.state.value, now,
            school_id=school.id, person_id=viewer.person_id, facts={"reason": reason} if reason else {},
        )  # fmt: skip


async def _follow(decided: ContentCheck, now: datetime, today: date) -> None:
    """What was waiting for the answer goes on, and the author hears what does not simply pass."""
    if decided.state in SHOWN:
        await _show(decided, now)
    elif decided.state in WITHHELD and decided.finding and decided.problem_id is not None:
        await withhold(decided.problem_id, now, decided.decided_by)
    if decided.state in WITHHELD or decided.state is CheckState.ALLOWED:
        await _tell_author(decided, now, today)
    if decided.state is CheckState.REVIEW:
        await review_queue.grown(decided, now)


async def _show(decided: ContentCheck, now: datetime) -> None:
    if decided.content is Content.PHOTO:
        await Photo.filter(id=decided.target_id).update(veiled=False)
        return
    await ContentCheck.filter(id=decided.id).update(words="")
    if decided.finding and decided.problem_id is not None:
        await publish(decided.problem_id, now)


async def _tell_author(decided: ContentCheck, now: datetime, today: date) -> None:
    subject = await _subject(decided)
    if subject is None or decided.post_id is None:
        return
    kind = "content_allowed" if decided.state is CheckState.ALLOWED else "content_refused"
    school = await School.get(id=decided.school_id)
    what = "您的照片" if decided.content is Content.PHOTO else "您写的内容"
    facts = {"school": school.name, "title": what, "reason": decided.reason or ""}
    await notices.put_person(
        kind, f"content:{decided.id}", subject, decided.post_id, decided.person_id, facts, now, today
    )


async def _subject(decided: ContentCheck) -> Subject | None:
    if decided.content in (Content.VISIT, Content.REPLY):
        return Subject("visit", decided.target_id, decided.school_id, decided.county_code)
    problem_id = decided.problem_id
    if decided.content is Content.PHOTO:
        rows = await sql.rows(
            "SELECT subject_id FROM photo WHERE id = $1 AND subject_kind = 'problem'", decided.target_id
        )
        problem_id = rows[0]["subject_id"] if rows else None
    if problem_id is None:
        return None
    return Subject("problem", problem_id, decided.school_id, decided.county_code)
