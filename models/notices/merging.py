"""Small notices of one person that come together become one message. Decided in SQL, before sending.

A small notice is put as `held`, which no worker sends. This pass, every half second, decides for each person
and channel: release (`waiting`), hold until the window of the last ones ends, or merge: a notice of its own,
kind `merged` or `merged_urgent`, with one delivery, and the originals' deliveries end as `merged` into it. What
waits already, because WeChat is down or a worker slept, joins. A delivery is taken under its row's lock and by its
state, so that it is either sent or merged; a pass that dies leaves everything as it was. One worker decides on a person
at a time: two would each count the messages of the other as not sent.

A message that is found held itself is loose: something in it was withdrawn, and it is put together anew without.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.notices.kinds import ALONE, AT_ONCE, MERGED, MERGED_URGENT, MERGES, MERGES_SQL
from models.notices.merge_rules import (
    NEVER,
    Decision,
    Original,
    Pile,
    Policy,
    Window,
    after,
    decide,
    facts,
    is_urgent,
    pressing,
)
from models.notices.outbox import HOLDS, LEFT, MOVED_ON
from models.policies.calendar import beijing_date
from models.policies.declared import MERGE_FREE, MERGE_LEAST, MERGE_MIN
from models.policies.queries import Values, effective_in

PEOPLE = 200
# a group hears of a fact once, whoever of it is told: nothing there is one person's
GROUP = "wecom_group"
RECEIPT = "已与其他通知合并为一条消息"
ABSORBED = "已列入当天的待办清单"
OVER = "其中的事项已撤回，不再发送"


@dataclass(frozen=True)
class Purse:
    """Where a message costs consent: of which account and template our ledger must know that some is left."""

    appid: str
    template_id: str


# the channels that have words for several notices as one; None: where it costs nothing
Ways = Mapping[str, Purse | None]


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


# new ones, and those that have been tried in vain and are about to be tried again: a backlog
TO_DECIDE = f"""
SELECT person_id FROM delivery WHERE state = 'held' AND run_at <= $1 AND person_id > $2
UNION
SELECT person_id FROM delivery WHERE state = 'waiting' AND attempts > 0 AND person_id > $2 AND channel <> '{GROUP}'
  GROUP BY person_id, channel HAVING COUNT(*) > 1 AND MIN(run_at) <= $1
ORDER BY 1 LIMIT $3
"""  # noqa: S608

# a lock a person, beside those that have one number for all
MERGE_LOCKS = 530_000_015 << 32
MINE = "SELECT v.id FROM unnest($1::bigint[]) AS v(id) WHERE pg_try_advisory_xact_lock($2::bigint + v.id)"

# what may ring in the night goes by itself
OPEN = f"""
SELECT d.id, d.notice_id, d.person_id, d.channel, d.route, d.state, d.attempts, d.run_at, n.kind, n.facts, n.post_id,
  n.school_id, COALESCE(s.county_code, (SELECT COALESCE(po.division_code, ps.county_code)
    FROM post po LEFT JOIN school ps ON ps.id = po.school_id WHERE po.id = n.post_id), '') AS division,
  n.withdrawn_at, {HOLDS.format(person="d.person_id", post="n.post_id", day="$3")} AS holds
FROM delivery d JOIN notice n ON n.id = d.notice_id LEFT JOIN school s ON s.id = n.school_id
WHERE d.person_id IN {{people}} AND ((d.state = 'held' AND d.run_at <= $2) OR d.state = 'waiting')
  AND n.kind NOT IN ({_listed([*ALONE, *AT_ONCE])}) AND NOT n.wakes
ORDER BY d.notice_id
"""  # noqa: S608

INSIDE = f"""
SELECT o.id, o.notice_id, o.person_id, o.merged_into, n.kind, n.facts, n.post_id, n.school_id, n.withdrawn_at,
  {HOLDS.format(person="o.person_id", post="n.post_id", day="$2")} AS holds
FROM delivery o JOIN notice n ON n.id = o.notice_id
WHERE o.merged_into IN {{merged}} AND o.state = 'merged' ORDER BY o.notice_id
"""  # noqa: S608

# who may be told several as one where that costs consent
PURSES = """
SELECT DISTINCT i.person_id FROM identity i JOIN credit c ON c.openid = i.openid
WHERE i.person_id IN {people} AND i.appid = $2 AND c.template_id = $3 AND c.balance > 0
"""

WAITING = f"""
SELECT d.id, d.person_id, n.subject_kind, n.subject_id FROM delivery d JOIN notice n ON n.id = d.notice_id
WHERE d.person_id IN {{people}} AND d.state = 'held' AND n.kind NOT IN ({MERGES_SQL})
"""  # noqa: S608

RELEASED = """
UPDATE delivery SET state = 'waiting', run_at = v.c2, merged_into = NULL, receipt = NULL FROM {rows}
WHERE delivery.id = v.c1 AND delivery.state IN ('held', 'merged')
"""
HELD_ON = "UPDATE delivery SET run_at = v.c2 FROM {rows} WHERE delivery.id = v.c1"
ENDED = """
UPDATE delivery SET state = 'withdrawn', receipt = v.c2 FROM {rows}
WHERE delivery.id = v.c1 AND delivery.state IN ('held', 'waiting', 'merged')
"""

NOTICE = """
INSERT INTO notice (unique_key, kind, post_id, person_id, school_id, subject_kind, subject_id, facts, created_at)
SELECT v.c1, v.c6, v.c2, v.c3, v.c4, 'today', v.c3, v.c5, $7 FROM {rows}
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
INSERT INTO message_window (person_id, since, sent) SELECT v.c1, v.c2, v.c3 FROM {rows} WHERE true
ON CONFLICT (person_id) DO UPDATE SET since = EXCLUDED.since, sent = EXCLUDED.sent
"""


@dataclass
class _Writes:
    """What a pass decided for a batch of people, written together. `windows`: what each was sent lately."""

    released: list[list[Any]] = field(default_factory=list)
    held: list[list[Any]] = field(default_factory=list)
    ended: list[list[Any]] = field(default_factory=list)
    notices: list[list[Any]] = field(default_factory=list)
    deliveries: list[list[Any]] = field(default_factory=list)
    joined: list[list[Any]] = field(default_factory=list)
    windows: dict[int, Window] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)

    def count(self, person_id: int, messages: int, policy: Policy, now: datetime) -> None:
        """Messages that go now."""
        if policy.window and messages:
            self.windows[person_id] = after(self.windows.get(person_id), messages, policy, now)
            self.changed.add(person_id)

    async def write(self, now: datetime) -> None:
        await sql.over_rows(RELEASED, ["bigint", "timestamptz"], self.released)
        await sql.over_rows(HELD_ON, ["bigint", "timestamptz"], self.held)
        await sql.over_rows(ENDED, ["bigint", "text"], self.ended)
        await sql.over_rows(
            NOTICE, ["text", "bigint", "bigint", "bigint", "jsonb", "text"], self.notices, now
        )
        await sql.over_rows(
            DELIVERY, ["text", "bigint", "text", "timestamptz", "int", "text"], self.deliveries
        )
        await sql.over_rows(JOINED, ["bigint", "text"], self.joined, RECEIPT)
        windows = [[one, self.windows[one].since, self.windows[one].sent] for one in sorted(self.changed)]
        await sql.over_rows(WINDOW, ["bigint", "timestamptz", "int"], windows)


async def merge_waiting(ways: Ways, now: datetime) -> int:
    """Decide on everything that is due; returns how many deliveries moved on. Any number of workers may run it."""
    moved, reached = 0, 0
    while found := await sql.rows(TO_DECIDE, now, reached, PEOPLE):
        people = [row["person_id"] for row in found]
        async with in_transaction():
            moved += await _decide(people, ways, now)
        reached = people[-1]
    return moved


async def _decide(people: Sequence[int], ways: Ways, now: datetime) -> int:
    people = await _alone_with(people)
    statement = OPEN.format(people=sql.among(1, "bigint")) + sql.skip_locked("d")
    today = beijing_date(now)
    found = await sql.rows(statement, sql.packed(list(people)), now, today)
    inside = await _inside([row["notice_id"] for row in found if row["kind"] in MERGES], today)
    policies = await effective_in({row["division"] for row in found})
    purses = {name: await _full(purse, people) for name, purse in ways.items() if purse is not None}
    groups: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        groups[row["person_id"], row["channel"]].append(row)
    writes = _Writes(windows=await _windows(people))
    for (person_id, channel), rows in groups.items():
        one = channel in ways and channel != GROUP and person_id in purses.get(channel, {person_id})
        policy = _policy(policies[rows[0]["division"]]) if one else NEVER
        _settle(rows, inside, policy, now, writes)
    await writes.write(now)
    return len(writes.released) + len(writes.joined) + len(writes.ended)


async def _alone_with(people: Sequence[int]) -> list[int]:
    """Those of the people that no other worker decides on; no other does until the transaction ends."""
    if not sql.on_postgres():
        return list(people)
    found = await sql.rows(MINE, list(people), MERGE_LOCKS)
    return [row["id"] for row in found]


def _policy(values: Values) -> Policy:
    window = timedelta(minutes=values[MERGE_MIN.key])
    return Policy(window, int(values[MERGE_FREE.key]), int(values[MERGE_LEAST.key]))


async def _full(purse: Purse, people: Sequence[int]) -> set[int]:
    """Who of these people has consent left by our ledger."""
    statement = PURSES.format(people=sql.among(1, "bigint"))
    found = await sql.rows(statement, sql.packed(list(people)), purse.appid, purse.template_id)
    return {row["person_id"] for row in found}


def _settle(
    rows: list[dict[str, Any]],
    inside: dict[tuple[int, int], list[dict[str, Any]]],
    policy: Policy,
    now: datetime,
    writes: _Writes,
) -> None:
    """Decide on one person's deliveries of one channel."""
    person_id = rows[0]["person_id"]
    messages = [row for row in rows if row["kind"] in MERGES]
    alone = [row for row in rows if row["kind"] not in MERGES and _why_not(row) is None]
    over = [row for row in rows if row["kind"] not in MERGES and _why_not(row) is not None]
    writes.ended += [[row["id"], _why_not(row)] for row in over]
    held = [row for row in alone if row["state"] == "held"]
    loose = any(row["state"] == "held" for row in messages)
    if not held and not loose and len(rows) - len(over) < 2:
        return
    parts = [one for row in messages for one in inside.get((row["notice_id"], person_id), [])]
    contents = [one for one in parts if _why_not(one) is None]
    pile = Pile(
        len(held),
        len(alone) - len(held) + len(contents),
        loose,
        any(pressing(row["kind"], sql.document(row["facts"])) for row in held),
    )
    decision = decide(pile, writes.windows.get(person_id), policy, now)
    if decision is Decision.HOLD:
        until = writes.windows[person_id].since + policy.window
        writes.held += [[row["id"], until] for row in held]
        return
    if decision is Decision.RELEASE:
        going = [*held, *(contents if loose else [])]
        writes.released += [[row["id"], now] for row in going]
        writes.ended += [[row["id"], OVER] for row in messages if loose]
        writes.count(person_id, len(going), policy, now)
    else:
        _merge([*alone, *messages], [*alone, *contents], now, writes)
        writes.count(person_id, 1, policy, now)
    if loose or decision is Decision.MERGE:
        writes.ended += [[one["id"], why] for one in parts if (why := _why_not(one)) is not None]


def _why_not(row: dict[str, Any]) -> str | None:
    """Why a notice is not told any more; None where it is."""
    if row["withdrawn_at"] is not None:
        return MOVED_ON
    return None if row["holds"] else LEFT


def _merge(
    rows: list[dict[str, Any]], originals: list[dict[str, Any]], now: datetime, writes: _Writes
) -> None:
    """One message for all of it. What was tried in vain keeps its pause and its count."""
    originals = sorted(originals, key=lambda row: row["notice_id"])
    first, waited = originals[0], [row for row in rows if row["state"] == "waiting"]
    person_id, channel = rows[0]["person_id"], rows[0]["channel"]
    run_at = max([now, *(at for row in waited if row["attempts"] and (at := sql.instant(row["run_at"])))])
    # by chance: the same few may be put together again, after a message of them was refused
    key = f"merged:{person_id}:{channel}:{secrets.token_hex(8)}"
    said = facts([Original(row["kind"], sql.document(row["facts"])) for row in originals])
    kind = MERGED_URGENT if any(is_urgent(row["kind"]) for row in originals) else MERGED
    writes.notices.append([key, first["post_id"], person_id, first["school_id"], sql.dump(said), kind])
    tries = max((row["attempts"] for row in rows), default=0)
    # the longest way: what one of them might do, all of them may
    route = max((row["route"] for row in rows), key=len)
    writes.deliveries.append([key, person_id, channel, run_at, tries, route])
    writes.joined += [[one["id"], key] for one in {row["id"]: row for row in (*rows, *originals)}.values()]


async def _inside(notice_ids: list[int], today: date) -> dict[tuple[int, int], list[dict[str, Any]]]:
    """The originals of messages, by message and person."""
    found: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    if notice_ids:
        statement = INSIDE.format(merged=sql.among(1, "bigint"))
        for row in await sql.rows(statement, sql.packed(notice_ids), today):
            if row["kind"] not in MERGES:
                found[row["merged_into"], row["person_id"]].append(row)
    return found


async def _windows(people: Sequence[int]) -> dict[int, Window]:
    found = await sql.rows(
        f"SELECT person_id, since, sent FROM message_window WHERE person_id IN {sql.among(1, 'bigint')}",  # noqa: S608
        sql.packed(list(people)),
    )
    return {
        row["person_id"]: Window(at, row["sent"])
        for row in found
        if (at := sql.instant(row["since"])) is not None
    }


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
