"""What the demonstration's pages ask that no mini-program may: everybody's names, every school's poster,
and a clock that can be moved. These addresses exist in a demonstration only."""

import asyncio
import re
from datetime import timedelta
from typing import Any

from aiohttp import web
from tortoise.transactions import in_transaction

from miniapp_api.context import context, now
from models.database import sql
from models.organisations.tables import Division, PostKind, School
from models.people.phones import Vault
from models.people.rights import POST_NAMES
from models.policies.calendar import beijing_date, month_of, spoken
from models.visits import duties
from qr import Place, PlaceKind, sign, sign_short, url
from qr.picture import svg
from qr.poster import Poster, poster_png

MOST_DAYS = 30

SCHOOLS = """
SELECT s.id, s.name, s.county_code, c.name AS county, s.longitude, s.latitude,
  (SELECT d.state FROM duty d WHERE d.school_id = s.id AND d.month = $1 AND d.kind = 'committee') AS committee,
  (SELECT d.state FROM duty d WHERE d.school_id = s.id AND d.month = $1 AND d.kind = 'supervisor') AS supervisor,
  (SELECT COUNT(*) FROM problem p WHERE p.school_id = s.id AND p.state NOT IN ('found', 'closed', 'cancelled', 'withheld')) AS problems,
  (SELECT COUNT(*) FROM problem p WHERE p.school_id = s.id AND p.state = 'overdue') AS overdue
FROM school s JOIN division c ON c.code = s.county_code WHERE s.open ORDER BY s.county_code, s.id
"""

NEXT_DUE = """
SELECT MIN(due_at) AS due_at FROM problem
WHERE state IN ('assigned', 'returned', 'reopened') AND due_at > $1
"""

PEOPLE = """
SELECT p.id, p.name, p.phone_sealed, po.kind, po.division_code FROM post po
JOIN holding h ON h.post_id = po.id JOIN person p ON p.id = h.person_id
WHERE (po.school_id = $1 OR po.division_code IN ($2, $3, $4))
  AND h.since_on <= $5 AND (h.until_on IS NULL OR h.until_on > $5) ORDER BY po.id, p.id
"""


def add_routes(app: web.Application) -> None:
    app.router.add_get("/demo/schools", list_schools)
    app.router.add_get("/demo/people", list_people)
    app.router.add_get("/demo/codes", list_codes)
    app.router.add_get("/demo/poster/{school_id:[0-9]{1,12}}.png", read_poster)
    app.router.add_get("/demo/qr.svg", read_qr)
    app.router.add_get("/demo/now", read_now)
    app.router.add_post("/demo/clock", move_clock)


async def list_schools(request: web.Request) -> web.Response:
    """Every school with this month's duties and its open problems."""
    return web.json_response(await sql.rows(SCHOOLS, month_of(now(request))))


async def _school(request: web.Request, text: str) -> School:
    found = await School.get_or_none(id=int(text)) if text.isdigit() and len(text) < 13 else None
    if found is None:
        raise web.HTTPNotFound
    return found


def _county(request: web.Request) -> str:
    code = request.query.get("county", "")
    if not re.fullmatch("[0-9]{6}", code):
        raise web.HTTPNotFound
    return code


async def list_people(request: web.Request) -> web.Response:
    """`school`: its own people, then the officers above it. `county`: the officers of the county and above."""
    if "county" in request.query:
        code, school_id = _county(request), 0
    else:
        school = await _school(request, request.query.get("school", ""))
        code, school_id = school.county_code, school.id
    found = await sql.rows(PEOPLE, school_id, code, code[:4], code[:2], beijing_date(now(request)))
    found.sort(key=lambda row: row["division_code"] is not None)
    return web.json_response([_person(context(request).vault, row) for row in found])


def _person(vault: Vault, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "user": f"person-{row['id']}",
        "name": row["name"],
        "phone": vault.unseal(row["phone_sealed"]) if row["phone_sealed"] else None,
        "post": POST_NAMES[PostKind(row["kind"])],
        "kind": row["kind"],
    }


async def list_codes(request: web.Request) -> web.Response:
    """What the posters of a county's schools say, for a phone that has no poster to point at."""
    outside = context(request)
    found = await School.filter(county_code=_county(request), open=True).order_by("id")
    return web.json_response(
        [
            {
                "school_id": school.id,
                "name": school.name,
                "url": url(
                    outside.public_url,
                    sign(outside.keyring, Place(PlaceKind.SCHOOL, school.id), school.poster_generation),
                ),
                "short": sign_short(
                    outside.keyring, Place(PlaceKind.SCHOOL, school.id), school.poster_generation
                ),
            }
            for school in found
        ]
    )


async def read_poster(request: web.Request) -> web.Response:
    """A school's poster as a picture."""
    school = await _school(request, request.match_info["school_id"])
    county = await Division.get(code=school.county_code)
    outside, place, generation = (
        context(request),
        Place(PlaceKind.SCHOOL, school.id),
        school.poster_generation,
    )
    link = url(outside.public_url, sign(outside.keyring, place, generation))
    short = sign_short(outside.keyring, place, generation)
    poster = Poster(school.name, county.name, link, f"{school.code}-{generation}", short=short)
    data = await asyncio.to_thread(poster_png, poster, 96)
    return web.Response(body=data, content_type="image/png", headers={"Cache-Control": "no-store"})


async def read_qr(request: web.Request) -> web.Response:
    """A text of the demonstration's own as a QR code."""
    text = request.query.get("text", "")
    if not text.startswith(context(request).public_url) or len(text) > 200:
        raise web.HTTPBadRequest
    return web.Response(text=svg(text), content_type="image/svg+xml")


async def read_now(request: web.Request) -> web.Response:
    """The demonstration's present, and the next deadline that somebody may miss (null: there is none)."""
    at = now(request)
    due = sql.instant((await sql.rows(NEXT_DUE, at))[0]["due_at"])
    said = {"now": at.isoformat(), "spoken": spoken(at), "next_due_at": due and due.isoformat()}
    return web.json_response(said)


async def move_clock(request: web.Request) -> web.Response:
    """Move the clock forward by hours, at most thirty days at once."""
    clock = context(request).demo_clock
    try:
        hours = float((await request.json())["hours"])
    except (ValueError, KeyError, TypeError) as fault:
        raise web.HTTPBadRequest from fault
    if clock is None or not 0 < hours <= MOST_DAYS * 24:
        raise web.HTTPBadRequest
    at = clock.forward(timedelta(hours=hours))
    # the worker would come to it within a minute: till then a new month looked empty
    async with in_transaction():
        await duties.open_month(month_of(at))
    return await read_now(request)
