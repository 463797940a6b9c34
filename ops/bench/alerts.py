"""Alerts in a whole made-up province: a morning of all rules, the five heaviest beside SQL by hand, and how soon an entry is heard.

The goal of a morning is a minute. What is found is compared with what was planted, and by hand with ours: a figure of a
judgement that is wrong is none.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

from models.alerts.cases import Standpoint, found_in
from models.alerts.gathering.scope import Shared
from models.alerts.rules import BY_CODE
from models.alerts.running import judge_due, look_again
from models.database import sql
from models.ledger.actions import Draft, correct, record
from models.organisations.tables import PostKind
from models.organisations.touching import Touched, touch
from models.people.access import Held, Viewer
from models.policies.calendar import BEIJING, beijing_date
from models.policies.queries import effective_in, terms_in
from ops.bench import by_hand
from ops.bench.province import VAULT, emptied
from ops.bench.rows import Row, row
from ops.bench.size import QUICK, rounds, sized
from ops.bench.stage import stage
from ops.bench.workers import worker
from ops.demo.province import Made, make
from ops.demo.province.size import FEWEST, SHORTEST, Size

ROUNDS = rounds(3)
ENTRIES = sized(100)
GOAL_S = 60.0
LOOK_S, LONGEST_S = 0.002, 30.0
SIZE = Size(FEWEST, SHORTEST) if QUICK else Size()
VALUES = {
    "mode": "own", "diners": 420, "meals": ["lunch"], "seats": 300, "area_m2": 260.0, "meal_standard_fen": 500,
}  # fmt: skip


async def measure() -> list[Row]:
    async with stage() as stand:
        await emptied()
        now = _this_morning()
        made = await make(SIZE, now, lambda what, done, total: None, VAULT)
        rows = [*await _mornings(now, made), await _heaviest(now)]
        async with worker(stand.environ):
            rows += await _heard()
        await emptied()
        return rows


def _this_morning() -> datetime:
    """Half past nine in Beijing today: counties are judged from five on."""
    return datetime.combine(beijing_date(datetime.now(UTC)), clock_time(9, 30), BEIJING)


async def _mornings(now: datetime, made: Made) -> list[Row]:
    """The first morning, which raises what was planted, and the next one: since nobody filled anything in, much more."""
    first, few_mb = await _judged(now), _resident_mb()
    raised = await sql.rows("SELECT rule, COALESCE(school_id, 0) AS school, county_code, sort FROM alert")
    found = Counter((one["rule"], one["school"] or one["county_code"], one["sort"]) for one in raised)
    if found != made.planted:
        raise RuntimeError(f"not what was planted: {(found - made.planted) + (made.planted - found)}")
    second = await _judged(now + timedelta(days=1))
    return [
        row("all rules, first morning", [first], [GOAL_S], "s"),
        row("all rules, next morning", [second], [GOAL_S], "s"),
        row("all rules, memory after both", [_resident_mb()], [few_mb], "MB"),
    ]


async def _judged(now: datetime) -> float:
    began = time.perf_counter()
    if not await judge_due(now):
        raise RuntimeError("no county was judged")
    return time.perf_counter() - began


def _resident_mb() -> float:
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


async def _heaviest(now: datetime) -> Row:
    """The rules that take longest, with their findings made and counted, beside one pass of SQL."""
    codes = [
        one["code"] for one in await sql.rows("SELECT DISTINCT county_code AS code FROM school ORDER BY 1")
    ]
    policies, terms, today = await effective_in(set(codes)), await terms_in(set(codes)), beijing_date(now)
    ours, hand = [], []
    for number in range(ROUNDS + 1):
        shared, mine = Shared(), Counter[str]()
        began = time.perf_counter()
        for code in codes:
            seen = Standpoint(code, policies[code], terms[code], today, now, shared)
            mine += Counter(
                one.rule.code for one in await found_in(seen, [BY_CODE[rule] for rule in by_hand.HEAVIEST])
            )
        took_ms = 1000 * (time.perf_counter() - began)
        began = time.perf_counter()
        theirs = await by_hand.found(seen)
        by_hand_ms = 1000 * (time.perf_counter() - began)
        if mine != Counter(theirs):
            raise RuntimeError(f"by hand {theirs}, by the rules {dict(mine)}")
        if number > 0:  # the first round warms both up
            ours.append(took_ms)
            hand.append(by_hand_ms)
    return row("five heaviest rules", ours, hand, "ms")


@dataclass(frozen=True)
class Canteen:
    """A school whose canteen's profile is missing, and its manager."""

    school_id: int
    viewer: Viewer


async def _heard() -> list[Row]:
    """From an entry's beginning until its alert is gone, and until a defect's notice waits, by a worker process; beside
    the time of the entry alone."""
    gone, told, saved, corrected = [], [], [], []
    for number in range(ROUNDS + 1):
        canteens = await _unfilled(ENTRIES, number)
        some = [await _entered(one) for one in canteens]
        if number > 0:
            gone.append(_p99([one[0] for one in some]))
            saved.append(_p99([one[1] for one in some]))
            told.append(_p99([one[2] for one in some]))
            corrected.append(_p99([one[3] for one in some]))
    return [
        row("entry to alert gone, p99", gone, saved, "ms"),
        row("entry to notice, p99", told, corrected, "ms"),
    ]


async def _unfilled(count: int, number: int) -> list[Canteen]:
    """Schools all over the province whose alert says that the canteen's profile is not there."""
    found = await sql.rows(
        "SELECT s.id, s.county_code, MIN(po.id) AS post, MIN(h.person_id) AS person FROM school s"
        " JOIN post po ON po.school_id = s.id AND po.kind = 'manager' JOIN holding h ON h.post_id = po.id"
        " WHERE s.open AND h.until_on IS NULL AND NOT EXISTS (SELECT 1 FROM canteen c WHERE c.school_id = s.id"
        " AND c.mode <> 'own') GROUP BY s.id, s.county_code ORDER BY MD5(s.id::text) LIMIT $1 OFFSET $2",
        count, count * number,
    )  # fmt: skip
    schools = [one["id"] for one in found]
    await sql.rows(
        "DELETE FROM ledger_entry WHERE aspect = 'canteen_profile' AND school_id = ANY($1::bigint[]) RETURNING id",
        schools,
    )
    await touch(Touched(one["county_code"], one["id"], "canteen_profile") for one in found)
    await look_again(datetime.now(UTC))
    for one in found:
        await _until(one["id"], "open")
    await sql.rows("TRUNCATE delivery, notice RESTART IDENTITY CASCADE")
    return [
        Canteen(one["id"], Viewer(0, 0, "", one["person"], None, (Held(one["post"], PostKind.MANAGER, one["id"], None),)))
        for one in found
    ]  # fmt: skip


async def _entered(canteen: Canteen) -> tuple[float, float, float, float]:
    """Milliseconds until the alert is gone, and of the entry; until a defect is told of, and of the correction."""
    now, today = datetime.now(UTC), beijing_date(datetime.now(UTC))
    began = time.perf_counter()
    draft = Draft(secrets.token_hex(8), "canteen_profile", 1, today, now, VALUES, school_id=canteen.school_id)
    kept = await record(canteen.viewer, draft, VAULT, now)
    saved = time.perf_counter()
    await _until(canteen.school_id, "withdrawn")
    gone = time.perf_counter()
    await correct(
        canteen.viewer,
        kept.id,
        1,
        VALUES | {"diners": 0},
        "填错了",
        secrets.token_hex(8),
        VAULT,
        datetime.now(UTC),
    )
    corrected = time.perf_counter()
    await _until(canteen.school_id, "open")
    told = time.perf_counter()
    return 1000 * (gone - began), 1000 * (saved - began), 1000 * (told - gone), 1000 * (corrected - gone)


async def _until(school_id: int, state: str) -> None:
    """Wait until the profile's alert stands so; what is open has been told of in the same transaction."""
    for _ in range(int(LONGEST_S / LOOK_S)):
        if await sql.rows(
            "SELECT id FROM alert WHERE rule = 'canteen_profile' AND mode = 'live' AND matter = $1 AND state = $2",
            f"{school_id}:", state,
        ):  # fmt: skip
            return
        await asyncio.sleep(LOOK_S)
    raise RuntimeError(f"the alert of school {school_id} is not {state}")


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[int(0.99 * (len(values) - 1))]
