"""The anchor: aiohttp and asyncpg by hand, the same reads and writes, no validation, no rules.

Run as `python -m ops.bench.bare`. Ours must be measured beside the least that could do the work.
"""

import hashlib
import json
import os
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
from aiohttp import BodyPartReader, web

from models.checkins.actions import INSERT as INSERT_CHECK_IN
from models.checkins.actions import SCHOOL
from models.people.queries import VIEWER
from models.surveys.actions import SEAT
from models.visits.actions import INSERT as INSERT_VISIT
from ops import memory

POOL = web.AppKey("pool", asyncpg.Pool)
FOLDER = web.AppKey("folder", Path)

JOURNAL = (
    "INSERT INTO journal_entry (at, subject_kind, subject_id, school_id, person_id, post_id, verb, facts)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb)"
)


async def _who(connection: asyncpg.Connection, request: web.Request, now: datetime) -> asyncpg.Record:
    token = request.headers["Authorization"][7:]
    hashed = hashlib.sha256(token.encode()).hexdigest()
    (found,) = await connection.fetch(VIEWER, hashed, now, date.today())  # noqa: DTZ011
    return found


async def check_in(request: web.Request) -> web.Response:
    body = json.loads(await request.read())
    now = datetime.now(UTC)
    scanned_at = datetime.fromisoformat(body["scanned_at"])
    async with request.app[POOL].acquire() as connection:
        who = await _who(connection, request, now)
        school = await connection.fetchrow(SCHOOL, who["school_id"], who["person_id"], now.date())
        async with connection.transaction():
            row_id = await connection.fetchval(
                INSERT_CHECK_IN, who["person_id"], body["request_id"], secrets.token_hex(32), who["post_id"],
                school["id"], scanned_at, scanned_at, now, 1, None, "none", None, None, None, None,
                "wgs84", None, None, None, None, None, False,
            )  # fmt: skip
            await connection.execute(
                JOURNAL,
                now,
                "check_in",
                row_id,
                school["id"],
                who["person_id"],
                who["post_id"],
                "check_in",
                "{}",
            )
    out = {"id": row_id, "school_name": school["name"], "at": scanned_at.isoformat()}
    return web.json_response(out, status=201)


async def photo(request: web.Request) -> web.Response:
    now = datetime.now(UTC)
    async with request.app[POOL].acquire() as connection:
        who = await _who(connection, request, now)
        parts = await request.multipart()
        part = await parts.next()
        assert isinstance(part, BodyPartReader)
        data = bytes(await part.read())
        key = secrets.token_hex(16)
        (request.app[FOLDER] / key).write_bytes(data)
        await connection.execute(
            "INSERT INTO photo (key, request_key, school_id, person_id, purpose, type, bytes, width, height,"
            " sha256, received_at) VALUES ($1, $2, $3, $4, $5, 'jpeg', $6, 1, 1, $7, $8)",
            key, request.query["request_id"], who["school_id"], who["person_id"], request.query["purpose"],
            len(data), hashlib.sha256(data).hexdigest(), now,
        )  # fmt: skip
    return web.json_response({"key": key}, status=201)


async def visit(request: web.Request) -> web.Response:
    body = json.loads(await request.read())
    now = datetime.now(UTC)
    async with request.app[POOL].acquire() as connection:
        who = await _who(connection, request, now)
        checked = await connection.fetchrow(
            "SELECT * FROM check_in WHERE person_id = $1 AND request_id = $2",
            who["person_id"],
            body["check_in"],
        )
        school = await connection.fetchrow("SELECT * FROM school WHERE id = $1", checked["school_id"])
        async with connection.transaction():
            visit_id = await connection.fetchval(
                INSERT_VISIT, who["person_id"], body["request_id"], secrets.token_hex(32), who["post_id"],
                school["id"], checked["id"], body["kind"], 1, "2026-11", checked["at"], now,
                json.dumps(body["answers"]), body["grade"], body["remarks"], body["companions"], 20, 0, 0, "",
                None, None, None, None, None, None,
            )  # fmt: skip
            for kind, keys in (("visit", body["photos"]), ("signature", body["signatures"])):
                await connection.execute(
                    "UPDATE photo SET subject_kind = $1, subject_id = $2 WHERE key = ANY($3)",
                    kind,
                    visit_id,
                    keys,
                )
            await connection.execute(
                "INSERT INTO duty (month, kind, school_id, county_code, post_id, state, visit_id)"
                " VALUES ('2026-11', 'committee', $1, $2, $3, 'done', $4)"
                " ON CONFLICT (month, school_id, kind) DO NOTHING",
                school["id"], school["county_code"], who["post_id"], visit_id,
            )  # fmt: skip
            await connection.execute(
                JOURNAL,
                now,
                "visit",
                visit_id,
                school["id"],
                who["person_id"],
                who["post_id"],
                "submit",
                "{}",
            )
    return web.json_response({"id": visit_id, "problems": []}, status=201)


async def survey(request: web.Request) -> web.Response:
    body = json.loads(await request.read())
    now = datetime.now(UTC)
    round_id = int(request.match_info["round_id"])
    async with request.app[POOL].acquire() as connection:
        who = await _who(connection, request, now)
        seat = await connection.fetchrow(SEAT, round_id, who["person_id"], body["child_id"])
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO survey_participation (id, round_id, school_id, person_id, child_id, on_date)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                secrets.randbits(62), round_id, seat["school_id"], who["person_id"], body["child_id"], now.date(),
            )  # fmt: skip
            await connection.execute(
                "INSERT INTO survey_ballot (id, round_id, school_id, sealed) VALUES ($1, $2, $3, $4)",
                secrets.randbits(62), round_id, seat["school_id"], json.dumps(body["marks"]).encode(),
            )  # fmt: skip
    return web.json_response({"said": "ok"}, status=201)


async def _open(app: web.Application) -> AsyncIterator[None]:
    app[FOLDER] = Path(os.environ["SHANDU_HOME"]) / "bare-photos"
    app[FOLDER].mkdir(exist_ok=True)
    size = int(os.environ["SHANDU_DATABASE_POOL"])
    app[POOL] = await asyncpg.create_pool(os.environ["SHANDU_DATABASE_URL"], min_size=size, max_size=size)
    # as ours when it is up
    memory.settled()
    yield
    await app[POOL].close()


def main() -> None:
    app = web.Application(client_max_size=2**24)
    app.cleanup_ctx.append(_open)
    app.router.add_post("/api/check-ins", check_in)
    app.router.add_post("/api/photos", photo)
    app.router.add_post("/api/visits", visit)
    app.router.add_post("/api/surveys/{round_id}/answers", survey)
    web.run_app(app, host="127.0.0.1", port=int(os.environ["SHANDU_PORT"]), print=None, access_log=None)


if __name__ == "__main__":
    main()
