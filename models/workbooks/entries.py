"""Entries of an aspect (方面) as a table: the one that was exported, filled in where there was no network, sent back.

A row without the number of an entry is a new one. A row with it and with other words than were exported corrects the
entry: a revision, with a reason. Everything is judged by what judges an entry from the phone, in the same words.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial

from models.database import sql
from models.errors import Refusal
from models.ledger import actions, bulk, validation
from models.ledger.computing import NOBODY
from models.ledger.declaring import MEAL_NAMES, Applies, Aspect, Rhythm
from models.ledger.rules import may_fill
from models.ledger.tables import LedgerEntry, Origin
from models.organisations.tables import PostKind
from models.people.access import Held, Viewer
from models.people.rights import RIGHTS, Right
from models.workbooks import cells
from models.workbooks.importing import Counts, Looking, Sheet
from models.workbooks.items import columns_of, header
from models.workbooks.looking_up import Place, find_places, stranger
from models.workbooks.meaning import Given, Meaning, meanings
from models.workbooks.reading import Column, Fault, Row
from models.workbooks.scanning import WorkbookRefused
from models.workbooks.spool import Rows

SCHOOL = Column(
    "学校标识码", cells.matching(r"\d{10}", "10位数字"), hint="5399999999", note="教育部10位标识码"
)
COUNTY = Column("区划代码", cells.matching(r"\d{6}", "6位区划代码"), hint="539999", note="县区的区划代码")
DAY = Column("日期", cells.day, hint="2026-09-01", note="台账是哪一天的")
MEAL = Column("餐次", cells.OneOf({name: meal.value for meal, name in MEAL_NAMES.items()}), hint="午餐")
REASON = Column("更正原因", cells.text(200), required=False, note="改动已有记录时必填", filled=False)
ENTRY = Column(
    "记录编号", cells.matching(r"\d{1,15}", "导出时的记录编号"), required=False, filled=False,
    note="新记录空着；不要改动",
)  # fmt: skip


def told(name: str) -> Column:
    """What an exported row says besides, and nobody answers for."""
    return Column(name, cells.text(500), required=False, filled=False, note="导出时写明，导入时不看")


NAME, REVISION, STATE = told("学校名称"), told("版次"), told("状态")
LATE, DEFECTS, WHO, AT = told("是否迟报"), told("不符合要求"), told("填报人"), told("填报时间")
ITEM_OF = {"for_on": DAY.header, "meal": MEAL.header, "made_at": DAY.header}
CHANGED_MEANWHILE = "核对之后台账有了变动，请重新上传"


def place_column(form: Aspect) -> Column:
    return COUNTY if form.applies is Applies.COUNTY else SCHOOL


def entry_columns(form: Aspect) -> tuple[Column, ...]:
    """All columns of an aspect's workbook, in their order."""
    meal = (MEAL,) if form.rhythm is Rhythm.MEAL else ()
    told = (REASON, ENTRY, REVISION, STATE, LATE, DEFECTS, WHO, AT)
    return (place_column(form), NAME, DAY, *meal, *columns_of(form), *told)


def entry_sheet(form: Aspect) -> Sheet:
    """The table of an aspect, from its declaration alone."""
    return Sheet(
        form.code, form.name, _about(form), entry_columns(form), _key(form), partial(_check, form),
        partial(_write, form), senders=partial(senders, form), right=Right.KEEP_LEDGER, grows=(),
    )  # fmt: skip


def senders(form: Aspect, held: tuple[Held, ...]) -> tuple[Held, ...]:
    """The posts that fill the aspect in: the same as by hand."""
    return tuple(
        one
        for one in held
        if Right.KEEP_LEDGER in RIGHTS[one.kind]
        and may_fill(one.kind, form)
        and (one.kind is PostKind.COUNTY) == (form.applies is Applies.COUNTY)
    )


def _about(form: Aspect) -> tuple[str, ...]:
    return (
        "一行一条记录。记录编号空着的是新记录；导出的记录改动后，须写明更正原因，原记录保留。",
        "过了填报时限的照样收下，记为迟报。县教体局已确认锁定的月份不能填。",
        *((form.hint,) if form.hint else ()),
    )


def _key(form: Aspect) -> Callable[[Row], str | None]:
    """Which rows are of one thing: a slot that has one entry, a thing with an identity, or the very same words."""
    place, meal = place_column(form).header, MEAL.header if form.rhythm is Rhythm.MEAL else None
    names = {item.code: header(item) for item in form.items}

    def key(row: Row) -> str | None:
        if row[ENTRY.header]:
            return f"={row[ENTRY.header]}"
        if row[place] is None or row[DAY.header] is None:
            return None
        if form.kept is not None:
            said = [row[names[code]] for code in form.kept.key]
        elif form.many:
            said = [
                row[meal] if meal else None,
                str(row[DAY.header]),
                *(row[name] for name in names.values()),
            ]
        else:
            said = [row[meal] if meal else None, str(row[DAY.header])]
        return hashlib.sha256(sql.dump([row[place], *said]).encode()).hexdigest()

    return key


def _same_thing(form: Aspect, first: int) -> str:
    if form.kept is not None:
        return f"与第{first}行是同一件，请只留一行"
    return f"与第{first}行完全相同，请只留一行" if form.many else f"与第{first}行是同一天同一餐的，请只留一行"


@dataclass(frozen=True)
class _Judged:
    """A row's meaning with the values that are kept."""

    meaning: Meaning
    values: validation.Values


async def _judge(
    form: Aspect, rows: Rows, looking: Looking
) -> tuple[list[_Judged], bulk.Known | None, list[Fault]]:
    """What rows mean and what is wrong with them or unusual; those that ask for nothing are left out of neither."""
    # as the file has them, not by their keys
    rows = sorted(rows, key=lambda one: one[0])
    codes = [row[place_column(form).header] for _, row in rows]
    places = await find_places(form.applies is Applies.COUNTY, codes, looking)
    faults = list(_beside(form, rows, places, looking))
    wrong = {fault.row for fault in faults}
    given = [_given(form, number, row, places) for number, row in rows if number not in wrong]
    found, more = await meanings(form, [one for one in given if one is not None], looking)
    faults += more
    drafts = [one.draft for one in found if not one.done]
    if not drafts:
        return [_Judged(one, {}) for one in found], None, faults
    among = await bulk.known(drafts, looking.person_id or NOBODY)
    judged = []
    for one in found:
        if one.done:
            judged.append(_Judged(one, {}))
            continue
        values, refused = bulk.judge(one.draft, among, looking.now, correcting=one.before is not None)
        faults += [_fault(form, one.number, each) for each in refused]
        if not refused:
            faults += _unusual(form, one, values, among, looking)
            judged.append(_Judged(one, values))
    return judged, among, faults


def _beside(form: Aspect, rows: Rows, places: dict[str, Place], looking: Looking) -> Iterator[Fault]:
    """What is wrong before anything is looked up: another's school, the same thing twice, nobody to correct."""
    place = place_column(form).header
    first: dict[str, int] = {}
    key = _key(form)
    for number, row in rows:
        if row[place] is not None and row[place] not in places:
            yield Fault(number, place, stranger(form.applies is Applies.COUNTY, row[place], looking))
        said = key(row)
        if said is not None and first.setdefault(said, number) != number:
            yield Fault(number, DAY.header, _same_thing(form, first[said]))


def _given(form: Aspect, number: int, row: Row, places: dict[str, Place]) -> Given | None:
    """A row that says where and when; None for one whose cells there are at fault already."""
    code, day = row[place_column(form).header], row[DAY.header]
    meal = row[MEAL.header] if form.rhythm is Rhythm.MEAL else None
    if code is None or day is None or (meal is None and form.rhythm is Rhythm.MEAL):
        return None
    assert isinstance(day, date)
    said = {item.code: row[header(item)] for item in form.items if row[header(item)] is not None}
    entry = int(row[ENTRY.header]) if row[ENTRY.header] else None
    return Given(number, places[code], day, meal, said, entry, row[REASON.header])


def _fault(form: Aspect, number: int, one: validation.Fault, grave: bool = True) -> Fault:
    headers = {item.code: header(item) for item in form.items}
    column = headers.get(one.item) or ITEM_OF.get(one.item, place_column(form).header)
    return Fault(number, column, one.sentence.rstrip("。"), grave)


def _unusual(
    form: Aspect, one: Meaning, values: validation.Values, among: bulk.Known, looking: Looking
) -> Iterator[Fault]:
    defects, late = bulk.standing(one.draft, values, among, looking.now)
    if late:
        yield Fault(one.number, DAY.header, "已过填报时限，将记为迟报", grave=False)
    for defect in defects:
        yield _fault(form, one.number, defect, grave=False)


async def _check(form: Aspect, rows: Rows, looking: Looking) -> list[Fault]:
    _, _, faults = await _judge(form, rows, looking)
    return faults


async def _write(form: Aspect, rows: Rows, looking: Looking) -> Counts:
    """Counted are entries; those that are there already, or say what is there, are the same."""
    judged, among, faults = await _judge(form, rows, looking)
    if any(fault.grave for fault in faults):
        raise WorkbookRefused(CHANGED_MEANWHILE)
    asked = [one for one in judged if not one.meaning.done]
    fresh = [(one.meaning.draft, one.values) for one in asked if one.meaning.before is None]
    new = 0
    if among is not None and fresh:
        new = await bulk.write(
            fresh, among, looking.person_id or NOBODY, looking.vault, looking.now, Origin.IMPORT
        )
    corrections = [one.meaning for one in asked if one.meaning.before is not None]
    for one in corrections:
        await _correct(one, looking)
    return Counts(new, len(corrections), len(judged) - new - len(corrections))


async def _correct(one: Meaning, looking: Looking) -> None:
    assert looking.reach is not None and looking.person_id is not None and one.before is not None
    viewer = Viewer(0, 0, "", looking.person_id, None, looking.reach.posts)
    before: LedgerEntry = one.before
    try:
        await actions.correct(
            viewer, before.id, one.draft.version, one.values, one.reason, one.draft.request_id,
            looking.vault, looking.now, Origin.IMPORT,
        )  # fmt: skip
    except Refusal as refused:
        raise WorkbookRefused(f"第{one.number}行：{refused}") from refused
