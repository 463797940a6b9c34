"""The Monday summary (每周小结): an officer's division in the week that ended, beside the week before."""

from datetime import date, datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.digests import weeks, words
from models.digests.rules import summary_is_due, week_named
from models.digests.sending import Told, send
from models.digests.weeks import STANDING_OUT, StandOut, Week
from models.digests.words import Content, Figure, Line, Section
from models.notices import ticks
from models.policies.calendar import beijing_date
from models.policies.declared import DIGESTS, SUMMARY_AT_MIN
from models.policies.queries import nearest_sql

KIND = "week"

OFFICERS = f"""
SELECT po.id AS post_id, po.kind, po.division_code, d.name, {nearest_sql(SUMMARY_AT_MIN, "po.division_code")} AS at_min
FROM post po JOIN division d ON d.code = po.division_code
WHERE po.kind IN ('county', 'prefecture', 'province') AND {nearest_sql(DIGESTS, "po.division_code")} > 0 AND EXISTS (SELECT 1 FROM holding h
  WHERE h.post_id = po.id AND h.since_on <= $1 AND (h.until_on IS NULL OR h.until_on > $1))
  AND NOT EXISTS (SELECT 1 FROM digest g WHERE g.unique_key = 'week:' || $2 || ':' || po.division_code)
ORDER BY po.id
"""  # noqa: S608


async def send_summaries(now: datetime) -> int:
    """Write the summaries whose hour has come, in one transaction; returns how many. Repeatable.

    From the first working day of the week, in office hours: a worker that slept on Monday sends on Tuesday
    what is still last week's.
    """
    today = beijing_date(now)
    monday = today - timedelta(days=today.weekday())
    period = week_named(monday)
    if not summary_is_due(int(SUMMARY_AT_MIN.lowest), now) or await ticks.taken(KIND, period):
        return 0
    async with in_transaction():
        officers = await sql.rows(OFFICERS, today, period)
        due = [row for row in officers if summary_is_due(int(row["at_min"]), now)]
        if officers and len(due) == len(officers):
            # all there are: nobody need look again this week
            await ticks.take(KIND, period, now)
        return await send(await _summaries(due, monday, period), now) if due else 0


async def _summaries(officers: list[dict[str, Any]], monday: date, period: str) -> list[Told]:
    week = monday - timedelta(days=7)
    now_by, before_by = await weeks.figures(week), await weeks.figures(week - timedelta(days=7))
    outstanding = await weeks.outstanding(week)
    told = []
    for row in officers:
        code = row["division_code"]
        content = summary(
            row["name"], week, weeks.within(code, now_by), weeks.within(code, before_by),
            [one for one in outstanding if one.county_code.startswith(code)][:STANDING_OUT],
        )  # fmt: skip
        told.append(
            Told(
                kind=KIND,
                notice="week_summary",
                period=period,
                post_id=row["post_id"],
                content=content,
                facts=words.facts(content, f"{row['name']}上周小结", content.lead),
                county_code=code,
                division_code=code,
            )
        )
    return told


def summary(name: str, week: date, now: Week, before: Week, outstanding: list[StandOut]) -> Content:
    """The page: a lead that fits a message, the figures, the schools that stand out."""
    sunday = week + timedelta(days=6)
    figures = [
        Figure("入校", f"{now.visits}次", f"{before.visits}次"),
        Figure("当月入校覆盖", _share(now), _share(before)),
        Figure("新增问题", f"{now.opened}个", f"{before.opened}个"),
        Figure("销号", f"{now.closed}个", f"{before.closed}个"),
        Figure("新超期", f"{now.overdue}个", f"{before.overdue}个"),
        Figure("周末仍超期", f"{now.open_overdue}个", f"{before.open_overdue}个"),
    ]
    lines = [
        Line(
            f"{one.name}：" + "，".join(
                filter(None, [f"现超期{one.overdue}个" if one.overdue else "", f"上周新增{one.found}个" if one.found else ""])
            ),
            "school", one.school_id, one.school_id,
        )
        for one in outstanding
    ]  # fmt: skip
    sections = [Section("需要关注的学校", lines)] if lines else []
    title = f"{name}每周小结（{week.month}月{week.day}日至{sunday.month}月{sunday.day}日）"
    lead = f"入校{now.visits}次，新增{now.opened}，超期{now.open_overdue}"
    return Content(title, lead, figures, sections)


def _share(week: Week) -> str:
    return f"{week.done}/{week.owed}，{100 * week.done // week.owed}%" if week.owed else "—"
