"""The phone's client in a browser (H5) at `/m/`, as `make` builds it from `miniprogram/`."""

import base64
import hashlib
import re
from functools import cache
from pathlib import Path

from aiohttp import web

from miniapp_api.pages import page

BUILT = Path(__file__).parents[1] / "miniprogram" / "dist" / "build" / "h5"

# names of assets carry a hash of what is in them
FOR_EVER = "public, max-age=31536000, immutable"
INLINE = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)


def add_client(app: web.Application) -> None:
    """Serve the built client; without a build its address says how to make one."""
    app.router.add_get("/m", to_start)
    app.router.add_get("/m/", read_start)
    app.router.add_get("/m/sw.js", read_worker)
    app.router.add_get(r"/m/assets/{name:[A-Za-z0-9._-]+\.(?:js|css|ttf|png|svg)}", read_asset)


async def to_start(request: web.Request) -> web.Response:
    raise web.HTTPPermanentRedirect("/m/")


async def read_start(request: web.Request) -> web.StreamResponse:
    """The page that is usable before its program has come. Its own script and style are named by their hashes."""
    path = BUILT / "index.html"
    if not path.is_file():
        return page("unbuilt.html", 404)
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": _policy(path, path.stat().st_mtime_ns),
        # for dictation, by browsers that do it themselves
        "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(self), payment=(), usb=()",
    }
    return web.FileResponse(path, headers=headers)


async def read_worker(request: web.Request) -> web.StreamResponse:
    return _file("sw.js", "no-cache")


async def read_asset(request: web.Request) -> web.StreamResponse:
    return _file(f"assets/{request.match_info['name']}", FOR_EVER)


def _file(name: str, kept: str) -> web.FileResponse:
    """A file of the build; a compressed one lies beside it, and goes to whoever takes it."""
    path = BUILT / name
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": kept})


@cache
def _policy(path: Path, changed_ns: int) -> str:
    found: dict[str, list[str]] = {"script": [], "style": []}
    for kind, text in INLINE.findall(path.read_text()):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        found[kind].append(f"'sha256-{digest}'")
    return (
        f"default-src 'self'; script-src 'self' {' '.join(found['script'])};"
        f" style-src 'self' {' '.join(found['style'])}; img-src 'self' data: blob:; font-src 'self' data:;"
        " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    )
