"""Which channels a notice goes through: a division's policy, and a person's own choice, which comes first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tortoise.transactions import in_transaction

from models.database import sql
from models.journal.actions import record
from models.notices.channels import GROUPS, PERSONAL, TITLES, checked_route, open_to, read, written
from models.notices.tables import ChannelChoice, Route
from models.people import access
from models.people.access import Viewer
from models.people.rights import Right

PROVINCE = "53"
SET_IN = """
SELECT division_code, kind_group, channels FROM route
WHERE division_code IN {among} ORDER BY LENGTH(division_code)
"""


@dataclass(frozen=True)
class GroupRoute:
    """The channels of a group of kinds, in order, and what there is to choose from. `own`: set here, not taken
    from elsewhere."""

    group: str
    title: str
    channels: list[str]
    choices: list[str]
    own: bool


async def routes_in(county_codes: Iterable[str]) -> dict[tuple[str, str], str]:
    """By county and group: the channels by the policy of the county, else of the nearest division above,
    else as declared."""
    counties = set(county_codes)
    above = {code[:length] for code in counties for length in (2, 4, 6)}
    rows = await sql.rows(SET_IN.format(among=sql.among(1, "text")), sql.packed(sorted(above)))
    found = {(county, group.code): written(group.default) for county in counties for group in GROUPS}
    # the nearest division speaks last
    for row in rows:
        for county in counties:
            if county.startswith(row["division_code"]):
                found[county, row["kind_group"]] = row["channels"]
    return found


async def policy(viewer: Viewer, division_code: str) -> list[GroupRoute]:
    """The routes that hold in a division of the viewer's."""
    access.division(viewer, division_code)
    own = {row["kind_group"] for row in await Route.filter(division_code=division_code).values("kind_group")}
    held = await routes_in([division_code])
    return [
        GroupRoute(
            group.code,
            group.title,
            read(held[division_code, group.code]),
            open_to(group, TITLES),
            group.code in own,
        )
        for group in GROUPS
    ]


async def set_policy(
    viewer: Viewer, division_code: str, group: str, channels: list[str], now: datetime
) -> None:
    """Set a group's channels for a division and all below it that set none of their own; none: take that back.

    Holds for notices from now on. Raises NotFound outside the officer's division, NoSuchGroup, WrongRoute.
    """
    held = access.division(viewer, division_code, Right.SET_POLICY)
    route = checked_route(group, channels, TITLES)
    async with in_transaction():
        if route:
            await Route.update_or_create(
                defaults={"channels": route, "set_by": viewer.bound, "set_at": now},
                division_code=division_code,
                kind_group=group,
            )
        else:
            await Route.filter(division_code=division_code, kind_group=group).delete()
        await record(
            "division", int(division_code), "set_route", now,
            person_id=viewer.person_id, post_id=held.post_id, facts={"group": group, "channels": channels},
        )  # fmt: skip


async def mine(viewer: Viewer) -> list[GroupRoute]:
    """The viewer's own choice for each group; where there is none, what their division's policy says."""
    chosen = await ChannelChoice.filter(person_id=viewer.bound).values("kind_group", "channels")
    own = {row["kind_group"]: row["channels"] for row in chosen}
    county = await _county(viewer)
    held = await routes_in([county])
    return [
        GroupRoute(
            group.code,
            group.title,
            [one for one in read(own.get(group.code) or held[county, group.code]) if one in PERSONAL],
            open_to(group, PERSONAL),
            group.code in own,
        )
        for group in GROUPS
    ]


async def _county(viewer: Viewer) -> str:
    """Whose policy holds for the viewer: the first post's county or division; the province without one."""
    for held in viewer.posts:
        if held.division_code is not None:
            return held.division_code
        found = await sql.rows("SELECT county_code FROM school WHERE id = $1", held.school_id)
        return str(found[0]["county_code"])
    return PROVINCE


async def choose(viewer: Viewer, group: str, channels: list[str], now: datetime) -> None:
    """Choose one's own channels for a group, in order; none: go by the policy again. Raises NoSuchGroup,
    WrongRoute."""
    route = checked_route(group, channels, PERSONAL)
    if route:
        await ChannelChoice.update_or_create(
            defaults={"first_channel": channels[0], "channels": route, "chosen_at": now},
            person_id=viewer.bound,
            kind_group=group,
        )
    else:
        await ChannelChoice.filter(person_id=viewer.bound, kind_group=group).delete()
