"""The command `shandu`."""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from functools import partial, wraps
from pathlib import Path
from typing import Any

import click

from ops.click_words import speak_chinese
from ops.settings import Settings, SettingsError

speak_chinese()

Command = Callable[..., Coroutine[Any, Any, None]]


def _run(command: Command, implied: Mapping[str, str] | None = None) -> Callable[..., None]:
    """Read the settings, set up logging, run the coroutine; settings that cannot be used end with 2.

    `implied` are settings that the command itself stands for.
    """

    @wraps(command)
    def run(**given: Any) -> None:
        try:
            settings = Settings.from_env({**(implied or {}), **os.environ})
        except SettingsError as fault:
            for sentence in fault.faults:
                click.echo(sentence, err=True)
            sys.exit(2)
        from ops import logs

        logs.setup(settings)
        try:
            asyncio.run(command(settings, **given))
        except KeyboardInterrupt:
            sys.exit(130)

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """膳督：校园餐监督平台。各命令的说明：shandu 命令 --help"""


@main.command()
@_run
async def migrate(settings: Settings) -> None:
    """把数据库升级到最新，并载入区划。可以重复运行。"""
    from ops.running import prepare_database

    for name in await prepare_database(settings):
        click.echo(f"已执行 {name}")
    click.echo("数据库已是最新")


@main.command()
@_run
async def serve(settings: Settings) -> None:
    """对外提供接口和网页。可以同时运行多个进程。"""
    from ops.running import serve as run

    await run(settings)


@main.command()
@_run
async def worker(settings: Settings) -> None:
    """发送通知、逐级上报、处理微信事件。可以同时运行多个进程。"""
    from ops.running import work

    await work(settings)


@main.command()
@click.option("--callback-url", help="把回调推送到哪个网址，默认本系统")
@click.option("--forget", is_flag=True, help="手机和消息只放在内存里，不存盘")
@_run
async def sandbox(settings: Settings, callback_url: str | None, forget: bool) -> None:
    """只运行仿真微信。"""
    from ops.running import serve_sandbox

    await serve_sandbox(settings, callback_url, forget)


@main.command()
@click.option("--small", is_flag=True, help="只有一个县、三所学校，没有历史数据")
@click.option("--province", is_flag=True, help="向空数据库写入全省数据，写完即结束")
@click.option(
    "--schools",
    type=click.IntRange(60, 10_760),
    default=10_760,
    show_default=True,
    help="全省数据的学校数，配合 --province",
)
@click.option(
    "--weeks",
    type=click.IntRange(6, 52),
    default=52,
    show_default=True,
    help="全省数据的台账周数，配合 --province",
)
@partial(_run, implied={"SHANDU_DEMO": "1", "SHANDU_LOG_LEVEL": "warning"})
async def demo(settings: Settings, small: bool, province: bool, schools: int, weeks: int) -> None:
    """演示：接口、网页、工作进程和仿真微信在同一个进程里，带演示数据。

    加 --province 只写入数据，再运行 shandu demo 即可查看。
    """
    from ops.running import demonstrate, make_province

    if province:
        await make_province(settings, schools, weeks)
    else:
        await demonstrate(settings, small)


class _Kind(click.ParamType[str]):
    """A kind of table; the list is looked at only when one is named."""

    name = "kind"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from models.workbooks.sheets import SHEETS

        if value not in SHEETS:
            self.fail(f"没有 {value} 这种表格，只能是 {'、'.join(SHEETS)} 之一。", param, ctx)
        return value


@main.command("import")
@click.argument("kind", type=_Kind())
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="只检查，不写入")
@click.option(
    "--marked-copy",
    type=click.Path(dir_okay=False, path_type=Path),
    help="把错误标在另存的表格里，写到这个文件",
)
@_run
async def import_(settings: Settings, kind: str, file: Path, dry_run: bool, marked_copy: Path | None) -> None:
    """导入 Excel 或 CSV 表格，KIND 是表格种类：要么全部写入，要么一行也不写。"""
    from models.people.phones import Vault
    from ops import importing
    from ops.running import opened

    async with opened(settings) as clock:
        sys.exit(
            await importing.run(
                kind, file, Vault(settings.phone_keys), clock, dry_run=dry_run, marked_copy=marked_copy
            )
        )


@main.command()
@click.argument("kind", type=_Kind())
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@_run
async def template(settings: Settings, kind: str, out: Path) -> None:
    """写出一份空白的 Excel 表格，填好后导入。KIND 是表格种类。"""
    from ops import importing

    sys.exit(importing.write_template(kind, out))


@main.command()
@click.argument("what", type=click.Choice(["journal"]))
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True, help="从哪天，如 2026-11-01"
)
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="到哪天，如 2026-11-30")
@click.option("--subject", help="只导出一个对象，写作“种类:编号”，如 problem:12")
@_run
async def export(
    settings: Settings, what: str, out: Path, first: datetime, last: datetime, subject: str | None
) -> None:
    """导出留痕供审计：各步、哈希、日根和核对程序，写到文件夹 OUT。"""
    from ops import journal
    from ops.running import opened

    async with opened(settings):
        sys.exit(await journal.export(out, first.date(), last.date(), subject))


@main.command()
@click.option("--school", help="学校编号或学校标识码")
@click.option("--county", help="县的区划代码，如 530302")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("posters"),
    show_default=True,
    help="写到哪个文件夹",
)
@click.option(
    "--format", "form", type=click.Choice(["pdf", "png"]), default="pdf", show_default=True, help="文件格式"
)
@_run
async def posters(settings: Settings, school: str | None, county: str | None, out: Path, form: str) -> None:
    """生成学校二维码海报：一所学校的，或一个县的全部。"""
    if (school is None) == (county is None):
        raise click.UsageError("请用 --school 指定一所学校，或用 --county 指定一个县")
    from ops import posters as printing
    from ops.running import opened

    async with opened(settings):
        sys.exit(await printing.run(settings, school, county, out, form))


@main.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--school", help="学校编号或学校标识码")
@click.option("--county", help="县的区划代码，如 530302")
@_run
async def invitations(settings: Settings, out: Path, school: str | None, county: str | None) -> None:
    """为还没有绑定微信的人生成一次性邀请码：OUT.pdf 裁开分发，OUT.xlsx 是名单。

    以前发出而没有用过的邀请码随即作废。
    """
    if (school is None) == (county is None):
        raise click.UsageError("请用 --school 指定一所学校，或用 --county 指定一个县")
    from ops import invitations as inviting
    from ops.running import opened

    async with opened(settings) as clock:
        sys.exit(await inviting.run(settings, school, county, out, clock()))


@main.command("rotate-phones")
@_run
async def rotate_phones(settings: Settings) -> None:
    """用当前密钥重新加密所有手机号。可以重复运行，中断后接着做。"""
    from ops import privacy
    from ops.running import opened

    async with opened(settings):
        sys.exit(await privacy.rotate_phones(settings))


@main.command()
@click.option("--really", is_flag=True, help="真正清除；不加只统计")
@_run
async def retain(settings: Settings, really: bool) -> None:
    """超过保存期限的数据：统计数量，加 --really 清除。"""
    from ops import privacy
    from ops.running import opened

    async with opened(settings) as clock:
        await privacy.retain(clock, really=really)


@main.command()
@click.argument("what", type=click.Choice(["journal", "wechat"]), required=False)
@_run
async def check(settings: Settings, what: str | None) -> None:
    """逐项检查运行条件，每个问题附处理办法；有问题时以 1 结束。

    check journal 改为核对留痕有没有被改过、删过或补写；check wechat 把我们的模板目录与公众平台上的比对。
    """
    if what == "wechat":
        from ops import checking_templates

        sys.exit(await checking_templates.check(settings))
    if what == "journal":
        from ops import journal
        from ops.running import opened

        async with opened(settings):
            sys.exit(await journal.check())
    from ops.checking import check as look

    findings = await look(settings)
    for finding in findings:
        mark = {True: "✓", False: "✗", None: "－"}[finding.ok]
        click.echo(f"{mark} {finding.name}：{finding.said}")
        if finding.remedy:
            click.echo(f"  → {finding.remedy}")
    sys.exit(1 if any(finding.ok is False for finding in findings) else 0)


if __name__ == "__main__":
    main()
