"""The delivery log (通知送达记录): what became of every notice, limited to the posts of a division."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from models.database import sql
from models.errors import Invalid
from models.journal.queries import Step, steps
from models.notices.attempts import Attempt, of_deliveries
from models.notices.handling import placed
from models.notices.tables import DeliveryState
from models.organisations.rules import span
from models.organisations.tables import PostKind
from models.people import access
from models.people.access import Viewer
from models.people.phones import Vault
from models.people.queries import names
from models.people.rights import Right
from models.policies.calendar import BEIJING

DEFAULT_DAYS = 7
MOST_DAYS = 31
# somebody is looked for by name, and so many have the same one at most
MOST_NAMESAKES = 50


class TooManyDays(Invalid):
    code = "too_many_days"
    sentence = f"一次最多查{MOST_DAYS}天，且结束日期不能早于开始日期。"


@dataclass(frozen=True)
class Wanted:
    """What to look for. `person`: a whole name. Days are Beijing dates, both included."""

    since_on: date
    until_on: date
    school_id: int | None = None
    school: str | None = None
    person: str | None = None
    person_id: int | None = None
    kind: str | None = None
    state: DeliveryState | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Line:
    """One notice to one person by one channel. `goes_at`: when it is to go at the earliest, while it has not gone.
    `merged_into`: the notice of the message of several, or of the list, in which it went, `message_state`: what became
    of that."""

    id: int
    notice_id: int
    kind: str
    told_at: datetime
    school: str | None
    title: str
    person_id: int
    person: str
    post: PostKind
    channel: str
    state: DeliveryState
    errcode: int | None
    receipt: str | None
    tried_at: datetime | None
    goes_at: datetime | None
    merged_into: int | None
    message_state: DeliveryState | None


FOUND = """
SELECT d.id, d.notice_id, n.kind, n.created_at, n.facts, sc.name AS school, d.person_id, p.name AS person,
       po.kind AS post, d.channel, d.state, d.errcode, d.receipt, d.tried_at, d.merged_into,
       CASE WHEN d.state IN ('held', 'waiting') THEN d.run_at END AS goes_at,
       CASE WHEN d.state = 'merged' THEN (SELECT m.state FROM delivery m WHERE m.notice_id = d.merged_into
         AND m.person_id = d.person_id ORDER BY m.id DESC LIMIT 1) END AS message_state
FROM notice n
JOIN delivery d ON d.notice_id = n.id
JOIN post po ON po.id = n.post_id
JOIN person p ON p.id = d.person_id
LEFT JOIN school ps ON ps.id = po.school_id
LEFT JOIN school sc ON sc.id = n.school_id
WHERE {conditions} ORDER BY d.id DESC LIMIT {limit}
"""
PLACE = "COALESCE(ps.county_code, po.division_code)"


@dataclass
class _Conditions:
    """A WHERE put together from our own words, with its values in order."""

    words: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, words: str, *values: Any) -> None:
        """`words` has a `{}` for each value's place."""
        first = len(self.values) + 1
        self.words.append(words.format(*(f"${first + number}" for number in range(len(values)))))
        self.values += values


async def search(viewer: Viewer, code: str, wanted: Wanted, before: int | None, limit: int) -> list[Line]:
    """What was sent to the posts of a division of the viewer's, newest first, below an id."""
    access.division(viewer, code, Right.READ_DELIVERIES)
    if not timedelta() <= wanted.until_on - wanted.since_on < timedelta(days=MOST_DAYS):
        raise TooManyDays
    where = _Conditions()
    where.add("n.created_at >= {} AND n.created_at < {}", *_days(wanted))
    where.add(f"{PLACE} >= {{}} AND {PLACE} < {{}}", *span(code))
    where.add("d.id < {}", before or 2**62)
    if wanted.person is not None or wanted.person_id is not None:
        people = await _namesakes(wanted.person, wanted.person_id)
        marks = ",".join(["{}"] * len(people)) or "NULL"
        # by the posts they held, which the index of notices knows
        where.add(f"n.post_id IN (SELECT h.post_id FROM holding h WHERE h.person_id IN ({marks}))", *people)  # noqa: S608
        where.add(f"d.person_id IN ({marks})", *people)
    if wanted.school is not None:
        where.add("n.school_id IN (SELECT id FROM school WHERE name LIKE {})", f"%{_literal(wanted.school)}%")
    for column, value in (
        ("n.school_id", wanted.school_id), ("n.kind", wanted.kind), ("d.channel", wanted.channel),
        ("d.state", wanted.state and wanted.state.value),
    ):  # fmt: skip
        if value is not None:
            where.add(f"{column} = {{}}", value)
    statement = FOUND.format(conditions=" AND ".join(where.words), limit=limit)
    return [_line(row) for row in await sql.rows(statement, *where.values)]


def _days(wanted: Wanted) -> tuple[datetime, datetime]:
    """The instants at which the first day begins and the last one ends."""
    first, after = wanted.since_on, wanted.until_on + timedelta(days=1)
    began, ended = [datetime.combine(day, time.min, BEIJING).astimezone(UTC) for day in (first, after)]
    return began, ended


def _literal(text: str) -> str:
    """A text in which LIKE sees no wildcards: a name has none."""
    return text.replace("%", "").replace("_", "").replace("\\", "")


async def _namesakes(name: str | None, person_id: int | None) -> list[int]:
    """The people of a name; of them only the one with an id, where one is given."""
    if name is None:
        return [] if person_id is None else [person_id]
    found = await sql.rows(f"SELECT id FROM person WHERE name = $1 LIMIT {MOST_NAMESAKES}", name)  # noqa: S608
    return [row["id"] for row in found if person_id in (None, row["id"])]


NUMBERED = """
SELECT p.id, p.name FROM person p WHERE p.phone_digest IN ({digests}) AND EXISTS (
  SELECT 1 FROM holding h JOIN post po ON po.id = h.post_id LEFT JOIN school ps ON ps.id = po.school_id
  WHERE h.person_id = p.id AND COALESCE(ps.county_code, po.division_code) >= $1
    AND COALESCE(ps.county_code, po.division_code) < $2)
"""


@dataclass(frozen=True)
class Found:
    person_id: int
    name: str


async def by_number(viewer: Viewer, code: str, phone: str, vault: Vault) -> Found | None:
    """Who is registered with a whole number and holds, or once held, a post in a division of the viewer's."""
    access.division(viewer, code, Right.READ_DELIVERIES)
    digests = vault.digests(phone)
    found = await sql.rows(NUMBERED.format(digests=sql.places(digests, 3)), *span(code), *digests)
    return Found(found[0]["id"], found[0]["name"]) if found else None


def _line(row: dict[str, Any]) -> Line:
    told_at = sql.instant(row["created_at"])
    assert told_at is not None
    return Line(
        row["id"], row["notice_id"], row["kind"], told_at, row["school"],
        str(sql.document(row["facts"]).get("title") or ""), row["person_id"], row["person"],
        PostKind(row["post"]), row["channel"], DeliveryState(row["state"]), row["errcode"], row["receipt"],
        sql.instant(row["tried_at"]), sql.instant(row["goes_at"]), row["merged_into"],
        DeliveryState(row["message_state"]) if row["message_state"] else None,
    )  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """That somebody opened the notice in the inbox, or was told it by telephone."""

    person: str
    at: datetime
    by: str | None = None
    words: str = ""


@dataclass(frozen=True)
class Life:
    """A notice with all that was done to deliver it. `attempts`: by delivery, none of one sent at once."""

    id: int
    kind: str
    school: str | None
    facts: dict[str, str]
    told_at: datetime
    lines: list[Line]
    # by delivery; none of what was sent at the first go
    attempts: dict[int, list[Attempt]]
    read: list[Reading]
    called: list[Reading]
    steps: list[Step]
    names: dict[int, str]


NOTICE = """
SELECT n.id, n.kind, n.facts, n.created_at, s.name AS school FROM notice n
LEFT JOIN school s ON s.id = n.school_id WHERE n.id = $1
"""
READ = """
SELECT p.name AS person, r.read_at AS at, NULL AS by_name, '' AS words FROM notice_read r
JOIN person p ON p.id = r.person_id WHERE r.notice_id = $1 ORDER BY r.id
"""
CALLED = """
SELECT p.name AS person, c.at, b.name AS by_name, c.words FROM notice_call c
JOIN person p ON p.id = c.person_id JOIN person b ON b.id = c.by_person_id
WHERE c.notice_id = $1 ORDER BY c.id
"""


async def life(viewer: Viewer, notice_id: int) -> Life:
    """A notice's life; NotFound unless the post it was told to lies in a division of the viewer's."""
    await placed(viewer, notice_id, Right.READ_DELIVERIES)
    (notice,) = await sql.rows(NOTICE, notice_id)
    lines = await sql.rows(FOUND.format(conditions="n.id = $1", limit=1_000), notice_id)
    taken = await steps("notice", notice_id)
    told_at = sql.instant(notice["created_at"])
    assert told_at is not None
    return Life(
        notice["id"], notice["kind"], notice["school"], sql.document(notice["facts"]), told_at,
        [_line(row) for row in reversed(lines)],
        await of_deliveries([row["id"] for row in lines]),
        [_reading(row) for row in await sql.rows(READ, notice_id)],
        [_reading(row) for row in await sql.rows(CALLED, notice_id)],
        taken,
        await names({step.person_id for step in taken if step.person_id is not None}),
    )  # fmt: skip


def _reading(row: dict[str, Any]) -> Reading:
    at = sql.instant(row["at"])
    assert at is not None
    return Reading(row["person"], at, row["by_name"], row["words"])
