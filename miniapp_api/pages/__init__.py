"""The web pages: what a link of a poster, a document or an invitation opens and, in a demonstration, the map and the phone."""

import hashlib
from functools import cache
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from miniapp_api.context import CONTEXT, context
from miniapp_api.pages import demo, maps
from models.organisations.tables import Division, School
from models.policies.calendar import beijing_date, spoken
from models.surveys import queries
from models.visits.tables import RectificationNotice
from qr import BadCode, PlaceKind, verify

HERE = Path(__file__).parent
STATIC = HERE / "static"

TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
)
TEMPLATES.filters["spoken"] = spoken
PREFECTURE = "5303"


def add_pages(app: web.Application) -> None:
    """Serve `/q/TOKEN`, `/s/ROUND/SCHOOL`, `/documents/CODE`, `/n/KIND/ID` and the static files; the demonstration's pages where its clock is."""
    app.router.add_get("/q/{token}", read_code)
    app.router.add_get("/documents/{code:[a-z0-9]{1,32}}", read_document)
    app.router.add_get("/i/{code:[2-9A-HJKMNP-Z]{10}}", read_invitation)
    app.router.add_get("/s/{round:[0-9]{1,15}}/{school:[0-9]{1,15}}", read_survey)
    app.router.add_get("/n/{kind:[a-z_]{1,20}}/{id:[0-9]{1,15}}", read_notice)
    app.router.add_get("/favicon.ico", read_icon)
    app.router.add_get(r"/static/{name:[a-z0-9/-]+\.(?:js|css|svg)}", read_static)
    if app[CONTEXT].demo:
        app.router.add_get("/", home)
        app.router.add_get("/phone", phone)
        demo.add_routes(app)
    else:
        app.router.add_get("/", front)


def page(name: str, status: int = 200, **words: object) -> web.Response:
    """A template as an answer that no cache keeps."""
    html = TEMPLATES.get_template(name).render(**words)
    return web.Response(
        text=html, content_type="text/html", status=status, headers={"Cache-Control": "no-store"}
    )


async def home(request: web.Request) -> web.Response:
    """The prefecture and a phone."""
    prefecture = await Division.get(code=PREFECTURE)
    counties = await Division.filter(code__startswith=PREFECTURE, level="county").order_by("code")
    return page(
        "home.html",
        prefecture=prefecture,
        drawing=maps.prefecture(PREFECTURE, {county.code: county.name for county in counties}),
        note=context(request).map_note,
    )


async def phone(request: web.Request) -> web.Response:
    """The phone alone, as the page beside the map frames it."""
    return page("phone.html")


async def front(request: web.Request) -> web.Response:
    """What an installation that is not a demonstration says at its root."""
    return page("front.html")


async def read_code(request: web.Request) -> web.Response:
    """A poster's link opened outside WeChat: whose code it is and how to use it."""
    outside = context(request)
    await outside.limits.request(request, "ordinary", outside.now())
    token = request.match_info["token"]
    try:
        claim = verify(outside.keyring, token)
    except BadCode:
        return page("code.html", 404, school=None, into=None, revoked=False, demo=outside.demo, token="")
    school = await School.get_or_none(id=claim.place.id) if claim.place.kind is PlaceKind.SCHOOL else None
    revoked = school is not None and claim.generation != school.poster_generation
    into = await School.get_or_none(id=school.merged_into) if school and school.merged_into else None
    status = 404 if school is None or revoked or not school.open else 200
    return page(
        "code.html", status, school=school, into=into, revoked=revoked, demo=outside.demo, token=token
    )


async def read_invitation(request: web.Request) -> web.Response:
    """An invitation's link opened outside the mini-program. Nothing is looked up: whoever guesses codes
    learns nothing here."""
    return page("invitation.html", code=request.match_info["code"])


async def read_notice(request: web.Request) -> web.Response:
    """What a card in WeCom opens. Nothing is looked up: who has not signed in learns nothing here."""
    return page("notice.html", demo=context(request).demo)


async def read_survey(request: web.Request) -> web.Response:
    """A survey poster's link opened outside the mini-program: which round, until when, and how to take part."""
    outside = context(request)
    await outside.limits.request(request, "ordinary", outside.now())
    found = await queries.public_round(int(request.match_info["school"]), int(request.match_info["round"]))
    if found is None:
        return page("survey.html", 404, school=None, asked=None, over=False)
    school, asked = found
    over = asked.closes_on < beijing_date(outside.now())
    return page("survey.html", school=school, asked=asked, over=over)


async def read_document(request: web.Request) -> web.Response:
    """Whether a printed rectification notice is genuine: its number, school and date, nothing else."""
    found = await RectificationNotice.get_or_none(check_code=request.match_info["code"])
    return page("document.html", 404 if found is None else 200, notice=found and found.content)


def missing() -> web.Response:
    """What a browser is told of an address that there is not."""
    answer = page("missing.html", 404)
    answer.headers["Vary"] = "Accept"
    return answer


async def read_icon(request: web.Request) -> web.StreamResponse:
    """The icon, for browsers that ask before they have read a page."""
    return web.FileResponse(STATIC / "icon.svg", headers={"Cache-Control": "no-cache"})


async def read_static(request: web.Request) -> web.StreamResponse:
    """A file of ours; the pattern of the address lets no dots through but the one before the ending."""
    path = STATIC / request.match_info["name"]
    if not path.is_file():
        raise web.HTTPNotFound
    tag = _tag(path, path.stat().st_mtime_ns)
    if request.headers.get("If-None-Match") == tag:
        raise web.HTTPNotModified(headers={"ETag": tag})
    return web.FileResponse(path, headers={"Cache-Control": "no-cache", "ETag": tag})


@cache
def _tag(path: Path, changed_ns: int) -> str:
    return f'"{hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"'
