"""Who is told about a running deadline, and when: one line a level, each level once a cycle. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.organisations.tables import PostKind
from models.policies.declared import (
    REMIND_AFTER_H,
    REMIND_BEFORE_H,
    TO_COUNTY_AFTER_H,
    TO_PREFECTURE_AFTER_H,
    Parameter,
)
from models.policies.queries import Values


@dataclass(frozen=True)
class Level:
    """A rung: `sign` × the policy's hours from the deadline, the notice's kind, the posts told."""

    name: str
    sign: int
    hours: Parameter | None
    notice: str
    posts: tuple[PostKind, ...]

    def at(self, due_at: datetime, policy: Values) -> datetime:
        """The UTC instant at which this level is told."""
        hours = policy[self.hours.key] if self.hours else 0.0
        return due_at + timedelta(hours=self.sign * hours)


_SCHOOL = (PostKind.HEAD, PostKind.MANAGER)

LADDER = [
    Level("before", -1, REMIND_BEFORE_H, "problem_due_soon", _SCHOOL),
    Level("due", 0, None, "problem_overdue", _SCHOOL),
    Level("after", 1, REMIND_AFTER_H, "problem_still_open", _SCHOOL),
    Level("county", 1, TO_COUNTY_AFTER_H, "problem_escalated", (PostKind.COUNTY,)),
    Level("prefecture", 1, TO_PREFECTURE_AFTER_H, "problem_escalated", (PostKind.PREFECTURE,)),
]


def reached(
    due_at: datetime, policy: Values, since: datetime, now: datetime, rungs: Sequence[Level] = LADDER
) -> list[Level]:
    """The levels that fell due from `since` to `now`, both included, lowest first."""
    return [level for level in rungs if since <= level.at(due_at, policy) <= now]


def next_at(
    due_at: datetime, policy: Values, now: datetime, rungs: Sequence[Level] = LADDER
) -> datetime | None:
    """When the next level is due, strictly after now; None above the last rung."""
    ahead = [level.at(due_at, policy) for level in rungs]
    return min((at for at in ahead if at > now), default=None)
