"""Signing in with WeChat, binding to a registered person, signed-in phones."""

import re
import secrets
from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from bot.wechat.client import LoginSession
from bot.wechat.errors import ReplyLost, Unreachable, WeChatError
from miniapp_api.context import VIEWER, context, now, viewer
from miniapp_api.limits import INVITATION, SIGN_IN, TooManyGuesses
from miniapp_api.registry import Input, Routes
from miniapp_api.types import Id, Instant, Line
from models.contents import actions as contents
from models.errors import Invalid, Kind, Refusal
from models.organisations.tables import PostKind, School
from models.people import accounts, actions, queries
from models.people.access import Viewer
from models.people.inviting import code_of
from models.people.phones import masked
from models.people.rights import POST_NAMES, RIGHTS, Right
from models.people.tables import Person
from models.policies.calendar import beijing_date
from models.surveys import awaited

routes = Routes("sessions")

Code = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")]


class LoginFailed(Invalid):
    code = "login_failed"
    sentence = "微信登录没有成功，请重试。"


class WeChatAway(Refusal):
    kind = Kind.UNAVAILABLE
    code = "wechat_unavailable"
    sentence = "暂时连不上微信，请稍后重试。已填写的内容会保留在手机里。"


class SignIn(Input):
    """What wx.login gave."""

    code: Code
    device: Line = ""


class BindPhone(Input):
    """The code of the getPhoneNumber button."""

    code: Code


class BindInvitation(Input):
    """What is no code is refused by its name, not as some field of a body."""

    code: Annotated[str, StringConstraints(max_length=1000)]


class PostOut(BaseModel):
    id: int
    kind: PostKind
    name: str
    school_id: int | None
    school_name: str | None
    division_code: str | None
    rights: list[Right]


class Me(BaseModel):
    """The person behind the token, their posts today, and which templates to ask consent for.

    `phone` is masked: enough to see whether the right one is on file, of no use to whoever found the phone.
    """

    person_id: int | None
    name: str | None
    phone: Annotated[str | None, Field(examples=["154****0001"])]
    posts: list[PostOut]
    templates: list[str]


class SignedIn(BaseModel):
    """The token, and what `GET /me` answers to it: behind a mountain another request is another second."""

    token: str
    expires_at: Instant
    bound: bool
    me: Me


class SessionOut(BaseModel):
    id: int
    device: str
    created_at: Instant
    expires_at: Instant
    last_seen_on: date | None
    current: bool


@routes.add("POST", "/sessions", status=201, signed_in=False, errors=(503,), limit="sign-in")
async def sign_in(request: web.Request, body: SignIn) -> SignedIn:
    """Sign in with the code of wx.login; the answer's token goes into every later request."""
    outside, at = context(request), now(request)
    async with outside.limits.attempt(SIGN_IN, request, None, LoginFailed, at):
        known = await _known(request, body.code)
    token = secrets.token_urlsafe(32)
    session = await actions.sign_in(
        outside.account.appid, known.openid, known.unionid, body.device, token, beijing_date(at), at
    )
    who = await queries.viewer_of(token, at, beijing_date(at))
    return SignedIn(
        token=token,
        expires_at=session.expires_at,
        bound=who.person_id is not None,
        me=await _opened(request, who),
    )


async def _known(request: web.Request, code: str) -> LoginSession:
    try:
        return await context(request).gateway.code_to_session(code)
    except WeChatError as fault:
        raise LoginFailed(errcode=fault.errcode) from fault
    except (Unreachable, ReplyLost) as fault:
        raise WeChatAway from fault


@routes.add("GET", "/me")
async def read_me(request: web.Request) -> Me:
    """Who I am, and what I may do where. Asked when the mini-program opens, so that what I wrote while I did not
    have it open may be checked now."""
    return await _opened(request, await viewer(request))


async def _opened(request: web.Request, who: Viewer) -> Me:
    if who.person_id is not None:
        await contents.back(who.person_id, now(request))
    ids = {held.school_id for held in who.posts if held.school_id is not None}
    schools = {row["id"]: row["name"] for row in await School.filter(id__in=ids).values("id", "name")}
    phone = await queries.own_phone(who, context(request).vault)
    return Me(
        person_id=who.person_id,
        name=who.name,
        phone=masked(phone) if phone else None,
        posts=[
            PostOut(
                id=held.post_id,
                kind=held.kind,
                name=POST_NAMES[held.kind],
                school_id=held.school_id,
                school_name=schools.get(held.school_id) if held.school_id is not None else None,
                division_code=held.division_code,
                rights=sorted(RIGHTS[held.kind]),
            )
            for held in who.posts
        ],
        templates=sorted(set(context(request).templates.values())),
    )


@routes.add("POST", "/me/phone", errors=(409, 503), limit="bind")
async def bind_phone(request: web.Request, body: BindPhone) -> Me:
    """Bind my WeChat to the person registered with my phone number."""
    who = await viewer(request)
    try:
        phone = await context(request).gateway.phone_number(body.code)
    except WeChatError as fault:
        raise LoginFailed(errcode=fault.errcode) from fault
    except (Unreachable, ReplyLost) as fault:
        raise WeChatAway from fault
    person = await actions.bind_phone(who, phone, context(request).vault, now(request))
    return await _again(request, person)


@routes.add("POST", "/me/invitation", errors=(409,), limit="bind")
async def bind_invitation(request: web.Request, body: BindInvitation) -> Me:
    """Bind my WeChat to the person a one-time invitation code was made for. Guessing is stopped: 429."""
    who, at = await viewer(request), now(request)
    if not re.fullmatch(r"[\x21-\x7e]{6,20}", body.code):
        raise actions.InvitationMisspelt
    limits = context(request).limits
    try:
        async with limits.attempt(INVITATION, request, who.identity_id, actions.InvitationInvalid, at):
            person = await actions.bind_invitation(who, body.code, at)
    except TooManyGuesses:
        await actions.guessing_stopped(who, at)
        raise
    return await _again(request, person)


async def _again(request: web.Request, person: Person) -> Me:
    """Who I am now that the binding has changed it. Consents given before it are the person's now."""
    at = now(request)
    await awaited.admit(person.id, beijing_date(at), at)
    del request[VIEWER]
    return await read_me(request)


class ChatCode(BaseModel):
    """Good once, for ten minutes: to be said in the official account's or WeCom's chat, not shown to others."""

    code: Annotated[str, Field(examples=["K7QM4TX2RW"])]
    expires_at: Instant


@routes.add("POST", "/me/chat-codes", status=201)
async def make_chat_code(request: web.Request) -> ChatCode:
    """A code with which I bind my own identity in the official account (公众号) or WeCom (企业微信)."""
    code = code_of(secrets.choice)
    return ChatCode(code=code, expires_at=await accounts.own_code(await viewer(request), code, now(request)))


@routes.add("GET", "/sessions")
async def list_sessions(request: web.Request) -> list[SessionOut]:
    """My signed-in phones, newest first."""
    who = await viewer(request)
    return [
        SessionOut(
            id=row.id,
            device=row.device,
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_seen_on=row.last_seen_on,
            current=row.id == who.session_id,
        )
        for row in await queries.sessions(who, now(request))
    ]


@routes.add("DELETE", "/sessions/{session_id}", status=204)
async def revoke_session(request: web.Request, session_id: Id) -> None:
    """Sign one of my phones out."""
    await actions.revoke(await viewer(request), session_id, now(request))


@routes.add("DELETE", "/sessions", status=204)
async def revoke_other_sessions(request: web.Request) -> None:
    """Sign all my other phones out: one was lost, or is not mine."""
    await actions.revoke_others(await viewer(request), now(request))


class Invite(Input):
    person_id: Id


class Invited(BaseModel):
    """Shown once: only a hash is kept."""

    code: Annotated[str, Field(examples=["K7QM4TX2RW"])]
    expires_at: Instant


@routes.add("POST", "/invitations", status=201, errors=(404, 409))
async def invite(request: web.Request, body: Invite) -> Invited:
    """Make a one-time invitation code for somebody in my division."""
    code = code_of(secrets.choice)
    at = now(request)
    appid = context(request).account.appid
    expires_at = await actions.invite(
        await viewer(request), body.person_id, appid, code, beijing_date(at), at
    )
    return Invited(code=code, expires_at=expires_at)
