"""School terms and holidays of a division (校历)."""

from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints

from miniapp_api.context import now, viewer
from miniapp_api.registry import Input, Routes
from miniapp_api.types import DivisionCode
from models.errors import NotFound
from models.organisations.tables import Division
from models.people import access
from models.policies import actions as policies
from models.policies import terms
from models.policies.calendar import beijing_date
from models.policies.queries import terms_in
from models.problems.climbing import look_again

routes = Routes("terms")


class TermOut(BaseModel):
    """A school term; `given`: an officer of the division or above set it."""

    term: str
    name: str
    begins_on: date
    ends_on: date
    given: bool


class TermIn(Input):
    begins_on: date
    ends_on: date


@routes.add("GET", "/divisions/{code}/terms")
async def list_terms(request: web.Request, code: DivisionCode) -> list[TermOut]:
    """The school terms of this school year and the next that hold in a division of mine."""
    access.division(await viewer(request), code)
    among = (await terms_in({code}))[code]
    given = dict(among.given)
    return [
        TermOut(
            term=name,
            name=terms.spoken_term(name),
            begins_on=among.of(name).begins_on,
            ends_on=among.of(name).ends_on,
            given=name in given,
        )
        for name in terms.named_around(beijing_date(now(request)))
    ]


@routes.add("PUT", "/divisions/{code}/terms/{term}", status=204)
async def set_term(
    request: web.Request,
    code: DivisionCode,
    term: Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(autumn|spring)$")],
    body: TermIn,
) -> None:
    """Set when schools of a division, and those below it that set none of their own, teach in a term.

    Running deadlines are looked at again: one that falls into a holiday now moves to the first school day.
    """
    if not await Division.exists(code=code):
        raise NotFound
    await policies.set_term(await viewer(request), code, term, body.begins_on, body.ends_on, now(request))
    await look_again(code, now(request))
