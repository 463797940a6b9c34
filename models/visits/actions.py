"""Sending a visit: the form, its photos, the problems it opens and the duty it discharges, at once."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tortoise.transactions import in_transaction

from models.contents import actions as contents
from models.contents.tables import Content
from models.database import sql
from models.errors import Conflict, Invalid, NotFound, Refusal, RequestReused
from models.evidence.actions import attach
from models.evidence.tables import Purpose
from models.journal.actions import record
from models.organisations.rules import Place
from models.organisations.tables import PostKind
from models.organisations.touching import Touched, touch
from models.people.access import Held, Viewer
from models.people.rights import POST_NAMES
from models.policies.calendar import month_of
from models.problems.actions import Found, Origin, open_problem
from models.problems.clocks import clock_of
from models.problems.tables import Severity, Source
from models.visits import duties, follow_ups, records, rules
from models.visits.follow_ups import FollowUp
from models.visits.forms import UnknownForm, form
from models.visits.forms.declaration import Form
from models.visits.rules import Answer, BadAnswers, Failure, Judgement
from models.visits.tables import Visit, VisitKind

INSERT = """
INSERT INTO visit (person_id, request_id, body_hash, post_id, school_id, check_in_id, kind, form_version,
  month, visited_at, received_at, answers, grade, remarks, companions, passed, failed, unseen, defence,
  follow_ups, record_due_at, record_next_at, completed_at, completed_how, school_signature)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::jsonb, $13, $14, $15, $16, $17, $18, $19,
  $20::jsonb, $21, $22, $23, $24, $25)
ON CONFLICT DO NOTHING
RETURNING id
"""


class FormUnknown(Invalid):
    code = "form_unknown"
    sentence = "没有这个版本的表单，请更新小程序后再提交。已填写的内容会保留在手机里。"


class AnswersRefused(Invalid):
    """Facts: `faults`, a list of (item, sentence) in the form's order."""

    code = "answers_refused"
    sentence = "表单有{count}处需要补充或改正。"


class PhotoCount(Invalid):
    code = "photo_count"
    sentence = "请附{least}到{most}张现场照片（现在{given}张）。"


class SignatureMissing(Invalid):
    code = "signature_missing"
    sentence = "请签名后再提交。"


class CheckInUsed(Conflict):
    code = "check_in_used"
    sentence = "这次签到已经提交过一份入校记录。如需再次入校，请重新扫码签到。"


class WrongPost(Invalid):
    code = "wrong_post"
    sentence = "签到时的岗位与这份表单不符，请选择“{expected}”的表单。"


@dataclass(frozen=True)
class Draft:
    """A visit as the phone sends it. `check_in` is the request id of the viewer's own check-in.

    `follow_ups` stays out of the representation, which stored hashes were made from before it was there.
    """

    request_id: str
    check_in: str
    kind: VisitKind
    form_version: int
    answers: tuple[Answer, ...]
    grade: str
    remarks: str
    companions: str
    defence: str
    photo_keys: tuple[str, ...]
    signature_keys: tuple[str, ...]
    follow_ups: tuple[FollowUp, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Sent:
    id: int
    problems: list[int]
    new: bool


async def submit(viewer: Viewer, draft: Draft, said: list[dict[str, Any]], now: datetime) -> Sent:
    """Keep a visit for ever. Idempotent by request id; one visit a check-in.

    `said` is the answers as they came, stored untouched. Failed key items become problems in the same
    transaction, and earlier problems are followed up. Raises the refusals of this module, of follow-ups, of
    photos, and RequestReused.
    """
    checked = await _checked_in(viewer, draft)
    try:
        post_id = await _post(viewer, checked, draft.kind)
        declared, judged = _judge(draft)
        follow_ups.check(draft.follow_ups)
    except Refusal:
        # sent again after the world changed: what was accepted stands
        known = await _known(viewer, draft)
        if known is None:
            raise
        return known
    month = month_of(checked.at)
    opening = await records.opening(
        draft.kind, draft.signature_keys, draft.defence, checked.school, checked.at
    )
    async with in_transaction():
        new = await sql.rows(
            INSERT,
            viewer.bound, draft.request_id, _hash(draft), post_id, checked.school.id, checked.id,
            draft.kind.value, draft.form_version, month, checked.at, now, sql.dump(said),
            draft.grade, draft.remarks, draft.companions, judged.passed, judged.failed, judged.unseen,
            draft.defence, follow_ups.said(draft.follow_ups), opening.due_at, opening.next_at,
            now if opening.how else None, opening.how and opening.how.value, opening.school_signature,
        )  # fmt: skip
        if new:
            visit_id = int(new[0]["id"])
            problems = await _tie(viewer, draft, checked, post_id, visit_id, (declared, judged), now)
            await _have_checked(viewer, draft, judged, checked.school, post_id, visit_id, now)
            if opening.due_at is not None:
                await records.ask(viewer, visit_id, post_id, checked.school, opening.due_at, now)
            return Sent(visit_id, problems, new=True)
    known = await _known(viewer, draft)
    if known is None:
        raise CheckInUsed
    return known


async def _tie(
    viewer: Viewer,
    draft: Draft,
    checked: "_CheckedIn",
    post_id: int,
    visit_id: int,
    said: tuple[Form, Judgement],
    now: datetime,
) -> list[int]:
    """What hangs on a new visit: problems, pictures, the duty, its journal. The problems it opened."""
    school, month = checked.school, month_of(checked.at)
    supervised = draft.kind is VisitKind.SUPERVISOR
    origin = Origin(Source.VISIT, visit_id, f"visit:{visit_id}", viewer.bound, post_id, supervised)
    problems = await _open_problems(origin, school, *said, now)
    photos = _all_photos(draft)
    await attach(viewer, school.id, photos, Purpose.VISIT, "visit", visit_id, now)
    await attach(viewer, school.id, draft.signature_keys, Purpose.SIGNATURE, "visit", visit_id, now)
    held = Held(post_id, duties.POST_OF[draft.kind], school.id, None)
    await follow_ups.apply(viewer, school, held, draft.follow_ups, checked.at, draft.request_id, now)
    await duties.discharge(draft.kind, school, post_id, month, visit_id)
    await record(
        "visit", visit_id, "submit", now,
        school_id=school.id, person_id=viewer.bound, post_id=post_id,
        facts={"problems": problems, "photos": photos},
    )  # fmt: skip
    await touch([Touched(school.county_code, school.id, "visit")])
    return problems


async def _have_checked(
    viewer: Viewer,
    draft: Draft,
    judged: Judgement,
    school: Place,
    post_id: int,
    visit_id: int,
    now: datetime,
) -> None:
    """What stands in the visit alone; words of problems, old and new, are checked as theirs."""
    failed = {failure.item for failure in judged.failures}
    remarks = [answer.remark for answer in draft.answers if answer.item not in failed]
    unseen = [one.remark for one in draft.follow_ups if one.verdict not in follow_ups.MOVES]
    place = contents.Place(school.id, school.county_code, viewer.bound, post_id)
    said = [draft.remarks, draft.companions, *remarks, *unseen]
    await contents.ask_visit(Content.VISIT, visit_id, said, place, now)
    await contents.ask_visit(Content.REPLY, visit_id, [draft.defence], place, now)


@dataclass(frozen=True)
class _CheckedIn:
    id: int
    at: datetime
    post_id: int
    post_kind: PostKind
    school: Place


async def _checked_in(viewer: Viewer, draft: Draft) -> _CheckedIn:
    """The viewer's own check-in by its request id, with its school and post; NotFound for others'."""
    found = await sql.rows(
        "SELECT c.id, c.at, c.post_id, c.school_id, s.name, s.county_code, p.kind FROM check_in c"
        " JOIN school s ON s.id = c.school_id JOIN post p ON p.id = c.post_id"
        " WHERE c.person_id = $1 AND c.request_id = $2",
        viewer.bound, draft.check_in,
    )  # fmt: skip
    if not found:
        raise NotFound
    row = found[0]
    at = sql.instant(row["at"])
    assert at is not None
    place = Place(row["school_id"], row["name"], row["county_code"])
    return _CheckedIn(row["id"], at, row["post_id"], PostKind(row["kind"]), place)


def _judge(draft: Draft) -> tuple[Form, Judgement]:
    try:
        declared = form(draft.kind.value, draft.form_version)
    except UnknownForm as fault:
        raise FormUnknown from fault
    given = len(set(draft.photo_keys))
    if not declared.min_photos <= given <= declared.max_photos:
        raise PhotoCount(least=declared.min_photos, most=declared.max_photos, given=given)
    if not draft.signature_keys:
        raise SignatureMissing
    try:
        return declared, rules.judge(declared, draft.answers, draft.grade)
    except BadAnswers as fault:
        raise AnswersRefused(count=len(fault.faults), faults=fault.faults) from fault


async def _post(viewer: Viewer, checked: _CheckedIn, kind: VisitKind) -> int:
    """The post the visit is made for: the check-in's, or another one held at the same school."""
    wanted = duties.POST_OF[kind]
    if checked.post_kind is wanted:
        return checked.post_id
    for held in viewer.posts:
        if held.school_id == checked.school.id and held.kind is wanted:
            return held.post_id
    raise WrongPost(expected=POST_NAMES[checked.post_kind])


async def _open_problems(
    origin: Origin, school: Place, declared: Form, judged: Judgement, now: datetime
) -> list[int]:
    if not judged.failures:
        return []
    clock = await clock_of(school.county_code)
    titles = {item.code: item.title for item in declared.items}
    opened = []
    for failure in judged.failures:
        found = _found(failure, titles[failure.item])
        opened.append((await open_problem(school, origin, found, clock, now)).id)
    return opened


def _found(failure: Failure, title: str) -> Found:
    return Found(
        failure.item,
        title,
        failure.remark,
        Severity(failure.severity),
        failure.photo_ids,
        failure.handling == "on_spot",
        failure.handling == "report",
    )


def _all_photos(draft: Draft) -> list[str]:
    """Photos of the scene and of single items, each once."""
    of_items = [key for answer in draft.answers for key in answer.photo_ids]
    return list(dict.fromkeys([*draft.photo_keys, *of_items]))


async def _known(viewer: Viewer, draft: Draft) -> Sent | None:
    found = await Visit.get_or_none(person_id=viewer.bound, request_id=draft.request_id)
    if found is None:
        return None
    if found.body_hash != _hash(draft):
        raise RequestReused
    problems = await sql.rows(
        "SELECT id FROM problem WHERE source = 'visit' AND source_id = $1 ORDER BY id", found.id
    )
    return Sent(found.id, [row["id"] for row in problems], new=False)


def _hash(draft: Draft) -> str:
    said = repr(draft) + (repr(draft.follow_ups) if draft.follow_ups else "")
    return hashlib.sha256(said.encode()).hexdigest()
