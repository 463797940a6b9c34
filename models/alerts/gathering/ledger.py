"""Facts out of the ledger's entries: by counted columns where there are some."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from models.alerts.facts import DAILY, MONTHLY, Counted, Delivery, Entries, Entry, Kept
from models.alerts.gathering.registers import suppliers
from models.alerts.gathering.scope import Scope, among, bits, some_day, whole
from models.database import sql
from models.ledger.declaring import Meal

# 23:50 to 24:00 in Beijing, as seconds of a UTC day
MIDNIGHT_S = (57_000, 57_599)

# what was known of these schools at the time, of an aspect or several
KNOWN = "school_id IN {schools} AND current AND received_at <= $2"


async def _latest(scope: Scope, aspect: str) -> dict[int, Entry]:
    found = await sql.rows(
        "SELECT school_id, for_on, items FROM (SELECT school_id, for_on, items,"  # noqa: S608
        " ROW_NUMBER() OVER (PARTITION BY school_id ORDER BY for_on DESC, id DESC) AS place FROM ledger_entry"
        f" WHERE {KNOWN.format(schools=among(1))} AND aspect = $3 AND for_on <= $4) AS newest WHERE place = 1",
        scope.packed, scope.as_of, aspect, scope.today,
    )  # fmt: skip
    return {row["school_id"]: Entry(some_day(row["for_on"]), sql.document(row["items"])) for row in found}


async def profiles(scope: Scope) -> Mapping[int, Entry]:
    return await _latest(scope, "canteen_profile")


async def defences(scope: Scope) -> Mapping[int, Entry]:
    return await _latest(scope, "three_defences")


async def equipment(scope: Scope) -> Mapping[int, Entry]:
    return await _latest(scope, "equipment")


async def kept(scope: Scope) -> Mapping[int, dict[str, Kept]]:
    """Of each school and daily aspect the days of two weeks, in one row."""
    conditions = {
        "days": "TRUE", "wrong": "defects > 0", "grams": _defect("grams"), "hours": _defect("hours"),
        "alone": "signers < 2", "expired": _defect("expired"),
    } | {meal.value: f"(meal = '{meal.value}' OR meal IS NULL)" for meal in Meal}  # fmt: skip
    columns = ", ".join(f"{bits('for_on', said, '$3')} AS {name}" for name, said in conditions.items())
    aspects = ", ".join(f"'{code}'" for code in DAILY if code in scope.aspects)
    found = await sql.rows(
        f"SELECT school_id, aspect, {columns} FROM ledger_entry"  # noqa: S608
        f" WHERE {KNOWN.format(schools=among(1))} AND aspect IN ({aspects}) AND for_on >= $3::date AND for_on <= $4"
        " GROUP BY school_id, aspect",
        scope.packed, scope.as_of, scope.calendar.first, scope.today,
    )  # fmt: skip
    schools: dict[int, dict[str, Kept]] = defaultdict(dict)
    for row in found:
        days = Kept(**{name: row[name] for name in conditions})
        schools[row["school_id"]][row["aspect"]] = days
    return schools


def _defect(item: str) -> str:
    return f"(defects > 0 AND ',' || defect_items || ',' LIKE '%,{item},%')"


async def months(scope: Scope) -> Mapping[int, dict[tuple[str, date], Counted]]:
    if not scope.calendar.months:
        return {}
    aspects = ", ".join(f"'{code}'" for code in MONTHLY if code in scope.aspects)
    # of training, what is wrong is that nobody came; of the others, anything
    wrong = f"CASE WHEN aspect = 'training' THEN {_defect('attended')} ELSE {_defect('result')} END"
    found = await sql.rows(
        f"SELECT school_id, aspect, for_on, COUNT(*) AS n, SUM(CASE WHEN {wrong} THEN 1 ELSE 0 END) AS wrong"  # noqa: S608
        f" FROM ledger_entry WHERE {KNOWN.format(schools=among(1))} AND aspect IN ({aspects})"
        " AND for_on >= $3 AND for_on <= $4 GROUP BY school_id, aspect, for_on",
        scope.packed, scope.as_of, scope.calendar.months[0], scope.today,
    )  # fmt: skip
    schools: dict[int, dict[tuple[str, date], Counted]] = defaultdict(dict)
    for row in found:
        key = row["aspect"], some_day(row["for_on"]).replace(day=1)
        before = schools[row["school_id"]].get(key, Counted())
        schools[row["school_id"]][key] = Counted(before.entries + row["n"], before.wrong + row["wrong"])
    return schools


async def entries(scope: Scope) -> Mapping[int, Entries]:
    found = await sql.rows(
        f"SELECT school_id, COUNT(*) AS n, SUM(CASE WHEN {_second_of_day()} THEN 1 ELSE 0 END) AS late"  # noqa: S608
        f" FROM ledger_entry WHERE {KNOWN.format(schools=among(1))} AND for_on >= $3 AND for_on <= $4"
        " GROUP BY school_id",
        scope.packed, scope.as_of, scope.calendar.first, scope.today,
    )  # fmt: skip
    return {row["school_id"]: Entries(row["n"], row["late"]) for row in found}


SILENT = """
SELECT s.id FROM school s WHERE s.id IN {schools} AND NOT EXISTS (
  SELECT 1 FROM ledger_entry e WHERE e.school_id = s.id AND e.aspect IN ({aspects}) AND e.for_on >= $3
  AND e.for_on <= $4 AND e.received_at <= $2)
"""
NEWEST = """
SELECT school_id, MAX(for_on) AS newest_on FROM ledger_entry
WHERE school_id IN {schools} AND aspect IN ({aspects}) AND received_at <= $2 GROUP BY school_id
"""


async def newest_on(scope: Scope) -> Mapping[int, date]:
    """Of the few schools that have been silent for two weeks, the date of their newest daily entry."""
    aspects = ", ".join(f"'{code}'" for code in DAILY)
    silent = await sql.rows(
        SILENT.format(schools=among(1), aspects=aspects),
        scope.packed, scope.as_of, scope.calendar.first, scope.today,
    )  # fmt: skip
    if not silent:
        return {}
    found = await sql.rows(
        NEWEST.format(schools=among(1), aspects=aspects),
        sql.packed([row["id"] for row in silent]), scope.as_of,
    )  # fmt: skip
    return {row["school_id"]: some_day(row["newest_on"]) for row in found}


def _second_of_day() -> str:
    instant = (
        "CAST(EXTRACT(EPOCH FROM made_at) AS bigint)"
        if sql.on_postgres()
        else "CAST(strftime('%s', made_at) AS INTEGER)"
    )
    return f"{instant} % 86400 BETWEEN {MIDNIGHT_S[0]} AND {MIDNIGHT_S[1]}"


async def deliveries(scope: Scope) -> Mapping[int, list[Delivery]]:
    """Of each school, supplier and class: accepted batches of the last two weeks."""
    found = await sql.rows(
        "SELECT school_id, items->>'supplier' AS supplier, items->>'ingredient' AS ingredient,"  # noqa: S608
        f" MAX(for_on) AS last_on, COUNT(*) AS n FROM ledger_entry WHERE {KNOWN.format(schools=among(1))}"
        " AND aspect = 'acceptance' AND for_on >= $3 AND for_on <= $4"
        " AND COALESCE(items->>'verdict', '') <> 'refused'"
        " GROUP BY school_id, items->>'supplier', items->>'ingredient' ORDER BY school_id, 2, 3",
        scope.packed, scope.as_of, scope.calendar.first, scope.today,
    )  # fmt: skip
    known = await suppliers(whole(row["supplier"]) for row in found)
    schools: dict[int, list[Delivery]] = defaultdict(list)
    for row in found:
        number = whole(row["supplier"])
        if row["ingredient"] is not None:
            supplier: Any = known.get(number) if number is not None else None
            schools[row["school_id"]].append(
                Delivery(supplier, number, row["ingredient"], some_day(row["last_on"]), row["n"])
            )
    return schools
