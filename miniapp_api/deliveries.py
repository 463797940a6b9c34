"""What became of notices, and whom none reaches."""

from datetime import date, timedelta
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from miniapp_api.context import context, now, viewer
from miniapp_api.delivery_words import STATE_NAMES, WHY_NAMES, advice, kind_name, meaning, state_name
from miniapp_api.registry import Input, Routes
from miniapp_api.types import Day, DivisionCode, Id, Instant, Line, Page, PageQuery, Reason, page
from models.notices import handling, log, unreached
from models.notices.attempts import Attempt
from models.notices.tables import DeliveryState
from models.notices.unreached import Why
from models.organisations.tables import PostKind
from models.people.rights import POST_NAMES
from models.policies.calendar import beijing_date

routes = Routes("deliveries")

CountyCode = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{5}$")]
Channel = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,16}$")]
Kind = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")]


class AttemptOut(BaseModel):
    """What came of one attempt, or was heard of it later."""

    number: int
    state: DeliveryState
    state_name: str
    errcode: int | None
    meaning: str
    receipt: str
    at: Instant


class DeliveryOut(BaseModel):
    """One notice to one person by one channel. `meaning`, `advice`: what the error code says, and what to do.
    `goes_at`: when it is to go at the earliest, while it has not gone.

    `merged_into`: the notice of the message of several in which it went; `message_state`: what became of that.
    """

    id: int
    notice_id: int
    kind: str
    kind_name: str
    told_at: Instant
    school: str | None
    title: str
    person_id: int
    person: str
    post: PostKind
    post_name: str
    channel: str
    state: DeliveryState
    state_name: str
    errcode: int | None
    receipt: str | None
    meaning: str
    advice: str
    tried_at: Instant | None
    goes_at: Instant | None
    merged_into: int | None
    message_state: DeliveryState | None


class DeliveriesQuery(PageQuery):
    """`school`: part of a name. `person`: a whole name; of a number ask first whose it is, for a number does not
    belong in an address. Days are Beijing dates."""

    since_on: Day | None = None
    until_on: Day | None = None
    school_id: Id | None = None
    school: Line | None = None
    person: Line | None = None
    person_id: Id | None = None
    kind: Kind | None = None
    state: DeliveryState | None = None
    channel: Channel | None = None


def wanted(query: DeliveriesQuery, today: date) -> log.Wanted:
    """What a query looks for; the last week unless it says which days."""
    until = query.until_on or today
    since = query.since_on or until - timedelta(days=log.DEFAULT_DAYS - 1)
    return log.Wanted(
        since, until, query.school_id, query.school or None, query.person or None, query.person_id,
        query.kind, query.state, query.channel,
    )  # fmt: skip


def delivery_out(line: log.Line) -> DeliveryOut:
    return DeliveryOut(
        **vars(line),
        kind_name=kind_name(line.kind),
        post_name=POST_NAMES[line.post],
        state_name=state_name(line.state, line.message_state),
        meaning=meaning(line.errcode),
        advice=advice(line.state, line.errcode),
    )


@routes.add("GET", "/divisions/{code}/deliveries")
async def list_deliveries(
    request: web.Request, code: DivisionCode, query: DeliveriesQuery
) -> Page[DeliveryOut]:
    """What was sent to the posts of a division of mine, newest first; at most 31 days at once."""
    asked = wanted(query, beijing_date(now(request)))
    found = await log.search(await viewer(request), code, asked, query.before, query.limit)
    return page([delivery_out(line) for line in found], [line.id for line in found], query.limit)


class Number(Input):
    phone: Annotated[str, StringConstraints(pattern=r"^1[0-9]{10}$")]


@routes.add("POST", "/divisions/{code}/people/find")
async def find_person(request: web.Request, code: DivisionCode, body: Number) -> list[log.Found]:
    """Who in a division of mine is registered with this number: one, or none."""
    found = await log.by_number(await viewer(request), code, body.phone, context(request).vault)
    return [found] if found else []


class ReadingOut(BaseModel):
    person: str
    at: Instant
    by: str | None = None
    words: str = ""


class HandledOut(BaseModel):
    """What somebody did about it: `resend`, `withdraw` or `called`, with the reason they gave."""

    at: Instant
    who: str | None
    verb: str
    reason: str


class DeliveryLifeOut(DeliveryOut):
    """`attempts`: none where it was sent at the first go."""

    attempts: list[AttemptOut]


class LifeOut(BaseModel):
    id: int
    kind: str
    kind_name: str
    school: str | None
    facts: dict[str, str]
    told_at: Instant
    deliveries: list[DeliveryLifeOut]
    read: list[ReadingOut]
    called: list[ReadingOut]
    handled: list[HandledOut]


def _attempt(one: Attempt) -> AttemptOut:
    state = DeliveryState(one.state)
    return AttemptOut(
        number=one.number, state=state, state_name=STATE_NAMES[state], errcode=one.errcode,
        meaning=meaning(one.errcode), receipt=one.receipt, at=one.at,
    )  # fmt: skip


def life_out(found: log.Life) -> LifeOut:
    return LifeOut(
        id=found.id,
        kind=found.kind,
        kind_name=kind_name(found.kind),
        school=found.school,
        facts=found.facts,
        told_at=found.told_at,
        deliveries=[
            DeliveryLifeOut(
                **vars(delivery_out(line)),
                attempts=[_attempt(one) for one in found.attempts.get(line.id, [])],
            )
            for line in found.lines
        ],
        read=[ReadingOut(**vars(one)) for one in found.read],
        called=[ReadingOut(**vars(one)) for one in found.called],
        handled=[
            HandledOut(
                at=step.at,
                who=found.names.get(step.person_id) if step.person_id is not None else None,
                verb=step.verb,
                reason=str(step.facts.get("reason") or step.facts.get("words") or ""),
            )
            for step in found.steps
        ],
    )


@routes.add("GET", "/notices/{notice_id}/life")
async def read_life(request: web.Request, notice_id: Id) -> LifeOut:
    """All that was done to deliver a notice, who read it, and what officers did about it."""
    return life_out(await log.life(await viewer(request), notice_id))


class Because(Input):
    reason: Reason


@routes.add("POST", "/deliveries/{delivery_id}/resend", status=204, errors=(409,))
async def resend_delivery(request: web.Request, delivery_id: Id, body: Because) -> None:
    """Send again what failed, saying why. Refused while it is on its way, or when it arrived."""
    await handling.resend(await viewer(request), delivery_id, body.reason, now(request))


@routes.add("POST", "/notices/{notice_id}/withdraw", status=204, errors=(409,))
async def withdraw_notice(request: web.Request, notice_id: Id, body: Because) -> None:
    """Take back what of a notice has not been sent yet, saying why."""
    await handling.withdraw(await viewer(request), notice_id, body.reason, now(request))


class MissedOut(BaseModel):
    notice_id: int
    kind: str
    kind_name: str
    title: str
    told_at: Instant
    called_at: Instant | None


class HeldOut(BaseModel):
    post: PostKind
    post_name: str
    school: str | None


class UnreachedOut(BaseModel):
    """`phone` is masked; asking for the whole one is journalled. `missed`: of the last 14 days, unread."""

    person_id: int
    name: str
    phone: Annotated[str | None, Field(examples=["154****0001"])]
    why: Why
    why_name: str
    posts: list[HeldOut]
    missed: list[MissedOut]


def unreached_out(one: unreached.Unreached) -> UnreachedOut:
    return UnreachedOut(
        person_id=one.person_id,
        name=one.name,
        phone=one.phone,
        why=one.why,
        why_name=WHY_NAMES[one.why],
        posts=[HeldOut(post=kind, post_name=POST_NAMES[kind], school=school) for kind, school in one.posts],
        missed=[MissedOut(**vars(missed), kind_name=kind_name(missed.kind)) for missed in one.missed],
    )


@routes.add("GET", "/divisions/{code}/unreached")
async def list_unreached(request: web.Request, code: CountyCode) -> list[UnreachedOut]:
    """Whom in a county of mine no notice reaches, those first who have missed something and were not told."""
    outside, at = context(request), now(request)
    found = await unreached.board(
        await viewer(request), code, outside.ways, outside.vault, beijing_date(at), at
    )
    return [unreached_out(one) for one in found]


class Phone(BaseModel):
    phone: str | None


@routes.add("POST", "/people/{person_id}/phone")
async def reveal_phone(request: web.Request, person_id: Id) -> Phone:
    """The whole number of somebody in my division, to telephone them. Who asked stands in the journal."""
    at = now(request)
    number = await handling.reveal_phone(
        await viewer(request), person_id, context(request).vault, beijing_date(at), at
    )
    return Phone(phone=number)


class Called(Input):
    """`notices`: which of their notices they were told."""

    notices: Annotated[list[Id], Field(min_length=1, max_length=50)]
    words: Annotated[Line, Field(default="")]


@routes.add("POST", "/people/{person_id}/called", status=204)
async def note_call(request: web.Request, person_id: Id, body: Called) -> None:
    """Note that somebody was told by telephone (已电话告知)."""
    await handling.called(await viewer(request), person_id, body.notices, body.words, now(request))
