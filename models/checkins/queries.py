"""Reading check-ins."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from models.checkins import evidence
from models.checkins.tables import CheckIn, CheckInEvidence
from models.database import sql
from models.organisations.rules import span
from models.people import access
from models.people.access import Viewer
from models.people.queries import names
from models.people.rights import Right
from models.policies.declared import EVIDENCE_TOLD_DAYS, EVIDENCE_WEAK
from models.policies.queries import effective, nearest_sql

COUNTY_DIGITS = 6


@dataclass(frozen=True)
class Reason:
    """One reason of a score: the points it adds (for), takes (against, below 0) or only notes, and why."""

    code: str
    side: evidence.Side
    points: int
    said: str


@dataclass(frozen=True)
class Evidence:
    """How well a check-in is proven, 0 to 100, higher is better; what weighs against it comes first."""

    score: int
    reasons: list[Reason]
    weighed_at: datetime


@dataclass(frozen=True)
class Seen:
    """A check-in. `evidence` is None for those who may not see it, and for some seconds before it is weighed."""

    id: int
    who: str
    at: datetime
    received_at: datetime
    rotating: bool
    place: str
    distance_m: int | None
    evidence: Evidence | None


@dataclass(frozen=True)
class SeenInDivision(Seen):
    school_id: int
    school_name: str


@dataclass(frozen=True)
class Rank:
    """A place in the list of a division: by score, then by check-in."""

    score: int
    check_in_id: int


@dataclass(frozen=True)
class Mine:
    """A check-in of one's own. `record_sent`: the visit made with it has arrived."""

    school_name: str
    at: datetime
    record_sent: bool


async def mine(viewer: Viewer, limit: int = 5) -> list[Mine]:
    """The viewer's own last check-ins, newest first."""
    found = await sql.rows(
        "SELECT s.name, c.at, EXISTS (SELECT 1 FROM visit v WHERE v.check_in_id = c.id) AS record_sent"
        " FROM check_in c JOIN school s ON s.id = c.school_id"
        " WHERE c.person_id = $1 ORDER BY c.at DESC, c.id DESC LIMIT $2",
        viewer.bound, limit,
    )  # fmt: skip
    return [
        Mine(row["name"], at, bool(row["record_sent"])) for row in found if (at := sql.instant(row["at"]))
    ]


async def at_school(
    viewer: Viewer, school_id: int, before_id: int | None = None, limit: int = 20
) -> list[Seen]:
    """Check-ins at a school the viewer may read, newest first; with their evidence for READ_EVIDENCE."""
    school = await access.school(viewer, school_id)
    query = CheckIn.filter(school_id=school.id)
    if before_id is not None:
        query = query.filter(id__lt=before_id)
    found = await query.order_by("-id").limit(limit)
    who = await names({row.person_id for row in found})
    known: dict[int, Evidence] = {}
    if access.reaches(viewer, Right.READ_EVIDENCE, school):
        weighed = await CheckInEvidence.filter(check_in_id__in=[row.id for row in found]).values()
        known = {row["check_in_id"]: _evidence(row) for row in weighed}
    return [
        Seen(
            row.id, who[row.person_id], row.at, row.received_at,
            row.rotating_at is not None, row.place, row.distance_m, known.get(row.id),
        )
        for row in found
    ]  # fmt: skip


async def in_division(
    viewer: Viewer,
    division_code: str,
    month: str,
    below: int | None = None,
    after: Rank | None = None,
    limit: int = 20,
) -> list[SeenInDivision]:
    """Check-ins of a Beijing month in a division, the least proven first, with a score under `below`.

    Without `below`, those under the division's own line for weak evidence. Forbidden for those who read the
    division without READ_EVIDENCE, NotFound for all others.
    """
    access.division(viewer, division_code, Right.READ_EVIDENCE)
    if below is None:
        below = round((await effective(division_code))[EVIDENCE_WEAK.key])
    # one county reads its index in the order of the list, larger divisions read the month's
    first, end = span(division_code)
    county = len(division_code) == COUNTY_DIGITS
    among = "e.county_code = $5" if county else "e.county_code >= $5 AND e.county_code < $6"
    found = await sql.rows(
        "SELECT c.id, c.person_id, c.at, c.received_at, c.rotating_at, c.place, c.distance_m, c.school_id,"  # noqa: S608
        " s.name, e.score, e.reasons, e.weighed_at FROM check_in_evidence e"
        " JOIN check_in c ON c.id = e.check_in_id JOIN school s ON s.id = c.school_id"
        f" WHERE {among} AND e.month = $1 AND e.score < $2 AND (e.score, e.check_in_id) > ($3, $4)"
        f" ORDER BY e.score, e.check_in_id LIMIT {int(limit)}",
        month, below, *((after.score, after.check_in_id) if after else (-1, 0)), first,
        *(() if county else (end,)),
    )  # fmt: skip
    who = await names({row["person_id"] for row in found})
    return [_seen(row, who) for row in found]


TOLD = f"""
SELECT e.check_in_id, e.score, e.reasons, e.weighed_at, c.received_at,
  {nearest_sql(EVIDENCE_TOLD_DAYS, "e.county_code")} AS days
FROM check_in_evidence e JOIN check_in c ON c.id = e.check_in_id WHERE e.check_in_id IN {{check_ins}}
"""  # noqa: S608


@dataclass(frozen=True)
class Told:
    """What somebody is told of how their own check-in was weighed: the reasons in words, without what each is
    worth. Until `from_at` only that it was: whoever tries what passes for real must not hear at once."""

    weighed_at: datetime
    from_at: datetime
    score: int | None = None
    reasons: list[str] = field(default_factory=list)


async def told_of(check_ins: list[int], now: datetime) -> dict[int, Told]:
    """Of somebody's own check-ins, by id (个人信息保护法 第四十五条); the caller says whose they are."""
    told = {}
    for row in await sql.rows(TOLD.format(check_ins=sql.among(1, "bigint")), sql.packed(check_ins)):
        known, received_at = _evidence(row), sql.instant(row["received_at"])
        assert received_at is not None
        from_at = received_at + timedelta(days=float(row["days"]))
        one = Told(known.weighed_at, from_at)
        if from_at <= now:
            one = replace(one, score=known.score, reasons=[reason.said for reason in known.reasons])
        told[row["check_in_id"]] = one
    return told


def _seen(row: Mapping[str, Any], who: Mapping[int, str]) -> SeenInDivision:
    at, received_at = sql.instant(row["at"]), sql.instant(row["received_at"])
    assert at is not None and received_at is not None
    return SeenInDivision(
        row["id"], who[row["person_id"]], at, received_at, row["rotating_at"] is not None,
        row["place"], row["distance_m"], _evidence(row), row["school_id"], row["name"],
    )  # fmt: skip


def _evidence(row: Mapping[str, Any]) -> Evidence:
    weighed_at = sql.instant(row["weighed_at"])
    assert weighed_at is not None
    reasons = [
        Reason(
            one["code"], evidence.Side(one["side"]), one["points"],
            evidence.said(one["code"], one["facts"]),
        )
        for one in sql.document(row["reasons"])
    ]  # fmt: skip
    reasons.sort(key=lambda one: (one.points == 0, one.points))
    return Evidence(row["score"], reasons, weighed_at)
