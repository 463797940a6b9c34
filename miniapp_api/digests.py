"""What I must do today, and the summaries I was sent."""

from datetime import date

from aiohttp import web
from pydantic import BaseModel

from miniapp_api.context import now, viewer
from miniapp_api.registry import Routes
from miniapp_api.types import Instant
from models.digests import queries, rules
from models.digests.rules import Item, Standing
from models.digests.sources import BY_CODE

routes = Routes("digests")


class ItemOut(BaseModel):
    """`line` says it in one sentence; `subject_kind` and `subject_id` say what to open."""

    source: str
    source_title: str
    subject_kind: str
    subject_id: int
    school_id: int | None
    school_name: str
    title: str
    due_at: Instant | None
    standing: Standing
    line: str


class TodayOut(BaseModel):
    """Most pressing first. `words`: how many of what."""

    on: date
    due: int
    words: str
    items: list[ItemOut]


@routes.add("GET", "/me/today")
async def read_today(request: web.Request) -> TodayOut:
    """What I must do: overdue, due today, later."""
    found = await queries.today(await viewer(request), now(request))
    return TodayOut(
        on=found.on,
        due=found.due,
        words=rules.counted(found.items) or "今天没有待办事项",
        items=[_item(item, found.on) for item in found.items],
    )


def _item(item: Item, on: date) -> ItemOut:
    return ItemOut(
        source=item.source,
        source_title=BY_CODE[item.source].title,
        subject_kind=item.subject_kind,
        subject_id=item.subject_id,
        school_id=item.school_id,
        school_name=item.school_name,
        title=item.title,
        due_at=item.due_at,
        standing=item.standing,
        line=rules.line(item, on),
    )
