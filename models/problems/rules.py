"""Who may make which move on a problem. Pure."""

from models.errors import Forbidden, NotFound
from models.organisations.tables import PostKind, School
from models.people import access
from models.people.access import Held, Viewer
from models.people.rights import Right
from models.problems import states
from models.problems.states import Move
from models.problems.tables import Problem, Source


def may(viewer: Viewer, move: Move, problem: Problem, school: School) -> Held | None:
    """The viewer's post that allows the move: by right at the school, or as its finder; else None."""
    if move not in states.NEEDS:
        return None
    held = access.reaches(viewer, states.NEEDS[move], school)
    if held is None and move in states.FINDER_MAY:
        return next((post for post in viewer.posts if _found(viewer, post, problem)), None)
    return held


def require(viewer: Viewer, move: Move, problem: Problem, school: School) -> Held:
    """As `may`; Forbidden for those who only see the problem, NotFound for everybody else."""
    held = may(viewer, move, problem, school)
    if held is not None:
        return held
    reads = access.reaches(viewer, Right.READ_SCHOOL, school) is not None
    if reads or problem.finder_person_id == viewer.person_id:
        raise Forbidden
    raise NotFound


def _found(viewer: Viewer, post: Held, problem: Problem) -> bool:
    """The finder; or a colleague on the same post, unless it is the post that all parents share. Of what a school
    says of itself nobody is the finder: the county verifies it."""
    if post.post_id != problem.finder_post_id or problem.source is Source.ALERT:
        return False
    return post.kind is not PostKind.PARENT or problem.finder_person_id == viewer.person_id
