"""Satisfaction surveys (满意度测评): my children and answers, rounds, results."""

import logging
import secrets
from datetime import date
from typing import Annotated, Literal

from aiohttp import web
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from bot.wechat.client import Suggestion
from bot.wechat.errors import ReplyLost, Unreachable, WeChatError
from miniapp_api.context import context, now, viewer
from miniapp_api.registry import Answered, Input, Routes
from miniapp_api.types import DivisionCode, Id, Line, Reason, RequestId, Words, plain
from models.errors import NotFound
from models.people.access import Viewer
from models.policies.calendar import beijing_date
from models.surveys import actions, queries, rounds, rules
from models.surveys.figures import Figure
from models.surveys.questionnaires import QUESTIONNAIRES, questionnaire
from models.surveys.questionnaires.declaration import QuestionKind, Questionnaire
from models.surveys.tables import RemarkState, RoundState

routes = Routes("surveys")
log = logging.getLogger(__name__)
CHANCE = secrets.SystemRandom()

REMARKS = {
    Suggestion.FINE: RemarkState.SHOWN,
    Suggestion.REVIEW: RemarkState.WAITING,
    Suggestion.RISKY: RemarkState.REFUSED,
}


def _near(day: date) -> date:
    if not 2020 <= day.year <= 2100:
        raise ValueError("日期超出范围")
    return day


ClassName = Annotated[
    str, StringConstraints(max_length=10, strip_whitespace=True), AfterValidator(plain)
]  # fmt: skip
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{2}$")]
Term = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(autumn|spring)$")]
Day = Annotated[date, AfterValidator(_near)]


class ChildIn(Input):
    """`grade`: −3 小班, −2 中班, −1 大班, 1 to 12. No name: the class is for telling two children apart."""

    request_id: RequestId
    school_id: Id
    grade: Annotated[int, Field(ge=-3, le=12)]
    class_name: ClassName = ""


class ChildOut(BaseModel):
    """`grade` null: it has left the school's last grade."""

    id: int
    school_id: int
    school_name: str
    grade: int | None
    grade_name: str
    class_name: str


class AskedOut(BaseModel):
    round_id: int
    title: str
    closes_on: date
    form_version: int
    child: ChildOut
    answered: bool


class AnswerIn(Input):
    """Marks by question: 100, 80, 60, 40, 20, or 0 to 10 where it says so. The grade is the child's own."""

    child_id: Id
    form_version: Annotated[int, Field(ge=1, le=1000)]
    marks: Annotated[dict[Code, Annotated[int, Field(ge=0, le=100)]], Field(max_length=40)]
    days: Annotated[int, Field(ge=0, le=7)]
    channel: Annotated[str, StringConstraints(pattern=r"^[a-z]{1,10}$")]
    words: Words = ""


class Accepted(BaseModel):
    """`said` is for the guardian; nothing here leads to the answer."""

    said: str


class PlanIn(Input):
    """`title` empty: the term's usual one. Days are Beijing's, the last one included."""

    title: Annotated[Line, Field(max_length=40)] = ""
    opens_on: Day
    closes_on: Day


class Planned(BaseModel):
    id: int


class MoveIn(Input):
    opens_on: Day
    closes_on: Day


class CancelIn(Input):
    reason: Reason


class QuestionOut(BaseModel):
    """`top_share`: 非常满意 and 满意, or 9 and 10. `foot_share`: the lowest two steps, or 0 to 6."""

    code: str
    title: str
    kind: QuestionKind
    mean: float
    top_share: float
    foot_share: float


class GroupOut(BaseModel):
    n: int
    invited: int
    response_rate: float
    questions: list[QuestionOut]


class GradeOut(GroupOut):
    grade: int
    name: str


class TrendOut(BaseModel):
    """The first question, over the rounds."""

    round_id: int
    title: str
    term: str
    n: int
    response_rate: float
    mean: float
    top_share: float


class ResultOut(BaseModel):
    """`result` null with `note`: not counted yet, or fewer than five answers. Grades only where no
    difference could show fewer than five."""

    round_id: int
    title: str
    term: str
    state: RoundState
    opens_on: date
    closes_on: date
    note: str
    result: GroupOut | None
    grades: list[GradeOut]
    trend: list[TrendOut]


class PlaceOut(BaseModel):
    """`withheld`: schools with fewer than five answers, which no total contains."""

    code: str
    name: str
    schools: int
    withheld: int
    result: GroupOut | None


class RemarkOut(BaseModel):
    id: int
    words: str
    state: RemarkState


class RemarkDecision(Input):
    state: Literal["shown", "refused"]


class TermQuery(Input):
    """The term; the present one when left out."""

    term: Term | None = None


@routes.add("GET", "/questionnaires", signed_in=False)
async def list_questionnaires(request: web.Request) -> list[Questionnaire]:
    """Every version of the questionnaire, oldest first; a round keeps the version it was planned with."""
    return list(QUESTIONNAIRES)


@routes.add("GET", "/me/children")
async def list_children(request: web.Request) -> list[ChildOut]:
    """The children I answer for."""
    found = await queries.my_children(await viewer(request), beijing_date(now(request)))
    return [_child(one) for one in found]


@routes.add("POST", "/me/children", status=201, errors=(404, 409))
async def add_child(request: web.Request, body: ChildIn) -> ChildOut:
    """Say that I am a guardian of a pupil. Sent again with the same request id: the same child."""
    at, who = now(request), await viewer(request)
    today = beijing_date(at)
    child = await actions.add_child(
        who, body.school_id, body.grade, body.class_name, body.request_id, today, at
    )
    (mine,) = [one for one in await queries.my_children(who, today) if one.id == child.id]
    return _child(mine)


@routes.add("DELETE", "/me/children/{child_id}", status=204)
async def remove_child(request: web.Request, child_id: Id) -> None:
    """Say that I am no longer a guardian of this pupil."""
    at = now(request)
    await actions.remove_child(await viewer(request), child_id, beijing_date(at), at)


def _child(one: queries.MyChild) -> ChildOut:
    name = "已毕业" if one.grade is None else rules.GRADES[one.grade]
    return ChildOut(**vars(one), grade_name=name)


@routes.add("GET", "/me/surveys")
async def list_my_surveys(request: web.Request) -> list[AskedOut]:
    """Open rounds for each of my children, those I have not answered first."""
    found = await queries.asked_of_me(await viewer(request), beijing_date(now(request)))
    return [AskedOut(**{**vars(one), "child": _child(one.child)}) for one in found]


@routes.add("POST", "/surveys/{round_id}/answers", status=201, errors=(200, 409))
async def send_answer(request: web.Request, round_id: Id, body: AnswerIn) -> Answered[Accepted]:
    """Answer for a child, once. Sent again: 200, and the first answer stands, whatever was in either."""
    who, today = await viewer(request), beijing_date(now(request))
    answer = rules.Answer(body.form_version, body.marks, body.days, body.channel, body.words)
    seat = await actions.seat(who, round_id, body.child_id, answer, today)
    new = not seat.answered
    if new:
        outside = context(request)
        remark = await _checked(request, who, body.words) if body.words else RemarkState.SHOWN
        new = await actions.cast(who, seat, answer, remark, outside.seal, CHANCE, today)
    said = "已收到，谢谢。答卷不记名。" if new else "您已经为这个孩子答过这一轮，以第一次提交的为准。"
    return Answered(Accepted(said=said), 201 if new else 200)


async def _checked(request: web.Request, who: Viewer, words: str) -> RemarkState:
    """WeChat's judgement of words; where it gives none, they wait for an officer.

    Only now: WeChat wants the author's openid, which nobody has once the answer is in its envelope.
    """
    try:
        return REMARKS[await context(request).gateway.check_text(who.openid, words)]
    except (WeChatError, Unreachable, ReplyLost) as fault:
        log.warning("content check failed", extra={"fault": type(fault).__name__})
        return RemarkState.WAITING


@routes.add("GET", "/schools/{school_id}/surveys")
async def list_school_surveys(request: web.Request, school_id: Id) -> list[queries.RoundLine]:
    """The rounds of a school, newest first, and how many have taken part."""
    return await queries.rounds_of_school(await viewer(request), school_id, beijing_date(now(request)))


@routes.add("POST", "/schools/{school_id}/surveys", status=201, errors=(409,))
async def plan_school_survey(request: web.Request, school_id: Id, body: PlanIn) -> Planned:
    """Plan a round for one school."""
    at = now(request)
    made = await rounds.plan_school(
        await viewer(request), school_id, body.title, body.opens_on, body.closes_on, beijing_date(at), at
    )
    return Planned(id=made)


@routes.add("GET", "/divisions/{code}/surveys")
async def list_division_surveys(request: web.Request, code: DivisionCode) -> list[queries.RoundLine]:
    """The rounds in a division, newest first."""
    return await queries.rounds_of_division(await viewer(request), code)


@routes.add("POST", "/divisions/{code}/surveys", status=201, errors=(409,))
async def plan_division_survey(request: web.Request, code: DivisionCode, body: PlanIn) -> Planned:
    """Plan a round for every school of a division."""
    at = now(request)
    made = await rounds.plan_division(
        await viewer(request), code, body.title, body.opens_on, body.closes_on, beijing_date(at), at
    )
    return Planned(id=made)


@routes.add("POST", "/surveys/{round_id}/move", status=204, errors=(409,))
async def move_survey(request: web.Request, round_id: Id, body: MoveIn) -> None:
    """Give a round other dates; one that is open keeps the day it opened on."""
    at = now(request)
    await rounds.move(await viewer(request), round_id, body.opens_on, body.closes_on, beijing_date(at), at)


@routes.add("POST", "/surveys/{round_id}/cancel", status=204, errors=(409,))
async def cancel_survey(request: web.Request, round_id: Id, body: CancelIn) -> None:
    """Call a round off. What was answered stays sealed and is never counted."""
    await rounds.cancel(await viewer(request), round_id, body.reason, now(request))


@routes.add("GET", "/schools/{school_id}/surveys/{round_id}")
async def read_school_survey(request: web.Request, school_id: Id, round_id: Id) -> ResultOut:
    """What a round found at a school, after it closed: for its parents too."""
    found = await queries.result_of_school(await viewer(request), school_id, round_id)
    asked = questionnaire(found.round.form_version)
    return ResultOut(
        round_id=found.round.id,
        title=found.round.title,
        term=found.round.term,
        state=found.round.state,
        opens_on=found.round.opens_on,
        closes_on=found.round.closes_on,
        note="" if found.whole else _why_nothing(found.round.state),
        result=GroupOut(**_group(asked, found.whole)) if found.whole else None,
        grades=[
            GradeOut(**_group(asked, group), grade=grade, name=rules.GRADES[grade])
            for grade, group in sorted(found.grades.items())
        ],
        trend=[_trend(one.id, one.title, one.term, group) for one, group in found.trend],
    )


def _why_nothing(state: RoundState) -> str:
    if state is RoundState.CANCELLED:
        return "这一轮测评已取消，答卷不会启封。"
    if state is RoundState.COUNTED:
        return "不足5份答卷，为保护答卷人不公布。"
    return "测评结束后统一启封统计，届时公布。"


def _group(asked: Questionnaire, group: queries.Group) -> dict[str, object]:
    questions = [
        QuestionOut(
            code=one.code, title=one.title, kind=one.kind, **_shares(group.figures[one.code], group.n)
        )
        for one in asked.questions
        if one.code in group.figures
    ]
    return {
        "n": group.n,
        "invited": group.invited,
        "response_rate": _share(group.n, group.invited),
        "questions": questions,
    }


def _shares(figure: Figure, n: int) -> dict[str, float]:
    return {
        "mean": round(figure.total / n, 2),
        "top_share": _share(figure.top, n),
        "foot_share": _share(figure.foot, n),
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _trend(round_id: int, title: str, term: str, group: queries.Group) -> TrendOut:
    first = _shares(group.figures[min(group.figures)], group.n)
    return TrendOut(
        round_id=round_id,
        title=title,
        term=term,
        n=group.n,
        response_rate=_share(group.n, group.invited),
        mean=first["mean"],
        top_share=first["top_share"],
    )


@routes.add("GET", "/divisions/{code}/satisfaction")
async def read_satisfaction(request: web.Request, code: DivisionCode, query: TermQuery) -> list[PlaceOut]:
    """A term's results in the divisions just below one: sums of the schools that are shown."""
    if len(code) not in (2, 4, 6):
        raise NotFound
    term = query.term or rules.term_of(beijing_date(now(request)))
    found = await queries.result_of_division(await viewer(request), code, term)
    asked = QUESTIONNAIRES[-1]
    return [
        PlaceOut(
            code=one.code,
            name=one.name,
            schools=one.schools,
            withheld=one.withheld,
            result=GroupOut(**_group(asked, one.group)) if one.group.n else None,
        )
        for one in found
    ]


@routes.add("GET", "/schools/{school_id}/surveys/{round_id}/remarks")
async def list_remarks(request: web.Request, school_id: Id, round_id: Id) -> list[RemarkOut]:
    """Guardians' words to the head and the officers, in no order, after at least five have answered."""
    found = await queries.remarks(await viewer(request), school_id, round_id)
    return [RemarkOut(id=one.id, words=one.words, state=one.state) for one in found]


@routes.add("POST", "/survey-remarks/{remark_id}/decide", status=204)
async def decide_remark(request: web.Request, remark_id: Id, body: RemarkDecision) -> None:
    """Show or refuse words that wait for an officer."""
    await actions.decide_remark(await viewer(request), remark_id, RemarkState(body.state), now(request))
