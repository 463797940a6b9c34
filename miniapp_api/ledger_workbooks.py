"""The ledger as Excel files: what somebody may read of it, to look at, or to fill in and send to `/imports`."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from miniapp_api.context import context, now, viewer
from miniapp_api.imports import XLSX
from miniapp_api.ledger_types import Code, County
from miniapp_api.registry import Input, Routes
from miniapp_api.types import DivisionCode, Id, Month
from models.policies.calendar import month_of
from models.workbooks import exporting
from models.workbooks.exporting import Asked, Months
from models.workbooks.folders import private_folder

routes = Routes("ledger")

CHUNK_BYTES = 1 << 18


class RowsQuery(Input):
    """`history`: what no longer stands, too. `reveal`: whole numbers of certificates, each on record; for those who
    may have them shown."""

    history: bool = False
    reveal: bool = False


class EntriesQuery(RowsQuery):
    """From one month to another, both included; this month without either."""

    month: Month | None = None
    until: Month | None = None


async def _asked(request: web.Request, query: RowsQuery) -> Asked:
    return Asked(await viewer(request), now(request), context(request).vault, query.reveal, query.history)


def _months(request: web.Request, query: EntriesQuery) -> Months:
    first = query.month or query.until or month_of(now(request))
    return Months(first, query.until or first)


@routes.add(
    "GET", "/schools/{school_id}/ledger/aspects/{aspect_code}/workbook", media=(XLSX,), limit="export"
)
async def read_school_workbook(
    request: web.Request, school_id: Id, aspect_code: Code, query: EntriesQuery
) -> web.StreamResponse:
    """An aspect of a school's months, one line an entry."""
    asked, months = await _asked(request, query), _months(request, query)
    return await _sent(
        request, lambda out: exporting.school_entries(asked, school_id, aspect_code, months, out)
    )


@routes.add("GET", "/divisions/{county}/ledger/aspects/{aspect_code}/workbook", media=(XLSX,), limit="export")
async def read_county_workbook(
    request: web.Request, county: County, aspect_code: Code, query: EntriesQuery
) -> web.StreamResponse:
    """An aspect of the months of a county's schools, or of its own office where that keeps it."""
    asked, months = await _asked(request, query), _months(request, query)
    return await _sent(request, lambda out: exporting.county_entries(asked, county, aspect_code, months, out))


@routes.add("GET", "/schools/{school_id}/ledger/registers/{register}/workbook", media=(XLSX,), limit="export")
async def read_school_register_workbook(
    request: web.Request, school_id: Id, register: Code, query: RowsQuery
) -> web.StreamResponse:
    """A school's rows of a register, and the province's suppliers."""
    asked = await _asked(request, query)
    return await _sent(
        request, lambda out: exporting.register_rows(asked, register, out, school_id=school_id)
    )


@routes.add("GET", "/divisions/{code}/ledger/registers/{register}/workbook", media=(XLSX,), limit="export")
async def read_division_register_workbook(
    request: web.Request, code: DivisionCode, register: Code, query: RowsQuery
) -> web.StreamResponse:
    """A division's rows of a register."""
    asked = await _asked(request, query)
    return await _sent(request, lambda out: exporting.register_rows(asked, register, out, division_code=code))


async def _sent(request: web.Request, write: Callable[[Path], Awaitable[str]]) -> web.StreamResponse:
    """A file that is made beside, then sent piece by piece: a refusal comes before the first."""
    with private_folder() as folder:
        path = folder / "book.xlsx"
        name = await write(path)
        disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        headers = {"Cache-Control": "private, no-store", "Content-Disposition": disposition}
        response = web.StreamResponse(headers=headers)
        response.content_type, response.content_length = XLSX, path.stat().st_size
        await response.prepare(request)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                await response.write(chunk)
        await response.write_eof()
    return response
