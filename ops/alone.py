"""One process a home: two that embed the imitation of WeChat would each lose the other's messages."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

FILE = "sandbox.lock"


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold the home for as long as it lasts; ends with 2 where another process holds it.

    The kernel lets go of it with the process, however that ends.
    """
    file = os.open(home / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            click.echo(
                f"{home} 正由另一个演示或仿真微信使用，同时使用会丢失消息。"
                "请先结束那一个，或换一个文件夹再启动，如 SHANDU_HOME=/tmp/other。",
                err=True,
            )
            sys.exit(2)
        yield
    finally:
        os.close(file)
