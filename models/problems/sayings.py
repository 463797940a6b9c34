"""What the notices about a problem say: the facts, and who is told next and when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.notices.actions import Subject
from models.organisations.rules import Place
from models.organisations.tables import PostKind, School
from models.policies.calendar import BEIJING, spoken
from models.problems import ladder
from models.problems.ladder import Ahead, Level
from models.problems.states import RUNNING, STANDS, State
from models.problems.tables import Problem, Severity

ALL_TOLD = "各级均已告知；约谈、通报等须由人员签发。"


@dataclass(frozen=True)
class Matter:
    """A problem as notices tell of it."""

    id: int
    school_id: int
    county_code: str
    school: str
    title: str
    severity: Severity
    state: State
    cycle: int
    due_at: datetime | None

    @property
    def subject(self) -> Subject:
        return Subject("problem", self.id, self.school_id, self.county_code)

    def key(self, kind: str, level: str = "") -> str:
        """Told once for each deadline of the problem."""
        return f"problem:{self.id}:{kind}:{level}:{self.cycle}"


def matter(problem: Problem, school: Place | School) -> Matter:
    return Matter(
        problem.id, school.id, problem.county_code, school.name, problem.title, problem.severity,
        problem.state, problem.cycle, problem.due_at,
    )  # fmt: skip


def facts(
    about: Matter, waiting: Sequence[Ahead], posts: Sequence[PostKind], now: datetime
) -> dict[str, str]:
    """What the words of a notice to these posts are made from."""
    said = {
        "school": about.school,
        "title": about.title,
        "severity": about.severity.value,
        "state": about.state.value,
        "due": spoken(about.due_at) if about.due_at else "",
    }
    if about.state in RUNNING:
        return said | next_facts(waiting, posts, now, "如不整改")
    return said | {"next": next_of(about.state, waiting, now)}


def next_of(state: State, waiting: Sequence[Ahead], now: datetime) -> str:
    """Who is told next of a problem in a state; where no clock runs, why nobody is."""
    return next_said(waiting, now, "如不整改") if state in RUNNING else STANDS.get(state, "")


def next_facts(
    waiting: Sequence[Ahead], posts: Sequence[PostKind], now: datetime, if_not: str
) -> dict[str, str]:
    """Who is told next and when: `next` in full, and the next level above the readers for short messages."""
    said = {"next": next_said(waiting, now, if_not)}
    one = ladder.above(waiting, posts)
    return said | ({"next_who": one.level.said, "next_at": max(one.at, now).isoformat()} if one else {})


def next_said(waiting: Sequence[Ahead], now: datetime, if_not: str) -> str:
    """Every level to come, in one sentence."""
    if not waiting:
        return ALL_TOLD
    # what comes at one moment is said of it once
    at_once: dict[str, list[str]] = {}
    for one in waiting:
        at_once.setdefault(_moment(max(one.at, now)), []).append(one.level.said)
    steps = "；".join(f"{moment} {'，'.join(levels)}" for moment, levels in at_once.items())
    return f"{if_not}：{steps}。"


def climbed_said(told: Sequence[Level], passed_over: Sequence[Level]) -> str:
    """What the clock did, for the timeline."""
    said = "；".join(level.said for level in told) + "。"
    if passed_over:
        said += f"（{'、'.join(level.said for level in passed_over)}已过时，未再发送。）"
    return said


def _moment(instant: datetime) -> str:
    local = instant.astimezone(BEIJING)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
