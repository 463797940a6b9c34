"""Registers (名录) as tables: suppliers, cameras, lists of committees. The same identity again changes the row.

Licences, contracts and staff come from entries: they are given away as tables, and come in with their aspects.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from models.database import sql
from models.journal.inserting import STEP
from models.ledger import validation
from models.ledger.computing import NOBODY
from models.ledger.declaring import Form, Register
from models.ledger.places import CountyFacts, facts_in
from models.ledger.registering import key_of, row_values, upsert_rows
from models.ledger.tables import RegisterRow
from models.organisations.tables import PostKind
from models.organisations.touching import Touched, touch
from models.people.access import Held
from models.people.rights import RIGHTS, Right
from models.workbooks.entries import COUNTY, DEFECTS, NAME, REVISION, SCHOOL, STATE, told
from models.workbooks.importing import Counts, Looking, Sheet
from models.workbooks.items import columns_of, header
from models.workbooks.looking_up import Place, find_places, stranger
from models.workbooks.reading import Column, Fault, Row
from models.workbooks.scanning import WorkbookRefused
from models.workbooks.spool import Rows

PUTS = f"""
{STEP} SELECT $6, 'register_row', v.c1, v.c2, v.c3, v.c4, 'put', v.c5 FROM {{rows}}
"""  # noqa: S608
WHERE = "学校填学校标识码，县教体局填区划代码，只填一个"
NOWHERE = "新增或改动的行须填学校标识码，县教体局填区划代码"


def register_columns(form: Form) -> tuple[Column, ...]:
    """All columns of a register's workbook, in their order."""
    writing = form.writing if isinstance(form, Register) else frozenset[PostKind]()
    of_school = Column(
        SCHOOL.header, SCHOOL.read, PostKind.COUNTY not in writing, SCHOOL.hint, f"{SCHOOL.note}；{WHERE}"
    )
    of_county = Column(COUNTY.header, COUNTY.read, False, "", WHERE, filled=PostKind.COUNTY in writing)
    return (of_school, NAME, of_county, *columns_of(form), REVISION, STATE, DEFECTS, told("更新时间"))


def register_sheet(form: Register) -> Sheet:
    """The table of a register, from its declaration alone."""
    about = (
        "已有的按编号或代码识别：有改动的更新，没有改动的不变，不会重复。",
        "不再有效的请在名录中注明，不要从表里删去。",
    )
    return Sheet(
        form.code, form.name, about, register_columns(form), _key(form), partial(_check, form),
        partial(_write, form), senders=partial(senders, form), right=Right.KEEP_LEDGER, grows=(),
    )  # fmt: skip


def senders(form: Register, held: tuple[Held, ...]) -> tuple[Held, ...]:
    """The posts that write the register: the same as by hand."""
    return tuple(one for one in held if Right.KEEP_LEDGER in RIGHTS[one.kind] and one.kind in form.writing)


def _key(form: Register) -> Callable[[Row], str | None]:
    """Which rows name the same thing."""
    names = {item.code: header(item) for item in form.items}

    def key(row: Row) -> str | None:
        said = [row[names[code]] for code in form.kept.key]
        place = [] if form.kept.among == "province" else [row[SCHOOL.header], row[COUNTY.header]]
        if None in said:
            return None
        return hashlib.sha256(sql.dump([*place, *said]).encode()).hexdigest()

    return key


@dataclass(frozen=True)
class _Put:
    """A row that is new or says something else: its place, its values and what is there (None: nothing)."""

    place: Place
    values: validation.Values
    before: RegisterRow | None
    defects: tuple[validation.Fault, ...]


async def _judge(form: Register, rows: Rows, looking: Looking) -> tuple[list[_Put], int, list[Fault]]:
    """What is to be written, how many rows say what is there, and what is wrong or unusual."""
    # as the file has them, not by their keys
    rows = sorted(rows, key=lambda one: one[0])
    schools = await find_places(False, [row[SCHOOL.header] for _, row in rows], looking)
    counties = await find_places(True, [row[COUNTY.header] for _, row in rows], looking)
    facts = await facts_in({place.county_code for place in (*schools.values(), *counties.values())})
    faults = list(_twice(form, rows))
    wrong = {fault.row for fault in faults}
    asked = []
    for number, row in rows:
        place, fault = _place(number, row, schools, counties, looking)
        given = {item.code: row[header(item)] for item in form.items if row[header(item)] is not None}
        values, refused = validation.read(form, form.version, given)
        faults += [fault] if fault else []
        faults += [_fault(form, number, one) for one in refused]
        if fault is None and not refused and number not in wrong:
            asked.append((number, place, values))
    there = await _there(form, [(place, values) for _, place, values in asked])
    puts, same = [], 0
    for number, place, values in asked:
        before = there.get(_row_key(form, place, values))
        if before is not None and before.items == values:
            same += 1
        elif place is None:
            faults.append(Fault(number, SCHOOL.header, NOWHERE))
        else:
            defects = _defects(form, values, facts[place.county_code])
            faults += [_fault(form, number, one, grave=False) for one in defects]
            puts.append(_Put(place, values, before, defects))
    return puts, same, faults


def _defects(form: Register, values: validation.Values, facts: CountyFacts) -> tuple[validation.Fault, ...]:
    return tuple(validation.defects(form, form.version, values, facts.policy))


def _twice(form: Register, rows: Rows) -> Iterator[Fault]:
    key, first = _key(form), dict[str, int]()
    for number, row in rows:
        said = key(row)
        if said is not None and first.setdefault(said, number) != number:
            at = next(header(item) for item in form.items if item.code == form.kept.key[0])
            yield Fault(number, at, f"与第{first[said]}行是同一个，请只留一行")


def _place(
    number: int, row: Row, schools: dict[str, Place], counties: dict[str, Place], looking: Looking
) -> tuple[Place | None, Fault | None]:
    """Where a row belongs; None: it does not say, which what is the whole province's need not."""
    school, county = row[SCHOOL.header], row[COUNTY.header]
    if school is not None and county is not None:
        return None, Fault(number, COUNTY.header, WHERE)
    if school is not None and school not in schools:
        return None, Fault(number, SCHOOL.header, stranger(False, school, looking))
    if county is not None and county not in counties:
        return None, Fault(number, COUNTY.header, stranger(True, county, looking))
    return schools.get(school) or counties.get(county), None


def _fault(form: Form, number: int, one: validation.Fault, grave: bool = True) -> Fault:
    column = next((header(item) for item in form.items if item.code == one.item), SCHOOL.header)
    return Fault(number, column, one.sentence.rstrip("。"), grave)


def _row_key(form: Register, place: Place | None, values: dict[str, Any]) -> str:
    return key_of(form, values, place.school_id if place else None, place.county_code if place else "")


async def _there(
    form: Register, asked: list[tuple[Place | None, validation.Values]]
) -> dict[str, RegisterRow]:
    keys = sorted({_row_key(form, place, values) for place, values in asked})
    return {one.row_key: one for one in await RegisterRow.filter(form=form.code, row_key__in=keys)}


async def _check(form: Register, rows: Rows, looking: Looking) -> list[Fault]:
    _, _, faults = await _judge(form, rows, looking)
    return faults


async def _write(form: Register, rows: Rows, looking: Looking) -> Counts:
    """Counted are rows of the register."""
    puts, same, faults = await _judge(form, rows, looking)
    if any(fault.grave for fault in faults):
        raise WorkbookRefused("核对之后名录有了变动，请重新上传")
    person = looking.person_id or NOBODY
    ready = [
        row_values(
            form, form.version, one.values, one.defects, one.place.school_id, one.place.county_code,
            person, looking.now,
        )
        for one in puts
    ]  # fmt: skip
    ids = await upsert_rows(ready)
    steps = []
    for one, row in zip(puts, ready, strict=True):
        facts = {"form": form.code, "import": True}
        row_id = ids[form.code, row.row_key]
        steps.append(
            [row_id, one.place.school_id, looking.person_id, _post(form, one.place, looking), sql.dump(facts)]
        )
        await touch([Touched(one.place.county_code, one.place.school_id, form.code, row_id)])
    await sql.over_rows(PUTS, ["bigint", "bigint", "bigint", "bigint", "jsonb"], steps, looking.now)
    new = sum(one.before is None for one in puts)
    return Counts(new, len(puts) - new, same)


def _post(form: Register, place: Place, looking: Looking) -> int | None:
    """The post on which a row is written; nobody's from the command line."""
    if looking.reach is None:
        return None
    mine = [one for one in looking.reach.posts if one.kind in form.writing]
    at = [one for one in mine if place.school_id is not None and one.school_id == place.school_id]
    return (at or mine)[0].post_id
