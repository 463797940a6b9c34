"""Problems (问题) and their moves."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from miniapp_api.contents import check_now
from miniapp_api.context import now, viewer
from miniapp_api.registry import Answered, Input, Routes
from miniapp_api.types import (
    Day,
    DivisionCode,
    Id,
    Instant,
    Page,
    PageQuery,
    PhotoName,
    RequestId,
    Words,
    page,
    plain,
)
from models.evidence.awaited import Awaited, mark
from models.evidence.repeats import Repeat
from models.notices.queries import of_subject, receipts
from models.organisations.tables import PostKind
from models.people.access import Viewer
from models.problems import actions, queries, sayings
from models.problems.states import STATE_NAMES, Move, State
from models.problems.tables import Problem, Severity, Source

routes = Routes("problems")


class ProblemQuery(PageQuery):
    school_id: Id | None = None
    division: DivisionCode | None = None
    state: State | None = None


class ProblemLine(BaseModel):
    id: int
    school_id: int
    school_name: str
    title: str
    words: str
    severity: Severity
    state: State
    state_name: str
    source: Source
    item: str
    cycle: int
    found_at: Instant
    due_at: Instant | None
    overdue_at: Instant | None
    ended_at: Instant | None


class ReceiptOut(BaseModel):
    channel: str
    state: str
    errcode: int | None
    receipt: str | None
    tried_at: Instant | None


class NextOut(BaseModel):
    """A level of the ladder to come: what happens, who is told, when at the earliest."""

    level: str
    said: str
    posts: list[PostKind]
    at: Instant


class ProblemOut(ProblemLine):
    steps: list[queries.TimelineStep]
    may: list[Move]
    # 等待照片 n 张，照片有误 n 张; empty when all are there
    photo_mark: str
    awaited: list[Awaited]
    repeats: list[Repeat]
    # who is told next while the clock runs, in order; and the same, or why nobody is, as a sentence
    next: list[NextOut]
    next_said: str


def _seen(text: str) -> str:
    if sum(sign.isalnum() for sign in text) < 2:
        raise ValueError("请写明是什么问题")
    return text


Title = Annotated[
    str,
    StringConstraints(min_length=2, max_length=60, strip_whitespace=True),
    AfterValidator(plain),
    AfterValidator(_seen),
]


class ReportIn(Input):
    request_id: RequestId
    school_id: Id
    title: Title
    words: Words = ""
    photos: Annotated[list[PhotoName], Field(max_length=6)] = []


class ActIn(Input):
    """What goes with a move: words, photos, and the phone's own id for it."""

    request_id: RequestId
    words: Words = ""
    photos: Annotated[list[PhotoName], Field(max_length=6)] = []


class RescheduleIn(Input):
    """Another day for the deadline, which ends at 18:00 Beijing time."""

    request_id: RequestId
    words: Words = ""
    due_on: Day


@routes.add("GET", "/problems")
async def list_problems(request: web.Request, query: ProblemQuery) -> Page[ProblemLine]:
    """Problems I may see, newest first."""
    found = await queries.problems(
        await viewer(request),
        school_id=query.school_id,
        division_code=query.division,
        among=[query.state] if query.state else None,
        before_id=query.before,
        limit=query.limit,
    )
    return page([_line(row, name) for row, name in found], [row.id for row, _ in found], query.limit)


@routes.add("GET", "/problems/{problem_id}")
async def read_problem(request: web.Request, problem_id: Id) -> ProblemOut:
    """One problem: every step, who, when, with what evidence, and what I may do next."""
    return await _out(await viewer(request), problem_id, now(request))


@routes.add("GET", "/problems/{problem_id}/receipts")
async def list_receipts(request: web.Request, problem_id: Id) -> list[ReceiptOut]:
    """What became of every push about this problem, oldest first."""
    whole = await queries.whole(await viewer(request), problem_id)
    told = await receipts(await of_subject("problem", whole.problem.id))
    return [
        ReceiptOut.model_validate(receipt, from_attributes=True)
        for notice_id in sorted(told)
        for receipt in told[notice_id]
    ]


@routes.add("POST", "/problems", status=201, errors=(200, 404, 409))
async def report_problem(request: web.Request, body: ReportIn) -> Answered[ProblemOut]:
    """Report something wrong at a school, outside a visit. Sent again with the same request id: 200."""
    who = await viewer(request)
    found = actions.Found("report", body.title, body.words, Severity.GENERAL, tuple(body.photos))
    problem, new = await actions.report(who, body.school_id, found, body.request_id, now(request))
    await check_now(request, problem.id)
    return Answered(await _out(who, problem.id, now(request)), 201 if new else 200)


Verb = Callable[[Viewer, int, actions.Act, datetime], Awaitable[Problem]]


async def _make(request: web.Request, verb: Verb, problem_id: int, body: ActIn) -> ProblemOut:
    who = await viewer(request)
    act = actions.Act(body.request_id, body.words, tuple(body.photos))
    await verb(who, problem_id, act, now(request))
    if act.words:
        await check_now(request, problem_id)
    return await _out(who, problem_id, now(request))


@routes.add("POST", "/problems/{problem_id}/submit", errors=(409,))
async def submit_rectification(request: web.Request, problem_id: Id, body: ActIn) -> ProblemOut:
    """Submit the rectification, with photos."""
    return await _make(request, actions.submit_rectification, problem_id, body)


@routes.add("POST", "/problems/{problem_id}/close", errors=(409,))
async def close_problem(request: web.Request, problem_id: Id, body: ActIn) -> ProblemOut:
    """Verify and close (销号)."""
    return await _make(request, actions.close_problem, problem_id, body)


@routes.add("POST", "/problems/{problem_id}/return", errors=(409,))
async def return_rectification(request: web.Request, problem_id: Id, body: ActIn) -> ProblemOut:
    """Return a rectification that falls short (整改不到位), saying why."""
    return await _make(request, actions.return_rectification, problem_id, body)


@routes.add("POST", "/problems/{problem_id}/appeal", errors=(409,))
async def appeal_problem(request: web.Request, problem_id: Id, body: ActIn) -> ProblemOut:
    """State the school's defence (申辩); the clock stands."""
    return await _make(request, actions.appeal, problem_id, body)


@routes.add("POST", "/problems/{problem_id}/uphold", errors=(409,))
async def uphold_appeal(request: web.Request, problem_id: Id, body: ActIn) -> ProblemOut:
    """Uphold the appeal: the finding is cancelled."""
    return await _make(request, actions.uphold_appeal, problem_id, body)


@routes.add("POST", "/problems/{problem_id}/reject", errors=(409,))
async def reject_appeal(request: web.Request, problem_id: Id, body: ActIn) -> ProblemOut:
    """Reject the appeal: the clock goes on."""
    return await _make(request, actions.reject_appeal, problem_id, body)


@routes.add("POST", "/problems/{problem_id}/reopen", errors=(409,))
async def reopen_problem(request: web.Request, problem_id: Id, body: ActIn) -> ProblemOut:
    """Say that it is not solved (没解决)."""
    return await _make(request, actions.reopen, problem_id, body)


@routes.add("POST", "/problems/{problem_id}/reschedule", errors=(409,))
async def reschedule_problem(request: web.Request, problem_id: Id, body: RescheduleIn) -> ProblemOut:
    """Move the deadline to another working day, with a reason; what has not been sent of the old one is not."""
    who = await viewer(request)
    act = actions.Act(body.request_id, body.words)
    await actions.reschedule(who, problem_id, act, body.due_on, now(request))
    return await _out(who, problem_id, now(request))


async def _out(who: Viewer, problem_id: int, at: datetime) -> ProblemOut:
    whole = await queries.whole(who, problem_id)
    line = _line(whole.problem, whole.school.name)
    return ProblemOut(
        **line.model_dump(),
        steps=whole.steps,
        may=whole.may,
        photo_mark=mark(whole.awaited),
        awaited=whole.awaited,
        repeats=whole.repeats,
        next=[
            NextOut(
                level=one.level.name, said=one.level.said, posts=list(one.level.posts), at=max(one.at, at)
            )
            for one in whole.waiting
        ],
        next_said=sayings.next_of(whole.problem.state, whole.waiting, at),
    )


def _line(row: Problem, school_name: str) -> ProblemLine:
    derived = {"school_name": school_name, "state_name": STATE_NAMES[row.state]}
    columns = {name: getattr(row, name) for name in ProblemLine.model_fields if name not in derived}
    return ProblemLine(**columns, **derived)
