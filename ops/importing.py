"""`shandu import` and `shandu template`: a file into the database, and what is wrong with it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import click

from models.people.phones import Vault
from models.workbooks.importing import STAGES, Imported, Progress, Wish, import_sheet
from models.workbooks.reading import Fault
from models.workbooks.scanning import WorkbookRefused
from models.workbooks.sheets import SHEETS
from models.workbooks.templates import template
from ops.faults import said

TICK_S = 0.2


async def run(
    kind: str,
    path: Path,
    vault: Vault,
    clock: Callable[[], datetime],
    *,
    dry_run: bool,
    marked_copy: Path | None,
) -> int:
    """Import and report; the exit status: 0 done, 1 nothing was written."""
    progress = Progress()
    try:
        async with _shown(progress):
            done = await import_sheet(
                path, SHEETS[kind], vault, clock, wish=Wish(dry_run, marked_copy), progress=progress
            )
    except WorkbookRefused as refused:
        click.echo(f"没有导入：{refused}", err=True)
        return 1
    except OSError as fault:
        click.echo(f"写不进{fault.filename or marked_copy}（{said(fault)}），请换一个位置", err=True)
        return 1
    _report(done, marked_copy)
    return _conclude(done, dry_run)


def _report(done: Imported, marked_copy: Path | None) -> None:
    if done.unused:
        click.echo(f"没有用到的列：{'、'.join(done.unused)}", err=True)
    for fault in done.faults:
        click.echo(_line(fault), err=True)
    for warning in done.warnings:
        click.echo(f"提醒 {_line(warning)}", err=True)
    if marked_copy is not None:
        marked = done.fault_count or done.warnings
        said = f"标注好的文件：{marked_copy}" if marked else "没有需要标注的地方，没有另存标注件"
        click.echo(said, err=True)


def _conclude(done: Imported, dry_run: bool) -> int:
    if done.fault_count:
        hidden = done.fault_count - len(done.faults)
        more = f"（另有{hidden}处没有列出）" if hidden else ""
        click.echo(f"没有导入：共{done.fault_count}处需要改正{more}，改好后整个文件重新导入即可", err=True)
        return 1
    counts = done.counts
    said = f"{done.rows}行，其中新增{counts.new}条、更改{counts.changed}条、不变{counts.same}条"
    click.echo(f"试导入没有写入任何内容：{said}" if dry_run else f"已导入{said}")
    return 0


def _line(fault: Fault) -> str:
    return f"第{fault.row}行 {fault.column}：{fault.said}"


@asynccontextmanager
async def _shown(progress: Progress) -> AsyncIterator[None]:
    """Say how far it is, to people only: what is piped stays as it was."""
    if not sys.stderr.isatty():
        yield
        return

    async def show() -> None:
        while True:
            total = f"/{progress.total}" if progress.total else ""
            click.echo(f"\r{STAGES[progress.stage]} {progress.done}{total} 行    ", nl=False, err=True)
            await asyncio.sleep(TICK_S)

    showing = asyncio.create_task(show())
    try:
        yield
    finally:
        showing.cancel()
        click.echo("\r\x1b[K", nl=False, err=True)


def write_template(kind: str, out: Path) -> int:
    """An empty table; the exit status."""
    if out.suffix != ".xlsx":
        click.echo(f"{out} 应以 .xlsx 结尾", err=True)
        return 2
    try:
        with out.open("wb") as file:
            template(SHEETS[kind], file)
    except OSError as fault:
        click.echo(f"写不进 {out}（{said(fault)}），请换一个位置", err=True)
        return 1
    click.echo(f"已写入 {out}")
    return 0
