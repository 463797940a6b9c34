"""Who is told of a running deadline, and when: one line a level, each level once a cycle. Pure.

By itself the clock only reminds and reports (预警提醒, the first rung of 调度). What is above that, from
沟通指导 to 移送线索, is signed by a human.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.organisations.tables import PostKind
from models.policies import working_time
from models.policies.calendar import beijing_date
from models.policies.declared import (
    AFTER_WH,
    BEFORE_WH,
    COUNTY_WH,
    PREFECTURE_WH,
    PROVINCE_WH,
    Parameter,
)
from models.policies.queries import Values
from models.policies.terms import Terms
from models.policies.working_time import Days
from models.problems.tables import Severity


@dataclass(frozen=True)
class Level:
    """A rung: so many working hours of the policy before (`sign` -1) or after the deadline, the notice's
    kind, and the posts told.

    `said`: in the words of a notice. `bit` marks it as told in a problem's row. `wakes`: for these
    severities it may ring at night.
    """

    name: str
    said: str
    bit: int
    sign: int
    hours: Mapping[str, Parameter] | None
    notice: str
    posts: tuple[PostKind, ...]
    wakes: frozenset[Severity] = frozenset()

    def at(self, due_at: datetime, pace: "Pace") -> datetime:
        """The UTC instant at which this level is told."""
        if self.hours is None:
            return due_at
        hours = pace.policy[self.hours[pace.severity].key]
        count = working_time.before if self.sign < 0 else working_time.after
        return count(due_at, hours, pace.days)


@dataclass(frozen=True)
class Pace:
    """How fast a ladder is climbed: by severity, by the policy of the county, on the days that count."""

    severity: Severity
    policy: Values
    days: Days


@dataclass(frozen=True)
class Ahead:
    """A level that is still to come."""

    level: Level
    at: datetime


SCHOOL = (PostKind.HEAD, PostKind.MANAGER)
ABOVE = (PostKind.COUNTY, PostKind.PREFECTURE, PostKind.PROVINCE)
_MAJOR = frozenset({Severity.MAJOR})

LADDER = [
    Level("before", "提醒学校", 1, -1, BEFORE_WH, "problem_due_soon", SCHOOL, _MAJOR),
    Level("due", "到期告知学校", 2, 1, None, "problem_overdue", SCHOOL, _MAJOR),
    Level("after", "再次提醒学校", 4, 1, AFTER_WH, "problem_still_open", SCHOOL, _MAJOR),
    Level("county", "报县教体局", 8, 1, COUNTY_WH, "problem_escalated", (PostKind.COUNTY,), _MAJOR),
    Level(
        "prefecture",
        "报州市教体局",
        16,
        1,
        PREFECTURE_WH,
        "problem_escalated",
        (PostKind.PREFECTURE,),
        _MAJOR,
    ),
    Level("province", "报省教体局", 32, 1, PROVINCE_WH, "problem_escalated", (PostKind.PROVINCE,), _MAJOR),
]
# away in the school holidays; heads are on duty all year
AWAY_IN_HOLIDAYS = {PostKind.MANAGER}


def ahead(due_at: datetime, pace: Pace, told: int, rungs: Sequence[Level] = LADDER) -> list[Ahead]:
    """The levels not told yet with their instants, which may be past already, in order of time."""
    waiting = [Ahead(level, level.at(due_at, pace)) for level in rungs if not told & level.bit]
    return sorted(waiting, key=lambda one: one.at)


def bits(levels: Sequence[Level]) -> int:
    """These levels as marked in a problem's row."""
    return sum(level.bit for level in levels)


def next_at(due_at: datetime, pace: Pace, told: int) -> datetime | None:
    """When to look at a problem again; None when everybody was told."""
    waiting = ahead(due_at, pace, told)
    return waiting[0].at if waiting else None


def begun(due_at: datetime, pace: Pace, now: datetime) -> tuple[int, datetime | None]:
    """A ladder when its deadline is set: what is not told any more (reminders whose time is past), and when
    to look."""
    past = [one for one in LADDER if one.sign < 0 and one.at(due_at, pace) <= now]
    return bits(past), next_at(due_at, pace, bits(past))


def passed(due_at: datetime, pace: Pace, instant: datetime, rungs: Sequence[Level]) -> int:
    """The levels whose time was before an instant, as told."""
    return bits([one for one in rungs if one.at(due_at, pace) < instant])


def loud(reached: Sequence[Level]) -> list[Level]:
    """Of levels passed at once the last for each receiver: the others are true no longer, and only noted."""
    return list({level.posts: level for level in reached}.values())


def posts_on(level: Level, now: datetime, terms: Terms) -> tuple[PostKind, ...]:
    """Who is told at an instant: in the school holidays the head alone answers for the school."""
    if terms.in_term(beijing_date(now)):
        return level.posts
    return tuple(post for post in level.posts if post not in AWAY_IN_HOLIDAYS)


def above(waiting: Sequence[Ahead], posts: Sequence[PostKind]) -> Ahead | None:
    """Of what is to come, what is told first to somebody above these."""
    highest = max(map(_height, posts), default=0)
    return next((one for one in waiting if min(map(_height, one.level.posts)) > highest), None)


def _height(post: PostKind) -> int:
    return ABOVE.index(post) + 1 if post in ABOVE else 0
