"""Asking the ledger: what is due, what is there, how full it is. Always within what the viewer may see."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Forbidden, NotFound
from models.evidence.queries import arrived
from models.journal.actions import record
from models.ledger.aspects import ASPECTS, BY_CODE, aspect
from models.ledger.declaring import Applies, Aspect, ItemKind, Rhythm
from models.ledger.figures import schools_in
from models.ledger.knowing import suppliers_of
from models.ledger.periods import SchoolFacts, ends_at, owes, period_of, slots_of_day
from models.ledger.places import facts_of
from models.ledger.registers import FORMS, NAMES, NoSuchRegister
from models.ledger.sealing import unseal
from models.ledger.tables import LedgerEntry, RegisterRow
from models.organisations.rules import span
from models.organisations.tables import PostKind, School
from models.people import access
from models.people.access import Viewer
from models.people.phones import Vault
from models.people.queries import names
from models.people.rights import Right
from models.policies.calendar import last_day
from models.policies.terms import Terms

# how long before it runs out something is due again
EXPIRY_DAYS = 90


@dataclass(frozen=True)
class Due:
    """An aspect that a post owes: for which date and meal, until when, and what of it is there.

    `done`: nothing more is owed. `runs_out`: of things that expire, the first date on which one does.
    """

    school_id: int | None
    school_name: str
    division_code: str | None
    aspect: str
    name: str
    rhythm: Rhythm
    for_on: date
    meal: str | None
    due_at: datetime | None
    done: bool
    entries: int
    runs_out: date | None


async def due(viewer: Viewer, day: date) -> list[Due]:
    """What the viewer's posts owe on a Beijing date, open ones first, in the order of the aspects."""
    lines = []
    for held in viewer.with_right(Right.KEEP_LEDGER):
        if held.school_id is not None:
            lines += await _due_at(held.school_id, held.kind, day)
        elif held.kind is PostKind.COUNTY and held.division_code is not None:
            lines += await _due_of_county(held.division_code, day)
    return sorted(lines, key=lambda line: (line.done, BY_CODE[line.aspect].number, line.school_id or 0))


async def _due_at(school_id: int, kind: PostKind, day: date) -> list[Due]:
    school = await School.get(id=school_id)
    facts = (await schools_in(school.county_code)).get(school.id)
    if facts is None:
        return []
    terms = (await facts_of(school.county_code)).terms
    mine = [one for one in ASPECTS if one.owner is kind and owes(one, facts)]
    there = await _there(school.id, mine, day, terms)
    rows = await _rows_of(mine, day, Q(school_id=school.id))
    lines = []
    for one in mine:
        for slot in _slots(one, facts, day, terms):
            n = there.get((one.code, slot or ""), 0)
            until = rows.get(one.code)
            lines.append(_line(one, day, terms, slot, n, until, school=school))
    return lines


async def _due_of_county(code: str, day: date) -> list[Due]:
    own = [one for one in ASPECTS if one.applies is Applies.COUNTY]
    rows = await _rows_of(own, day, Q(school_id=None, county_code=code))
    terms = (await facts_of(code)).terms
    return [_line(one, day, terms, None, 0, rows.get(one.code), county=code) for one in own]


def _slots(one: Aspect, school: SchoolFacts, day: date, terms: Terms) -> Iterable[str | None]:
    if one.rhythm in (Rhythm.MEAL, Rhythm.DAILY):
        return [slot or None for slot in slots_of_day(one, school, day, terms)]
    return [None]


def _line(
    one: Aspect,
    day: date,
    terms: Terms,
    meal: str | None,
    entries: int,
    until: tuple[int, date | None] | None,
    *,
    school: School | None = None,
    county: str | None = None,
) -> Due:
    runs_out = None
    done = entries > 0
    if one.rhythm is Rhythm.EXPIRY:
        entries, runs_out = until or (0, None)
        done = entries > 0 and (runs_out is None or runs_out > day + timedelta(days=EXPIRY_DAYS))
    return Due(
        school.id if school else None, school.name if school else "", county, one.code, one.name, one.rhythm, day,
        meal, ends_at(one.rhythm, day, terms), done, entries, runs_out,
    )  # fmt: skip


async def _there(school_id: int, among: list[Aspect], day: date, terms: Terms) -> dict[tuple[str, str], int]:
    """Entries of each aspect's period of a date, by aspect and meal."""
    first = {one.code: _since(one, day, terms) for one in among}
    clauses = " OR ".join(
        f"(aspect = '{code}' AND for_on >= '{since.isoformat()}')" for code, since in first.items()
    )
    found = await sql.rows(
        "SELECT aspect, COALESCE(meal, '') AS meal, COUNT(*) AS n FROM ledger_entry"  # noqa: S608
        f" WHERE school_id = $1 AND for_on <= $2 AND current AND ({clauses or '1 = 0'})"
        " GROUP BY aspect, COALESCE(meal, '')",
        school_id, day,
    )  # fmt: skip
    return {(row["aspect"], row["meal"]): row["n"] for row in found}


def _since(one: Aspect, day: date, terms: Terms) -> date:
    if one.rhythm is Rhythm.ON_CHANGE:
        return date(2000, 1, 1)
    return period_of(one.rhythm, day, terms)[0]


async def _rows_of(among: list[Aspect], day: date, place: Q) -> dict[str, tuple[int, date | None]]:
    """How many rows of registers each aspect has that are valid on a date, and when the first runs out."""
    codes = [one.code for one in among if one.kept is not None]
    rows = await RegisterRow.filter(place, form__in=codes, ended_on=None).values("form", "until_on")
    found: dict[str, tuple[int, date | None]] = {}
    for row in rows:
        until = row["until_on"]
        if until is not None and until < day:
            continue
        n, first = found.get(row["form"], (0, None))
        found[row["form"]] = n + 1, min(filter(None, (first, until)), default=None)
    return found


@dataclass(frozen=True)
class EntryLine:
    """An entry as it may be shown: certificates masked, photos by the keys they came to have."""

    row: LedgerEntry
    who: str
    values: dict[str, Any]


async def entries(
    viewer: Viewer,
    school_id: int,
    *,
    code: str | None = None,
    month: str | None = None,
    before: int | None = None,
    limit: int = 20,
) -> list[EntryLine]:
    """A school's current entries, newest first; without those of aspects that the viewer may not read."""
    school = await access.school(viewer, school_id, Right.READ_LEDGER)
    readable = [one.code for one in ASPECTS if access.reaches(viewer, one.reading, school) is not None]
    if code is not None and aspect(code).code not in readable:
        raise Forbidden(right=aspect(code).reading.value)
    query = LedgerEntry.filter(
        school_id=school.id, current=True, aspect__in=[code] if code is not None else readable
    )
    if month is not None:
        query = query.filter(for_on__gte=date.fromisoformat(f"{month}-01"), for_on__lte=last_day(month))
    if before is not None:
        query = query.filter(id__lt=before)
    return await _shown(await query.order_by("-id").limit(limit))


async def county_entries(
    viewer: Viewer, division_code: str, before: int | None = None, limit: int = 20
) -> list[EntryLine]:
    """Current entries that offices of a division made themselves, newest first."""
    access.division(viewer, division_code, Right.READ_LEDGER)
    first, end = span(division_code)
    query = LedgerEntry.filter(school_id=None, county_code__gte=first, county_code__lt=end, current=True)
    if before is not None:
        query = query.filter(id__lt=before)
    return await _shown(await query.order_by("-id").limit(limit))


async def history(viewer: Viewer, entry_id: int) -> list[EntryLine]:
    """An entry with all revisions of its chain, the newest first."""
    found = await _entry(viewer, entry_id)
    first = found.original_id or found.id
    chain = await LedgerEntry.filter(Q(id=first) | Q(original_id=first)).order_by("-revision")
    return await _shown(chain)


async def _entry(viewer: Viewer, entry_id: int, right: Right | None = None) -> LedgerEntry:
    """The entry, for those who may read its aspect, or have the right besides."""
    found = await LedgerEntry.get_or_none(id=entry_id)
    if found is None:
        raise NotFound
    await _require(viewer, found.school_id, found.county_code, BY_CODE[found.aspect].reading, right)
    return found


async def _require(
    viewer: Viewer, school_id: int | None, county_code: str | None, reading: Right, right: Right | None
) -> None:
    if school_id is not None:
        school = await access.school(viewer, school_id, Right.READ_LEDGER)
        await access.require(viewer, reading, school)
        if right is not None:
            await access.require(viewer, right, school)
    elif county_code is not None:
        access.division(viewer, county_code, Right.READ_LEDGER)
        access.division(viewer, county_code, reading)
        if right is not None:
            access.division(viewer, county_code, right)
    elif not viewer.with_right(right or reading):
        raise Forbidden if viewer.with_right(reading) else NotFound


async def _shown(rows: list[LedgerEntry]) -> list[EntryLine]:
    who = await names({row.person_id for row in rows})
    named = [
        (row.person_id, name)
        for row in rows
        for item in BY_CODE[row.aspect].items
        if item.kind is ItemKind.PHOTOS
        for name in row.items.get(item.code, [])
    ]
    keys = await arrived(named)
    return [EntryLine(row, who.get(row.person_id, ""), _with_keys(row, keys)) for row in rows]


def _with_keys(row: LedgerEntry, keys: Mapping[tuple[int, str], str]) -> dict[str, Any]:
    values = shown(row.aspect, row.items)
    for item in BY_CODE[row.aspect].items:
        if item.kind is ItemKind.PHOTOS and item.code in values:
            values[item.code] = [keys.get((row.person_id, name), name) for name in values[item.code]]
    return values


def shown(form: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values for people to read: of what is sealed, the mask."""
    hidden = {item.code for item in FORMS[form].items if item.kind is ItemKind.CERTIFICATE}
    return {code: value["masked"] if code in hidden else value for code, value in values.items()}


async def rows(
    viewer: Viewer,
    register: str,
    *,
    school_id: int | None = None,
    division_code: str | None = None,
    ended: bool = False,
    named: str = "",
    after: int = 0,
    limit: int = 50,
) -> list[RegisterRow]:
    """Rows of a register by id, after an id: a school's, or all of a division's schools and offices. Suppliers
    are the whole province's. `named`: part of what they are called, or a supplier's whole code. Values are as
    stored: `shown` makes them fit to be seen."""
    if register not in NAMES:
        raise NoSuchRegister(register=register)
    forms = [code for code, form in FORMS.items() if form.kept is not None and form.kept.register == register]
    query = RegisterRow.filter(register=register, id__gt=after)
    if school_id is not None:
        school = await access.school(viewer, school_id, Right.READ_LEDGER)
        forms = [code for code in forms if access.reaches(viewer, FORMS[code].reading, school) is not None]
        if not forms:
            raise Forbidden
        query = query.filter(Q(school_id=school.id) | Q(school_id=None, county_code=None))
    elif division_code is not None:
        for code in forms:
            access.division(viewer, division_code, FORMS[code].reading)
        first, end = span(division_code)
        within = Q(county_code__gte=first, county_code__lt=end)
        query = query.filter(within | Q(school_id=None, county_code=None))
    else:
        raise NotFound
    if not ended:
        query = query.filter(ended_on=None)
    if named:
        # of the whole province there is one of a code: its key begins with no place
        query = query.filter(Q(label__contains=named) | Q(row_key=f"|{named.upper()}"))
    return await query.filter(form__in=forms).order_by("id").limit(limit)


async def row(viewer: Viewer, row_id: int) -> tuple[RegisterRow, int | None]:
    """A row for those who may read its form, with the entry that wrote it last, if one did."""
    found = await RegisterRow.get_or_none(id=row_id)
    if found is None:
        raise NotFound
    await _require(viewer, found.school_id, found.county_code, FORMS[found.form].reading, None)
    entry = await LedgerEntry.filter(register_row_id=row_id, current=True).order_by("-id").first().only("id")
    return found, entry.id if entry is not None else None


async def suppliers(viewer: Viewer, school_id: int, on: date, limit: int = 50) -> list[RegisterRow]:
    """The suppliers that a school has to do with, the nearest first, for those who keep its ledger: its own
    contracts', those that delivered lately, its county's, and those that its people wrote into the register."""
    school = await access.school(viewer, school_id, Right.READ_LEDGER)
    await access.require(viewer, Right.KEEP_LEDGER, school)
    nearness = await suppliers_of(school.id, school.county_code, on)
    found = await RegisterRow.filter(id__in=list(nearness), register="supplier", ended_on=None)
    return sorted(found, key=lambda row: (nearness[row.id], row.label, row.id))[:limit]


async def reveal_entry(viewer: Viewer, entry_id: int, item: str, vault: Vault, now: datetime) -> str:
    """A certificate's number in an entry, whole; journalled. NotFound, Forbidden."""
    found = await _entry(viewer, entry_id, Right.REVEAL_NUMBER)
    number = await _number(found.items, item, vault)
    await _journal_reveal(viewer, "ledger_entry", found.id, found.school_id, item, now)
    return number


async def reveal_row(viewer: Viewer, row_id: int, item: str, vault: Vault, now: datetime) -> str:
    """A certificate's number in a register's row, whole; journalled. NotFound, Forbidden."""
    found = await RegisterRow.get_or_none(id=row_id)
    if found is None:
        raise NotFound
    reading = FORMS[found.form].reading
    await _require(viewer, found.school_id, found.county_code, reading, Right.REVEAL_NUMBER)
    number = await _number(found.items, item, vault)
    await _journal_reveal(viewer, "register_row", found.id, found.school_id, item, now)
    return number


async def _number(values: Mapping[str, Any], item: str, vault: Vault) -> str:
    value = values.get(item)
    if not isinstance(value, dict) or "sealed" not in value:
        raise NotFound
    return await unseal(int(value["sealed"]), vault)


async def _journal_reveal(
    viewer: Viewer, kind: str, subject_id: int, school_id: int | None, item: str, now: datetime
) -> None:
    async with in_transaction():
        await record(
            kind, subject_id, "reveal", now,
            school_id=school_id, person_id=viewer.bound, facts={"item": item},
        )  # fmt: skip


@dataclass(frozen=True)
class Signer:
    """Whom an item of the kind `signer` may name. `staff`: of the school's own people."""

    person_id: int
    name: str
    kind: PostKind
    staff: bool


# the canteen's checks are the school's own: a parent of the committee or a supervisor makes none of them
STAFF = [kind.value for kind in (PostKind.HEAD, PostKind.MANAGER, PostKind.FINANCE)]


async def signers(viewer: Viewer, school_id: int, on: date) -> list[Signer]:
    """People with a post at the school, parents not, by name."""
    school = await access.school(viewer, school_id, Right.READ_LEDGER)
    await access.require(viewer, Right.KEEP_LEDGER, school)
    found = await sql.rows(
        "SELECT p.id, p.name, MIN(po.kind) AS kind,"  # noqa: S608
        f" MAX(CASE WHEN po.kind IN ({sql.places(STAFF, 3)}) THEN 1 ELSE 0 END) AS staff FROM post po JOIN holding h ON h.post_id = po.id"
        " JOIN person p ON p.id = h.person_id WHERE po.school_id = $1 AND po.kind <> 'parent' AND h.since_on <= $2"
        " AND (h.until_on IS NULL OR h.until_on > $2) GROUP BY p.id, p.name ORDER BY p.name, p.id",
        school.id, on, *STAFF,
    )  # fmt: skip
    return [Signer(row["id"], row["name"], PostKind(row["kind"]), row["staff"] == 1) for row in found]
