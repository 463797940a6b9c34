"""Weighing check-ins, after they were accepted and out of their way.

A check-in is due when it arrives, when its visit arrives, when no visit came in time, and when another
check-in speaks against it. What is weighed depends on rows and policies alone: weighing again is harmless.
"""

import bisect
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from models.checkins.evidence import Score, weigh
from models.checkins.facts import AROUND, Scan, Use, conflicting, facts_of, visit_due_at
from models.checkins.places import Coordinates
from models.checkins.rules import PlaceQuality, Where
from models.database import sql
from models.organisations.rules import span
from models.policies.calendar import month_of
from models.policies.declared import LOOK_BACK_DAYS
from models.policies.queries import Values, effective_in

BATCH = 100
# Of one person's check-ins, so many before and after one are compared with it: the nearest tell enough.
MOST_AROUND = 200

SCAN = """
SELECT c.id, c.person_id, c.school_id, s.name, s.county_code, s.longitude AS school_longitude,
       s.latitude AS school_latitude, c.at, c.scanned_at, c.received_at, c.rotating_at, c.typed, c.place, c.longitude,
       c.latitude, c.accuracy_m, c.coordinates, c.altitude_m, c.vertical_accuracy_m, c.horizontal_accuracy_m,
       c.speed_mps, c.distance_m, c.device_hash, c.visit_sent_at
FROM check_in c JOIN school s ON s.id = c.school_id
"""
DUE = f"{SCAN} WHERE c.weigh_at <= $1 ORDER BY c.weigh_at, c.id LIMIT {BATCH}"
SAVE_TYPES = ["bigint", "bigint", "text", "text", "int", "text"]
SAVE = """
INSERT INTO check_in_evidence (check_in_id, school_id, county_code, month, score, reasons, weighed_at)
SELECT c1, c2, c3, c4, c5, CAST(c6 AS {json}), $7::timestamptz FROM {{rows}} WHERE true
ON CONFLICT (check_in_id) DO UPDATE SET score = excluded.score, reasons = excluded.reasons,
  county_code = excluded.county_code, school_id = excluded.school_id, weighed_at = excluded.weighed_at
"""
NEXT = "UPDATE check_in SET weigh_at = v.c2 FROM {rows} WHERE check_in.id = v.c1"
AGAIN = """
UPDATE check_in SET weigh_at = $1 WHERE id IN
 (SELECT id FROM check_in WHERE id IN ({ids}) AND (weigh_at IS NULL OR weigh_at > $1){lock})
RETURNING id
"""


async def weigh_due(now: datetime) -> int:
    """Weigh every check-in that is due; return how many. Any number of workers may run it at once."""
    weighed = 0
    while True:
        async with in_transaction():
            found = await sql.rows(DUE + sql.skip_locked("c"), now)
            await _weigh([_scan(row) for row in found], now)
        weighed += len(found)
        if len(found) < BATCH:
            return weighed


async def visits_sent(sent: Sequence[tuple[int, datetime]], now: datetime) -> None:
    """Tell check-ins, by id, when their visits arrived, in the caller's transaction; they are due again."""
    await sql.over_rows(
        "UPDATE check_in SET visit_sent_at = v.c2, weigh_at = $3 FROM {rows} WHERE check_in.id = v.c1",
        ["bigint", "timestamptz"], [list(one) for one in sent], now,
    )  # fmt: skip


async def weigh_again(division_code: str, since: datetime, now: datetime) -> int:
    """Make the check-ins of a division since an instant due, as after a change of weights; return how many."""
    found = await sql.rows(
        "UPDATE check_in SET weigh_at = $1 WHERE at >= $2 AND school_id IN"
        " (SELECT id FROM school WHERE county_code >= $3 AND county_code < $4) RETURNING id",
        now, since, *span(division_code),
    )  # fmt: skip
    return len(found)


@dataclass(frozen=True)
class _Around:
    """What surrounds a batch: check-ins by person in order of time, uses by phone, policies by county."""

    scans: dict[int, list[Scan]]
    uses: dict[str, list[Use]]
    policies: dict[str, dict[str, float]]

    def of(self, scan: Scan) -> list[Scan]:
        all_of_them = self.scans[scan.person_id]
        here = bisect.bisect_left(all_of_them, (scan.at, scan.id), key=lambda one: (one.at, one.id))
        return all_of_them[max(0, here - MOST_AROUND) : here] + all_of_them[here + 1 : here + 1 + MOST_AROUND]


async def _weigh(due: list[Scan], now: datetime) -> None:
    if not due:
        return
    around = await _look_around(due)
    weighed_before = await _weighed({scan.id for scan in due})
    saved, following, accused = [], [], set[int]()
    for scan in due:
        others, values = around.of(scan), around.policies[scan.county_code]
        facts = facts_of(scan, others, around.uses.get(scan.device_hash or "", []), values, now)
        saved.append(_row(scan, weigh(facts, values)))
        following.append([scan.id, _next(scan, values, now)])
        if scan.id not in weighed_before:
            # those accused then do not accuse back, or they would go on for ever
            accused.update(conflicting(scan, others, values))
    kind = "jsonb" if sql.on_postgres() else "text"
    await sql.over_rows(SAVE.format(json=kind), SAVE_TYPES, saved, now)
    await sql.over_rows(NEXT, ["bigint", "timestamptz"], following)
    await _again(accused - {scan.id for scan in due}, now)


async def _look_around(due: list[Scan]) -> _Around:
    """Three questions for a batch, whatever its size."""
    policies = await effective_in({scan.county_code for scan in due})
    back = timedelta(days=max(values[LOOK_BACK_DAYS.key] for values in policies.values()))
    first, last = min(scan.at for scan in due) - back, max(scan.at for scan in due) + AROUND
    people = sorted({scan.person_id for scan in due})
    found = await sql.rows(
        f"{SCAN} WHERE c.person_id IN ({sql.places(people, 3)}) AND c.at >= $1 AND c.at <= $2"
        " ORDER BY c.at, c.id",
        first, last, *people,
    )  # fmt: skip
    scans = defaultdict(list)
    for row in found:
        scans[row["person_id"]].append(_scan(row))
    phones = {scan.device_hash for scan in due if scan.device_hash is not None}
    return _Around(scans, await _uses(phones, first, last), policies)


async def _uses(phones: set[str], first: datetime, last: datetime) -> dict[str, list[Use]]:
    hashes = sorted(phones)
    found = await sql.rows(
        "SELECT device_hash, person_id, at FROM check_in"  # noqa: S608
        f" WHERE device_hash IN ({sql.places(hashes, 3)}) AND at >= $1 AND at <= $2",
        first, last, *hashes,
    )  # fmt: skip
    uses = defaultdict(list)
    for row in found:
        uses[row["device_hash"]].append(Use(row["person_id"], _at(row["at"])))
    return uses


async def _weighed(ids: set[int]) -> set[int]:
    known = sorted(ids)
    found = await sql.rows(
        f"SELECT check_in_id FROM check_in_evidence WHERE check_in_id IN ({sql.places(known)})",  # noqa: S608
        *known,
    )
    return {row["check_in_id"] for row in found}


async def _again(accused: Iterable[int], now: datetime) -> None:
    """Make check-ins due that a later one speaks against. One that another worker has in hand is left to
    its next turn: waiting for it could wait for ever."""
    ids = sorted(accused)
    if ids:
        await sql.rows(AGAIN.format(ids=sql.places(ids, 2), lock=sql.skip_locked()), now, *ids)


def _next(scan: Scan, values: Values, now: datetime) -> datetime | None:
    due_at = visit_due_at(scan, values)
    return due_at if scan.visit_sent_at is None and now < due_at else None


def _row(scan: Scan, score: Score) -> list[Any]:
    reasons = [
        {"code": one.code, "side": one.side.value, "points": one.points, "facts": one.facts}
        for one in score.reasons
    ]
    month = month_of(scan.at)
    return [scan.id, scan.school_id, scan.county_code, month, score.score, sql.dump(reasons)]


def _scan(row: dict[str, Any]) -> Scan:
    where = Where(
        PlaceQuality(row["place"]), row["longitude"], row["latitude"], row["accuracy_m"],
        Coordinates(row["coordinates"]), row["altitude_m"], row["vertical_accuracy_m"],
        row["horizontal_accuracy_m"], row["speed_mps"],
    )  # fmt: skip
    placed = row["school_longitude"] is not None and row["school_latitude"] is not None
    return Scan(
        row["id"], row["person_id"], row["school_id"], row["name"], row["county_code"],
        (row["school_longitude"], row["school_latitude"]) if placed else None,
        _at(row["at"]), _at(row["scanned_at"]), _at(row["received_at"]), sql.instant(row["rotating_at"]),
        where, where.point, row["distance_m"], row["device_hash"], sql.instant(row["visit_sent_at"]), bool(row["typed"]),
    )  # fmt: skip


def _at(value: datetime | str) -> datetime:
    found = sql.instant(value)
    assert found is not None
    return found
