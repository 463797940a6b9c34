"""Asking for alerts: mine, a school's, a division's, and how many of each sort. Always what the viewer may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from models.alerts import rights
from models.alerts.actions import readable
from models.alerts.declaring import Sort
from models.alerts.naming import sayings
from models.alerts.rights import STANDS_IN
from models.alerts.rules import BY_CODE
from models.alerts.states import ACTIVE, Mode, State
from models.alerts.tables import Alert
from models.database import sql
from models.errors import NotFound
from models.journal.queries import Step, steps
from models.organisations.rules import span
from models.organisations.tables import Division, PostKind, School
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right


@dataclass(frozen=True)
class Line:
    """An alert, with its school's name (the county's for its own), what it says to the viewer, and whether they answer
    it."""

    row: Alert
    place: str
    said: str
    mine: bool


@dataclass(frozen=True)
class Wanted:
    """Which alerts are asked for. `states`: none for those that are open or answered."""

    rule: str | None = None
    sort: Sort | None = None
    state: State | None = None
    muted: bool = False
    before_id: int | None = None
    limit: int = 20


async def mine(viewer: Viewer, today: date, before_id: int | None = None, limit: int = 20) -> list[Line]:
    """Open alerts that the viewer's posts answer, newest first. A head has those of posts that nobody holds, too."""
    condition = Q(id=0)
    for held in viewer.posts:
        if held.school_id is not None:
            kinds = [held.kind.value]
            if held.kind is STANDS_IN:
                kinds += await _unheld(held.school_id, today)
            condition |= Q(school_id=held.school_id, owner__in=kinds)
        elif held.kind is PostKind.COUNTY:
            condition |= Q(county_code=held.division_code, owner=held.kind.value)
    query = Alert.filter(condition, _heard(today), state=State.OPEN, mode=Mode.LIVE)
    if before_id is not None:
        query = query.filter(id__lt=before_id)
    return await _lines(viewer, query, limit)


async def _unheld(school_id: int, today: date) -> list[str]:
    found = await sql.rows(
        "SELECT DISTINCT po.kind FROM post po JOIN holding h ON h.post_id = po.id WHERE po.school_id = $1"
        " AND h.since_on <= $2 AND (h.until_on IS NULL OR h.until_on > $2)",
        school_id, today,
    )  # fmt: skip
    held = {row["kind"] for row in found}
    return [kind for kind in (PostKind.MANAGER.value, PostKind.FINANCE.value) if kind not in held]


def _heard(today: date) -> Q:
    return Q(muted_until=None) | Q(muted_until__lt=today)


async def of_school(viewer: Viewer, school_id: int, wanted: Wanted, today: date) -> list[Line]:
    """A school's alerts, newest first; without those of rules that the viewer may not read."""
    school = await access.school(viewer, school_id)
    readable_rules = rights.readable_at(viewer, school)
    query = Alert.filter(school_id=school.id, rule__in=readable_rules, mode=Mode.LIVE)
    return await _lines(viewer, _narrowed(query, wanted, today), wanted.limit)


async def of_division(viewer: Viewer, code: str, wanted: Wanted, today: date) -> list[Line]:
    """A division's alerts, its schools' and its own, newest first; as `of_school`."""
    access.division(viewer, code, Right.READ_LEDGER)
    first, end = span(code)
    query = Alert.filter(
        county_code__gte=first, county_code__lt=end, rule__in=rights.readable_in(viewer, code), mode=Mode.LIVE
    )
    return await _lines(viewer, _narrowed(query, wanted, today), wanted.limit)


def _narrowed(query: QuerySet[Alert], wanted: Wanted, today: date) -> QuerySet[Alert]:
    query = query.filter(state__in=[wanted.state] if wanted.state else list(ACTIVE))
    query = query.filter(muted_until__gte=today) if wanted.muted else query.filter(_heard(today))
    if wanted.rule is not None:
        query = query.filter(rule=wanted.rule)
    if wanted.sort is not None:
        query = query.filter(sort=wanted.sort)
    if wanted.before_id is not None:
        query = query.filter(id__lt=wanted.before_id)
    return query


async def _lines(viewer: Viewer, query: QuerySet[Alert], limit: int) -> list[Line]:
    # a rule that is no longer there says nothing: nobody can read what it was about
    return await lines(viewer, await query.filter(rule__in=list(BY_CODE)).order_by("-id").limit(limit))


async def lines(viewer: Viewer, found: Sequence[Alert]) -> list[Line]:
    """Alerts that the viewer may read, as they read them, in the same order."""
    said = await sayings(found)
    schools = await School.filter(id__in={one.school_id for one in found}).values("id", "name")
    counties = await Division.filter(
        code__in={one.county_code for one in found if one.school_id is None}
    ).values("code", "name")
    names = {row["id"]: row["name"] for row in schools} | {row["code"]: row["name"] for row in counties}
    return [
        Line(
            one, names[one.school_id or one.county_code], said[one.id],
            rights.answers(viewer, PostKind(one.owner), one.school_id, one.county_code) is not None,
        )
        for one in found
    ]  # fmt: skip


@dataclass(frozen=True)
class Whole:
    """An alert with what was done about it, oldest first."""

    line: Line
    steps: list[Step]


async def one(viewer: Viewer, alert_id: int) -> Whole:
    """An alert that the viewer may read or answers; NotFound and Forbidden otherwise."""
    alert = await Alert.get_or_none(id=alert_id, mode=Mode.LIVE, rule__in=list(BY_CODE))
    if alert is None:
        raise NotFound
    if rights.answers(viewer, PostKind(alert.owner), alert.school_id, alert.county_code) is None:
        await readable(viewer, alert)
    (line,) = await _lines(viewer, Alert.filter(id=alert_id), 1)
    return Whole(line, await steps("alert", alert_id))


@dataclass(frozen=True)
class Tally:
    """Alerts of a division or of a rule. Those open are told apart by sort; muted ones are not among them."""

    code: str
    name: str
    no_record: int
    defect: int
    contradiction: int
    answered: int
    muted: int


TALLY = """
SELECT {key} AS code,
  SUM(CASE WHEN state = 'open' AND {heard} AND sort = 'no_record' THEN 1 ELSE 0 END) AS no_record,
  SUM(CASE WHEN state = 'open' AND {heard} AND sort = 'defect' THEN 1 ELSE 0 END) AS defect,
  SUM(CASE WHEN state = 'open' AND {heard} AND sort = 'contradiction' THEN 1 ELSE 0 END) AS contradiction,
  SUM(CASE WHEN state = 'answered' AND {heard} THEN 1 ELSE 0 END) AS answered,
  SUM(CASE WHEN NOT {heard} THEN 1 ELSE 0 END) AS muted
FROM alert WHERE county_code >= $1 AND county_code < $2 AND state IN ('open', 'answered') AND mode = 'live'
  AND rule IN {rules} GROUP BY {key} ORDER BY 1
"""
HEARD = "(muted_until IS NULL OR muted_until < $3)"


async def tally(viewer: Viewer, code: str, today: date) -> list[Tally]:
    """Of the divisions just below one (a county: the county itself), by code; those without alerts are absent."""
    found = await _tally(viewer, code, f"SUBSTR(county_code, 1, {({2: 4, 4: 6, 6: 6})[len(code)]})", today)
    names = await Division.filter(code__in=[row["code"] for row in found]).values("code", "name")
    named = {row["code"]: row["name"] for row in names}
    return [_tally_of(row, named[row["code"]]) for row in found]


async def tally_by_rule(viewer: Viewer, code: str, today: date) -> list[Tally]:
    """Of a division's rules, by code; the name is the rule's."""
    return [_tally_of(row, row["code"]) for row in await _tally(viewer, code, "rule", today)]


async def _tally(viewer: Viewer, code: str, key: str, today: date) -> list[dict[str, Any]]:
    access.division(viewer, code, Right.READ_LEDGER)
    statement = TALLY.format(key=key, heard=HEARD, rules=sql.among(4, "text"))
    return await sql.rows(statement, *span(code), today, sql.packed(rights.readable_in(viewer, code)))


def _tally_of(row: dict[str, Any], name: str) -> Tally:
    numbers = (row[one] for one in ("no_record", "defect", "contradiction", "answered", "muted"))
    return Tally(row["code"], name, *map(int, numbers))
