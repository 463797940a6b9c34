"""Signing a browser in at the desk (网页工作台) with the phone: what the mini-program asks after a scan."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from miniapp_api.context import context, now, viewer
from miniapp_api.limits import TICKET
from miniapp_api.registry import Input, Routes
from miniapp_api.types import Instant
from models.people import desk

routes = Routes("desk")


class Ticket(Input):
    """What the code on the screen says, without the address before it."""

    ticket: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{32}$")]


class AskingOut(BaseModel):
    """Show all of it before the person says yes. `check`: the digits beside the code, to be compared.

    `same_network`: the phone asks from the browser's address. A phone on mobile data does not, and that
    is no fault.
    """

    browser: Annotated[str, Field(examples=["Chrome（Windows）"])]
    address: str
    same_network: bool
    check: str
    made_at: Instant
    expires_at: Instant


@routes.add("POST", "/desk-tickets/scan")
async def scan_ticket(request: web.Request, body: Ticket) -> AskingOut:
    """What browser shows the code I scanned. From now on only I may answer it. Guessing is stopped: 429."""
    outside, who, at = context(request), await viewer(request), now(request)
    async with outside.limits.attempt(TICKET, request, who.identity_id, desk.TicketInvalid, at):
        asking = await desk.scan(who, body.ticket, at)
    return AskingOut(
        browser=asking.browser,
        address=asking.address,
        same_network=outside.limits.address(request) == asking.address,
        check=asking.check,
        made_at=asking.made_at,
        expires_at=asking.expires_at,
    )


@routes.add("POST", "/desk-tickets/confirm", status=204)
async def confirm_ticket(request: web.Request, body: Ticket) -> None:
    """Let the browser in as me. It stands among my signed-in phones then, where it can be signed out."""
    await _answer(request, body, yes=True)


@routes.add("POST", "/desk-tickets/refuse", status=204)
async def refuse_ticket(request: web.Request, body: Ticket) -> None:
    """Turn the browser away: it is not mine."""
    await _answer(request, body, yes=False)


async def _answer(request: web.Request, body: Ticket, *, yes: bool) -> None:
    who, at = await viewer(request), now(request)
    limits = context(request).limits
    async with limits.attempt(TICKET, request, who.identity_id, desk.TicketInvalid, at):
        await desk.answer(who, body.ticket, yes, at)
