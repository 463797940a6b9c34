"""WeChat and us on two real ports, with a clock we move: the imitation, the gateway, the callback door."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import xmltodict
from aiohttp import web
from wechatpy.crypto import WeChatCrypto

from bot.wechat.account import Account
from bot.wechat.breaker import Breaker
from bot.wechat.callback import add_routes
from bot.wechat.client import Gateway
from bot.wechat.codec import Inbound
from bot.wechat.official import OfficialGateway
from bot.wechat.sandbox import OfficialConfig, SandboxConfig, Template, sandbox_app
from bot.wechat.token import LocalTokens

START = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
SECRET = "0123456789abcdef0123456789abcdef"
OTHER = Account("wxffffffffffffffff", "f" * 32, "token", "b" * 43, "")

RECTIFY = Template("T-rectify", "整改通知", [("thing1", "学校"), ("time2", "整改期限")])
NEWS = Template("T-news", "食堂公告", [("thing1", "内容")], long_term=True)
OFFICIAL = Account("wx00000000000000ff", "a" * 32, "officialtoken", "c" * 43, "")
TASK = Template("O-task", "整改通知", [("thing1", "学校"), ("time2", "整改期限")])
WORDS = {"thing1": "麒麟区田坝小学", "time2": "2026年11月27日 18:00"}

TOKEN = "/cgi-bin/stable_token"
SEND = "/cgi-bin/message/subscribe/send"
LOGIN = "/sns/jscode2session"
PHONE = "/wxa/business/getuserphonenumber"
CODE = "/wxa/getwxacodeunlimit"


@dataclass
class Clock:
    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class World:
    account: Account
    clock: Clock
    http: aiohttp.ClientSession
    gateway: Gateway
    official: OfficialGateway
    tokens: LocalTokens
    base: str
    callback: str
    received: list[Inbound] = field(default_factory=list)
    # how many pushes to answer with 500 before storing one
    failing: int = 0

    async def accept(self, inbound: Inbound) -> None:
        if self.failing:
            self.failing -= 1
            raise RuntimeError("the database is away")
        self.received.append(inbound)

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Ask the imitation something; its JSON answer."""
        async with self.http.request(method, self.base + path, json=body, params=query) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def fault(self, path: str, **how: Any) -> None:
        await self.ask("POST", "/control/faults", {"path": path, **how})

    async def no_faults(self) -> None:
        await self.ask("DELETE", "/control/faults")

    async def calls(self, path: str) -> list[Any]:
        """The errcodes that one interface answered, in order."""
        return [line["errcode"] for line in await self.ask("GET", "/control/log") if line["path"] == path]

    async def person(self, user: str = "head", *, accepts: int = 1) -> str:
        """Somebody with a phone who has accepted the templates so many times; returns the openid."""
        phone = await self.ask("PUT", f"/phones/{user}", {"nickname": "张明", "phone": "13800138000"})
        for _ in range(accepts):
            choices = {"T-rectify": "accept", "T-news": "accept"}
            await self.ask("POST", f"/phones/{user}/subscribe", {"choices": choices})
        return str(phone["openid"])

    async def messages(self, user: str = "head") -> list[Any]:
        return list((await self.ask("GET", f"/phones/{user}/messages"))["messages"])

    async def send(self, openid: str, **changes: str) -> str:
        return await self.gateway.send_subscribe(
            openid, "T-rectify", {**WORDS, **changes}, "pages/problem/index?id=1"
        )

    async def push(self, query: dict[str, str], body: bytes, **headers: str) -> int:
        """Post to the callback door; the status."""
        async with self.http.post(self.callback, params=query, data=body, headers=headers) as answer:
            assert len(await answer.text()) < 100
            return answer.status


@asynccontextmanager
async def world(
    *, callback_format: str = "xml", state_file: Path | None = None, timeout_s: float = 2, failing: int = 0
) -> AsyncIterator[World]:
    clock, door = Clock(), web.Application()
    account = Account("wx0123456789abcdef", SECRET, "callbacktoken", "a" * 43, "")
    staged: list[World] = []

    async def accept(inbound: Inbound) -> None:
        await staged[0].accept(inbound)

    add_routes(door, "/callback", account, accept, clock)
    add_routes(door, "/official", OFFICIAL, accept, clock)
    async with listening(door) as ours:
        callback = f"{ours}/callback"
        official = OfficialConfig(OFFICIAL, [TASK], f"{ours}/official")
        config = SandboxConfig([account, OTHER], [RECTIFY, NEWS], callback, callback_format, official)
        async with (
            listening(sandbox_app(config, clock, state_file)) as base,
            aiohttp.ClientSession() as http,
        ):
            account = replace(account, base_url=base)
            tokens = LocalTokens(account, http, clock)
            gateway = Gateway(account, http, tokens, timeout_s, Breaker("小程序", clock))
            ours_official = replace(OFFICIAL, base_url=base)
            official_gateway = OfficialGateway(
                ours_official, http, LocalTokens(ours_official, http, clock), timeout_s
            )
            staged.append(
                World(
                    account, clock, http, gateway, official_gateway, tokens, base, callback, failing=failing
                )
            )
            yield staged[0]


@asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[str]:
    """Serve on a port that the system chooses; yields the address. As in production, without access log."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def asking(app: web.Application, mount: str = "") -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    """Asks an application that is served by itself: method, path, body → its JSON answer."""
    async with listening(app) as base, aiohttp.ClientSession() as http:

        async def asked(method: str, path: str, body: Any) -> Any:
            async with http.request(method, base + mount + path, json=body) as answer:
                return await answer.json()

        yield asked


@asynccontextmanager
async def answering(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]], timeout_s: float = 2
) -> AsyncIterator[Gateway]:
    """A gateway to a server that gives one answer to everything."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with listening(app) as base, aiohttp.ClientSession() as http:
        yield Gateway(Account("wx1", SECRET, "", "", base), http, Fixed(), timeout_s)


class Fixed:
    """A keeper of one token, for servers that give none."""

    async def get(self) -> str:
        return "TOKEN"

    async def refresh(self, stale: str) -> str:
        return stale


def sealed(
    account: Account,
    plain: str,
    at: datetime = START,
    nonce: str = "n0nce",
    wrap: str = '{{"Encrypt": "{}"}}',
) -> tuple[dict[str, str], bytes]:
    """A push as WeChat seals it: its query and body."""
    timestamp = str(int(at.timestamp()))
    crypto = WeChatCrypto(account.callback_token, account.aes_key, account.appid)
    made = xmltodict.parse(crypto.encrypt_message(plain, nonce, timestamp))["xml"]
    query = {"timestamp": timestamp, "nonce": nonce, "msg_signature": made["MsgSignature"]}
    return query, wrap.format(made["Encrypt"]).encode()
