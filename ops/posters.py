"""`shandu posters`: a school's poster, or a county's in one run."""

import asyncio
from pathlib import Path

import click

from models.organisations.rules import span
from models.organisations.tables import Division, School
from ops.faults import said
from ops.settings import Settings
from qr import Keyring, Place, PlaceKind, sign, sign_short, url
from qr.fonts import FontMissing
from qr.poster import Poster, poster_pdf, poster_png


async def run(settings: Settings, school: str | None, county: str | None, out: Path, form: str) -> int:
    """Write the posters into a folder; the exit status: 0 done, 1 nothing to print."""
    schools = await schools_of(school, county)
    if not schools:
        click.echo("没有找到学校，请核对编号或区划代码。", err=True)
        return 1
    names = {row["code"]: row["name"] for row in await Division.all().values("code", "name")}
    keyring = Keyring(settings.qr_keys, settings.qr_current_key)
    posters = [_poster(settings, keyring, one, names[one.county_code]) for one in schools]
    try:
        await asyncio.to_thread(_write, posters, out, form, county or schools[0].code)
    except FontMissing as missing:
        click.echo(str(missing), err=True)
        return 1
    except OSError as fault:
        click.echo(f"写不进 {out}（{said(fault)}），请用 --out 指定可写的文件夹。", err=True)
        return 1
    return 0


async def schools_of(school: str | None, county: str | None) -> list[School]:
    """The schools named on the command line, by code; nothing for what there is not."""
    if county is not None:
        if not (county.isascii() and county.isdigit() and len(county) in (2, 4, 6)):
            return []
        first, end = span(county)
        return await School.filter(county_code__gte=first, county_code__lt=end, open=True).order_by("code")
    assert school is not None
    by_code = await School.filter(code=school)
    return by_code or (await School.filter(id=int(school)) if school.isdigit() and len(school) < 10 else [])


def _poster(settings: Settings, keyring: Keyring, school: School, county_name: str) -> Poster:
    place, generation = Place(PlaceKind.SCHOOL, school.id), school.poster_generation
    link = url(settings.public_url, sign(keyring, place, generation))
    short = sign_short(keyring, place, generation)
    return Poster(school.name, county_name, link, f"{school.code}-{generation}", short=short)


def _write(posters: list[Poster], out: Path, form: str, name: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    written = out if form == "png" else out / f"{name}.pdf"
    with click.progressbar(length=len(posters), label="制作海报") as bar:
        if form == "png":
            for poster in posters:
                (out / f"{poster.serial}.png").write_bytes(poster_png(poster))
                bar.update(1)
        else:
            with written.open("wb") as file:
                poster_pdf(posters, file, lambda _: bar.update(1))
    click.echo(f"已写入 {written}，共{len(posters)}张")
