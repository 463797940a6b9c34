"""Consents, "my data", and being forgotten (注销)."""

from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, Field

from miniapp_api.context import context, now, viewer
from miniapp_api.registry import Input, Routes
from miniapp_api.types import Id, Instant
from models.people import consenting
from models.people.consents import CHILD_DATA
from models.policies.calendar import beijing_date
from models.privacy import actions, queries
from models.privacy.tables import Erasure, ErasureState
from models.surveys import awaited

routes = Routes("privacy")

Kind = Annotated[str, Field(pattern=r"^[a-z_]{1,20}$", examples=["location"])]


class ConsentOut(BaseModel):
    """What is asked in its current version, and what I said to it last. `given`: my consent holds.

    `version_given` is the version I saw; an older one than `version` means that I am asked anew.
    """

    kind: str
    version: int
    title: str
    purpose: str
    basis: str
    kept: str
    withdrawal: str
    needed: bool
    given: bool
    version_given: int | None
    given_at: Instant | None
    withdrawn_at: Instant | None


class Agree(Input):
    """The version that was on the screen."""

    kind: Kind
    version: Annotated[int, Field(ge=1, le=1000)]


@routes.add("GET", "/me/consents")
async def list_consents(request: web.Request) -> list[ConsentOut]:
    """What I am asked to agree to, and what I gave."""
    return [
        ConsentOut(
            **vars(one.asked),
            given=one.given,
            version_given=one.version,
            given_at=one.given_at,
            withdrawn_at=one.withdrawn_at,
        )
        for one in await consenting.standing(await viewer(request))
    ]


@routes.add("POST", "/me/consents", status=204, errors=(404,))
async def give_consent(request: web.Request, body: Agree) -> None:
    """Agree to the current version of a text. Repeatable.

    With `child_data` the children that my school named in a table are registered.
    """
    who, at = await viewer(request), now(request)
    await consenting.give(who, body.kind, body.version, at)
    if body.kind == CHILD_DATA and who.person_id is not None:
        await awaited.admit(who.person_id, beijing_date(at), at)


@routes.add("DELETE", "/me/consents/{kind}", status=204, errors=(409,))
async def withdraw_consent(request: web.Request, kind: Kind) -> None:
    """Take a consent back, on all my phones. After `location`, check-ins keep no place."""
    await consenting.withdraw(await viewer(request), kind, now(request))


class SectionOut(BaseModel):
    """Rows of one kind, newest first. `columns`: what their keys are called, in Chinese; `more`: only the latest
    are here.
    """

    table: str
    label: str
    columns: dict[str, str]
    rows: list[dict[str, Any]]
    more: bool


class MyData(BaseModel):
    """Everything that is kept about me. Pictures are at `/photos/{key}` by the keys of the section `photo`.

    A check-in's `evidence` says when it was weighed; from `from_at` on also its score and the reasons.
    """

    at: Instant
    sections: list[SectionOut]


@routes.add("GET", "/me/data")
async def read_my_data(request: web.Request) -> MyData:
    """Everything that is kept about me, as one document."""
    at = now(request)
    found = await queries.my_data(await viewer(request), context(request).vault, at)
    return MyData(at=at, sections=[SectionOut(**vars(section)) for section in found])


class ErasureOut(BaseModel):
    """A request to be forgotten, and in `next` what happens next, in Chinese."""

    id: int
    state: ErasureState
    requested_at: Instant
    next: str


class Confirm(Input):
    """The words the person typed."""

    words: Literal["确认注销"]


NEXT = {
    ErasureState.REQUESTED: "注销后姓名、手机号、微信标识和签名都会删除，无法恢复；入校记录、问题和整改过程作为公共记录保留，"
    "署名改为“已注销用户”。请先用“我的数据”保存副本，再输入“确认注销”。",
    ErasureState.CONFIRMED: "已转教育行政部门办理，十五个工作日内完成。办理之前可以撤回。",
}


@routes.add("POST", "/me/erasure", status=201, errors=(409,))
async def request_erasure(request: web.Request) -> ErasureOut:
    """Ask to be forgotten; it must be confirmed. Refused while I hold a post."""
    at = now(request)
    return _out(await actions.request_erasure(await viewer(request), beijing_date(at), at))


@routes.add("POST", "/me/erasure/confirm", errors=(409,))
async def confirm_erasure(request: web.Request, body: Confirm) -> ErasureOut:
    """Confirm that I want to be forgotten; an officer carries it out."""
    at = now(request)
    return _out(await actions.confirm_erasure(await viewer(request), beijing_date(at), at))


@routes.add("DELETE", "/me/erasure", status=204, errors=(409,))
async def withdraw_erasure(request: web.Request) -> None:
    """Take the request back while it has not been carried out."""
    await actions.withdraw_erasure(await viewer(request), now(request))


def _out(found: Erasure) -> ErasureOut:
    return ErasureOut(id=found.id, state=found.state, requested_at=found.requested_at, next=NEXT[found.state])


@routes.add("GET", "/erasures")
async def list_erasures(request: web.Request) -> list[queries.Waiting]:
    """Confirmed requests that are mine to carry out, oldest first."""
    return await queries.waiting(await viewer(request))


@routes.add("POST", "/erasures/{erasure_id}/carry-out", status=204, errors=(409, 503))
async def carry_out_erasure(request: web.Request, erasure_id: Id) -> None:
    """Forget the person who asked and confirmed. Cannot be undone; repeatable."""
    at = now(request)
    outside = context(request)
    await actions.carry_out(await viewer(request), erasure_id, outside.store, beijing_date(at), at)
