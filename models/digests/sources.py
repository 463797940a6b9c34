"""Where the things that somebody must do come from: one line a source.

A statement tells, for many people at once, who must do what: its first value is the people, its second the
Beijing date, its third the instant. It reads `mine`, the posts they hold that day, and returns person_id,
subject_kind, subject_id, turn, school_id, school_name, title, and due_at (an instant) or due_on (the last
Beijing date).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from models.alerts.declaring import SOMEBODY, WHO
from models.alerts.rules import TELLING
from models.database import sql
from models.digests.rules import Item, Standing, standing
from models.policies.calendar import BEIJING, beijing_date, last_day
from models.policies.declared import CERTIFICATE_DAYS, TERM_REMIND_DAYS
from models.policies.queries import nearest_sql
from models.problems.states import RUNNING

LAST_MINUTE = time(23, 59)
_RULES = ", ".join(f"'{code}'" for code in TELLING)
_RUNNING = ", ".join(sorted(f"'{state.value}'" for state in RUNNING))

# the casts say of what kind the values are where a source does not use them
MINE = """
WITH mine AS (
  SELECT DISTINCT h.person_id, po.id AS post_id, po.kind, po.school_id, po.division_code
  FROM holding h JOIN post po ON po.id = h.post_id
  WHERE h.person_id IN {people} AND h.since_on <= $2 AND (h.until_on IS NULL OR h.until_on > $2)
    AND $3::timestamptz IS NOT NULL)
"""

# what a school must put right
RECTIFY = f"""
SELECT DISTINCT m.person_id, 'problem' AS subject_kind, p.id AS subject_id, p.cycle AS turn,
  s.id AS school_id, s.name AS school_name, p.title, p.due_at, NULL AS due_on
FROM mine m JOIN problem p ON p.school_id = m.school_id JOIN school s ON s.id = p.school_id
WHERE m.kind IN ('head', 'manager') AND p.state IN ({_RUNNING})
"""  # noqa: S608

# what a school says it has put right: for who found it, on the post they found it for
VERIFY = """
SELECT m.person_id, 'problem' AS subject_kind, p.id AS subject_id, p.cycle AS turn,
  s.id AS school_id, s.name AS school_name, p.title, NULL AS due_at, NULL AS due_on
FROM mine m JOIN problem p ON p.finder_person_id = m.person_id AND p.finder_post_id = m.post_id
JOIN school s ON s.id = p.school_id WHERE p.state = 'submitted' AND p.source <> 'alert'
"""

# a school's defence against a problem: the county decides
DECIDE = """
SELECT DISTINCT m.person_id, 'problem' AS subject_kind, p.id AS subject_id, p.cycle AS turn,
  s.id AS school_id, s.name AS school_name, p.title, NULL AS due_at, NULL AS due_on
FROM mine m JOIN problem p ON p.county_code = m.division_code JOIN school s ON s.id = p.school_id
WHERE m.kind = 'county' AND p.state = 'appealed'
"""

# a supervisor's record that the school has not answered
SIGN = """
SELECT DISTINCT m.person_id, 'visit' AS subject_kind, v.id AS subject_id, 1 AS turn,
  s.id AS school_id, s.name AS school_name, '督查记录待确认' AS title, v.record_due_at AS due_at, NULL AS due_on
FROM mine m JOIN visit v ON v.school_id = m.school_id JOIN school s ON s.id = v.school_id
WHERE m.kind = 'head' AND v.record_due_at IS NOT NULL AND v.completed_at IS NULL
"""

_AWAY = """EXISTS (SELECT 1 FROM recusal r WHERE r.person_id = {person} AND r.school_id = d.school_id
  AND (r.until_on IS NULL OR r.until_on > $2))"""

# the month's visits, by a post held or by standing in; not where somebody must keep away
VISIT = f"""
SELECT m.person_id, 'duty' AS subject_kind, d.id AS subject_id, 1 AS turn,
  s.id AS school_id, s.name AS school_name, '本月入校' AS title, NULL AS due_at, {{month_ends}} AS due_on
FROM mine m JOIN duty d ON d.post_id = m.post_id AND d.month = {{month}} JOIN school s ON s.id = d.school_id
WHERE d.state = 'owed' AND d.stand_in_id IS NULL AND s.open AND NOT {_AWAY.format(person="m.person_id")}
UNION ALL
SELECT d.stand_in_id, 'duty', d.id, 1, s.id, s.name, '本月入校（代）', NULL, {{month_ends}}
FROM duty d JOIN school s ON s.id = d.school_id
WHERE d.stand_in_id IN {{people}} AND d.month = {{month}} AND d.state = 'owed' AND s.open AND NOT {_AWAY.format(person="d.stand_in_id")}
"""  # noqa: S608

# what is closed and must be looked at again on site (回头看)
LOOK_AGAIN = """
SELECT m.person_id, 'problem' AS subject_kind, p.id AS subject_id, p.cycle AS turn,
  s.id AS school_id, s.name AS school_name, p.title, p.follow_up_by AS due_at, NULL AS due_on
FROM mine m JOIN problem p ON p.school_id = m.school_id AND p.finder_post_id = m.post_id
JOIN school s ON s.id = p.school_id
WHERE m.kind = 'supervisor' AND p.state = 'closed' AND p.follow_up_by IS NOT NULL
"""

# what was raised by itself and waits for an answer, without names; told of by a notice of its own. What the post must
# put right anyway is not there twice
ALERT = f"""
SELECT DISTINCT m.person_id, 'alert' AS subject_kind, a.id AS subject_id, a.times AS turn,
  s.id AS school_id, COALESCE(s.name, '') AS school_name, REPLACE(a.said, '{WHO}', '{SOMEBODY}') AS title, NULL AS due_at, NULL AS due_on
FROM mine m JOIN alert a ON a.owner = m.kind AND (a.school_id = m.school_id OR a.county_code = m.division_code)
LEFT JOIN school s ON s.id = a.school_id
WHERE a.state = 'open' AND a.mode = 'live' AND (a.muted_until IS NULL OR a.muted_until < $2) AND a.rule IN ({_RULES})
"""  # noqa: S608

# a satisfaction round under way at a school
SURVEY = """
SELECT DISTINCT m.person_id, 'survey' AS subject_kind, r.id AS subject_id, 1 AS turn,
  s.id AS school_id, s.name AS school_name, r.title, NULL AS due_at, r.closes_on AS due_on
FROM mine m JOIN school s ON s.id = m.school_id
JOIN survey_round r ON r.school_id = s.id OR (r.school_id IS NULL AND r.division_code IN
  (s.county_code, SUBSTR(s.county_code, 1, 4), SUBSTR(s.county_code, 1, 2)))
WHERE m.kind = 'head' AND s.open AND r.state = 'open' AND r.closes_on >= $2
"""

# one's own term of office that ends without another
TERM = """
SELECT h.person_id, 'school' AS subject_kind, s.id AS subject_id, h.id AS turn,
  s.id AS school_id, s.name AS school_name, '责任督学任期届满' AS title, NULL AS due_at, {last_in_office} AS due_on
FROM mine m JOIN holding h ON h.person_id = m.person_id AND h.post_id = m.post_id
JOIN school s ON s.id = m.school_id
WHERE m.kind = 'supervisor' AND s.open AND h.until_on > $2
  AND h.until_on <= {remind_by} AND NOT EXISTS (SELECT 1 FROM holding n
    WHERE n.post_id = h.post_id AND n.person_id = h.person_id AND n.since_on <= h.until_on
    AND (n.until_on IS NULL OR n.until_on > h.until_on))
"""

# what a school's ledger says runs out: a health certificate is told without its holder's name. Whoever must answer an
# alert of it has that instead
CERTIFICATE = f"""
SELECT DISTINCT m.person_id, 'register' AS subject_kind, r.id AS subject_id, 1 AS turn,
  s.id AS school_id, s.name AS school_name, CASE r.register WHEN 'staff' THEN '从业人员健康证'
    WHEN 'licence' THEN '食品经营许可证' ELSE '合同“' || r.label || '”' END AS title,
  NULL AS due_at, r.until_on AS due_on
FROM mine m JOIN school s ON s.id = m.school_id JOIN register_row r ON r.school_id = s.id
WHERE m.kind IN ('head', 'manager') AND r.register IN ('staff', 'licence', 'contract')
  AND r.ended_on IS NULL AND r.until_on <= {{certificates_by}}
  AND NOT EXISTS (SELECT 1 FROM alert a WHERE a.row_id = r.id AND a.school_id = s.id AND a.owner = m.kind
    AND a.state = 'open' AND a.mode = 'live' AND (a.muted_until IS NULL OR a.muted_until < $2) AND a.rule IN ({_RULES}))
"""  # noqa: S608


@dataclass(frozen=True)
class Source:
    """`says`: put before a title, where it does not say itself what to do. `news`: the standings that nobody has been told of by a notice of its own, and a morning list tells."""

    code: str
    title: str
    says: str
    statement: str
    news: frozenset[Standing]


_DUE = frozenset({Standing.TODAY, Standing.OVERDUE})
_NEAR = _DUE | {Standing.SOON}

SOURCES = [
    Source("rectify", "整改", "整改：", RECTIFY, _DUE),
    Source("sign", "督查记录确认", "", SIGN, _DUE),
    Source("visit", "入校", "", VISIT, _DUE | {Standing.OPEN}),
    Source("look_again", "回头看", "回头看：", LOOK_AGAIN, _NEAR),
    Source("verify", "核查", "核查：", VERIFY, frozenset()),
    Source("decide", "申辩处理", "处理申辩：", DECIDE, frozenset()),
    Source("alert", "预警", "预警：", ALERT, frozenset()),
    Source("survey", "满意度测评", "请家长填写：", SURVEY, frozenset({Standing.TODAY})),
    Source("certificate", "证照到期", "换证或续签：", CERTIFICATE, _NEAR | {Standing.OPEN}),
    Source("term", "任期", "", TERM, frozenset({Standing.SOON, Standing.OPEN})),
]
BY_CODE = {source.code: source for source in SOURCES}
NEWS = {source.code: source.news for source in SOURCES}


async def read(
    people: Sequence[int], now: datetime, sources: Collection[Source] = SOURCES
) -> dict[int, list[Item]]:
    """What each of these people must do, unsorted; who must do nothing is absent. One question a source."""
    today = beijing_date(now)
    found: dict[int, list[Item]] = {}
    for source in sources:
        for row in await sql.rows(_statement(source, today), sql.packed(list(people)), today, now):
            found.setdefault(row["person_id"], []).append(_item(source, row, now))
    return found


def _statement(source: Source, today: date) -> str:
    month = f"{today:%Y-%m}"
    words = {
        "people": sql.among(1, "bigint"),
        "month": f"'{month}'",
        "month_ends": f"'{last_day(month)}'",
        "last_in_office": _days_on("h.until_on", "-1"),
        "certificates_by": _days_on("$2", nearest_sql(CERTIFICATE_DAYS, "s.county_code")),
        "remind_by": _days_on("$2", nearest_sql(TERM_REMIND_DAYS, "s.county_code")),
    }
    return (MINE + source.statement).format_map(words)


def _days_on(day: str, days: str) -> str:
    """A date so many days later, as both engines compare it with a column of dates."""
    if sql.on_postgres():
        return f"{day}::date + CAST({days} AS integer)"
    return f"DATE({day}, CAST({days} AS integer) || ' days')"


def _item(source: Source, row: dict[str, Any], now: datetime) -> Item:
    due_at = sql.instant(row["due_at"])
    if row["due_on"] is not None:
        day = row["due_on"] if isinstance(row["due_on"], date) else date.fromisoformat(row["due_on"])
        due_at = datetime.combine(day, LAST_MINUTE, BEIJING)
    return Item(
        source.code, row["subject_kind"], row["subject_id"], row["turn"], row["school_id"], row["school_name"],
        row["title"], source.says + row["title"], due_at, standing(due_at, now),
    )  # fmt: skip
