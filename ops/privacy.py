"""`shandu rotate-phones` and `shandu retain`."""

import click

from models.groups import actions as groups
from models.ledger import sealing
from models.people import registering
from models.people.phones import CannotUnseal, Vault
from models.privacy import retention
from ops.clock import Clock
from ops.settings import Settings


async def rotate_phones(settings: Settings) -> int:
    """Bring every number under the current key; the exit status: 1 when some cannot be read."""
    vault = Vault(settings.phone_keys)
    found = await registering.lying(vault)
    total, done, robots, certificates = found.plain + found.old, 0, 0, 0
    try:
        for step in (registering.seal_plain, registering.reseal):
            async for batch in step(vault):
                done += batch
                click.echo(f"已重新加密 {done}/{max(done, total)}")
        async for batch in groups.reseal(vault):
            robots += batch
        async for batch in sealing.reseal(vault):
            certificates += batch
    except CannotUnseal:
        click.echo("有号码、证件号码或群机器人地址读不出来：内容已损坏。请从备份恢复后再运行。", err=True)
        return 1
    if found.unknown:
        click.echo(f"还有{found.unknown}个号码的密钥不在 SHANDU_PHONE_KEYS 中，请加回后再运行。", err=True)
        return 1
    if robots:
        click.echo(f"已重新加密 {robots} 个群机器人地址")
    if certificates:
        click.echo(f"已重新加密 {certificates} 个证件号码")
    click.echo(f"全部号码都用 {vault.current} 号密钥加密")
    return 0


async def retain(clock: Clock, *, really: bool) -> None:
    """Print what each rule finds, or removes."""
    if really:
        async for rule, removed in retention.remove(clock()):
            click.echo(f"{rule.label}：已处理{removed}条")
        return
    for rule, found in await retention.count(clock()):
        click.echo(f"{rule.label}：{found}条")
    click.echo("以上只是统计，没有改动。确认后请运行 shandu retain --really")
