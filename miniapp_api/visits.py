"""Visit forms, visits (入校), monthly duties and coverage."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from miniapp_api.context import now, viewer
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
from models.errors import NotFound
from models.evidence.awaited import Awaited, mark
from models.evidence.repeats import Repeat
from models.policies.calendar import beijing_date
from models.visits import actions, duties, queries
from models.visits.forms import FORMS
from models.visits.forms.declaration import Form
from models.visits.rules import Answer
from models.visits.tables import VisitKind

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


class VisitIn(Input):
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
    whole = await queries.whole(await viewer(request), visit_id)
    visit = whole.visit
    return VisitOut(
        who=whole.who,
        school_id=whole.school.id,
        school_name=whole.school.name,
        form_version=visit.form_version,
        answers=whole.answers,
        remarks=visit.remarks,
        companions=visit.companions,
        defence=visit.defence,
        photos=whole.photos,
        signatures=whole.signatures,
        photo_mark=mark(whole.awaited),
        awaited=whole.awaited,
        repeats=whole.repeats,
        **_columns(visit),
    )


def _columns(visit: Any) -> dict[str, Any]:
    names = [name for name in VisitLineOut.model_fields if name not in ("who", "photo_mark")]
    return {name: getattr(visit, name) for name in names}


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
    return await duties.duties(await viewer(request), _month(request, query))


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
