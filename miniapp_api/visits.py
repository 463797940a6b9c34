"""Visit forms, visits (入校), supervisors' records, follow-ups, monthly duties and coverage."""

import asyncio
import contextlib
import secrets
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from miniapp_api.context import context, now, viewer
from miniapp_api.registry import Answered, Input, Routes
from miniapp_api.types import (
    DivisionCode,
    Id,
    Instant,
    Line,
    Month,
    Page,
    PageQuery,
    PhotoName,
    Reason,
    RequestId,
    Words,
    page,
)
from models.errors import Kind, NotFound, Refusal
from models.evidence.awaited import Awaited, mark
from models.evidence.repeats import Repeat
from models.evidence.store import NoSuchObject
from models.people import access
from models.people.rights import Right
from models.policies.calendar import beijing_date, month_of
from models.problems.states import STATE_NAMES, State
from models.problems.tables import Severity
from models.visits import actions, duties, follow_ups, notice_pdf, queries, records, rectification_notices
from models.visits.follow_ups import FollowUp, Seen
from models.visits.forms import FORMS
from models.visits.forms.declaration import Form
from models.visits.queries import RecordState
from models.visits.rules import Answer
from models.visits.tables import Completion, RectificationNotice, VisitKind
from qr.fonts import FontMissing

routes = Routes("visits")

Verdict = Annotated[str, StringConstraints(pattern=r"^[a-z_]{0,10}$")]


Name = Annotated[str, StringConstraints(pattern=r"^[a-z]{1,16}$")]


class AnswerIn(Input):
    """The answer to one item. `photos` name the pictures that prove a failure."""

    item: Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{1,3}$")]
    verdict: Verdict
    remark: Words = ""
    scores: dict[Name, int] | None = None
    counts: dict[Name, int | None] | None = None
    severity: Verdict | None = None
    handling: Verdict | None = None
    photos: Annotated[list[PhotoName], Field(max_length=6)] = []


class FollowUpIn(Input):
    """What became of an earlier problem (回头看). Its pictures are sent with the purpose `problem`."""

    problem_id: Id
    verdict: Seen
    remark: Words = ""
    photos: Annotated[list[PhotoName], Field(max_length=6)] = []


class VisitIn(Input):
    """`signatures`: the visitor's, then the school's when it signs on the visitor's phone."""

    request_id: RequestId
    check_in: RequestId
    kind: VisitKind
    form_version: Annotated[int, Field(ge=1, le=1000)]
    answers: Annotated[list[AnswerIn], Field(max_length=60)]
    grade: Verdict = ""
    remarks: Words = ""
    companions: Line = ""
    defence: Words = ""
    photos: Annotated[list[PhotoName], Field(max_length=6)]
    signatures: Annotated[list[PhotoName], Field(max_length=2)]
    follow_ups: Annotated[list[FollowUpIn], Field(max_length=60)] = []


class VisitSent(BaseModel):
    """Problems opened by this visit, by id."""

    id: int
    problems: list[int]


class VisitLineOut(BaseModel):
    id: int
    kind: VisitKind
    who: str
    month: str
    visited_at: Instant
    received_at: Instant
    grade: str
    passed: int
    failed: int
    unseen: int
    # 等待照片 n 张，照片有误 n 张; empty when all are there
    photo_mark: str


class RecordOut(BaseModel):
    """The school's side of a supervisor's record. `how`: signature, confirmation or defence."""

    state: RecordState
    due_at: Instant | None
    completed_at: Instant | None
    how: Completion | None
    who: str | None
    words: str
    may_answer: bool


class NumberOut(BaseModel):
    """An issued rectification notice (整改通知书)."""

    number: str
    issued_at: Instant
    check_url: str


class VisitOut(VisitLineOut):
    school_id: int
    school_name: str
    form_version: int
    answers: list[dict[str, Any]]
    remarks: str
    companions: str
    defence: str
    photos: list[str]
    signatures: list[str]
    awaited: list[Awaited]
    repeats: list[Repeat]
    school_signature: str | None
    follow_ups: list[dict[str, Any]]
    record: RecordOut
    rectification_notice: NumberOut | None


@routes.add("GET", "/forms", signed_in=False)
async def list_forms(request: web.Request) -> list[Form]:
    """Every version of every form, oldest first: an old one is accepted for ever."""
    return list(FORMS)


@routes.add("POST", "/visits", status=201, errors=(200, 404, 409))
async def send_visit(request: web.Request, body: VisitIn) -> Answered[VisitSent]:
    """Send a visit. Sent again with the same request id: 200, the same row.

    Photos are uploaded before, or named by `request:ID` and come after: the visit is kept and marked.
    """
    draft = actions.Draft(
        request_id=body.request_id,
        check_in=body.check_in,
        kind=body.kind,
        form_version=body.form_version,
        answers=tuple(_answer(answer) for answer in body.answers),
        grade=body.grade,
        remarks=body.remarks,
        companions=body.companions,
        defence=body.defence,
        photo_keys=tuple(body.photos),
        signature_keys=tuple(body.signatures),
        follow_ups=tuple(
            FollowUp(one.problem_id, one.verdict, one.remark, tuple(one.photos)) for one in body.follow_ups
        ),
    )
    said = [answer.model_dump(exclude_defaults=True) for answer in body.answers]
    sent = await actions.submit(await viewer(request), draft, said, now(request))
    return Answered(VisitSent(id=sent.id, problems=sent.problems), 201 if sent.new else 200)


def _answer(given: AnswerIn) -> Answer:
    return Answer(
        item=given.item,
        verdict=given.verdict,
        remark=given.remark,
        scores=given.scores,
        counts=given.counts,
        severity=given.severity,
        handling=given.handling,
        photo_ids=tuple(given.photos),
    )


@routes.add("GET", "/schools/{school_id}/visits")
async def list_visits(request: web.Request, school_id: Id, query: PageQuery) -> Page[VisitLineOut]:
    """Visits to a school, newest first."""
    found = await queries.at_school(await viewer(request), school_id, query.before, query.limit)
    lines = [
        VisitLineOut(who=line.who, photo_mark=mark(line.awaited), **_columns(line.visit)) for line in found
    ]
    return page(lines, [line.id for line in lines], query.limit)


@routes.add("GET", "/visits/{visit_id}")
async def read_visit(request: web.Request, visit_id: Id) -> VisitOut:
    """One visit with its answers and the keys of its pictures."""
    return await _out(request, visit_id)


async def _out(request: web.Request, visit_id: int) -> VisitOut:
    who = await viewer(request)
    whole = await queries.whole(who, visit_id)
    visit, state = whole.visit, queries.record_state(whole.visit)
    answers = access.reaches(who, Right.SIGN_RECORD, whole.school) is not None
    return VisitOut(
        who=whole.who,
        school_id=whole.school.id,
        school_name=whole.school.name,
        form_version=visit.form_version,
        answers=whole.answers,
        remarks=whole.remarks,
        companions=whole.companions,
        defence=whole.defence,
        photos=whole.photos,
        signatures=whole.signatures,
        photo_mark=mark(whole.awaited),
        awaited=whole.awaited,
        repeats=whole.repeats,
        school_signature=whole.school_signature,
        follow_ups=whole.follow_ups,
        record=RecordOut(
            state=state,
            due_at=visit.record_due_at,
            completed_at=visit.completed_at,
            how=visit.completed_how,
            who=whole.answered_by,
            words=whole.reply,
            may_answer=answers and state is RecordState.INCOMPLETE,
        ),
        rectification_notice=_number(request, whole.notice) if whole.notice else None,
        **_columns(visit),
    )


def _columns(visit: Any) -> dict[str, Any]:
    names = [name for name in VisitLineOut.model_fields if name not in ("who", "photo_mark")]
    return {name: getattr(visit, name) for name in names}


def _number(request: web.Request, notice: RectificationNotice) -> NumberOut:
    url = rectification_notices.check_url(context(request).public_url, notice)
    number = str(notice.content["number"])
    return NumberOut(number=number, issued_at=notice.issued_at, check_url=url)


class ConfirmIn(Input):
    """The head's confirmation, with the name of a signature drawn on the head's phone or without."""

    request_id: RequestId
    words: Words = ""
    signature: PhotoName | None = None


class DefenceIn(Input):
    request_id: RequestId
    words: Words


@routes.add("POST", "/visits/{visit_id}/confirm", errors=(409,))
async def confirm_record(request: web.Request, visit_id: Id, body: ConfirmIn) -> VisitOut:
    """Confirm a supervisor's record for the school, from the head's own phone."""
    reply = records.Reply(body.request_id, body.words, body.signature)
    await records.confirm(await viewer(request), visit_id, reply, now(request))
    return await _out(request, visit_id)


@routes.add("POST", "/visits/{visit_id}/defence", errors=(409,))
async def state_defence(request: web.Request, visit_id: Id, body: DefenceIn) -> VisitOut:
    """State the school's defence (申辩) to a supervisor's record instead of confirming it."""
    reply = records.Reply(body.request_id, body.words)
    await records.defend(await viewer(request), visit_id, reply, now(request))
    return await _out(request, visit_id)


@routes.add("POST", "/visits/{visit_id}/rectification-notice", status=201, errors=(200, 409))
async def issue_rectification_notice(request: web.Request, visit_id: Id) -> Answered[NumberOut]:
    """Issue the rectification notice (整改通知书) of a supervisor's visit. Asked again: the same number."""
    code = "".join(secrets.choice("23456789abcdefghjkmnpqrstuvwxyz") for _ in range(16))
    who = await viewer(request)
    notice, new = await rectification_notices.issue(who, visit_id, code, now(request))
    return Answered(_number(request, notice), 201 if new else 200)


@routes.add("GET", "/visits/{visit_id}/rectification-notice.pdf", media=("application/pdf",), errors=(503,))
async def read_rectification_notice(request: web.Request, visit_id: Id) -> web.StreamResponse:
    """The rectification notice as it was issued, A4, with both signatures."""
    whole = await queries.whole(await viewer(request), visit_id)
    if whole.notice is None:
        raise NotFound
    outside = context(request)
    pictures: dict[str, bytes] = {}
    for key in rectification_notices.signature_keys(whole.notice):
        with contextlib.suppress(NoSuchObject):
            pictures[key] = await outside.store.get(f"photos/{key}")
    url = rectification_notices.check_url(outside.public_url, whole.notice)
    try:
        data = await asyncio.to_thread(notice_pdf.render, whole.notice.content, pictures, url)
    except FontMissing as missing:
        raise NoDocuments from missing
    headers = {"Cache-Control": "private, no-store"}
    return web.Response(body=data, content_type="application/pdf", headers=headers)


class NoDocuments(Refusal):
    kind = Kind.UNAVAILABLE
    code = "no_documents"
    sentence = "服务器缺少中文字体，暂时不能制作文书，请告知管理员。"


class RecordQuery(PageQuery):
    """Records in a state, of a division when one is named."""

    state: Literal["incomplete"] = "incomplete"
    division: DivisionCode | None = None


@routes.add("GET", "/records")
async def list_records(request: web.Request, query: RecordQuery) -> Page[records.RecordLine]:
    """Supervisors' records that wait for a school's answer: mine, my school's, my division's."""
    who, at = await viewer(request), now(request)
    found = await records.incomplete(who, at, query.division, query.before, query.limit)
    return page(found, [line.visit_id for line in found], query.limit)


class FollowUpOut(BaseModel):
    """A problem to look at again. `by`: for a closed one, until when."""

    problem_id: int
    school_id: int
    school_name: str
    item: str
    title: str
    words: str
    severity: Severity
    state: State
    state_name: str
    found_at: Instant
    due_at: Instant | None
    ended_at: Instant | None
    by: Instant | None
    overdue: bool


@routes.add("GET", "/schools/{school_id}/follow-ups")
async def list_follow_ups(request: web.Request, school_id: Id) -> list[FollowUpOut]:
    """What the next visit should look at again (回头看): to be loaded before setting out."""
    at = now(request)
    found = await follow_ups.of_school(await viewer(request), school_id, month_of(at), at)
    return [_follow_up(one) for one in found]


@routes.add("GET", "/follow-ups")
async def list_my_follow_ups(request: web.Request) -> list[FollowUpOut]:
    """What my next visits should look at again, of all the schools I visit in one answer; by school."""
    at = now(request)
    return [_follow_up(one) for one in await follow_ups.mine(await viewer(request), month_of(at), at)]


@routes.add("GET", "/divisions/{code}/follow-ups")
async def list_overdue_follow_ups(request: web.Request, code: DivisionCode) -> list[FollowUpOut]:
    """Closed problems of a division that nobody looked at again in time, longest overdue first."""
    found = await follow_ups.overdue(await viewer(request), code, now(request))
    return [_follow_up(one) for one in found]


def _follow_up(one: follow_ups.Due) -> FollowUpOut:
    row = one.problem
    derived = {
        "problem_id": row.id,
        "school_name": one.school_name,
        "state_name": STATE_NAMES[row.state],
        "by": row.follow_up_by,
        "overdue": one.overdue,
    }
    columns = {name: getattr(row, name) for name in FollowUpOut.model_fields if name not in derived}
    return FollowUpOut(**columns, **derived)


class MonthQuery(Input):
    """The Beijing month; the present one when left out."""

    month: Month | None = None


class Excuse(Input):
    reason: Reason


class Swap(Input):
    person_id: Id


def _month(request: web.Request, query: MonthQuery) -> str:
    return query.month or beijing_date(now(request)).strftime("%Y-%m")


@routes.add("GET", "/duties")
async def list_duties(request: web.Request, query: MonthQuery) -> list[duties.DutyLine]:
    """The visits I owe this month, open ones first."""
    today = beijing_date(now(request))
    return await duties.duties(await viewer(request), _month(request, query), today)


@routes.add("GET", "/schools/{school_id}/duties")
async def list_school_duties(request: web.Request, school_id: Id, query: MonthQuery) -> list[duties.DutyLine]:
    """The visits a school is owed this month."""
    return await duties.of_school(await viewer(request), school_id, _month(request, query))


@routes.add("POST", "/duties/{duty_id}/excuse", status=204, errors=(409,))
async def excuse_duty(request: web.Request, duty_id: Id, body: Excuse) -> None:
    """Excuse a duty, saying why."""
    await duties.excuse(await viewer(request), duty_id, body.reason, now(request))


@routes.add("POST", "/duties/{duty_id}/swap", status=204, errors=(409,))
async def swap_duty(request: web.Request, duty_id: Id, body: Swap) -> None:
    """Have somebody of the same kind in the same county make this visit."""
    at = now(request)
    await duties.swap(await viewer(request), duty_id, body.person_id, beijing_date(at), at)


@routes.add("GET", "/divisions/{code}/coverage")
async def read_coverage(request: web.Request, code: DivisionCode, query: MonthQuery) -> list[duties.Coverage]:
    """Coverage of a month in the divisions just below one."""
    if len(code) not in (2, 4, 6):
        raise NotFound
    return await duties.coverage(await viewer(request), code, _month(request, query))
