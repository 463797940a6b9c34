"""Who may read an alert, and who answers it. Pure."""

from models.alerts.declaring import Rule
from models.alerts.rules import RULES
from models.organisations.tables import PostKind, School
from models.people import access
from models.people.access import Held, Viewer

# answers for every post of a school
STANDS_IN = PostKind.HEAD


def readable_at(viewer: Viewer, school: School) -> list[str]:
    """The rules whose alerts the viewer may read at a school: by right, or as its owner."""
    kinds = {held.kind for held in viewer.posts if held.school_id == school.id}
    return [rule.code for rule in RULES if _reads(viewer, rule, school) or rule.owner in kinds]


def _reads(viewer: Viewer, rule: Rule, school: School) -> bool:
    return access.reaches(viewer, rule.reading, school) is not None


def readable_in(viewer: Viewer, division_code: str) -> list[str]:
    """The rules whose alerts the viewer may read in a division."""
    return [rule.code for rule in RULES if access.held_over(viewer, rule.reading, division_code)]


def answers(viewer: Viewer, rule_owner: PostKind, school_id: int | None, county_code: str) -> Held | None:
    """The viewer's post that answers an alert: the owner's, or the head's for all of the school."""
    for held in viewer.posts:
        at_school = school_id is not None and held.school_id == school_id
        if at_school and held.kind in (rule_owner, STANDS_IN) and rule_owner is not PostKind.COUNTY:
            return held
        if held.kind is rule_owner and held.division_code is not None and held.division_code == county_code:
            return held
    return None
