"""The API's document and its page. Swagger UI is served by us: the page asks no other host."""

import asyncio
import importlib.util
import json
from functools import cache
from pathlib import Path

from aiohttp import web

from miniapp_api.ledger_schemas import ledger_schemas
from miniapp_api.registry import Route, openapi

TITLE = "膳督 Shandu API"
VERSION = "1"

PAGE = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>膳督 API</title>
<link rel="icon" type="image/svg+xml" href="/static/icon.svg">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START = "SwaggerUIBundle({url: 'openapi.json', dom_id: '#page', validatorUrl: null, deepLinking: true});"
# Swagger UI writes style elements of its own; the page shows nobody's data
STYLES = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none';"
    " base-uri 'none'; frame-ancestors 'none'"
)
FRESH = {"Cache-Control": "no-cache"}
ASSETS = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


def add_docs(app: web.Application, routes: list[Route]) -> None:
    """Serve `/openapi.json`, `/docs` and the page's assets under the application's path."""

    @cache
    def document() -> bytes:
        found = openapi(routes, TITLE, VERSION, "/api", ledger_schemas())
        return json.dumps(found, ensure_ascii=False).encode()

    async def read_document(request: web.Request) -> web.Response:
        # made for the first who asks: it takes longer than all the rest of a start
        body = await asyncio.to_thread(document)
        return web.Response(body=body, content_type="application/json", headers=FRESH)

    async def read_page(request: web.Request) -> web.Response:
        headers = {**FRESH, "Content-Security-Policy": STYLES}
        return web.Response(text=PAGE, content_type="text/html", headers=headers)

    async def read_start(request: web.Request) -> web.Response:
        return web.Response(text=START, content_type="text/javascript", headers=FRESH)

    async def read_asset(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in ASSETS:
            raise web.HTTPNotFound
        return web.FileResponse(_assets() / name, headers={**FRESH, "Content-Type": ASSETS[name]})

    app.router.add_get("/openapi.json", read_document)
    app.router.add_get("/docs", read_page)
    app.router.add_get("/docs/start.js", read_start)
    app.router.add_get("/docs/assets/{name}", read_asset)


def _assets() -> Path:
    """The folder of Swagger UI's files inside the package that carries them; the package is not imported."""
    spec = importlib.util.find_spec("swagger_ui")
    assert spec is not None and spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "static"
