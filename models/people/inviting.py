"""Invitations for everybody at once who has not bound a WeChat yet."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Conflict
from models.journal.actions import record
from models.organisations.rules import span
from models.organisations.tables import PostKind
from models.people import access, directory
from models.people.access import Viewer, any_above
from models.people.actions import INVITATION_DAYS
from models.people.phones import Vault
from models.people.queries import fingerprint
from models.people.rights import POST_NAMES, Right

# parents are many and have sheets of their own; an administrator is invited alone
TOGETHER = frozenset(PostKind) - {PostKind.PARENT, PostKind.ADMINISTRATOR}
PARENTS = frozenset({PostKind.PARENT})

UNBOUND = """
SELECT h.person_id, p.name, po.kind, po.division_code, po.school_id, s.county_code, s.name AS school,
  d.name AS division, po.id AS post_id
FROM holding h JOIN person p ON p.id = h.person_id JOIN post po ON po.id = h.post_id
LEFT JOIN school s ON s.id = po.school_id LEFT JOIN division d ON d.code = po.division_code
WHERE h.since_on <= $1 AND (h.until_on IS NULL OR h.until_on > $1)
  AND h.person_id IN (SELECT i.person_id FROM holding i JOIN post ip ON ip.id = i.post_id
    LEFT JOIN school ss ON ss.id = ip.school_id
    WHERE {among} AND i.since_on <= $1 AND (i.until_on IS NULL OR i.until_on > $1)
      AND ip.kind IN ({kinds}))
  AND NOT EXISTS (SELECT 1 FROM identity b WHERE b.person_id = h.person_id AND b.appid = $2)
ORDER BY h.person_id, po.id
"""

IN_DIVISION = (
    "(ss.county_code >= $3 AND ss.county_code < $4 OR ip.division_code >= $3 AND ip.division_code < $4)"
)

# no sign is taken for another
SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_SIGNS = 10


def code_of(choose: Callable[[str], str]) -> str:
    """A new code; `choose` draws one sign of many."""
    return "".join(choose(SIGNS) for _ in range(CODE_SIGNS))


class NobodyToInvite(Conflict):
    code = "nobody_to_invite"
    sentence = "没有需要邀请的人：都已绑定微信，或任职超出您的管辖范围。"


@dataclass(frozen=True)
class Invited:
    """Somebody with a new one-time code. It is not kept: print it now."""

    person_id: int
    name: str
    post: str
    place: str
    phone: str | None
    code: str
    expires_at: datetime


async def invite_school(
    viewer: Viewer,
    school_id: int,
    appid: str,
    new_code: Callable[[], str],
    vault: Vault,
    today: date,
    now: datetime,
) -> list[Invited]:
    """New codes for all at a school who have no WeChat bound in the mini-program (`appid`) and whose posts all
    lie below the viewer's.

    Earlier unused codes of theirs stop working. Raises NobodyToInvite.
    """
    school = await access.school(viewer, school_id)
    await access.require(viewer, Right.INVITE, school)
    rows = await _unbound("ip.school_id = $3", TOGETHER, appid, today, school.id)
    inviting = viewer.with_right(Right.INVITE)

    def below(row: dict[str, Any]) -> bool:
        return any_above(inviting, row["division_code"], row["county_code"])

    people = _people(rows, TOGETHER, below)
    return await _invite(people, ("school", school.id), viewer.person_id, new_code, vault, now)


async def invite_parents(
    viewer: Viewer,
    school_id: int,
    appid: str,
    new_code: Callable[[], str],
    vault: Vault,
    today: date,
    now: datetime,
) -> list[Invited]:
    """As `invite_school`, for those who are nothing but parents of the school: its head hands the codes out."""
    school = await access.school(viewer, school_id)
    await access.require(viewer, Right.INVITE_PARENTS, school)
    rows = await _unbound("ip.school_id = $3", PARENTS, appid, today, school.id)

    def only_here(row: dict[str, Any]) -> bool:
        return bool(row["kind"] == PostKind.PARENT.value and row["school_id"] == school.id)

    people = _people(rows, PARENTS, only_here)
    return await _invite(people, ("school", school.id), viewer.person_id, new_code, vault, now)


async def _unbound(
    among: str, kinds: frozenset[PostKind], appid: str, today: date, *place: object
) -> list[dict[str, Any]]:
    listed = ", ".join(f"'{kind.value}'" for kind in sorted(kinds))
    return await sql.rows(UNBOUND.format(among=among, kinds=listed), today, appid, *place)


async def invite_all(
    appid: str,
    new_code: Callable[[], str],
    vault: Vault,
    today: date,
    now: datetime,
    *,
    school_id: int | None,
    division: str = "",
) -> list[Invited]:
    """As `invite_school`, for the command line: a school's people, or those of a division and all its schools."""
    if school_id is not None:
        place = "school", school_id
        rows = await _unbound("ip.school_id = $3", TOGETHER, appid, today, school_id)
    else:
        place = "division", int(division)
        rows = await _unbound(IN_DIVISION, TOGETHER, appid, today, *span(division))
    return await _invite(_people(rows, TOGETHER, lambda _: True), place, None, new_code, vault, now)


def _people(
    rows: list[dict[str, Any]], kinds: frozenset[PostKind], below: Callable[[dict[str, Any]], bool]
) -> list[dict[str, Any]]:
    """The first post of each person all of whose posts are below; sheets go by school."""
    beyond = {row["person_id"] for row in rows if not below(row)}
    first: dict[int, dict[str, Any]] = {}
    for row in rows:
        if row["person_id"] not in beyond and PostKind(row["kind"]) in kinds:
            first.setdefault(row["person_id"], row)
    return sorted(first.values(), key=lambda row: (row["school"] or "", row["post_id"], row["person_id"]))


async def _invite(
    people: list[dict[str, Any]],
    place: tuple[str, int],
    inviter: int | None,
    new_code: Callable[[], str],
    vault: Vault,
    now: datetime,
) -> list[Invited]:
    if not people:
        raise NobodyToInvite
    ids = [row["person_id"] for row in people]
    phones = await directory.phones_of(vault, ids)
    expires_at = now + timedelta(days=INVITATION_DAYS)
    invited = [
        Invited(
            row["person_id"], row["name"], POST_NAMES[PostKind(row["kind"])],
            row["school"] or row["division"] or "", phones.get(row["person_id"]), new_code(), expires_at,
        )
        for row in people
    ]  # fmt: skip
    async with in_transaction():
        await sql.over_rows(
            "DELETE FROM invitation WHERE used_at IS NULL AND person_id IN (SELECT c1 FROM {rows})",
            ["bigint"],
            [[number] for number in ids],
        )
        await sql.over_rows(
            "INSERT INTO invitation (code_hash, person_id, expires_at) SELECT c2, c1, $3 FROM {rows}",
            ["bigint", "text"],
            [[one.person_id, fingerprint(one.code)] for one in invited],
            expires_at,
        )
        await record(*place, "invite_many", now, person_id=inviter, facts={"people": ids})
    return invited
