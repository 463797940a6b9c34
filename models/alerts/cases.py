"""Making the cases of a county's schools: what is always known of them, before anything is gathered."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from models.alerts.calendars import calendar_of
from models.alerts.declaring import Rule, Subject
from models.alerts.facts import CountyCase, Read, SchoolCase
from models.alerts.gathering import fill, fill_county
from models.alerts.gathering.scope import Scope, Shared
from models.alerts.states import Found
from models.database import sql
from models.organisations.tables import CanteenMode, SchoolStage
from models.policies.calendar import beijing_date
from models.policies.queries import Values
from models.policies.terms import Terms

AHEAD = timedelta(hours=1)

SCHOOLS = """
SELECT s.id, s.name, s.stage, s.nutrition_plan, s.diners, s.boarding, c.mode FROM school s
LEFT JOIN canteen c ON c.school_id = s.id WHERE s.county_code = $1 AND s.open {some} ORDER BY s.id
"""


@dataclass(frozen=True)
class Standpoint:
    """A county as it is judged: by which policies and terms, on which Beijing date, knowing what was there by when."""

    county_code: str
    policies: Values
    terms: Terms
    today: date
    as_of: datetime
    shared: Shared

    @classmethod
    def present(
        cls, county_code: str, policies: Values, terms: Terms, now: datetime, shared: Shared
    ) -> "Standpoint":
        """As it is now, with all that is there: whoever wrote it may have a clock ahead of ours, and is not written
        again for us to see it later."""
        return cls(county_code, policies, terms, beijing_date(now), now + AHEAD, shared)


async def found_in(
    standpoint: Standpoint, rules: Sequence[Rule], only: Collection[int] | None = None
) -> list[Found]:
    """What the rules find in a county, or at some of its schools only; in the order of schools and rules.

    Rules about the county itself always have all of its schools before them.
    """
    at_schools = [rule for rule in rules if rule.subject is Subject.SCHOOL]
    at_county = [rule for rule in rules if rule.subject is Subject.COUNTY]
    found: list[Found] = []
    if at_schools:
        found += await _at_schools(standpoint, at_schools, only)
    if at_county:
        found += await _at_county(standpoint, at_county)
    return found


async def _at_schools(
    standpoint: Standpoint, rules: Sequence[Rule], only: Collection[int] | None
) -> list[Found]:
    cases = await _cases(standpoint, only)
    await fill(cases, _reads(rules), _scope(standpoint, rules, [case.id for case in cases]))
    return [
        Found(rule, case.id, case.county_code, finding)
        for case in cases
        for rule in rules
        for finding in rule.judge(case, standpoint.policies, standpoint.today)
    ]


async def _at_county(standpoint: Standpoint, rules: Sequence[Rule]) -> list[Found]:
    code = standpoint.county_code
    schools = [row["id"] for row in await _school_rows(code, None)]
    case = CountyCase(code, calendar_of(standpoint.today, standpoint.terms))
    await fill_county(case, _reads(rules), _scope(standpoint, rules, list(dict.fromkeys(schools))))
    return [
        Found(rule, None, code, finding)
        for rule in rules
        for finding in rule.judge(case, standpoint.policies, standpoint.today)
    ]


def _reads(rules: Sequence[Rule]) -> set[Read]:
    return {read for rule in rules for read in rule.reads}


def _scope(standpoint: Standpoint, rules: Sequence[Rule], school_ids: Sequence[int]) -> Scope:
    calendar = calendar_of(standpoint.today, standpoint.terms)
    aspects = frozenset(aspect for rule in rules for aspect in rule.aspects)
    return Scope(
        standpoint.county_code, tuple(school_ids), standpoint.today, standpoint.as_of, calendar,
        standpoint.policies, aspects, standpoint.shared,
    )  # fmt: skip


async def _cases(standpoint: Standpoint, only: Collection[int] | None) -> list[SchoolCase]:
    calendar = calendar_of(standpoint.today, standpoint.terms)
    cases: dict[int, SchoolCase] = {}
    for row in await _school_rows(standpoint.county_code, only):
        before = cases.get(row["id"])
        modes = before.modes if before else frozenset[CanteenMode]()
        cases[row["id"]] = SchoolCase(
            row["id"], row["name"], standpoint.county_code, SchoolStage(row["stage"]), bool(row["nutrition_plan"]),
            row["diners"], bool(row["boarding"]), modes | ({CanteenMode(row["mode"])} if row["mode"] else set()), calendar,
        )  # fmt: skip
    return list(cases.values())


async def _school_rows(county_code: str, only: Collection[int] | None) -> list[dict[str, Any]]:
    """A county's open schools, or some of them, with a row for each canteen."""
    if only is None:
        return await sql.rows(SCHOOLS.format(some=""), county_code)
    some = f"AND s.id IN {sql.among(2, 'bigint')}"
    return await sql.rows(SCHOOLS.format(some=some), county_code, sql.packed(sorted(only)))
