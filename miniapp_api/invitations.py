"""One-time codes for everybody of a school: a sheet of slips to cut apart, or a list to telephone."""

import asyncio
import io
import secrets
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated

from aiohttp import web
from pydantic import StringConstraints

from miniapp_api.context import context, now, viewer
from miniapp_api.imports import XLSX, workbook
from miniapp_api.registry import Routes
from miniapp_api.schools import NoPosters
from miniapp_api.types import Id
from models.people import inviting
from models.people.access import Viewer
from models.people.inviting import Invited, code_of
from models.people.phones import Vault
from models.policies.calendar import beijing_date
from models.workbooks.invitations import slips_of, telephone_list
from qr.fonts import FontMissing, chinese_font
from qr.slips import slips_pdf

routes = Routes("invitations")

Invite = Callable[[Viewer, int, str, Callable[[], str], Vault, date, datetime], Awaitable[list[Invited]]]
Format = Annotated[str, StringConstraints(pattern="^(pdf|xlsx)$")]


@routes.add(
    "POST",
    "/schools/{school_id}/invitations.{format}",
    media=("application/pdf", XLSX),
    errors=(409, 503),
)
async def invite_school_people(request: web.Request, school_id: Id, format: Format) -> web.StreamResponse:
    """New codes for all of a school's people who have no WeChat bound: slips as PDF, a list as Excel.

    Codes are in this answer only; earlier unused ones stop working. Parents have sheets of their own.
    """
    return await _sheet(request, inviting.invite_school, school_id, format)


@routes.add(
    "POST",
    "/schools/{school_id}/parent-invitations.{format}",
    media=("application/pdf", XLSX),
    errors=(409, 503),
)
async def invite_parents(request: web.Request, school_id: Id, format: Format) -> web.StreamResponse:
    """New codes for those who are nothing but parents of the school, for its head to hand out.

    Codes are in this answer only; earlier unused ones stop working.
    """
    return await _sheet(request, inviting.invite_parents, school_id, format)


async def _sheet(request: web.Request, invite: Invite, school_id: int, form: str) -> web.StreamResponse:
    who, at = await viewer(request), now(request)
    if form == "pdf":
        _insist_on_font()
    outside = context(request)
    invited = await invite(
        who, school_id, outside.account.appid, lambda: code_of(secrets.choice), outside.vault,
        beijing_date(at), at,
    )  # fmt: skip
    out = io.BytesIO()
    if form == "xlsx":
        await asyncio.to_thread(telephone_list, invited, out)
        return workbook(out.getvalue(), "邀请码.xlsx")
    slips = slips_of(invited, context(request).public_url)
    await asyncio.to_thread(slips_pdf, slips, out)
    headers = {"Cache-Control": "private, no-store"}
    return web.Response(body=out.getvalue(), content_type="application/pdf", headers=headers)


def _insist_on_font() -> None:
    """Before codes are spent on a sheet that cannot be drawn."""
    try:
        chinese_font()
    except FontMissing as missing:
        raise NoPosters from missing
