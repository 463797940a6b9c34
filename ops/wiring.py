"""Putting the parts together: what a process needs from outside, and the applications made of it."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp
import redis.asyncio
from aiohttp import web
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from bot import catalogue, wording
from bot.callbacks import MINI_PROGRAM, OFFICIAL, WECOM, callbacks
from bot.channels import CHANNELS
from bot.conversation.chats import official_chat, wecom_chat
from bot.conversation.turn import Chat
from bot.conversation.working import World as Talking
from bot.jobs import LANES
from bot.outbox import IN_FLIGHT, open_channels
from bot.post import Official, Post, Sms, WeCom
from bot.sms import HttpSms
from bot.wechat.account import Account
from bot.wechat.breaker import Breaker
from bot.wechat.buckets import SharedBuckets
from bot.wechat.client import Gateway
from bot.wechat.contents import ContentChecker
from bot.wechat.errors import VERDICTS, Codes
from bot.wechat.meters import METERS
from bot.wechat.official import OfficialGateway
from bot.wechat.sandbox import OfficialConfig, SandboxConfig, SmsConfig, Template, WeComConfig, sandbox_app
from bot.wechat.token import LocalTokens, SharedTokens, TokenKeeper
from bot.wechat.wecom.account import WeComAccount
from bot.wechat.wecom.errors import WECOM as WECOM_CODES
from bot.wechat.wecom.gateway import WeComGateway
from bot.wechat.wecom.pace import Pace
from bot.wechat.wecom.robots import ACCOUNT as ROBOTS
from bot.wechat.wecom.robots import NAME as ROBOTS_NAME
from bot.wechat.wecom.robots import Robots
from bot.wording import kinds
from miniapp_api.app import application
from miniapp_api.context import Context, Probe
from miniapp_api.limits import Limits
from models.database import sql
from models.database.opening import open_database
from models.evidence import addresses
from models.evidence.renditions import Rendition
from models.evidence.store import PhotoStore
from models.notices.unreached import Ways
from models.people.phones import Vault
from models.surveys.sealing import Seal
from models.workbooks.folders import remove_left
from ops.clock import Clock, DemoClock, real
from ops.settings import Settings
from qr import Keyring


@dataclass(frozen=True)
class World:
    """Everything a process of ours holds open."""

    settings: Settings
    clock: Clock
    context: Context
    post: Post
    account: Account
    official: Account | None
    wecom: Account | None
    redis: redis.asyncio.Redis | None


def clock_of(settings: Settings) -> Clock:
    return DemoClock(settings.home) if settings.demo else real


def _long_term(settings: Settings) -> frozenset[str]:
    """Ids of the templates that need no credits."""
    return frozenset(settings.wechat.templates[name] for name in settings.wechat.long_term)


def _ways(settings: Settings) -> Ways:
    """The ways to a person. The official account's, where it has templates."""
    official = settings.official if settings.official is not None and settings.official.templates else None
    return Ways(
        settings.wechat.appid,
        official.appid if official is not None else None,
        settings.wecom.corpid if settings.wecom is not None else None,
        _long_term(settings),
        frozenset(catalogue.sms_kinds(settings.sms.templates)) if settings.sms is not None else frozenset(),
    )


def account_of(settings: Settings) -> Account:
    wechat = settings.wechat
    return Account(wechat.appid, wechat.secret, wechat.callback_token, wechat.aes_key, wechat.base_url)


def official_of(settings: Settings) -> Account | None:
    """The official account, where there is one. Its interfaces are at the same address."""
    told = settings.official
    if told is None:
        return None
    return Account(told.appid, told.secret, told.callback_token, told.aes_key, settings.wechat.base_url)


def wecom_of(settings: Settings) -> WeComAccount | None:
    """Our application in WeCom, where there is one."""
    told = settings.wecom
    if told is None:
        return None
    return WeComAccount(
        told.corpid, told.secret, told.callback_token, told.aes_key, settings.wecom_base_url, told.agentid
    )


@dataclass(frozen=True)
class _Outside:
    """What every gateway is made with."""

    session: aiohttp.ClientSession
    redis: redis.asyncio.Redis | None
    clock: Clock
    timeout_s: float

    def tokens(self, account: Account) -> TokenKeeper:
        if self.redis is None:
            return LocalTokens(account, self.session, self.clock, self.timeout_s)
        return SharedTokens(self.redis, account, self.session, self.clock, self.timeout_s)

    def breaker(self, account: str, name: str, codes: Codes = VERDICTS) -> Breaker:
        made = Breaker(name, self.clock, codes)
        METERS.breakers[account] = lambda: made.state
        return made


def _gateway(account: Account, outside: _Outside) -> Gateway:
    breaker = outside.breaker(account.appid, "小程序")
    return Gateway(account, outside.session, outside.tokens(account), outside.timeout_s, breaker)


def _official(settings: Settings, outside: _Outside) -> Official | None:
    account = official_of(settings)
    if account is None or settings.official is None:
        return None
    gateway = OfficialGateway(
        account,
        outside.session,
        outside.tokens(account),
        outside.timeout_s,
        outside.breaker(account.appid, "公众号"),
    )
    return Official(gateway, account.appid, settings.official.templates)


def _sms(settings: Settings, outside: _Outside) -> Sms | None:
    if settings.sms is None:
        return None
    sender = HttpSms(settings.sms.url, settings.sms.key, outside.session, outside.timeout_s)
    return Sms(sender, settings.sms.templates)


def _wecom(settings: Settings, outside: _Outside, pace: Pace) -> WeCom | None:
    account = wecom_of(settings)
    if account is None:
        return None
    gateway = WeComGateway(
        account, outside.session, outside.tokens(account), pace, outside.timeout_s,
        outside.breaker(account.appid, "企业微信", WECOM_CODES),
    )  # fmt: skip
    return WeCom(gateway, account.appid, settings.public_url)


def _robots(settings: Settings, outside: _Outside, pace: Pace) -> Robots:
    breaker = outside.breaker(ROBOTS, ROBOTS_NAME, WECOM_CODES)
    return Robots(settings.wecom_base_url, outside.session, pace, outside.timeout_s, breaker)


def _context(
    settings: Settings,
    post: Post,
    account: Account,
    robots: Robots,
    probes: dict[str, Probe],
    buckets: SharedBuckets,
) -> Context:
    templates = dict(post.templates)
    return Context(
        now=post.now,
        keyring=_keyring(settings),
        vault=post.vault,
        seal=post.seal,
        store=post.store,
        gateway=post.gateway,
        checker=_checker(settings, post.gateway, post.now),
        account=account,
        robots=robots,
        public_url=settings.public_url,
        templates=templates,
        template_of=kinds(templates),
        ways=_ways(settings),
        channels=open_channels(post),
        probes=probes,
        map_note=settings.map_note,
        demo_clock=post.now if isinstance(post.now, DemoClock) else None,
        limits=Limits(settings.limits, buckets, settings.trusted_proxies),
        metrics_token=settings.metrics_token,
    )


def _chats(
    official: Official | None, wecom: WeCom | None, mini_program: str, public_url: str
) -> dict[str, Chat]:
    """The chats in which people are answered, by appid."""
    chats = []
    if official is not None:
        chats.append(official_chat(official.gateway, official.appid, mini_program, public_url))
    if wecom is not None:
        chats.append(wecom_chat(wecom.gateway, wecom.corpid, public_url))
    return {chat.appid: chat for chat in chats}


@asynccontextmanager
async def world(settings: Settings) -> AsyncIterator[World]:
    """Open the database, Redis, the photo store and the gateway; close them in reverse order."""
    await asyncio.to_thread(remove_left)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(open_database(settings.database_url, settings.database_pool))
        # for all lanes of all channels: a slow channel's calls must not keep another's out
        connector = aiohttp.TCPConnector(limit=len(CHANNELS) * LANES * IN_FLIGHT)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        clock = clock_of(settings)
        account = account_of(settings)
        probes: dict[str, Probe] = {"database": _database}
        client = redis_client(settings.redis_url) if settings.redis_url else None
        if client is not None:
            stack.push_async_callback(client.aclose)
            probes["redis"] = _redis_probe(client)
        outside = _Outside(session, client, clock, settings.wechat.timeout_s)
        gateway = _gateway(account, outside)
        shared = SharedBuckets(client)
        pace = Pace(shared, clock)
        robots = _robots(settings, outside, pace)
        wecom = _wecom(settings, outside, pace)
        store = PhotoStore.open(settings.store_url)
        probes["photos"] = _store_probe(store)
        templates = dict(settings.wechat.templates)
        seal, vault = Seal(settings.survey_keys), Vault(settings.phone_keys)
        official = _official(settings, outside)
        chats = _chats(official, wecom, account.appid, settings.public_url)
        post = Post(
            gateway,
            account.appid,
            templates,
            _long_term(settings),
            clock,
            store,
            timedelta(days=settings.orphan_days),
            seal,
            vault,
            official,
            _sms(settings, outside),
            Talking(chats, store, _keyring(settings), clock),
            _checker(settings, gateway, clock),
            wecom,
            robots,
        )
        context = _context(settings, post, account, robots, probes, shared)
        yield World(
            settings, clock, context, post, account, official_of(settings), wecom_of(settings), client
        )


def redis_client(url: str) -> redis.asyncio.Redis:
    """A client that waits for a free connection instead of failing, and retries a dropped one."""
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        url,
        max_connections=20,
        timeout=5,
        socket_timeout=5,
        socket_connect_timeout=2,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=1.0, base=0.05), 3),
    )
    # from_pool: closing the client closes the pool with it
    return redis.asyncio.Redis.from_pool(pool)


def _keyring(settings: Settings) -> Keyring:
    return Keyring(settings.qr_keys, settings.qr_current_key)


def _checker(settings: Settings, gateway: Gateway, now: Callable[[], datetime]) -> ContentChecker:
    """The content check; WeChat fetches photos from signed addresses of ours."""
    keyring = _keyring(settings)

    def url(key: str) -> str:
        signed = addresses.sign(keyring, key, Rendition.ORIGINAL, now(), addresses.FOR_WECHAT)
        return settings.public_url + addresses.path(signed)

    return ContentChecker(gateway, url)


async def _database() -> None:
    await sql.rows("SELECT 1 AS yes")


def _redis_probe(client: redis.asyncio.Redis) -> Probe:
    async def probe() -> None:
        await client.ping()

    return probe


def _store_probe(store: PhotoStore) -> Probe:
    async def probe() -> None:
        key = f"probes/{secrets.token_hex(8)}"
        await store.put(key, b"ready")
        await store.delete(key)

    return probe


def web_app(opened: World, *, with_sandbox: bool) -> web.Application:
    """The API, the pages and the callback door; in a demonstration the sandbox beside them."""
    app = application(opened.context)
    doors = {MINI_PROGRAM: opened.account}
    if opened.official is not None:
        doors[OFFICIAL] = opened.official
    if opened.wecom is not None:
        doors[WECOM] = opened.wecom
    app.add_subapp("/wechat", callbacks(doors, opened.clock))
    if with_sandbox:
        app.add_subapp("/sandbox", sandbox(opened.settings))
    return app


def sandbox(settings: Settings, callback_url: str | None = None, *, forget: bool = False) -> web.Application:
    """The served imitation of WeChat with this installation's accounts and templates.

    It pushes to this installation; to another one when the address of its mini-program's door is given (the
    others' are beside it), nowhere for `none`. `forget`: nothing is kept on disk.
    """
    target = callback_url or f"http://{settings.host}:{settings.port}/wechat{MINI_PROGRAM}"
    pushed = target != "none"
    ids, long_term = settings.wechat.templates, settings.wechat.long_term
    account, official = official_of(settings), None
    if account is not None and settings.official is not None:
        official = OfficialConfig(
            account,
            _templates(catalogue.OFFICIAL, settings.official.templates),
            f"{target.removesuffix(MINI_PROGRAM)}{OFFICIAL}" if pushed else None,
        )
    wecom = wecom_of(settings)
    config = SandboxConfig(
        [account_of(settings)],
        _templates(wording.TEMPLATES, ids, long_term),
        target if pushed else None,
        official=official,
        sms=_sms_config(settings),
        wecom=None
        if wecom is None
        else WeComConfig(wecom, f"{target.removesuffix(MINI_PROGRAM)}{WECOM}" if pushed else None),
    )
    return sandbox_app(config, clock_of(settings), None if forget else settings.home / "sandbox.json")


def _sms_config(settings: Settings) -> SmsConfig | None:
    told = settings.sms
    if told is None:
        return None
    return SmsConfig(
        told.key, {told.templates[one.name]: one.text for one in catalogue.SMS if one.name in told.templates}
    )


def _templates(
    declared: list[wording.Template], ids: Mapping[str, str], long_term: frozenset[str] = frozenset()
) -> list[Template]:
    return [
        Template(
            id=ids[one.name],
            title=one.title,
            fields=[(field.key, field.label) for field in one.fields],
            long_term=one.name in long_term,
        )
        for one in declared
        if one.name in ids
    ]
