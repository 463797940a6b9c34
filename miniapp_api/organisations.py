"""Leaving and taking over posts; closing and merging schools."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints

from miniapp_api.context import context, now, viewer
from miniapp_api.registry import Input, Routes
from miniapp_api.schools import SchoolOut, school_out
from miniapp_api.types import Day, Id, Line, Reason
from models.closures import actions as closures
from models.people import appointing
from models.policies.calendar import beijing_date

routes = Routes("organisations")

Phone = Annotated[str, StringConstraints(pattern=r"^1[3-9][0-9]{9}$")]


class Leave(Input):
    """Who leaves, and the Beijing date from which they hold the post no longer."""

    person_id: Id
    on: Day


class TakeOver(Input):
    """Who leaves, who takes over, and the Beijing date of both."""

    person_id: Id
    name: Annotated[Line, StringConstraints(min_length=1, max_length=40)]
    phone: Phone
    since_on: Day


class Successor(BaseModel):
    person_id: int


class Close(Input):
    reason: Reason


class Merge(Input):
    """The school that goes on."""

    into: Id
    reason: Reason


@routes.add("POST", "/posts/{post_id}/leave", status=204)
async def leave_post(request: web.Request, post_id: Id, body: Leave) -> None:
    """Somebody leaves a post below mine (离任). Repeatable."""
    at = now(request)
    await appointing.leave(await viewer(request), post_id, body.person_id, body.on, beijing_date(at), at)


@routes.add("POST", "/posts/{post_id}/take-over", errors=(409,))
async def take_over_post(request: web.Request, post_id: Id, body: TakeOver) -> Successor:
    """Somebody takes a post below mine over from another (接任). Repeatable."""
    at = now(request)
    person_id = await appointing.take_over(
        await viewer(request),
        post_id,
        body.person_id,
        body.name,
        body.phone,
        body.since_on,
        context(request).vault,
        beijing_date(at),
        at,
    )
    return Successor(person_id=person_id)


@routes.add("POST", "/schools/{school_id}/close", errors=(409,))
async def close_school(request: web.Request, school_id: Id, body: Close) -> SchoolOut:
    """A school of my division serves no more meals (停办); its records stay. Repeatable."""
    at = now(request)
    return school_out(
        await closures.close_school(await viewer(request), school_id, body.reason, beijing_date(at), at)
    )


@routes.add("POST", "/schools/{school_id}/merge", errors=(409,))
async def merge_school(request: web.Request, school_id: Id, body: Merge) -> SchoolOut:
    """A school becomes part of another (并校), both in my division; all records stay. Repeatable."""
    at = now(request)
    return school_out(
        await closures.merge_school(
            await viewer(request), school_id, body.into, body.reason, beijing_date(at), at
        )
    )
