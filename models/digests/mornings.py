"""The morning list (晨间清单): what heads, managers and supervisors must do, once a school day, when it is news.

On other days only where something has become overdue and the division's policy wants it, after the quiet hours.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.digests import sources, words
from models.digests.rules import Item, arranged, minute_of, news, slot_is_due, worth_a_day_off
from models.digests.sending import Told, send
from models.policies.calendar import beijing_date
from models.policies.declared import DIGESTS, MORNING_AT_MIN, MORNING_LATE_MIN, MORNING_OFF_DAYS
from models.policies.queries import nearest_sql, terms_in
from models.policies.working_time import Days

KIND = "morning"
PEOPLE = 500
POSTS = "('head', 'manager', 'supervisor')"

# every minute at which somebody may want it, and how late it may be anywhere
SLOTS = f"""
SELECT at_min AS minute FROM morning_choice WHERE wanted AND at_min IS NOT NULL
UNION SELECT CAST(value AS integer) FROM policy WHERE key = '{MORNING_AT_MIN.key}'
ORDER BY 1
"""  # noqa: S608
LATEST = f"SELECT MAX(value) AS value FROM policy WHERE key = '{MORNING_LATE_MIN.key}'"  # noqa: S608

NEXT_PEOPLE = f"""
SELECT DISTINCT h.person_id FROM holding h JOIN post po ON po.id = h.post_id AND po.kind IN {POSTS}
WHERE h.person_id > $1 AND h.since_on <= $2 AND (h.until_on IS NULL OR h.until_on > $2)
ORDER BY h.person_id LIMIT $3
"""  # noqa: S608

# of these, who wants it at this minute and has not had it; `late` and `off` are the least of their schools'
WANTING = f"""
SELECT w.person_id, w.post_id, w.late, w.off, s.id AS school_id, s.county_code FROM (
  SELECT h.person_id, MIN(po.id) AS post_id, MIN(COALESCE(c.at_min,
    {nearest_sql(MORNING_AT_MIN, "s.county_code")})) AS at_min,
    MIN({nearest_sql(MORNING_LATE_MIN, "s.county_code")}) AS late,
    MIN({nearest_sql(MORNING_OFF_DAYS, "s.county_code")}) AS off
  FROM holding h JOIN post po ON po.id = h.post_id AND po.kind IN {POSTS}
  JOIN school s ON s.id = po.school_id LEFT JOIN morning_choice c ON c.person_id = h.person_id
  WHERE h.person_id IN {{people}} AND h.since_on <= $2 AND (h.until_on IS NULL OR h.until_on > $2)
    AND COALESCE(c.wanted, $4) AND {nearest_sql(DIGESTS, "s.county_code")} > 0
    AND NOT EXISTS (SELECT 1 FROM digest d WHERE d.person_id = h.person_id AND d.kind = 'morning' AND d.period = $3)
  GROUP BY h.person_id) w
JOIN post po ON po.id = w.post_id JOIN school s ON s.id = po.school_id
WHERE w.at_min = $5 ORDER BY w.person_id
"""  # noqa: S608

LAST = """
SELECT d.person_id, d.marks FROM digest d WHERE d.person_id IN {people} AND d.kind = 'morning'
  AND d.period = (SELECT MAX(o.period) FROM digest o WHERE o.person_id = d.person_id AND o.kind = 'morning')
"""


async def send_lists(now: datetime) -> int:
    """Write the lists whose minute has come; returns how many. Repeatable; any number of workers.

    A minute that is past by more than policy allows (a worker slept) is left out: at noon nobody wants a
    morning list, and tomorrow's tells what today's would have.
    """
    wanted = {int(row["minute"]) for row in await sql.rows(SLOTS)} | {int(MORNING_AT_MIN.default)}
    (latest,) = await sql.rows(LATEST)
    late = max(int(latest["value"] or 0), int(MORNING_LATE_MIN.default))
    sent = 0
    for minute in sorted(wanted):
        if slot_is_due(minute, late, minute_of(now)):
            sent += await _run(minute, now)
    return sent


async def _run(minute: int, now: datetime) -> int:
    """Everybody of one minute, some hundreds a transaction; another worker that is at it is left alone."""
    period = f"{beijing_date(now).isoformat()}:{minute}"
    sent = 0
    while True:
        async with in_transaction():
            reached = await _reached(period, now)
            if reached is None:
                return sent
            people = await sql.rows(NEXT_PEOPLE, reached, beijing_date(now), PEOPLE)
            ids = [row["person_id"] for row in people]
            sent += await _tell(ids, minute, now)
            await sql.rows(
                "UPDATE digest_run SET reached = $2, done = $3 WHERE period = $1 RETURNING id",
                period, ids[-1] if ids else reached, len(ids) < PEOPLE,
            )  # fmt: skip


async def _reached(period: str, now: datetime) -> int | None:
    """How far the run has come, locked; None when it is over or somebody else is at it."""
    found = await sql.rows(
        f"SELECT reached, done FROM digest_run WHERE period = $1{sql.skip_locked()}",  # noqa: S608
        period,
    ) or await sql.rows(
        "INSERT INTO digest_run (period, reached, done, began_at) VALUES ($1, 0, $2, $3)"
        " ON CONFLICT (period) DO NOTHING RETURNING reached, done",
        period, False, now,
    )  # fmt: skip
    return int(found[0]["reached"]) if found and not found[0]["done"] else None


async def _tell(people: Sequence[int], minute: int, now: datetime) -> int:
    today = beijing_date(now)
    statement = WANTING.format(people=sql.among(1, "bigint"))
    found = await sql.rows(statement, sql.packed(list(people)), today, today.isoformat(), True, minute)
    terms = await terms_in({row["county_code"] for row in found})
    teaching = {county: Days(of).open(today) for county, of in terms.items()}
    wanting = {
        row["person_id"]: row
        for row in found
        if (teaching[row["county_code"]] or row["off"])
        and slot_is_due(minute, int(row["late"]), minute_of(now))
    }
    items = await sources.read(sorted(wanting), now) if wanting else {}
    before = await _told(sorted(items))
    told = []
    for person_id, theirs in sorted(items.items()):
        theirs = arranged(theirs)
        fresh = news(theirs, sources.NEWS, before.get(person_id, set()))
        school_day = teaching[wanting[person_id]["county_code"]]
        if not school_day:
            fresh = worth_a_day_off(fresh)
        if fresh:
            told.append(_list(wanting[person_id], theirs, fresh, now, wakes=school_day))
    return await send(told, now)


async def _told(people: Sequence[int]) -> dict[int, set[str]]:
    """What each person's last list told of."""
    statement = LAST.format(people=sql.among(1, "bigint"))
    found = await sql.rows(statement, sql.packed(list(people)))
    return {row["person_id"]: set(sql.document(row["marks"])) for row in found}


def _list(row: dict[str, Any], items: list[Item], fresh: list[Item], now: datetime, *, wakes: bool) -> Told:
    today = beijing_date(now)
    content = words.morning(items, fresh, today)
    return Told(
        kind=KIND,
        notice="morning_list",
        period=today.isoformat(),
        post_id=row["post_id"],
        content=content,
        facts=words.facts(content, content.lead, words.named([item.title for item in fresh])),
        county_code=row["county_code"],
        school_id=row["school_id"],
        person_id=row["person_id"],
        opens_today=True,
        marks=[item.mark for item in items],
        about=frozenset((item.subject_kind, item.subject_id) for item in items),
        # the hour of a school day is policy's, or their own choice
        wakes=wakes,
    )
