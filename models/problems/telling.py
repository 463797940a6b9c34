"""Telling people of a problem, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from models.notices import actions as notices
from models.notices.actions import Telling
from models.organisations.rules import Place
from models.organisations.tables import PostKind, School
from models.people.queries import holds
from models.policies.calendar import beijing_date
from models.problems import ladder, sayings
from models.problems.clocks import Clock, clock_of
from models.problems.ladder import Ahead
from models.problems.states import RUNNING
from models.problems.tables import Problem, Severity, Source


async def tell(
    kind: str,
    problem: Problem,
    school: Place | School,
    now: datetime,
    posts: Sequence[PostKind],
    clock: Clock | None = None,
) -> None:
    """Tell posts, once for each deadline. While its clock runs, also who is told next above them."""
    about, ahead = sayings.matter(problem, school), await waiting(problem, clock)
    wakes = problem.severity is Severity.MAJOR and problem.state in RUNNING
    at_school = tuple(post for post in posts if post in ladder.SCHOOL)
    above = tuple(post for post in posts if post not in ladder.SCHOOL)
    tellings = [
        Telling(kind, about.key(kind), about.subject, group, sayings.facts(about, ahead, group, now), wakes)
        for group in (at_school, above) if group
    ]  # fmt: skip
    await notices.put_all(tellings, now, beijing_date(now))


async def tell_finder(
    kind: str, problem: Problem, school: School, now: datetime, *, or_county: bool = False
) -> None:
    """Tell whoever found it while they hold that post; else, where somebody must act, the county."""
    today = beijing_date(now)
    about = sayings.matter(problem, school)
    if problem.source is not Source.ALERT and await holds(
        problem.finder_person_id, problem.finder_post_id, today
    ):
        await notices.put_person(
            kind, f"{about.key(kind)}:finder", about.subject, problem.finder_post_id,
            problem.finder_person_id, sayings.facts(about, [], (), now), now, today,
        )  # fmt: skip
    elif or_county:
        await tell(kind, problem, school, now, (PostKind.COUNTY,))


async def waiting(problem: Problem, clock: Clock | None = None) -> list[Ahead]:
    """The levels still to come while the problem's clock runs; none while it stands."""
    if problem.state not in RUNNING or problem.due_at is None:
        return []
    pace = (clock or await clock_of(problem.county_code)).pace(problem.severity)
    return ladder.ahead(problem.due_at, pace, problem.told)
