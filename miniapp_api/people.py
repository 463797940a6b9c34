"""People as officers manage them: recusals, supervisors' terms, parting somebody from their WeChat."""

from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator

from miniapp_api.context import now, viewer
from miniapp_api.registry import Input, Routes
from miniapp_api.types import DivisionCode, Id, Reason
from models.people import actions, recusals
from models.policies.calendar import beijing_date
from models.visits import assignments

routes = Routes("people")


def _near(day: date) -> date:
    if not 2000 <= day.year <= 2100:
        raise ValueError("日期超出范围")
    return day


Day = Annotated[date, AfterValidator(_near)]


class RecusalIn(Input):
    """`until_on`: the Beijing date from which it holds no more; left out: until it is ended."""

    person_id: Id
    reason: Reason
    until_on: Day | None = None


class Why(Input):
    reason: Reason


class AssignIn(Input):
    """A term from one Beijing date until another, exclusive; without an end, as long as policy allows."""

    person_id: Id
    since_on: Day
    until_on: Day | None = None


class EndIn(Input):
    """From which Beijing date the supervisor is responsible no more; today when left out."""

    reason: Reason
    until_on: Day | None = None


@routes.add("GET", "/schools/{school_id}/recusals")
async def list_recusals(request: web.Request, school_id: Id) -> list[recusals.RecusalLine]:
    """Who keeps or kept away from a school (回避), and why."""
    return await recusals.of_school(await viewer(request), school_id, beijing_date(now(request)))


@routes.add("POST", "/schools/{school_id}/recusals", status=201, errors=(409,))
async def add_recusal(request: web.Request, school_id: Id, body: RecusalIn) -> recusals.RecusalLine:
    """Record that somebody must keep away from a school."""
    at = now(request)
    return await recusals.add(
        await viewer(request), school_id, body.person_id, body.reason, body.until_on, beijing_date(at), at
    )


@routes.add("POST", "/recusals/{recusal_id}/end", status=204, errors=(409,))
async def end_recusal(request: web.Request, recusal_id: Id, body: Why) -> None:
    """End a recusal, saying why."""
    at = now(request)
    await recusals.end(await viewer(request), recusal_id, body.reason, beijing_date(at), at)


@routes.add("GET", "/divisions/{code}/supervisors")
async def list_supervisors(request: web.Request, code: DivisionCode) -> list[assignments.Supervisor]:
    """The supervisors of a division of mine: their schools, how many, their terms of office."""
    return await assignments.supervisors(await viewer(request), code, beijing_date(now(request)))


@routes.add("POST", "/schools/{school_id}/supervisors", status=201, errors=(409,))
async def assign_supervisor(request: web.Request, school_id: Id, body: AssignIn) -> assignments.Assigned:
    """Make somebody the school's duty supervisor for a term of office."""
    at = now(request)
    return await assignments.assign_supervisor(
        await viewer(request), body.person_id, school_id, body.since_on, body.until_on, beijing_date(at), at
    )


@routes.add("POST", "/supervisors/{term_id}/end", status=204)
async def end_term(request: web.Request, term_id: Id, body: EndIn) -> None:
    """End a supervisor's term at a school before its time, saying why."""
    at = now(request)
    until_on = body.until_on or beijing_date(at)
    await assignments.end_term(await viewer(request), term_id, until_on, body.reason, at)


@routes.add("POST", "/people/{person_id}/unbind", status=204, errors=(409,))
async def unbind_person(request: web.Request, person_id: Id, body: Why) -> None:
    """Part somebody from their WeChat (解绑): the phone is lost, or another person has it now."""
    at = now(request)
    await actions.unbind(await viewer(request), person_id, body.reason, beijing_date(at), at)


@routes.add("POST", "/me/unbind", status=204, errors=(409,))
async def unbind_me(request: web.Request) -> None:
    """Part from my own WeChat; every phone of it is signed out."""
    await actions.unbind_own(await viewer(request), now(request))
