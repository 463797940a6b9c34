"""What the rows of an aspect's table ask for: a new entry, the correction of one, or nothing, as it is so already."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tortoise.expressions import Q

from models.database import sql
from models.ledger.actions import Draft
from models.ledger.declaring import Aspect, Item, ItemKind
from models.ledger.numbers import masked
from models.ledger.sealing import hidden_items
from models.ledger.tables import LedgerEntry, Origin
from models.workbooks.importing import Looking
from models.workbooks.items import CARRIED, MASK, Names, header, reader, words
from models.workbooks.looking_up import Place, Words, look_up, names_in
from models.workbooks.reading import Fault, Wrong

# stands in for a number that is sealed already, while the rest is judged
SEALED = "0000"
ENTRY, REASON, DAY = "记录编号", "更正原因", "日期"


@dataclass(frozen=True)
class Given:
    """A row: where and for when it is, what it says by item, and the entry that it is about."""

    number: int
    place: Place
    for_on: date
    meal: str | None
    said: Mapping[str, Any]
    entry: int | None
    reason: str | None


@dataclass(frozen=True)
class Meaning:
    """`done`: nothing is asked for. `before`: the entry that is corrected. `values`: as the phone would send them;
    in the draft something stands in for what is sealed."""

    number: int
    draft: Draft
    values: Mapping[str, Any]
    before: LedgerEntry | None = None
    reason: str = ""
    done: bool = False


@dataclass(frozen=True)
class _Known:
    """What the rows are read by: words, entries by id, the newest of their chains by the first, what was sent."""

    words: Words
    names: Names
    entries: Mapping[int, LedgerEntry]
    newest: Mapping[int, LedgerEntry]


async def meanings(
    form: Aspect, given: Sequence[Given], looking: Looking
) -> tuple[list[Meaning], list[Fault]]:
    """What rows ask for, and what of it cannot be read; those are left out."""
    known = await _known(form, given)
    found: list[Meaning] = []
    faults: list[Fault] = []
    for one in given:
        meant = (_new if one.entry is None else _again)(form, one, known, looking)
        found += [each for each in meant if isinstance(each, Meaning)]
        faults += [each for each in meant if isinstance(each, Fault)]
    return await _without_sent(form, found), faults


async def _known(form: Aspect, given: Sequence[Given]) -> _Known:
    ids = sorted({one.entry for one in given if one.entry is not None})
    entries = {one.id: one for one in await LedgerEntry.filter(id__in=ids, aspect=form.code)} if ids else {}
    firsts = sorted({one.original_id or one.id for one in entries.values() if not one.current})
    later = await LedgerEntry.filter(Q(original_id__in=firsts), current=True) if firsts else []
    newest = {one.original_id or one.id: one for one in later}
    names = await names_in(form, [one.items for one in (*entries.values(), *later)])
    return _Known(await look_up(form, [(one.place, one.said) for one in given]), names, entries, newest)


def _new(form: Aspect, one: Given, known: _Known, looking: Looking) -> list[Meaning | Fault]:
    values, faults = _values(form, one, one.said, known)
    if faults:
        return list(faults)
    place = one.place
    mark = _mark(form, [place.school_id, place.county_code, one.for_on.isoformat(), one.meal], values)
    draft = Draft(
        f"workbook-{mark}", form.code, form.version, one.for_on, looking.now, values, one.meal,
        place.school_id, place.county_code if place.school_id is None else None, origin=Origin.IMPORT,
    )  # fmt: skip
    return [Meaning(one.number, draft, values)]


def _again(form: Aspect, one: Given, known: _Known, looking: Looking) -> list[Meaning | Fault]:
    """A row about an entry: the same words ask for nothing, other words for a revision."""
    entry = known.entries.get(one.entry or 0)
    place = (entry.school_id, entry.county_code) if entry is not None else None
    if entry is None or place != (one.place.school_id, one.place.county_code):
        return [Fault(one.number, ENTRY, "没有这条记录，新记录请把这一格空着")]
    if (entry.for_on, entry.meal) != (one.for_on, one.meal):
        return [Fault(one.number, DAY, "更正不能改日期和餐次，请撤回这条记录后重新填报")]
    newest = known.newest.get(entry.original_id or entry.id)
    if any(_says(form, one.said, each, known.names) for each in (entry, newest) if each is not None):
        return [Meaning(one.number, _draft(entry, {}, 1, ""), {}, entry, done=True)]
    if not entry.current:
        said = "这条记录已被更正过，请导出最新的一版再改" if newest is not None else "这条记录已撤回"
        return [Fault(one.number, ENTRY, said)]
    if looking.person_id is None:
        return [Fault(one.number, ENTRY, "这里只导入新记录；更正请由填报人登录后上传")]
    if one.reason is None:
        return [Fault(one.number, REASON, "改动了已有记录，请写明更正原因")]
    return _correction(form, one, entry, known)


def _correction(form: Aspect, one: Given, entry: LedgerEntry, known: _Known) -> list[Meaning | Fault]:
    same = {
        item.code: entry.items[item.code]
        for item in form.items
        if item.code in entry.items and _kept(item, one.said, entry, known.names)
    }
    values, faults = _values(form, one, {k: v for k, v in one.said.items() if k not in same}, known)
    if faults:
        return list(faults)
    hidden = [code for code in hidden_items(form) if code in same]
    values |= {code: value for code, value in same.items() if code not in hidden}
    newer = any(item.since > entry.version for item in form.items if item.code in values)
    mark = _mark(form, [entry.id], values)
    draft = _draft(
        entry, values | dict.fromkeys(hidden, SEALED), form.version if newer else entry.version,
        f"revision-{mark}",
    )  # fmt: skip
    return [Meaning(one.number, draft, values, entry, one.reason or "")]


def _draft(entry: LedgerEntry, values: Mapping[str, Any], version: int, request_id: str) -> Draft:
    return Draft(
        request_id, entry.aspect, version, entry.for_on, entry.made_at, values, entry.meal, entry.school_id,
        entry.county_code if entry.school_id is None else None, entry.canteen_id, Origin.IMPORT,
    )  # fmt: skip


def _says(form: Aspect, said: Mapping[str, Any], entry: LedgerEntry, names: Names) -> bool:
    return all(_kept(item, said, entry, names) for item in form.items)


def _kept(item: Item, said: Mapping[str, Any], entry: LedgerEntry, names: Names) -> bool:
    """Whether a row leaves an item as the entry has it: the cell says what we would write there."""
    there, value = entry.items.get(item.code), said.get(item.code)
    if value is None:
        # nobody is asked for a number or a picture again
        return there is None or item.kind in CARRIED
    if there is None:
        return False
    try:
        return bool(reader(item)(words(item, there, names)) == value)
    except Wrong:
        return False


def _values(
    form: Aspect, one: Given, said: Mapping[str, Any], known: _Known
) -> tuple[dict[str, Any], list[Fault]]:
    """Values as the phone would send them: names looked up."""
    values: dict[str, Any] = {}
    faults = []
    for item in form.items:
        value = said.get(item.code)
        if value is None:
            continue
        if fault := _unreadable(item, value):
            faults.append(Fault(one.number, header(item), fault))
            continue
        among = _among(item, value, one, known.words)
        if among is not None and len(among) != 1:
            faults.append(Fault(one.number, header(item), _not_one(item, value, len(among))))
            continue
        values[item.code] = value if among is None else among[0]
    return values, faults


def _unreadable(item: Item, value: Any) -> str | None:
    if item.kind is ItemKind.PHOTOS:
        return "照片不能在表里填写，请在手机上拍"
    if item.kind is ItemKind.CERTIFICATE and MASK in value:
        return "隐去的号码不能用作新号码，请填完整的号码"
    return None


def _among(item: Item, value: Any, one: Given, known: Words) -> list[int] | None:
    """Whom or what a name may mean; None for what is no name."""
    if item.kind is ItemKind.SIGNER:
        return known.person(one.place, value, one.for_on)
    if item.kind is ItemKind.REFERENCE:
        return known.row(one.place, item.refers, value, one.for_on)
    return None


def _not_one(item: Item, value: str, count: int) -> str:
    if item.kind is ItemKind.SIGNER:
        return f"本校有{count}人叫“{value}”，请在手机上填报" if count else f"“{value}”当日在本校没有岗位"
    if count:
        return f"名录中有{count}个“{value}”，请填统一社会信用代码"
    return f"“{value}”不在名录中，请先登记"


def _mark(form: Aspect, where: list[Any], values: Mapping[str, Any]) -> str:
    """What an entry is known by when the same row comes again, whoever sends it. Of numbers that are sealed only
    what may be shown."""
    hidden = hidden_items(form)
    said = {code: masked(value) if code in hidden else value for code, value in values.items()}
    text = sql.dump([form.code, where, sorted(said.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:40]


async def _without_sent(form: Aspect, found: list[Meaning]) -> list[Meaning]:
    """The same with those that are done whose very row was written before, whoever sent it."""
    asked = [one for one in found if not one.done and one.before is None]
    sent = set[tuple[int | None, str]]()
    if asked:
        days = [one.draft.for_on for one in asked]
        rows = await sql.rows(
            "SELECT school_id, request_id FROM ledger_entry WHERE aspect = $1 AND for_on >= $2 AND for_on <= $3"  # noqa: S608
            f" AND (school_id IN {sql.among(4, 'bigint')} OR school_id IS NULL)"
            f" AND request_id IN {sql.among(5, 'text')}",
            form.code, min(days), max(days),
            sql.packed(sorted({one.draft.school_id for one in asked if one.draft.school_id is not None})),
            sql.packed([one.draft.request_id for one in asked]),
        )  # fmt: skip
        sent = {(row["school_id"], row["request_id"]) for row in rows}
    return list(_marked(found, sent))


def _marked(found: list[Meaning], sent: set[tuple[int | None, str]]) -> Iterator[Meaning]:
    for one in found:
        is_sent = one.before is None and (one.draft.school_id, one.draft.request_id) in sent
        yield Meaning(one.number, one.draft, one.values, done=True) if is_sent else one
