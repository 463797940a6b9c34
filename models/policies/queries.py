"""Which value of a parameter holds where."""

from collections.abc import Mapping

from models.policies.declared import PARAMETERS, Parameter
from models.policies.tables import Policy

Values = Mapping[str, float]


async def effective(division_code: str) -> dict[str, float]:
    """Every parameter's value in a division: its own, else the nearest above, else the default."""
    chain = [division_code[:length] for length in (2, 4, 6) if length <= len(division_code)]
    values = {parameter.key: parameter.default for parameter in PARAMETERS}
    set_rows = await Policy.filter(division_code__in=chain).order_by("division_code").values("key", "value")
    # a longer code sorts after its own beginning, so the nearest division speaks last
    values.update({row["key"]: row["value"] for row in set_rows})
    return values


def nearest_sql(parameter: Parameter, county_column: str) -> str:
    """A scalar subquery for hot paths: the parameter's effective value for a column of county codes."""
    return (
        f"COALESCE((SELECT value FROM policy WHERE key = '{parameter.key}' AND division_code IN "  # noqa: S608
        f"({county_column}, SUBSTR({county_column}, 1, 4), SUBSTR({county_column}, 1, 2)) "
        f"ORDER BY LENGTH(division_code) DESC LIMIT 1), {parameter.default})"
    )
