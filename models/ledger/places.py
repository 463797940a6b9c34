"""Where an entry belongs, on which post, and what must be known of the place before it is judged."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.database import sql
from models.errors import Forbidden, NotFound
from models.ledger.declaring import Aspect, Form, ItemKind, Rhythm
from models.ledger.validation import Fault
from models.organisations.tables import Canteen, PostKind, School
from models.people import access
from models.people.access import Held, Viewer
from models.people.rights import Right
from models.policies.declared import LEDGER_BACK_DAYS, LEDGER_GRACE_H, Parameter
from models.policies.queries import effective_in, nearest_sql, terms_in
from models.policies.terms import Terms


@dataclass(frozen=True)
class Place:
    """A school, or a county's office (`school_id` None), and the post that somebody acts on there."""

    school_id: int | None
    county_code: str
    name: str
    held: Held


@dataclass(frozen=True)
class CountyFacts:
    """What holds in a county: policies' values and school terms."""

    policy: Mapping[str, float]
    terms: Terms


async def facts_of(county_code: str) -> CountyFacts:
    return (await facts_in({county_code}))[county_code]


async def facts_in(county_codes: set[str]) -> dict[str, CountyFacts]:
    """As `facts_of`, for many counties in two questions."""
    policies, terms = await effective_in(county_codes), await terms_in(county_codes)
    return {code: CountyFacts(policies[code], terms[code]) for code in county_codes}


@dataclass(frozen=True)
class Standing:
    """What an entry is judged by: the place, whether its month is locked, an entry that has its slot (its id), the
    values of the policies that its aspect names, and the terms where the aspect is due by terms."""

    name: str
    county_code: str
    locked: bool
    there: int | None
    policy: Mapping[str, float]
    terms: Terms


STANDING = """
SELECT s.name, s.county_code,
  EXISTS (SELECT 1 FROM ledger_month m WHERE m.school_id = s.id AND m.month = $2 AND m.state <> 'open') AS locked,
  (SELECT e.id FROM ledger_entry e WHERE e.school_id = s.id AND e.aspect = $3 AND e.for_on = $4 AND e.current
    AND COALESCE(e.meal, '') = $5 LIMIT 1) AS there,
  {policies}
FROM school s WHERE s.id = $1
"""


def parameters_of(form: Form) -> dict[str, Parameter]:
    """The policies that entries of a form are judged by, by key."""
    bounds = [bound for item in form.items for bound in (item.at_least, item.at_most)]
    named = [LEDGER_BACK_DAYS, LEDGER_GRACE_H, *(one for one in bounds if isinstance(one, Parameter))]
    return {parameter.key: parameter for parameter in named}


@functools.cache
def _standing_sql(parameters: tuple[Parameter, ...]) -> str:
    asked = [f"{nearest_sql(one, 's.county_code')} AS {one.key}" for one in parameters]
    return STANDING.format(policies=", ".join(asked))


async def school_standing(school_id: int, form: Aspect, for_on: date, meal: str | None) -> Standing:
    """One question for all of it, as this is asked for every entry; NotFound without such a school. Who may ask
    is for the caller to find out."""
    parameters = parameters_of(form)
    found = await sql.rows(
        _standing_sql(tuple(parameters.values())),
        school_id, f"{for_on:%Y-%m}", form.code, for_on, meal or "",
    )  # fmt: skip
    if not found:
        raise NotFound
    row = found[0]
    terms = Terms()
    if form.rhythm is Rhythm.TERMLY:
        terms = (await terms_in({row["county_code"]}))[row["county_code"]]
    policy = {key: float(row[key]) for key in parameters}
    return Standing(row["name"], row["county_code"], bool(row["locked"]), row["there"], policy, terms)


async def county_standing(viewer: Viewer, division_code: str, form: Aspect) -> tuple[Place, Standing]:
    """As `school_standing`, for a county's own ledger, which nobody locks."""
    place = await county_place(viewer, division_code)
    facts = await facts_of(division_code)
    return place, Standing(place.name, division_code, False, None, facts.policy, facts.terms)


async def school_place(viewer: Viewer, school_id: int, right: Right) -> Place:
    """A school, with the post that carries the right; NotFound for outsiders, Forbidden without the right."""
    school = await School.get_or_none(id=school_id)
    if school is None:
        raise NotFound
    held = await access.require(viewer, right, school)
    if right is Right.KEEP_LEDGER and held.school_id != school_id:
        # an office keeps its own ledger and no school's
        raise Forbidden(right=right.value)
    return Place(school.id, school.county_code, school.name, held)


async def county_place(viewer: Viewer, division_code: str) -> Place:
    """A county's office; its own officers keep its ledger."""
    held = access.division(viewer, division_code, Right.KEEP_LEDGER)
    if held.kind is not PostKind.COUNTY or held.division_code != division_code:
        raise Forbidden(right=Right.KEEP_LEDGER.value)
    return Place(None, division_code, division_code, held)


async def lookup_faults(form: Form, values: Mapping[str, Any], place: Place, on: date) -> list[Fault]:
    """Faults that only the database knows: signers who hold no post there, rows of registers that are not."""
    named = {item.code: item for item in form.items if item.code in values}
    signers = {code: values[code] for code, item in named.items() if item.kind is ItemKind.SIGNER}
    rows = {code: values[code] for code, item in named.items() if item.kind is ItemKind.REFERENCE}
    faults = []
    if signers:
        here = await _people(place, sorted(set(signers.values())), on)
        faults += [
            Fault(code, f"“{named[code].name}”当日在本校没有岗位，请从名单中选择。")
            for code, person in signers.items()
            if person not in here
        ]
    if rows:
        known = await _rows(place, sorted(set(rows.values())), on)
        faults += [
            Fault(code, f"“{named[code].name}”不在名录中，请先登记。")
            for code, row in rows.items()
            if (row, named[code].refers) not in known
        ]
    return faults


async def canteen_fault(school_id: int | None, canteen_id: int | None) -> list[Fault]:
    """A canteen that is not the school's is none."""
    if canteen_id is None or await Canteen.exists(id=canteen_id, school_id=school_id):
        return []
    return [Fault("canteen", "本校没有这个食堂，请重新选择。")]


async def _people(place: Place, people: list[int], on: date) -> set[int]:
    found = await sql.rows(
        "SELECT DISTINCT h.person_id FROM holding h JOIN post po ON po.id = h.post_id"  # noqa: S608
        " WHERE po.school_id = $1 AND po.kind <> 'parent' AND h.since_on <= $2"
        f" AND (h.until_on IS NULL OR h.until_on > $2) AND h.person_id IN ({sql.places(people, 3)})",
        place.school_id, on, *people,
    )  # fmt: skip
    return {row["person_id"] for row in found}


async def _rows(place: Place, ids: list[int], on: date) -> set[tuple[int, str]]:
    found = await sql.rows(
        "SELECT id, register FROM register_row WHERE (ended_on IS NULL OR ended_on > $1)"  # noqa: S608
        " AND (school_id IS NULL OR school_id = $2) AND (county_code IS NULL OR county_code = $3)"
        f" AND id IN ({sql.places(ids, 4)})",
        on, place.school_id, place.county_code, *ids,
    )  # fmt: skip
    return {(row["id"], row["register"]) for row in found}
