"""Where people can be reached: their identity at an account, their number under seal, their schools' counties."""

from models.database import sql


async def known(appid: str, people: list[int]) -> dict[int, str]:
    """The openid of people at an account, of those who have one."""
    found = await sql.rows(
        "SELECT person_id, MIN(openid) AS openid FROM identity"  # noqa: S608
        f" WHERE person_id IN {sql.among(2, 'bigint')} AND appid = $1 GROUP BY person_id",
        appid, sql.packed(sorted(set(people))),
    )  # fmt: skip
    return {row["person_id"]: row["openid"] for row in found}


async def numbers(people: list[int]) -> dict[int, str]:
    """The sealed telephone numbers of people, of those who have one."""
    found = await sql.rows(
        f"SELECT id, phone_sealed FROM person WHERE id IN {sql.among(1, 'bigint')}"  # noqa: S608
        " AND phone_sealed IS NOT NULL",
        sql.packed(sorted(set(people))),
    )
    return {row["id"]: row["phone_sealed"] for row in found}


async def counties(schools: list[int]) -> dict[int, str]:
    """The county of each school."""
    found = await sql.rows(
        f"SELECT id, county_code FROM school WHERE id IN {sql.among(1, 'bigint')}",  # noqa: S608
        sql.packed(schools),
    )
    return {row["id"]: row["county_code"] for row in found}
