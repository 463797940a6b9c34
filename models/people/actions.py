"""Signing in, binding a WeChat to a registered person, inviting."""

from datetime import date, datetime, timedelta

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Conflict, Invalid, NotFound
from models.journal.actions import record
from models.people.access import Viewer, above
from models.people.queries import fingerprint
from models.people.rights import Right
from models.people.tables import Identity, Invitation, Person, Session

SESSION_DAYS = 30
INVITATION_DAYS = 14


class PhoneUnknown(Invalid):
    code = "phone_unknown"
    sentence = "这个手机号还没有登记。请联系学校或县教体局核对登记的手机号，或使用邀请码。"


class InvitationInvalid(Invalid):
    code = "invitation_invalid"
    sentence = "邀请码不正确、已使用或已过期，请联系发码的人重新获取。"


class AlreadyBound(Conflict):
    code = "already_bound"
    sentence = "这个微信已经绑定给“{name}”。如需更换，请联系管理员。"


class HasWeChat(Conflict):
    code = "has_wechat"
    sentence = "此人已经绑定微信，不能再发邀请码。"


async def sign_in(
    appid: str, openid: str, unionid: str | None, device: str, token: str, now: datetime
) -> Session:
    """Open a session for a WeChat identity, known or new. Keeps the token's hash only."""
    async with in_transaction():
        await sql.rows(
            "INSERT INTO identity (appid, openid, unionid) VALUES ($1, $2, $3)"
            " ON CONFLICT (appid, openid) DO NOTHING RETURNING id",
            appid, openid, unionid,
        )  # fmt: skip
        identity = await Identity.get(appid=appid, openid=openid)
        return await Session.create(
            token_hash=fingerprint(token),
            identity=identity,
            device=device,
            created_at=now,
            expires_at=now + timedelta(days=SESSION_DAYS),
        )


async def revoke(viewer: Viewer, session_id: int, now: datetime) -> None:
    """Sign one of the viewer's own phones out. Repeatable; NotFound for anybody else's."""
    owned = await Session.filter(id=session_id, identity_id=viewer.identity_id).exists()
    if not owned:
        raise NotFound
    await Session.filter(id=session_id, revoked_at=None).update(revoked_at=now)


async def bind_phone(viewer: Viewer, phone: str, now: datetime) -> Person:
    """Bind the viewer's WeChat to the person registered with a phone number WeChat vouches for."""
    person = await Person.get_or_none(phone=phone)
    if person is None:
        raise PhoneUnknown
    async with in_transaction():
        return await _bind(viewer, person, "phone", now)


async def bind_invitation(viewer: Viewer, code: str, now: datetime) -> Person:
    """Bind the viewer's WeChat to the person a one-time code was made for. The code is spent."""
    async with in_transaction():
        spent = await sql.rows(
            "UPDATE invitation SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL"
            " AND expires_at > $2 RETURNING person_id",
            fingerprint(code.strip().upper()), now,
        )  # fmt: skip
        if not spent:
            raise InvitationInvalid
        return await _bind(viewer, await Person.get(id=spent[0]["person_id"]), "invitation", now)


async def _bind(viewer: Viewer, person: Person, how: str, now: datetime) -> Person:
    bound = await sql.rows(
        "UPDATE identity SET person_id = $2, bound_at = $3"
        " WHERE id = $1 AND (person_id IS NULL OR person_id = $2) RETURNING id",
        viewer.identity_id, person.id, now,
    )  # fmt: skip
    if not bound:
        raise AlreadyBound(name=viewer.name)
    await record("person", person.id, "bind", now, person_id=person.id, facts={"how": how})
    return person


async def invite(viewer: Viewer, person_id: int, code: str, today: date, now: datetime) -> datetime:
    """Make a one-time code for somebody at a school or division in reach; return when it expires.

    An earlier unused code of the same person stops working. NotFound for people out of reach,
    HasWeChat for those bound already: a second phone would be somebody else's with their rights.
    """
    await _require_reach(viewer, person_id, today)
    if await Identity.filter(person_id=person_id).exists():
        raise HasWeChat
    expires_at = now + timedelta(days=INVITATION_DAYS)
    async with in_transaction():
        await Invitation.filter(person_id=person_id, used_at=None).delete()
        await Invitation.create(
            code_hash=fingerprint(code.strip().upper()), person_id=person_id, expires_at=expires_at
        )
        await record("person", person_id, "invite", now, person_id=viewer.person_id)
    return expires_at


async def _require_reach(viewer: Viewer, person_id: int, today: date) -> None:
    """Every post the person holds today lies below one of the viewer's; NotFound otherwise.

    One post out of reach is enough to refuse: whoever could invite them would act with all their rights.
    """
    rows = await sql.rows(
        "SELECT po.division_code, s.county_code FROM holding h JOIN post po ON po.id = h.post_id"
        " LEFT JOIN school s ON s.id = po.school_id WHERE h.person_id = $1 AND h.since_on <= $2"
        " AND (h.until_on IS NULL OR h.until_on > $2)",
        person_id, today,
    )  # fmt: skip
    inviting = viewer.with_right(Right.INVITE)
    if not rows or not all(
        any(above(held, row["division_code"], row["county_code"]) for held in inviting) for row in rows
    ):
        raise NotFound
