"""A school's month: the county confirms and locks it, the school may appeal, an officer opens it again."""

from dataclasses import dataclass
from datetime import datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Invalid, NotFound
from models.journal.actions import record
from models.ledger.states import MonthState, Move, after
from models.ledger.tables import LedgerMonth
from models.notices import actions as notices
from models.notices.actions import Subject
from models.organisations.rules import span
from models.organisations.tables import PostKind, School
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right
from models.policies.calendar import beijing_date, last_day

RIGHT_TO = {
    Move.CONFIRM: Right.LOCK_LEDGER,
    Move.APPEAL: Right.APPEAL_LEDGER,
    Move.UPHOLD: Right.LOCK_LEDGER,
    Move.REOPEN: Right.LOCK_LEDGER,
}
SEES = Right.READ_LEDGER


class MonthNotOver(Invalid):
    code = "ledger_month_not_over"
    sentence = "{month}还没有结束，次月起才能确认。"


class ReasonMissing(Invalid):
    code = "reason_missing"
    sentence = "请写明原因。"


@dataclass(frozen=True)
class MonthLine:
    """Where a school's month stands. `changed_at` is None while nobody has confirmed it."""

    school_id: int
    school_name: str
    month: str
    state: MonthState
    reason: str | None
    changed_at: datetime | None


async def move(
    viewer: Viewer, school_id: int, month: str, step: Move, reason: str, now: datetime
) -> MonthLine:
    """Take a step with a school's month. Raises NotFound, Forbidden, MonthNotOver, MonthCannot, ReasonMissing.

    Confirming what is confirmed changes nothing.
    """
    school = await access.school(viewer, school_id, SEES)
    held = await access.require(viewer, RIGHT_TO[step], school)
    if step is Move.CONFIRM and beijing_date(now) <= last_day(month):
        raise MonthNotOver(month=month)
    if step is not Move.CONFIRM and not reason.strip():
        raise ReasonMissing
    async with in_transaction():
        await sql.rows(
            "INSERT INTO ledger_month (school_id, month, state, changed_at, changed_by)"
            " VALUES ($1, $2, 'open', $3, $4) ON CONFLICT (school_id, month) DO NOTHING RETURNING id",
            school.id, month, now, viewer.bound,
        )  # fmt: skip
        row = await LedgerMonth.select_for_update().get(school_id=school.id, month=month)
        if not (step is Move.CONFIRM and row.state is MonthState.CONFIRMED):
            row.state, row.reason = after(row.state, step), reason.strip() or None
            row.changed_at, row.changed_by = now, viewer.bound
            await row.save(update_fields=["state", "reason", "changed_at", "changed_by"])
            await _tell(school, row, step, now)
            await record(
                "ledger_month", row.id, step.value, now,
                school_id=school.id, person_id=viewer.bound, post_id=held.post_id,
                facts={"month": month, "reason": reason.strip()},
            )  # fmt: skip
    return MonthLine(school.id, school.name, month, row.state, row.reason, row.changed_at)


async def _tell(school: School, row: LedgerMonth, step: Move, now: datetime) -> None:
    """The county of an appeal, the school of what became of its month. That a month was confirmed rings nowhere:
    eighty schools at once are no news."""
    if step is Move.CONFIRM:
        return
    subject = Subject("ledger_month", row.id, school.id, school.county_code)
    facts = {"school": school.name, "title": f"{row.month[:4]}年{row.month[5:]}月台账", "due": ""}
    key = f"ledger_month:{row.id}:{step.value}:{now.isoformat()}"
    if step is Move.APPEAL:
        await notices.put("ledger_appealed", key, subject, (PostKind.COUNTY,), facts, now, beijing_date(now))
        return
    await notices.withdraw(subject, ["ledger_appealed"], now)
    school_posts = (PostKind.HEAD, PostKind.MANAGER)
    await notices.put("ledger_decided", key, subject, school_posts, facts, now, beijing_date(now))


async def confirm_all(viewer: Viewer, division_code: str, month: str, now: datetime) -> int:
    """Confirm a month of every open school of a division that is not confirmed or appealed; return how many."""
    held = access.division(viewer, division_code, Right.LOCK_LEDGER)
    if beijing_date(now) <= last_day(month):
        raise MonthNotOver(month=month)
    async with in_transaction():
        confirmed = await sql.rows(
            "INSERT INTO ledger_month (school_id, month, state, changed_at, changed_by)"
            " SELECT s.id, $1, 'confirmed', $2::timestamptz, $3::bigint FROM school s"
            " WHERE s.open AND s.county_code >= $4 AND s.county_code < $5"
            " ON CONFLICT (school_id, month) DO UPDATE SET state = 'confirmed', reason = NULL,"
            " changed_at = excluded.changed_at, changed_by = excluded.changed_by"
            " WHERE ledger_month.state = 'open' RETURNING id",
            month, now, viewer.bound, *span(division_code),
        )  # fmt: skip
        await record(
            "division", int(division_code), "confirm_ledger", now,
            person_id=viewer.bound, post_id=held.post_id, facts={"month": month, "schools": len(confirmed)},
        )  # fmt: skip
    return len(confirmed)


async def months(viewer: Viewer, division_code: str, month: str) -> list[MonthLine]:
    """Where a month of every open school of a division stands, by school."""
    access.division(viewer, division_code, SEES)
    first, end = span(division_code)
    schools = (
        await School.filter(county_code__gte=first, county_code__lt=end, open=True)
        .order_by("id")
        .values("id", "name")
    )
    found = await sql.rows(
        "SELECT m.school_id, m.state, m.reason, m.changed_at FROM ledger_month m JOIN school s ON s.id = m.school_id"
        " WHERE m.month = $1 AND s.county_code >= $2 AND s.county_code < $3",
        month, first, end,
    )  # fmt: skip
    known = {row["school_id"]: row for row in found}
    return [_line(row["id"], row["name"], month, known.get(row["id"])) for row in schools]


async def of_school(viewer: Viewer, school_id: int, month: str) -> MonthLine:
    """Where one school's month stands."""
    school = await access.school(viewer, school_id, SEES)
    found = await LedgerMonth.filter(school_id=school.id, month=month).values("state", "reason", "changed_at")
    return _line(school.id, school.name, month, found[0] if found else None)


async def by_id(viewer: Viewer, month_id: int) -> MonthLine:
    """The month of a school that a notice is about."""
    found = await LedgerMonth.get_or_none(id=month_id)
    if found is None:
        raise NotFound
    return await of_school(viewer, found.school_id, found.month)


def _line(school_id: int, name: str, month: str, row: dict[str, object] | None) -> MonthLine:
    if row is None:
        return MonthLine(school_id, name, month, MonthState.OPEN, None, None)
    at, reason = row["changed_at"], row["reason"]
    assert isinstance(at, datetime | str) and (reason is None or isinstance(reason, str))
    return MonthLine(school_id, name, month, MonthState(str(row["state"])), reason, sql.instant(at))
