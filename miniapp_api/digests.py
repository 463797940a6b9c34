"""What I must do today, and the summaries I was sent."""

from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, StringConstraints

from miniapp_api.context import now, viewer
from miniapp_api.registry import Input, Routes
from miniapp_api.types import Id, Instant
from models.digests import choices, queries, rules
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


class MorningOut(BaseModel):
    """`at`: the Beijing time the person chose; null: as their division sets it."""

    wanted: bool
    at: str | None


class MorningIn(Input):
    """`at`: a full ten minutes of the Beijing day, `07:30`; null: as my division sets it."""

    wanted: bool
    at: Annotated[str, StringConstraints(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] | None = None


class LineOut(BaseModel):
    text: str
    subject_kind: str
    subject_id: int
    school_id: int | None


class FigureOut(BaseModel):
    name: str
    now: str
    before: str


class SectionOut(BaseModel):
    title: str
    lines: list[LineOut]


class DigestOut(BaseModel):
    """A digest as it was sent. `figures` stand beside those of the week before."""

    id: int
    kind: str
    at: Instant
    title: str
    lead: str
    figures: list[FigureOut]
    sections: list[SectionOut]


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


@routes.add("GET", "/me/morning")
async def read_morning(request: web.Request) -> MorningOut:
    """Whether and when I want the morning list."""
    return await _morning(request)


@routes.add("PUT", "/me/morning")
async def choose_morning(request: web.Request, body: MorningIn) -> MorningOut:
    """Turn my morning list on or off, or choose its time."""
    minute = int(body.at[:2]) * 60 + int(body.at[3:]) if body.at else None
    await choices.choose(await viewer(request), body.wanted, minute, now(request))
    return await _morning(request)


async def _morning(request: web.Request) -> MorningOut:
    wanted, minute = await choices.chosen(await viewer(request))
    return MorningOut(wanted=wanted, at=None if minute is None else f"{minute // 60:02d}:{minute % 60:02d}")


@routes.add("GET", "/digests/{digest_id}")
async def read_digest(request: web.Request, digest_id: Id) -> DigestOut:
    """A morning list of mine, or a summary of a division I may read, as it was sent."""
    found = await queries.digest(await viewer(request), digest_id)
    return DigestOut.model_validate(
        {"id": found.id, "kind": found.kind, "at": found.created_at, **found.content}
    )
