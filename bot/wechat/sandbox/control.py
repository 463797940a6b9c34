"""Telling the imitation to fail, and asking what it saw."""

from aiohttp import web

from bot.wechat.sandbox.interfaces import INTERFACES, STATE
from bot.wechat.sandbox.state import Fault, State

PATHS = {path for _, path, _, _ in INTERFACES}


def _state(request: web.Request) -> State:
    return request.config_dict[STATE]


async def add_fault(request: web.Request) -> web.Response:
    said = await request.json()
    if said.get("path") not in PATHS or said.get("drop_reply") not in (None, "before", "after"):
        raise web.HTTPBadRequest(text=f"path: one of {sorted(PATHS)}; drop_reply: before or after")
    try:
        fault = Fault(**said)
    except TypeError as wrong:
        raise web.HTTPBadRequest(text=str(wrong)) from wrong
    _state(request).faults.append(fault)
    return web.json_response({"faults": len(_state(request).faults)}, status=201)


async def clear_faults(request: web.Request) -> web.Response:
    _state(request).faults.clear()
    return web.json_response({"faults": 0})


async def read_log(request: web.Request) -> web.Response:
    """Calls, oldest first: path, errcode, instant and openid; never a token or a secret."""
    return web.json_response(list(_state(request).log))


async def stats(request: web.Request) -> web.Response:
    return web.json_response(_state(request).counts)


async def give_credits(request: web.Request) -> web.Response:
    """Consent given in bulk and without events, for measurements: {openids, balance}; phones are made."""
    said, state = await request.json(), _state(request)
    for openid in said["openids"]:
        state.users.setdefault(openid, openid)
        phone = state.phone(openid)
        phone.openid = openid
        for template in state.config.templates:
            state.credits[openid, template.id] = int(said["balance"])
    return web.json_response({"phones": len(said["openids"])})


async def kill_tokens(request: web.Request) -> web.Response:
    """Every token issued so far stops working at once, as when the secret is reset."""
    _state(request).tokens.clear()
    return web.json_response({"tokens": 0})


async def reset(request: web.Request) -> web.Response:
    _state(request).reset()
    return web.json_response({})


ROUTES = [
    web.post("/control/faults", add_fault),
    web.delete("/control/faults", clear_faults),
    web.get("/control/log", read_log),
    web.get("/control/stats", stats),
    web.post("/control/credits", give_credits),
    web.post("/control/kill-tokens", kill_tokens),
    web.post("/control/reset", reset),
]
