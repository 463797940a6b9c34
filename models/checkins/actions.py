"""Checking in: the product's hottest path, two reads and one write."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.checkins import rules
from models.checkins.places import Coordinates
from models.checkins.rules import NOWHERE, Judgement, NoPostHere, Recused, SchoolFacts, Where
from models.database import sql
from models.errors import NotFound, Refusal, RequestReused
from models.journal.inserting import insert_recorded
from models.people.access import Viewer
from models.people.consenting import withdrawn_sql
from models.people.consents import LOCATION
from models.people.queries import fingerprint
from models.people.rights import RIGHTS, Right
from models.policies.calendar import beijing_date, month_of
from models.policies.declared import LATE_DAYS
from models.policies.queries import nearest_sql
from qr import Claim

SCHOOL = f"""
SELECT s.id, s.name, s.county_code, s.longitude, s.latitude, s.poster_generation, s.open,
       (SELECT m.name FROM school m WHERE m.id = s.merged_into) AS merged_into,
       {nearest_sql(LATE_DAYS, "s.county_code")} AS late_days,
       (SELECT reason FROM recusal r WHERE r.person_id = $2 AND r.school_id = s.id
        AND (r.until_on IS NULL OR r.until_on > $3)) AS recusal,
       {withdrawn_sql(LOCATION, "$2")} AS location_withdrawn
FROM school s WHERE s.id = $1
"""  # noqa: S608

INSERT = """
INSERT INTO check_in (person_id, request_id, body_hash, post_id, school_id, at, scanned_at, received_at,
  generation, rotating_at, place, longitude, latitude, accuracy_m, distance_m, coordinates, altitude_m,
  vertical_accuracy_m, horizontal_accuracy_m, speed_mps, device_hash, typed, weigh_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $8)
ON CONFLICT (person_id, request_id) DO NOTHING
RETURNING id
"""


@dataclass(frozen=True)
class CheckedIn:
    """The row, new or found again, and the school it is for."""

    id: int
    school_id: int
    school_name: str
    at: datetime
    received_at: datetime
    distance_m: int | None
    new: bool


async def check_in(
    viewer: Viewer,
    claim: Claim,
    code: str,
    scanned_at: datetime,
    where: Where,
    request_id: str,
    now: datetime,
    device: str | None = None,
) -> CheckedIn:
    """Record that the viewer scanned a school's code. What it proves is weighed afterwards (`weighing`).

    `device` is the random id a phone keeps; only its hash is stored. The same request id with the
    same body gives the same row, however often and however many at once; with another body, RequestReused. Raises the refusals of `rules`.
    """
    body_hash = _hash(code, scanned_at, where, device)
    school = await _school(viewer, rules.school_of(claim), beijing_date(now))
    if school["location_withdrawn"] is not None:
        where = NOWHERE
    try:
        judged, post_id = await _decide(viewer, claim, school, scanned_at, where, now)
    except Refusal:
        # sent again after the world changed (too late by now, post given up): what was accepted stands
        known = await _known(viewer, request_id, body_hash, school)
        if known is None:
            raise
        return known
    new_id = await insert_recorded(
        INSERT,
        [
            viewer.bound, request_id, body_hash, post_id, school["id"], judged.at, scanned_at, now,
            claim.generation, claim.rotating_at, where.quality.value,
            where.longitude, where.latitude, where.accuracy_m, judged.distance_m,
            where.coordinates.value, where.altitude_m, where.vertical_accuracy_m,
            where.horizontal_accuracy_m, where.speed_mps, device and fingerprint(device), claim.typed,
        ],
        subject_kind="check_in", verb="check_in", at=now,
        school_id=school["id"], person_id=viewer.bound, post_id=post_id,
        facts={"distance_m": judged.distance_m, "rotating": claim.rotating_at is not None, "typed": claim.typed},
    )  # fmt: skip
    if new_id is None:
        known = await _known(viewer, request_id, body_hash, school)
        assert known is not None
        return known
    return CheckedIn(new_id, school["id"], school["name"], judged.at, now, judged.distance_m, True)


async def _decide(
    viewer: Viewer, claim: Claim, school: dict[str, Any], scanned_at: datetime, where: Where, now: datetime
) -> tuple[Judgement, int]:
    if school["recusal"] is not None:
        raise Recused(school=school["name"], reason=school["recusal"])
    facts = SchoolFacts(
        school["id"], school["longitude"], school["latitude"],
        school["poster_generation"], bool(school["open"]), school["late_days"], school["merged_into"],
    )  # fmt: skip
    judged = rules.judge(claim, facts, scanned_at, where, now)
    return judged, await _post(viewer, school, month_of(judged.at))


async def _school(viewer: Viewer, school_id: int, today: date) -> dict[str, Any]:
    found = await sql.rows(SCHOOL, school_id, viewer.bound, today)
    if not found:
        raise NotFound
    return found[0]


async def _post(viewer: Viewer, school: dict[str, Any], month: str) -> int:
    for held in viewer.posts:
        if held.school_id == school["id"] and Right.CHECK_IN in RIGHTS[held.kind]:
            return held.post_id
    stand_in = await sql.rows(
        "SELECT post_id FROM duty WHERE stand_in_id = $1 AND school_id = $2 AND month = $3 LIMIT 1",
        viewer.bound, school["id"], month,
    )  # fmt: skip
    if not stand_in:
        raise NoPostHere(school=school["name"])
    return int(stand_in[0]["post_id"])


async def _known(viewer: Viewer, request_id: str, body_hash: str, school: dict[str, Any]) -> CheckedIn | None:
    found = await sql.rows(
        "SELECT id, body_hash, school_id, at, received_at, distance_m FROM check_in"
        " WHERE person_id = $1 AND request_id = $2",
        viewer.bound, request_id,
    )  # fmt: skip
    if not found:
        return None
    row = found[0]
    if row["body_hash"] != body_hash:
        raise RequestReused
    at, received_at = sql.instant(row["at"]), sql.instant(row["received_at"])
    assert at is not None and received_at is not None
    return CheckedIn(row["id"], row["school_id"], school["name"], at, received_at, row["distance_m"], False)


def _hash(code: str, scanned_at: datetime, where: Where, device: str | None) -> str:
    """What was said, for a repeat to be known by. What phones learnt to say later counts only where it is
    said: a body of an older phone has the hash it always had."""
    said: tuple[Any, ...] = (
        code, scanned_at.isoformat(), where.quality, where.longitude, where.latitude, where.accuracy_m,
    )  # fmt: skip
    later = {
        "coordinates": where.coordinates.value if where.coordinates is not Coordinates.WGS84 else None,
        "altitude_m": where.altitude_m,
        "vertical_accuracy_m": where.vertical_accuracy_m,
        "horizontal_accuracy_m": where.horizontal_accuracy_m,
        "speed_mps": where.speed_mps,
        "device": device,
    }
    said += tuple((name, value) for name, value in later.items() if value is not None)
    return hashlib.sha256(repr(said).encode()).hexdigest()
