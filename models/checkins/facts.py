"""What a check-in is weighed by, read out of it and of those around it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.checkins.evidence import KMH, Facts
from models.checkins.places import Point, metres
from models.checkins.rules import PlaceQuality, Where
from models.policies import declared as policy
from models.policies.calendar import beijing_date
from models.policies.queries import Values

# Longer than any way across the province takes.
AROUND = timedelta(hours=12)


@dataclass(frozen=True)
class Scan:
    """A check-in with its school. `school_point` is None where the school has no registered place."""

    id: int
    person_id: int
    school_id: int
    school_name: str
    county_code: str
    school_point: Point | None
    at: datetime
    scanned_at: datetime
    received_at: datetime
    rotating_at: datetime | None
    where: Where
    # where the phone was, in WGS-84
    point: Point | None
    distance_m: int | None
    device_hash: str | None
    visit_sent_at: datetime | None
    typed: bool = False


@dataclass(frozen=True)
class Use:
    """A check-in with a certain phone."""

    person_id: int
    at: datetime


def facts_of(scan: Scan, others: Sequence[Scan], uses: Iterable[Use], values: Values, now: datetime) -> Facts:
    """The facts of a check-in. `others` are further check-ins of the same person, `uses` of its phone."""
    where = scan.where
    accuracies = [given for given in (where.accuracy_m, where.horizontal_accuracy_m) if given is not None]
    sent = scan.visit_sent_at
    rotating_at = scan.rotating_at
    since = scan.at - timedelta(days=values[policy.LOOK_BACK_DAYS.key])
    travel = _travel(scan, others, values)
    known, shared = _device(scan, uses, since)
    return Facts(
        rotating=rotating_at is not None,
        typed=scan.typed,
        age_min=_minutes(scan.at, scan.received_at),
        kept_min=_minutes(rotating_at, scan.scanned_at) if rotating_at else 0,
        place=where.quality,
        distance_m=scan.distance_m,
        radius_m=_radius_m(where, values),
        accuracy_m=min(accuracies, default=None),
        altitude_m=_altitude_m(where),
        kmh=max(0, where.speed_mps or 0) * KMH,
        exact=scan.distance_m == 0,
        same_days=_same_days(scan, others, since),
        travel_kmh=travel.kmh,
        travel_min=travel.minutes,
        travel_km=travel.km,
        travel_school=travel.school,
        schools=len({scan.school_id, *(one.school_id for one in _within(scan, others, values))}),
        device_known=known,
        others=shared,
        stay_min=_minutes(rotating_at or scan.received_at, sent) if sent else None,
        longest_stay_min=_minutes(scan.at, sent) if sent else None,
        visit_due=sent is None and now >= visit_due_at(scan, values),
    )


def visit_due_at(scan: Scan, values: Values) -> datetime:
    """When a visit should have come."""
    return scan.received_at + timedelta(hours=values[policy.VISIT_WITHIN_H.key])


def conflicting(scan: Scan, others: Iterable[Scan], values: Values) -> list[int]:
    """Those of the person's other check-ins that this one speaks against: too far, or too many at once."""
    near = _within(scan, others, values)
    crowd = {scan.school_id, *(one.school_id for one in near)}
    crowded = [one.id for one in near] if len(crowd) >= values[policy.BURST_SCHOOLS.key] else []
    fastest = values[policy.TRAVEL_KMH.key]
    return sorted({*crowded, *(one.id for one in others if _between(scan, one, values).kmh > fastest)})


def _minutes(first: datetime, then: datetime) -> float:
    return max(0.0, (then - first).total_seconds() / 60)


def _radius_m(where: Where, values: Values) -> float:
    """How far out the phone may be. A fuzzy place is as vague as the policy says, whatever it claims."""
    given = max(0.0, where.accuracy_m or 0, where.horizontal_accuracy_m or 0)
    return max(given, values[policy.FUZZY_M.key]) if where.quality is PlaceQuality.FUZZY else given


def _altitude_m(where: Where) -> float | None:
    """None where the platform did not look: it then gives 0, on Android always without an accuracy."""
    if where.altitude_m == 0 and not (where.vertical_accuracy_m or 0) > 0:
        return None
    return where.altitude_m


def _same_days(scan: Scan, others: Iterable[Scan], since: datetime) -> int:
    """On how many other days of the past a precise place was the same to the last digit: no real one is."""
    if scan.where.quality is not PlaceQuality.PRECISE:
        return 0
    days = {
        beijing_date(one.at)
        for one in others
        if since <= one.at <= scan.at and _degrees(one.where) == _degrees(scan.where)
    }
    return len(days - {beijing_date(scan.at)})


def _degrees(where: Where) -> tuple[float | None, float | None]:
    return where.longitude, where.latitude


@dataclass(frozen=True)
class _Journey:
    kmh: float = 0
    minutes: float = 0
    km: float = 0
    school: str = ""


def _travel(scan: Scan, others: Iterable[Scan], values: Values) -> _Journey:
    journeys = (_between(scan, one, values) for one in others)
    return max(journeys, key=lambda journey: journey.kmh, default=_Journey())


def _between(scan: Scan, other: Scan, values: Values) -> _Journey:
    """The way from one check-in to another: between the schools, or the phone's own places if farther.

    What the places may be out by, and the distance that still counts as being there, is given away.
    """
    apart_min = _minutes(min(scan.at, other.at), max(scan.at, other.at))
    if apart_min > AROUND.total_seconds() / 60:
        return _Journey()
    away_m = max(_apart(scan.school_point, other.school_point), _phones_apart(scan, other, values))
    least_m = away_m - values[policy.FAR_M.key]
    if least_m <= 0:
        return _Journey()
    # the poster's minute is no finer than the clock's, and two scans of one minute are no speed
    return _Journey(least_m / 1000 / max(apart_min, 1) * 60, apart_min, away_m / 1000, other.school_name)


def _phones_apart(scan: Scan, other: Scan, values: Values) -> float:
    apart = _apart(scan.point, other.point)
    return apart - _radius_m(scan.where, values) - _radius_m(other.where, values)


def _apart(one: Point | None, other: Point | None) -> float:
    return metres(one, other) if one and other else 0


def _within(scan: Scan, others: Iterable[Scan], values: Values) -> list[Scan]:
    window = timedelta(minutes=values[policy.BURST_MIN.key])
    return [one for one in others if abs(one.at - scan.at) <= window]


def _device(scan: Scan, uses: Iterable[Use], since: datetime) -> tuple[bool | None, int]:
    """Whether the person used this phone on an earlier day, and how many others used it lately."""
    if scan.device_hash is None:
        return None, 0
    lately = [use for use in uses if since <= use.at <= scan.at + AROUND]
    own = [use for use in lately if use.person_id == scan.person_id]
    known = any(beijing_date(use.at) < beijing_date(scan.at) for use in own)
    return known, len({use.person_id for use in lately} - {scan.person_id})
