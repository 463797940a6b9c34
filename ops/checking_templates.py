"""`shandu check wechat`: does each account have the templates of the catalogue? Each difference with its remedy."""

import aiohttp
import click

from bot import catalogue, wording
from bot.comparing import Difference, differences
from bot.wechat.client import Gateway
from bot.wechat.errors import ReplyLost, Unreachable, WeChatError, explain
from bot.wechat.official import OfficialGateway
from bot.wechat.token import LocalTokens
from ops.clock import real
from ops.settings import Settings
from ops.wiring import account_of, official_of

CREDENTIALS = "请先运行 shandu check，核对 AppID、AppSecret、白名单和网络"


async def check(settings: Settings) -> int:
    """Print what was compared; 1 when anything differs or cannot be asked."""
    timeout_s = settings.wechat.timeout_s
    async with aiohttp.ClientSession() as session:
        account = account_of(settings)
        mini = Gateway(account, session, LocalTokens(account, session, real), timeout_s)
        faults = _told("小程序", await _mini_program(settings, mini))
        official_account = official_of(settings)
        if official_account is None or settings.official is None:
            click.echo("－ 公众号：没有设置")
            return faults
        tokens = LocalTokens(official_account, session, real)
        official = OfficialGateway(official_account, session, tokens, timeout_s)
        return max(faults, _told("公众号", await _official(settings, official)))


def _told(account: str, found: list[Difference]) -> int:
    if not found:
        click.echo(f"✓ {account}：模板与目录一致")
        return 0
    for one in found:
        click.echo(f"✗ {account}：{one.said}")
        click.echo(f"  → {one.remedy}")
    return 1


async def _mini_program(settings: Settings, gateway: Gateway) -> list[Difference]:
    try:
        found = await gateway.templates()
    except (WeChatError, Unreachable, ReplyLost) as fault:
        return _not_asked(fault)
    ids, long_term = settings.wechat.templates, settings.wechat.long_term
    return differences("小程序", "SHANDU_TEMPLATES", wording.TEMPLATES, ids, found, long_term)


async def _official(settings: Settings, gateway: OfficialGateway) -> list[Difference]:
    assert settings.official is not None
    try:
        found = await gateway.templates()
    except (WeChatError, Unreachable, ReplyLost) as fault:
        return _not_asked(fault)
    ids = settings.official.templates
    return differences("公众号", "SHANDU_OFFICIAL_TEMPLATES", catalogue.OFFICIAL, ids, found)


def _not_asked(fault: Exception) -> list[Difference]:
    said = explain(fault) if isinstance(fault, WeChatError) else "微信没有应答"
    return [Difference(f"读不到账号的模板（{said}）", CREDENTIALS)]
