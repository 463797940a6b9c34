"""What is kept about me, and which requests to be forgotten wait for whom."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import Q

from models.checkins.queries import told_of
from models.database import sql
from models.database.opening import lookup, table
from models.people.access import Viewer
from models.people.phones import Vault
from models.people.queries import own_phone
from models.people.rights import Right
from models.people.tables import Identity
from models.privacy.columns import COLUMNS
from models.privacy.declared import BELONGINGS, Owner
from models.privacy.tables import Erasure, ErasureState

# of each kind the latest; somebody with more is told so, and asks an administrator for the rest
MOST_ROWS = 5000


@dataclass(frozen=True)
class Section:
    """The rows of one kind, newest first; `columns`: what their keys are called; `more`: there are more than these."""

    table: str
    label: str
    columns: dict[str, str]
    rows: list[dict[str, Any]]
    more: bool


async def owners(person_id: int | None, identity_id: int | None = None) -> dict[Owner, list[Any]]:
    """What names a person in each kind of column; with an identity, also one that is bound to nobody."""
    mine = Q(id=identity_id) if person_id is None else Q(person_id=person_id)
    found = await Identity.filter(mine).values_list("id", "openid")
    return {
        Owner.PERSON: [] if person_id is None else [person_id],
        Owner.IDENTITY: [row[0] for row in found],
        Owner.OPENID: [row[1] for row in found],
    }


async def my_data(viewer: Viewer, vault: Vault, now: datetime) -> list[Section]:
    """Everything that is kept about the viewer, in the order of the list of belongings, the person first.

    A check-in says how it was weighed, as far as its sender is told.
    """
    mine = await owners(viewer.person_id, viewer.identity_id)
    sections = []
    for one in reversed(BELONGINGS):
        if one.shown:
            chosen = table(one.table).filter(lookup(f"{one.column}__in", mine[one.owner]))
            rows = await chosen.order_by("-id").limit(MOST_ROWS + 1).values(*one.shown)
            called = {name: COLUMNS.get(name, name) for name in one.shown}
            sections.append(Section(one.table, one.label, called, rows[:MOST_ROWS], len(rows) > MOST_ROWS))
    phone = await own_phone(viewer, vault)
    sections[0].columns["phone"] = COLUMNS["phone"]
    for row in sections[0].rows:
        row["phone"] = phone
    check_ins = next(section for section in sections if section.table == "check_in")
    check_ins.columns["evidence"] = COLUMNS["evidence"]
    told = await told_of([row["id"] for row in check_ins.rows], now)
    for row in check_ins.rows:
        row["evidence"] = vars(told[row["id"]]) if row["id"] in told else None
    return sections


@dataclass(frozen=True)
class Waiting:
    """A confirmed request, and whose it is."""

    id: int
    person_id: int
    name: str
    confirmed_at: datetime


async def waiting(viewer: Viewer) -> list[Waiting]:
    """Confirmed requests that the viewer may carry out, oldest first."""
    if not viewer.with_right(Right.ERASE):
        return []
    begun = [ErasureState.CONFIRMED, ErasureState.ERASING]
    found = await Erasure.filter(state__in=begun).order_by("id")
    people = [one.person_id for one in found]
    rows = await sql.rows(f"SELECT id, name FROM person WHERE id IN ({sql.places(people)})", *people)  # noqa: S608
    names = {row["id"]: row["name"] for row in rows}
    places = await _places(people)
    return [
        Waiting(one.id, one.person_id, names[one.person_id], one.confirmed_at)
        for one in found
        if one.confirmed_at is not None and _over(viewer, places.get(one.person_id, []))
    ]


async def may_erase(viewer: Viewer, person_id: int) -> bool:
    """Whether the viewer's division holds every post the person ever had; the province's own, if none."""
    return _over(viewer, (await _places([person_id])).get(person_id, []))


def _over(viewer: Viewer, places: list[str]) -> bool:
    codes = [held.division_code for held in viewer.with_right(Right.ERASE) if held.division_code is not None]
    if not places:
        return any(len(code) == 2 for code in codes)
    return all(any(place.startswith(code) for code in codes) for place in places)


async def _places(people: list[int]) -> dict[int, list[str]]:
    """The divisions of every post that people ever held."""
    found = await sql.rows(
        "SELECT DISTINCT h.person_id, COALESCE(po.division_code, s.county_code) AS code FROM holding h"  # noqa: S608
        " JOIN post po ON po.id = h.post_id LEFT JOIN school s ON s.id = po.school_id"
        f" WHERE h.person_id IN ({sql.places(people)})",
        *people,
    )
    places: dict[int, list[str]] = {}
    for row in found:
        places.setdefault(row["person_id"], []).append(row["code"])
    return places
