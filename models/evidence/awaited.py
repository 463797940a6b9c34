"""Photos that a record names before they have come: over a weak network the words arrive first.

A record names such a photo `request:ID`, by the id the phone will send it with. The photo ties itself to
the record when it comes; one that is refused marks the record until another is sent with the same id.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Invalid
from models.evidence.tables import AwaitedPhoto, AwaitState, Purpose
from models.journal.actions import record

BY_REQUEST = "request:"
BATCH = 100


class PhotoMissing(Invalid):
    code = "photo_missing"
    sentence = "有照片没有上传成功或不属于这所学校，请重新上传后再提交。"


@dataclass(frozen=True)
class Awaited:
    """A photo still to come. `reason`: why the picture that came for it was refused."""

    request_id: str
    purpose: Purpose
    state: AwaitState
    reason: str | None


async def announce(
    person_id: int,
    school_id: int,
    request_ids: Sequence[str],
    purpose: Purpose,
    subject_kind: str,
    subject_id: int,
    now: datetime,
) -> None:
    """Wait for photos by the phone's ids, in the caller's transaction; tie those that are here already.

    Raises PhotoMissing for an id that was used for something else.
    """
    keys = [f"{person_id}:{request_id}" for request_id in request_ids]
    given = sql.places(keys, 5)
    here = await sql.rows(
        "UPDATE photo SET subject_kind = $1, subject_id = $2 WHERE school_id = $3 AND purpose = $4"  # noqa: S608
        f" AND subject_id IS NULL AND request_key IN ({given}) RETURNING request_key",
        subject_kind, subject_id, school_id, purpose.value, *keys,
    )  # fmt: skip
    arrived = {row["request_key"] for row in here}
    used = await sql.rows(
        f"SELECT request_key FROM photo WHERE request_key IN ({sql.places(keys)})",  # noqa: S608
        *keys,
    )
    if {row["request_key"] for row in used} != arrived:
        raise PhotoMissing
    for request_id, key in zip(request_ids, keys, strict=True):
        state = AwaitState.ARRIVED if key in arrived else AwaitState.WAITING
        new = await sql.rows(
            "INSERT INTO awaited_photo (request_key, request_id, school_id, purpose, subject_kind,"
            " subject_id, state, announced_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
            " ON CONFLICT DO NOTHING RETURNING id",
            key, request_id, school_id, purpose.value, subject_kind, subject_id, state.value, now,
        )  # fmt: skip
        if not new:
            raise PhotoMissing


async def arrive(request_key: str, photo_key: str, now: datetime) -> None:
    """The photo is here and tied to its record. Repeatable."""
    await _step(request_key, AwaitState.ARRIVED, None, now, {"photo": photo_key})


async def fail(request_key: str, reason: str, now: datetime) -> None:
    """The picture sent for it was refused: the record is marked until another comes. Repeatable."""
    await _step(request_key, AwaitState.FAILED, reason, now, {"reason": reason})


async def _step(
    request_key: str, state: AwaitState, reason: str | None, now: datetime, facts: dict[str, str]
) -> None:
    async with in_transaction():
        told = await sql.rows(
            "UPDATE awaited_photo SET state = $1, reason = $2 WHERE request_key = $3"
            " AND state <> 'arrived' RETURNING id, school_id, subject_kind, subject_id",
            state.value, reason, request_key,
        )  # fmt: skip
        for row in told:
            subject = f"{row['subject_kind']}:{row['subject_id']}"
            await record(
                "awaited_photo", row["id"], state.value, now,
                school_id=row["school_id"], facts={"record": subject, **facts},
            )  # fmt: skip


async def settle(now: datetime) -> int:
    """Tie photos that came while their record was being written, or before a crash; return how many."""
    async with in_transaction():
        found = await sql.rows(
            "SELECT p.id, p.key, a.request_key, a.subject_kind, a.subject_id FROM awaited_photo a"  # noqa: S608
            " JOIN photo p ON p.request_key = a.request_key AND p.school_id = a.school_id"
            " AND p.purpose = a.purpose WHERE a.state <> 'arrived' ORDER BY a.id"
            f" LIMIT {BATCH}{sql.skip_locked('a')}"
        )
        for row in found:
            await sql.rows(
                "UPDATE photo SET subject_kind = $1, subject_id = $2 WHERE id = $3 AND subject_id IS NULL"
                " RETURNING id",
                row["subject_kind"], row["subject_id"], row["id"],
            )  # fmt: skip
            await arrive(row["request_key"], row["key"], now)
    return len(found)


async def outstanding(subject_kind: str, subject_ids: Iterable[int]) -> dict[int, list[Awaited]]:
    """The photos that records still wait for, by the record's id."""
    found = (
        await AwaitedPhoto.filter(subject_kind=subject_kind, subject_id__in=list(subject_ids))
        .exclude(state=AwaitState.ARRIVED)
        .order_by("id")
    )
    waiting: dict[int, list[Awaited]] = {}
    for row in found:
        one = Awaited(row.request_id, row.purpose, row.state, row.reason)
        waiting.setdefault(row.subject_id, []).append(one)
    return waiting


def mark(awaited: Sequence[Awaited]) -> str:
    """What officers read beside the record; empty when nothing is missing."""
    failed = sum(one.state is AwaitState.FAILED for one in awaited)
    waiting = len(awaited) - failed
    words = [f"等待照片{waiting}张"] * bool(waiting) + [f"照片有误{failed}张"] * bool(failed)
    return "，".join(words)
