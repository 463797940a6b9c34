"""Writing down what was found, in as many statements for a county as for a school, in the caller's transaction."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.alerts.declaring import Rule, Subject
from models.alerts.gathering.scope import day
from models.alerts.states import Changes, Found, Known, Mode, State, changes
from models.database import sql

BATCH = 2_000

ACTIVE = """
SELECT a.id, a.rule, a.matter, a.state, a.sort, a.said, a.stage, a.about_on, a.muted_until,
  p.state AS problem FROM alert a LEFT JOIN problem p ON p.id = a.problem_id
WHERE a.county_code = $1 AND a.state IN ('open', 'answered') AND a.mode = $2 AND a.rule IN {rules} {some}
"""
# one that was over is raised again with what it had: how often, and whether it is muted
RAISE = """
INSERT INTO alert (rule, matter, mode, school_id, county_code, owner, level, sort, said, facts, row_id, about_on,
  stage, state, times, told, raised_at, changed_at)
SELECT v.c1, v.c2, $13, v.c3, v.c4, v.c5, v.c6, v.c7, v.c8, v.c9, v.c10, v.c11, v.c12, 'open', 1, 0, $14, $14
FROM {rows} WHERE TRUE
ON CONFLICT (rule, matter, mode) DO UPDATE SET school_id = excluded.school_id, county_code = excluded.county_code,
  owner = excluded.owner, level = excluded.level, sort = excluded.sort, said = excluded.said, facts = excluded.facts,
  row_id = excluded.row_id, about_on = excluded.about_on, stage = excluded.stage, state = 'open',
  times = alert.times + 1, raised_at = excluded.raised_at, changed_at = excluded.changed_at, ended_at = NULL,
  told_at = NULL, answer = NULL, answered_at = NULL, answered_by = NULL, entry_id = NULL, problem_id = NULL
WHERE alert.state IN ('withdrawn', 'lapsed')
"""
RAISE_TYPES = [
    "text", "text", "bigint", "text", "text", "text", "text", "text", "jsonb", "bigint", "date", "smallint",
]  # fmt: skip
CHANGE = """
UPDATE alert SET sort = v.c2, said = v.c3, facts = v.c4, row_id = v.c5, stage = v.c6, changed_at = $8,
  state = CASE WHEN v.c7 THEN 'open' ELSE state END, told_at = CASE WHEN v.c7 THEN NULL ELSE told_at END,
  answer = CASE WHEN v.c7 THEN NULL ELSE answer END, problem_id = CASE WHEN v.c7 THEN NULL ELSE problem_id END,
  muted_until = CASE WHEN v.c7 AND muted_until < $9 THEN NULL ELSE muted_until END
FROM {rows} WHERE alert.id = v.c1
"""
CHANGE_TYPES = ["bigint", "text", "text", "jsonb", "bigint", "smallint", "boolean"]
END = "UPDATE alert SET state = $2, ended_at = $3, changed_at = $3 FROM {rows} WHERE alert.id = v.c1"


@dataclass(frozen=True)
class Judged:
    """Which rules were judged where: all else stays as it is. `only`: at these schools, None: in all the county."""

    county_code: str
    rules: Sequence[Rule]
    only: Collection[int] | None
    mode: Mode
    today: date


async def write(judged: Judged, found: Sequence[Found], at: datetime) -> Changes:
    """Raise, change, withdraw and let lapse; repeatable, and writes nothing where nothing changed."""
    by_code = {rule.code: rule for rule in judged.rules}
    made = changes(found, await _known(judged), by_code, judged.today)
    for some in _batches(made.raised):
        values = [_raised(one) for one in some]
        await sql.over_rows(RAISE, RAISE_TYPES, values, judged.mode.value, at)
    for few in _batches(made.changed):
        values = [_changed(*one) for one in few]
        await sql.over_rows(CHANGE, CHANGE_TYPES, values, at, judged.today)
    for state, ids in ((State.WITHDRAWN, made.withdrawn), (State.LAPSED, made.lapsed)):
        await sql.over_rows(END, ["bigint"], [[number] for number in ids], state.value, at)
    return made


async def _known(judged: Judged) -> list[Known]:
    rules = [rule.code for rule in judged.rules]
    values = [judged.county_code, judged.mode.value, sql.packed(rules)]
    some = ""
    if judged.only is not None:
        # what is the county's own was judged with all its schools
        own = [rule.code for rule in judged.rules if rule.subject is Subject.COUNTY]
        some = f"AND (a.school_id IN {sql.among(4, 'bigint')} OR a.rule IN {sql.among(5, 'text')})"
        values += [sql.packed(sorted(judged.only)), sql.packed(own)]
    statement = ACTIVE.format(rules=sql.among(3, "text"), some=some)
    return [_known_of(row) for row in await sql.rows(statement, *values)]


def _known_of(row: dict[str, Any]) -> Known:
    return Known(
        row["id"], row["rule"], row["matter"], State(row["state"]), row["sort"], row["said"], row["stage"],
        day(row["about_on"]), row["problem"] == "closed", day(row["muted_until"]),
    )  # fmt: skip


def _raised(one: Found) -> list[Any]:
    rule, finding = one.rule, one.finding
    return [
        *one.key, one.school_id, one.county_code, rule.owner.value, rule.level.value, finding.sort.value,
        finding.said[:300], sql.dump(finding.facts), finding.row_id, finding.about_on, finding.stage,
    ]  # fmt: skip


def _changed(number: int, one: Found, anew: bool) -> list[Any]:
    finding = one.finding
    return [
        number, finding.sort.value, finding.said[:300], sql.dump(finding.facts), finding.row_id, finding.stage, anew,
    ]  # fmt: skip


def _batches(listed: list[Any]) -> list[list[Any]]:
    return [listed[first : first + BATCH] for first in range(0, len(listed), BATCH)]
