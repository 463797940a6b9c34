"""One person's identities at our accounts: who has the same unionid is the same person."""

from datetime import datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.journal.actions import record

MET = """
INSERT INTO identity (appid, openid, unionid) VALUES ($1, $2, $3)
ON CONFLICT (appid, openid) DO UPDATE SET unionid = COALESCE($3, identity.unionid) RETURNING id, unionid, person_id
"""
SAME = "SELECT person_id FROM identity WHERE unionid = $1 AND person_id IS NOT NULL ORDER BY id LIMIT 1"
LINKED = """
UPDATE identity SET person_id = $1, bound_at = $2
WHERE unionid = (SELECT unionid FROM identity WHERE id = $3) AND person_id IS NULL RETURNING id
"""


async def meet(appid: str, openid: str, unionid: str | None, now: datetime) -> bool:
    """Note an identity, and bind it to the person whose other identity has the same unionid. Repeatable.

    Whether it was bound just now.
    """
    async with in_transaction():
        (row,) = await sql.rows(MET, appid, openid, unionid)
        if row["person_id"] is not None or row["unionid"] is None:
            return False
        same = await sql.rows(SAME, row["unionid"])
        if not same:
            return False
        return await link_same(row["id"], same[0]["person_id"], now) > 0


async def link_same(identity_id: int, person_id: int, now: datetime) -> int:
    """Bind all unbound identities that share the unionid of one; their phones sign in anew, as a token somebody
    took before must not come into rights it did not have. In the caller's transaction."""
    linked = await sql.rows(LINKED, person_id, now, identity_id)
    await sql.over_rows(
        "UPDATE session SET revoked_at = $2 FROM {rows} WHERE session.identity_id = v.c1"
        " AND session.revoked_at IS NULL",
        ["bigint"], [[row["id"]] for row in linked], now,
    )  # fmt: skip
    for row in linked:
        facts = {"how": "unionid", "identity": row["id"]}
        await record("person", person_id, "bind", now, person_id=person_id, facts=facts)
    return len(linked)
