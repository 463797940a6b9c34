"""`shandu invitations`: one-time codes for a school's or a county's people, to print or to telephone."""

import asyncio
import secrets
from datetime import datetime
from pathlib import Path

import click

from models.organisations.tables import Division
from models.people.inviting import Invited, NobodyToInvite, code_of, invite_all
from models.people.phones import Vault
from models.policies.calendar import beijing_date
from models.workbooks.invitations import slips_of, telephone_list
from ops.faults import said
from ops.posters import schools_of
from ops.settings import Settings
from qr.fonts import FontMissing, chinese_font
from qr.slips import slips_pdf


async def run(settings: Settings, school: str | None, county: str | None, out: Path, now: datetime) -> int:
    """Make the codes and write them; the exit status: 0 done, 1 nothing made."""
    if out.suffix not in (".pdf", ".xlsx"):
        click.echo(f"{out} 应以 .pdf（裁开分发）或 .xlsx（名单）结尾", err=True)
        return 2
    schools = await schools_of(school, county)
    # a bureau has people even where no school is registered yet
    if not (schools or await Division.exists(code=county or "")):
        click.echo("没有找到学校，请核对编号或区划代码。", err=True)
        return 1
    try:
        # before codes are spent on a sheet that cannot be drawn or kept
        chinese_font()
        await asyncio.to_thread(out.touch, 0o600)
        invited = await invite_all(
            settings.wechat.appid, lambda: code_of(secrets.choice), Vault(settings.phone_keys), beijing_date(now), now,
            school_id=None if county else schools[0].id, division=county or "",
        )  # fmt: skip
        await asyncio.to_thread(_write, invited, out, settings.public_url)
    except FontMissing as missing:
        click.echo(str(missing), err=True)
        return 1
    except NobodyToInvite:
        click.echo("没有需要邀请的人：还没有登记任职，或都已绑定微信。", err=True)
        return 1
    except OSError as fault:
        click.echo(f"写不进 {out}（{said(fault)}），请换一个位置。", err=True)
        return 1
    click.echo(f"已写入 {out}，共{len(invited)}人；以前未使用的邀请码已作废")
    return 0


def _write(invited: list[Invited], out: Path, public_url: str) -> None:
    with out.open("wb") as file:
        if out.suffix == ".xlsx":
            telephone_list(invited, file)
        else:
            slips_pdf(slips_of(invited, public_url), file)
