"""`shandu check journal` and `shandu export journal`: proving the journal, here and at an auditor's."""

import json
import re
import shutil
import sys
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import click

from models.journal import sealed
from models.journal.proving import Proof, prove
from ops.faults import said

SUBJECT = re.compile(r"([a-z_]{1,20}):([1-9][0-9]{0,15})")
VERIFIER = Path(__file__).with_name("verify_journal.py")


async def check() -> int:
    """Prove the journal and say so; the exit status: 0 proven, 1 broken."""
    proof = await prove(_progress)
    for fault in proof.faults:
        click.echo(f"✗ {fault.said}")
    click.echo(_summary(proof))
    if proof.faults:
        click.echo("  → 请保留现场，不要修复数据；用最近的备份和已公布的日根核对，并报告主管部门")
        return 1
    if proof.root:
        click.echo(f"  最近的日根 {proof.root}，请与外部留存的核对")
    return 0


def _summary(proof: Proof) -> str:
    figures = f"{proof.seals}步、{proof.chains}条链、{proof.days}个日根"
    waiting = f"，另有{proof.waiting}步等待封存" if proof.waiting else ""
    if proof.late:
        waiting += f"（{proof.late}步等待封存超过24小时：工作进程停过，正在补封；长时间不减少的，请检查 shandu worker）"
    if not proof.faults:
        return f"✓ 留痕完整：{figures}全部相符{waiting}"
    return f"留痕不完整：共查{figures}，以上是最先发现的{len(proof.faults)}处{waiting}"


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r核对留痕 {done}/{total}", nl=done >= total, err=True)


async def export(out: Path, first: date, last: date, subject: str | None) -> int:
    """Write the days from `first` to `last` into a new folder; the exit status."""
    named = SUBJECT.fullmatch(subject) if subject else None
    if subject and named is None:
        click.echo("--subject 应写作“种类:编号”，例如 problem:12", err=True)
        return 2
    if last < first:
        click.echo(f"--from {first} 晚于 --to {last}，请把两个日期对调", err=True)
        return 2
    roots = await sealed.roots()
    days = [root for root in roots if first <= root.day <= last]
    if not days:
        click.echo("这几天没有日根。当天的日根在次日零点半以后生成。", err=True)
        return 1
    one = (named[1], int(named[2])) if named else None
    try:
        out.mkdir(parents=True)  # noqa: ASYNC240 - a command, which serves nobody meanwhile
        count = await _write(out / "journal.jsonl", sealed.lines(days[0].first_seal, days[-1].last_seal, one))
        await _write(out / "roots.jsonl", _lines_of([root.line for root in roots]))
        await _write(out / "export.json", _lines_of([_about(days, subject)]))
        if one:
            await _write(out / "proofs.jsonl", _proofs(days, one))
        shutil.copyfile(VERIFIER, out / "verify.py")
    except OSError as fault:
        click.echo(f"写不了 {out}（{said(fault)}），请换一个还没有的文件夹", err=True)
        return 1
    click.echo(f"已导出{days[0].day}至{days[-1].day}的{count}步到 {out}；核对：python3 {out}/verify.py")
    return 0


async def _write(path: Path, lines: AsyncIterator[str]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        async for line in lines:
            file.write(line + "\n")
            count += 1
    return count


async def _lines_of(lines: list[str]) -> AsyncIterator[str]:
    for line in lines:
        yield line


def _about(days: list[sealed.Root], subject: str | None) -> str:
    covered = {"from": days[0].day.isoformat(), "to": days[-1].day.isoformat()}
    return json.dumps(covered | {"subject": subject})


async def _proofs(days: list[sealed.Root], subject: tuple[str, int]) -> AsyncIterator[str]:
    for root in days:
        for line in await sealed.proofs(root, subject):
            yield line
