"""Telling the imitation to fail, and asking what it saw."""

from typing import Any

from aiohttp import web

from bot.wechat.sandbox import sms
from bot.wechat.sandbox.interfaces import INTERFACES, LABELS
from bot.wechat.sandbox.serving import PUSHES, STATE, read_object
from bot.wechat.sandbox.state import Fault, Phone, State

PATHS = {path for _, path, _, _ in INTERFACES} | {sms.PATH}
MEMBERS: dict[str, type | tuple[type, ...]] = {
    "path": str,
    "errcode": int,
    "code": str,
    "errmsg": str,
    "delay_s": (int, float),
    "drop_reply": str,
    "times": int,
}


def _state(request: web.Request) -> State:
    return request.config_dict[STATE]


async def add_fault(request: web.Request) -> web.Response:
    """{path, errcode?, errmsg?, code? (of short messages), delay_s?, drop_reply?: before | after, times?}; without times, for good."""
    fault = _fault(await read_object(request))
    _state(request).faults.append(fault)
    return web.json_response({"faults": len(_state(request).faults)}, status=201)


def _fault(said: dict[str, Any]) -> Fault:
    given = {name: value for name, value in said.items() if value is not None}
    strange = [name for name, value in given.items() if not isinstance(value, MEMBERS.get(name, ()))]
    if strange:
        raise web.HTTPBadRequest(text=f"members: {sorted(MEMBERS)}; wrong: {strange}")
    if given.get("path") not in PATHS:
        raise web.HTTPBadRequest(text=f"path: one of {sorted(PATHS)}")
    if given.get("drop_reply", "after") not in ("before", "after") or given.get("times", 1) < 1:
        raise web.HTTPBadRequest(text="drop_reply: before or after; times: 1 or more")
    return Fault(**given)


async def clear_faults(request: web.Request) -> web.Response:
    _state(request).faults.clear()
    return web.json_response({"faults": 0})


async def read_log(request: web.Request) -> web.Response:
    """Calls, oldest first: path, errcode, instant and openid; never a token or a secret.

    `errcode` is null where nothing was done; `dropped` says when the connection was cut.
    """
    return web.json_response(list(_state(request).log))


async def stats(request: web.Request) -> web.Response:
    """Counts since the start or the last reset: calls by path, token_fetches, delivered, pushes."""
    waiting = request.config_dict[PUSHES].waiting()
    counts = {"token_fetches": 0, "delivered": 0, "pushes_answered": 0, "pushes_given_up": 0}
    return web.json_response({**counts, **_state(request).counts, "pushes_waiting": waiting})


async def give_credits(request: web.Request) -> web.Response:
    """Consent given in bulk and without events, for measurements: {openids, balance}; phones are made."""
    said, state = await read_object(request), _state(request)
    for openid in said["openids"]:
        if state.phone_of(openid) is None:
            state.add(Phone(openid, openid))
        for template in state.config.templates:
            state.credits[openid, template.id] = int(said["balance"])
    state.changed()
    return web.json_response({"phones": len(said["openids"])})


async def next_pictures(request: web.Request) -> web.Response:
    """What the content check makes of the next pictures, in order: {findings: [pass | review | risky]}."""
    findings = (await read_object(request)).get("findings")
    if not isinstance(findings, list) or not all(one in LABELS for one in findings):
        raise web.HTTPBadRequest(text=f"findings: of {sorted(LABELS)}")
    _state(request).pictures.extend(findings)
    return web.json_response({"pictures": len(_state(request).pictures)})


async def kill_tokens(request: web.Request) -> web.Response:
    """Every token issued so far stops working at once, as when the secret is reset."""
    _state(request).tokens.forget()
    return web.json_response({"tokens": 0})


async def reset(request: web.Request) -> web.Response:
    """As new: no phones, credits, messages, faults, tokens or waiting pushes."""
    _state(request).reset()
    request.config_dict[PUSHES].forget()
    return web.json_response({})


ROUTES = [
    web.post("/control/faults", add_fault),
    web.delete("/control/faults", clear_faults),
    web.get("/control/log", read_log),
    web.get("/control/stats", stats),
    web.post("/control/credits", give_credits),
    web.post("/control/kill-tokens", kill_tokens),
    web.post("/control/pictures", next_pictures),
    web.post("/control/reset", reset),
]
