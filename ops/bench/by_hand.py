"""The five heaviest rules as one pass of SQL over the whole province: how many findings each has, and no more.

No sentence is made, no county has bounds of its own, and nothing of what is found is compared with what is known.
`$1` and `$2` are the first date of two weeks and today, `$3` the school days of the first week before today, `$4`
those of the second.
"""

from datetime import timedelta
from typing import Any

from models.alerts.calendars import calendar_of
from models.alerts.cases import Standpoint
from models.alerts.facts import DAILY
from models.alerts.gathering.visits import SEEN_DAYS
from models.database import sql
from models.ledger.aspects.procurement import CLASSES
from models.policies.declared import (
    ALERT_SILENT_DAYS,
    DIRECTOR_KINDERGARTEN,
    DIRECTOR_SCHOOL,
    MIDNIGHT_LEAST,
    MIDNIGHT_PERCENT,
)


def _among(codes: Any) -> str:
    return ", ".join(f"'{code}'" for code in codes)


SILENT = f"""
SELECT COUNT(*) AS n FROM school s LEFT JOIN (
  SELECT school_id, MAX(for_on) AS newest FROM ledger_entry
  WHERE aspect IN ({_among(DAILY)}) AND current AND for_on BETWEEN $1 AND $2 GROUP BY school_id) e ON e.school_id = s.id
WHERE s.open
  AND (SELECT COUNT(*) FROM unnest($3::date[] || $4::date[]) d WHERE e.newest IS NULL OR d > e.newest) >= $5::bigint
"""  # noqa: S608
UNCONTRACTED = f"""
WITH delivered AS (
  SELECT school_id, county_code, (items->>'supplier')::bigint AS supplier, items->>'ingredient' AS ingredient,
    MAX(for_on) AS last_on FROM ledger_entry
  WHERE aspect = 'acceptance' AND current AND for_on BETWEEN $1 AND $2
    AND COALESCE(items->>'verdict', '') <> 'refused' AND items->>'ingredient' IN ({_among(CLASSES)})
  GROUP BY 1, 2, 3, 4),
contract AS (
  SELECT school_id, county_code, company_id, since_on, until_on, items->>'ingredient' AS ingredient FROM register_row
  WHERE register = 'contract' AND form = 'procurement' AND (ended_on IS NULL OR ended_on > $2)
  UNION ALL
  SELECT NULL, county_code, company_id, since_on, until_on, jsonb_array_elements_text(items->'scope')
  FROM register_row WHERE register = 'contract' AND form = 'county_supplier' AND (ended_on IS NULL OR ended_on > $2))
SELECT COUNT(*) AS n FROM delivered d JOIN school s ON s.id = d.school_id AND s.open
LEFT JOIN (
  SELECT DISTINCT d.school_id, d.supplier, d.ingredient FROM delivered d JOIN contract c
    ON c.company_id = d.supplier AND c.ingredient = d.ingredient
    AND (c.school_id = d.school_id OR c.school_id IS NULL AND c.county_code = d.county_code)
    AND d.last_on BETWEEN COALESCE(c.since_on, DATE '0001-01-01') AND COALESCE(c.until_on, DATE '9999-12-31')) runs
  ON runs.school_id = d.school_id AND runs.supplier = d.supplier AND runs.ingredient = d.ingredient
WHERE runs.school_id IS NULL AND $3::date[] IS NOT NULL AND $4::date[] IS NOT NULL
"""  # noqa: S608
AT_MIDNIGHT = """
SELECT COUNT(*) AS n FROM (
  SELECT e.school_id FROM ledger_entry e JOIN school s ON s.id = e.school_id AND s.open
  WHERE e.current AND e.for_on BETWEEN $1 AND $2 AND $3::date[] IS NOT NULL AND $4::date[] IS NOT NULL
  GROUP BY e.school_id HAVING COUNT(*) >= $5::float AND 100 * COUNT(*) FILTER (
    WHERE EXTRACT(EPOCH FROM e.made_at)::bigint % 86400 BETWEEN 57000 AND 57599) >= $6::float * COUNT(*)) found
"""
NOT_DISINFECTED = """
WITH kept AS (
  SELECT school_id, for_on, BOOL_OR(defects > 0) AS wrong FROM ledger_entry
  WHERE aspect = 'disinfection' AND current AND for_on BETWEEN $1 AND $2 GROUP BY school_id, for_on),
due AS (SELECT 0 AS week, unnest($3::date[]) AS on_day UNION ALL SELECT 1, unnest($4::date[])),
latest AS (SELECT MAX(id) AS id FROM visit WHERE visited_at >= $5::timestamptz GROUP BY school_id, kind),
blamed AS (
  SELECT v.school_id, (MAX(v.visited_at) AT TIME ZONE 'Asia/Shanghai')::date AS on_day, a->>'item' AS item
  FROM visit v JOIN latest USING (id) CROSS JOIN jsonb_array_elements(v.answers) a
  WHERE a->>'item' IN ('C11', 'E3') AND a->>'verdict' IN ('fail', 'problem') AND NOT EXISTS (
    SELECT 1 FROM problem p WHERE p.state = 'cancelled' AND p.origin_key = 'visit:' || v.id || ':' || (a->>'item'))
  GROUP BY v.school_id, a->>'item')
SELECT
  (SELECT COUNT(DISTINCT (s.id, due.week)) FROM school s CROSS JOIN due
   LEFT JOIN kept ON kept.school_id = s.id AND kept.for_on = due.on_day WHERE s.open AND kept.school_id IS NULL)
  + (SELECT COUNT(DISTINCT (k.school_id, (k.for_on - $1::date) / 7)) FROM kept k JOIN school s ON s.id = k.school_id
     WHERE s.open AND k.wrong)
  + (SELECT COUNT(DISTINCT b.school_id) FROM blamed b JOIN school s ON s.id = b.school_id AND s.open
     JOIN kept k ON k.school_id = b.school_id AND k.for_on = b.on_day AND NOT k.wrong) AS n
"""
NO_DIRECTOR = """
WITH profile AS (
  SELECT DISTINCT ON (school_id) school_id, (items->>'diners')::int AS diners FROM ledger_entry
  WHERE aspect = 'canteen_profile' AND current AND for_on <= $2 AND $1::date IS NOT NULL
  ORDER BY school_id, for_on DESC, id DESC),
latest AS (SELECT MAX(id) AS id FROM visit WHERE visited_at >= $5::timestamptz GROUP BY school_id, kind),
blamed AS (
  SELECT DISTINCT v.school_id FROM visit v JOIN latest USING (id) CROSS JOIN jsonb_array_elements(v.answers) a
  WHERE a->>'item' = 'A2' AND a->>'verdict' IN ('fail', 'problem') AND NOT EXISTS (
    SELECT 1 FROM problem p WHERE p.state = 'cancelled' AND p.origin_key = 'visit:' || v.id || ':A2')),
director AS (
  SELECT DISTINCT school_id FROM register_row WHERE register = 'staff' AND form = 'staff'
  AND (ended_on IS NULL OR ended_on > $2) AND items->>'job' = 'director')
SELECT COUNT(*) AS n FROM school s LEFT JOIN profile p ON p.school_id = s.id
LEFT JOIN director d ON d.school_id = s.id LEFT JOIN blamed b ON b.school_id = s.id
WHERE s.open AND $3::date[] IS NOT NULL AND $4::date[] IS NOT NULL
  AND (NOT EXISTS (SELECT 1 FROM canteen c WHERE c.school_id = s.id)
       OR EXISTS (SELECT 1 FROM canteen c WHERE c.school_id = s.id AND c.mode <> 'catered'))
  AND COALESCE(p.diners, s.diners) >= CASE WHEN s.stage = 'kindergarten' THEN $6::float ELSE $7::float END
  AND (d.school_id IS NULL OR b.school_id IS NOT NULL)
"""

HEAVIEST = ("data_stopped", "delivery_contract", "midnight_entries", "disinfection", "food_safety_director")


async def found(seen: Standpoint) -> dict[str, int]:
    """Findings by rule, by the bounds and terms of one county for all."""
    calendar, bound = calendar_of(seen.today, seen.terms), seen.policies
    since = seen.as_of - timedelta(days=SEEN_DAYS)
    more: dict[str, tuple[str, tuple[Any, ...]]] = {
        "data_stopped": (SILENT, (int(bound[ALERT_SILENT_DAYS.key]),)),
        "delivery_contract": (UNCONTRACTED, ()),
        "midnight_entries": (AT_MIDNIGHT, (bound[MIDNIGHT_LEAST.key], bound[MIDNIGHT_PERCENT.key])),
        "disinfection": (NOT_DISINFECTED, (since,)),
        "food_safety_director": (
            NO_DIRECTOR, (since, bound[DIRECTOR_KINDERGARTEN.key], bound[DIRECTOR_SCHOOL.key]),
        ),
    }  # fmt: skip
    common = (calendar.first, seen.today, *(calendar.dates(week.days) for week in calendar.weeks))
    counted = {}
    for rule in HEAVIEST:
        statement, values = more[rule]
        (row,) = await sql.rows(statement, *common, *values)
        counted[rule] = int(row["n"])
    return counted
