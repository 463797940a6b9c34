"""The figures of a division, to go down from: to the divisions below it, to a county's schools."""

from aiohttp import web
from pydantic import BaseModel

from miniapp_api.context import now, viewer
from miniapp_api.registry import Routes
from miniapp_api.types import DivisionCode
from miniapp_api.visits import MonthQuery
from models.people import access
from models.people.rights import Right
from models.policies.calendar import beijing_date, month_of
from models.rollups import queries
from models.rollups.queries import Count
from models.surveys.rules import term_name

routes = Routes("figures")


class FigureCountOut(BaseModel):
    """`done` of `owed` visits and `ledger_done` of `ledger_due` entries in the month; `found` and `closed` in the
    month; `open`, of these `overdue`, `submitted` (to be verified) and `appealed` (to be decided), and `reviews`
    (words and photos to be decided) now. `mean` of `answers` in the term; null: nothing that may be shown."""

    schools: int
    owed: int
    done: int
    excused: int
    open: int
    overdue: int
    submitted: int
    appealed: int
    found: int
    closed: int
    reviews: int
    answers: int
    mean: float | None
    top_share: float | None
    ledger_due: int
    ledger_done: int


class PlaceFiguresOut(BaseModel):
    """A division, or a school when `school_id` is there."""

    code: str
    school_id: int | None
    name: str
    count: FigureCountOut


class FiguresOut(BaseModel):
    """`decides`: whether reviews are mine to decide, and counted."""

    code: str
    name: str
    month: str
    term: str
    term_name: str
    decides: bool
    count: FigureCountOut
    below: list[PlaceFiguresOut]


@routes.add("GET", "/divisions/{code}/figures")
async def read_figures(request: web.Request, code: DivisionCode, query: MonthQuery) -> FiguresOut:
    """A division's figures of a month with those of what is just below it; a county's are its schools."""
    who, at = await viewer(request), now(request)
    month = query.month or month_of(at)
    found = await queries.figures(who, code, month, beijing_date(at))
    return FiguresOut(
        code=found.code,
        name=found.name,
        month=month,
        term=found.term,
        term_name=term_name(found.term),
        decides=access.held_over(who, Right.REVIEW_CONTENT, code),
        count=_count(found.count),
        below=[
            PlaceFiguresOut(code=one.code, school_id=one.school_id, name=one.name, count=_count(one.count))
            for one in found.below
        ],
    )


def _count(count: Count) -> FigureCountOut:
    n = count.answers
    numbers = {name: getattr(count, name) for name in FigureCountOut.model_fields if hasattr(count, name)}
    return FigureCountOut(
        **numbers,
        mean=round(count.marks / n, 1) if n else None,
        top_share=round(count.content / n, 4) if n else None,
    )
