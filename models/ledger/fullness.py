"""How full and how fresh the ledger is: a school's own, a county's school by school, and divisions by figures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.database import sql
from models.ledger.aspects import ASPECTS, BY_CODE, aspect
from models.ledger.counting import Figure, Group, Month, of_school
from models.ledger.declaring import Applies, Aspect, Rhythm
from models.ledger.figures import schools_in
from models.ledger.periods import SchoolFacts
from models.ledger.places import facts_of
from models.organisations.rules import span
from models.organisations.tables import School
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right
from models.policies.calendar import beijing_date, last_day

OF_SCHOOLS = [one for one in ASPECTS if one.applies is not Applies.COUNTY]
GROUPS = """
SELECT school_id, aspect, for_on, COALESCE(meal, '') AS meal, COUNT(*) AS entries,
  SUM(CASE WHEN late THEN 1 ELSE 0 END) AS late, SUM(CASE WHEN defects > 0 THEN 1 ELSE 0 END) AS defective,
  MAX(received_at) AS last_at
FROM ledger_entry WHERE school_id IN {schools} AND aspect IN {aspects} AND for_on >= $3 AND for_on <= $4 AND current
GROUP BY school_id, aspect, for_on, COALESCE(meal, '')
"""
LATEST = """
SELECT school_id, aspect, MAX(for_on) AS latest FROM ledger_entry
WHERE school_id IN {schools} AND aspect IN {aspects} AND for_on <= $3 AND current GROUP BY school_id, aspect
"""
VALID = """
SELECT DISTINCT school_id, form FROM register_row WHERE school_id IN {schools}
  AND (since_on IS NULL OR since_on <= $2) AND (until_on IS NULL OR until_on >= $2)
  AND (ended_on IS NULL OR ended_on > $2)
"""


@dataclass(frozen=True)
class Completeness:
    """How full an aspect is in a place in a month so far. `code` and `name`: the division's; a school's id and
    name."""

    code: str
    name: str
    aspect: str
    figure: Figure


@dataclass(frozen=True)
class OfSchool:
    """All aspects of a school, or one, taken together."""

    school_id: int
    name: str
    figure: Figure


async def of_divisions(viewer: Viewer, division_code: str, month: str) -> list[Completeness]:
    """Every aspect's figures in the divisions just below one (a county: the county itself), by code, aspect."""
    access.division(viewer, division_code, Right.READ_LEDGER)
    width = {2: 4, 4: 6, 6: 6}[len(division_code)]
    found = await sql.rows(
        f"SELECT SUBSTR(f.county_code, 1, {width}) AS code, d.name, f.aspect, SUM(f.due) AS due,"  # noqa: S608
        " SUM(f.done) AS done, SUM(f.entries) AS entries, SUM(f.late) AS late, SUM(f.defective) AS defective,"
        " MAX(f.last_at) AS last_at FROM ledger_figure f"
        f" JOIN division d ON d.code = SUBSTR(f.county_code, 1, {width})"
        " WHERE f.period = $1 AND f.county_code >= $2 AND f.county_code < $3"
        f" GROUP BY SUBSTR(f.county_code, 1, {width}), d.name, f.aspect",
        month, *span(division_code),
    )  # fmt: skip
    lines = [Completeness(row["code"], row["name"], row["aspect"], _figure(row)) for row in found]
    return sorted(lines, key=lambda line: (line.code, BY_CODE[line.aspect].number))


async def of_one_school(viewer: Viewer, school_id: int, month: str, now: datetime) -> list[Completeness]:
    """A school's aspects in a month so far, in their order: those it owes, and those it kept all the same."""
    school = await access.school(viewer, school_id, Right.READ_LEDGER)
    facts = (await schools_in(school.county_code)).get(school.id)
    if facts is None:
        return []
    counted = await _count({school.id: facts}, school.county_code, OF_SCHOOLS, month, now)
    return [
        Completeness(str(school.id), school.name, code, figure)
        for (_, code), figure in counted.items()
        if figure.due or figure.entries
    ]


async def by_school(
    viewer: Viewer, county_code: str, month: str, code: str | None, now: datetime
) -> list[OfSchool]:
    """The open schools of a county in a month so far, the emptiest first: of one aspect, or of all."""
    access.division(viewer, county_code, Right.READ_LEDGER)
    schools = await schools_in(county_code)
    wanted = [aspect(code)] if code is not None else OF_SCHOOLS
    counted = await _count(schools, county_code, wanted, month, now)
    whole: dict[int, Figure] = defaultdict(Figure)
    for (school_id, _), figure in counted.items():
        whole[school_id] += figure
    names = {row["id"]: row["name"] for row in await School.filter(id__in=list(whole)).values("id", "name")}
    lines = [OfSchool(school_id, names[school_id], figure) for school_id, figure in whole.items()]
    return sorted(lines, key=lambda line: (_share(line.figure), line.name, line.school_id))


def _share(figure: Figure) -> float:
    return figure.done / figure.due if figure.due else 1.0


async def _count(
    schools: Mapping[int, SchoolFacts], county_code: str, aspects: list[Aspect], month: str, now: datetime
) -> dict[tuple[int, str], Figure]:
    """By (school, aspect), in the order of both."""
    first = date.fromisoformat(f"{month}-01")
    last = min(last_day(month), beijing_date(now))
    if last < first:
        return {}
    known, terms = await _month(schools, aspects, first, last), (await facts_of(county_code)).terms
    return {
        (school.id, one.code): of_school(one, school, known, first, last, terms)
        for school in schools.values()
        for one in aspects
    }


async def _month(schools: Iterable[int], aspects: list[Aspect], first: date, last: date) -> Month:
    """Three questions, however many schools. Back to before the month only where that can count."""
    ids, codes = sql.packed(sorted(schools)), sql.packed([one.code for one in aspects])
    among = {"schools": sql.among(1, "bigint"), "aspects": sql.among(2, "text")}
    groups: dict[tuple[int, str], list[Group]] = defaultdict(list)
    for row in await sql.rows(GROUPS.format(**among), ids, codes, first, last):
        groups[row["school_id"], row["aspect"]].append(
            Group(
                row["school_id"], sql.day(row["for_on"]), row["meal"], row["entries"], row["late"],
                row["defective"], sql.instant(row["last_at"]),
            )
        )  # fmt: skip
    lasting = [one.code for one in aspects if one.rhythm in (Rhythm.TERMLY, Rhythm.ON_CHANGE)]
    latest = await sql.rows(LATEST.format(**among), ids, sql.packed(lasting), last)
    valid = await sql.rows(VALID.format(schools=among["schools"]), ids, last)
    return Month(
        groups,
        {(row["school_id"], row["aspect"]): sql.day(row["latest"]) for row in latest},
        frozenset((row["school_id"], row["form"]) for row in valid),
    )


def _figure(row: Mapping[str, Any]) -> Figure:
    return Figure(
        int(row["due"]), int(row["done"]), int(row["entries"]), int(row["late"]), int(row["defective"]),
        sql.instant(row["last_at"]),
    )  # fmt: skip
