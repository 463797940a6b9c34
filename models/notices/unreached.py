"""Whom no notice reaches (联系不上名单), so that somebody can telephone: facts in one question, judged here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from models.database import sql
from models.notices.asking import kinds_for
from models.notices.channels import GROUPS, read
from models.notices.kinds import BY_CODE, MERGES, MERGES_SQL
from models.notices.routing import routes_in
from models.organisations.tables import PostKind
from models.people import access
from models.people.access import Viewer
from models.people.phones import Vault, masked
from models.people.rights import Right
from models.policies.declared import SMS_ALLOWED
from models.policies.queries import effective

# notices older than this are no news to telephone about
LOOK_BACK = timedelta(days=14)
SMS = "sms"


class Why(StrEnum):
    """Why nothing reaches somebody, the plainest reason first."""

    NOT_BOUND = "not_bound"
    REFUSED = "refused"
    NO_CREDIT = "no_credit"
    OFF_ROUTE = "off_route"
    FAILED = "failed"


@dataclass(frozen=True)
class Ways:
    """Which ways out this installation has. `appid`: the mini-program's. `official`, `wecom`: the accounts that need no
    consent for each message, where there are any. `long_term`: templates that need none either. `sms`: the kinds that
    go out as text messages, where the county's policy pays for them."""

    appid: str
    official: str | None = None
    wecom: str | None = None
    long_term: frozenset[str] = frozenset()
    sms: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Facts:
    """What is known of the ways to somebody. `has`: the channels that would reach them now. `refused`: templates of the
    mini-program that they refused. `routes`: of each group of kinds that they are told, the channels it goes by."""

    bound: bool
    has: frozenset[str]
    refused: int
    routes: tuple[frozenset[str], ...]
    missed: int


def why(facts: Facts) -> Why | None:
    """Why somebody cannot be reached; None: something they are told goes by a way they have, and nothing failed that
    they have not read and after which nothing arrived."""
    if any(route & facts.has for route in facts.routes):
        return Why.FAILED if facts.missed else None
    if not facts.bound:
        return Why.NOT_BOUND
    if facts.has - {SMS}:
        return Why.OFF_ROUTE
    return Why.REFUSED if facts.refused else Why.NO_CREDIT


def routes_of(
    posts: Iterable[PostKind], held: Mapping[str, str], sms: frozenset[str]
) -> tuple[frozenset[str], ...]:
    """The channels of each group of kinds that posts are told, of all where they are told none. `held`: by group.
    Text messages only where one of the kinds goes out as such."""
    # a message of several goes the way of those it says
    told = {kind: BY_CODE[kind].group for kind in kinds_for(posts) if kind not in MERGES}
    groups = {group for group in told.values() if group in held} or set(held)
    texted = {group for kind, group in told.items() if kind in sms}
    return tuple(
        frozenset(read(held[group])) - (frozenset() if group in texted else {SMS}) for group in sorted(groups)
    )


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
# holders of their post. A notice is missed when every channel has failed, by itself or with the message of several
# that it went in, it was not read and its matter has not moved on.
BOARD = f"""
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
    MAX(CASE WHEN i.appid = $5::text AND f.following THEN 1 ELSE 0 END) AS official,
    MAX(CASE WHEN i.appid = $5::text AND f.following AND f.open_until > $7 AND f.answers > 0 THEN 1 ELSE 0 END)
      AS service,
    MAX(CASE WHEN i.appid = $6::text THEN 1 ELSE 0 END) AS wecom,
    SUM(CASE WHEN c.refused_at IS NOT NULL THEN 1 ELSE 0 END) AS refused,
    MAX(CASE WHEN c.balance > 0 OR (c.refused_at IS NULL AND c.template_id IN ({{long_term}})) THEN 1 ELSE 0 END)
      AS open
  FROM people w JOIN identity i ON i.person_id = w.person_id
  LEFT JOIN credit c ON c.openid = i.openid AND i.appid = $4
  LEFT JOIN follower f ON f.appid = i.appid AND f.openid = i.openid
  GROUP BY w.person_id
), missed AS (
  SELECT d.person_id, n.post_id, n.id, n.kind, n.created_at, MAX(COALESCE(d.tried_at, n.created_at)) AS tried_at
  FROM held t
  JOIN notice n ON n.post_id = t.post_id
    AND n.id >= COALESCE((SELECT m.id FROM notice m WHERE m.created_at >= $3 ORDER BY m.created_at, m.id LIMIT 1), 0)
    AND n.created_at >= $3 AND n.withdrawn_at IS NULL AND n.kind NOT IN ({MERGES_SQL})
  JOIN delivery d ON d.notice_id = n.id AND d.person_id = t.person_id
  GROUP BY d.person_id, n.post_id, n.id, n.kind, n.created_at
  HAVING SUM(CASE WHEN d.state IN ('refused', 'given_up') THEN 0 WHEN d.state <> 'merged' THEN 1
    WHEN EXISTS (SELECT 1 FROM delivery m WHERE m.notice_id = d.merged_into AND m.person_id = d.person_id
      AND m.state NOT IN ('refused', 'given_up')) THEN 1 ELSE 0 END) = 0
), arrived AS (
  SELECT m.person_id, MAX(d.tried_at) AS at FROM (SELECT DISTINCT person_id FROM missed) m
  JOIN delivery d ON d.person_id = m.person_id AND d.state = 'sent' AND d.tried_at >= $3 GROUP BY m.person_id
)
SELECT t.person_id, t.kind, t.school, p.name, p.phone_sealed, COALESCE(w.mini, 0) AS mini, COALESCE(w.official, 0) AS official, COALESCE(w.service, 0) AS service,
  COALESCE(w.wecom, 0) AS wecom, COALESCE(w.refused, 0) AS refused, COALESCE(w.open, 0) AS subscribe, m.id AS notice_id, m.kind AS notice_kind, m.created_at AS told_at,
  n.facts, c.at AS called_at, CASE WHEN m.tried_at < v.at THEN 1 ELSE 0 END AS reached_since
FROM held t
JOIN person p ON p.id = t.person_id
LEFT JOIN ways w ON w.person_id = t.person_id
LEFT JOIN missed m ON m.person_id = t.person_id AND m.post_id = t.post_id
  AND NOT EXISTS (SELECT 1 FROM notice_read r WHERE r.notice_id = m.id AND r.person_id = t.person_id)
LEFT JOIN arrived v ON v.person_id = t.person_id
LEFT JOIN notice n ON n.id = m.id
LEFT JOIN notice_call c ON c.notice_id = m.id AND c.person_id = t.person_id
ORDER BY t.person_id, t.post_id, m.id DESC
"""  # noqa: S608 - our own words


async def board(
    viewer: Viewer, county: str, ways: Ways, vault: Vault, today: date, now: datetime
) -> list[Unreached]:
    """Everybody with a post in a county of the viewer's whom nothing reaches; first those who have missed
    something that nobody has told them by telephone yet."""
    access.division(viewer, county, Right.READ_DELIVERIES)
    if ways.sms and not (await effective(county))[SMS_ALLOWED.key]:
        ways = replace(ways, sms=frozenset())
    long_term = sorted(ways.long_term)
    statement = BOARD.format(long_term=sql.places(long_term, 8))
    rows = await sql.rows(
        statement, county, today, now - LOOK_BACK, ways.appid, ways.official, ways.wecom, now, *long_term
    )
    people: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        people.setdefault(row["person_id"], []).append(row)
    routes = await _routes(county, list(people))
    found = [
        one
        for person, theirs in people.items()
        if (one := _judged(theirs, routes[person], ways, vault)) is not None
    ]
    return sorted(found, key=lambda one: (not one.waiting, -len(one.missed), one.person_id))


async def _routes(county: str, people: list[int]) -> dict[int, dict[str, str]]:
    """By person and group of kinds: their own choice, else the county's policy."""
    held = await routes_in([county])
    policy = {group.code: held[county, group.code] for group in GROUPS}
    chosen = await sql.rows(
        f"SELECT person_id, kind_group, channels FROM channel_choice WHERE person_id IN {sql.among(1, 'bigint')}",  # noqa: S608
        sql.packed(people),
    )
    found = {person: dict(policy) for person in people}
    for row in chosen:
        found[row["person_id"]][row["kind_group"]] = row["channels"]
    return found


def _judged(
    rows: list[dict[str, Any]], held: Mapping[str, str], ways: Ways, vault: Vault
) -> Unreached | None:
    """One person, from the rows of their posts and of what they missed; None: they can be reached."""
    first = rows[0]
    missed = [_missed(row) for row in rows if row["notice_id"] is not None]
    # one that failed before another arrived says nothing of the way: it is open again
    failing = sum(row["notice_id"] is not None and not row["reached_since"] for row in rows)
    reason = why(_facts(rows, held, failing, ways))
    if reason is None:
        return None
    number = vault.unseal(first["phone_sealed"]) if first["phone_sealed"] else None
    return Unreached(
        first["person_id"], first["name"], masked(number) if number else None, reason,
        list(dict.fromkeys((PostKind(row["kind"]), row["school"]) for row in rows)),
        sorted(missed, key=lambda one: -one.notice_id),
    )  # fmt: skip


def _facts(rows: list[dict[str, Any]], held: Mapping[str, str], missed: int, ways: Ways) -> Facts:
    first = rows[0]
    has = {name for name in ("subscribe", "official", "service", "wecom") if first[name]}
    if ways.sms and first["phone_sealed"] is not None:
        has.add(SMS)
    routes = routes_of((PostKind(row["kind"]) for row in rows), held, ways.sms)
    bound = bool(first["mini"] or first["official"] or first["wecom"])
    return Facts(bound, frozenset(has), first["refused"], routes, missed)


def _missed(row: Mapping[str, Any]) -> Missed:
    told_at = sql.instant(row["told_at"])
    assert told_at is not None
    title = str(sql.document(row["facts"]).get("title") or "")
    return Missed(row["notice_id"], row["notice_kind"], title, told_at, sql.instant(row["called_at"]))
