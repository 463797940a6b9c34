"""How long a school has. Pure.

A deadline is written: it is told to the school as a date, and later changes of policy leave it. Only a day that
is no longer open (a holiday set meanwhile) moves it, to the next open one.
"""

from datetime import date, datetime, timedelta

from models.errors import Conflict, Invalid
from models.policies import working_time
from models.policies.calendar import beijing_date, closing_of, spoken
from models.policies.declared import FOLLOW_UP_DAYS, GENERAL_DAYS, MAJOR_DAYS, MOVE_MOST_DAYS, SERIOUS_DAYS
from models.policies.queries import Values
from models.policies.working_time import Days
from models.problems.tables import Severity

DAYS = {Severity.GENERAL: GENERAL_DAYS, Severity.SERIOUS: SERIOUS_DAYS, Severity.MAJOR: MAJOR_DAYS}


class BadDeadline(Invalid):
    code = "deadline_out_of_bounds"
    sentence = "新的整改期限应是{earliest}至{latest}之间的工作日，不能是节假日或寒暑假。"


class SameDeadline(Conflict):
    code = "deadline_same"
    sentence = "整改期限本来就是{due}，没有变化。"


def due_at(severity: Severity, policy: Values, days: Days, since: datetime) -> datetime:
    """The UTC instant a rectification is due: office closing after the policy's working days.

    The day of `since` is not counted.
    """
    count = int(policy[DAYS[severity].key])
    return closing_of(working_time.days_after(beijing_date(since), count, days))


def follow_up_by(policy: Values, closed_at: datetime) -> datetime:
    """Until when a closed problem must have been looked at again on site (回头看)."""
    return closing_of(beijing_date(closed_at) + timedelta(days=policy[FOLLOW_UP_DAYS.key]))


def resumed(due: datetime, stopped_at: datetime, now: datetime, days: Days) -> datetime:
    """The deadline after the clock stood from `stopped_at` until now.

    What was left of it in working hours is given back and rounded up to the day; who was late already is as late
    as before.
    """
    if stopped_at >= due:
        return working_time.before(now, working_time.between(due, stopped_at, days), days)
    # seconds between a click and its answer win nobody a day
    left = max(working_time.between(stopped_at, due, days) - 1 / 60, 1 / 3600)
    ends = working_time.after(now, left, days)
    closing = closing_of(beijing_date(ends))
    return working_time.held(max(closing, ends), days)


def moved(due: datetime, due_on: date, policy: Values, days: Days, now: datetime) -> datetime:
    """The deadline on a date that an officer chose. Raises BadDeadline and SameDeadline."""
    today = beijing_date(now)
    earliest = working_time.days_after(today, 1, days)
    latest = working_time.days_after(today, int(policy[MOVE_MOST_DAYS.key]), days)
    if not earliest <= due_on <= latest or not days.open(due_on):
        raise BadDeadline(earliest=earliest.isoformat(), latest=latest.isoformat())
    if closing_of(due_on) == due:
        raise SameDeadline(due=spoken(due))
    return closing_of(due_on)
