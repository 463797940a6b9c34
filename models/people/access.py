"""Who is asking, and the only way to load what they ask for.

A row belongs to a school, and a school to a county, whose code begins with its prefecture's and that
with its province's. A post reaches one school, or every school whose county code begins with the post's
division. An outsider gets NotFound, the same as for a row that does not exist.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from tortoise.expressions import Q

from models.errors import Forbidden, Kind, NotFound, Refusal
from models.organisations.rules import span
from models.organisations.tables import PostKind, School
from models.people.rights import RIGHTS, Right


class NotSignedIn(Refusal):
    kind = Kind.UNAUTHENTICATED
    code = "not_signed_in"
    sentence = "登录已失效，请重新打开小程序登录。已填写的内容会保留在手机里。"


class NotBound(Forbidden):
    code = "not_bound"
    sentence = "这个微信还没有绑定到已登记的人员，请先用手机号或邀请码绑定。"


@dataclass(frozen=True)
class Held:
    """A post somebody holds today, with its place."""

    post_id: int
    kind: PostKind
    school_id: int | None
    division_code: str | None


@dataclass(frozen=True)
class Viewer:
    """The person behind a request and the posts they hold today. `person_id` is None before binding.

    `seen_on`: the last day this phone was used before.
    """

    session_id: int
    identity_id: int
    openid: str
    person_id: int | None
    name: str | None
    posts: tuple[Held, ...]
    seen_on: date | None = None

    def with_right(self, right: Right) -> list[Held]:
        return [held for held in self.posts if right in RIGHTS[held.kind]]

    @property
    def bound(self) -> int:
        """The person's id; raises NotBound before binding."""
        if self.person_id is None:
            raise NotBound
        return self.person_id


def scope(viewer: Viewer, right: Right) -> Q:
    """Schools in which the viewer has the right, as a condition on School."""
    held = viewer.with_right(right)
    condition = Q(id__in=[post.school_id for post in held if post.school_id is not None])
    for post in held:
        if post.division_code is not None:
            first, end = span(post.division_code)
            condition |= Q(county_code__gte=first, county_code__lt=end)
    return condition


def reaches(viewer: Viewer, right: Right, school: School) -> Held | None:
    """The viewer's post that carries the right at the school, nearest first; None when there is none."""
    for held in viewer.with_right(right):
        if held.school_id == school.id:
            return held
    for held in viewer.with_right(right):
        if held.division_code is not None and school.county_code.startswith(held.division_code):
            return held
    return None


async def school(viewer: Viewer, school_id: int, right: Right = Right.READ_SCHOOL) -> School:
    """The school, when the viewer has the right there; NotFound otherwise."""
    found = await School.get_or_none(id=school_id)
    if found is None or reaches(viewer, right, found) is None:
        raise NotFound
    return found


async def require(viewer: Viewer, right: Right, at: School) -> Held:
    """The post that carries the right; Forbidden for an insider without it, NotFound for an outsider."""
    held = reaches(viewer, right, at)
    if held is not None:
        return held
    if reaches(viewer, Right.READ_SCHOOL, at) is None:
        raise NotFound
    raise Forbidden(right=right.value)


def division(viewer: Viewer, code: str, right: Right = Right.READ_SCHOOL) -> Held:
    """The viewer's post that reaches all of a division; Forbidden for an insider without the right, NotFound
    for an outsider."""
    held = _over(viewer, right, code)
    if held is not None:
        return held
    if _over(viewer, Right.READ_SCHOOL, code) is None:
        raise NotFound
    raise Forbidden(right=right.value)


def _over(viewer: Viewer, right: Right, code: str) -> Held | None:
    for held in viewer.with_right(right):
        if held.division_code is not None and code.startswith(held.division_code):
            return held
    return None


def above(held: Held, division_code: str | None, county_code: str | None) -> bool:
    """Whether a post is set over another: an officer over schools and lower divisions, an administrator
    also over officers of the same division."""
    if held.division_code is None:
        return False
    if division_code is None:
        assert county_code is not None
        return county_code.startswith(held.division_code)
    equal = division_code == held.division_code
    return division_code.startswith(held.division_code) and (not equal or held.kind is PostKind.ADMINISTRATOR)


def any_above(posts: Iterable[Held], division_code: str | None, county_code: str | None) -> bool:
    """Whether one of the posts is set over another."""
    return any(above(held, division_code, county_code) for held in posts)


def held_over(viewer: Viewer, right: Right, code: str | None) -> bool:
    """Whether a post of the viewer carries the right in a division, or in the county of a school."""
    return code is not None and any(
        held.division_code is not None and code.startswith(held.division_code)
        for held in viewer.with_right(right)
    )
