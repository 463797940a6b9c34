"""A school's public board (公示)."""

from aiohttp import web

from miniapp_api.context import now, viewer
from miniapp_api.registry import Routes
from miniapp_api.types import Id
from models.board import queries
from models.board.queries import Board
from models.policies.calendar import beijing_date

routes = Routes("board")


@routes.add("GET", "/schools/{school_id}/board")
async def read_board(request: web.Request, school_id: Id) -> Board:
    """What is eaten, the hygiene grade, the last visits, what guardians said: facts without names."""
    return await queries.of_school(await viewer(request), school_id, beijing_date(now(request)))
