"""Linking a person with what another of our accounts calls them: an official account's openid, a WeCom userid."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tortoise.transactions import in_transaction

from models.database import sql
from models.journal.actions import record
from models.people.phones import Vault
from models.people.tables import Person

# who was looked for in vain is looked for again after this
AGAIN_AFTER = timedelta(days=30)

# Those who may well be members of a division's enterprise: who holds a post of a division, then of a school. Whoever
# was parted from their WeChat is looked for again when they have bound one themselves.
UNLINKED = """
SELECT p.id, p.phone_sealed, MIN(CASE WHEN po.division_code IS NULL THEN 1 ELSE 0 END) AS rank
FROM person p JOIN holding h ON h.person_id = p.id JOIN post po ON po.id = h.post_id
WHERE p.phone_sealed IS NOT NULL AND po.kind NOT IN ('parent', 'committee')
  AND h.since_on <= $3 AND (h.until_on IS NULL OR h.until_on > $3)
  AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.person_id = p.id AND i.appid = $1)
  AND (p.parted_at IS NULL
    OR EXISTS (SELECT 1 FROM identity b WHERE b.person_id = p.id AND b.bound_at > p.parted_at))
  AND NOT EXISTS (SELECT 1 FROM member_lookup m WHERE m.person_id = p.id AND m.appid = $1 AND m.asked_at > $2)
GROUP BY p.id, p.phone_sealed ORDER BY rank, p.id LIMIT $4
"""


@dataclass(frozen=True)
class Unlinked:
    """Somebody whose userid is not known, with their number under seal."""

    person_id: int
    phone_sealed: str = field(repr=False)


async def unlinked(appid: str, today: date, now: datetime, limit: int) -> list[Unlinked]:
    """People with posts and without an identity at an account, not looked for lately."""
    found = await sql.rows(UNLINKED, appid, now - AGAIN_AFTER, today, limit)
    return [Unlinked(row["id"], row["phone_sealed"]) for row in found]


async def link(appid: str, openid: str, person_id: int, how: str, now: datetime) -> bool:
    """Bind an account's id for somebody to the person. Repeatable; False when it is another person's."""
    async with in_transaction():
        bound = await sql.rows(
            "INSERT INTO identity (appid, openid, person_id, bound_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (appid, openid) DO UPDATE SET person_id = $3, bound_at = $4"
            " WHERE identity.person_id IS NULL RETURNING id",
            appid, openid, person_id, now,
        )  # fmt: skip
        if bound:
            facts = {"how": how, "identity": bound[0]["id"]}
            await record("person", person_id, "bind", now, person_id=person_id, facts=facts)
            return True
    kept = await sql.rows("SELECT person_id FROM identity WHERE appid = $1 AND openid = $2", appid, openid)
    return bool(kept and kept[0]["person_id"] == person_id)


async def missed(appid: str, person_id: int, now: datetime) -> None:
    """Note that the account knows nobody with the person's number."""
    await sql.rows(
        "INSERT INTO member_lookup (appid, person_id, asked_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (person_id, appid) DO UPDATE SET asked_at = $3 RETURNING id",
        appid, person_id, now,
    )  # fmt: skip


async def misses(appid: str, since: datetime) -> int:
    """How many were looked for in vain since an instant."""
    found = await sql.rows(
        "SELECT COUNT(*) AS n FROM member_lookup WHERE asked_at >= $2 AND appid = $1", appid, since
    )
    return int(found[0]["n"])


async def registered(vault: Vault, phone: str) -> int | None:
    """The person registered with a number; None: nobody is."""
    person = await Person.filter(phone_digest__in=vault.digests(phone)).only("id").first()
    return person.id if person is not None else None
