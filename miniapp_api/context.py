"""What a handler may reach: the clock, the keys, the photo store, WeChat, its content check, and who is asking."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from aiohttp import web

from bot.wechat.account import Account
from bot.wechat.client import Gateway
from bot.wechat.contents import ContentChecker
from bot.wechat.wecom.robots import Robots
from miniapp_api.counting import Requests
from miniapp_api.limits import Limits
from models.evidence.store import PhotoStore
from models.notices.unreached import Ways
from models.people import actions as people
from models.people.access import NotSignedIn, Viewer
from models.people.phones import Vault
from models.people.queries import viewer_of
from models.policies.calendar import beijing_date
from models.surveys.sealing import Seal
from qr import Keyring

REQUEST_ID = web.RequestKey("request_id", str)
VIEWER = web.RequestKey("viewer", Viewer)


class Probe(Protocol):
    """Something readiness depends on; raises when it is not there."""

    async def __call__(self) -> None: ...


class MovableClock(Protocol):
    """A demonstration's clock."""

    def forward(self, by: timedelta) -> datetime: ...


@dataclass(frozen=True)
class Context:
    """The outside world of the API, made once at start."""

    now: Callable[[], datetime]
    keyring: Keyring
    vault: Vault
    seal: Seal
    store: PhotoStore
    gateway: Gateway
    checker: ContentChecker
    account: Account
    robots: Robots
    public_url: str
    templates: dict[str, str]
    # the account's template of each kind of notice, and what reaches people here besides
    template_of: Mapping[str, str]
    ways: Ways
    # by which people can be told here, besides the inbox
    channels: frozenset[str]
    probes: dict[str, Probe]
    map_note: str
    # present in a demonstration only; its pages exist only then
    demo_clock: MovableClock | None = None
    limits: Limits = field(default_factory=Limits)
    # what `/metrics` is told for; None: only this machine is
    metrics_token: str | None = field(default=None, repr=False)
    requests: Requests = field(default_factory=Requests)

    @property
    def demo(self) -> bool:
        return self.demo_clock is not None


CONTEXT = web.AppKey("context", Context)


def context(request: web.Request) -> Context:
    return request.config_dict[CONTEXT]


def now(request: web.Request) -> datetime:
    """The instant of this request, aware UTC."""
    return context(request).now()


async def viewer(request: web.Request) -> Viewer:
    """Who is asking, by the bearer token; raises NotSignedIn. Read once a request."""
    known: Viewer | None = request.get(VIEWER)
    if known is not None:
        return known
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.isascii() or not 0 < len(token) <= 200:
        raise NotSignedIn
    at = now(request)
    today = beijing_date(at)
    found = await viewer_of(token, at, today)
    if found.seen_on != today:
        await people.seen(found, today)
    request[VIEWER] = found
    return found
