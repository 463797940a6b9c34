"""The ledger given away: an aspect of a school's or a county's months, and registers (名录), as workbooks.

What somebody may not read is not in it, numbers of certificates are masked. Whoever may have them shown may ask for
the whole numbers: then each entry's step is in the journal before the file is. Rows are read school by school and
written to disk as they come, so that memory does not grow with them.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tortoise.transactions import in_transaction

from models.errors import Forbidden, Invalid, NotFound
from models.journal.actions import record
from models.ledger import queries
from models.ledger.aspects import aspect
from models.ledger.declaring import MEAL_NAMES, Applies, Aspect, Form, Meal, Rhythm
from models.ledger.registers import FORMS, NAMES
from models.ledger.sealing import hidden_items, unseal_many
from models.ledger.tables import LedgerEntry, RegisterRow
from models.organisations.tables import Division, School
from models.people import access
from models.people.access import Viewer
from models.people.phones import Vault
from models.people.queries import names as names_of
from models.people.rights import Right
from models.policies.calendar import BEIJING, beijing_date, last_day
from models.workbooks.books import Book, Page
from models.workbooks.entries import entry_columns
from models.workbooks.items import Cell, Names, cell
from models.workbooks.looking_up import names_in, offers
from models.workbooks.reading import MOST_ROWS
from models.workbooks.register_rows import register_columns

MOST_MONTHS = 12
PAGE = 500


class TooManyMonths(Invalid):
    code = "too_many_months"
    sentence = f"一次最多导出{MOST_MONTHS}个月，且开始的月份不能晚于结束的月份。"


class TooManyRows(Invalid):
    code = "too_many_rows"
    sentence = f"超过{MOST_ROWS}行，请分几次导出。"


class NoSuchPlace(Invalid):
    code = "not_kept_there"
    sentence = "“{aspect}”由{who}填报，请到那里导出。"


@dataclass(frozen=True)
class Months:
    """From the first to the last, both `2026-11`."""

    first: str
    last: str

    @property
    def days(self) -> tuple[date, date]:
        return date.fromisoformat(f"{self.first}-01"), last_day(self.last)

    def check(self) -> None:
        """Raises TooManyMonths."""
        (first, _), (_, last) = self.days, self.days
        if not 0 <= (last.year - first.year) * 12 + last.month - first.month < MOST_MONTHS:
            raise TooManyMonths

    @property
    def said(self) -> str:
        return self.first if self.first == self.last else f"{self.first}至{self.last}"


@dataclass(frozen=True)
class Asked:
    """Who asks when, and whether for whole numbers and for revisions that later ones stand in the place of."""

    viewer: Viewer
    now: datetime
    vault: Vault
    revealing: bool = False
    history: bool = False


async def school_entries(asked: Asked, school_id: int, code: str, months: Months, out: Path) -> str:
    """Write an aspect of a school's months; the file's name. Raises NotFound and Forbidden."""
    form = aspect(code)
    months.check()
    school = await access.school(asked.viewer, school_id, Right.READ_LEDGER)
    await access.require(asked.viewer, form.reading, school)
    if asked.revealing:
        await access.require(asked.viewer, Right.REVEAL_NUMBER, school)
    if form.applies is Applies.COUNTY:
        raise NoSuchPlace(aspect=form.name, who="县教体局")
    places = [_Place(school.id, school.code, school.name, school.county_code)]
    return await _entries(asked, form, ("school", school.id, school.name), places, months, out)


async def county_entries(asked: Asked, code: str, aspect_code: str, months: Months, out: Path) -> str:
    """The same of all schools of a county, or of its own office where that keeps the aspect."""
    form = aspect(aspect_code)
    months.check()
    for right in (Right.READ_LEDGER, form.reading, *((Right.REVEAL_NUMBER,) if asked.revealing else ())):
        access.division(asked.viewer, code, right)
    county = await Division.get_or_none(code=code, level="county")
    if county is None:
        raise NotFound
    if form.applies is Applies.COUNTY:
        places = [_Place(None, code, county.name, code)]
    else:
        schools = await School.filter(county_code=code).order_by("code").values("id", "code", "name")
        places = [_Place(one["id"], one["code"], one["name"], code) for one in schools]
    return await _entries(asked, form, ("division", int(code), county.name), places, months, out)


@dataclass(frozen=True)
class _Place:
    school_id: int | None
    code: str
    name: str
    county_code: str


async def _entries(
    asked: Asked,
    form: Aspect,
    subject: tuple[str, int, str],
    places: Sequence[_Place],
    months: Months,
    out: Path,
) -> str:
    kind, subject_id, name = subject
    book = Book(out)
    offered = await offers(form, places[0].school_id, beijing_date(asked.now)) if len(places) == 1 else {}
    columns = [replace(one, offered=offered.get(one.header, ())) for one in entry_columns(form)]
    page = book.page(form.name, columns)
    count = 0
    for place in places:
        rows = await _of_place(asked, form, place, months)
        count += len(rows)
        if count > MOST_ROWS:
            raise TooManyRows
        await _write_entries(asked, form, place, rows, page)
    facts = {"form": form.code, "months": months.said, "rows": count, "revealed": asked.revealing}
    await _finish(asked, book, f"{name} {form.name} {months.said}", kind, subject_id, facts)
    return f"{name}-{form.name}-{months.said}.xlsx"


async def _of_place(asked: Asked, form: Aspect, place: _Place, months: Months) -> list[LedgerEntry]:
    first, last = months.days
    query = LedgerEntry.filter(
        school_id=place.school_id, aspect=form.code, for_on__gte=first, for_on__lte=last
    )
    if place.school_id is None:
        query = query.filter(county_code=place.county_code)
    if not asked.history:
        query = query.filter(current=True)
    return await query.order_by("for_on", "id")


async def _write_entries(
    asked: Asked, form: Aspect, place: _Place, rows: Sequence[LedgerEntry], page: Page
) -> None:
    who = await names_of({row.person_id for row in rows})
    names = await names_in(form, [row.items for row in rows])
    replaced = {row.replaces_id for row in rows}
    for some in _batches(rows):
        items = await _items(
            asked, form, "ledger_entry", [(one.id, one.school_id, one.items) for one in some]
        )
        cells = [
            [
                place.code, place.name, row.for_on.isoformat(), *_meal(form, row.meal), *_cells(form, values, names),
                None, row.id, row.revision, _state(row, replaced), "是" if row.late else None,
                _named(form, row.defect_items), who.get(row.person_id), _at(row.received_at),
            ]
            for row, values in zip(some, items, strict=True)
        ]  # fmt: skip
        await asyncio.to_thread(page.write, cells)


def _batches(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[at : at + PAGE] for at in range(0, len(rows), PAGE))


def _meal(form: Aspect, meal: str | None) -> list[Cell]:
    return [MEAL_NAMES[Meal(meal)] if meal else None] if form.rhythm is Rhythm.MEAL else []


def _cells(form: Form, values: Mapping[str, Any], names: Names) -> list[Cell]:
    return [cell(item, values.get(item.code), names) for item in form.items]


def _state(row: LedgerEntry, replaced: set[int | None]) -> str:
    reason = f"（{row.reason}）" if row.reason else ""
    if row.current:
        return f"现行{reason}"
    return f"已更正{reason}" if row.id in replaced else f"已撤回{reason}"


def _named(form: Form, codes: str | None) -> str | None:
    named = {item.code: item.name for item in form.items}
    return "、".join(named.get(code, code) for code in codes.split(",")) if codes else None


def _at(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M}"


async def _items(
    asked: Asked, form: Form, kind: str, rows: Sequence[tuple[int, int | None, Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    """Values as they may be seen; whole numbers where they were asked for, each on record first."""
    values = [dict(items) for _, _, items in rows]
    hidden = hidden_items(form)
    if not asked.revealing or not hidden:
        return values
    found = [(n, code) for n, one in enumerate(values) for code in hidden if code in one]
    async with in_transaction():
        for n, code in found:
            await record(
                kind, rows[n][0], "reveal", asked.now,
                school_id=rows[n][1], person_id=asked.viewer.bound, facts={"item": code, "export": True},
            )  # fmt: skip
    numbers = await unseal_many([int(values[n][code]["sealed"]) for n, code in found], asked.vault)
    for n, code in found:
        values[n][code] = numbers[int(values[n][code]["sealed"])]
    return values


async def _finish(
    asked: Asked, book: Book, title: str, kind: str, subject_id: int, facts: dict[str, Any]
) -> None:
    lines = [
        f"{_at(asked.now)}导出。证件号码只显示首尾；照片只写张数。",
        "改好后可以整份传回：记录编号空着的是新记录，改动的须写明更正原因，没有改动的不变。",
    ]
    book.explain(title, lines)
    await asyncio.to_thread(book.close)
    async with in_transaction():
        await record(
            kind, subject_id, "export_ledger", asked.now,
            school_id=subject_id if kind == "school" else None, person_id=asked.viewer.bound, facts=facts,
        )  # fmt: skip


async def register_rows(
    asked: Asked, register: str, out: Path, *, school_id: int | None = None, division_code: str | None = None
) -> str:
    """Write a register of a school or a division, a page for each form of it; the file's name. With `history`
    what is there no more, too. Raises NotFound and Forbidden."""
    name = await _place_name(asked, register, school_id, division_code)
    forms = [form for form in FORMS.values() if form.kept is not None and form.kept.register == register]
    book = Book(out)
    pages = {form.code: book.page(form.name, register_columns(form)) for form in forms}
    count = 0
    async for rows in _register_pages(asked, register, school_id, division_code):
        count += len(rows)
        if count > MOST_ROWS:
            raise TooManyRows
        for form in forms:
            await _write_rows(asked, form, [one for one in rows if one.form == form.code], pages[form.code])
    facts = {"register": register, "rows": count, "revealed": asked.revealing}
    kind, subject_id = (
        ("school", school_id) if school_id is not None else ("division", int(division_code or 0))
    )
    await _finish(asked, book, f"{name} {NAMES[register]}名录", kind, subject_id or 0, facts)
    return f"{name}-{NAMES[register]}名录.xlsx"


async def _place_name(asked: Asked, register: str, school_id: int | None, division_code: str | None) -> str:
    # asked first: what of it may be read is for the ledger to say
    await queries.rows(asked.viewer, register, school_id=school_id, division_code=division_code, limit=1)
    if school_id is not None:
        school = await School.get(id=school_id)
        if asked.revealing:
            await access.require(asked.viewer, Right.REVEAL_NUMBER, school)
        return school.name
    division = await Division.get_or_none(code=division_code)
    if division is None:
        raise NotFound
    if asked.revealing and access.division(asked.viewer, division.code, Right.REVEAL_NUMBER) is None:
        raise Forbidden
    return division.name


async def _register_pages(
    asked: Asked, register: str, school_id: int | None, division_code: str | None
) -> AsyncIterator[list[RegisterRow]]:
    after = 0
    while rows := await queries.rows(
        asked.viewer, register,
        school_id=school_id, division_code=division_code, ended=asked.history, after=after, limit=PAGE,
    ):  # fmt: skip
        yield rows
        after = rows[-1].id


async def _write_rows(asked: Asked, form: Form, rows: Sequence[RegisterRow], page: Page) -> None:
    if not rows:
        return
    ids = {row.school_id for row in rows if row.school_id is not None}
    schools = {one["id"]: one for one in await School.filter(id__in=ids).values("id", "code", "name")}
    names = await names_in(form, [row.items for row in rows])
    items = await _items(asked, form, "register_row", [(one.id, one.school_id, one.items) for one in rows])
    cells = []
    for row, values in zip(rows, items, strict=True):
        school = schools.get(row.school_id or 0, {})
        cells.append(
            [
                school.get("code"), school.get("name"), row.county_code, *_cells(form, values, names),
                row.revision, "在册" if row.ended_on is None else f"{row.ended_on}起不再有效（{row.ended_reason}）",
                _named(form, row.defect_items), _at(row.changed_at),
            ]
        )  # fmt: skip
    await asyncio.to_thread(page.write, cells)
