"""What an attacker tries at the doors: foreign pages, addresses, bodies, headers and log lines."""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from miniapp_api.app import ROUTES
from ops.logs import Lines, as_json, as_text
from ops.wiring import web_app
from tests.cast import Cast, Stage
from tests.conftest import free_port, served

pytestmark = pytest.mark.slow

PAGES = ["/", "/phone", "/q/nonsense", "/sandbox/", "/api/docs", "/nothing-here"]
ANSWERS = ["/api/me", "/api/forms", "/api/openapi.json", "/healthz", "/demo/now", "/static/home.css"]


# --- headers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*PAGES, *ANSWERS])
async def test_every_answer_carries_careful_headers(stage: Stage, path: str) -> None:
    async with stage.http.get(path) as answer:
        headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Permissions-Policy"].startswith("camera=(self)")
    assert "Strict-Transport-Security" not in headers
    assert not [name for name in headers if name.startswith("Access-Control") or name == "Set-Cookie"]
    policy = dict(part.split(None, 1) for part in headers["Content-Security-Policy"].split("; "))
    # the script of a page comes from its own host, and none stands in the page itself
    assert policy.get("script-src", policy["default-src"]) in ("'self'", "'none'")
    styles = policy.get("style-src", policy["default-src"])
    assert "'unsafe-inline'" not in styles or path == "/api/docs"
    assert "frame-ancestors" in policy


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_needs_nothing_that_its_policy_forbids(stage: Stage, path: str) -> None:
    async with stage.http.get(path) as answer:
        html = await answer.text()
    for line in html.split("<")[1:]:
        assert not (line.startswith("script") and "src=" not in line), line
        assert " style=" not in line
        assert " on" not in line.partition(">")[0].replace(" onto", ""), line
    assert "javascript:" not in html


async def test_over_https_browsers_are_told_to_stay_there(stage: Stage) -> None:
    public = replace(stage.world.context, public_url="https://shandu.example.cn")
    port = free_port()
    async with (
        served(web_app(replace(stage.world, context=public), with_sandbox=False), port),
        stage.http.get(f"http://127.0.0.1:{port}/healthz") as answer,
    ):
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_what_is_said_to_one_person_is_kept_by_nobody(cast: Cast) -> None:
    member = await cast.phone("member", consent=False)
    for path in ("/me", "/sessions", f"/schools/{cast.tianba.id}/staff", "/problems/1", "/nothing"):
        assert (await member.get(path)).headers["Cache-Control"] == "no-store", path


# --- other sites' pages ----------------------------------------------------------------------------------

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
]


@pytest.mark.parametrize("headers", FOREIGN)
async def test_a_foreign_page_moves_nothing(stage: Stage, headers: dict[str, str]) -> None:
    before = stage.clock.offset
    for path in ("/demo/clock", "/sandbox/control/reset", "/sandbox/phones/person-1/login"):
        async with stage.http.post(path, data=b'{"hours": 24}', headers=headers) as answer:
            assert (answer.status, (await answer.json())["code"]) == (403, "foreign_page"), path
    assert stage.clock.offset == before


async def test_our_own_page_moves_the_clock(stage: Stage) -> None:
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": stage.url}, {}):
        async with stage.http.post("/demo/clock", json={"hours": 1}, headers=headers) as answer:
            assert answer.status == 200


async def test_a_form_on_a_foreign_page_cannot_speak_to_the_api(cast: Cast) -> None:
    member = await cast.phone("member", consent=False)
    # what a form can send without asking first: these three types, and no Authorization
    for media in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {"Content-Type": media, "Origin": "https://evil.example"}
        for path in ("/sessions", "/problems"):
            body = json.dumps({"code": "x"})
            async with member.stage.http.post(f"/api{path}", data=body, headers=headers) as answer:
                assert answer.status in (401, 415), (path, media)
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST",
                 "Access-Control-Request-Headers": "authorization"}  # fmt: skip
    async with member.stage.http.options("/api/problems", headers=preflight) as answer:
        assert answer.status == 405
        assert not [name for name in answer.headers if name.startswith("Access-Control")]


# --- addresses -------------------------------------------------------------------------------------------


async def raw(stage: Stage, request: bytes) -> tuple[int, bytes]:
    """Bytes as no client library would send them."""
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.world.settings.port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    return int(answer.split(None, 2)[1]), answer


OUT = ["/etc/passwd", "/../../pyproject.toml", "/..%2f..%2fpyproject.toml", "/%2e%2e/%2e%2e/pyproject.toml",
       "/..%5c..%5cpyproject.toml", "/....//pyproject.toml", "/%00", "/phone/..%2f..%2f__init__.py",
       "//etc/passwd", "/home.css%00.js", "/.hidden.js"]  # fmt: skip
BASES = [
    "/static",
    "/q",
    "/api/photos",
    "/api/docs/assets",
    "/demo/poster",
    "/api/schools/1/poster.",
    "/sandbox",
]


@pytest.mark.parametrize("base", BASES)
async def test_no_address_leads_out_of_its_folder(cast: Cast, stage: Stage, base: str) -> None:
    officer = await cast.phone("officer", consent=False)
    for way in OUT:
        status, answer = await raw(
            stage,
            f"GET {base}{way} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            f"Authorization: Bearer {officer.token}\r\n\r\n".encode(),
        )
        assert status in (400, 404, 422), (base, way)
        assert b"[project]" not in answer
        assert b"root:" not in answer


async def test_our_addresses_do_not_follow_what_a_request_says_of_its_host(cast: Cast, stage: Stage) -> None:
    head = await cast.phone("head", consent=False)
    lies = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
            "Forwarded": "host=evil.example", "Authorization": f"Bearer {head.token}"}  # fmt: skip
    paths = [f"/api/schools/{cast.tianba.id}/rotating-code", "/api/openapi.json", "/demo/codes?county=530302"]
    for path in [*paths, "/", f"/q/{stage.code(cast.tianba)}"]:
        async with stage.http.get(path, headers=lies) as answer:
            said = await answer.text()
        assert answer.status == 200
        assert "evil" not in said, path
        assert "evil" not in str(answer.headers), path


# --- bodies: nothing may be given that is not asked for --------------------------------------------------


async def _document(stage: Stage) -> Any:
    async with stage.http.get("/api/openapi.json") as answer:
        return await answer.json()


def _objects(schema: Any, document: Any, seen: frozenset[str] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Every object that a schema allows anywhere inside, with its name."""
    if isinstance(schema, list):
        for one in schema:
            yield from _objects(one, document, seen)
    if not isinstance(schema, dict):
        return
    name = schema.get("$ref", "")
    if name and name not in seen:
        named = document["components"]["schemas"][name.rsplit("/", 1)[1]]
        yield from _objects(named, document, seen | {name})
    if schema.get("type") == "object":
        yield schema.get("title", ""), schema
    for key, inner in schema.items():
        if key in ("properties", "additionalProperties", "anyOf", "allOf", "oneOf", "items", "prefixItems"):
            yield from _objects(list(inner.values()) if key == "properties" else inner, document, seen)


async def test_no_body_takes_a_field_that_it_does_not_name(stage: Stage) -> None:
    document = await _document(stage)
    loose = [
        f"{method.upper()} {path}: {name}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        for media, content in operation.get("requestBody", {}).get("content", {}).items()
        if media == "application/json"
        for name, found in _objects(content["schema"], document)
        # either closed, or a map whose names or values have a type of their own
        if "patternProperties" not in found and found.get("additionalProperties", True) is True
    ]
    assert loose == []


async def test_a_field_too_many_is_refused_by_every_operation(cast: Cast, stage: Stage) -> None:
    officer = await cast.phone("officer", consent=False)
    for route in ROUTES:
        path = route.path.replace("{format}", "png").replace("{key}", "late_days").replace("{code}", "530302")
        path = "".join("1" if part.startswith("{") else part for part in _parts(path))
        if route.body:
            sent = {"person_id": 1, "role": "province", "is_admin": True, "zz_extra": 1}
            said = await officer.ask(route.method, path, json=sent)
            refused = {error["at"] for error in said.json["errors"] if "Extra" in error["message"]}
            assert said.status == 422, route.path
            assert {"role", "is_admin", "zz_extra"} <= refused, route.path
        if route.query:
            said = await officer.ask(route.method, path, params={"zz_extra": "1"}, json={})
            assert said.status == 422, route.path
            assert "zz_extra" in {error["at"] for error in said.json["errors"]}, route.path


def _parts(path: str) -> list[str]:
    return path.replace("{", "\n{").replace("}", "}\n").split("\n")


# --- log lines -------------------------------------------------------------------------------------------


@contextmanager
def written_log(layout: Callable[[dict[str, Any]], str]) -> Iterator[io.StringIO]:
    """What the process writes, as `ops.logs` lays it out."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Lines(layout))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield out
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


FORGED = "level=ERROR forged"
LINES = [
    ("GET", "/api/problems/1%0d%0a2026-11-24T00:00:00Z%20" + FORGED.replace(" ", "%20"), {}),
    ("GET", "/nothing%0a%7b%22level%22:%22ERROR%22%7d", {}),
    ("GET", "/q/x%1b%5b2J" + FORGED.replace(" ", "%20"), {}),
    ("GET", "/healthz", {"X-Request-Id": f'abcdefgh"}} {FORGED}'}),
    ("GET", "/healthz", {"User-Agent": f"x\t{FORGED}"}),
    ("POST", "/wechat/callback?signature=%0a" + FORGED.replace(" ", "%20"), {}),
]


@pytest.mark.parametrize("layout", [as_json, as_text])
async def test_nobody_writes_a_line_of_our_log(stage: Stage, layout: Callable[[dict[str, Any]], str]) -> None:
    with written_log(layout) as out:
        for method, path, headers in LINES:
            given = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            await raw(
                stage, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{given}\r\n".encode()
            )
        # a header cannot hold a line break; what a parser says of it must not hold one either
        await raw(stage, b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\n b\x1b[2J\x00\r\nConnection: close\r\n\r\n")
    lines = out.getvalue().splitlines()
    assert len(lines) >= len(LINES)
    for line in lines:
        assert "\x1b" not in line
        if layout is as_json:
            assert json.loads(line)["level"] != "forged"
        else:
            assert line.startswith(("2026-", "    | "))
    assert not [line for line in lines if line.lstrip("0123456789-T:.Z ").startswith(FORGED)]
