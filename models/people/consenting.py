"""Giving consent and taking it back. What holds is the latest word of the person, on whichever phone."""

from dataclasses import dataclass
from datetime import datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Conflict, NotFound
from models.journal.actions import record
from models.people.access import Viewer
from models.people.consents import CURRENT, Asked

# the identities of whoever is asking: all the person's, or the one before binding
_OWN = "(SELECT id FROM identity WHERE id = $1 OR person_id = $2)"


class ConsentNeeded(Conflict):
    code = "consent_needed"
    sentence = "“{title}”是使用本服务的前提，不能单独撤回。{how}"


class ConsentMissing(Conflict):
    code = "consent_missing"
    sentence = "请先阅读并同意“{title}”，再继续。"


@dataclass(frozen=True)
class Standing:
    """One thing asked, in its current version, and the viewer's latest word on it. `given`: it holds."""

    asked: Asked
    given: bool
    version: int | None
    given_at: datetime | None
    withdrawn_at: datetime | None


async def standing(viewer: Viewer) -> list[Standing]:
    """Everything that is asked, in the order of the texts. An earlier version does not stand for a newer."""
    found = await sql.rows(
        f"SELECT kind, version, given_at, withdrawn_at FROM consent WHERE identity_id IN {_OWN} ORDER BY id",  # noqa: S608
        viewer.identity_id, viewer.person_id,
    )  # fmt: skip
    latest = {row["kind"]: row for row in found}
    return [_standing(asked, latest.get(asked.kind)) for asked in CURRENT.values()]


def _standing(asked: Asked, row: dict[str, object] | None) -> Standing:
    if row is None:
        return Standing(asked, False, None, None, None)
    version, withdrawn_at = row["version"], sql.instant(row["withdrawn_at"])  # type: ignore[arg-type]
    given_at = sql.instant(row["given_at"])  # type: ignore[arg-type]
    assert isinstance(version, int)
    holds = withdrawn_at is None and version == asked.version
    return Standing(asked, holds, version, given_at, withdrawn_at)


async def insist(viewer: Viewer, kind: str) -> None:
    """Raise ConsentMissing unless the viewer's consent to the current version holds."""
    if not any(one.given for one in await standing(viewer) if one.asked.kind == kind):
        raise ConsentMissing(title=CURRENT[kind].title, kind=kind)


async def give(viewer: Viewer, kind: str, version: int, now: datetime) -> None:
    """Agree to the current version of a text. Repeatable; NotFound for any other version or kind."""
    asked = CURRENT.get(kind)
    if asked is None or asked.version != version:
        raise NotFound
    async with in_transaction():
        new = await sql.rows(
            "INSERT INTO consent (identity_id, kind, version, given_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (identity_id, kind, version) WHERE withdrawn_at IS NULL DO NOTHING RETURNING id",
            viewer.identity_id, kind, version, now,
        )  # fmt: skip
        if new:
            await _note(viewer, "consent", kind, version, now)


async def withdraw(viewer: Viewer, kind: str, now: datetime) -> None:
    """Take a consent back, on all the person's phones. Repeatable; works without one given before."""
    asked = CURRENT.get(kind)
    if asked is None:
        raise NotFound
    if asked.needed:
        raise ConsentNeeded(title=asked.title, how=asked.withdrawal)
    async with in_transaction():
        ended = await sql.rows(
            "UPDATE consent SET withdrawn_at = $3 WHERE kind = $4 AND withdrawn_at IS NULL"  # noqa: S608
            f" AND identity_id IN {_OWN} RETURNING id",
            viewer.identity_id, viewer.person_id, now, kind,
        )  # fmt: skip
        if not ended:
            ended = await sql.rows(
                "INSERT INTO consent (identity_id, kind, version, withdrawn_at) SELECT $1::bigint, $3::varchar,"  # noqa: S608
                f" $4::int, $5::timestamptz WHERE NOT EXISTS (SELECT 1 FROM consent WHERE kind = $3 AND identity_id IN {_OWN})"
                " RETURNING id",
                viewer.identity_id, viewer.person_id, kind, asked.version, now,
            )  # fmt: skip
        if ended:
            await _note(viewer, "withdraw", kind, asked.version, now)


async def _note(viewer: Viewer, verb: str, kind: str, version: int, now: datetime) -> None:
    facts = {"kind": kind, "version": version}
    await record("identity", viewer.identity_id, verb, now, person_id=viewer.person_id, facts=facts)


def withdrawn_sql(kind: str, person_place: str) -> str:
    """A scalar subquery for hot paths: when a person took a consent back, null while it holds or was never given."""
    return (
        "(SELECT cs.withdrawn_at FROM consent cs JOIN identity ci ON ci.id = cs.identity_id"  # noqa: S608
        f" WHERE ci.person_id = {person_place} AND cs.kind = '{kind}' ORDER BY cs.id DESC LIMIT 1)"
    )
