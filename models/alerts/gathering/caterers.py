"""Facts about off-site caterers: what they delivered to the whole province, looked up once for all counties."""

from datetime import date, timedelta

from models.alerts.facts import Caterer
from models.alerts.gathering.registers import suppliers
from models.alerts.gathering.scope import Scope, among, some_day
from models.database import sql

DAYS = 7

OUTSIDE = "aspect = 'serving' AND current AND received_at <= $1 AND for_on >= $2 AND for_on <= $3 AND items->>'cooked' = 'outside'"
IN_COUNTY = """
SELECT items->>'caterer' AS caterer, COUNT(DISTINCT school_id) AS schools FROM ledger_entry
WHERE {outside} AND school_id IN {schools} AND items->>'caterer' IS NOT NULL GROUP BY items->>'caterer' ORDER BY 1
"""
IN_PROVINCE = """
SELECT items->>'caterer' AS caterer, for_on, SUM(CAST(items->>'portions' AS INTEGER)) AS portions FROM ledger_entry
WHERE {outside} AND items->>'caterer' IS NOT NULL GROUP BY items->>'caterer', for_on
"""


async def caterers(scope: Scope) -> tuple[Caterer, ...]:
    since = scope.today - timedelta(days=DAYS)
    statement = IN_COUNTY.format(outside=OUTSIDE, schools=among(4))
    found = await sql.rows(statement, scope.as_of, since, scope.today, scope.packed)
    if not found:
        return ()
    if scope.shared.caterers is None:
        scope.shared.caterers = await _fullest(scope, since)
    fullest = scope.shared.caterers
    known = await suppliers(int(row["caterer"]) for row in found)
    return tuple(
        Caterer(number, known.get(number), *fullest.get(number, (0, scope.today)), row["schools"])
        for row in found
        if (number := int(row["caterer"]))
    )


async def _fullest(scope: Scope, since: date) -> dict[int, tuple[int, date]]:
    """Of each caterer the most meals of a day, and the day."""
    fullest: dict[int, tuple[int, date]] = {}
    for row in await sql.rows(IN_PROVINCE.format(outside=OUTSIDE), scope.as_of, since, scope.today):
        number, portions = int(row["caterer"]), int(row["portions"] or 0)
        fullest[number] = max(fullest.get(number, (0, date.min)), (portions, some_day(row["for_on"])))
    return fullest
