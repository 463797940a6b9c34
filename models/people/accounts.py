"""People in a chat of ours (公众号、企业微信): who they are, and binding them to their person there.

An identity of the official account or of WeCom is bound by the unionid of a WeChat that is bound already
(`linking`), by an invitation, or by a code that its person took from the mini-program a moment ago.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tortoise.transactions import in_transaction

from models.database import sql
from models.journal.actions import record
from models.people.access import Viewer
from models.people.actions import AlreadyBound, InvitationInvalid
from models.people.linking import link_same
from models.people.queries import fingerprint, posts_of
from models.people.tables import Invitation

CODE_MINUTES = 10
# in a chat there is no signed-in phone
NO_SESSION = 0

FOUND = """
SELECT i.id, i.unionid, i.person_id, p.name FROM identity i LEFT JOIN person p ON p.id = i.person_id
WHERE i.appid = $1 AND i.openid = $2
"""


@dataclass(frozen=True)
class Known:
    """Somebody in a chat. `unionid` None: not asked for yet, or the account gives none."""

    viewer: Viewer
    unionid: str | None


async def find(appid: str, openid: str, today: date) -> Known | None:
    """Who somebody in a chat is, with the posts held on a Beijing date; None for a newcomer."""
    found = await sql.rows(FOUND, appid, openid)
    if not found:
        return None
    row = found[0]
    posts = await posts_of(row["person_id"], today) if row["person_id"] is not None else ()
    viewer = Viewer(NO_SESSION, row["id"], openid, row["person_id"], row["name"], posts)
    return Known(viewer, row["unionid"])


async def bind(viewer: Viewer, code: str, now: datetime) -> str:
    """Bind the viewer's identity in a chat by an invitation or a code of `own_code`, which is spent.

    Returns the person's name. Raises InvitationInvalid, AlreadyBound.
    """
    async with in_transaction():
        spent = await sql.rows(
            "UPDATE invitation SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL"
            " AND expires_at > $2 RETURNING person_id",
            fingerprint(code.strip().upper()), now,
        )  # fmt: skip
        if not spent:
            raise InvitationInvalid
        person_id = spent[0]["person_id"]
        if viewer.person_id not in (None, person_id):
            raise AlreadyBound(name=viewer.name)
        await sql.rows(
            "UPDATE identity SET person_id = $2, bound_at = $3 WHERE id = $1 RETURNING id",
            viewer.identity_id, person_id, now,
        )  # fmt: skip
        facts = {"how": "invitation", "identity": viewer.identity_id}
        await record("person", person_id, "bind", now, person_id=person_id, facts=facts)
        await link_same(viewer.identity_id, person_id, now)
        named = await sql.rows("SELECT name FROM person WHERE id = $1", person_id)
        return str(named[0]["name"])


async def own_code(viewer: Viewer, code: str, now: datetime) -> datetime:
    """A code with which the viewer binds their own identity in a chat; returns when it expires.

    Good for ten minutes, once, and not in the mini-program: there it would be a second phone. An earlier
    one stops working.
    """
    expires_at = now + timedelta(minutes=CODE_MINUTES)
    async with in_transaction():
        await Invitation.filter(person_id=viewer.bound, chat_only=True, used_at=None).delete()
        await Invitation.create(
            code_hash=fingerprint(code), person_id=viewer.bound, expires_at=expires_at, chat_only=True
        )
        await record("person", viewer.bound, "chat_code", now, person_id=viewer.bound)
    return expires_at
