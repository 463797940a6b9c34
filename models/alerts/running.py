"""When alerts are judged: each county once a day, and a school at once when something of it changed.

A county is one transaction, with the mark that it was judged: a worker that dies leaves it as it was, and another
takes it. Two that judge one county wait for each other.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, time
from typing import Any

from tortoise.transactions import in_transaction

from models.alerts import telling, topics
from models.alerts.cases import Standpoint, found_in
from models.alerts.declaring import Cadence, Rule, Subject
from models.alerts.gathering.scope import Shared, day
from models.alerts.states import Mode
from models.alerts.switches import policies_on, rules_on
from models.alerts.writing import Judged, write
from models.database import sql
from models.policies.calendar import BEIJING, beijing_date
from models.policies.queries import Values, terms_in

# when yesterday's entries have come, and everybody still sleeps: notices wait for the morning
FROM = time(5, 0)
# of one touch, so that a long import does not keep a single school waiting
TOUCHES = 500
COUNTY_LOCK = 27_000_000
CLAIM = "SELECT judged_on FROM alert_county WHERE county_code = $1 AND (judged_on IS NULL OR judged_on < $2)"


async def judge_due(now: datetime) -> int:
    """Judge counties that were not judged today; return how many were. Any number of workers may run it at once."""
    if now.astimezone(BEIJING).time() < FROM:
        return 0
    today, shared = beijing_date(now), Shared()
    await _know_counties()
    done = 0
    for code, policies in (await policies_on(await _undone(today))).items():
        done += await _judge_county(code, policies, today, now, shared)
    return done


async def _know_counties() -> None:
    await sql.rows(
        "INSERT INTO alert_county (county_code) SELECT DISTINCT county_code FROM school WHERE county_code NOT IN"
        " (SELECT county_code FROM alert_county) ON CONFLICT (county_code) DO NOTHING RETURNING county_code"
    )


async def _undone(today: date) -> list[str]:
    found = await sql.rows(
        "SELECT county_code FROM alert_county WHERE judged_on IS NULL OR judged_on < $1 ORDER BY county_code",
        today,
    )
    return [row["county_code"] for row in found]


async def _judge_county(code: str, policies: Values, today: date, now: datetime, shared: Shared) -> int:
    terms = (await terms_in({code}))[code]
    async with in_transaction():
        claimed = await sql.rows(CLAIM + sql.skip_locked(), code, today)
        if not claimed:
            return 0
        await lock(code)
        rules = due_of(await rules_on(), day(claimed[0]["judged_on"]), today)
        standpoint = Standpoint.present(code, policies, terms, now, shared)
        await judge(standpoint, rules, None, now)
        await sql.rows(
            "UPDATE alert_county SET judged_on = $2 WHERE county_code = $1 RETURNING county_code", code, today
        )
    return 1


def due_of(rules: Iterable[Rule], last: date | None, today: date) -> list[Rule]:
    """The rules whose cadence has come round since a county was last judged. Pure."""
    due = {Cadence.DAILY}
    if last is None or last.isocalendar()[:2] != today.isocalendar()[:2]:
        due.add(Cadence.WEEKLY)
    if last is None or (last.year, last.month) != (today.year, today.month):
        due.add(Cadence.MONTHLY)
    return [rule for rule in rules if rule.cadence in due]


async def lock(county_code: str) -> None:
    """Wait until nobody else judges the county, in the caller's transaction."""
    await sql.advisory_lock(COUNTY_LOCK + int(county_code))


async def judge(
    standpoint: Standpoint, rules: Sequence[Rule], only: Collection[int] | None, now: datetime
) -> None:
    """Judge a county, or some of its schools, write it down and tell; in the caller's transaction and lock."""
    found = await found_in(standpoint, rules, only)
    judged = Judged(standpoint.county_code, rules, only, Mode.LIVE, standpoint.today)
    made = await write(judged, found, now)
    await telling.untell([*made.withdrawn, *made.lapsed], now, standpoint.today)
    if made.raised or made.changed:
        await telling.tell(standpoint.county_code, now, standpoint.today)


async def look_again(now: datetime) -> int:
    """Judge schools of which something changed, by the rules that read it; return how many changes were taken."""
    taken = 0
    while batch := await _look_again(now):
        taken += batch
        if batch < TOUCHES:
            break
    return taken


async def _look_again(now: datetime) -> int:
    async with in_transaction():
        touches = await sql.rows(
            "DELETE FROM touch WHERE id IN (SELECT id FROM touch ORDER BY id"  # noqa: S608
            f" LIMIT {TOUCHES}{sql.skip_locked()}) RETURNING school_id, county_code, row_id, topic"
        )
        if touches:
            for code, topics_of in sorted((await _counties_of(touches)).items()):
                await _look_again_in(code, topics_of, now)
    return len(touches)


# by school; None stands for the county's own office
Topics = dict[int | None, set[str]]


async def _counties_of(touches: Sequence[dict[str, Any]]) -> dict[str, Topics]:
    """What changed where. A register's row that is no single school's concerns those with an alert about it."""
    counties: dict[str, Topics] = defaultdict(lambda: defaultdict(set))
    rows: dict[int, str] = {}
    for touch in touches:
        counties[touch["county_code"]][touch["school_id"]].add(touch["topic"])
        if touch["row_id"] is not None and touch["topic"] in topics.OF_MANY:
            rows[touch["row_id"]] = touch["topic"]
    for row in await _about(rows):
        counties[row["county_code"]][row["school_id"]].add(rows[row["row_id"]])
    return counties


async def _about(rows: dict[int, str]) -> list[dict[str, Any]]:
    if not rows:
        return []
    return await sql.rows(
        "SELECT DISTINCT school_id, county_code, row_id FROM alert WHERE state IN ('open', 'answered')"  # noqa: S608
        f" AND mode = 'live' AND row_id IN {sql.among(1, 'bigint')}",
        sql.packed(sorted(rows)),
    )


async def _look_again_in(code: str, changed: Topics, now: datetime) -> None:
    policies = await policies_on([code])
    if not policies:
        return
    await lock(code)
    terms = (await terms_in({code}))[code]
    standpoint = Standpoint.present(code, policies[code], terms, now, Shared())
    rules, raised = await rules_on(), await _raised_by(code)
    for at_school, school_ids in _alike(changed):
        some = [rule for rule in rules if _concerned(rule, at_school, school_ids, raised)]
        if some:
            await judge(standpoint, some, school_ids, now)


def _alike(changed: Topics) -> list[tuple[set[str], set[int]]]:
    """Schools of which the same changed are judged together. The county's own rules go with any of them."""
    groups: dict[frozenset[str], set[int]] = defaultdict(set)
    own = changed.get(None, set())
    for school, topics_of in changed.items():
        if school is not None:
            groups[frozenset(topics_of | own)].add(school)
    if own and not groups:
        groups[frozenset(own)] = set()
    return [
        (set(topics_of), schools) for topics_of, schools in sorted(groups.items(), key=lambda g: sorted(g[0]))
    ]


def _concerned(
    rule: Rule, topics_of: set[str], school_ids: set[int], raised: dict[str, set[int | None]]
) -> bool:
    """Whether a change is worth judging a rule by: it reads it, and is cheap or has raised something there."""
    if not any(topics.concerns(topic, rule) for topic in topics_of):
        return False
    open_at = raised.get(rule.code, set())
    if rule.subject is Subject.COUNTY:
        return None in open_at
    return bool(school_ids) and (rule.at_once or bool(school_ids & open_at))


async def _raised_by(code: str) -> dict[str, set[int | None]]:
    """Of each rule, where in the county it has an alert that is not over."""
    found = await sql.rows(
        "SELECT DISTINCT rule, school_id FROM alert WHERE county_code = $1 AND state IN ('open', 'answered')"
        " AND mode = 'live'",
        code,
    )
    raised: dict[str, set[int | None]] = defaultdict(set)
    for row in found:
        raised[row["rule"]].add(row["school_id"])
    return raised
