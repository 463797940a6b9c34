"""The supervisor's record (督查记录): complete when the school has signed, confirmed it or stated its defence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from tortoise.expressions import Q, Subquery
from tortoise.transactions import in_transaction

from models.contents import actions as contents
from models.contents.tables import Content
from models.database import sql
from models.errors import Conflict, Invalid, NotFound, RequestReused
from models.evidence.actions import attach
from models.evidence.tables import Purpose
from models.journal.actions import record
from models.journal.queries import taken
from models.notices import actions as notices
from models.notices.actions import Subject, Telling
from models.organisations.rules import Place, span
from models.organisations.tables import PostKind, School
from models.people import access
from models.people.access import Viewer
from models.people.queries import names
from models.people.rights import Right
from models.policies.calendar import beijing_date, spoken
from models.policies.queries import Values, effective, effective_in
from models.problems import ladder, sayings
from models.problems.ladder import Ahead
from models.visits import reminders, rules
from models.visits.tables import Completion, Visit, VisitKind

BATCH = 100
TITLE = "责任督学督查记录"
ASKING = ["record_to_sign", "record_unsigned", "record_due_soon", "record_overdue", "record_escalated"]


class NoAnswerAsked(Conflict):
    code = "no_answer_asked"
    sentence = "这次入校不需要学校签字确认。"


class RecordComplete(Conflict):
    code = "record_complete"
    sentence = "这份督查记录已由学校{how}，不能再改。对问题有异议的，请在该问题中提出申辩。"


class DefenceEmpty(Invalid):
    code = "defence_empty"
    sentence = "请写明学校的申辩意见。"


DUE = f"""
SELECT v.id, v.school_id, s.name AS school, s.county_code, v.person_id, v.post_id, v.record_due_at, v.record_next_at
FROM visit v JOIN school s ON s.id = v.school_id
WHERE v.record_next_at <= $1 ORDER BY v.record_next_at, v.id LIMIT {BATCH}"""  # noqa: S608
CLIMBED = "UPDATE visit SET record_next_at = v.c2 FROM {rows} WHERE visit.id = v.c1"
OWN = """
SELECT h.person_id, h.post_id FROM holding h JOIN post po ON po.id = h.post_id
WHERE h.person_id IN {people} AND po.kind = 'supervisor' AND h.since_on <= $2
  AND (h.until_on IS NULL OR h.until_on > $2) ORDER BY h.post_id
"""
HOW_SAID = {
    Completion.SIGNATURE: "签字",
    Completion.CONFIRMATION: "确认",
    Completion.DEFENCE: "提出申辩",
}


@dataclass(frozen=True)
class Opening:
    """How a record begins: answered at the school already, or due."""

    how: Completion | None = None
    school_signature: str | None = None
    due_at: datetime | None = None
    next_at: datetime | None = None


@dataclass(frozen=True)
class Reply:
    """What the school says to a record from the head's own phone. `signature_key` may name a picture
    that is still on its way, as a visit's do."""

    request_id: str
    words: str = ""
    signature_key: str | None = None


@dataclass(frozen=True)
class _Unanswered:
    """A record whose clock is looked at."""

    subject: Subject
    school: str
    person_id: int
    post_id: int
    due_at: datetime
    next_at: datetime


@dataclass(frozen=True)
class RecordLine:
    """A record the school has not answered."""

    visit_id: int
    school_id: int
    school_name: str
    who: str
    visited_at: datetime
    due_at: datetime
    overdue: bool


async def opening(
    kind: VisitKind, signature_keys: Sequence[str], defence: str, school: Place, visited_at: datetime
) -> Opening:
    """What a visit needs of the school. Asks the database only for a supervisor's unanswered record."""
    if kind is not VisitKind.SUPERVISOR:
        return Opening()
    signed = list(dict.fromkeys(signature_keys))
    how = rules.completion(len(signed), defence)
    school_signature = signed[1] if len(signed) > 1 else None
    if how is not None:
        return Opening(how, school_signature)
    policy = await effective(school.county_code)
    due = reminders.due_at(policy, visited_at)
    waiting = reminders.waiting(due, policy, visited_at)
    return Opening(None, None, due, waiting[0].at)


async def ask(
    viewer: Viewer, visit_id: int, post_id: int, school: Place, due: datetime, now: datetime
) -> None:
    """Tell the head, and the supervisor who was there, that the school has yet to answer."""
    subject = Subject("visit", visit_id, school.id, school.county_code)
    waiting = reminders.waiting(due, await effective(school.county_code), now)
    facts = _facts(school.name, due, waiting, (PostKind.HEAD,), now)
    key, today = f"visit:{visit_id}:record", beijing_date(now)
    await notices.put("record_to_sign", f"{key}:sent", subject, (PostKind.HEAD,), facts, now, today)
    await _tell_visitor("record_unsigned", f"{key}:sent", subject, viewer.bound, post_id, facts, now)


async def confirm(viewer: Viewer, visit_id: int, reply: Reply, now: datetime) -> Visit:
    """The head confirms the record on their own phone, with or without a signature. The first one counts."""
    async with in_transaction():
        visit, school = await _take(viewer, visit_id)
        if not await _taken(viewer, visit, "confirm", reply):
            if reply.signature_key is not None:
                signed = [reply.signature_key]
                await attach(viewer, school.id, signed, Purpose.SIGNATURE, "visit", visit.id, now)
            visit.answer_words, visit.school_signature = reply.words, reply.signature_key
            await _complete(viewer, visit, school, Completion.CONFIRMATION, reply, now)
        return visit


async def defend(viewer: Viewer, visit_id: int, reply: Reply, now: datetime) -> Visit:
    """The head states the school's defence (申辩) to the record. The county is told as well."""
    if not reply.words.strip():
        raise DefenceEmpty
    async with in_transaction():
        visit, school = await _take(viewer, visit_id)
        if not await _taken(viewer, visit, "defend", reply):
            visit.defence = reply.words
            await _complete(viewer, visit, school, Completion.DEFENCE, reply, now)
        return visit


async def remind(now: datetime) -> int:
    """Tell whoever is next about every record still unanswered; return how many were looked at.

    Works in batches of 100, each a transaction of a dozen statements; any number of workers may run it at once.
    """
    looked_at = 0
    while True:
        async with in_transaction():
            batch = [_unanswered(row) for row in await sql.rows(DUE + sql.skip_locked("v"), now)]
            if batch:
                await _climb(batch, now)
        looked_at += len(batch)
        if len(batch) < BATCH:
            return looked_at


async def _climb(batch: list[_Unanswered], now: datetime) -> None:
    policies = await effective_in({one.subject.county_code for one in batch})
    own = await _own_posts([(one.person_id, one.post_id) for one in batch], beijing_date(now))
    tellings: list[Telling] = []
    nexts: list[list[Any]] = []
    for one in batch:
        policy = policies[one.subject.county_code]
        waiting = reminders.waiting(one.due_at, policy, now)
        tellings += _tellings(one, policy, waiting, own.get((one.person_id, one.post_id)), now)
        nexts.append([one.subject.id, waiting[0].at if waiting else None])
    await notices.put_all(tellings, now, beijing_date(now))
    await sql.over_rows(CLIMBED, ["bigint", "timestamptz"], nexts)


async def incomplete(
    viewer: Viewer,
    now: datetime,
    division_code: str | None = None,
    before_id: int | None = None,
    limit: int = 20,
) -> list[RecordLine]:
    """Unanswered records of the schools the viewer may read and of their own visits, newest first."""
    condition = Q(school_id__in=Subquery(School.filter(access.scope(viewer, Right.READ_SCHOOL)).values("id")))
    query = Visit.filter(
        condition | Q(person_id=viewer.bound), record_due_at__not_isnull=True, completed_at=None
    )
    if division_code is not None:
        first, end = span(division_code)
        within = School.filter(county_code__gte=first, county_code__lt=end).values("id")
        query = query.filter(school_id__in=Subquery(within))
    if before_id is not None:
        query = query.filter(id__lt=before_id)
    found = await query.order_by("-id").limit(limit)
    who = await names({visit.person_id for visit in found})
    schools = await School.filter(id__in={visit.school_id for visit in found}).values("id", "name")
    school_names = {row["id"]: row["name"] for row in schools}
    return [
        RecordLine(
            visit.id, visit.school_id, school_names[visit.school_id], who[visit.person_id],
            visit.visited_at, visit.record_due_at, visit.record_due_at <= now,
        )
        for visit in found if visit.record_due_at is not None
    ]  # fmt: skip


async def _take(viewer: Viewer, visit_id: int) -> tuple[Visit, School]:
    """Lock the visit and make sure the viewer may answer for its school."""
    visit = await Visit.filter(id=visit_id).select_for_update().first()
    if visit is None:
        raise NotFound
    school = await School.get(id=visit.school_id)
    await access.require(viewer, Right.SIGN_RECORD, school)
    return visit, school


async def _taken(viewer: Viewer, visit: Visit, verb: str, reply: Reply) -> bool:
    """Whether this very request was carried out before; refuses where there is nothing to answer."""
    before = await taken(f"{viewer.bound}:{reply.request_id}")
    if before is not None:
        said = (before.subject_kind, before.subject_id, before.verb)
        facts = (before.facts.get("words"), before.facts.get("signature"))
        if (said, facts) != (("visit", visit.id, verb), (reply.words, reply.signature_key)):
            raise RequestReused
        return True
    if visit.completed_how is not None:
        raise RecordComplete(how=HOW_SAID[visit.completed_how])
    if visit.record_due_at is None:
        raise NoAnswerAsked
    return False


async def _complete(
    viewer: Viewer, visit: Visit, school: School, how: Completion, reply: Reply, now: datetime
) -> None:
    visit.completed_how, visit.completed_at, visit.record_next_at = how, now, None
    visit.answered_by = viewer.bound
    fields = ["completed_how", "completed_at", "record_next_at", "answered_by"]
    await visit.save(update_fields=[*fields, "answer_words", "school_signature", "defence"])
    held = await access.require(viewer, Right.SIGN_RECORD, school)
    verb = {Completion.CONFIRMATION: "confirm", Completion.DEFENCE: "defend"}[how]
    await record(
        "visit", visit.id, verb, now,
        school_id=school.id, person_id=viewer.bound, post_id=held.post_id,
        facts={"words": reply.words, "signature": reply.signature_key},
        request_key=f"{viewer.bound}:{reply.request_id}",
    )  # fmt: skip
    place = contents.Place(school.id, school.county_code, viewer.bound, held.post_id)
    await contents.ask_visit(Content.REPLY, visit.id, [reply.words], place, now)
    subject = Subject("visit", visit.id, school.id, school.county_code)
    await notices.withdraw(subject, ASKING, now)
    facts, key = _facts(school.name, None, [], (), now), f"visit:{visit.id}:record"
    kind = "record_defended" if how is Completion.DEFENCE else "record_confirmed"
    await _tell_visitor(kind, f"{key}:answered", subject, visit.person_id, visit.post_id, facts, now)
    if how is Completion.DEFENCE:
        county = (PostKind.COUNTY,)
        await notices.put(kind, f"{key}:answered", subject, county, facts, now, beijing_date(now))


def _unanswered(row: dict[str, Any]) -> _Unanswered:
    due_at, next_at = sql.instant(row["record_due_at"]), sql.instant(row["record_next_at"])
    assert due_at is not None and next_at is not None
    subject = Subject("visit", row["id"], row["school_id"], row["county_code"])
    return _Unanswered(subject, row["school"], row["person_id"], row["post_id"], due_at, next_at)


def _tellings(
    one: _Unanswered, policy: Values, waiting: Sequence[Ahead], own: int | None, now: datetime
) -> list[Telling]:
    """What a record's clock says now. `own`: the supervisor's post that its visitor holds, if any."""
    pace = reminders.pace(policy)
    told = ladder.passed(one.due_at, pace, one.next_at, reminders.LADDER)
    ahead = ladder.ahead(one.due_at, pace, told, reminders.LADDER)
    found = []
    # after a long sleep only the latest level is still true for those it is told to
    for level in ladder.loud([each.level for each in ahead if each.at <= now]):
        facts = _facts(one.school, one.due_at, waiting, level.posts, now)
        key = f"visit:{one.subject.id}:record:{level.name}"
        posts = tuple(post for post in level.posts if post is not PostKind.SUPERVISOR)
        found.append(Telling(level.notice, key, one.subject, posts, facts))
        if PostKind.SUPERVISOR in level.posts and own is not None:
            found.append(_to_visitor(level.notice, key, one.subject, one.person_id, own, facts))
    return found


async def _tell_visitor(
    kind: str,
    key: str,
    subject: Subject,
    person_id: int,
    post_id: int,
    facts: dict[str, str],
    now: datetime,
) -> None:
    """Tell whoever made the visit, on a supervisor's post they hold: a stand-in holds one elsewhere."""
    today = beijing_date(now)
    own = (await _own_posts([(person_id, post_id)], today)).get((person_id, post_id))
    if own is not None:
        await notices.put_all([_to_visitor(kind, key, subject, person_id, own, facts)], now, today)


def _to_visitor(
    kind: str, key: str, subject: Subject, person_id: int, own: int, facts: dict[str, str]
) -> Telling:
    return Telling(kind, f"{key}:visitor", subject, (), facts, post_id=own, person_id=person_id)


async def _own_posts(visitors: list[tuple[int, int]], today: date) -> dict[tuple[int, int], int]:
    """By visitor and the post of the visit: that post while they hold it, else another of theirs."""
    rows = await sql.rows(OWN.format(people=sql.among(1, "bigint")), sql.packed(_people(visitors)), today)
    held: dict[int, list[int]] = {}
    for row in rows:
        held.setdefault(row["person_id"], []).append(row["post_id"])
    return {
        (person, post): post if post in held[person] else held[person][0]
        for person, post in visitors
        if person in held
    }


def _people(visitors: list[tuple[int, int]]) -> list[int]:
    return sorted({person for person, _ in visitors})


def _facts(
    school_name: str, due: datetime | None, waiting: Sequence[Ahead], posts: Sequence[PostKind], now: datetime
) -> dict[str, str]:
    said = {"school": school_name, "title": TITLE, "due": spoken(due) if due else ""}
    return said | sayings.next_facts(waiting, posts, now, "如不答复") if due else said
