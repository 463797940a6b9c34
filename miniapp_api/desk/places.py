"""The divisions a page lets its reader choose from."""

from dataclasses import dataclass

from models.organisations.queries import within
from models.people.access import Viewer
from models.people.rights import Right


@dataclass(frozen=True)
class Choice:
    code: str
    name: str


async def choices(viewer: Viewer) -> list[Choice]:
    """The divisions of the viewer's posts, each with all below it, in the order of their codes."""
    codes = {held.division_code for held in viewer.with_right(Right.READ_DELIVERIES) if held.division_code}
    found = {division.code: division.name for code in codes for division in await within(code)}
    return [Choice(code, "　" * (len(code) // 2 - 1) + found[code]) for code in sorted(found)]
