"""What a rule would have raised last month, before it is switched on: nobody is told, and nobody answers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from tortoise.transactions import in_transaction

from models.alerts.cases import Standpoint, found_in
from models.alerts.declaring import Cadence, Rule, Sort, unnamed
from models.alerts.gathering.scope import Shared
from models.alerts.queries import Line, lines
from models.alerts.rules import BY_CODE, rule
from models.alerts.running import FROM
from models.alerts.states import Mode
from models.alerts.tables import Alert, AlertTrial
from models.alerts.writing import Judged, write
from models.database import sql
from models.errors import Invalid, NotFound
from models.journal.actions import record
from models.organisations.rules import span
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right
from models.policies.calendar import BEIJING, beijing_date, last_day
from models.policies.queries import effective, terms_in

TRIALS_LOCK = 530_000_027
NEXT = "SELECT id, rule, division_code, month, done_to FROM alert_trial WHERE done_at IS NULL ORDER BY id LIMIT 1"


class MonthNotPast(Invalid):
    code = "month_not_past"
    sentence = "试运行只能看已经结束的月份。"


@dataclass(frozen=True)
class Outcome:
    """A trial and what it raised so far, by sort; `withdrew`: how many of them would have withdrawn themselves in the
    month. `done_at` None: the worker is at it."""

    id: int
    rule: str
    division_code: str
    month: str
    asked_at: datetime
    done_at: datetime | None
    by_sort: dict[Sort, int]
    withdrew: int

    @property
    def raised(self) -> int:
        return sum(self.by_sort.values())


async def ask(viewer: Viewer, code: str, division_code: str, month: str, now: datetime) -> int:
    """Have a rule tried on a past month of a division, in place of an earlier trial of it there; the trial's id."""
    held = access.division(viewer, division_code, Right.SET_POLICY)
    tried = rule(code)
    if last_day(month) >= beijing_date(now):
        raise MonthNotPast
    first, end = span(division_code)
    async with in_transaction():
        # of two asked for at once the second takes the first one's place, too
        await sql.advisory_lock(TRIALS_LOCK)
        await AlertTrial.filter(
            rule=tried.code, division_code__gte=first, division_code__lt=end, done_at=None
        ).update(done_at=now)
        await Alert.filter(
            rule=tried.code, mode=Mode.TRIAL, county_code__gte=first, county_code__lt=end
        ).delete()
        trial = await AlertTrial.create(
            rule=tried.code, division_code=division_code, month=month, asked_by=viewer.bound, asked_at=now
        )
        await record(
            "division", int(division_code), "try_alert_rule", now,
            person_id=viewer.bound, post_id=held.post_id, facts={"rule": tried.code, "month": month},
        )  # fmt: skip
    return int(trial.id)


async def run(now: datetime) -> int:
    """Try the next county of the oldest trial that is not done; return how many counties were. Repeatable: what a
    dead worker left is begun anew with its county."""
    done = 0
    while await _run_one(now):
        done += 1
    return done


async def _run_one(now: datetime) -> bool:
    async with in_transaction():
        found = await sql.rows(NEXT + sql.skip_locked())
        if not found:
            return False
        trial = found[0]
        first, end = span(trial["division_code"])
        following = await sql.rows(
            "SELECT MIN(county_code) AS code FROM school WHERE county_code >= $1 AND county_code < $2"
            " AND county_code > $3",
            first, end, trial["done_to"],
        )  # fmt: skip
        code = following[0]["code"]
        if code is None:
            await AlertTrial.filter(id=trial["id"]).update(done_at=now)
            return True
        if trial["rule"] in BY_CODE:
            await _try(BY_CODE[trial["rule"]], code, trial["month"])
        await AlertTrial.filter(id=trial["id"]).update(done_to=code)
    return True


async def _try(tried: Rule, code: str, month: str) -> None:
    policies, terms = await effective(code), (await terms_in({code}))[code]
    for day in days_of(tried.cadence, month):
        at = datetime.combine(day, FROM, BEIJING)
        standpoint = Standpoint(code, policies, terms, day, at, Shared())
        found = await found_in(standpoint, [tried])
        await write(Judged(code, [tried], None, Mode.TRIAL, day), found, at)


def days_of(cadence: Cadence, month: str) -> Iterator[date]:
    """The Beijing dates of a month on which a rule would have been judged. Pure."""
    day, last = date.fromisoformat(f"{month}-01"), last_day(month)
    while day <= last:
        if (
            cadence is Cadence.DAILY
            or (cadence is Cadence.WEEKLY and day.weekday() == 0)
            or (cadence is Cadence.MONTHLY and day.day == 1)
        ):
            yield day
        day += timedelta(days=1)


async def outcomes(viewer: Viewer, division_code: str) -> list[Outcome]:
    """The trials of a division and those below it, newest first."""
    access.division(viewer, division_code, Right.SET_POLICY)
    first, end = span(division_code)
    trials = (
        await AlertTrial.filter(division_code__gte=first, division_code__lt=end, rule__in=list(BY_CODE))
        .order_by("-id")
        .limit(50)
    )
    return [await _outcome(trial) for trial in trials]


async def outcome(viewer: Viewer, trial_id: int) -> Outcome:
    """One trial; NotFound outside the viewer's divisions."""
    return await _outcome(await _load(viewer, trial_id))


async def raised(viewer: Viewer, trial_id: int, before_id: int | None = None, limit: int = 50) -> list[Line]:
    """What a trial raised, newest first. Whom it is about, those are told who may read such alerts there."""
    trial = await _load(viewer, trial_id)
    query = _of(trial).filter(**({"id__lt": before_id} if before_id is not None else {}))
    found = await query.order_by("-id").limit(limit)
    listed = await lines(viewer, found)
    if access.held_over(viewer, BY_CODE[trial.rule].reading, trial.division_code):
        return listed
    return [replace(one, said=unnamed(one.row.said)) for one in listed]


async def _load(viewer: Viewer, trial_id: int) -> AlertTrial:
    trial = await AlertTrial.get_or_none(id=trial_id, rule__in=list(BY_CODE))
    if trial is None:
        raise NotFound
    access.division(viewer, trial.division_code, Right.SET_POLICY)
    return trial


def _of(trial: AlertTrial) -> Any:
    first, end = span(trial.division_code)
    return Alert.filter(rule=trial.rule, mode=Mode.TRIAL, county_code__gte=first, county_code__lt=end)


async def _outcome(trial: AlertTrial) -> Outcome:
    rows = await _of(trial).values("sort", "state")
    by_sort = {sort: sum(row["sort"] == sort for row in rows) for sort in Sort}
    withdrew = sum(row["state"] == "withdrawn" for row in rows)
    return Outcome(
        trial.id, trial.rule, trial.division_code, trial.month, trial.asked_at, trial.done_at, by_sort, withdrew
    )  # fmt: skip
