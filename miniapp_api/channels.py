"""By which channels people are told: their own choice, and a division's policy."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from miniapp_api.context import context, now, viewer
from miniapp_api.registry import Input, Routes
from miniapp_api.types import DivisionCode
from models.errors import NotFound
from models.notices import routing
from models.notices.channels import PERSONAL, TITLES
from models.notices.routing import GroupRoute
from models.organisations.tables import Division

routes = Routes("channels")

Name = Annotated[str, StringConstraints(max_length=16)]


class ChannelOut(BaseModel):
    """`open`: this installation has it."""

    name: str
    title: str
    open: bool


class ChannelsOut(BaseModel):
    channels: list[ChannelOut]
    groups: list[GroupRoute]


class RouteIn(Input):
    """Channels in order; none: as it is without a setting of one's own."""

    channels: Annotated[list[Name], Field(max_length=10)]


def _shown(request: web.Request, names: list[str], groups: list[GroupRoute]) -> ChannelsOut:
    has = context(request).channels
    channels = [ChannelOut(name=name, title=TITLES[name], open=name in has) for name in names]
    return ChannelsOut(channels=channels, groups=groups)


@routes.add("GET", "/me/channels")
async def my_channels(request: web.Request) -> ChannelsOut:
    """By which channels I am told of which kinds, and what there is to choose from. The inbox has everything."""
    return _shown(request, PERSONAL, await routing.mine(await viewer(request)))


@routes.add("PUT", "/me/channels/{group}", status=204)
async def choose_channels(request: web.Request, group: Name, body: RouteIn) -> None:
    """Choose by which channels, and in which order, I am told of a group of kinds from now on."""
    await routing.choose(await viewer(request), group, body.channels, now(request))


@routes.add("GET", "/divisions/{code}/channels")
async def division_channels(request: web.Request, code: DivisionCode) -> ChannelsOut:
    """By which channels people in a division of mine are told, where they have not chosen themselves."""
    return _shown(request, list(TITLES), await routing.policy(await viewer(request), code))


@routes.add("PUT", "/divisions/{code}/channels/{group}", status=204)
async def set_division_channels(request: web.Request, code: DivisionCode, group: Name, body: RouteIn) -> None:
    """Set the channels of a group of kinds for a division and those below it that set none of their own."""
    if not await Division.exists(code=code):
        raise NotFound
    await routing.set_policy(await viewer(request), code, group, body.channels, now(request))
