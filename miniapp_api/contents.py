"""What the content check leaves to an officer, and having words checked while the sender waits."""

import asyncio
import logging
from typing import Annotated

from aiohttp import web
from pydantic import Field

from miniapp_api.context import context, now, viewer
from miniapp_api.registry import Input, Routes
from miniapp_api.types import DivisionCode, Id, Page, PageQuery, Reason, page
from models.contents import queries
from models.contents.queries import Review
from models.problems import reviewing

log = logging.getLogger(__name__)

routes = Routes("contents")

# longer nobody waits: a worker asks again
WITHIN_S = 1.5
_asking: set[asyncio.Task[int]] = set()


async def check_now(request: web.Request, problem_id: int) -> None:
    """Ask WeChat about what was just said of a problem, so that others see it at once.

    What was said is kept already: whatever happens here is no fault of the request.
    """
    outside = context(request)
    asking = asyncio.create_task(
        reviewing.check(outside.checker, outside.account.appid, now(request), problem_id)
    )
    _asking.add(asking)
    asking.add_done_callback(_asked)
    await asyncio.wait({asking}, timeout=WITHIN_S)


def _asked(asking: asyncio.Task[int]) -> None:
    _asking.discard(asking)
    if not asking.cancelled() and (fault := asking.exception()) is not None:
        log.error("content check failed", exc_info=fault)


class ReviewQuery(PageQuery):
    division: DivisionCode


class RefuseIn(Input):
    reason: Annotated[Reason, Field(examples=["含有与食堂无关的个人信息"])]


@routes.add("GET", "/content-checks", errors=(404,))
async def list_reviews(request: web.Request, query: ReviewQuery) -> Page[Review]:
    """Words and photos that the platform's check leaves to a person, newest first."""
    found = await queries.reviews(await viewer(request), query.division, query.before, query.limit)
    return page(found, [one.id for one in found], query.limit)


@routes.add("POST", "/content-checks/{check_id}/allow", status=204, errors=(409,))
async def allow_content(request: web.Request, check_id: Id) -> None:
    """Let others see it; its author hears so."""
    await reviewing.allow(await viewer(request), check_id, now(request))


@routes.add("POST", "/content-checks/{check_id}/refuse", status=204, errors=(409,))
async def refuse_content(request: web.Request, check_id: Id, body: RefuseIn) -> None:
    """Keep it from others; its author hears why. What was reported so never reaches the school."""
    await reviewing.refuse(await viewer(request), check_id, body.reason, now(request))
