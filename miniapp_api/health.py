"""Whether the process lives, and whether it can work."""

import asyncio
import logging

from aiohttp import web

from miniapp_api.context import context

log = logging.getLogger(__name__)


async def alive(request: web.Request) -> web.Response:
    """The loop turns."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Every probe answers within two seconds, or 503 naming those that do not."""
    faults = []
    for name, probe in context(request).probes.items():
        try:
            async with asyncio.timeout(2):
                await probe()
        except Exception as fault:
            log.warning("not ready", extra={"probe": name, "fault": type(fault).__name__})
            faults.append(name)
    return web.json_response(
        {"status": "unready" if faults else "ready", "faults": faults}, status=503 if faults else 200
    )
