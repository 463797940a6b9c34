"""Folders for files with people's data in them, while a process works on them.

A process that is killed cannot clean up. So each folder has a file that is locked for as long as its process
lives, and whoever starts next removes the folders whose lock is free.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX, ALIVE = "shandu-", ".alive"


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that nobody else may read, gone at the end."""
    made = Path(tempfile.mkdtemp(prefix=f".{PREFIX}"))
    with (made / ALIVE).open("w") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        # by this name it is looked for, and not before it is locked
        folder = made.rename(made.with_name(made.name.removeprefix(".")))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def remove_left() -> None:
    """Remove what processes left that were killed in the middle."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if _is_left(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    try:
        if folder.lstat().st_uid != os.geteuid():
            return False
        with (folder / ALIVE).open() as alive:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        # not one of these folders, or somebody is at work in it
        return False
    return True
