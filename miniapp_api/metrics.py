"""`/metrics` for Prometheus: what this process did, and what waits in the database.

Labels are routes, states and channels, never a path, a person or an openid.
"""

import hmac
import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from bot.wechat.meters import METERS
from miniapp_api.context import Context, context
from miniapp_api.counting import BOUNDS_S, Requests
from models.journal import sealed
from models.notices import backlog, outages

BREAKER = ("closed", "half_open", "open")
# what a proxy that passes requests on for others says of it
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")


@dataclass(frozen=True, eq=False)
class Collected:
    """What there is to say, read before it is written down: prometheus_client does not await."""

    metrics: list[Metric]

    def collect(self) -> Iterator[Metric]:
        yield from self.metrics


async def read_metrics(request: web.Request) -> web.Response:
    """The figures; to anybody who may not have them, an address that there is not."""
    outside = context(request)
    if not allowed(request, outside.metrics_token, outside.limits.trusted_proxies):
        raise web.HTTPNotFound
    metrics = [*_of_requests(outside.requests), *_of_wechat(), *await _waiting(outside)]
    registry = CollectorRegistry()
    registry.register(Collected(metrics))
    ProcessCollector(registry=registry)
    return web.Response(
        body=generate_latest(registry),
        headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"},
    )


def allowed(request: web.Request, token: str | None, trusted_proxies: int) -> bool:
    """With a token, whoever says it. Without, who asks from this machine and for nobody else: not through a
    proxy, and not a page of another site that had its name point at us."""
    if token:
        said = request.headers.get("Authorization", "").encode(errors="surrogateescape")
        return hmac.compare_digest(said, f"Bearer {token}".encode())
    through_proxy = trusted_proxies > 0 or any(name in request.headers for name in FORWARDED)
    return not through_proxy and _is_here(request.remote or "") and _is_here(request.host)


def _is_here(host: str) -> bool:
    """Whether an address, or a Host header with its port, is this machine's own."""
    try:
        name = urlsplit(f"//{host}" if host.count(":") < 2 or "[" in host else f"//[{host}]").hostname
        return name == "localhost" or ipaddress.ip_address(name or "").is_loopback
    except ValueError:
        return False


def _of_requests(requests: Requests) -> Iterable[Metric]:
    counted = CounterMetricFamily(
        "shandu_http_requests", "Requests answered", labels=["method", "route", "status"]
    )
    for (method, route, status), number in sorted(requests.count.items()):
        counted.add_metric([method, route, str(status)], number)
    yield counted
    slow = HistogramMetricFamily(
        "shandu_http_request_seconds", "Seconds from a request to its answer", labels=["method", "route"]
    )
    for (method, route), kept in sorted(requests.slow.items()):
        buckets, so_far = [], 0.0
        for bound, inside in zip((*map(str, BOUNDS_S), "+Inf"), kept, strict=False):
            so_far += inside
            buckets.append((bound, so_far))
        slow.add_metric([method, route], buckets, kept[-1])
    yield slow


def _of_wechat() -> Iterable[Metric]:
    sent = CounterMetricFamily(
        "shandu_deliveries", "Attempts to deliver a notice, by how they ended", labels=["channel", "outcome"]
    )
    for (channel, outcome), number in sorted(METERS.deliveries.items()):
        sent.add_metric([channel, outcome], number)
    yield sent
    fetched = CounterMetricFamily(
        "shandu_token_fetches", "Access tokens asked of WeChat", labels=["account", "outcome"]
    )
    for (account, how), times in sorted(METERS.token_fetches.items()):
        fetched.add_metric([account, how], times)
    yield fetched
    breaker = GaugeMetricFamily(
        "shandu_breaker",
        "1 for the state the circuit breaker of an account is in",
        labels=["account", "state"],
    )
    for account, state in sorted(METERS.breakers.items()):
        now = state()
        for each in BREAKER:
            breaker.add_metric([account, each], float(each == now))
    yield breaker


async def _waiting(outside: Context) -> list[Metric]:
    now = outside.now()
    due = GaugeMetricFamily("shandu_backlog", "Deliveries due and not yet sent", labels=["channel"])
    age = GaugeMetricFamily(
        "shandu_backlog_age_seconds", "How long the oldest of them has been due", labels=["channel"]
    )
    for one in await backlog.deliveries(now):
        due.add_metric([one.of], one.count)
        age.add_metric([one.of], _age_s(one.since, now))
    kept = GaugeMetricFamily(
        "shandu_held", "Deliveries kept for others of the same person or for the morning", labels=["channel"]
    )
    for channel, number in (await backlog.held(now)).items():
        kept.add_metric([channel], number)
    open_ones = GaugeMetricFamily(
        "shandu_unsettled", "Deliveries being sent, or of unknown fate", labels=["channel", "state"]
    )
    for labels, number in (await backlog.unsettled()).items():
        open_ones.add_metric(labels, number)
    # the breakers above are this process's; what the workers found out is in the database
    out = GaugeMetricFamily(
        "shandu_outage_seconds", "How long an account has refused everything of ours", labels=["account"]
    )
    for outage in await outages.running():
        out.add_metric([outage.account], _age_s(outage.since, now))
    events = await backlog.events(now)
    steps, since = await sealed.unsealed()
    return [
        due, age, kept, open_ones, out,
        GaugeMetricFamily("shandu_inbound_waiting", "Callbacks not yet worked on", events.count),
        GaugeMetricFamily(
            "shandu_inbound_age_seconds", "How long the oldest of them has been due", _age_s(events.since, now)
        ),
        GaugeMetricFamily("shandu_journal_unsealed", "Steps of the journal not yet sealed", steps),
        GaugeMetricFamily(
            "shandu_journal_unsealed_age_seconds", "How old the oldest of them is", _age_s(since, now)
        ),
    ]  # fmt: skip


def _age_s(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
