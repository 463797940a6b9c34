"""What a head hands to parents for a round of the survey: a poster, whose link opens `/s/ROUND/SCHOOL`."""

from aiohttp import web

from miniapp_api.context import context, viewer
from miniapp_api.registry import Routes
from miniapp_api.schools import Format, printed
from miniapp_api.types import Id
from models.organisations.tables import Division
from models.surveys import queries
from qr.poster import Poster, survey_words

routes = Routes("surveys")


@routes.add(
    "GET",
    "/schools/{school_id}/surveys/{round_id}/poster.{format}",
    media=("application/pdf", "image/png"),
    errors=(409, 503),
    limit="export",
)
async def read_survey_poster(
    request: web.Request, school_id: Id, round_id: Id, format: Format
) -> web.StreamResponse:
    """A round's poster for a school's parents, to print or to send: A4, PDF or PNG."""
    school, asked = await queries.to_hand_out(await viewer(request), school_id, round_id)
    county = await Division.get(code=school.county_code)
    link = f"{context(request).public_url.rstrip('/')}/s/{asked.id}/{school.id}"
    until = f"{asked.closes_on.year}年{asked.closes_on.month}月{asked.closes_on.day}日"
    poster = Poster(school.name, county.name, link, f"{school.code}-{asked.id}", survey_words(until))
    return await printed(poster, format)
