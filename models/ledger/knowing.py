"""Which of the province's suppliers a school has to do with: what its forms offer first."""

from datetime import date, timedelta

from models.database import sql
from models.ledger.aspects import ASPECTS
from models.ledger.declaring import Applies, ItemKind

# what was delivered longer ago is found by its name
LATELY = timedelta(days=180)

# a contract of the school's own, a delivery, a contract of its county's, a company that one of its people wrote down
OWN, DELIVERED, COUNTYS, WRITTEN = 1, 2, 3, 4
CONTRACTED = f"""
SELECT company_id AS id, CASE WHEN school_id IS NULL THEN {COUNTYS} ELSE {OWN} END AS nearness FROM register_row
WHERE (school_id = $1 OR school_id IS NULL AND county_code = $2) AND register = 'contract'
  AND (ended_on IS NULL OR ended_on > $3)
"""  # noqa: S608
NAMED = """
SELECT CAST(items->>'{item}' AS bigint) AS id, {nearness} AS nearness FROM ledger_entry
WHERE school_id = $1 AND aspect = '{aspect}' AND for_on >= $4 AND for_on <= $3 AND current
"""
REGISTERED = f"""
SELECT r.id, {WRITTEN} AS nearness FROM register_row r WHERE r.school_id IS NULL AND r.register = 'supplier'
  AND r.changed_by IN (SELECT h.person_id FROM post po JOIN holding h ON h.post_id = po.id
                       WHERE po.school_id = $1 AND po.kind IN ('head', 'manager'))
"""  # noqa: S608
NAMING = [
    (aspect.code, item.code)
    for aspect in ASPECTS
    for item in aspect.items
    if item.kind is ItemKind.REFERENCE and item.refers == "supplier" and aspect.applies is not Applies.COUNTY
]
SOURCES = [
    CONTRACTED,
    *(NAMED.format(aspect=aspect, item=item, nearness=DELIVERED) for aspect, item in NAMING),
    REGISTERED,
]
KNOWN = "SELECT id, MIN(nearness) AS nearness FROM ({}) AS known WHERE id IS NOT NULL GROUP BY id"


async def suppliers_of(school_id: int, county_code: str, on: date) -> dict[int, int]:
    """Register rows of suppliers by id, with their nearness on a Beijing date: 1 is the nearest."""
    found = await sql.rows(KNOWN.format(" UNION ALL ".join(SOURCES)), school_id, county_code, on, on - LATELY)
    return {row["id"]: row["nearness"] for row in found}
