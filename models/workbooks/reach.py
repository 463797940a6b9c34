"""Whose rows somebody may import: those of the divisions below their own posts, as with invitations."""

from dataclasses import dataclass

from models.people.access import Held, any_above
from models.people.rights import RIGHTS, Right

OUT_OF_REACH = "不在您的管辖范围"


@dataclass(frozen=True)
class Reach:
    """The posts whose right is used. `None` in its place is the command line's: everything."""

    posts: tuple[Held, ...]

    def school(self, county_code: str) -> bool:
        return any_above(self.posts, None, county_code)

    def post(self, division_code: str | None, county_code: str | None) -> bool:
        return any_above(self.posts, division_code, county_code)


def reaches_school(reach: Reach | None, county_code: str) -> bool:
    return reach is None or reach.school(county_code)


def reaches_post(reach: Reach | None, division_code: str | None, county_code: str | None) -> bool:
    return reach is None or reach.post(division_code, county_code)


def importers(held: tuple[Held, ...]) -> tuple[Held, ...]:
    """The posts with which tables of a division are sent."""
    return tuple(one for one in held if one.division_code is not None and Right.IMPORT in RIGHTS[one.kind])
