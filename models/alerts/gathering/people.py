"""Facts about surveys, problems and photos."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import timedelta

from models.alerts.facts import OpenProblem, Repeat, Survey
from models.alerts.gathering.scope import Scope, among
from models.database import sql
from models.policies.calendar import beijing_date
from models.problems.states import RUNNING, Move, State

REPEAT_DAYS = 30

BEGUN = """
SELECT s.id FROM school s WHERE s.id IN {schools} AND (
  EXISTS (SELECT 1 FROM survey_round r WHERE r.term = $2 AND r.state IN ('open', 'closed', 'counted')
          AND (r.school_id = s.id OR r.school_id IS NULL
               AND r.division_code IN ($3::text, SUBSTR($3::text, 1, 4), SUBSTR($3::text, 1, 2))))
  OR EXISTS (SELECT 1 FROM ledger_entry e WHERE e.school_id = s.id AND e.aspect = 'satisfaction' AND e.current
             AND e.for_on >= $4 AND e.for_on <= $5))
"""
COUNTED = """
SELECT r.school_id, r.term, r.n, r.invited, f.total FROM survey_result r
LEFT JOIN survey_figure f ON f.result_id = r.id AND f.question = 'S01'
WHERE r.grade = 0 AND r.id IN (SELECT MAX(id) FROM survey_result WHERE school_id IN {schools} AND grade = 0
                               GROUP BY school_id)
"""


async def surveys(scope: Scope) -> Mapping[int, Survey]:
    calendar = scope.calendar
    rounds = await sql.rows(
        BEGUN.format(schools=among(1)), scope.packed, calendar.term, scope.county_code, calendar.term_began,
        scope.today,
    )  # fmt: skip
    begun = {row["id"] for row in rounds}
    found = {school: Survey(begun=True) for school in begun}
    for row in await sql.rows(COUNTED.format(schools=among(1)), scope.packed):
        n, total, school = row["n"], row["total"], row["school_id"]
        mean = total / n if n and total is not None else None
        found[school] = Survey(school in begun, row["term"], n, row["invited"], mean)
    return found


async def problems(scope: Scope) -> Mapping[int, list[OpenProblem]]:
    """Those not ended, with how often their rectification was returned."""
    states = ", ".join(f"'{state.value}'" for state in sorted(RUNNING | {State.SUBMITTED, State.APPEALED}))
    found = await sql.rows(
        "SELECT p.id, p.school_id, p.title, p.state, p.overdue_at,"  # noqa: S608
        " (SELECT COUNT(*) FROM journal_entry j WHERE j.subject_kind = 'problem' AND j.subject_id = p.id"
        f" AND j.verb = '{Move.RETURN.value}') AS returned"
        f" FROM problem p WHERE p.county_code = $1 AND p.state IN ({states}) AND p.school_id IN {among(2)}"
        " ORDER BY p.id",
        scope.county_code, scope.packed,
    )  # fmt: skip
    schools: dict[int, list[OpenProblem]] = defaultdict(list)
    for row in found:
        overdue_at = sql.instant(row["overdue_at"])
        overdue_on = beijing_date(overdue_at) if overdue_at else None
        schools[row["school_id"]].append(
            OpenProblem(row["id"], row["title"], row["state"], overdue_on, row["returned"])
        )
    return schools


async def repeats(scope: Scope) -> Mapping[int, list[Repeat]]:
    found = await sql.rows(
        "SELECT r.school_id, r.photo_id, MIN(r.found_at) AS found_at, COUNT(*) AS n,"
        " MAX(CASE WHEN e.school_id <> r.school_id THEN 1 ELSE 0 END) AS elsewhere"
        " FROM repeated_photo r JOIN photo e ON e.id = r.earlier_id"
        " WHERE r.county_code = $1 AND r.found_at >= $2 AND r.found_at <= $3"
        " GROUP BY r.school_id, r.photo_id ORDER BY r.photo_id",
        scope.county_code, scope.as_of - timedelta(days=REPEAT_DAYS), scope.as_of,
    )  # fmt: skip
    schools: dict[int, list[Repeat]] = defaultdict(list)
    for row in found:
        found_at = sql.instant(row["found_at"])
        assert found_at is not None
        schools[row["school_id"]].append(
            Repeat(row["photo_id"], beijing_date(found_at), row["n"], bool(row["elsewhere"]))
        )
    return schools
