"""The robot that tells a school's or a division's WeCom group what happens there."""

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints

from bot.wechat.errors import ReplyLost, Unreachable, WeChatError
from bot.wechat.wecom.errors import explain
from bot.wechat.wecom.robots import key_of
from miniapp_api.context import context, now, viewer
from miniapp_api.registry import Input, Routes
from miniapp_api.types import DivisionCode, Id, Line
from models.groups import actions, queries
from models.groups.rules import Place

routes = Routes("robots")

HELLO = "膳督：校园餐监督的提醒今后会发到本群。内容只有学校、事项和期限，请勿转发到群外。"


class RobotIn(Input):
    """What the group is called here, and the robot's address as WeCom gives it (Webhook 地址)."""

    name: Annotated[Line, StringConstraints(min_length=1, max_length=40)]
    webhook: Annotated[str, StringConstraints(min_length=1, max_length=300)]


class RobotOut(BaseModel):
    """The address is not shown again to anybody. `refused_at`: since when WeCom does not know the robot."""

    name: str
    set_by: str
    set_at: datetime
    refused_at: datetime | None


class RobotState(BaseModel):
    """`robot` None: the group is told nothing."""

    robot: RobotOut | None


@routes.add("GET", "/schools/{school_id}/robot")
async def read_school_robot(request: web.Request, school_id: Id) -> RobotState:
    """The robot of a school's group (学校群机器人)."""
    return await _read(request, Place(school_id=school_id))


@routes.add("PUT", "/schools/{school_id}/robot", errors=(503,), limit="bind")
async def set_school_robot(request: web.Request, school_id: Id, body: RobotIn) -> RobotState:
    """Give a school's group a robot, or another one. It says hello in the group, which proves the address."""
    return await _set(request, Place(school_id=school_id), body)


@routes.add("DELETE", "/schools/{school_id}/robot", status=204)
async def remove_school_robot(request: web.Request, school_id: Id) -> None:
    """A school's group is told nothing more. Repeatable."""
    await actions.remove_robot(await viewer(request), Place(school_id=school_id), now(request))


@routes.add("GET", "/divisions/{code}/robot")
async def read_division_robot(request: web.Request, code: DivisionCode) -> RobotState:
    """The robot of a division's group (县、州市、省群机器人)."""
    return await _read(request, Place(division_code=code))


@routes.add("PUT", "/divisions/{code}/robot", errors=(503,), limit="bind")
async def set_division_robot(request: web.Request, code: DivisionCode, body: RobotIn) -> RobotState:
    """Give a division's group a robot, or another one. It says hello in the group, which proves the address."""
    return await _set(request, Place(division_code=code), body)


@routes.add("DELETE", "/divisions/{code}/robot", status=204)
async def remove_division_robot(request: web.Request, code: DivisionCode) -> None:
    """A division's group is told nothing more. Repeatable."""
    await actions.remove_robot(await viewer(request), Place(division_code=code), now(request))


async def _read(request: web.Request, place: Place) -> RobotState:
    found = await queries.of_place(await viewer(request), place)
    if found is None:
        return RobotState(robot=None)
    return RobotState(
        robot=RobotOut(name=found.name, set_by=found.set_by, set_at=found.set_at, refused_at=found.refused_at)
    )


async def _set(request: web.Request, place: Place, body: RobotIn) -> RobotState:
    who, outside = await viewer(request), context(request)
    await queries.placed(who, place)
    key = key_of(body.webhook)
    if key is None:
        raise actions.NoRobotAddress
    try:
        await outside.robots.say(key, HELLO)
    except WeChatError as fault:
        raise actions.RobotRefused(why=explain(fault)) from None
    except (Unreachable, ReplyLost):
        raise actions.RobotUntried from None
    await actions.set_robot(who, place, body.name, key, outside.vault, now(request))
    return await _read(request, place)
