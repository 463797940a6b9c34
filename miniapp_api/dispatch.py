"""Orders from above (调度): issued on a step of the ladder, answered, settled."""

from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from miniapp_api.context import now, viewer
from miniapp_api.registry import Answered, Input, Routes
from miniapp_api.types import (
    Day,
    DivisionCode,
    Id,
    Instant,
    Line,
    Page,
    PageQuery,
    PhotoName,
    RequestId,
    Words,
    page,
    plain,
)
from models.dispatch import actions, queries
from models.dispatch.states import STATE_NAMES, STEP_NAMES, OrderMove, OrderState, Step
from models.organisations.tables import PostKind
from models.people.access import Viewer
from models.people.rights import POST_NAMES
from models.policies.calendar import beijing_date

routes = Routes("dispatch")


class OrderIn(Input):
    """About a school, or a division below mine: one of `school_id` and `division`.

    `signed`: my own name, for every step above a reminder. `prior_id`: the order before it in the same matter.
    `skip_reason`: why a step of the ladder is left out.
    """

    request_id: RequestId
    step: Step
    school_id: Id | None = None
    division: DivisionCode | None = None
    title: Annotated[
        str, StringConstraints(min_length=2, max_length=60, strip_whitespace=True), AfterValidator(plain)
    ]
    words: Annotated[
        str, StringConstraints(min_length=2, max_length=1000, strip_whitespace=True), AfterValidator(plain)
    ]
    due_on: Day
    problem_id: Id | None = None
    prior_id: Id | None = None
    signed: Line = ""
    skip_reason: Annotated[
        str, StringConstraints(max_length=200, strip_whitespace=True), AfterValidator(plain)
    ] = ""


class OrderActIn(Input):
    request_id: RequestId
    words: Words = ""
    photos: Annotated[list[PhotoName], Field(max_length=6)] = []


class OrderReturnIn(Input):
    request_id: RequestId
    words: Words
    due_on: Day


class OrderLineOut(BaseModel):
    """`overdue`: not answered in time."""

    id: int
    step: Step
    step_name: str
    state: OrderState
    state_name: str
    school_id: int | None
    division_code: str
    place: str
    title: str
    problem_id: int | None
    prior_id: int | None
    issued_at: Instant
    due_at: Instant
    overdue: bool


class OrderStepOut(BaseModel):
    at: Instant
    move: OrderMove
    who: str | None
    post_name: str
    words: str
    photos: list[str]


class OrderOut(OrderLineOut):
    """`sent`: deliveries of its notices, `reached`: those that a channel brought."""

    words: str
    skip_reason: str
    signer: str
    signer_post_name: str
    asked: PostKind
    asked_name: str
    asked_people: list[str]
    steps: list[OrderStepOut]
    may: list[OrderMove]
    reached: int
    sent: int


class OrderQuery(PageQuery):
    division: DivisionCode


@routes.add("GET", "/dispatch", errors=(404,))
async def list_orders(request: web.Request, query: OrderQuery) -> Page[OrderLineOut]:
    """Orders about a division of mine and all in it, newest first."""
    found = await queries.orders(await viewer(request), query.division, query.before, query.limit)
    return _page(request, found, query.limit)


@routes.add("GET", "/me/dispatch")
async def list_my_orders(request: web.Request, query: PageQuery) -> Page[OrderLineOut]:
    """Orders that ask something of a post of mine, newest first."""
    who = await viewer(request)
    _ = who.bound
    return _page(request, await queries.asked_of(who, query.before, query.limit), query.limit)


@routes.add("POST", "/dispatch", status=201, errors=(200, 404, 409))
async def issue_order(request: web.Request, body: OrderIn) -> Answered[OrderOut]:
    """Issue an order; whoever is asked is told. Sent again with the same request id: 200."""
    who = await viewer(request)
    draft = actions.Draft(
        body.request_id, body.step, body.school_id, body.division, body.title, body.words, body.due_on,
        body.problem_id, body.prior_id, body.signed, body.skip_reason,
    )  # fmt: skip
    order, new = await actions.issue(who, draft, now(request))
    return Answered(await _out(request, who, order.id), 201 if new else 200)


@routes.add("GET", "/dispatch/{order_id}")
async def read_order(request: web.Request, order_id: Id) -> OrderOut:
    """One order with what was answered."""
    return await _out(request, await viewer(request), order_id)


@routes.add("POST", "/dispatch/{order_id}/answer", errors=(409,))
async def answer_order(request: web.Request, order_id: Id, body: OrderActIn) -> OrderOut:
    """Answer an order in words, and of a school with photos."""
    who = await viewer(request)
    await actions.answer(who, order_id, _act(body), now(request))
    return await _out(request, who, order_id)


@routes.add("POST", "/dispatch/{order_id}/return", errors=(409,))
async def return_answer(request: web.Request, order_id: Id, body: OrderReturnIn) -> OrderOut:
    """Return an answer that falls short, saying why, with another day."""
    who = await viewer(request)
    act = actions.Act(body.request_id, body.words)
    await actions.return_answer(who, order_id, act, body.due_on, now(request))
    return await _out(request, who, order_id)


@routes.add("POST", "/dispatch/{order_id}/settle", errors=(409,))
async def settle_order(request: web.Request, order_id: Id, body: OrderActIn) -> OrderOut:
    """The matter is done with."""
    who = await viewer(request)
    await actions.settle(who, order_id, _act(body), now(request))
    return await _out(request, who, order_id)


@routes.add("POST", "/dispatch/{order_id}/withdraw", errors=(409,))
async def withdraw_order(request: web.Request, order_id: Id, body: OrderActIn) -> OrderOut:
    """Take an order back before it is answered, saying why."""
    who = await viewer(request)
    await actions.withdraw(who, order_id, _act(body), now(request))
    return await _out(request, who, order_id)


def _act(body: OrderActIn) -> actions.Act:
    return actions.Act(body.request_id, body.words, tuple(body.photos))


def _page(request: web.Request, found: list[queries.OrderLine], limit: int) -> Page[OrderLineOut]:
    return page([_line(request, one) for one in found], [one.order.id for one in found], limit)


def _line(request: web.Request, one: queries.OrderLine) -> OrderLineOut:
    order = one.order
    derived = {
        "step_name": STEP_NAMES[order.step],
        "state_name": STATE_NAMES[order.state],
        "place": one.place,
        "overdue": order.state is OrderState.ISSUED and order.due_at <= now(request),
    }
    columns = {name: getattr(order, name) for name in OrderLineOut.model_fields if name not in derived}
    return OrderLineOut(**columns, **derived)


async def _out(request: web.Request, who: Viewer, order_id: int) -> OrderOut:
    whole = await queries.whole(who, order_id, beijing_date(now(request)))
    line = _line(request, queries.OrderLine(whole.order, whole.place))
    return OrderOut(
        **line.model_dump(),
        words=whole.order.words,
        skip_reason=whole.order.skip_reason,
        signer=whole.signer,
        signer_post_name=POST_NAMES[whole.signer_post],
        asked=whole.asked,
        asked_name=POST_NAMES[whole.asked],
        asked_people=whole.asked_names,
        steps=[
            OrderStepOut(
                at=step.at, move=step.move, who=step.who,
                post_name=POST_NAMES[step.post] if step.post else "", words=step.words, photos=step.photos,
            )
            for step in whole.steps
        ],
        may=whole.may,
        reached=whole.reached,
        sent=whole.sent,
    )  # fmt: skip
