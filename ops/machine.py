"""The programs of the machine that tests, benchmarks and posters need: found, or installed by apt.

`python -m ops.machine [--or-warn] NEED…` with needs of `NEEDS`: exit code 0 when all are there, else 1 and
one sentence that names what is missing and the command to run. With --or-warn the sentence is all.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

APT_INSTALL = Path(__file__).with_name("apt-install.sh")
FONTS = Path("/usr/share/fonts")


class MissingPrograms(Exception):
    """Something is not on this machine and may not be installed from here."""


@dataclass(frozen=True)
class Need:
    package: str
    find: Callable[[], Path | None]


def postgres_bin() -> Path | None:
    """The folder with initdb and postgres: Debian's newest, or the one on PATH."""
    versions = Path("/usr/lib/postgresql").glob("*/bin")
    folders = sorted(versions, key=lambda folder: float(folder.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    complete = (one for one in folders if (one / "initdb").exists() and (one / "postgres").exists())
    return next(complete, None)


def redis_server() -> Path | None:
    return _on_path("redis-server")


def browser() -> Path | None:
    return _on_path("chromium", "chromium-browser")


def font() -> Path | None:
    return next(FONTS.rglob("wqy-microhei.tt?"), None)


def _on_path(*names: str) -> Path | None:
    found = next(filter(None, map(shutil.which, names)), None)
    return Path(found) if found else None


NEEDS = {
    "postgres": Need("postgresql", postgres_bin),
    "redis": Need("redis-server", redis_server),
    "browser": Need("chromium", browser),
    "font": Need("fonts-wqy-microhei", font),
}


def require(names: Iterable[str]) -> None:
    """See that every named need is on the machine, installing it where we may.

    Raises MissingPrograms when something stays missing. apt's output goes to standard error.
    """
    missing = _missing(names)
    if not missing:
        return
    packages = [NEEDS[name].package for name in missing]
    prefix = _root_prefix()
    if shutil.which("apt-get") and prefix is not None:
        print(f"正在安装 / installing: {' '.join(packages)}", file=sys.stderr, flush=True)
        subprocess.run([*prefix, str(APT_INSTALL), *packages], stdout=sys.stderr, check=False)
        missing = _missing(names)
    if missing:
        raise MissingPrograms(_sentence([NEEDS[name].package for name in missing]))


def _missing(names: Iterable[str]) -> list[str]:
    return [name for name in names if NEEDS[name].find() is None]


def _root_prefix() -> list[str] | None:
    """What to put before a command so that it runs as root; None where we may not."""
    if os.geteuid() == 0:
        return []
    sudo = ["sudo", "-n"]
    if shutil.which("sudo") and subprocess.run([*sudo, "true"], capture_output=True).returncode == 0:
        return sudo
    return None


def _sentence(packages: list[str]) -> str:
    listed = " ".join(packages)
    command = f"sudo apt-get update && sudo apt-get install --no-install-recommends {listed}"
    return f"本机缺少 {listed}，请运行 / not on this machine: {listed}; run: {command}"


def main(arguments: list[str]) -> int:
    names = [argument for argument in arguments if argument != "--or-warn"]
    unknown = sorted(set(names) - set(NEEDS))
    if unknown or not names:
        print(f"usage: python -m ops.machine [--or-warn] {' '.join(NEEDS)}", file=sys.stderr)
        return 2
    try:
        require(names)
    except MissingPrograms as missing:
        print(missing, file=sys.stderr)
        return 0 if "--or-warn" in arguments else 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
