"""When an incomplete record is due, and who is told of it: one line a level, each level once. Pure."""

from datetime import datetime

from models.organisations.tables import PostKind
from models.policies.calendar import add_working_days, beijing_date, closing_of
from models.policies.declared import RECORD_BEFORE_WH, RECORD_COUNTY_WH, RECORD_DAYS
from models.policies.queries import Values
from models.policies.working_time import Days
from models.problems import ladder
from models.problems.ladder import Ahead, Level, Pace
from models.problems.tables import Severity

# the supervisor is told in person, as the one who made the visit
_BOTH = (PostKind.HEAD, PostKind.SUPERVISOR)

LADDER = [
    Level("before", "提醒学校和督学", 1, -1, {Severity.GENERAL: RECORD_BEFORE_WH}, "record_due_soon", _BOTH),
    Level("due", "到期告知学校和督学", 2, 1, None, "record_overdue", _BOTH),
    Level(
        "county",
        "报县教体局",
        8,
        1,
        {Severity.GENERAL: RECORD_COUNTY_WH},
        "record_escalated",
        (PostKind.COUNTY,),
    ),
]


def due_at(policy: Values, visited_at: datetime) -> datetime:
    """Office closing after the policy's working days; the day of the visit is not counted."""
    return closing_of(add_working_days(beijing_date(visited_at), int(policy[RECORD_DAYS.key])))


def pace(policy: Values) -> Pace:
    """Records have no severity, and school holidays do not stop them: the visit was in term."""
    return Pace(Severity.GENERAL, policy, Days())


def waiting(due_at: datetime, policy: Values, now: datetime) -> list[Ahead]:
    """The levels after an instant."""
    return [one for one in ladder.ahead(due_at, pace(policy), 0, LADDER) if one.at > now]
