"""Reading problems: lists by place, and one with its timeline."""

from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q, Subquery

from models.errors import NotFound
from models.evidence import queries as evidence
from models.evidence import repeats
from models.evidence.awaited import Awaited, outstanding
from models.evidence.repeats import Repeat
from models.journal import queries as journal
from models.organisations.rules import span
from models.organisations.tables import PostKind, School
from models.people import access
from models.people.access import Viewer
from models.people.queries import names, post_kinds
from models.people.rights import Right
from models.problems import states
from models.problems.rules import may
from models.problems.states import Move, State
from models.problems.tables import Problem


@dataclass(frozen=True)
class TimelineStep:
    """One step as it is shown. `who` is None for the clock; `post` is the kind of post it was taken on."""

    at: datetime
    move: Move
    who: str | None
    post: PostKind | None
    words: str
    photos: list[str]


@dataclass(frozen=True)
class Whole:
    """A problem with its school, its steps oldest first, and what the viewer may do next."""

    problem: Problem
    school: School
    steps: list[TimelineStep]
    may: list[Move]
    awaited: list[Awaited]
    repeats: list[Repeat]


def visible(viewer: Viewer) -> Q:
    """Problems of the schools the viewer may read, and those they found themselves."""
    schools = School.filter(access.scope(viewer, Right.READ_SCHOOL)).values("id")
    condition = Q(school_id__in=Subquery(schools))
    if viewer.person_id is not None:
        condition |= Q(finder_person_id=viewer.person_id)
    return condition


async def problems(
    viewer: Viewer,
    *,
    school_id: int | None = None,
    division_code: str | None = None,
    among: list[State] | None = None,
    before_id: int | None = None,
    limit: int = 20,
) -> list[tuple[Problem, str]]:
    """Problems the viewer may see with their school's name, newest first, below an id."""
    query = Problem.filter(visible(viewer))
    if school_id is not None:
        query = query.filter(school_id=school_id)
    if division_code is not None:
        first, end = span(division_code)
        query = query.filter(county_code__gte=first, county_code__lt=end)
    if among:
        query = query.filter(state__in=among)
    if before_id is not None:
        query = query.filter(id__lt=before_id)
    found = await query.order_by("-id").limit(limit)
    schools = {
        row["id"]: row["name"]
        for row in await School.filter(id__in={problem.school_id for problem in found}).values("id", "name")
    }
    return [(problem, schools[problem.school_id]) for problem in found]


async def whole(viewer: Viewer, problem_id: int) -> Whole:
    """One problem with every step; NotFound unless the viewer may see it."""
    problem = await Problem.filter(visible(viewer), id=problem_id).first()
    if problem is None:
        raise NotFound
    school = await School.get(id=problem.school_id)
    steps = await journal.steps("problem", problem.id)
    who = await names({step.person_id for step in steps if step.person_id is not None})
    kinds = await post_kinds({step.post_id for step in steps if step.post_id is not None})
    keys = await evidence.arrived(
        (step.person_id, name)
        for step in steps
        if step.person_id is not None
        for name in step.facts.get("photos", [])
    )
    awaited = await outstanding("problem", [problem.id])
    return Whole(
        problem,
        school,
        [
            TimelineStep(
                step.at,
                Move(step.verb),
                who.get(step.person_id) if step.person_id is not None else None,
                kinds.get(step.post_id) if step.post_id is not None else None,
                step.facts.get("words", ""),
                [keys.get((step.person_id or 0, name), name) for name in step.facts.get("photos", [])],
            )
            for step in steps
        ],
        [move for move in states.moves_from(problem.state) if may(viewer, move, problem, school)],
        awaited.get(problem.id, []),
        await repeats.of_record(viewer, school, "problem", problem.id),
    )
