"""Reading problems: lists by place, and one with its timeline."""

from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from models.contents.queries import Veils, veils
from models.contents.states import CheckState, instead
from models.database import sql
from models.errors import NotFound
from models.evidence import queries as evidence
from models.evidence import repeats
from models.evidence.awaited import Awaited, outstanding
from models.evidence.repeats import Repeat
from models.journal import queries as journal
from models.journal.queries import Step
from models.organisations.rules import span
from models.organisations.tables import PostKind, School
from models.people import access
from models.people.access import Viewer
from models.people.queries import names, post_kinds
from models.people.rights import Right
from models.problems import states
from models.problems.ladder import Ahead
from models.problems.rules import may
from models.problems.states import AFTER, ENDED, FINDER_MAY, HIDDEN, NEEDS, RUNNING, Move, State
from models.problems.tables import Problem, Source
from models.problems.telling import waiting


@dataclass(frozen=True)
class TimelineStep:
    """One step as it is shown. `who` is None for the clock, and for a parent to whom it is nobody's business
    who complained; `post` is the kind of post it was taken on.
    """

    at: datetime
    move: Move
    who: str | None
    post: PostKind | None
    words: str
    photos: list[str]


@dataclass(frozen=True)
class Whole:
    """A problem with its school, its steps oldest first, what the viewer may do next, and who is told next."""

    problem: Problem
    school: School
    steps: list[TimelineStep]
    may: list[Move]
    awaited: list[Awaited]
    repeats: list[Repeat]
    waiting: list[Ahead]


def visible(viewer: Viewer) -> Q:
    """Problems of the schools the viewer may read, and those they found themselves."""
    schools = School.filter(access.scope(viewer, Right.READ_SCHOOL)).values("id")
    condition = Q(school_id__in=Subquery(schools)) & ~Q(state__in=list(HIDDEN))
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
    await _veil(viewer, found)
    return [(problem, schools[problem.school_id]) for problem in found]


NOTHING = Veils({}, {})


async def _veil(viewer: Viewer, found: list[Problem]) -> Veils:
    """Put what others may not read yet out of sight; the rows in memory are for showing only."""
    hidden = await veils([problem.id for problem in found])
    for problem in found:
        state, author = hidden.findings.get(problem.id, (CheckState.PASSED, None))
        if author != viewer.person_id:
            problem.words = instead(state, problem.words)
    return hidden


async def awaiting(viewer: Viewer, move: Move, limit: int = 20) -> list[tuple[Problem, str]]:
    """Problems on which the viewer may make a move now, the most urgent first, with their school's name."""
    by_right = School.filter(access.scope(viewer, NEEDS[move])).values("id")
    condition = Q(school_id__in=Subquery(by_right))
    if move in FINDER_MAY:
        colleagues = [held for held in viewer.posts if held.kind is not PostKind.PARENT]
        condition |= Q(
            ~Q(source=Source.ALERT),
            school_id__in=[held.school_id for held in colleagues],
            finder_post_id__in=[held.post_id for held in colleagues],
        )
        parents = [held.post_id for held in viewer.posts if held.kind is PostKind.PARENT]
        condition |= Q(finder_person_id=viewer.bound, finder_post_id__in=parents)
    states_before = [state for (state, follows) in AFTER if follows is move]
    return await _with_schools(Problem.filter(condition, state__in=states_before), limit)


async def pressing(viewer: Viewer, before: datetime, limit: int = 20) -> list[tuple[Problem, str]]:
    """Problems the viewer may see whose deadline is over or comes before an instant, the oldest first."""
    running = Problem.filter(visible(viewer), state__in=list(RUNNING), due_at__lt=before)
    return await _with_schools(running, limit)


async def _with_schools(query: QuerySet[Problem], limit: int) -> list[tuple[Problem, str]]:
    found = await query.order_by("due_at", "id").limit(limit)
    rows = await School.filter(id__in={problem.school_id for problem in found}).values("id", "name")
    schools = {row["id"]: row["name"] for row in rows}
    return [(problem, schools[problem.school_id]) for problem in found]


@dataclass(frozen=True)
class Tally:
    """Problems of a place: those not ended, of these overdue and waiting for verification; found and closed
    since an instant."""

    open: int
    overdue: int
    submitted: int
    found: int
    closed: int


async def tally(viewer: Viewer, division_code: str, since: datetime) -> Tally:
    """The figures of a division that one of the viewer's posts reaches; NotFound otherwise."""
    access.division(viewer, division_code)
    ended = ", ".join(f"'{state.value}'" for state in sorted(ENDED | HIDDEN))
    (row,) = await sql.rows(
        f"SELECT SUM(CASE WHEN state NOT IN ({ended}) THEN 1 ELSE 0 END) AS open,"  # noqa: S608
        " SUM(CASE WHEN state = 'overdue' THEN 1 ELSE 0 END) AS overdue,"
        " SUM(CASE WHEN state = 'submitted' THEN 1 ELSE 0 END) AS submitted,"
        " SUM(CASE WHEN found_at >= $3 AND due_at IS NOT NULL THEN 1 ELSE 0 END) AS found,"
        " SUM(CASE WHEN state = 'closed' AND ended_at >= $3 THEN 1 ELSE 0 END) AS closed"
        " FROM problem WHERE county_code >= $1 AND county_code < $2",
        *span(division_code), since,
    )  # fmt: skip
    return Tally(*(int(row[name] or 0) for name in ("open", "overdue", "submitted", "found", "closed")))


async def whole(viewer: Viewer, problem_id: int) -> Whole:
    """One problem with every step; NotFound unless the viewer may see it."""
    problem = await Problem.filter(visible(viewer), id=problem_id).first()
    if problem is None:
        raise NotFound
    school = await School.get(id=problem.school_id)
    decides = access.reaches(viewer, Right.REVIEW_CONTENT, school) is not None
    hidden = NOTHING if decides else await _veil(viewer, [problem])
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
    unseen = await evidence.unseen(viewer, school, "problem", problem.id)
    return Whole(
        problem,
        school,
        [
            TimelineStep(
                step.at,
                Move(step.verb),
                _named(viewer, step, who, kinds, decides),
                kinds.get(step.post_id) if step.post_id is not None else None,
                _words(viewer, step, hidden),
                [
                    key
                    for name in step.facts.get("photos", [])
                    if (key := keys.get((step.person_id or 0, name), name)) not in unseen
                ],
            )
            for step in steps
        ],
        [move for move in states.moves_from(problem.state) if may(viewer, move, problem, school)],
        awaited.get(problem.id, []),
        await repeats.of_record(viewer, school, "problem", problem.id),
        await waiting(problem),
    )


def _named(
    viewer: Viewer, step: Step, who: dict[int, str], kinds: dict[int, PostKind], decides: bool
) -> str | None:
    """Who took a step; of a parent only for themselves and for those who decide on what they wrote."""
    by_parent = step.post_id is not None and kinds.get(step.post_id) is PostKind.PARENT
    if step.person_id is None or (by_parent and not decides and step.person_id != viewer.person_id):
        return None
    return who.get(step.person_id)


def _words(viewer: Viewer, step: Step, hidden: Veils) -> str:
    words = str(step.facts.get("words", ""))
    state, author = hidden.entries.get(step.id, (CheckState.PASSED, None))
    return words if author == viewer.person_id else instead(state, words)
