"""Reading orders: those of a division, those that ask something of me, and one with its story."""

from dataclasses import dataclass
from datetime import date, datetime

from tortoise.queryset import QuerySet

from models.database import sql
from models.dispatch import actions
from models.dispatch.states import OrderMove
from models.dispatch.tables import DispatchOrder
from models.errors import NotFound
from models.evidence import queries as evidence
from models.journal import queries as journal
from models.journal.queries import Step
from models.notices.queries import of_subject, receipts
from models.organisations.rules import span
from models.organisations.tables import Division, Post, PostKind, School
from models.people import access
from models.people.access import Viewer
from models.people.queries import names, post_kinds
from models.people.rights import Right


@dataclass(frozen=True)
class OrderLine:
    """An order in a list, with the place it is about."""

    order: DispatchOrder
    place: str


@dataclass(frozen=True)
class StoryStep:
    at: datetime
    move: OrderMove
    who: str | None
    post: PostKind | None
    words: str
    photos: list[str]


@dataclass(frozen=True)
class WholeOrder:
    """`reached`: how many of those asked it was brought to, and how many there are."""

    order: DispatchOrder
    place: str
    signer: str
    signer_post: PostKind
    asked: PostKind
    asked_names: list[str]
    steps: list[StoryStep]
    may: list[OrderMove]
    reached: int
    sent: int


async def orders(viewer: Viewer, division_code: str, before_id: int | None, limit: int) -> list[OrderLine]:
    """Orders about a division and all in it, newest first; NotFound unless one of the viewer's posts reaches it."""
    access.division(viewer, division_code, Right.READ_DISPATCH)
    first, end = span(division_code)
    query = DispatchOrder.filter(division_code__gte=first, division_code__lt=end)
    return await _lines(query, before_id, limit)


async def asked_of(viewer: Viewer, before_id: int | None, limit: int) -> list[OrderLine]:
    """Orders to the posts that the viewer holds, newest first."""
    query = DispatchOrder.filter(post_id__in=[held.post_id for held in viewer.posts])
    return await _lines(query, before_id, limit)


async def _lines(query: QuerySet[DispatchOrder], before_id: int | None, limit: int) -> list[OrderLine]:
    if before_id is not None:
        query = query.filter(id__lt=before_id)
    found = await query.order_by("-id").limit(limit)
    schools = {
        one.id: one.name
        for one in await School.filter(id__in={row.school_id for row in found if row.school_id})
    }
    divisions = {
        one.code: one.name for one in await Division.filter(code__in={row.division_code for row in found})
    }
    return [
        OrderLine(row, schools[row.school_id] if row.school_id else divisions[row.division_code])
        for row in found
    ]


async def whole(viewer: Viewer, order_id: int, today: date) -> WholeOrder:
    """One order with every step; NotFound unless it concerns the viewer."""
    order = await DispatchOrder.get_or_none(id=order_id)
    if order is None or not actions.concerns(viewer, order):
        raise NotFound
    (line,) = await _lines(DispatchOrder.filter(id=order.id), None, 1)
    steps = await journal.steps("dispatch", order.id)
    who = await names({order.signed_by} | {step.person_id for step in steps if step.person_id is not None})
    kinds = await post_kinds(
        {order.signer_post_id} | {step.post_id for step in steps if step.post_id is not None}
    )
    told = await receipts(await of_subject("dispatch", order.id))
    sent = [one for each in told.values() for one in each]
    asked = await Post.get(id=order.post_id)
    return WholeOrder(
        order, line.place, who[order.signed_by], kinds[order.signer_post_id], asked.kind,
        await _holders(order.post_id, today), [await _step(step, who, kinds) for step in steps],
        actions.moves(viewer, order), sum(one.state == "sent" for one in sent), len(sent),
    )  # fmt: skip


async def _holders(post_id: int, today: date) -> list[str]:
    rows = await sql.rows(
        "SELECT p.name FROM holding h JOIN person p ON p.id = h.person_id WHERE h.post_id = $1 AND h.since_on <= $2"
        " AND (h.until_on IS NULL OR h.until_on > $2) ORDER BY h.id",
        post_id, today,
    )  # fmt: skip
    return [row["name"] for row in rows]


async def _step(step: Step, who: dict[int, str], kinds: dict[int, PostKind]) -> StoryStep:
    named = step.facts.get("photos", [])
    keys = await evidence.arrived((step.person_id, name) for name in named if step.person_id is not None)
    return StoryStep(
        step.at, OrderMove(step.verb), who.get(step.person_id or 0), kinds.get(step.post_id or 0),
        str(step.facts.get("words", "")), [keys.get((step.person_id or 0, name), name) for name in named],
    )  # fmt: skip
