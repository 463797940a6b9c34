"""Whom no notice reaches (联系不上名单), so that somebody can telephone: facts in one question, judged here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from models.database import sql
from models.organisations.tables import PostKind
from models.people import access
from models.people.access import Viewer
from models.people.phones import Vault, masked
from models.people.rights import Right
from models.policies.declared import SMS_ALLOWED
from models.policies.queries import effective

# notices older than this are no news to telephone about
LOOK_BACK = timedelta(days=14)


class Why(StrEnum):
    """Why nothing reaches somebody, the plainest reason first."""

    NOT_BOUND = "not_bound"
    REFUSED = "refused"
    NO_CREDIT = "no_credit"
    FAILED = "failed"


@dataclass(frozen=True)
class Ways:
    """Which ways out this installation has. `appid`: the mini-program's. `others`: of the accounts that need no
    consent for each message. `long_term`: templates that need none either. `sms`: text messages go out, where
    the county's policy pays for them."""

    appid: str
    others: tuple[str, ...] = ()
    long_term: frozenset[str] = frozenset()
    sms: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known of the ways to somebody. `asked`, `refused`: templates of the mini-program that WeChat told
    us of, and those of them that were refused. `open`: at least one more message may be sent."""

    bound: bool
    other: bool
    asked: int
    refused: int
    open: bool
    phone: bool
    missed: int


def why(facts: Facts, ways: Ways) -> Why | None:
    """Why somebody cannot be reached; None: a way is open, and nothing failed that they have not read."""
    if ways.sms and facts.phone:
        return Why.FAILED if facts.missed else None
    if not facts.bound:
        return Why.NOT_BOUND
    if not facts.other and not facts.open:
        return Why.REFUSED if facts.refused else Why.NO_CREDIT
    return Why.FAILED if facts.missed else None


@dataclass(frozen=True)
class Missed:
    """A notice that no channel delivered and that the person has not read. `called_at`: told by telephone."""

    notice_id: int
    kind: str
    title: str
    told_at: datetime
    called_at: datetime | None


@dataclass
class Unreached:
    """Somebody whom nothing reaches, with their posts in the county and what they have missed, newest first."""

    person_id: int
    name: str
    phone: str | None
    why: Why
    posts: list[tuple[PostKind, str | None]] = field(default_factory=list)
    missed: list[Missed] = field(default_factory=list)

    @property
    def waiting(self) -> bool:
        """Whether there is something to telephone about."""
        return any(one.called_at is None for one in self.missed)


# One row for each post somebody holds and each notice of it that they missed. Parents are told nothing as
# holders of their post. A notice is missed when every channel has failed, it was not read and its matter
# has not moved on.
BOARD = """
WITH held AS (
  SELECT h.person_id, po.id AS post_id, po.kind, s.name AS school FROM school s
  JOIN post po ON po.school_id = s.id JOIN holding h ON h.post_id = po.id
  WHERE s.county_code = $1 AND s.open AND po.kind <> 'parent'
    AND h.since_on <= $2 AND (h.until_on IS NULL OR h.until_on > $2)
  UNION ALL
  SELECT h.person_id, po.id, po.kind, NULL FROM post po JOIN holding h ON h.post_id = po.id
  WHERE po.division_code = $1 AND h.since_on <= $2 AND (h.until_on IS NULL OR h.until_on > $2)
), people AS (
  SELECT DISTINCT person_id FROM held
), ways AS (
  SELECT w.person_id,
    MAX(CASE WHEN i.appid = $4 THEN 1 ELSE 0 END) AS mini,
    MAX(CASE WHEN i.appid IN ({others}) AND f.id IS NULL THEN 1 ELSE 0 END) AS other,
    COUNT(c.id) AS asked,
    SUM(CASE WHEN c.refused_at IS NOT NULL THEN 1 ELSE 0 END) AS refused,
    MAX(CASE WHEN c.balance > 0 OR (c.refused_at IS NULL AND c.template_id IN ({long_term})) THEN 1 ELSE 0 END)
      AS open
  FROM people w JOIN identity i ON i.person_id = w.person_id
  LEFT JOIN credit c ON c.openid = i.openid AND i.appid = $4
  LEFT JOIN follower f ON f.appid = i.appid AND f.openid = i.openid AND NOT f.following
  GROUP BY w.person_id
), missed AS (
  SELECT d.person_id, n.post_id, n.id, n.kind, n.created_at FROM held t
  JOIN notice n ON n.post_id = t.post_id
    AND n.id >= COALESCE((SELECT m.id FROM notice m WHERE m.created_at >= $3 ORDER BY m.created_at, m.id LIMIT 1), 0)
    AND n.created_at >= $3 AND n.withdrawn_at IS NULL
  JOIN delivery d ON d.notice_id = n.id AND d.person_id = t.person_id
  GROUP BY d.person_id, n.post_id, n.id, n.kind, n.created_at
  HAVING SUM(CASE WHEN d.state IN ('refused', 'given_up') THEN 0 ELSE 1 END) = 0
)
SELECT t.person_id, t.kind, t.school, p.name, p.phone_sealed, COALESCE(w.mini, 0) AS mini,
  COALESCE(w.other, 0) AS other, COALESCE(w.asked, 0) AS asked, COALESCE(w.refused, 0) AS refused,
  COALESCE(w.open, 0) AS open, m.id AS notice_id, m.kind AS notice_kind, m.created_at AS told_at,
  n.facts, c.at AS called_at
FROM held t
JOIN person p ON p.id = t.person_id
LEFT JOIN ways w ON w.person_id = t.person_id
LEFT JOIN missed m ON m.person_id = t.person_id AND m.post_id = t.post_id
  AND NOT EXISTS (SELECT 1 FROM notice_read r WHERE r.notice_id = m.id AND r.person_id = t.person_id)
LEFT JOIN notice n ON n.id = m.id
LEFT JOIN notice_call c ON c.notice_id = m.id AND c.person_id = t.person_id
ORDER BY t.person_id, t.post_id, m.id DESC
"""


async def board(
    viewer: Viewer, county: str, ways: Ways, vault: Vault, today: date, now: datetime
) -> list[Unreached]:
    """Everybody with a post in a county of the viewer's whom nothing reaches; first those who have missed
    something that nobody has told them by telephone yet."""
    access.division(viewer, county, Right.READ_DELIVERIES)
    if ways.sms and not (await effective(county))[SMS_ALLOWED.key]:
        ways = replace(ways, sms=False)
    others, long_term = list(ways.others), sorted(ways.long_term)
    statement = BOARD.format(others=sql.places(others, 5), long_term=sql.places(long_term, 5 + len(others)))
    rows = await sql.rows(statement, county, today, now - LOOK_BACK, ways.appid, *others, *long_term)
    people: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        people.setdefault(row["person_id"], []).append(row)
    found = [one for theirs in people.values() if (one := _judged(theirs, ways, vault)) is not None]
    return sorted(found, key=lambda one: (not one.waiting, -len(one.missed), one.person_id))


def _judged(rows: list[dict[str, Any]], ways: Ways, vault: Vault) -> Unreached | None:
    """One person, from the rows of their posts and of what they missed; None: they can be reached."""
    first = rows[0]
    missed = [_missed(row) for row in rows if row["notice_id"] is not None]
    reason = why(_facts(first, len(missed)), ways)
    if reason is None:
        return None
    number = vault.unseal(first["phone_sealed"]) if first["phone_sealed"] else None
    return Unreached(
        first["person_id"], first["name"], masked(number) if number else None, reason,
        list(dict.fromkeys((PostKind(row["kind"]), row["school"]) for row in rows)),
        sorted(missed, key=lambda one: -one.notice_id),
    )  # fmt: skip


def _facts(row: Mapping[str, Any], missed: int) -> Facts:
    return Facts(
        bool(row["mini"] or row["other"]), bool(row["other"]), row["asked"], row["refused"], bool(row["open"]),
        row["phone_sealed"] is not None, missed,
    )  # fmt: skip


def _missed(row: Mapping[str, Any]) -> Missed:
    told_at = sql.instant(row["told_at"])
    assert told_at is not None
    title = str(sql.document(row["facts"]).get("title") or "")
    return Missed(row["notice_id"], row["notice_kind"], title, told_at, sql.instant(row["called_at"]))
