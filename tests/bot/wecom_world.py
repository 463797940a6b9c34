"""WeCom and us on two real ports, with a clock we move: the imitation, the gateways, the callback door."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import redis.asyncio
from aiohttp import web

from bot.wechat.account import Account
from bot.wechat.buckets import SharedBuckets
from bot.wechat.callback import add_routes
from bot.wechat.codec import Inbound
from bot.wechat.errors import WeChatError
from bot.wechat.sandbox import SandboxConfig, WeComConfig, sandbox_app
from bot.wechat.token import LocalTokens
from bot.wechat.wecom.account import WeComAccount
from bot.wechat.wecom.cards import Button, ButtonCard, TextCard
from bot.wechat.wecom.gateway import WeComGateway
from bot.wechat.wecom.pace import Pace, TooSoon
from bot.wechat.wecom.robots import Robots
from tests.bot.wechat_world import SECRET, Clock, listening

MINI = Account("wx0123456789abcdef", SECRET, "callbacktoken", "a" * 43, "")
WECOM = WeComAccount("ww0123456789abcdef", "s" * 43, "wecomtoken", "d" * 43, "", 1000002)
SEND = "/wecom/cgi-bin/message/send"
TOKEN = "/wecom/cgi-bin/gettoken"
CARD = TextCard("整改通知", "麒麟区田坝小学\n食品留样不足", "https://shandu.example.cn/p/1")


def buttons(task_id: str = "delivery-1") -> ButtonCard:
    return ButtonCard(
        "整改待核查",
        "学校已提交整改，请核查",
        (("学校", "麒麟区田坝小学"), ("问题", "食品留样不足")),
        (Button("核查通过", "verify:1"), Button("退回", "return:1", urgent=True)),
        task_id,
    )


@dataclass
class World:
    clock: Clock
    http: aiohttp.ClientSession
    gateway: WeComGateway
    robots: Robots
    base: str
    callback: str
    # another worker's gateway, with what the two share in Redis
    neighbour: WeComGateway
    received: list[Inbound] = field(default_factory=list)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the imitation something; its JSON answer."""
        async with self.http.request(method, self.base + path, json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def fault(self, path: str, **how: Any) -> None:
        await self.ask("POST", "/control/faults", {"path": path, **how})

    async def counts(self) -> Any:
        return await self.ask("GET", "/control/stats")

    async def calls(self, path: str) -> list[Any]:
        return [line["errcode"] for line in await self.ask("GET", "/control/log") if line["path"] == path]

    async def member(self, user: str = "officer") -> str:
        """Somebody in the enterprise; their userid."""
        await self.ask("PUT", f"/phones/{user}", {"nickname": "李华", "phone": "13800138001"})
        return str((await self.ask("POST", f"/phones/{user}/wecom/join"))["userid"])

    async def lines(self, user: str = "officer") -> list[Any]:
        return list((await self.ask("GET", f"/phones/{user}/wecom"))["lines"])

    async def heard(self, kind: str) -> Inbound:
        """What our door was given, when something of the kind has come."""
        for _ in range(400):
            found = [one for one in self.received if one.kind == kind]
            if found:
                return found[-1]
            await asyncio.sleep(0.01)
        raise AssertionError([one.kind for one in self.received])


async def refusal(call: Any) -> int:
    """The error code of a call; 0 when it was done."""
    try:
        await call
    except WeChatError as fault:
        return fault.errcode
    return 0


async def wait_for(call: Any) -> float:
    """The seconds that a message must wait; 0 when it went."""
    try:
        await call
    except TooSoon as soon:
        return soon.wait_s
    return 0


@asynccontextmanager
async def world(redis_url: str | None = None) -> AsyncIterator[World]:
    clock, door, received = Clock(), web.Application(), list[Inbound]()

    async def accept(inbound: Inbound) -> None:
        received.append(inbound)

    add_routes(door, "/wecom", WECOM, accept, clock)
    client = redis.asyncio.Redis.from_url(redis_url) if redis_url else None
    if client is not None:
        # the clock begins anew, and buckets of another test do not fill
        await client.flushdb()
    async with listening(door) as ours, aiohttp.ClientSession() as http:
        config = SandboxConfig([MINI], [], wecom=WeComConfig(WECOM, f"{ours}/wecom"))
        async with listening(sandbox_app(config, clock, None)) as base:
            account = replace(WECOM, base_url=f"{base}/wecom")
            tokens = LocalTokens(account, http, clock)
            pace = Pace(SharedBuckets(client), clock)
            yield World(
                clock,
                http,
                WeComGateway(account, http, tokens, pace, 2),
                Robots(account.base_url, http, pace, 2),
                base,
                f"{ours}/wecom",
                WeComGateway(
                    account, http, LocalTokens(account, http, clock), Pace(SharedBuckets(client), clock), 2
                ),
                received,
            )
    if client is not None:
        await client.aclose()
