"""Alerts (预警): mine, a school's, a division's; answering, muting, and trying rules before they are switched on."""

from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from miniapp_api.context import now, viewer
from miniapp_api.registry import Input, Routes
from miniapp_api.types import (
    Day,
    DivisionCode,
    Id,
    Instant,
    Month,
    Page,
    PageQuery,
    PhotoName,
    Reason,
    RequestId,
    Words,
    page,
)
from models.alerts import actions, queries, trials
from models.alerts.declaring import CADENCE_NAMES, SORT_NAMES, Cadence, Rule, Sort, Subject
from models.alerts.filling import FillWay, fills
from models.alerts.queries import Line, Tally, Wanted
from models.alerts.rules import BY_CODE, RULES
from models.alerts.states import STATE_NAMES, Answer, State, Switch
from models.alerts.switches import switches
from models.organisations.tables import PostKind
from models.people.queries import names
from models.people.rights import POST_NAMES
from models.policies.calendar import beijing_date
from models.problems.tables import Severity

routes = Routes("alerts")

RuleCode = Annotated[str, StringConstraints(pattern=r"^[a-z_]{3,24}$")]


class RuleOut(BaseModel):
    """One rule. `aspects`: forms of the ledger whose entry answers it; `opens`: whether 确实没有 opens a problem."""

    code: str
    number: int
    name: str
    level: Severity
    owner: PostKind
    owner_name: str
    source: str
    cadence: Cadence
    cadence_name: str
    subject: Subject
    aspects: list[str]
    opens: bool
    switch: Switch


class FillOut(BaseModel):
    """An entry that answers an alert: of a form of the ledger, for a Beijing date. `correct`: there is one to be put
    right; `register`: a row of that register."""

    form: str
    name: str
    way: FillWay
    on: date


class AlertOut(BaseModel):
    """One alert. `place`: the school, or the county for its own. `mine`: whether I answer it; `fills`: with what."""

    id: int
    rule: str
    name: str
    number: int
    school_id: int | None
    county_code: str
    place: str
    level: Severity
    owner: PostKind
    sort: Sort
    sort_name: str
    said: str
    facts: dict[str, object]
    row_id: int | None
    aspects: list[str]
    fills: list[FillOut]
    opens: bool
    state: State
    state_name: str
    raised_at: Instant
    ended_at: Instant | None
    answer: Answer | None
    answered_at: Instant | None
    problem_id: int | None
    muted_until: date | None
    muted_reason: str | None
    mine: bool


class StepOut(BaseModel):
    """What somebody did about an alert."""

    at: Instant
    verb: str
    who: str | None
    facts: dict[str, object]


class WholeOut(AlertOut):
    steps: list[StepOut]


class TallyOut(BaseModel):
    """Open alerts by sort, those answered while the fact is still there, and those kept quiet."""

    code: str
    name: str
    no_record: int
    defect: int
    contradiction: int
    answered: int
    muted: int


@routes.add("GET", "/alert-rules")
async def list_alert_rules(request: web.Request) -> list[RuleOut]:
    """Every rule, by number, and whether it is on."""
    await viewer(request)
    found = await switches()
    return [_rule(rule, found[rule.code]) for rule in RULES]


def _rule(rule: Rule, switch: Switch) -> RuleOut:
    return RuleOut(
        code=rule.code, number=rule.number, name=rule.name, level=rule.level, owner=rule.owner,
        owner_name=POST_NAMES[rule.owner], source=rule.source, cadence=rule.cadence,
        cadence_name=CADENCE_NAMES[rule.cadence], subject=rule.subject, aspects=list(rule.aspects),
        opens=rule.opens, switch=switch,
    )  # fmt: skip


class SwitchIn(Input):
    to: Switch


@routes.add("PUT", "/alert-rules/{rule_code}/switch", status=204)
async def switch_alert_rule(request: web.Request, rule_code: RuleCode, body: SwitchIn) -> None:
    """Switch a rule on, off or to trials only; with it off, its open alerts are withdrawn. The province's."""
    await actions.switch(await viewer(request), rule_code, body.to, now(request))


@routes.add("GET", "/alerts")
async def list_my_alerts(request: web.Request, query: PageQuery) -> Page[AlertOut]:
    """Open alerts that my posts answer, newest first."""
    who = await viewer(request)
    assert who.bound
    today = beijing_date(now(request))
    return _page(await queries.mine(who, today, query.before, query.limit), query.limit, today)


class AlertQuery(PageQuery):
    """Without a state: those open or answered. `muted`: those kept quiet, and no others."""

    rule: RuleCode | None = None
    sort: Sort | None = None
    state: State | None = None
    muted: bool = False

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.rule, self.sort, self.state, self.muted, self.before, self.limit)


@routes.add("GET", "/schools/{school_id}/alerts")
async def list_school_alerts(request: web.Request, school_id: Id, query: AlertQuery) -> Page[AlertOut]:
    """A school's alerts that I may read, newest first."""
    today = beijing_date(now(request))
    found = await queries.of_school(await viewer(request), school_id, query.wanted, today)
    return _page(found, query.limit, today)


@routes.add("GET", "/divisions/{code}/alerts")
async def list_division_alerts(request: web.Request, code: DivisionCode, query: AlertQuery) -> Page[AlertOut]:
    """Alerts of a division's schools and of its own, newest first."""
    today = beijing_date(now(request))
    found = await queries.of_division(await viewer(request), code, query.wanted, today)
    return _page(found, query.limit, today)


def _page(found: list[Line], limit: int, today: date) -> Page[AlertOut]:
    return page([_alert(line, today) for line in found], [line.row.id for line in found], limit)


def _alert(line: Line, today: date) -> AlertOut:
    row, rule = line.row, BY_CODE[line.row.rule]
    return AlertOut(
        id=row.id, rule=rule.code, name=rule.name, number=rule.number, school_id=row.school_id,
        county_code=row.county_code, place=line.place, level=row.level, owner=PostKind(row.owner),
        sort=row.sort, sort_name=SORT_NAMES[row.sort], said=line.said, facts=row.facts, row_id=row.row_id,
        aspects=list(rule.aspects),
        fills=[FillOut(**vars(one)) for one in fills(rule, row.sort, row.facts, today)],
        opens=rule.opens, state=row.state, state_name=STATE_NAMES[row.state],
        raised_at=row.raised_at, ended_at=row.ended_at, answer=row.answer, answered_at=row.answered_at,
        problem_id=row.problem_id, muted_until=row.muted_until, muted_reason=row.muted_reason, mine=line.mine,
    )  # fmt: skip


@routes.add("GET", "/divisions/{code}/alerts/counts")
async def count_division_alerts(request: web.Request, code: DivisionCode) -> list[TallyOut]:
    """Alerts of the divisions just below one (of a county: its own), the three sorts apart, by code."""
    found = await queries.tally(await viewer(request), code, beijing_date(now(request)))
    return [_tally(one, one.name) for one in found]


@routes.add("GET", "/divisions/{code}/alerts/rules")
async def count_alerts_by_rule(request: web.Request, code: DivisionCode) -> list[TallyOut]:
    """A division's alerts by rule, the three sorts apart."""
    found = await queries.tally_by_rule(await viewer(request), code, beijing_date(now(request)))
    return [_tally(one, BY_CODE[one.code].name) for one in found]


def _tally(one: Tally, name: str) -> TallyOut:
    return TallyOut(
        code=one.code, name=name, no_record=one.no_record, defect=one.defect,
        contradiction=one.contradiction, answered=one.answered, muted=one.muted,
    )  # fmt: skip


@routes.add("GET", "/alerts/{alert_id}")
async def read_alert(request: web.Request, alert_id: Id) -> WholeOut:
    """An alert with what was done about it."""
    return await _whole(request, alert_id)


async def _whole(request: web.Request, alert_id: int) -> WholeOut:
    found = await queries.one(await viewer(request), alert_id)
    who = await names({step.person_id for step in found.steps if step.person_id is not None})
    steps = [
        StepOut(at=step.at, verb=step.verb, who=who.get(step.person_id or 0), facts=step.facts)
        for step in found.steps
    ]
    return WholeOut(**_alert(found.line, beijing_date(now(request))).model_dump(), steps=steps)


class AnswerIn(Input):
    """已补填 names the entry (or the register's row); 照片 names photos; 确实没有 may have both photos and words."""

    request_id: RequestId
    answer: Answer
    entry_id: Id | None = None
    photos: Annotated[list[PhotoName], Field(max_length=6)] = []
    words: Words = ""


@routes.add("POST", "/alerts/{alert_id}/answer", errors=(409,))
async def answer_alert(request: web.Request, alert_id: Id, body: AnswerIn) -> WholeOut:
    """Answer in one tap: with an entry, a photo, or 确实没有, which opens a problem. Sent again: the same."""
    said = actions.Said(body.request_id, body.answer, body.entry_id, tuple(body.photos), body.words)
    await actions.answer(await viewer(request), alert_id, said, now(request))
    return await _whole(request, alert_id)


class MuteIn(Input):
    reason: Reason
    until_on: Day


@routes.add("POST", "/alerts/{alert_id}/mute", errors=(409,))
async def mute_alert(request: web.Request, alert_id: Id, body: MuteIn) -> WholeOut:
    """Keep an alert quiet until a date, inclusive, with a reason."""
    await actions.mute(await viewer(request), alert_id, body.until_on, body.reason, now(request))
    return await _whole(request, alert_id)


@routes.add("POST", "/alerts/{alert_id}/unmute")
async def unmute_alert(request: web.Request, alert_id: Id) -> WholeOut:
    """Let a muted alert be heard again."""
    await actions.unmute(await viewer(request), alert_id, now(request))
    return await _whole(request, alert_id)


class TrialIn(Input):
    rule: RuleCode
    month: Month


class TrialOut(BaseModel):
    """What a rule would have raised in a month, by sort. `done_at` null: it is being worked out."""

    id: int
    rule: str
    name: str
    division_code: str
    month: str
    asked_at: Instant
    done_at: Instant | None
    no_record: int
    defect: int
    contradiction: int
    withdrew: int


class TrialLine(BaseModel):
    """One alert that a trial would have raised, when, and when it would have withdrawn itself."""

    id: int
    school_id: int | None
    place: str
    sort: Sort
    sort_name: str
    said: str
    raised_at: Instant
    ended_at: Instant | None


@routes.add("POST", "/divisions/{code}/alert-trials", status=202)
async def ask_trial(request: web.Request, code: DivisionCode, body: TrialIn) -> TrialOut:
    """Try a rule on a past month of a division: nobody is told."""
    who = await viewer(request)
    trial_id = await trials.ask(who, body.rule, code, body.month, now(request))
    return _trial(await trials.outcome(who, trial_id))


@routes.add("GET", "/divisions/{code}/alert-trials")
async def list_trials(request: web.Request, code: DivisionCode) -> list[TrialOut]:
    """The trials of a division and those below it, newest first."""
    return [_trial(one) for one in await trials.outcomes(await viewer(request), code)]


@routes.add("GET", "/alert-trials/{trial_id}/alerts")
async def list_trial_alerts(request: web.Request, trial_id: Id, query: PageQuery) -> Page[TrialLine]:
    """What a trial would have raised, newest first."""
    found = await trials.raised(await viewer(request), trial_id, query.before, query.limit)
    return page([_trial_line(one) for one in found], [one.row.id for one in found], query.limit)


def _trial_line(one: Line) -> TrialLine:
    row = one.row
    return TrialLine(
        id=row.id, school_id=row.school_id, place=one.place, sort=row.sort, sort_name=SORT_NAMES[row.sort],
        said=one.said, raised_at=row.raised_at, ended_at=row.ended_at,
    )  # fmt: skip


def _trial(one: trials.Outcome) -> TrialOut:
    return TrialOut(
        id=one.id, rule=one.rule, name=BY_CODE[one.rule].name, division_code=one.division_code, month=one.month,
        asked_at=one.asked_at, done_at=one.done_at, no_record=one.by_sort[Sort.NO_RECORD],
        defect=one.by_sort[Sort.DEFECT], contradiction=one.by_sort[Sort.CONTRADICTION], withdrew=one.withdrew,
    )  # fmt: skip
