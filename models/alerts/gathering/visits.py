"""Facts out of visits and duties: what visitors saw, who came, and how they fill in their forms."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from models.alerts.facts import Counts, Seen, Visitor
from models.alerts.gathering.scope import Scope, among
from models.database import sql
from models.policies.calendar import BEIJING, beijing_date
from models.policies.declared import RUSH_MIN, RUSH_VISITS

# what was seen longer ago says little of today
SEEN_DAYS = 60
HABIT_DAYS = 120
COPY_DAYS = 60
RUSH_DAYS = 14
COUNTING_ITEM = "C12"

# of the latest visit of each kind, each answer that failed and was not cancelled on appeal, and the counts
LATEST = """
SELECT v.school_id, v.visited_at, {answer}->>'item' AS item, {answer}->>'verdict' AS verdict,
  {answer}->'counts' AS counts
FROM visit v, {answers} a
WHERE v.id IN (SELECT MAX(id) FROM visit WHERE school_id IN {schools} AND visited_at >= $2 AND received_at <= $3
               GROUP BY school_id, kind)
  AND ({answer}->>'verdict' IN ('fail', 'problem') OR {answer}->>'item' = 'C12')
  AND NOT EXISTS (SELECT 1 FROM problem p WHERE p.state = 'cancelled'
                  AND p.origin_key = 'visit:' || v.id || ':' || ({answer}->>'item'))
"""


async def seen(scope: Scope) -> Mapping[int, Seen]:
    on_postgres = sql.on_postgres()
    statement = LATEST.format(
        answer="a.value", schools=among(1),
        answers="jsonb_array_elements(v.answers)" if on_postgres else "json_each(v.answers)",
    )  # fmt: skip
    since = scope.as_of - timedelta(days=SEEN_DAYS)
    failed: dict[int, dict[str, date]] = defaultdict(dict)
    counted: dict[int, tuple[date, Counts]] = {}
    for row in await sql.rows(statement, scope.packed, since, scope.as_of):
        at = sql.instant(row["visited_at"])
        assert at is not None
        school, on = row["school_id"], beijing_date(at)
        if row["verdict"] in ("fail", "problem"):
            failed[school][row["item"]] = on
        if row["item"] == COUNTING_ITEM:
            counted[school] = on, _counts(sql.document(row["counts"]))
    nothing: tuple[date | None, Counts | None] = None, None
    return {
        school: Seen(failed.get(school, {}), counts, on)
        for school in failed.keys() | counted.keys()
        for on, counts in [counted.get(school, nothing)]
    }


def _counts(given: Any) -> Counts:
    return Counts(*(given.get(item) for item in ("dust", "rat", "fly"))) if given else Counts()


async def duties(scope: Scope) -> Mapping[int, dict[tuple[str, str], str]]:
    names = [f"{first:%Y-%m}" for first in scope.calendar.months]
    found = await sql.rows(
        f"SELECT school_id, kind, month, state FROM duty WHERE county_code = $1 AND month IN ({sql.places(names, 2)})",  # noqa: S608
        scope.county_code, *names,
    )  # fmt: skip
    schools: dict[int, dict[tuple[str, str], str]] = defaultdict(dict)
    for row in found:
        schools[row["school_id"]][row["kind"], row["month"]] = row["state"]
    return schools


HABITS = """
SELECT v.person_id, v.kind, COUNT(*) AS visits,
  SUM(CASE WHEN v.failed = 0 AND v.unseen = 0 THEN 1 ELSE 0 END) AS perfect
FROM visit v
WHERE v.school_id IN {schools} AND v.visited_at >= $2 AND v.received_at <= $3
GROUP BY v.person_id, v.kind ORDER BY v.person_id, v.kind
"""
COPIES = """
SELECT person_id, kind, MAX(n) AS n FROM (
  SELECT person_id, kind, COUNT(*) AS n FROM visit
  WHERE school_id IN {schools} AND visited_at >= $2 AND received_at <= $3
  GROUP BY person_id, kind, answers HAVING COUNT(*) > 1) AS copied
GROUP BY person_id, kind
"""
RUSHES = """
SELECT person_id, kind, visited_at FROM visit
WHERE school_id IN {schools} AND visited_at >= $2 AND received_at <= $3 AND person_id IN (
  SELECT person_id FROM visit WHERE school_id IN {schools} AND visited_at >= $2 AND received_at <= $3
  GROUP BY person_id HAVING COUNT(*) >= $4)
ORDER BY person_id, kind, visited_at
"""


async def visitors(scope: Scope) -> tuple[Visitor, ...]:
    """Everybody who visited a school of the county, by person and kind of visit."""
    schools, now = among(1), scope.as_of
    habits = await sql.rows(HABITS.format(schools=schools), scope.packed, _ago(scope, HABIT_DAYS), now)
    copied = await sql.rows(COPIES.format(schools=schools), scope.packed, _ago(scope, COPY_DAYS), now)
    copies = {(row["person_id"], row["kind"]): row["n"] for row in copied}
    rushes = await _rushes(scope)
    return tuple(
        Visitor(
            row["person_id"], row["kind"], row["visits"], row["perfect"],
            copies.get((row["person_id"], row["kind"]), 1),
            *rushes.get((row["person_id"], row["kind"]), (1, None)),
        )
        for row in habits
    )  # fmt: skip


def _ago(scope: Scope, days: int) -> datetime:
    return datetime.combine(scope.today - timedelta(days=days), time.min, BEIJING)


async def _rushes(scope: Scope) -> dict[tuple[int, str], tuple[int, date | None]]:
    """The most visits within the policy's minutes, and on which date; of those with visits enough."""
    least, within = int(scope.policies[RUSH_VISITS.key]), timedelta(minutes=scope.policies[RUSH_MIN.key])
    found = await sql.rows(
        RUSHES.format(schools=among(1)), scope.packed, _ago(scope, RUSH_DAYS), scope.as_of, least
    )
    rushes: dict[tuple[int, str], tuple[int, date | None]] = {}
    for key, rows in groupby(found, lambda row: (row["person_id"], row["kind"])):
        instants = [at for row in rows if (at := sql.instant(row["visited_at"]))]
        most = max(range(len(instants)), key=lambda n: _within(instants, n, within))
        rushes[key] = _within(instants, most, within), beijing_date(instants[most])
    return rushes


def _within(instants: list[datetime], first: int, within: timedelta) -> int:
    """How many of the instants, in order, lie within a time from one of them on."""
    return sum(instants[first] <= at <= instants[first] + within for at in instants[first:])
