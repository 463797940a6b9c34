"""Who is signed in, and who holds which post."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from models.database import sql
from models.organisations.tables import PostKind, School
from models.people import access
from models.people.access import Held, NotSignedIn, Viewer
from models.people.phones import Vault
from models.people.rights import Right
from models.people.tables import Session


def fingerprint(secret: str) -> str:
    """The SHA-256 by which a token or code is stored and found."""
    return hashlib.sha256(secret.encode()).hexdigest()


def desk_fingerprint(secret: str) -> str:
    """As `fingerprint`, of a browser's session: what is in a cookie is no bearer token, and the other way."""
    return hashlib.sha256(b"desk session\0" + secret.encode()).hexdigest()


VIEWER = """
SELECT s.id AS session_id, s.last_seen_on, i.id AS identity_id, i.openid, i.person_id, p.name,
       po.id AS post_id, po.kind, po.school_id, po.division_code
FROM session s
JOIN identity i ON i.id = s.identity_id
LEFT JOIN person p ON p.id = i.person_id
LEFT JOIN holding h ON h.person_id = i.person_id AND h.since_on <= $3
     AND (h.until_on IS NULL OR h.until_on > $3)
LEFT JOIN post po ON po.id = h.post_id
WHERE s.token_hash = $1 AND s.revoked_at IS NULL AND s.expires_at > $2
ORDER BY po.id
"""


async def viewer_of(token: str, now: datetime, today: date) -> Viewer:
    """The person behind a phone's token and the posts held on a Beijing date; raises NotSignedIn."""
    return await _viewer(fingerprint(token), now, today)


async def viewer_at_desk(secret: str, now: datetime, today: date) -> Viewer:
    """The person behind a browser's cookie; as `viewer_of`."""
    return await _viewer(desk_fingerprint(secret), now, today)


async def _viewer(token_hash: str, now: datetime, today: date) -> Viewer:
    found = await sql.rows(VIEWER, token_hash, now, today)
    if not found:
        raise NotSignedIn
    first = found[0]
    posts = tuple(
        Held(row["post_id"], PostKind(row["kind"]), row["school_id"], row["division_code"])
        for row in found
        if row["post_id"] is not None
    )
    seen_on = first["last_seen_on"]
    return Viewer(
        first["session_id"], first["identity_id"], first["openid"], first["person_id"], first["name"], posts,
        date.fromisoformat(seen_on) if isinstance(seen_on, str) else seen_on,
    )  # fmt: skip


async def own_phone(viewer: Viewer, vault: Vault) -> str | None:
    """The number the viewer is registered with."""
    found = await sql.rows("SELECT phone_sealed FROM person WHERE id = $1", viewer.person_id)
    return vault.unseal(found[0]["phone_sealed"]) if found and found[0]["phone_sealed"] else None


async def sessions(viewer: Viewer, now: datetime) -> list[Session]:
    """The signed-in phones of the viewer's own identity, newest first."""
    return await Session.filter(identity_id=viewer.identity_id, revoked_at=None, expires_at__gt=now).order_by(
        "-id"
    )


@dataclass(frozen=True)
class Colleague:
    person_id: int
    name: str
    phone: str | None
    kind: PostKind
    post_id: int
    reachable: bool


async def staff(viewer: Viewer, school_id: int, vault: Vault, today: date) -> list[Colleague]:
    """Who holds the posts of a school today, by post and name; parents are not listed.

    `reachable` says whether their WeChat is bound. Telephone numbers only with READ_PEOPLE: calling people is
    the daily work of heads and officers, so no journal line is written for it; nobody else gets any digit.
    """
    school = await access.school(viewer, school_id)
    with_phones = access.reaches(viewer, Right.READ_PEOPLE, school) is not None
    found = await sql.rows(
        "SELECT p.id, p.name, p.phone_sealed, po.kind, po.id AS post_id,"
        " EXISTS (SELECT 1 FROM identity i WHERE i.person_id = p.id) AS reachable"
        " FROM post po JOIN holding h ON h.post_id = po.id JOIN person p ON p.id = h.person_id"
        " WHERE po.school_id = $1 AND po.kind <> 'parent' AND h.since_on <= $2"
        " AND (h.until_on IS NULL OR h.until_on > $2) ORDER BY po.id, p.id",
        school.id, today,
    )  # fmt: skip
    return [
        Colleague(
            row["id"],
            row["name"],
            vault.unseal(row["phone_sealed"]) if with_phones and row["phone_sealed"] else None,
            PostKind(row["kind"]),
            row["post_id"],
            bool(row["reachable"]),
        )
        for row in found
    ]


async def names(person_ids: set[int]) -> dict[int, str]:
    """Names by person id, for timelines whose subject may be seen."""
    ids = sorted(person_ids)
    found = await sql.rows(f"SELECT id, name FROM person WHERE id IN ({sql.places(ids)})", *ids)  # noqa: S608
    return {row["id"]: row["name"] for row in found}


async def post_kinds(post_ids: set[int]) -> dict[int, PostKind]:
    """Kinds by post id."""
    ids = sorted(post_ids)
    found = await sql.rows(f"SELECT id, kind FROM post WHERE id IN ({sql.places(ids)})", *ids)  # noqa: S608
    return {row["id"]: PostKind(row["kind"]) for row in found}


async def holds(person_id: int, post_id: int, today: date) -> bool:
    """Whether a person holds a post on a Beijing date."""
    found = await sql.rows(
        "SELECT 1 AS yes FROM holding WHERE person_id = $1 AND post_id = $2 AND since_on <= $3"
        " AND (until_on IS NULL OR until_on > $3) LIMIT 1",
        person_id, post_id, today,
    )  # fmt: skip
    return bool(found)


async def schools_of(viewer: Viewer, right: Right) -> list[School]:
    """The schools in which the viewer has a right through a school's own post, by name."""
    ids = [held.school_id for held in viewer.with_right(right) if held.school_id is not None]
    return await School.filter(id__in=ids).order_by("name", "id")


async def posts_of(person_id: int, today: date) -> tuple[Held, ...]:
    """The posts somebody holds on a Beijing date."""
    found = await sql.rows(
        "SELECT po.id, po.kind, po.school_id, po.division_code FROM holding h JOIN post po ON po.id = h.post_id"
        " WHERE h.person_id = $1 AND h.since_on <= $2 AND (h.until_on IS NULL OR h.until_on > $2) ORDER BY po.id",
        person_id, today,
    )  # fmt: skip
    return tuple(
        Held(row["id"], PostKind(row["kind"]), row["school_id"], row["division_code"]) for row in found
    )
