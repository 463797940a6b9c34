"""One-time codes for everybody of a school: a sheet of slips to cut apart, or a list to telephone."""

import asyncio
import io
import secrets
from typing import Annotated

from aiohttp import web
from pydantic import StringConstraints

from miniapp_api.context import context, now, viewer
from miniapp_api.imports import XLSX, workbook
from miniapp_api.registry import Routes
from miniapp_api.schools import NoPosters
from miniapp_api.types import Id
from models.people.inviting import code_of, invite_school
from models.policies.calendar import beijing_date
from models.workbooks.invitations import slips_of, telephone_list
from qr.fonts import FontMissing, chinese_font
from qr.slips import slips_pdf

routes = Routes("invitations")

Format = Annotated[str, StringConstraints(pattern="^(pdf|xlsx)$")]


@routes.add(
    "POST",
    "/schools/{school_id}/invitations.{format}",
    media=("application/pdf", XLSX),
    errors=(409, 503),
)
async def invite_school_people(request: web.Request, school_id: Id, format: Format) -> web.StreamResponse:
    """New codes for all of a school's people who have no WeChat bound: slips as PDF, a list as Excel.

    Codes are in this answer only; earlier unused ones stop working. Parents are not among them.
    """
    who, at = await viewer(request), now(request)
    if format == "pdf":
        _insist_on_font()
    invited = await invite_school(
        who, school_id, lambda: code_of(secrets.choice), context(request).vault, beijing_date(at), at
    )
    out = io.BytesIO()
    if format == "xlsx":
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
