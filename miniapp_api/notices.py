"""The in-app inbox."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from miniapp_api.context import context, now, viewer
from miniapp_api.registry import Input, Routes
from miniapp_api.types import Id, Instant, Page, PageQuery, page
from models.notices import actions, asking, queries
from models.notices.kinds import BY_CODE
from models.notices.queries import Standing

routes = Routes("notices")


STANDING_NAMES = {Standing.HOLDS: "", Standing.MOVED_ON: "已办结或有变化", Standing.TAKEN_BACK: "已撤回"}


class NoticeOut(BaseModel):
    """`standing`: whether it still holds, `standing_name` in words. `resent_at`: an officer had it sent once more."""

    id: int
    kind: str
    title: str
    subject_kind: str
    subject_id: int
    school_id: int | None
    facts: dict[str, str]
    at: Instant
    read: bool
    standing: Standing
    standing_name: str
    resent_at: Instant | None


class Inbox(Page[NoticeOut]):
    unread: int


class Read(Input):
    ids: Annotated[list[Id], Field(max_length=100)]


@routes.add("GET", "/notices")
async def list_notices(request: web.Request, query: PageQuery) -> Inbox:
    """What my posts were told, newest first; `unread` counts among the latest hundred those that still hold."""
    who = await viewer(request)
    found = await queries.inbox(who, query.before, query.limit)
    lines = [
        NoticeOut(
            id=line.id,
            kind=line.kind,
            title=BY_CODE[line.kind].title,
            subject_kind=line.subject_kind,
            subject_id=line.subject_id,
            school_id=line.school_id,
            facts=line.facts,
            at=line.at,
            read=line.read,
            standing=line.standing,
            standing_name=STANDING_NAMES[line.standing],
            resent_at=line.resent_at,
        )
        for line in found
    ]
    paged = page(lines, [line.id for line in lines], query.limit)
    return Inbox(items=paged.items, next=paged.next, unread=await queries.unread(who))


@routes.add("POST", "/notices/read", status=204)
async def mark_read(request: web.Request, body: Read) -> None:
    """Mark notices as opened; ids that are not mine are passed over."""
    await actions.mark_read(await viewer(request), body.ids, now(request))


class Subscriptions(BaseModel):
    """Templates for wx.requestSubscribeMessage: at most five, and none while there is nothing to ask."""

    templates: list[str]


@routes.add("GET", "/me/subscriptions")
async def list_subscriptions(request: web.Request) -> Subscriptions:
    """Which templates to ask me for at my next tap.

    WeChat opens its dialogue only inside a tap, which cannot wait for an answer: ask beforehand, when the
    mini-program opens and after each dialogue, and keep what was answered for the next tap.
    """
    outside = context(request)
    long_term = outside.ways.long_term
    found = await asking.asked_of(await viewer(request), outside.template_of, long_term, now(request))
    return Subscriptions(templates=found)
