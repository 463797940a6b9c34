"""The verbs of orders from above: issue, answer, return, settle, withdraw. Each is one transaction."""

from dataclasses import dataclass
from datetime import date, datetime

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from models.dispatch import states
from models.dispatch.states import OrderMove, OrderState, Step
from models.dispatch.tables import DispatchOrder
from models.errors import Forbidden, Invalid, NotFound, RequestReused
from models.evidence.actions import attach
from models.evidence.tables import Purpose
from models.journal.actions import record
from models.journal.queries import taken
from models.notices import actions as notices
from models.notices.actions import Subject, Telling
from models.organisations.actions import place_key
from models.organisations.tables import Division, Post, School
from models.people import access
from models.people.access import Held, Viewer
from models.people.rights import Right
from models.policies.calendar import beijing_date, closing_of, spoken
from models.problems.actions import WordsNeeded
from models.problems.tables import Problem

KINDS = ("dispatch_issued", "dispatch_answered", "dispatch_returned", "dispatch_settled")


class NobodyThere(Invalid):
    code = "nobody_there"
    sentence = "{place}还没有设这个岗位，没有人能收到。请先登记人员。"


class DayOver(Invalid):
    code = "day_over"
    sentence = "答复期限不能早于今天。"


class NotAbove(Invalid):
    code = "not_above"
    sentence = "只能对下级单位或学校调度。"


@dataclass(frozen=True)
class Draft:
    """An order to be issued, about a school or a division. `signed`: the signer's own name, above a reminder.

    `prior_id`: the order before it in the same matter. `skip_reason`: why a step is left out.
    """

    request_id: str
    step: Step
    school_id: int | None
    division_code: str | None
    title: str
    words: str
    due_on: date
    problem_id: int | None = None
    prior_id: int | None = None
    signed: str = ""
    skip_reason: str = ""


@dataclass(frozen=True)
class Act:
    """What a person says with a move. The request id makes a repeated sending harmless."""

    request_id: str
    words: str = ""
    photo_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Addressed:
    held: Held
    school: School | None
    division: Division
    post: Post


async def issue(viewer: Viewer, draft: Draft, now: datetime) -> tuple[DispatchOrder, bool]:
    """Issue an order; its addressee is told at once. Returns it and whether it is new.

    Raises SignatureNeeded for anything above a reminder that its signer does not stand for by name.
    """
    to = await _addressed(viewer, draft)
    states.check_signed(draft.step, draft.signed, viewer.name)
    key = f"{viewer.bound}:{draft.request_id}"
    known = await _known(key, draft)
    if known is not None:
        return known, False
    due_at = closing_of(draft.due_on)
    if due_at <= now:
        raise DayOver
    prior = await _prior(viewer, draft)
    states.check_step(draft.step, prior, draft.skip_reason)
    try:
        async with in_transaction():
            return await _issue(viewer, draft, to, key, due_at, now), True
    except IntegrityError:
        known = await _known(key, draft)
        if known is None:
            raise
        return known, False


async def _issue(
    viewer: Viewer, draft: Draft, to: _Addressed, key: str, due_at: datetime, now: datetime
) -> DispatchOrder:
    order = await DispatchOrder.create(
        request_key=key, step=draft.step, state=OrderState.ISSUED, school_id=draft.school_id,
        division_code=to.division.code, post_id=to.post.id, problem_id=draft.problem_id,
        prior_id=draft.prior_id, title=draft.title, words=draft.words, skip_reason=draft.skip_reason,
        signed_by=viewer.bound, signer_post_id=to.held.post_id, signer_division=to.held.division_code or "", issued_at=now, due_at=due_at,
    )  # fmt: skip
    facts = {
        "step": draft.step.value, "title": draft.title, "words": draft.words, "due_at": due_at.isoformat(),
        "signed": draft.signed, "skip_reason": draft.skip_reason,
    }  # fmt: skip
    await record(
        "dispatch", order.id, OrderMove.ISSUE.value, now, school_id=draft.school_id, person_id=viewer.person_id,
        post_id=to.held.post_id, facts=facts,
    )  # fmt: skip
    await _tell("dispatch_issued", order, to.post.id, now)
    return order


async def _addressed(viewer: Viewer, draft: Draft) -> _Addressed:
    """Who is asked, and the viewer's post above them; NotFound or Forbidden where there is none."""
    if draft.school_id is not None:
        school = await access.school(viewer, draft.school_id)
        held = await access.require(viewer, Right.DISPATCH, school)
        division = await Division.get(code=school.county_code)
        place, kind, key = school.name, states.AT_SCHOOL, place_key(states.AT_SCHOOL, school_id=school.id)
    else:
        code = draft.division_code or ""
        school, held = None, access.division(viewer, code, Right.DISPATCH)
        found = await Division.get_or_none(code=code)
        if found is None:
            raise NotFound
        division, place = found, found.name
        if held.division_code == code and draft.step is not Step.TRANSFER:
            raise NotAbove
        kind = states.OF_WIDTH.get(len(code), states.TAKES_LEADS)
        key = place_key(kind, division_code=code)
    if draft.step is Step.TRANSFER:
        kind = states.TAKES_LEADS
        key = place_key(kind, division_code=division.code)
    post = await Post.get_or_none(place_key=key)
    if post is None:
        raise NobodyThere(place=place if draft.step is not Step.TRANSFER else f"{division.name}市场监管")
    return _Addressed(held, school, division, post)


async def _prior(viewer: Viewer, draft: Draft) -> Step | None:
    """The step reached in the matter; NotFound for another place's order or problem."""
    if draft.problem_id is not None and not await Problem.exists(
        id=draft.problem_id, school_id=draft.school_id
    ):
        raise NotFound
    if draft.prior_id is None:
        return None
    prior = await DispatchOrder.get_or_none(id=draft.prior_id)
    if prior is None or prior.school_id != draft.school_id:
        raise NotFound
    if draft.school_id is None and prior.division_code != draft.division_code:
        raise NotFound
    return prior.step if prior.state is not OrderState.WITHDRAWN else None


async def _known(key: str, draft: Draft) -> DispatchOrder | None:
    known = await DispatchOrder.get_or_none(request_key=key)
    if known is None:
        return None
    said = (draft.step, draft.school_id, draft.title, draft.words)
    if said != (known.step, known.school_id, known.title, known.words):
        raise RequestReused
    return known


async def answer(viewer: Viewer, order_id: int, act: Act, now: datetime) -> DispatchOrder:
    """The addressee answers in words, and of a school with photos; who signed is told."""
    _want_words(act, "怎么办的")
    async with in_transaction():
        order, post_id = await _take(viewer, order_id, OrderMove.ANSWER, act)
        if post_id is None:
            return order
        await _move(
            viewer, order, post_id, OrderMove.ANSWER, act, now, answered_by=viewer.bound, answered_at=now
        )
        await _tell("dispatch_answered", order, order.signer_post_id, now, order.signed_by)
        return order


async def return_answer(
    viewer: Viewer, order_id: int, act: Act, due_on: date, now: datetime
) -> DispatchOrder:
    """The answer falls short: back with a reason and another day."""
    _want_words(act, "退回的理由")
    due_at = closing_of(due_on)
    if due_at <= now:
        raise DayOver
    async with in_transaction():
        order, post_id = await _take(viewer, order_id, OrderMove.RETURN, act)
        if post_id is None:
            return order
        await _move(viewer, order, post_id, OrderMove.RETURN, act, now, due_at=due_at, cycle=order.cycle + 1)
        await _tell("dispatch_returned", order, order.post_id, now)
        return order


async def settle(viewer: Viewer, order_id: int, act: Act, now: datetime) -> DispatchOrder:
    """The matter is done with; the addressee is told."""
    return await _end(viewer, order_id, OrderMove.SETTLE, act, now)


async def withdraw(viewer: Viewer, order_id: int, act: Act, now: datetime) -> DispatchOrder:
    """Take an order back before it is answered, saying why; what has not gone out does not."""
    _want_words(act, "撤回的理由")
    return await _end(viewer, order_id, OrderMove.WITHDRAW, act, now)


async def _end(viewer: Viewer, order_id: int, move: OrderMove, act: Act, now: datetime) -> DispatchOrder:
    async with in_transaction():
        order, post_id = await _take(viewer, order_id, move, act)
        if post_id is None:
            return order
        await _move(viewer, order, post_id, move, act, now, ended_at=now)
        await notices.withdraw(await _subject(order), KINDS, now)
        if move is OrderMove.SETTLE:
            await _tell("dispatch_settled", order, order.post_id, now)
        return order


def moves(viewer: Viewer, order: DispatchOrder) -> list[OrderMove]:
    """What the viewer may do next."""
    return [move for move in states.moves_from(order.state) if _post_for(viewer, order, move) is not None]


def _post_for(viewer: Viewer, order: DispatchOrder, move: OrderMove) -> int | None:
    """The post on which the viewer may make a move: the addressee's for an answer, else one above it."""
    if move is OrderMove.ANSWER:
        return order.post_id if any(held.post_id == order.post_id for held in viewer.posts) else None
    for held in viewer.with_right(Right.DISPATCH):
        over = held.division_code is not None and order.division_code.startswith(held.division_code)
        # a county does not settle what its prefecture asked of one of its schools
        if over and (held.post_id == order.signer_post_id or _higher(held, order)):
            return held.post_id
    return None


def _higher(held: Held, order: DispatchOrder) -> bool:
    return held.division_code is not None and len(held.division_code) < len(order.signer_division)


async def _take(viewer: Viewer, order_id: int, move: OrderMove, act: Act) -> tuple[DispatchOrder, int | None]:
    """The order, locked, and the post for the move; None: this very request was carried out before.

    NotFound for those whom the order does not concern, Forbidden for those whom it does.
    """
    order = await DispatchOrder.filter(id=order_id).select_for_update().first()
    if order is None or not concerns(viewer, order):
        raise NotFound
    post_id = _post_for(viewer, order, move)
    if post_id is None:
        raise Forbidden(right=Right.DISPATCH.value)
    before = await taken(f"{viewer.bound}:{act.request_id}")
    if before is None:
        states.after(order.state, move)
        return order, post_id
    if (before.subject_id, before.verb, before.facts.get("words")) != (order.id, move.value, act.words):
        raise RequestReused
    return order, None


def concerns(viewer: Viewer, order: DispatchOrder) -> bool:
    """Whether the viewer may read an order: who is asked, and those above who read dispatch."""
    return any(held.post_id == order.post_id for held in viewer.posts) or any(
        held.division_code is not None and order.division_code.startswith(held.division_code)
        for held in viewer.with_right(Right.READ_DISPATCH)
    )


async def _move(
    viewer: Viewer,
    order: DispatchOrder,
    post_id: int,
    move: OrderMove,
    act: Act,
    now: datetime,
    **changes: object,
) -> None:
    order.state = states.after(order.state, move)
    order.update_from_dict(changes)
    await order.save(update_fields=["state", *changes])
    if act.photo_keys:
        if order.school_id is None:
            raise NotFound
        await attach(viewer, order.school_id, act.photo_keys, Purpose.PROBLEM, "dispatch", order.id, now)
    await record(
        "dispatch", order.id, move.value, now, school_id=order.school_id, person_id=viewer.person_id,
        post_id=post_id, facts={"words": act.words, "photos": list(act.photo_keys)},
        request_key=f"{viewer.bound}:{act.request_id}",
    )  # fmt: skip


async def _tell(
    kind: str, order: DispatchOrder, post_id: int, now: datetime, person_id: int | None = None
) -> None:
    """Tell one post, or one holder of it, once for each turn of the order."""
    division = await Division.get(code=order.division_code)
    school = await School.get_or_none(id=order.school_id) if order.school_id else None
    facts = {
        "school": school.name if school else division.name,
        "title": f"{states.STEP_NAMES[order.step]}：{order.title}",
        "due": spoken(order.due_at),
    }
    key = f"{kind}:{order.id}:{order.cycle}"
    telling = Telling(kind, key, await _subject(order), (), facts, post_id=post_id, person_id=person_id)
    await notices.put_all([telling], now, beijing_date(now))


async def _subject(order: DispatchOrder) -> Subject:
    return Subject("dispatch", order.id, order.school_id, order.division_code)


def _want_words(act: Act, what: str) -> None:
    if not act.words.strip():
        raise WordsNeeded(what=what)
