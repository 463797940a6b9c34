"""Which value of a parameter holds where."""

from collections.abc import Mapping

from models.policies.declared import BY_KEY, PARAMETERS, Parameter
from models.policies.tables import Policy, SchoolTerm
from models.policies.terms import Term, Terms, terms_of

Values = Mapping[str, float]


async def effective(division_code: str) -> dict[str, float]:
    """Every parameter's value in a division: its own, else the nearest above, else the default; within its bounds, as
    a row may be older than the law."""
    return (await effective_in({division_code}))[division_code]


async def effective_in(division_codes: set[str]) -> dict[str, dict[str, float]]:
    """As `effective`, for many divisions in one question."""
    chains = {code: _chain(code) for code in division_codes}
    # a longer code sorts after its own beginning, so the nearest division speaks last
    set_rows = (
        await Policy.filter(division_code__in={above for chain in chains.values() for above in chain})
        .order_by("division_code")
        .values("division_code", "key", "value")
    )
    defaults = {parameter.key: parameter.default for parameter in PARAMETERS}
    return {
        code: defaults
        | {row["key"]: _within(row["key"], row["value"]) for row in set_rows if row["division_code"] in chain}
        for code, chain in chains.items()
    }


def _within(key: str, value: float) -> float:
    parameter = BY_KEY.get(key)
    return value if parameter is None else min(max(value, parameter.lowest), parameter.highest)


async def terms_in(division_codes: set[str]) -> dict[str, Terms]:
    """The school terms of many divisions: of each term its own dates, else the nearest above, else declared."""
    chains = {code: _chain(code) for code in division_codes}
    rows = (
        await SchoolTerm.filter(division_code__in={above for chain in chains.values() for above in chain})
        .order_by("division_code")
        .values("division_code", "term", "begins_on", "ends_on")
    )
    return {
        code: terms_of(
            {
                row["term"]: Term(row["begins_on"], row["ends_on"])
                for row in rows
                if row["division_code"] in chain
            }
        )
        for code, chain in chains.items()
    }


def _chain(division_code: str) -> list[str]:
    return [division_code[:length] for length in (2, 4, 6) if length <= len(division_code)]


def nearest_sql(parameter: Parameter, county_column: str) -> str:
    """A scalar subquery for hot paths: the parameter's effective value for a column of county codes."""
    return (
        f"COALESCE((SELECT value FROM policy WHERE key = '{parameter.key}' AND division_code IN "  # noqa: S608
        f"({county_column}, SUBSTR({county_column}, 1, 4), SUBSTR({county_column}, 1, 2)) "
        f"ORDER BY LENGTH(division_code) DESC LIMIT 1), {parameter.default})"
    )
