"""How long a school has. Pure."""

from datetime import datetime, timedelta

from models.policies.calendar import add_working_days, beijing_date, closing_of
from models.policies.declared import FOLLOW_UP_DAYS, GENERAL_DAYS, MAJOR_DAYS, SERIOUS_DAYS
from models.policies.queries import Values
from models.problems.tables import Severity

DAYS = {Severity.GENERAL: GENERAL_DAYS, Severity.SERIOUS: SERIOUS_DAYS, Severity.MAJOR: MAJOR_DAYS}


def due_at(severity: Severity, policy: Values, since: datetime) -> datetime:
    """The UTC instant a rectification is due: office closing after the policy's working days.

    The day of `since` is not counted.
    """
    days = int(policy[DAYS[severity].key])
    return closing_of(add_working_days(beijing_date(since), days))


def follow_up_by(policy: Values, closed_at: datetime) -> datetime:
    """Until when a closed problem must have been looked at again on site (回头看)."""
    return closing_of(beijing_date(closed_at) + timedelta(days=policy[FOLLOW_UP_DAYS.key]))


def resumed(due: datetime, stopped_at: datetime, now: datetime) -> datetime:
    """The deadline after the clock stood from `stopped_at` until now."""
    return due + (now - stopped_at)
