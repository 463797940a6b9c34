"""Signing in, binding a WeChat to a registered person and parting them, inviting."""

from datetime import date, datetime, timedelta

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Conflict, Invalid, NotFound
from models.journal.actions import record
from models.journal.queries import taken
from models.people import reach
from models.people.access import Viewer
from models.people.linking import link_same
from models.people.phones import Vault
from models.people.queries import fingerprint
from models.people.tables import Identity, Invitation, Person, Session

SESSION_DAYS = 30
INVITATION_DAYS = 14


class PhoneUnknown(Invalid):
    code = "phone_unknown"
    sentence = "这个手机号还没有登记。请联系学校或县教体局核对登记的手机号，或使用邀请码。"


class InvitationMisspelt(Invalid):
    code = "invitation_misspelt"
    sentence = "请填写邀请码：6到20位字母或数字，中间没有空格。"


class InvitationInvalid(Invalid):
    code = "invitation_invalid"
    sentence = "邀请码不正确、已使用或已过期，请联系发码的人重新获取。"


class AlreadyBound(Conflict):
    code = "already_bound"
    sentence = "这个微信已经绑定给“{name}”。如需更换，请先解绑，或联系管理员。"


class HasWeChat(Conflict):
    code = "has_wechat"
    sentence = "此人已经绑定微信，不能再发邀请码。换了微信或手机的，请先解绑。"


class NoWeChat(Conflict):
    code = "no_wechat"
    sentence = "此人没有绑定微信，不用解绑。"


async def sign_in(
    appid: str, openid: str, unionid: str | None, device: str, token: str, today: date, now: datetime
) -> Session:
    """Open a session for a WeChat identity, known or new. Keeps the token's hash only."""
    async with in_transaction():
        met = await sql.rows(
            "INSERT INTO identity (appid, openid, unionid) VALUES ($1, $2, $3)"
            " ON CONFLICT (appid, openid) DO UPDATE SET unionid = $3"
            " WHERE identity.unionid IS NULL AND $3 IS NOT NULL RETURNING id, person_id",
            appid, openid, unionid,
        )  # fmt: skip
        if met and met[0]["person_id"] is not None:
            await link_same(met[0]["id"], met[0]["person_id"], now)
        identity = await Identity.get(appid=appid, openid=openid)
        return await Session.create(
            token_hash=fingerprint(token),
            identity=identity,
            device=device,
            created_at=now,
            expires_at=now + timedelta(days=SESSION_DAYS),
            last_seen_on=today,
        )


async def revoke(viewer: Viewer, session_id: int, now: datetime) -> None:
    """Sign one of the viewer's own phones out. Repeatable; NotFound for anybody else's."""
    owned = await Session.filter(id=session_id, identity_id=viewer.identity_id).exists()
    if not owned:
        raise NotFound
    await Session.filter(id=session_id, revoked_at=None).update(revoked_at=now)


async def revoke_others(viewer: Viewer, now: datetime) -> None:
    """Sign every phone of the viewer's WeChat out but the one in the hand. Repeatable."""
    await (
        Session.filter(identity_id=viewer.identity_id, revoked_at=None)
        .exclude(id=viewer.session_id)
        .update(revoked_at=now)
    )


async def seen(viewer: Viewer, today: date) -> None:
    """Note the day on which the phone was used."""
    await Session.filter(id=viewer.session_id).update(last_seen_on=today)


async def guessing_stopped(viewer: Viewer, now: datetime) -> None:
    """Journal that a WeChat may try no more invitation codes for a while; once an hour."""
    key = f"guessing:{viewer.identity_id}:{now:%Y%m%d%H}"
    async with in_transaction():
        await Identity.filter(id=viewer.identity_id).select_for_update().first()
        if await taken(key) is None:
            await record(
                "identity", viewer.identity_id, "guessing_stopped", now,
                person_id=viewer.person_id, request_key=key,
            )  # fmt: skip


async def bind_phone(viewer: Viewer, phone: str, vault: Vault, now: datetime) -> Person:
    """Bind the viewer's WeChat to the person registered with a phone number WeChat vouches for."""
    # under every key: in the middle of a rotation a number lies under either
    person = await Person.filter(phone_digest__in=vault.digests(phone)).first()
    if person is None:
        raise PhoneUnknown
    async with in_transaction():
        return await _bind(viewer, person, "phone", now)


async def bind_invitation(viewer: Viewer, code: str, now: datetime) -> Person:
    """Bind the viewer's WeChat to the person a one-time code was made for. The code is spent."""
    async with in_transaction():
        spent = await sql.rows(
            "UPDATE invitation SET used_at = $2 WHERE code_hash = $1 AND used_at IS NULL"
            " AND expires_at > $2 AND NOT chat_only RETURNING person_id",
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
    if viewer.person_id is None:
        # a token somebody took before must not come into rights it did not have
        await revoke_others(viewer, now)
    await record("person", person.id, "bind", now, person_id=person.id, facts={"how": how})
    await link_same(viewer.identity_id, person.id, now)
    return person


async def invite(
    viewer: Viewer, person_id: int, appid: str, code: str, today: date, now: datetime
) -> datetime:
    """Make a one-time code for somebody at a school or division in reach; return when it expires.

    An earlier unused code of the same person stops working. NotFound for people out of reach,
    HasWeChat for those bound in the mini-program (`appid`) already: a second phone would be somebody else's with their rights.
    """
    await reach.require_invitable(viewer, person_id, today)
    if await Identity.filter(person_id=person_id, appid=appid).exists():
        raise HasWeChat
    expires_at = now + timedelta(days=INVITATION_DAYS)
    async with in_transaction():
        await Invitation.filter(person_id=person_id, used_at=None).delete()
        await Invitation.create(
            code_hash=fingerprint(code.strip().upper()), person_id=person_id, expires_at=expires_at
        )
        await record("person", person_id, "invite", now, person_id=viewer.person_id)
    return expires_at


async def unbind(viewer: Viewer, person_id: int, reason: str, today: date, now: datetime) -> None:
    """Part a person from their WeChat: the phone is lost, or another person has it now.

    Its sessions end and unused invitations are void; what was done stays theirs, and they can be invited
    again. NotFound for people out of reach, NoWeChat where there is nothing to part.
    """
    await reach.require_all(viewer, person_id, today)
    await _unbind(person_id, viewer.bound, reason, now)


async def unbind_own(viewer: Viewer, now: datetime) -> None:
    """Part from one's own WeChat; all its phones are signed out."""
    await _unbind(viewer.bound, viewer.bound, "本人解绑", now)


async def _unbind(person_id: int, by: int, reason: str, now: datetime) -> None:
    async with in_transaction():
        parted = await sql.rows(
            "UPDATE identity SET person_id = NULL, bound_at = NULL WHERE person_id = $1 RETURNING id",
            person_id,
        )
        if not parted:
            raise NoWeChat
        ids = sorted(row["id"] for row in parted)
        await Person.filter(id=person_id).update(parted_at=now)
        await Session.filter(identity_id__in=ids, revoked_at=None).update(revoked_at=now)
        await Invitation.filter(person_id=person_id, used_at=None).delete()
        facts = {"reason": reason, "identities": ids}
        await record("person", person_id, "unbind", now, person_id=by, facts=facts)
