"""What officers do to notices that did not go as they should: send again, take back, tell by telephone."""

from datetime import date, datetime
from typing import Any

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import NotFound
from models.journal.actions import record
from models.notices import rules
from models.notices.kinds import MERGES, MERGES_SQL
from models.notices.tables import DeliveryState
from models.notices.withdrawing import take_back
from models.people.access import Viewer, held_over
from models.people.phones import Vault
from models.people.rights import Right

# the place of the post that was told decides who may see and handle a notice
PLACED = """
SELECT n.id, n.kind, n.school_id, n.created_at, n.withdrawn_at, po.division_code, ps.county_code FROM notice n
JOIN post po ON po.id = n.post_id LEFT JOIN school ps ON ps.id = po.school_id
WHERE n.id = $1
"""

# all ways of one notice to one person, locked against workers and other officers
SIBLINGS = """
SELECT o.id, o.notice_id, o.person_id, o.channel, o.state, o.errcode, o.lease_until FROM delivery d
JOIN delivery o ON o.notice_id = d.notice_id AND o.person_id = d.person_id
WHERE d.id = $1 ORDER BY o.id
"""

AGAIN = """
UPDATE delivery SET state = 'waiting', run_at = $2, attempts = 0, lease_until = NULL, openid = NULL,
       template_id = NULL, message_id = NULL, receipt = $3, resent_at = $2
WHERE id = $1 RETURNING id
"""
AGAIN_RECEIPT = "人工重发，等待发送"


# by itself, or in a message of several
UNDER_WAY = f"""
SELECT d.id FROM delivery d WHERE d.notice_id = $1 AND (d.state IN ('sending', 'unknown') OR EXISTS (
  SELECT 1 FROM delivery m JOIN notice n ON n.id = m.notice_id AND n.kind IN ({MERGES_SQL})
  WHERE d.state = 'merged' AND m.notice_id = d.merged_into AND m.person_id = d.person_id
  AND m.state IN ('sending', 'unknown'))) LIMIT 1
"""  # noqa: S608


async def placed(viewer: Viewer, notice_id: int, right: Right) -> dict[str, Any]:
    """The notice with its school and time, when the viewer has the right over the post told; else NotFound."""
    found = await sql.rows(PLACED, notice_id)
    if not found or not held_over(viewer, right, found[0]["county_code"] or found[0]["division_code"]):
        raise NotFound
    return found[0]


async def resend(viewer: Viewer, delivery_id: int, reason: str, now: datetime) -> None:
    """Put a delivery that failed back into the queue, to go out by the same channel. Refused while the
    notice is on its way to the person or has arrived: see `rules.resend`."""
    async with in_transaction():
        lock = " FOR UPDATE OF o" if sql.on_postgres() else ""
        found = await sql.rows(SIBLINGS + lock, delivery_id)
        one = next((row for row in found if row["id"] == delivery_id), None)
        if one is None:
            raise NotFound
        notice = await placed(viewer, one["notice_id"], Right.HANDLE_DELIVERIES)
        state, made_at = DeliveryState(one["state"]), sql.instant(notice["created_at"])
        assert made_at is not None
        why = rules.resend(
            state,
            rules.is_settling(state, sql.instant(one["lease_until"]), now),
            [DeliveryState(row["state"]) for row in found if row["id"] != delivery_id],
            now - made_at,
            notice["withdrawn_at"] is not None,
        )
        if why is not None:
            raise why
        await sql.rows(AGAIN, delivery_id, now, AGAIN_RECEIPT)
        facts = {
            "reason": reason, "delivery": delivery_id, "to": one["person_id"], "channel": one["channel"],
            "was": state.value, "errcode": one["errcode"],
        }  # fmt: skip
        await _note(viewer, notice, "resend", facts, now)


async def withdraw(viewer: Viewer, notice_id: int, reason: str, now: datetime) -> int:
    """Take back what of a notice still waits in the queue; return how many deliveries that were. What is being
    sent is not tried again, should it fail."""
    async with in_transaction():
        notice = await placed(viewer, notice_id, Right.HANDLE_DELIVERIES)
        if notice["kind"] in MERGES:
            raise rules.SaysSeveral
        ids = await take_back("SELECT $1::bigint", [notice_id], "人工撤回")
        if not ids and not await sql.rows(UNDER_WAY, notice_id):
            raise rules.NothingToWithdraw
        await sql.rows(
            "UPDATE notice SET withdrawn_at = $2, taken_back = true WHERE id = $1 RETURNING id",
            notice_id,
            now,
        )
        await _note(viewer, notice, "withdraw", {"reason": reason, "deliveries": ids}, now)
    return len(ids)


CALLED = """
INSERT INTO notice_call (notice_id, person_id, by_person_id, at, words)
SELECT $1::bigint, $2::bigint, $3::bigint, $4::timestamptz, $5::text
WHERE EXISTS (SELECT 1 FROM delivery WHERE notice_id = $1 AND person_id = $2)
ON CONFLICT (notice_id, person_id) DO NOTHING RETURNING id
"""


async def called(viewer: Viewer, person_id: int, notice_ids: list[int], words: str, now: datetime) -> None:
    """Note that a person was told these notices by telephone. Said twice, the first stands.

    NotFound when one of them is out of reach; one that was not for the person is passed over.
    """
    async with in_transaction():
        for notice_id in sorted(set(notice_ids)):
            notice = await placed(viewer, notice_id, Right.HANDLE_DELIVERIES)
            if await sql.rows(CALLED, notice_id, person_id, viewer.bound, now, words):
                await _note(viewer, notice, "called", {"to": person_id, "words": words}, now)


WHERE_HELD = """
SELECT p.phone_sealed, po.division_code, s.county_code FROM holding h
JOIN person p ON p.id = h.person_id JOIN post po ON po.id = h.post_id LEFT JOIN school s ON s.id = po.school_id
WHERE h.person_id = $1 AND h.since_on <= $2 AND (h.until_on IS NULL OR h.until_on > $2)
"""


async def reveal_phone(
    viewer: Viewer, person_id: int, vault: Vault, today: date, now: datetime
) -> str | None:
    """The whole number of somebody who holds a post within reach, to telephone them; each look is journalled."""
    found = await sql.rows(WHERE_HELD, person_id, today)
    places = [row["county_code"] or row["division_code"] for row in found]
    if not any(held_over(viewer, Right.REVEAL_PHONE, place) for place in places):
        raise NotFound
    async with in_transaction():
        await record("person", person_id, "reveal_phone", now, person_id=viewer.bound)
    sealed = found[0]["phone_sealed"]
    return vault.unseal(sealed) if sealed else None


async def _note(
    viewer: Viewer, notice: dict[str, Any], verb: str, facts: dict[str, Any], now: datetime
) -> None:
    await record(
        "notice", notice["id"], verb, now, school_id=notice["school_id"], person_id=viewer.bound, facts=facts
    )
