"""Schools and divisions as the checks of several sheets need them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from models.database import sql
from models.organisations.actions import place_key
from models.organisations.tables import Division, PostKind
from models.policies.declared import Parameter
from models.policies.queries import nearest_sql
from models.workbooks.importing import Looking
from models.workbooks.reach import OUT_OF_REACH, reaches_school

SCHOOL_POSTS = {
    PostKind.PARENT, PostKind.COMMITTEE, PostKind.SUPERVISOR, PostKind.HEAD, PostKind.MANAGER, PostKind.FINANCE,
}  # fmt: skip


@dataclass(frozen=True)
class KnownSchool:
    """A school by its code; `merged_into` names the school that took it over."""

    id: int
    code: str
    name: str
    county_code: str
    stage: str
    open: bool
    merged_into: str | None


async def known_schools(codes: Iterable[str | None]) -> dict[str, KnownSchool]:
    """The schools there are of these codes (学校标识码)."""
    listed = sorted({code for code in codes if code})
    found = await sql.rows(
        "SELECT s.id, s.code, s.name, s.county_code, s.stage, s.open, m.name AS merged_into FROM school s"  # noqa: S608
        f" LEFT JOIN school m ON m.id = s.merged_into WHERE s.code IN {sql.among(1, 'text')}",
        sql.packed(listed),
    )
    return {row["code"]: KnownSchool(**{**row, "open": bool(row["open"])}) for row in found}


def school_fault(code: str, school: KnownSchool | None, looking: Looking) -> str | None:
    """What keeps rows about a school out; None: nothing."""
    if school is None:
        return f"没有“{code}”，请先导入或核对"
    if not reaches_school(looking.reach, school.county_code):
        return OUT_OF_REACH
    if school.merged_into is not None:
        return f"“{school.name}”已并入“{school.merged_into}”，请改填并入的学校"
    return None if school.open else f"“{school.name}”已停办"


async def policy_at(parameter: Parameter, codes: Iterable[str]) -> dict[str, float]:
    """A parameter's value at schools, by their codes."""
    found = await sql.rows(
        f"SELECT s.code, {nearest_sql(parameter, 's.county_code')} AS value FROM school s"  # noqa: S608
        f" WHERE s.code IN {sql.among(1, 'text')}",
        sql.packed(sorted(set(codes))),
    )
    return {row["code"]: float(row["value"]) for row in found}


async def divisions() -> dict[str, Any]:
    """The level of every division by its code. There are 146."""
    return {row["code"]: row["level"] for row in await Division.all().values("code", "level")}


async def ensure_posts(posts: Sequence[tuple[PostKind, int | None, str | None]]) -> dict[str, int]:
    """Ids by place key of the posts, given as (kind, school, division); those missing are made."""
    wanted = {
        place_key(kind, school_id=school, division_code=division): [kind.value, school, division]
        for kind, school, division in posts
    }
    ids = await _post_ids(list(wanted))
    if missing := [[*wanted[key], key] for key in sorted(wanted.keys() - ids.keys())]:
        await sql.over_rows(
            "INSERT INTO post (kind, school_id, division_code, place_key) SELECT c1, c2, c3, c4 FROM {rows}"
            " WHERE TRUE ON CONFLICT (place_key) DO NOTHING",
            ["text", "bigint", "text", "text"],
            missing,
        )
        ids = await _post_ids(list(wanted))
    return ids


async def _post_ids(keys: list[str]) -> dict[str, int]:
    found = await sql.rows(
        f"SELECT place_key, id FROM post WHERE place_key IN {sql.among(1, 'text')}",  # noqa: S608
        sql.packed(keys),
    )
    return {row["place_key"]: row["id"] for row in found}
