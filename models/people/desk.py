"""Signing a browser in by scanning: a phone that is signed in already lends its identity, not its token.

The code on the screen names a ticket and is no secret: it lives two minutes, works once, and signs in only
the browser whose cookie belongs to it, after the phone that scanned it has said yes. The browser gets a
session of its own then, made afresh, shorter than a phone's and ended like one.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Forbidden, Invalid
from models.journal.actions import record
from models.people.access import Viewer
from models.people.queries import desk_fingerprint, fingerprint
from models.people.rights import Right
from models.people.tables import DeskTicket, Identity, Session

TICKET_LASTS = timedelta(minutes=2)
SESSION_LASTS = timedelta(hours=12)


class TicketInvalid(Invalid):
    code = "ticket_invalid"
    sentence = "登录码不正确、已使用或已过期，请在电脑上刷新后重新扫码。"


class NoDesk(Forbidden):
    code = "no_desk"
    sentence = "网页工作台只供教体局和管理员使用，您的岗位请继续使用小程序。"


class Standing(StrEnum):
    """Where a browser's ticket stands."""

    WAITING = "waiting"
    SCANNED = "scanned"
    CONFIRMED = "confirmed"
    OVER = "over"


@dataclass(frozen=True)
class Asking:
    """A browser that asks to be signed in, as the phone is shown it. `check`: the digits beside its code."""

    browser: str
    address: str
    made_at: datetime
    expires_at: datetime
    check: str


def check_digits(ticket: str) -> str:
    """Four digits to compare the screen with the phone by: a code stuck over ours has others."""
    return f"{int(fingerprint(ticket)[:12], 16) % 10_000:04d}"


async def issue(ticket: str, holder: str, browser: str, address: str, now: datetime) -> datetime:
    """Keep the hashes of a new code and of its browser's cookie; return when they expire."""
    expires_at = now + TICKET_LASTS
    await DeskTicket.create(
        ticket_hash=fingerprint(ticket), holder_hash=fingerprint(holder), browser=browser, address=address,
        created_at=now, expires_at=expires_at,
    )  # fmt: skip
    return expires_at


SCANNED = """
UPDATE desk_ticket SET identity_id = $2
WHERE ticket_hash = $1 AND expires_at > $3 AND confirmed_at IS NULL AND ended_at IS NULL
  AND (identity_id IS NULL OR identity_id = $2)
RETURNING browser, address, created_at, expires_at
"""


async def scan(viewer: Viewer, ticket: str, now: datetime) -> Asking:
    """What browser shows the code. From now on only this WeChat may say yes or no to it."""
    _insist(viewer)
    found = await sql.rows(SCANNED, fingerprint(ticket), viewer.identity_id, now)
    if not found:
        raise TicketInvalid
    made_at, expires_at = sql.instant(found[0]["created_at"]), sql.instant(found[0]["expires_at"])
    assert made_at is not None
    assert expires_at is not None
    return Asking(found[0]["browser"], found[0]["address"], made_at, expires_at, check_digits(ticket))


async def answer(viewer: Viewer, ticket: str, yes: bool, now: datetime) -> None:
    """Let the browser in, or turn it away. Once: a second answer hears TicketInvalid."""
    _insist(viewer)
    column = "confirmed_at" if yes else "ended_at"
    found = await sql.rows(
        f"UPDATE desk_ticket SET {column} = $3 WHERE ticket_hash = $1 AND identity_id = $2"  # noqa: S608
        " AND expires_at > $3 AND confirmed_at IS NULL AND ended_at IS NULL RETURNING id",
        fingerprint(ticket), viewer.identity_id, now,
    )  # fmt: skip
    if not found:
        raise TicketInvalid


def _insist(viewer: Viewer) -> None:
    if viewer.bound and not viewer.with_right(Right.USE_DESK):
        raise NoDesk


async def standing(holder: str, now: datetime) -> Standing:
    """Where the ticket of the browser with this cookie stands."""
    found = await DeskTicket.get_or_none(holder_hash=fingerprint(holder))
    if found is None or found.ended_at is not None or found.expires_at <= now:
        return Standing.OVER
    if found.confirmed_at is not None:
        return Standing.CONFIRMED
    return Standing.WAITING if found.identity_id is None else Standing.SCANNED


ENTERED = """
UPDATE desk_ticket SET ended_at = $2
WHERE holder_hash = $1 AND confirmed_at IS NOT NULL AND ended_at IS NULL AND expires_at > $2
RETURNING identity_id, browser
"""


async def enter(holder: str, secret: str, today: date, now: datetime) -> Session:
    """Spend a confirmed ticket on a session of the browser that holds it; raises TicketInvalid.

    `secret`: new, for the browser's cookie. Only its hash is kept.
    """
    async with in_transaction():
        found = await sql.rows(ENTERED, fingerprint(holder), now)
        if not found:
            raise TicketInvalid
        identity = await Identity.get(id=found[0]["identity_id"])
        if identity.person_id is None:
            raise TicketInvalid
        session = await Session.create(
            token_hash=desk_fingerprint(secret),
            identity=identity,
            device=f"网页工作台 {found[0]['browser']}",
            created_at=now,
            expires_at=now + SESSION_LASTS,
            last_seen_on=today,
        )
        who = identity.person_id
        await record("person", who, "desk_sign_in", now, person_id=who, facts={"session": session.id})
    return session
