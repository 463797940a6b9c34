"""Recusals (回避): who must keep away from which school, and why."""

from dataclasses import dataclass
from datetime import date, datetime

from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from models.errors import Conflict, NotFound
from models.journal.actions import record
from models.people import access, reach
from models.people.access import Viewer
from models.people.queries import names
from models.people.rights import Right
from models.people.tables import Recusal

LONGEST_REASON = 200


class AlreadyRecused(Conflict):
    code = "already_recused"
    sentence = "此人已登记回避这所学校。如需更改，请先结束原来的回避。"


class RecusalEnded(Conflict):
    code = "recusal_ended"
    sentence = "这项回避已经结束。"


@dataclass(frozen=True)
class RecusalLine:
    """`until_on`: the Beijing date from which it holds no more; None: until it is ended."""

    id: int
    person_id: int
    name: str
    reason: str
    until_on: date | None
    running: bool


async def of_school(viewer: Viewer, school_id: int, today: date) -> list[RecusalLine]:
    """Everybody who keeps or kept away from a school, for those who manage its people."""
    school = await access.school(viewer, school_id, Right.MANAGE_PEOPLE)
    found = await Recusal.filter(school_id=school.id).order_by("id")
    who = await names({row.person_id for row in found})
    return [_line(row, who[row.person_id], today) for row in found]


async def away(person_id: int, today: date) -> set[int]:
    """The schools that somebody must keep away from."""
    held = Q(until_on=None) | Q(until_on__gt=today)
    rows = await Recusal.filter(held, person_id=person_id).values("school_id")
    return {row["school_id"] for row in rows}


async def add(
    viewer: Viewer,
    school_id: int,
    person_id: int,
    reason: str,
    until_on: date | None,
    today: date,
    now: datetime,
) -> RecusalLine:
    """Record that a person must keep away. Holds at once: check-ins, stand-ins, new terms.

    One that has ended begins anew. Reasons are of families: they stand in the row, which can be erased, and not
    in the journal, which cannot. Raises AlreadyRecused while one holds.
    """
    school = await access.school(viewer, school_id, Right.MANAGE_PEOPLE)
    await reach.require_any(viewer, person_id, today)
    async with in_transaction():
        row, new = await Recusal.get_or_create(
            {"reason": reason, "until_on": until_on}, person_id=person_id, school_id=school.id
        )
        if not new:
            row = await Recusal.filter(id=row.id).select_for_update().get()
            if _running(row, today):
                raise AlreadyRecused
            row.reason, row.until_on = reason, until_on
            await row.save(update_fields=["reason", "until_on"])
        facts = {"person": person_id, "until": until_on and until_on.isoformat()}
        await record(
            "recusal", row.id, "recuse", now, school_id=school.id, person_id=viewer.bound, facts=facts
        )
    return _line(row, (await names({person_id}))[person_id], today)


async def end(viewer: Viewer, recusal_id: int, reason: str, today: date, now: datetime) -> None:
    """End a recusal from today on, saying why beside why it began."""
    async with in_transaction():
        row = await Recusal.filter(id=recusal_id).select_for_update().first()
        if row is None:
            raise NotFound
        await access.school(viewer, row.school_id, Right.MANAGE_PEOPLE)
        if not _running(row, today):
            raise RecusalEnded
        row.until_on, row.reason = today, f"{row.reason}；结束：{reason}"[:LONGEST_REASON]
        await row.save(update_fields=["until_on", "reason"])
        await record(
            "recusal", row.id, "end_recusal", now,
            school_id=row.school_id, person_id=viewer.bound,
        )  # fmt: skip


def _running(row: Recusal, today: date) -> bool:
    return row.until_on is None or row.until_on > today


def _line(row: Recusal, name: str, today: date) -> RecusalLine:
    return RecusalLine(row.id, row.person_id, name, row.reason, row.until_on, _running(row, today))
