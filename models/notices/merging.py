"""Small notices of one person that come together become one message. Decided in SQL, before sending.

A small notice is put as `held`, which no worker sends. This pass, every half second, decides for each person
and channel: release (`waiting`), hold until the window of the last ones ends, or merge: a notice of its own,
kind `merged`, with one delivery, and the originals' deliveries end as `merged` into it. What waits already,
because WeChat is down or a worker slept, joins. A delivery is taken under its row's lock and by its state, so
that it is either sent or merged; a pass that dies leaves everything as it was.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.notices.kinds import ALONE, AT_ONCE, MERGED
from models.notices.merge_rules import Decision, Original, Policy, decide, facts
from models.policies.declared import MERGE_LEAST, MERGE_MIN
from models.policies.queries import nearest_sql

PEOPLE = 200
# a group hears of a fact once, whoever of it is told: nothing there is one person's
GROUP = "wecom_group"
NEVER = Policy(timedelta(0), 1_000_000)
RECEIPT = "已与其他通知合并为一条消息"
ABSORBED = "已列入当天的待办清单"
OVER = "其中的事项已撤回，不再发送"


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


# new ones, and those that have been tried in vain: a backlog
TO_DECIDE = f"""
SELECT person_id FROM delivery WHERE state = 'held' AND run_at <= $1 AND person_id > $2
UNION
SELECT person_id FROM delivery WHERE state = 'waiting' AND attempts > 0 AND person_id > $2 AND channel <> '{GROUP}'
  GROUP BY person_id, channel HAVING COUNT(*) > 1
ORDER BY 1 LIMIT $3
"""  # noqa: S608

# what goes at once and has not been tried yet goes by itself
OPEN = f"""
SELECT d.id, d.notice_id, d.person_id, d.channel, d.route, d.state, d.attempts, d.run_at, n.kind, n.facts, n.post_id,
  n.school_id, {nearest_sql(MERGE_MIN, "COALESCE(s.county_code, '')")} AS window_min,
  {nearest_sql(MERGE_LEAST, "COALESCE(s.county_code, '')")} AS least
FROM delivery d JOIN notice n ON n.id = d.notice_id LEFT JOIN school s ON s.id = n.school_id
WHERE d.person_id IN {{people}} AND ((d.state = 'held' AND d.run_at <= $2) OR d.state = 'waiting')
  AND n.kind NOT IN ({_listed(ALONE)}) AND NOT (d.attempts = 0 AND n.kind IN ({_listed(AT_ONCE)}))
ORDER BY d.notice_id
"""  # noqa: S608

INSIDE = """
SELECT o.id, o.notice_id, o.person_id, o.merged_into, n.kind, n.facts, n.post_id, n.school_id
FROM delivery o JOIN notice n ON n.id = o.notice_id
WHERE o.merged_into IN {merged} AND o.state = 'merged' AND n.withdrawn_at IS NULL ORDER BY o.notice_id
"""

WAITING = f"""
SELECT d.id, d.person_id, n.subject_kind, n.subject_id FROM delivery d JOIN notice n ON n.id = d.notice_id
WHERE d.person_id IN {{people}} AND d.state = 'held' AND n.kind <> '{MERGED}'
"""  # noqa: S608

RELEASED = """
UPDATE delivery SET state = 'waiting', run_at = v.c2, merged_into = NULL, receipt = NULL FROM {rows}
WHERE delivery.id = v.c1 AND delivery.state IN ('held', 'merged')
"""
HELD_ON = "UPDATE delivery SET run_at = v.c2 FROM {rows} WHERE delivery.id = v.c1"
ENDED = "UPDATE delivery SET state = 'withdrawn', receipt = v.c2 FROM {rows} WHERE delivery.id = v.c1"

NOTICE = """
INSERT INTO notice (unique_key, kind, post_id, person_id, school_id, subject_kind, subject_id, facts, created_at)
SELECT v.c1, 'merged', v.c2, v.c3, v.c4, 'today', v.c3, v.c5, $6 FROM {rows}
"""
DELIVERY = """
INSERT INTO delivery (notice_id, person_id, channel, route, state, run_at, attempts)
SELECT n.id, v.c2, v.c3, v.c6, 'waiting', v.c4, v.c5 FROM {rows} JOIN notice n ON n.unique_key = v.c1
"""
JOINED = """
UPDATE delivery SET state = 'merged', merged_into = n.id, receipt = $3 || '（通知编号' || n.id || '）'
FROM {rows} JOIN notice n ON n.unique_key = v.c2 WHERE delivery.id = v.c1 AND delivery.state IN ('held', 'waiting', 'merged')
"""
WINDOW = """
INSERT INTO message_window (person_id, since) SELECT v.c1, $2 FROM {rows} WHERE true
ON CONFLICT (person_id) DO UPDATE SET since = EXCLUDED.since
"""


@dataclass
class _Writes:
    """What a pass decided for a batch of people, written together."""

    released: list[list[Any]] = field(default_factory=list)
    held: list[list[Any]] = field(default_factory=list)
    ended: list[list[Any]] = field(default_factory=list)
    notices: list[list[Any]] = field(default_factory=list)
    deliveries: list[list[Any]] = field(default_factory=list)
    joined: list[list[Any]] = field(default_factory=list)
    windows: set[int] = field(default_factory=set)

    def begin(self, person_id: int, since: datetime | None, policy: Policy, now: datetime) -> None:
        """A window begins with what goes now, unless one runs."""
        runs = since is not None and since <= now < since + policy.window
        if policy.window and not runs:
            self.windows.add(person_id)

    async def write(self, now: datetime) -> None:
        await sql.over_rows(RELEASED, ["bigint", "timestamptz"], self.released)
        await sql.over_rows(HELD_ON, ["bigint", "timestamptz"], self.held)
        await sql.over_rows(ENDED, ["bigint", "text"], self.ended)
        await sql.over_rows(NOTICE, ["text", "bigint", "bigint", "bigint", "jsonb"], self.notices, now)
        await sql.over_rows(
            DELIVERY, ["text", "bigint", "text", "timestamptz", "int", "text"], self.deliveries
        )
        await sql.over_rows(JOINED, ["bigint", "text"], self.joined, RECEIPT)
        await sql.over_rows(WINDOW, ["bigint"], [[one] for one in sorted(self.windows)], now)


async def merge_waiting(now: datetime) -> int:
    """Decide on everything that is due; returns how many deliveries moved on. Any number of workers may run it."""
    moved, after = 0, 0
    while found := await sql.rows(TO_DECIDE, now, after, PEOPLE):
        people = [row["person_id"] for row in found]
        async with in_transaction():
            moved += await _decide(people, now)
        after = people[-1]
    return moved


async def _decide(people: Sequence[int], now: datetime) -> int:
    statement = OPEN.format(people=sql.among(1, "bigint")) + sql.skip_locked("d")
    found = await sql.rows(statement, sql.packed(list(people)), now)
    inside = await _inside([row["notice_id"] for row in found if row["kind"] == MERGED])
    since = await _windows(people)
    groups: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        groups[row["person_id"], row["channel"]].append(row)
    writes = _Writes()
    for (person_id, _channel), rows in groups.items():
        _settle(rows, inside, since.get(person_id), now, writes)
    await writes.write(now)
    return len(writes.released) + len(writes.joined) + len(writes.ended)


def _settle(
    rows: list[dict[str, Any]],
    inside: dict[tuple[int, int], list[dict[str, Any]]],
    since: datetime | None,
    now: datetime,
    writes: _Writes,
) -> None:
    """Decide on one person's deliveries of one channel."""
    messages = [row for row in rows if row["kind"] == MERGED]
    alone = [row for row in rows if row["kind"] != MERGED]
    held = [row for row in alone if row["state"] == "held"]
    loose = any(row["state"] == "held" for row in messages)
    contents = [one for row in messages for one in inside.get((row["notice_id"], row["person_id"]), [])]
    if not held and not loose and len(rows) < 2:
        return
    policy = Policy(timedelta(minutes=float(rows[0]["window_min"])), int(rows[0]["least"]))
    if rows[0]["channel"] == GROUP:
        policy = NEVER
    stuck = len(alone) - len(held) + len(contents)
    match decide(len(held), stuck, loose, since, policy, now):
        case Decision.HOLD:
            assert since is not None
            writes.held += [[row["id"], since + policy.window] for row in held]
        case Decision.RELEASE:
            writes.released += [[row["id"], now] for row in (*held, *(contents if loose else []))]
            writes.ended += [[row["id"], OVER] for row in messages if loose]
            if held or loose:
                writes.begin(rows[0]["person_id"], since, policy, now)
        case Decision.MERGE:
            _merge(rows, [*alone, *contents], now, writes)
            writes.begin(rows[0]["person_id"], since, policy, now)


def _merge(
    rows: list[dict[str, Any]], originals: list[dict[str, Any]], now: datetime, writes: _Writes
) -> None:
    """One message for all of it. What was tried in vain keeps its pause and its count."""
    originals = sorted(originals, key=lambda row: row["notice_id"])
    first, waited = originals[0], [row for row in rows if row["state"] == "waiting"]
    person_id, channel = rows[0]["person_id"], rows[0]["channel"]
    run_at = max([now, *(at for row in waited if row["attempts"] and (at := sql.instant(row["run_at"])))])
    # a message put together anew has the delivery of the last one in it
    last = max(row["id"] for row in (*rows, *originals))
    key = f"merged:{person_id}:{channel}:{first['id']}.{last}.{len(originals)}"
    said = facts([Original(row["kind"], sql.document(row["facts"])) for row in originals])
    writes.notices.append([key, first["post_id"], person_id, first["school_id"], sql.dump(said)])
    tries = max((row["attempts"] for row in waited), default=0)
    # the longest way: what one of them might do, all of them may
    route = max((row["route"] for row in rows), key=len)
    writes.deliveries.append([key, person_id, channel, run_at, tries, route])
    writes.joined += [[one["id"], key] for one in {row["id"]: row for row in (*rows, *originals)}.values()]


async def _inside(notice_ids: list[int]) -> dict[tuple[int, int], list[dict[str, Any]]]:
    """The originals of messages, by message and person."""
    found: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    if notice_ids:
        statement = INSIDE.format(merged=sql.among(1, "bigint"))
        for row in await sql.rows(statement, sql.packed(notice_ids)):
            if row["kind"] != MERGED:
                found[row["merged_into"], row["person_id"]].append(row)
    return found


async def _windows(people: Sequence[int]) -> dict[int, datetime]:
    found = await sql.rows(
        f"SELECT person_id, since FROM message_window WHERE person_id IN {sql.among(1, 'bigint')}",  # noqa: S608
        sql.packed(list(people)),
    )
    return {row["person_id"]: at for row in found if (at := sql.instant(row["since"])) is not None}


async def absorb(lists: Mapping[int, tuple[str, Collection[tuple[str, int]]]]) -> None:
    """Small notices that have not been sent need not be, once a list tells of the same subjects.

    `lists`: by person, the unique key of the list's notice and the subjects it names. In the list's own
    transaction.
    """
    statement = WAITING.format(people=sql.among(1, "bigint")) + sql.skip_locked("d")
    found = await sql.rows(statement, sql.packed(sorted(lists))) if lists else []
    joined = []
    for row in found:
        key, subjects = lists[row["person_id"]]
        if (row["subject_kind"], row["subject_id"]) in subjects:
            joined.append([row["id"], key])
    await sql.over_rows(JOINED, ["bigint", "text"], joined, ABSORBED)
