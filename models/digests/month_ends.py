"""The end-of-month notice (月末未入校提醒): which schools nobody has visited yet, to those who can still go."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.digests import sources, words
from models.digests.rules import Item, month_end_is_due
from models.digests.sending import Told, send
from models.digests.words import Content, Line, Section
from models.notices import ticks
from models.policies.calendar import beijing_date, last_day
from models.policies.declared import DIGESTS, MONTH_END_DAYS, SUMMARY_AT_MIN
from models.policies.queries import nearest_sql
from models.visits.tables import VisitKind

KIND = "month_end"
WHOSE = {VisitKind.COMMITTEE: "家委会尚未入校", VisitKind.SUPERVISOR: "责任督学尚未入校"}

COUNTIES = f"""
SELECT c.county_code, v.name, {nearest_sql(MONTH_END_DAYS, "c.county_code")} AS days,
  {nearest_sql(SUMMARY_AT_MIN, "c.county_code")} AS at_min
FROM (SELECT DISTINCT county_code FROM school WHERE open) c JOIN division v ON v.code = c.county_code
WHERE {nearest_sql(DIGESTS, "c.county_code")} > 0
  AND NOT EXISTS (SELECT 1 FROM tick t WHERE t.job = 'month_end' AND t.period = $1 || ':' || c.county_code)
ORDER BY c.county_code
"""  # noqa: S608

OWED = """
SELECT d.kind, s.id AS school_id, s.name FROM duty d JOIN school s ON s.id = d.school_id AND s.open
WHERE d.county_code = $1 AND d.month = $2 AND d.state = 'owed' ORDER BY s.name, s.id
"""

# who can make these visits: holders of the posts, and those who stand in
OWING = """
SELECT h.person_id, MIN(po.id) AS post_id FROM duty d JOIN post po ON po.id = d.post_id
JOIN holding h ON h.post_id = po.id AND h.since_on <= $3 AND (h.until_on IS NULL OR h.until_on > $3)
WHERE d.county_code = $1 AND d.month = $2 AND d.state = 'owed' AND d.stand_in_id IS NULL GROUP BY h.person_id
UNION ALL
SELECT d.stand_in_id, MIN(po.id) FROM duty d JOIN holding h ON h.person_id = d.stand_in_id
  AND h.since_on <= $3 AND (h.until_on IS NULL OR h.until_on > $3)
JOIN post po ON po.id = h.post_id AND po.kind = d.kind
WHERE d.county_code = $1 AND d.month = $2 AND d.state = 'owed' AND d.stand_in_id IS NOT NULL GROUP BY d.stand_in_id
"""

COUNTY_POST = "SELECT id FROM post WHERE kind = 'county' AND division_code = $1"


async def send_notices(now: datetime) -> int:
    """Tell counties whose day has come, each county a transaction; returns how many notices. Repeatable.

    A worker that slept tells on the next working day of the month, while somebody can still go.
    """
    month = f"{beijing_date(now):%Y-%m}"
    if not month_end_is_due(int(MONTH_END_DAYS.highest), int(SUMMARY_AT_MIN.lowest), now):
        return 0
    told = 0
    for county in await sql.rows(COUNTIES, month):
        if month_end_is_due(int(county["days"]), int(county["at_min"]), now):
            async with in_transaction():
                if await ticks.take(KIND, f"{month}:{county['county_code']}", now):
                    told += await send(await _county(county, month, now), now)
    return told


async def _county(county: dict[str, Any], month: str, now: datetime) -> list[Told]:
    code, today = county["county_code"], beijing_date(now)
    owed = await sql.rows(OWED, code, month)
    if not owed:
        return []
    told = [_of_county(county, row["id"], month, owed) for row in await sql.rows(COUNTY_POST, code)]
    posts = {row["person_id"]: row["post_id"] for row in await sql.rows(OWING, code, month, today)}
    # by person, without the schools somebody must keep away from
    schools = {row["school_id"] for row in owed}
    for person_id, items in sorted(
        (await sources.read(sorted(posts), now, [sources.BY_CODE["visit"]])).items()
    ):
        theirs = [item for item in items if item.school_id in schools]
        if theirs:
            told.append(_of_person(person_id, posts[person_id], month, code, theirs))
    return told


def _of_county(county: dict[str, Any], post_id: int, month: str, owed: list[dict[str, Any]]) -> Told:
    sections = [
        Section(title, [Line(row["name"], "school", row["school_id"], row["school_id"]) for row in rows])
        for kind, title in WHOSE.items()
        if (rows := [row for row in owed if row["kind"] == kind.value])
    ]
    schools = {row["school_id"]: row["name"] for row in owed}
    lead = f"还有{len(schools)}所学校本月未入校"
    content = Content(f"{county['name']}{int(month[5:])}月入校提醒", lead, sections=sections)
    return _told(
        month, post_id, county["county_code"], content, schools.values(), division_code=county["county_code"]
    )


def _of_person(person_id: int, post_id: int, month: str, code: str, items: list[Item]) -> Told:
    lines = [Line(item.school_name, "school", item.school_id or 0, item.school_id) for item in items]
    lead = f"您本月还有{len(items)}所学校未入校"
    content = Content(f"{int(month[5:])}月入校提醒", lead, sections=[Section("尚未入校的学校", lines)])
    return _told(month, post_id, code, content, [item.school_name for item in items], person_id=person_id)


def _told(
    month: str,
    post_id: int,
    code: str,
    content: Content,
    names: Iterable[str],
    person_id: int | None = None,
    division_code: str | None = None,
) -> Told:
    end = last_day(month)
    return Told(
        kind=KIND,
        notice="month_coverage",
        # somebody with schools in two counties hears of each county's
        period=f"{month}:{code}" if person_id else month,
        post_id=post_id,
        content=content,
        facts=words.facts(
            content, content.lead, words.named(list(names)), f"{end.year}年{end.month:02d}月{end.day:02d}日"
        ),
        county_code=code,
        person_id=person_id,
        division_code=division_code,
    )
