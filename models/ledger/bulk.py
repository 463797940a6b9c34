"""Many entries at once, as a workbook has them: judged together in a few questions, written in a few statements.

What is refused one by one is refused here in the same words. Entries are known again by their writer and request
id: the same table sent twice writes nothing twice.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from models.database import sql
from models.journal.inserting import STEP
from models.ledger import rules, validation
from models.ledger.actions import Draft
from models.ledger.aspects import BY_CODE
from models.ledger.declaring import Aspect, Form, ItemKind
from models.ledger.periods import is_late
from models.ledger.places import CountyFacts, facts_in
from models.ledger.registering import RowValues, row_values, upsert_rows
from models.ledger.sealing import body_hashes, hidden_items, seal_many
from models.ledger.tables import Origin
from models.ledger.validation import Fault
from models.ledger.writing import CHANGE, COLUMNS, TYPES, Row
from models.organisations.actions import ensure_post
from models.organisations.tables import PostKind
from models.organisations.touching import touch
from models.people.phones import Vault
from models.policies.declared import LEDGER_BACK_DAYS, LEDGER_GRACE_H

SELECTED = ", ".join(f"c{n}" for n in range(1, len(COLUMNS) + 1))
INSERT = f"""
INSERT INTO ledger_entry ({", ".join(COLUMNS)}, current)
SELECT {SELECTED}, true FROM {{rows}} WHERE TRUE ON CONFLICT (person_id, request_id) DO NOTHING
"""  # noqa: S608
STEPS = f"""
{STEP} SELECT $4::timestamptz, 'ledger_entry', e.id, e.school_id, NULLIF(e.person_id, 0), e.post_id, 'import', v.c3
FROM {{rows}} JOIN ledger_entry e ON e.person_id = v.c1 AND e.request_id = v.c2
"""  # noqa: S608
CHANGES = f"{CHANGE} SELECT c1, c2, c3 FROM {{rows}}"  # noqa: S608


# a school's id, or a county's code
PlaceKey = int | str | None


@dataclass(frozen=True)
class At:
    """A school, or a county's office (`id` None), as many entries need it: its county, and its posts by kind."""

    id: int | None
    name: str
    county_code: str
    posts: Mapping[str, int]


@dataclass(frozen=True)
class Known:
    """What the entries of a table are judged by, asked once for all of them.

    `locked`: (school, month). `slots`: (school, aspect, date, meal) that have their one entry. `before`: hashes of
    what the writer sent already, by request id. `people`: (school, person, first and last day) of posts held.
    `rows`: (id, register) → (school, county, ended_on). `places`: by a school's id, or a county's code.
    """

    places: Mapping[PlaceKey, At]
    counties: Mapping[str, CountyFacts]
    locked: frozenset[tuple[int, str]]
    slots: frozenset[tuple[int, str, date, str]]
    before: Mapping[str, str]
    people: Mapping[tuple[int | None, int], Sequence[tuple[date, date | None]]]
    rows: Mapping[tuple[int, str], tuple[int | None, str | None, date | None]]


async def known(drafts: Sequence[Draft], person_id: int) -> Known:
    """Six questions, whatever the number of entries."""
    places = {
        **await _schools(set(_ids(drafts))),
        **await _offices({one.division_code for one in drafts if one.division_code is not None}),
    }
    counties = await facts_in({one.county_code for one in places.values()})
    signers, rows = _named(drafts)
    return Known(
        places, counties, await _locked(drafts), await _slots(drafts), await _before(drafts, person_id),
        await _people(_ids(drafts), signers), await _rows(rows),
    )  # fmt: skip


def place_key(draft: Draft) -> PlaceKey:
    """What an entry's place is found by in `Known.places`."""
    return draft.school_id if draft.school_id is not None else draft.division_code


def judge(
    draft: Draft, among: Known, now: datetime, *, correcting: bool = False
) -> tuple[validation.Values, list[Fault]]:
    """The values of one entry as they are kept, and everything that is wrong with it. Pure.

    `correcting`: it comes in the place of one, so that its slot is rightly taken.
    """
    form = BY_CODE[draft.aspect]
    values, more = validation.read(form, draft.version, draft.values)
    place = among.places.get(place_key(draft))
    if place is None:
        return values, [Fault("school", "没有这所学校。"), *more]
    back_days = among.counties[place.county_code].policy[LEDGER_BACK_DAYS.key]
    faults = list(rules.place_faults(form, draft.for_on, draft.meal, draft.made_at, now, back_days))
    faults += more + list(_lookups(form, values, place, draft.for_on, among))
    if (place.id, f"{draft.for_on:%Y-%m}") in among.locked:
        faults.append(Fault("for_on", f"{draft.for_on:%Y年%m月}的台账县教体局已确认锁定。"))
    slot = (place.id, form.code, draft.for_on, draft.meal or "")
    taken = not form.many and slot in among.slots and draft.request_id not in among.before
    if taken and not correcting:
        when = rules.said_when(draft.for_on, draft.meal)
        faults.append(Fault("for_on", f"“{form.name}”{when}已经填过，请更正原来的记录。"))
    return values, faults


def same_as_before(draft: Draft, among: Known, vault: Vault) -> bool | None:
    """Whether the writer sent this very entry before; None: never under this request id."""
    before = among.before.get(draft.request_id)
    if before is None:
        return None
    return before in body_hashes(BY_CODE[draft.aspect], draft.said, vault)


async def write(
    judged: Sequence[tuple[Draft, validation.Values]],
    among: Known,
    person_id: int,
    vault: Vault,
    now: datetime,
    origin: Origin = Origin.IMPORT,
    received: Callable[[Draft], datetime] | None = None,
) -> int:
    """Write entries that `judge` found nothing wrong with, in the caller's transaction; return how many are new.

    Those whose request id the writer used before are passed over. `received`: when each was, where it was not
    now: for histories that are made up.
    """
    fresh = [(draft, values) for draft, values in judged if draft.request_id not in among.before]
    posts = await _posts({(place_key(one), BY_CODE[one.aspect].owner) for one, _ in fresh}, among)
    ready = [
        _row(draft, values, among, posts, person_id, vault, received(draft) if received else now, origin)
        for draft, values in fresh
    ]
    ready = await _sealed(ready, vault)
    ready = await _registered(ready, among, person_id, now)
    await sql.over_rows(INSERT, TYPES, [one.values for one in ready])
    facts = [[person_id, one.request_id, one.step[-1]] for one in ready]
    # recorded now, whenever it was received: a journal with a made-up past reads as one that was tampered with
    await sql.over_rows(STEPS, ["bigint", "text", "jsonb"], facts, now)
    changes = sorted({tuple(one.change) for one in ready})
    await sql.over_rows(CHANGES, ["text", "date", "text"], [list(one) for one in changes])
    # of a whole table one a school and aspect: what is looked at again is the school
    await touch({replace(one.touched, row_id=None): None for one in ready})
    return len(ready)


def _row(
    draft: Draft,
    values: validation.Values,
    among: Known,
    posts: Mapping[tuple[PlaceKey, PostKind], int],
    person_id: int,
    vault: Vault,
    now: datetime,
    origin: Origin,
) -> Row:
    form, place = BY_CODE[draft.aspect], among.places[place_key(draft)]
    wrong, late = standing(draft, values, among, now)
    return Row(
        place.id, place.county_code, draft.canteen_id, posts[place_key(draft), form.owner], person_id, form,
        draft.version, draft.for_on, draft.meal, min(draft.made_at, now), now, late, origin, draft.request_id,
        body_hashes(form, draft.said, vault)[0], values, wrong,
    )  # fmt: skip


def standing(
    draft: Draft, values: Mapping[str, Any], among: Known, now: datetime
) -> tuple[tuple[Fault, ...], bool]:
    """What of right values is not as it should be, and whether they come late. Pure."""
    form = BY_CODE[draft.aspect]
    facts = among.counties[among.places[place_key(draft)].county_code]
    wrong = tuple(validation.defects(form, draft.version, values, facts.policy))
    return wrong, is_late(form.rhythm, draft.for_on, facts.terms, now, facts.policy[LEDGER_GRACE_H.key])


async def _posts(
    wanted: set[tuple[PlaceKey, PostKind]], among: Known
) -> dict[tuple[PlaceKey, PostKind], int]:
    """The posts that own the aspects; one that a school never had is made."""
    found = {}
    for key, kind in wanted:
        place = among.places[key]
        there = place.posts.get(kind.value)
        if there is None:
            division = None if place.id is not None else place.county_code
            there = (await ensure_post(kind, school_id=place.id, division_code=division)).id
        found[key, kind] = there
    return found


async def _sealed(ready: list[Row], vault: Vault) -> list[Row]:
    """The same rows with their certificates sealed."""
    places = [
        (n, code, one.items[code])
        for n, one in enumerate(ready)
        for code in hidden_items(one.form)
        if code in one.items
    ]
    if not places:
        return ready
    sealed = await seal_many([number for _, _, number in places], vault)
    changed: dict[int, dict[str, Any]] = {}
    for (n, code, _), hidden in zip(places, sealed, strict=True):
        changed.setdefault(n, {})[code] = hidden
    return [replace(one, items={**one.items, **changed.get(n, {})}) for n, one in enumerate(ready)]


async def _registered(ready: list[Row], among: Known, person_id: int, now: datetime) -> list[Row]:
    """The same rows with the register's row that each is about; of two for one thing the later one stands."""
    wanted: dict[tuple[str, str], RowValues] = {}
    keys: list[tuple[str, str] | None] = []
    for one in ready:
        if one.form.kept is None:
            keys.append(None)
            continue
        place = row_values(
            one.form, one.version, one.items, one.defects, one.school_id, one.county_code, person_id, now
        )
        key = (one.form.code, place.row_key)
        wanted[key] = place
        keys.append(key)
    ids = await upsert_rows(list(wanted.values()))
    return [
        one if key is None else replace(one, register_row_id=ids[key])
        for one, key in zip(ready, keys, strict=True)
    ]


def _lookups(form: Form, values: Mapping[str, Any], place: At, on: date, among: Known) -> Iterable[Fault]:
    for item in form.items:
        value = values.get(item.code)
        if item.kind is ItemKind.SIGNER and value is not None:
            held = among.people.get((place.id, value), ())
            if not any(since <= on and (until is None or until > on) for since, until in held):
                yield Fault(item.code, f"“{item.name}”当日在本校没有岗位，请从名单中选择。")
        if item.kind is ItemKind.REFERENCE and value is not None:
            row = among.rows.get((value, item.refers))
            if row is None or not _reaches(row, place, on):
                yield Fault(item.code, f"“{item.name}”不在名录中，请先登记。")


def _reaches(row: tuple[int | None, str | None, date | None], place: At, on: date) -> bool:
    school_id, county, ended_on = row
    return (
        school_id in (None, place.id)
        and county in (None, place.county_code)
        and (ended_on is None or ended_on > on)
    )


def _named(drafts: Sequence[Draft]) -> tuple[set[int], set[int]]:
    """People and register rows that entries name, as far as they look like ids."""
    signers, rows = set[int](), set[int]()
    for draft in drafts:
        form: Aspect = BY_CODE[draft.aspect]
        for item in form.items:
            value = draft.values.get(item.code)
            if isinstance(value, int) and not isinstance(value, bool):
                if item.kind is ItemKind.SIGNER:
                    signers.add(value)
                if item.kind is ItemKind.REFERENCE:
                    rows.add(value)
    return signers, rows


async def _offices(codes: set[str]) -> dict[PlaceKey, At]:
    """Counties' offices with their posts."""
    if not codes:
        return {}
    found = await sql.rows(
        "SELECT d.code, d.name, po.kind, po.id AS post_id FROM division d"  # noqa: S608
        f" LEFT JOIN post po ON po.division_code = d.code WHERE d.code IN {sql.among(1, 'text')}",
        sql.packed(sorted(codes)),
    )
    posts = _by_kind(found, "code")
    return {row["code"]: At(None, row["name"], row["code"], posts[row["code"]]) for row in found}


async def _schools(ids: set[int]) -> dict[PlaceKey, At]:
    """With their posts."""
    found = await sql.rows(
        "SELECT s.id, s.name, s.county_code, po.kind, po.id AS post_id FROM school s"  # noqa: S608
        f" LEFT JOIN post po ON po.school_id = s.id WHERE s.id IN {sql.among(1, 'bigint')}",
        sql.packed(sorted(ids)),
    )
    posts = _by_kind(found, "id")
    return {row["id"]: At(row["id"], row["name"], row["county_code"], posts[row["id"]]) for row in found}


def _by_kind(found: Sequence[Mapping[str, Any]], key: str) -> dict[Any, dict[str, int]]:
    """The ids of posts by their kind, for each place."""
    posts: dict[Any, dict[str, int]] = {}
    for row in found:
        posts.setdefault(row[key], {})[row["kind"]] = row["post_id"]
    return posts


async def _locked(drafts: Sequence[Draft]) -> frozenset[tuple[int, str]]:
    months = sorted({f"{one.for_on:%Y-%m}" for one in drafts})
    found = await sql.rows(
        "SELECT school_id, month FROM ledger_month WHERE state <> 'open'"  # noqa: S608
        f" AND school_id IN {sql.among(1, 'bigint')} AND month IN {sql.among(2, 'text')}",
        sql.packed(_ids(drafts)),
        sql.packed(months),
    )
    return frozenset((row["school_id"], row["month"]) for row in found)


async def _slots(drafts: Sequence[Draft]) -> frozenset[tuple[int, str, date, str]]:
    single = [one for one in drafts if not BY_CODE[one.aspect].many]
    if not single:
        return frozenset()
    found = await sql.rows(
        "SELECT school_id, aspect, for_on, COALESCE(meal, '') AS meal FROM ledger_entry"  # noqa: S608
        f" WHERE school_id IN {sql.among(1, 'bigint')} AND aspect IN {sql.among(2, 'text')}"
        " AND for_on >= $3 AND for_on <= $4 AND current",
        sql.packed(_ids(single)), sql.packed(sorted({one.aspect for one in single})),
        min(one.for_on for one in single), max(one.for_on for one in single),
    )  # fmt: skip
    return frozenset((row["school_id"], row["aspect"], sql.day(row["for_on"]), row["meal"]) for row in found)


async def _before(drafts: Sequence[Draft], person_id: int) -> dict[str, str]:
    found = await sql.rows(
        "SELECT request_id, body_hash FROM ledger_entry WHERE person_id = $1"  # noqa: S608
        f" AND request_id IN {sql.among(2, 'text')}",
        person_id, sql.packed([one.request_id for one in drafts]),
    )  # fmt: skip
    return {row["request_id"]: row["body_hash"] for row in found}


async def _people(
    schools: list[int], people: set[int]
) -> dict[tuple[int | None, int], list[tuple[date, date | None]]]:
    if not people:
        return {}
    found = await sql.rows(
        "SELECT po.school_id, h.person_id, h.since_on, h.until_on FROM holding h JOIN post po ON po.id = h.post_id"  # noqa: S608
        f" WHERE po.kind <> 'parent' AND h.person_id IN {sql.among(1, 'bigint')}"
        f" AND po.school_id IN {sql.among(2, 'bigint')}",
        sql.packed(sorted(people)), sql.packed(schools),
    )  # fmt: skip
    held: dict[tuple[int | None, int], list[tuple[date, date | None]]] = {}
    for row in found:
        until = sql.day(row["until_on"]) if row["until_on"] is not None else None
        held.setdefault((row["school_id"], row["person_id"]), []).append((sql.day(row["since_on"]), until))
    return held


async def _rows(ids: set[int]) -> dict[tuple[int, str], tuple[int | None, str | None, date | None]]:
    if not ids:
        return {}
    found = await sql.rows(
        "SELECT id, register, school_id, county_code, ended_on FROM register_row"  # noqa: S608
        f" WHERE id IN {sql.among(1, 'bigint')}",
        sql.packed(sorted(ids)),
    )
    return {
        (row["id"], row["register"]): (
            row["school_id"],
            row["county_code"],
            sql.day(row["ended_on"]) if row["ended_on"] is not None else None,
        )
        for row in found
    }


def _ids(drafts: Iterable[Draft]) -> list[int]:
    return sorted({one.school_id for one in drafts if one.school_id is not None})
