"""`shandu import`: a file into the database, and what is wrong with it."""

from datetime import datetime
from pathlib import Path

import click

from models.people.phones import Vault
from models.workbooks.people import import_people
from models.workbooks.reading import FAULTS_SHOWN, WorkbookRefused
from models.workbooks.schools import import_schools


async def run(kind: str, path: Path, vault: Vault, now: datetime) -> int:
    """Import and report; the exit status: 0 done, 1 nothing was written."""
    try:
        done = await (import_schools(path, now) if kind == "schools" else import_people(path, vault, now))
    except WorkbookRefused as refused:
        click.echo(f"没有导入：{refused}", err=True)
        return 1
    if done.unused:
        click.echo(f"没有用到的列：{'、'.join(done.unused)}", err=True)
    if done.faults:
        for fault in done.faults[:FAULTS_SHOWN]:
            click.echo(f"第{fault.row}行 {fault.column}：{fault.said}", err=True)
        click.echo(f"没有导入：共{len(done.faults)}处需要改正，改好后整个文件重新导入即可", err=True)
        return 1
    click.echo(f"已导入{done.rows}行，其中新增{done.new}条、更改{done.changed}条")
    return 0
