"""A place's robot, for those who look after it and for sending."""

from dataclasses import dataclass, field
from datetime import datetime

from models.database import sql
from models.groups.rules import SPOKEN_OF, Place, event_of
from models.people import access
from models.people.access import Held, Viewer
from models.people.phones import Vault
from models.people.queries import names
from models.people.rights import Right


@dataclass(frozen=True)
class RobotLine:
    """What may be seen of a robot: never its key. `refused_at`: since when WeCom does not know it."""

    name: str
    set_by: str
    set_at: datetime
    refused_at: datetime | None


async def placed(viewer: Viewer, place: Place) -> Held:
    """The viewer's post that looks after the place's robot; NotFound or Forbidden where there is none."""
    if place.school_id is not None:
        school = await access.school(viewer, place.school_id)
        return await access.require(viewer, Right.SET_ROBOT, school)
    assert place.division_code is not None
    return access.division(viewer, place.division_code, Right.SET_ROBOT)


async def of_place(viewer: Viewer, place: Place) -> RobotLine | None:
    """The robot of a place's group; None: it has none."""
    await placed(viewer, place)
    found = await sql.rows(
        "SELECT name, set_by, set_at, refused_at FROM group_robot WHERE place_key = $1", place.key
    )
    if not found:
        return None
    row = found[0]
    set_at = sql.instant(row["set_at"])
    assert set_at is not None
    who = await names({row["set_by"]})
    return RobotLine(row["name"], who[row["set_by"]], set_at, sql.instant(row["refused_at"]))


async def lying(vault: Vault) -> int:
    """How many robots' keys are not under the current key."""
    found = await sql.rows(
        "SELECT COUNT(*) AS n FROM group_robot WHERE key_sealed NOT LIKE $1 || '%'", vault.mark
    )
    return int(found[0]["n"])


# The group that hears a notice `n`: that of the place its post serves, by the place's key, after `$2`. What one
# holder of a post alone is told is not for a group.
PLACE = f"""
(SELECT $2 || g.place_key FROM post po JOIN group_robot g ON g.place_key =
   CASE WHEN po.school_id IS NULL THEN 'division:' || po.division_code ELSE 'school:' || po.school_id END
 WHERE po.id = n.post_id AND po.kind IN ({", ".join(f"'{kind}'" for kind in sorted(SPOKEN_OF))})
   AND n.person_id IS NULL AND g.refused_at IS NULL)
"""  # noqa: S608 - our own constants


async def with_group(deliveries: list[int]) -> set[int]:
    """Those of the deliveries whose notice some group hears."""
    found = await sql.rows(
        f"SELECT d.id FROM delivery d JOIN notice n ON n.id = d.notice_id"  # noqa: S608
        f" WHERE d.id IN {sql.among(1, 'bigint')} AND {PLACE} IS NOT NULL",
        sql.packed(deliveries), "",
    )  # fmt: skip
    return {row["id"] for row in found}


async def event(notice_id: int) -> str:
    """What happened: the same for all notices of it."""
    found = await sql.rows("SELECT unique_key FROM notice WHERE id = $1", notice_id)
    return event_of(found[0]["unique_key"])


@dataclass(frozen=True)
class Robot:
    """For speaking in a place's group."""

    place_key: str
    key: str = field(repr=False)


async def speaking(place_key: str, vault: Vault) -> Robot | None:
    """The robot that speaks in a place's group; None: there is none, or WeCom knows it no more."""
    found = await sql.rows(
        "SELECT key_sealed FROM group_robot WHERE place_key = $1 AND refused_at IS NULL", place_key
    )
    return Robot(place_key, vault.unseal(found[0]["key_sealed"])) if found else None
