"""The HTTP application of the mini-program and the pages."""

from aiohttp import web

from miniapp_api import (
    alerts,
    board,
    channels,
    checkins,
    contents,
    deliveries,
    desk_tickets,
    digests,
    dispatch,
    figures,
    health,
    imports,
    inspections,
    invitations,
    journal,
    ledger,
    ledger_workbooks,
    notices,
    organisations,
    people,
    photos,
    privacy,
    problems,
    robots,
    schools,
    sessions,
    survey_posters,
    surveys,
    terms,
    tus,
    uploads,
    visits,
)
from miniapp_api.client import add_client
from miniapp_api.compressing import compressed
from miniapp_api.context import CONTEXT, Context
from miniapp_api.desk import add_desk
from miniapp_api.docs import add_docs
from miniapp_api.errors import errors
from miniapp_api.metrics import read_metrics
from miniapp_api.middleware import add_headers, own_pages, request_ids
from miniapp_api.pages import add_pages
from miniapp_api.registry import mount

AREAS = [
    sessions,
    people,
    schools,
    checkins,
    visits,
    photos,
    uploads,
    problems,
    contents,
    notices,
    digests,
    channels,
    privacy,
    journal,
    surveys,
    survey_posters,
    terms,
    imports,
    invitations,
    organisations,
    deliveries,
    desk_tickets,
    robots,
    ledger,
    ledger_workbooks,
    inspections,
    dispatch,
    figures,
    alerts,
    board,
]
ROUTES = [route for area in AREAS for route in area.routes.routes]

# Pictures come as multipart, which has its own bound; nothing else is longer than a visit's form.
BODY_BYTES = 256 * 1024


def watching(outside: Context) -> web.Application:
    """What a process without pages of its own answers to those who watch it: `/healthz` and `/metrics`."""
    app = web.Application(middlewares=[request_ids, errors])
    app[CONTEXT] = outside
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/metrics", read_metrics)
    return app


def application(outside: Context) -> web.Application:
    """`/api` and the pages, ready to serve; other applications may be mounted beside them."""
    app = web.Application(middlewares=[request_ids, errors, own_pages], client_max_size=BODY_BYTES)
    app[CONTEXT] = outside
    app.on_response_prepare.append(add_headers)
    api = web.Application(middlewares=[compressed], client_max_size=BODY_BYTES)
    add_docs(api, ROUTES)
    mount(api, ROUTES)
    api.on_response_prepare.append(tus.announce)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", read_metrics)
    add_pages(app)
    add_client(app)
    add_desk(app)
    app.add_subapp("/api", api)
    return app
