"""Tables of schools, people and the ledger: templates, files sent to be checked, and their writing."""

import asyncio
import io
import secrets
from typing import Annotated
from urllib.parse import quote

from aiohttp import web
from pydantic import AfterValidator, BaseModel, StringConstraints, WithJsonSchema

from miniapp_api.context import context, now, viewer
from miniapp_api.multipart import file_of
from miniapp_api.registry import Input, Routes
from miniapp_api.types import Id, Instant, plain
from models.workbooks import files
from models.workbooks.sheets import SHEETS
from models.workbooks.tables import ImportFile, ImportState
from models.workbooks.templates import template

routes = Routes("imports")

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _known(kind: str) -> str:
    if kind not in SHEETS:
        raise ValueError(f"one of {', '.join(SHEETS)}")
    return kind


# the aspects of the ledger are among them
SheetKind = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": list(SHEETS)})]
FileName = Annotated[
    str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True), AfterValidator(plain)
]


class SendQuery(Input):
    """What sort of table the file is, and its name on the sender's machine."""

    kind: SheetKind
    name: FileName = "表格"


class FaultOut(BaseModel):
    row: int
    column: str
    said: str


class ImportOut(BaseModel):
    """How far a file is. `faults` and `warnings` are the first 200 in the file's order.

    `checked`: commit it to have it written. `faulty`: nothing was written, correct it and send it again.
    `refused`: it cannot be read; `said` says why.
    """

    id: int
    kind: SheetKind
    kind_name: str
    name: str
    state: ImportState
    stage: str
    rows_done: int
    rows_total: int
    new: int
    changed: int
    same: int
    fault_count: int
    faults: list[FaultOut]
    warning_count: int
    warnings: list[FaultOut]
    unused: list[str]
    said: str | None
    marked_copy: bool
    created_at: Instant
    finished_at: Instant | None


def _out(file: ImportFile) -> ImportOut:
    report = {"faults": [], "warnings": [], "warning_count": 0, "unused": [], "said": None} | (
        file.report or {}
    )
    return ImportOut.model_validate(
        {
            **{name: getattr(file, name, None) for name in ImportOut.model_fields},
            **report,
            "kind_name": SHEETS[file.kind].title,
            "marked_copy": file.marked,
        }
    )


@routes.add("POST", "/imports", status=202, upload=True, errors=(503,))
async def send_import(request: web.Request, query: SendQuery) -> ImportOut:
    """Send a table (Excel or CSV, at most 20 MB) as the multipart part `file`, to be checked.

    Nothing is written before it is committed. For officers and administrators, within their division; tables of
    an aspect of the ledger are for the posts that fill it in.
    """
    who = await viewer(request)
    data = await file_of(request, files.MOST_BYTES, files.FileTooLarge())
    key = secrets.token_hex(16)
    return _out(
        await files.send(who, query.kind, query.name, data, key, context(request).store, now(request))
    )


@routes.add("GET", "/imports")
async def list_imports(request: web.Request) -> list[ImportOut]:
    """My latest files, newest first."""
    return [_out(file) for file in await files.latest(await viewer(request))]


@routes.add("GET", "/imports/{import_id}")
async def read_import(request: web.Request, import_id: Id) -> ImportOut:
    """One of my files: how far it is, and what is wrong with it."""
    return _out(await files.mine(await viewer(request), import_id))


@routes.add("POST", "/imports/{import_id}/commit", status=202, errors=(409,))
async def commit_import(request: web.Request, import_id: Id) -> ImportOut:
    """Have a checked file written: the very bytes that were checked, all rows or none. Repeatable."""
    return _out(await files.commit(await viewer(request), import_id, now(request)))


@routes.add("GET", "/imports/{import_id}/marked-copy", media=(XLSX,), errors=(503,))
async def read_marked_copy(request: web.Request, import_id: Id) -> web.StreamResponse:
    """My file with faulty cells coloured and the reasons beside them."""
    name, data = await files.marked_copy(await viewer(request), import_id, context(request).store)
    stem = name.rsplit(".", 1)[0]
    return workbook(data, f"{stem}（标注）.xlsx")


@routes.add("GET", "/templates/{kind}", media=(XLSX,))
async def read_template(request: web.Request, kind: SheetKind) -> web.StreamResponse:
    """An empty table to fill in."""
    await viewer(request)
    sheet, out = SHEETS[kind], io.BytesIO()
    await asyncio.to_thread(template, sheet, out)
    return workbook(out.getvalue(), f"{sheet.title}导入表.xlsx")


def workbook(data: bytes, name: str) -> web.Response:
    """An Excel file to download."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": disposition}
    return web.Response(body=data, content_type=XLSX, headers=headers)
