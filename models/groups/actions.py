"""Setting and removing a place's robot, and telling its group of an event once."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from enum import Enum

from tortoise.transactions import in_transaction

from models.database import sql
from models.errors import Invalid, Kind, Refusal
from models.groups.queries import placed
from models.groups.rules import Place
from models.groups.tables import GroupRobot
from models.journal.actions import record
from models.people import resealing
from models.people.access import Viewer
from models.people.phones import Vault

# longer than a call may take
LONGEST_WORD = timedelta(minutes=2)


class NoRobotAddress(Invalid):
    code = "no_robot_address"
    sentence = "这不是企业微信群机器人的地址。请在群机器人的资料页复制完整的 Webhook 地址。"


class RobotRefused(Invalid):
    """Facts: `why`, in WeCom's sense."""

    code = "robot_refused"
    sentence = "企业微信不接受这个机器人：{why}。请在群里重新添加机器人后再试。"


class RobotUntried(Refusal):
    kind = Kind.UNAVAILABLE
    code = "robot_untried"
    sentence = "暂时连不上企业微信，没有保存。请稍后再试。"


async def set_robot(viewer: Viewer, place: Place, name: str, key: str, vault: Vault, now: datetime) -> None:
    """Give a place's group a robot, or another one. Repeatable. NotFound or Forbidden out of reach."""
    held = await placed(viewer, place)
    async with in_transaction():
        row, _ = await GroupRobot.update_or_create(
            defaults={
                "school_id": place.school_id,
                "division_code": place.division_code,
                "name": name,
                "key_sealed": vault.seal(key),
                "set_by": viewer.bound,
                "set_at": now,
                "refused_at": None,
            },
            place_key=place.key,
        )
        await record(
            "group_robot", row.id, "set_robot", now,
            school_id=place.school_id, person_id=viewer.bound, post_id=held.post_id,
            facts={"place": place.key, "name": name},
        )  # fmt: skip


async def remove_robot(viewer: Viewer, place: Place, now: datetime) -> None:
    """The place's group is told nothing more. Repeatable. NotFound or Forbidden out of reach."""
    held = await placed(viewer, place)
    async with in_transaction():
        gone = await sql.rows("DELETE FROM group_robot WHERE place_key = $1 RETURNING id", place.key)
        if gone:
            await record(
                "group_robot", gone[0]["id"], "remove_robot", now,
                school_id=place.school_id, person_id=viewer.bound, post_id=held.post_id,
                facts={"place": place.key},
            )  # fmt: skip


async def refused(place_key: str, now: datetime) -> None:
    """WeCom knows the robot no more; kept for whoever looks after it. Repeatable."""
    await sql.rows(
        "UPDATE group_robot SET refused_at = $2 WHERE place_key = $1 AND refused_at IS NULL RETURNING id",
        place_key, now,
    )  # fmt: skip


class Telling(Enum):
    """Who tells a group of an event: we, somebody who is at it, or nobody any more."""

    OURS = "ours"
    UNDER_WAY = "under_way"
    DONE = "done"


async def tell(place_key: str, event: str, now: datetime) -> Telling:
    """Take it on to tell a place's group of an event, if nobody has. Before speaking, as a second word in a group
    is worse than none: who died over it may have spoken, and nobody speaks again."""
    new = await sql.rows(
        "INSERT INTO group_told (place_key, event, taken_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (place_key, event) DO NOTHING RETURNING id",
        place_key, event, now,
    )  # fmt: skip
    if new:
        return Telling.OURS
    found = await sql.rows(
        "SELECT heard_at IS NULL AND taken_at > $3 AS open FROM group_told WHERE place_key = $1 AND event = $2",
        place_key, event, now - LONGEST_WORD,
    )  # fmt: skip
    # none: who was at it has just given it back, and the group has not heard it
    return Telling.UNDER_WAY if not found or found[0]["open"] else Telling.DONE


async def heard(place_key: str, event: str, now: datetime) -> None:
    """The group has heard it, or may have."""
    await sql.rows(
        "UPDATE group_told SET heard_at = $3 WHERE place_key = $1 AND event = $2 RETURNING id",
        place_key, event, now,
    )  # fmt: skip


async def untold(place_key: str, event: str) -> None:
    """The group did not hear it after all: somebody may tell it later."""
    await sql.rows(
        "DELETE FROM group_told WHERE place_key = $1 AND event = $2 RETURNING id", place_key, event
    )


def reseal(vault: Vault) -> AsyncIterator[int]:
    """Bring every robot's key under the vault's current key; yields how many each batch moved. Resumable."""
    return resealing.reseal("group_robot", "key_sealed", vault)
