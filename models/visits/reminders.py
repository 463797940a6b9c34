"""When an incomplete record is due, and who is told of it: one line a level, each level once. Pure."""

from datetime import datetime

from models.organisations.tables import PostKind
from models.policies.calendar import add_working_days, beijing_date, closing_of
from models.policies.declared import RECORD_DAYS, REMIND_BEFORE_H, TO_COUNTY_AFTER_H
from models.policies.queries import Values
from models.problems.ladder import Level

# the supervisor is told in person, as the one who made the visit
_BOTH = (PostKind.HEAD, PostKind.SUPERVISOR)

LADDER = [
    Level("before", -1, REMIND_BEFORE_H, "record_due_soon", _BOTH),
    Level("due", 0, None, "record_overdue", _BOTH),
    Level("county", 1, TO_COUNTY_AFTER_H, "record_escalated", (PostKind.COUNTY,)),
]


def due_at(policy: Values, visited_at: datetime) -> datetime:
    """Office closing after the policy's working days; the day of the visit is not counted."""
    return closing_of(add_working_days(beijing_date(visited_at), int(policy[RECORD_DAYS.key])))
