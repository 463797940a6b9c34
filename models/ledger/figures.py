"""Counting counties' days and months again after something changed. Repeatable: what is counted replaces what was.

Changes are rows that are only added, so writers never wait for each other; here they are taken away and their
keys counted in the same transaction, by one worker at a time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.ledger.aspects import ASPECTS, BY_CODE
from models.ledger.counting import Figure, Group, due_until, of_day, of_schools, sum_of
from models.ledger.declaring import Applies, Aspect, Rhythm
from models.ledger.periods import SchoolFacts, period_of
from models.ledger.places import facts_of
from models.organisations.rules import span
from models.organisations.tables import CanteenMode
from models.policies.calendar import beijing_date, last_day
from models.policies.terms import Terms

# changes in a transaction: on SQLite nobody else writes meanwhile
BATCH = 200
LOCK = 26_001
SAVE = """
INSERT INTO ledger_figure (period, county_code, aspect, due, done, entries, late, defective, last_at)
SELECT c1, c2, c3, c4, c5, c6, c7, c8, c9 FROM {rows} WHERE TRUE
ON CONFLICT (period, county_code, aspect) DO UPDATE SET due = excluded.due, done = excluded.done,
  entries = excluded.entries, late = excluded.late, defective = excluded.defective, last_at = excluded.last_at
"""
SAVE_TYPES = ["text", "text", "text", "int", "int", "int", "int", "int", "timestamptz"]
GROUPS = """
SELECT e.school_id, e.for_on, COALESCE(e.meal, '') AS meal, COUNT(*) AS entries,
  SUM(CASE WHEN e.late THEN 1 ELSE 0 END) AS late, SUM(CASE WHEN e.defects > 0 THEN 1 ELSE 0 END) AS defective,
  MAX(e.received_at) AS last_at
FROM ledger_entry e WHERE e.aspect = $1 AND e.for_on >= $2 AND e.for_on <= $3 AND e.current
  AND {place} GROUP BY e.school_id, e.for_on, COALESCE(e.meal, '')
"""
DAY_RHYTHMS = (Rhythm.MEAL, Rhythm.DAILY)


@dataclass(frozen=True)
class _County:
    code: str
    schools: Mapping[int, SchoolFacts]
    terms: Terms


async def count_changed(now: datetime) -> int:
    """Count everything anew that changed; return how many changes were taken."""
    taken = 0
    while batch := await _batch(now):
        taken += batch
        if batch < BATCH:
            break
    return taken


async def _batch(now: datetime) -> int:
    async with in_transaction():
        await sql.advisory_lock(LOCK)
        changed = await sql.rows(
            "DELETE FROM ledger_change WHERE id IN (SELECT id FROM ledger_change ORDER BY id"  # noqa: S608
            f" LIMIT {BATCH}) RETURNING county_code, day, aspect"
        )
        keys: dict[str, set[tuple[date, str]]] = defaultdict(set)
        for row in changed:
            keys[row["county_code"]].add((sql.day(row["day"]), row["aspect"]))
        for code in sorted(keys):
            await count(code, keys[code], now)
    return len(changed)


async def mark(now: datetime, day: date) -> None:
    """Have every county's day counted, as it grows due by itself. One statement; repeatable."""
    codes = ", ".join(f"('{aspect.code}')" for aspect in ASPECTS)
    await sql.rows(
        "INSERT INTO ledger_change (county_code, day, aspect)"  # noqa: S608
        f" SELECT d.code, $1, a.aspect FROM division d CROSS JOIN (SELECT column1 AS aspect FROM (VALUES {codes}) AS v)"
        " AS a WHERE d.level = 'county' AND EXISTS (SELECT 1 FROM school s WHERE s.county_code = d.code)"
        " RETURNING id",
        day,
    )


async def count(county_code: str, keys: Iterable[tuple[date, str]], now: datetime) -> None:
    """Count days and months of a county's aspects anew, in the caller's transaction."""
    county = await _county(county_code)
    listed = sorted(set(keys))
    saved = []
    for day, code in listed:
        aspect = BY_CODE[code]
        if aspect.rhythm in DAY_RHYTHMS:
            groups = await _groups(county, aspect, day, day)
            saved.append(
                _row(
                    day.isoformat(), county, aspect, of_day(aspect, county.schools, groups, day, county.terms)
                )
            )
    await sql.over_rows(SAVE, SAVE_TYPES, saved)
    months = sorted({(f"{day:%Y-%m}", code) for day, code in listed})
    saved = [
        _row(month, county, BY_CODE[code], await _month(county, BY_CODE[code], month, now))
        for month, code in months
    ]
    await sql.over_rows(SAVE, SAVE_TYPES, saved)


async def _month(county: _County, aspect: Aspect, month: str, now: datetime) -> Figure:
    first, today = date.fromisoformat(f"{month}-01"), beijing_date(now)
    last = min(last_day(month), today)
    if last < first:
        return Figure()
    if aspect.rhythm in DAY_RHYTHMS:
        days = await _days(county, aspect, first, last_day(month))
        return replace(days, due=due_until(aspect, county.schools.values(), first, last, county.terms))
    entries = sum_of(await _groups(county, aspect, first, last_day(month)))
    there = await _there(county, aspect, first, last)
    if aspect.applies is Applies.COUNTY:
        return replace(entries, due=1, done=int(bool(there)))
    owed = of_schools(aspect, county.schools, there, first, last, county.terms)
    return replace(entries, due=owed.due, done=owed.done)


async def _there(county: _County, aspect: Aspect, first: date, last: date) -> set[int]:
    """The schools that have, on the last day, what they owe; 0 stands for the county's own office."""
    if aspect.rhythm is Rhythm.EXPIRY:
        return await _valid(county, aspect, last)
    since = {
        Rhythm.MONTHLY: first,
        Rhythm.TERMLY: period_of(Rhythm.TERMLY, last, county.terms)[0],
    }.get(aspect.rhythm, date.min)
    found = await sql.rows(
        "SELECT DISTINCT school_id FROM ledger_entry WHERE aspect = $1 AND for_on >= $2 AND for_on <= $3"  # noqa: S608
        f" AND current AND school_id IN {sql.among(4, 'bigint')}",
        aspect.code, since, last, sql.packed(sorted(county.schools)),
    )  # fmt: skip
    return {row["school_id"] for row in found}


async def _valid(county: _County, aspect: Aspect, on: date) -> set[int]:
    found = await sql.rows(
        "SELECT COALESCE(school_id, 0) AS school_id FROM register_row WHERE county_code = $1 AND form = $2"
        " AND (since_on IS NULL OR since_on <= $3) AND (until_on IS NULL OR until_on >= $3)"
        " AND (ended_on IS NULL OR ended_on > $3)",
        county.code, aspect.code, on,
    )  # fmt: skip
    return {row["school_id"] for row in found}


async def _groups(county: _County, aspect: Aspect, first: date, last: date) -> list[Group]:
    if aspect.applies is Applies.COUNTY:
        place, value = "e.school_id IS NULL AND e.county_code = $4", county.code
    else:
        place, value = f"e.school_id IN {sql.among(4, 'bigint')}", sql.packed(sorted(county.schools))
    found = await sql.rows(GROUPS.format(place=place), aspect.code, first, last, value)
    return [
        Group(
            row["school_id"] or 0, sql.day(row["for_on"]), row["meal"], row["entries"], row["late"], row["defective"],
            sql.instant(row["last_at"]),
        )
        for row in found
    ]  # fmt: skip


async def _days(county: _County, aspect: Aspect, first: date, last: date) -> Figure:
    found = await sql.rows(
        "SELECT COALESCE(SUM(done), 0) AS done, COALESCE(SUM(entries), 0) AS entries, COALESCE(SUM(late), 0) AS late,"
        " COALESCE(SUM(defective), 0) AS defective, MAX(last_at) AS last_at FROM ledger_figure"
        " WHERE county_code = $1 AND aspect = $2 AND period >= $3 AND period <= $4",
        county.code, aspect.code, first.isoformat(), last.isoformat(),
    )  # fmt: skip
    row = found[0]
    return Figure(
        0,
        int(row["done"]),
        int(row["entries"]),
        int(row["late"]),
        int(row["defective"]),
        sql.instant(row["last_at"]),
    )


async def schools_in(division_code: str) -> dict[int, SchoolFacts]:
    """What the duties of a division's open schools depend on, by id."""
    found = await sql.rows(
        "SELECT s.id, s.county_code, s.boarding, c.mode FROM school s LEFT JOIN canteen c ON c.school_id = s.id"
        " WHERE s.open AND s.county_code >= $1 AND s.county_code < $2",
        *span(division_code),
    )  # fmt: skip
    schools: dict[int, SchoolFacts] = {}
    for row in found:
        before = schools.get(row["id"])
        modes = before.modes if before else frozenset()
        if row["mode"] is not None:
            modes |= {CanteenMode(row["mode"])}
        schools[row["id"]] = SchoolFacts(row["id"], row["county_code"], bool(row["boarding"]), modes)
    return schools


async def _county(code: str) -> _County:
    return _County(code, await schools_in(code), (await facts_of(code)).terms)


def _row(period: str, county: _County, aspect: Aspect, figure: Figure) -> list[object]:
    return [
        period, county.code, aspect.code, figure.due, figure.done, figure.entries, figure.late, figure.defective,
        figure.last_at,
    ]  # fmt: skip
