"""The desk (网页工作台): officers' pages in a browser, by the same questions, actions and rights as the API."""

from aiohttp import web

from miniapp_api.desk import deliveries, entering, unreached
from miniapp_api.desk.door import paged

_NOTICE = "/desk/notices/{notice_id:[0-9]{1,15}}"
_PERSON = "/desk/unreached/{county:[0-9]{6}}/{person_id:[0-9]{1,15}}"


def add_desk(app: web.Application) -> None:
    """Serve everything under `/desk/`."""
    app.router.add_post("/desk/tickets", entering.new_ticket)
    app.router.add_post("/desk/tickets/standing", entering.read_standing)
    app.router.add_get("/desk/t/{ticket:[A-Za-z0-9_-]{32}}", entering.read_ticket)
    app.router.add_get("/desk/", paged(entering.home))
    app.router.add_get("/desk/devices", paged(entering.devices))
    app.router.add_post("/desk/devices/{session_id:[0-9]{1,15}}/sign-out", paged(entering.sign_device_out))
    app.router.add_post("/desk/sign-out", paged(entering.sign_out))
    app.router.add_get("/desk/deliveries", paged(deliveries.read_log))
    app.router.add_post("/desk/deliveries", paged(deliveries.search))
    app.router.add_get(_NOTICE, paged(deliveries.read_notice))
    app.router.add_post(_NOTICE + "/withdraw", paged(deliveries.withdraw))
    app.router.add_post(_NOTICE + "/deliveries/{delivery_id:[0-9]{1,15}}/resend", paged(deliveries.resend))
    app.router.add_get("/desk/unreached", paged(unreached.read_board))
    app.router.add_post(_PERSON + "/phone", paged(unreached.reveal))
    app.router.add_post(_PERSON + "/called", paged(unreached.called))
