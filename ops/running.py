"""Running processes: serve, work, demonstrate; each ends cleanly on SIGTERM and SIGINT."""

import asyncio
import contextlib
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NoReturn

import click
from aiohttp import web

from bot import jobs
from miniapp_api.app import watching
from models.database.leases import ended
from models.database.opening import migrate, open_database, pending
from models.evidence.store import settle
from models.organisations.loading import load_divisions
from models.people import registering
from models.people.phones import Vault
from models.policies import quiet
from models.policies.calendar import spoken
from models.policies.queries import effective
from ops import demo, memory
from ops.alone import alone
from ops.clock import Clock, DemoClock
from ops.demo import phones, province
from ops.demo.province import telling
from ops.demo.province.size import Size
from ops.faults import said
from ops.settings import Settings
from ops.wiring import World, clock_of, sandbox, web_app, world

log = logging.getLogger(__name__)

DATABASE_WITHIN_S = 10


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Clock]:
    """The database alone and up to date, for commands that touch nothing else."""
    async with open_database(settings.database_url, settings.database_pool):
        await _insist_on_migrated()
        yield clock_of(settings)


async def prepare_database(settings: Settings) -> list[str]:
    """Migrate, load the divisions, seal numbers that lie plain; returns the migrations applied."""
    async with open_database(settings.database_url, settings.database_pool):
        applied = await migrate()
        await load_divisions()
        sealed = sum([batch async for batch in registering.seal_plain(Vault(settings.phone_keys))])
        if sealed:
            click.echo(f"已加密{sealed}个手机号")
        return applied


async def serve(settings: Settings) -> None:
    async with world(settings) as opened_world:
        await _insist_on_migrated()
        async with _listening(web_app(opened_world, with_sandbox=False), settings):
            await _told().wait()
    await settle()


async def work(settings: Settings) -> None:
    async with world(settings) as opened_world:
        await _insist_on_migrated()
        async with contextlib.AsyncExitStack() as stack:
            if settings.worker_port is not None:
                watched = _listening(watching(opened_world.context), settings, settings.worker_port)
                await stack.enter_async_context(watched)
            told = _told()
            log.info("worker ready")
            await _work_until(told, opened_world)


async def serve_sandbox(settings: Settings, callback_url: str | None, forget: bool) -> None:
    with contextlib.nullcontext() if forget else alone(settings.home):
        app = web.Application()
        app.add_subapp("/sandbox", sandbox(settings, callback_url, forget=forget))
        async with _listening(app, settings):
            await _told().wait()


async def demonstrate(settings: Settings, small: bool) -> None:
    """Migrate, seed, and run everything in one process until told to stop."""
    _insist_on_demo(settings)
    await _insist_on_free(settings)
    with alone(settings.home):
        await _demonstrate(settings, small)


async def _demonstrate(settings: Settings, small: bool) -> None:
    click.echo("准备数据库……")
    await prepare_database(settings)
    async with world(settings) as opened_world:
        await _begin_by_day(opened_world.clock)
        await demo.seed(
            opened_world.clock(),
            _progress,
            keyring=opened_world.context.keyring,
            vault=opened_world.context.vault,
            store=opened_world.context.store,
            seal=opened_world.context.seal,
            small=small,
        )
        async with _listening(web_app(opened_world, with_sandbox=True), settings):
            if not small:
                failed = await phones.turn_on(
                    f"http://{settings.host}:{settings.port}", opened_world.context.vault, _progress
                )
                if failed:
                    click.echo(f"有{failed}人的微信没有绑定成功，可在演示页用他们的手机自己绑定")
            told = _told()
            click.echo(f"\n膳督演示已就绪，请在浏览器打开  http://{settings.host}:{settings.port}/\n")
            await _work_until(told, opened_world)
    await settle()


async def make_province(settings: Settings, schools: int, weeks: int) -> None:
    """Fill an empty database with a province, and say what was planted in it; ends with 2 where there is anything."""
    _insist_on_demo(settings)
    click.echo("准备数据库……")
    await prepare_database(settings)
    began = time.monotonic()
    async with opened(settings) as clock:
        try:
            made = await province.make(Size(schools, weeks), clock(), _progress, Vault(settings.phone_keys))
        except province.NotEmpty as refusal:
            click.echo(refusal.said, err=True)
            sys.exit(2)
    for line in telling.lines(made, time.monotonic() - began):
        click.echo(line)


def _insist_on_demo(settings: Settings) -> None:
    if not settings.demo:
        click.echo("演示不能在 SHANDU_DEMO=0 时启动", err=True)
        sys.exit(2)


async def _begin_by_day(clock: Clock) -> None:
    """At night no phone rings: whoever starts a demonstration then would wait for nothing."""
    now = clock()
    morning = quiet.until(now, await effective("53"))
    if isinstance(clock, DemoClock) and morning > now:
        clock.forward(morning - now)
        click.echo(f"现在是夜间免打扰时段，演示的时钟已拨到{spoken(morning)}")


def _progress(what: str, done: int, total: int) -> None:
    if sys.stdout.isatty():
        click.echo(f"\r{what} {done}/{total}", nl=done == total)
    elif done == total:
        click.echo(f"{what} {total}")


async def _insist_on_free(settings: Settings) -> None:
    """Before the minutes that a database takes: is the port to be had?"""
    try:
        door = await asyncio.get_running_loop().create_server(asyncio.Protocol, settings.host, settings.port)
    except OSError as fault:
        _refuse_port(settings.port, fault)
    door.close()
    await door.wait_closed()


def _refuse_port(port: int, fault: OSError) -> NoReturn:
    click.echo(f"端口 {port} 不能使用（{said(fault)}）。请换其他端口再启动，如 PORT=8090。", err=True)
    sys.exit(2)


@asynccontextmanager
async def _listening(
    app: web.Application, settings: Settings, port: int | None = None
) -> AsyncIterator[None]:
    """Serve on the address of the settings, on their port unless another one is given."""
    port = port or settings.port
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=10)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, port)
        try:
            await site.start()
        except OSError as fault:
            _refuse_port(port, fault)
        log.info("listening", extra={"host": settings.host, "port": port})
        yield
    finally:
        await runner.cleanup()


async def _insist_on_migrated() -> None:
    try:
        async with asyncio.timeout(DATABASE_WITHIN_S):
            names = await pending()
    except Exception as fault:
        # whatever the driver calls it; its own text may carry the address with its password
        click.echo(
            f"数据库没有应答（{said(fault)}）。请检查 SHANDU_DATABASE_URL，并确认数据库已启动；"
            "shandu check 会逐项检查。",
            err=True,
        )
        sys.exit(2)
    if names:
        click.echo("数据库不是最新，请先运行 shandu migrate。", err=True)
        sys.exit(2)


def _told() -> asyncio.Event:
    """What is set when the process, which is up now, is told to end; from here on that does not end it at once."""
    memory.settled()
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    return told


async def _work_until(told: asyncio.Event, opened_world: World) -> None:
    working = asyncio.create_task(jobs.run(opened_world.post))
    waiting = asyncio.create_task(told.wait())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    await ended(waiting)
    await ended(working)
