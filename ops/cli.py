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

from ops.settings import Settings, SettingsError

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
    """膳督 Shandu: campus-meal supervision on WeChat."""


@main.command()
@_run
async def migrate(settings: Settings) -> None:
    """Bring the database up to date and load the divisions. Repeatable."""
    from ops.running import prepare_database

    for name in await prepare_database(settings):
        click.echo(f"已执行 {name}")
    click.echo("数据库已是最新")


@main.command()
@_run
async def serve(settings: Settings) -> None:
    """Serve the API and the pages. Any number of processes."""
    from ops.running import serve as run

    await run(settings)


@main.command()
@_run
async def worker(settings: Settings) -> None:
    """Send notices, climb ladders, read WeChat's events. Any number of processes."""
    from ops.running import work

    await work(settings)


@main.command()
@click.option("--callback-url", help="where to push callbacks; default: this installation")
@click.option("--forget", is_flag=True, help="keep phones and messages in memory only")
@_run
async def sandbox(settings: Settings, callback_url: str | None, forget: bool) -> None:
    """Serve the imitation of WeChat alone."""
    from ops.running import serve_sandbox

    await serve_sandbox(settings, callback_url, forget)


@main.command()
@click.option("--small", is_flag=True, help="one county and three schools, no history")
@partial(_run, implied={"SHANDU_DEMO": "1"})
async def demo(settings: Settings, small: bool) -> None:
    """Everything in one process with demo data: API, pages, worker and sandbox."""
    from ops.running import demonstrate

    await demonstrate(settings, small)


KINDS = ["schools", "canteens", "people", "committees", "assignments", "guardians"]


@main.command("import")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="check everything, write nothing")
@click.option(
    "--marked-copy", type=click.Path(dir_okay=False, path_type=Path), help="where to mark the faults"
)
@_run
async def import_(settings: Settings, kind: str, file: Path, dry_run: bool, marked_copy: Path | None) -> None:
    """Import a table from an Excel or CSV file: all rows or none."""
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
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@_run
async def template(settings: Settings, kind: str, out: Path) -> None:
    """Write an empty Excel table to fill in and import."""
    from ops import importing

    sys.exit(importing.write_template(kind, out))


@main.command()
@click.argument("what", type=click.Choice(["journal"]))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True, help="2026-11-01")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="2026-11-30")
@click.option("--subject", help="one subject only, kind:id, such as problem:12")
@_run
async def export(
    settings: Settings, what: str, out: Path, first: datetime, last: datetime, subject: str | None
) -> None:
    """Write what was recorded, for auditors: lines, hashes, daily roots and a program that verifies them."""
    from ops import journal
    from ops.running import opened

    async with opened(settings):
        sys.exit(await journal.export(out, first.date(), last.date(), subject))


@main.command()
@click.option("--school", help="a school's id or code (学校标识码)")
@click.option("--county", help="a county's code, such as 530302")
@click.option("--out", type=click.Path(path_type=Path), default=Path("posters"), show_default=True)
@click.option("--format", "form", type=click.Choice(["pdf", "png"]), default="pdf", show_default=True)
@_run
async def posters(settings: Settings, school: str | None, county: str | None, out: Path, form: str) -> None:
    """Posters with a school's code: one school's, or a county's in one run."""
    if (school is None) == (county is None):
        raise click.UsageError("请用 --school 指定一所学校，或用 --county 指定一个县")
    from ops import posters as printing
    from ops.running import opened

    async with opened(settings):
        sys.exit(await printing.run(settings, school, county, out, form))


@main.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--school", help="a school's id or code (学校标识码)")
@click.option("--county", help="a county's code, such as 530302")
@_run
async def invitations(settings: Settings, out: Path, school: str | None, county: str | None) -> None:
    """One-time codes for all who have no WeChat bound: OUT.pdf slips to cut apart, OUT.xlsx a list.

    Codes they were given earlier and have not used are void.
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
    """Seal every telephone number under the current key. Repeatable; goes on where it was stopped."""
    from ops import privacy
    from ops.running import opened

    async with opened(settings):
        sys.exit(await privacy.rotate_phones(settings))


@main.command()
@click.option("--really", is_flag=True, help="remove; without it, only count")
@_run
async def retain(settings: Settings, really: bool) -> None:
    """What is kept longer than its rule allows: counted, or removed with --really."""
    from ops import privacy
    from ops.running import opened

    async with opened(settings) as clock:
        await privacy.retain(clock, really=really)


@main.command()
@click.argument("what", type=click.Choice(["journal", "wechat"]), required=False)
@_run
async def check(settings: Settings, what: str | None) -> None:
    """Is everything there? Each fault with its remedy; ends with 1 if there is any.

    `check journal` proves instead that nobody changed, removed or put in a step of the journal. `check wechat`
    compares our catalogue of templates with those the accounts have.
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
