"""The journal's daily roots, for everybody to keep: hashes, which tell nothing of what was recorded."""

from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field

from miniapp_api.registry import Input, Routes
from miniapp_api.types import Instant
from models.journal import sealed

routes = Routes("journal")


class RootOut(BaseModel):
    """`hash` is the SHA-256 of the line that docs/journal.md describes, made of the fields before it."""

    day: date
    first_seal: int
    last_seal: int
    tree_hash: str
    prev_hash: str
    hash: str
    made_at: Instant


class Roots(BaseModel):
    items: list[RootOut]
    next: date | None


class RootsQuery(Input):
    before: date | None = None
    limit: Annotated[int, Field(ge=1, le=366)] = 31


@routes.add("GET", "/journal/roots", signed_in=False)
async def list_roots(request: web.Request, query: RootsQuery) -> Roots:
    """The roots of days that are over, newest first. Whoever keeps one can prove later what was recorded."""
    found = await sealed.latest_roots(query.before, query.limit)
    return Roots(
        items=[RootOut.model_validate(root, from_attributes=True) for root in found],
        next=found[-1].day if len(found) == query.limit else None,
    )
