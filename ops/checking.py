"""`shandu check`: is everything there that this installation needs? Each fault with its remedy."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path

import aiohttp

from bot.wechat.client import Gateway
from bot.wechat.errors import WeChatError
from bot.wechat.token import LocalTokens
from models.database.opening import open_database, pending
from models.evidence.store import PhotoStore, settle
from models.groups import queries as groups
from models.ledger import sealing
from models.people.phones import Vault
from models.people.registering import Lying, lying
from ops.clock import real
from ops.faults import said
from ops.settings import Settings
from ops.wiring import account_of, redis_client, wecom_of
from qr.fonts import FontMissing, chinese_font

WITHIN_S = 5
# a rotating code is new every 60 s: half of that and a scan falls into the wrong step
MOST_SKEW_S = 30
SQLITE = "sqlite://"


@dataclass(frozen=True)
class Finding:
    """`ok` is None for what could not be looked at: neither right nor wrong."""

    name: str
    ok: bool | None
    said: str
    remedy: str = ""


class NotLookedAt(Exception):
    """A check that had nothing to look at; the text says why."""


class Lacking(Exception):
    """A check that found a fault."""

    def __init__(self, said: str, remedy: str) -> None:
        super().__init__(said)
        self.said = said
        self.remedy = remedy


@dataclass(frozen=True)
class Check:
    """A thing to look at; `remedy` is for faults that do not name their own."""

    name: str
    look: Callable[[Settings], Awaitable[str]]
    remedy: str


async def _home(settings: Settings) -> str:
    probe = settings.home / f".probe-{secrets.token_hex(4)}"
    probe.touch()
    probe.unlink()
    return f"{settings.home} 可写"


async def _database(settings: Settings) -> str:
    url = settings.database_url
    # opening would make the file, and whoever checks is not always who serves
    if _has_no_file(url):
        raise Lacking("还没有建立", "请运行 shandu migrate")
    async with open_database(url, settings.database_pool):
        names = await pending()
        if names:
            raise Lacking(f"还有{len(names)}项迁移未执行", "请运行 shandu migrate")
        vault = Vault(settings.phone_keys)
        _insist_on_sealed(await lying(vault))
        if certificates := await sealing.lying(vault):
            raise Lacking(
                f"{certificates}个证件号码仍用旧密钥加密", "请运行 shandu rotate-phones，完成后才可去掉旧密钥"
            )
        if robots := await groups.lying(vault):
            raise Lacking(
                f"{robots}个群机器人地址仍用旧密钥加密", "请运行 shandu rotate-phones，完成后才可去掉旧密钥"
            )
    return "可用，已是最新，手机号都用当前密钥加密"


def _insist_on_sealed(found: Lying) -> None:
    if found.unknown:
        raise Lacking(
            f"{found.unknown}个手机号的密钥不在设置里，读不出来", "请把原来的密钥加回 SHANDU_PHONE_KEYS"
        )
    if found.plain:
        raise Lacking(f"{found.plain}个手机号没有加密", "请运行 shandu migrate")
    if found.old:
        raise Lacking(
            f"{found.old}个手机号仍用旧密钥加密", "请运行 shandu rotate-phones，完成后才可去掉旧密钥"
        )


def _has_no_file(url: str) -> bool:
    return url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).exists()


async def _redis(settings: Settings) -> str:
    if settings.redis_url is None:
        return "未设置（单进程不需要）"
    client = redis_client(settings.redis_url)
    try:
        await client.ping()
    finally:
        await client.aclose()
    return "可用"


async def _photos(settings: Settings) -> str:
    store = PhotoStore.open(settings.store_url)
    key = f"probes/{secrets.token_hex(8)}"
    await store.put(key, b"ready")
    await store.delete(key)
    await settle()
    return "可写"


async def _wechat(settings: Settings) -> str:
    account = account_of(settings)
    async with aiohttp.ClientSession() as session:
        gateway = Gateway(account, session, LocalTokens(account, session, real), timeout_s=WITHIN_S)
        try:
            await gateway.reachable()
        except WeChatError as fault:
            remedy = "请在公众平台核对 AppID、AppSecret，并把本机出口地址加入白名单"
            raise Lacking(f"微信拒绝：{fault.errcode} {fault.errmsg}", remedy) from fault
    return f"{account.base_url} 可用"


async def _wecom(settings: Settings) -> str:
    account = wecom_of(settings)
    if account is None:
        return "未设置（不发企业微信应用消息）"
    async with aiohttp.ClientSession() as session:
        try:
            await LocalTokens(account, session, real, WITHIN_S).get()
        except WeChatError as fault:
            remedy = "请在企业微信管理后台核对 CorpID、应用的 Secret，并把本机出口地址加入企业可信IP"
            raise Lacking(f"企业微信拒绝：{fault.errcode} {fault.errmsg}", remedy) from fault
    return f"{account.base_url} 可用"


async def _clock(settings: Settings) -> str:
    """This machine's clock against the Date of WeChat's answer, which is good to a second."""
    limit = aiohttp.ClientTimeout(total=WITHIN_S - 1)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.get(settings.wechat.base_url, allow_redirects=False) as answer,
        ):
            skew_s = round((real() - parsedate_to_datetime(answer.headers["Date"])).total_seconds())
    except (aiohttp.ClientError, TimeoutError, OSError, KeyError, ValueError):
        # whether it answers is another check's finding
        raise NotLookedAt("没有核对（微信没有应答）") from None
    if abs(skew_s) > MOST_SKEW_S:
        raise Lacking(
            f"比微信{'快' if skew_s > 0 else '慢'}{abs(skew_s)}秒",
            "请打开本机的自动对时，例如 timedatectl set-ntp true",
        )
    return "与微信一致"


async def _font(settings: Settings) -> str:
    try:
        return str(chinese_font().path)
    except FontMissing as missing:
        raise Lacking("没有中文字体，不能打印海报", str(missing)) from missing


CHECKS = [
    Check("状态文件夹", _home, "请检查 SHANDU_HOME 的权限和磁盘空间"),
    Check("数据库", _database, "请检查 SHANDU_DATABASE_URL，并确认数据库已启动、账号可登录"),
    Check("Redis", _redis, "请检查 SHANDU_REDIS_URL，并确认 Redis 已启动"),
    Check("照片存储", _photos, "请检查 SHANDU_STORE_URL 的权限、空间和网络"),
    Check(
        "微信",
        _wechat,
        "请检查网络和 SHANDU_WECHAT_BASE_URL（仿真环境须先启动 shandu demo 或 shandu sandbox）",
    ),
    Check("企业微信", _wecom, "请检查网络和 SHANDU_WECOM_BASE_URL"),
    Check("时钟", _clock, "请打开本机的自动对时，例如 timedatectl set-ntp true"),
    Check("中文字体", _font, "请安装 fonts-wqy-microhei"),
]


async def check(settings: Settings) -> list[Finding]:
    """Look at everything, each within five seconds; nothing raises."""
    return [Finding("设置", True, "已读取"), *[await _look(one, settings) for one in CHECKS]]


async def _look(one: Check, settings: Settings) -> Finding:
    try:
        async with asyncio.timeout(WITHIN_S):
            return Finding(one.name, True, await one.look(settings))
    except NotLookedAt as fault:
        return Finding(one.name, None, str(fault))
    except Lacking as fault:
        return Finding(one.name, False, fault.said, fault.remedy)
    except Exception as fault:
        # a driver's own text may carry an address with its password
        return Finding(one.name, False, f"不可用（{said(fault)}）", one.remedy)
