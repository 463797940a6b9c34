"""The ledger (台账): its declarations, what is due, entries, registers, months and completeness."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from miniapp_api.context import context, now, viewer
from miniapp_api.ledger_types import (
    AspectOut,
    Code,
    CorrectIn,
    County,
    EntryIn,
    EntryOut,
    OneRowOut,
    PutOut,
    RecordedOut,
    RegisterOut,
    RowIn,
    RowOut,
    aspect_out,
    entry_out,
    faults_out,
    register_out,
    row_out,
)
from miniapp_api.registry import Answered, Input, Routes
from miniapp_api.types import (
    After,
    Day,
    DivisionCode,
    Id,
    Instant,
    Month,
    Page,
    PageQuery,
    Reason,
    RequestId,
    page,
)
from models.errors import NotFound
from models.ledger import actions, fullness, months, queries, registering
from models.ledger.aspects import ASPECTS, BY_CODE, aspect
from models.ledger.declaring import Meal, Rhythm
from models.ledger.registers import REGISTERS
from models.ledger.rules import VersionUnknown
from models.ledger.states import STATE_NAMES, MonthState, Move
from models.organisations.tables import Division, PostKind
from models.policies.calendar import beijing_date, month_of
from models.policies.queries import effective

routes = Routes("ledger")


class AspectsQuery(Input):
    """Bounds as they hold in a division; the province's without one."""

    division: DivisionCode = "53"


class AspectQuery(AspectsQuery):
    version: Annotated[int, Field(ge=1, le=1000)] | None = None


@routes.add("GET", "/ledger/aspects", signed_in=False)
async def list_aspects(request: web.Request, query: AspectsQuery) -> list[AspectOut]:
    """The twenty aspects, by number: each declaration is its form."""
    policy = await effective(query.division)
    return [aspect_out(one, policy) for one in ASPECTS]


@routes.add("GET", "/ledger/aspects/{aspect_code}", signed_in=False)
async def read_aspect(request: web.Request, aspect_code: Code, query: AspectQuery) -> AspectOut:
    """One aspect, in an earlier version if one is named: how entries of that version are read."""
    if aspect_code not in BY_CODE:
        raise NotFound
    declared = aspect(aspect_code)
    if query.version is not None and query.version > declared.version:
        raise VersionUnknown
    return aspect_out(declared, await effective(query.division), query.version)


@routes.add("GET", "/ledger/registers", signed_in=False)
async def list_registers(request: web.Request, query: AspectsQuery) -> list[RegisterOut]:
    """The registers that are written for themselves; licences, contracts and staff come from entries."""
    policy = await effective(query.division)
    return [register_out(one, policy) for one in REGISTERS]


class DueQuery(Input):
    on: Day | None = None


class DueOut(BaseModel):
    """What a post owes for a date. `runs_out`: of licences, contracts and certificates, the first end."""

    school_id: int | None
    school_name: str
    division_code: str | None
    aspect: str
    name: str
    rhythm: Rhythm
    for_on: date
    meal: Meal | None
    due_at: Instant | None
    done: bool
    entries: int
    runs_out: date | None


@routes.add("GET", "/ledger/due")
async def list_due(request: web.Request, query: DueQuery) -> list[DueOut]:
    """What my posts owe on a Beijing date, today without one; open ones first."""
    who = await viewer(request)
    assert who.bound
    day = query.on or beijing_date(now(request))
    return [DueOut.model_validate(one, from_attributes=True) for one in await queries.due(who, day)]


@routes.add("POST", "/ledger/entries", status=201, errors=(200, 404, 409))
async def record_entry(request: web.Request, body: EntryIn) -> Answered[RecordedOut]:
    """Make an entry. Sent again with the same request id: 200 and the same row. All faults are said at once."""
    draft = actions.Draft(
        request_id=body.request_id,
        aspect=body.aspect,
        version=body.version,
        for_on=body.for_on,
        made_at=body.made_at,
        values=body.values,
        meal=body.meal.value if body.meal else None,
        school_id=body.school_id,
        division_code=body.division,
        canteen_id=body.canteen_id,
    )
    kept = await actions.record(await viewer(request), draft, context(request).vault, now(request))
    return _recorded(kept)


def _recorded(kept: actions.Recorded) -> Answered[RecordedOut]:
    out = RecordedOut(id=kept.id, revision=kept.revision, late=kept.late, defects=faults_out(kept.defects))
    return Answered(out, 201 if kept.new else 200)


class EntriesQuery(PageQuery):
    aspect: Code | None = None
    month: Month | None = None


@routes.add("GET", "/schools/{school_id}/ledger/entries")
async def list_entries(request: web.Request, school_id: Id, query: EntriesQuery) -> Page[EntryOut]:
    """A school's entries as they stand, newest first."""
    found = await queries.entries(
        await viewer(request), school_id,
        code=query.aspect, month=query.month, before=query.before, limit=query.limit,
    )  # fmt: skip
    return _page(found, query.limit)


@routes.add("GET", "/divisions/{code}/ledger/entries")
async def list_county_entries(request: web.Request, code: DivisionCode, query: PageQuery) -> Page[EntryOut]:
    """Entries that offices of a division made for themselves, newest first."""
    found = await queries.county_entries(await viewer(request), code, query.before, query.limit)
    return _page(found, query.limit)


def _page(found: list[queries.EntryLine], limit: int) -> Page[EntryOut]:
    lines = [entry_out(line, BY_CODE[line.row.aspect].name) for line in found]
    return page(lines, [line.id for line in lines], limit)


@routes.add("GET", "/ledger/entries/{entry_id}")
async def read_entry(request: web.Request, entry_id: Id) -> list[EntryOut]:
    """An entry with all its revisions, newest first."""
    found = await queries.history(await viewer(request), entry_id)
    return [entry_out(line, BY_CODE[line.row.aspect].name) for line in found]


@routes.add("POST", "/ledger/entries/{entry_id}/correct", status=201, errors=(200, 409))
async def correct_entry(request: web.Request, entry_id: Id, body: CorrectIn) -> Answered[RecordedOut]:
    """Put a new revision in the place of an entry; the old one stays. Sent again: 200, the same row."""
    kept = await actions.correct(
        await viewer(request), entry_id, body.version, body.values, body.reason, body.request_id,
        context(request).vault, now(request),
    )  # fmt: skip
    return _recorded(kept)


class WithdrawIn(Input):
    request_id: RequestId
    reason: Reason


@routes.add("POST", "/ledger/entries/{entry_id}/withdraw", status=204, errors=(409,))
async def withdraw_entry(request: web.Request, entry_id: Id, body: WithdrawIn) -> None:
    """Take back an entry that should not be. It stays to be read and counts no longer. Repeatable."""
    await actions.withdraw(await viewer(request), entry_id, body.reason, body.request_id, now(request))


class SignIn(Input):
    request_id: RequestId


@routes.add("POST", "/ledger/entries/{entry_id}/sign", status=201, errors=(200, 409))
async def sign_entry(request: web.Request, entry_id: Id, body: SignIn) -> Answered[RecordedOut]:
    """Sign an entry on one's own phone as the second of its signers. Sent again: 200, the same row."""
    kept = await actions.sign(
        await viewer(request), entry_id, body.request_id, context(request).vault, now(request)
    )
    return _recorded(kept)


class RevealIn(Input):
    item: Code


class RevealOut(BaseModel):
    number: str


@routes.add("POST", "/ledger/entries/{entry_id}/reveal")
async def reveal_entry_number(request: web.Request, entry_id: Id, body: RevealIn) -> RevealOut:
    """A certificate's number in an entry, whole. Each time is journalled."""
    number = await queries.reveal_entry(
        await viewer(request), entry_id, body.item, context(request).vault, now(request)
    )
    return RevealOut(number=number)


class RowsQuery(Input):
    """Rows after an id. `ended`: those that are there no more, too. `named`: part of what they are called, or a
    supplier's whole code."""

    after: After = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    ended: bool = False
    named: Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)] = ""


@routes.add("GET", "/schools/{school_id}/ledger/registers/{register}")
async def list_school_rows(
    request: web.Request, school_id: Id, register: Code, query: RowsQuery
) -> list[RowOut]:
    """A school's rows of a register, and the province's suppliers; by id."""
    found = await queries.rows(
        await viewer(request), register,
        school_id=school_id, ended=query.ended, named=query.named, after=query.after, limit=query.limit,
    )  # fmt: skip
    return [row_out(row, queries.shown(row.form, row.items)) for row in found]


@routes.add("GET", "/schools/{school_id}/ledger/suppliers")
async def list_suppliers(request: web.Request, school_id: Id) -> list[RowOut]:
    """The suppliers that a school has to do with, the nearest first: its own contracts', those that delivered in
    the last half year, its county's, and those that its people registered. All others are found by their name."""
    found = await queries.suppliers(await viewer(request), school_id, beijing_date(now(request)))
    return [row_out(row, queries.shown(row.form, row.items)) for row in found]


@routes.add("GET", "/divisions/{code}/ledger/registers/{register}")
async def list_division_rows(
    request: web.Request, code: DivisionCode, register: Code, query: RowsQuery
) -> list[RowOut]:
    """A division's rows of a register, by id."""
    found = await queries.rows(
        await viewer(request), register,
        division_code=code, ended=query.ended, named=query.named, after=query.after, limit=query.limit,
    )  # fmt: skip
    return [row_out(row, queries.shown(row.form, row.items)) for row in found]


@routes.add("POST", "/ledger/registers/{register}", status=201, errors=(200, 409))
async def put_row(request: web.Request, register: Code, body: RowIn) -> Answered[PutOut]:
    """Write a row of a register. What is there already by its identity is changed: 200."""
    draft = registering.Draft(
        body.request_id, register, body.version, body.school_id, body.division, body.values
    )
    put = await registering.put(await viewer(request), draft, context(request).vault, now(request))
    return Answered(PutOut(id=put.id, revision=put.revision), 201 if put.new else 200)


class EndIn(Input):
    reason: Reason


@routes.add("GET", "/ledger/register-rows/{row_id}")
async def read_row(request: web.Request, row_id: Id) -> OneRowOut:
    """One row, and the entry that a correction of it corrects."""
    row, entry_id = await queries.row(await viewer(request), row_id)
    said = row_out(row, queries.shown(row.form, row.items))
    return OneRowOut(**said.model_dump(), entry_id=entry_id)


@routes.add("POST", "/ledger/register-rows/{row_id}/end", status=204)
async def end_row(request: web.Request, row_id: Id, body: EndIn) -> None:
    """Say that a thing is there no more. It is kept for ever, and counted no longer."""
    await registering.end(await viewer(request), row_id, body.reason, now(request))


@routes.add("POST", "/ledger/register-rows/{row_id}/reveal")
async def reveal_row_number(request: web.Request, row_id: Id, body: RevealIn) -> RevealOut:
    """A certificate's number in a register, whole. Each time is journalled."""
    number = await queries.reveal_row(
        await viewer(request), row_id, body.item, context(request).vault, now(request)
    )
    return RevealOut(number=number)


class SignerOut(BaseModel):
    """`staff`: the school's own, whom its forms offer; others only sign on their own phones."""

    person_id: int
    name: str
    kind: PostKind
    staff: bool


@routes.add("GET", "/schools/{school_id}/ledger/signers")
async def list_signers(request: web.Request, school_id: Id) -> list[SignerOut]:
    """Who at the school may sign, by name."""
    found = await queries.signers(await viewer(request), school_id, beijing_date(now(request)))
    return [SignerOut.model_validate(one, from_attributes=True) for one in found]


class MonthOut(BaseModel):
    school_id: int
    school_name: str
    month: str
    state: MonthState
    state_name: str
    reason: str | None
    changed_at: Instant | None


def _month(line: months.MonthLine) -> MonthOut:
    given = {name: getattr(line, name) for name in MonthOut.model_fields if name != "state_name"}
    return MonthOut(state_name=STATE_NAMES[line.state], **given)


@routes.add("GET", "/schools/{school_id}/ledger/months/{month}")
async def read_month(request: web.Request, school_id: Id, month: Month) -> MonthOut:
    """Where a school's month stands."""
    return _month(await months.of_school(await viewer(request), school_id, month))


@routes.add("GET", "/ledger/months/{month_id}")
async def read_month_told(request: web.Request, month_id: Id) -> MonthOut:
    """The month that a notice is about."""
    return _month(await months.by_id(await viewer(request), month_id))


async def _move(request: web.Request, school_id: int, month: str, move: Move, reason: str) -> MonthOut:
    return _month(await months.move(await viewer(request), school_id, month, move, reason, now(request)))


class ReasonIn(Input):
    reason: Reason


@routes.add("POST", "/schools/{school_id}/ledger/months/{month}/confirm", errors=(409,))
async def confirm_month(request: web.Request, school_id: Id, month: Month) -> MonthOut:
    """Confirm and lock a school's month that is over."""
    return await _move(request, school_id, month, Move.CONFIRM, "")


@routes.add("POST", "/schools/{school_id}/ledger/months/{month}/appeal", errors=(409,))
async def appeal_month(request: web.Request, school_id: Id, month: Month, body: ReasonIn) -> MonthOut:
    """Object, for the school, to a month as it was confirmed."""
    return await _move(request, school_id, month, Move.APPEAL, body.reason)


@routes.add("POST", "/schools/{school_id}/ledger/months/{month}/uphold", errors=(409,))
async def uphold_month(request: web.Request, school_id: Id, month: Month, body: ReasonIn) -> MonthOut:
    """Leave an appealed month as it is."""
    return await _move(request, school_id, month, Move.UPHOLD, body.reason)


@routes.add("POST", "/schools/{school_id}/ledger/months/{month}/reopen", errors=(409,))
async def reopen_month(request: web.Request, school_id: Id, month: Month, body: ReasonIn) -> MonthOut:
    """Open a locked month again, with the reason."""
    return await _move(request, school_id, month, Move.REOPEN, body.reason)


class CountedOut(BaseModel):
    schools: int


@routes.add("GET", "/divisions/{code}/ledger/months/{month}")
async def list_months(request: web.Request, code: DivisionCode, month: Month) -> list[MonthOut]:
    """Where a month of every school of a division stands."""
    return [_month(line) for line in await months.months(await viewer(request), code, month)]


@routes.add("POST", "/divisions/{code}/ledger/months/{month}/confirm")
async def confirm_months(request: web.Request, code: DivisionCode, month: Month) -> CountedOut:
    """Confirm a month of all schools of a division that are neither confirmed nor appealed."""
    if not await Division.exists(code=code):
        raise NotFound
    return CountedOut(schools=await months.confirm_all(await viewer(request), code, month, now(request)))


class MonthQuery(Input):
    month: Month | None = None


class FigureOut(BaseModel):
    """A month so far: slots owed and filled, entries, those that came late and those that tell of something that is
    not as it should be, and when the last one came."""

    due: int
    done: int
    entries: int
    late: int
    defective: int
    last_at: Instant | None


class CompletenessOut(FigureOut):
    """`code` and `name` of a division; of a school, its id and name."""

    code: str
    name: str
    aspect: str
    aspect_name: str


class SchoolFigureOut(FigureOut):
    school_id: int
    school_name: str


def _completeness(found: list[fullness.Completeness]) -> list[CompletenessOut]:
    return [
        CompletenessOut(
            code=line.code,
            name=line.name,
            aspect=line.aspect,
            aspect_name=BY_CODE[line.aspect].name,
            **asdict(line.figure),
        )
        for line in found
    ]


@routes.add("GET", "/divisions/{code}/ledger/completeness")
async def read_completeness(
    request: web.Request, code: DivisionCode, query: MonthQuery
) -> list[CompletenessOut]:
    """How full the ledger is in the divisions just below one (a county: itself), by division and aspect."""
    month = query.month or month_of(now(request))
    return _completeness(await fullness.of_divisions(await viewer(request), code, month))


@routes.add("GET", "/schools/{school_id}/ledger/completeness")
async def read_school_completeness(
    request: web.Request, school_id: Id, query: MonthQuery
) -> list[CompletenessOut]:
    """How full a school's ledger is, by aspect."""
    at = now(request)
    found = await fullness.of_one_school(await viewer(request), school_id, query.month or month_of(at), at)
    return _completeness(found)


class SchoolsQuery(MonthQuery):
    aspect: Code | None = None


@routes.add("GET", "/divisions/{county}/ledger/schools")
async def list_school_figures(
    request: web.Request, county: County, query: SchoolsQuery
) -> list[SchoolFigureOut]:
    """How full the ledger of each school of a county is, the emptiest first: of one aspect, or of all."""
    at = now(request)
    found = await fullness.by_school(
        await viewer(request), county, query.month or month_of(at), query.aspect, at
    )
    return [
        SchoolFigureOut(school_id=line.school_id, school_name=line.name, **asdict(line.figure))
        for line in found
    ]
