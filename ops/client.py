"""The phone's client, made from `miniprogram/`: `python -m ops.client [h5] [mp-weixin] [proof] [check]`.

What is made already from the same sources is not made again: each build leaves the hash of what it was made
from. `check` is the type check and the client's own tests. `proof` is the mini-program as a page that runs on
WeChat's own framework in any browser; it is for tests.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from ops.node import Node, NoNode, find

ROOT = Path(__file__).parents[1]
CLIENT = ROOT / "miniprogram"
MODULES = CLIENT / "node_modules"
PROOF = CLIENT / "proof"
STAMPS = CLIENT / "dist"
BUILT_FOR_WECHAT = STAMPS / "build" / "mp-weixin"
BUILT_PROOF = STAMPS / "proof"
SCHEMA = CLIENT / "src" / "lib" / "api" / "schema.ts"
UNI = MODULES / "@dcloudio" / "vite-plugin-uni" / "bin" / "uni.js"

# what a build is made from; the API's types are made from the server's declarations
SOURCES = [
    "src", "build", "tests", "index.html", "package.json", "package-lock.json", "privacy-guide.json", "tsconfig.json",
    "vite.config.ts", "vitest.config.ts",
]  # fmt: skip
BUILDS = {"h5": [], "mp-weixin": ["-p", "mp-weixin"]}
TARGETS = [*BUILDS, "proof", "check"]
# what a build is told from outside
TOLD = ["VITE_API_ORIGIN", "VITE_WECHAT_APPID"]


def make(wanted: list[str]) -> None:
    """Make what is not there yet or is older than its sources. Raises NoNode and CalledProcessError."""
    STAMPS.mkdir(exist_ok=True)
    asked = {*wanted, "mp-weixin"} if "proof" in wanted else {*wanted}
    for name in (target for target in TARGETS if target in asked):
        # of several that come at once one builds, and the others find it built
        with (STAMPS / ".turn").open("w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            _make_missing(name)


def _make_missing(name: str) -> None:
    types = hashlib.sha256(b"".join(path.read_bytes() for path in _server()))
    told = [os.environ.get(one, "") for one in TOLD]
    sources = [*SOURCES, "proof"] if name == "proof" else SOURCES
    now = _hash(sources, types.hexdigest(), *told)
    stamp = STAMPS / f".{name}"
    if stamp.exists() and stamp.read_text() == now:
        return
    node = find()
    _install(node, CLIENT)
    _write_types(types.hexdigest())
    _build(node, name)
    stamp.write_text(now)


def _hash(sources: list[str], *more: str) -> str:
    digest = hashlib.sha256("\0".join(more).encode())
    for path in _files(sources):
        digest.update(str(path.relative_to(CLIENT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _files(sources: list[str]) -> Iterator[Path]:
    for name in sources:
        path = CLIENT / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        kept = (one for one in found if "node_modules" not in one.parts)
        yield from (one for one in kept if one.is_file() and one != SCHEMA)


def _server() -> list[Path]:
    return [*sorted((ROOT / "miniapp_api").rglob("*.py")), Path(__file__).with_name("client_types.py")]


def _install(node: Node, folder: Path) -> None:
    lock = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "node_modules" / ".shandu-lock"
    if stamp.exists() and stamp.read_text() == lock:
        return
    _say(f"安装 {folder.name} 的依赖（初次约一分钟） / installing packages (a minute the first time)")
    # no package's own script is run: none is needed
    quiet = [
        "--include=dev",
        "--ignore-scripts",
        "--prefer-offline",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]
    node.run(node.npm, "ci", *quiet, cwd=folder)
    stamp.write_text(lock)


def _write_types(made_from: str) -> None:
    """In a process of its own: the API's modules are many, and seldom needed here."""
    stamp = STAMPS / ".types"
    if SCHEMA.exists() and stamp.exists() and stamp.read_text() == made_from:
        return
    subprocess.run([sys.executable, "-m", "ops.client_types", str(SCHEMA)], cwd=ROOT, check=True)
    stamp.write_text(made_from)


def _build(node: Node, name: str) -> None:
    began = time.monotonic()
    if name == "check":
        _say("检查手机端的类型，运行它的测试 / type check and tests of the client")
        node.run(MODULES / "vue-tsc" / "bin" / "vue-tsc.js", "--noEmit", cwd=CLIENT)
        node.run(MODULES / "vitest" / "vitest.mjs", "run", cwd=CLIENT)
    elif name == "proof":
        _say("把小程序装进浏览器 / packing the mini-program into a page")
        _install(node, PROOF)
        node.run(PROOF / "pack.mjs", str(BUILT_FOR_WECHAT), str(BUILT_PROOF), cwd=PROOF)
    else:
        _say(f"编译手机端 {name}（约半分钟） / building the client: {name} (half a minute)")
        # its maker advertises a service of theirs after every build
        node.run(UNI, "build", *BUILDS[name], cwd=CLIENT, without="uniCloud/hosting", NODE_ENV="production")
    _say(f"{name} 好了 / done: {time.monotonic() - began:.0f} s")


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - {*TARGETS}
    if unknown or not wanted:
        print("usage: python -m ops.client [h5] [mp-weixin] [proof] [check]", file=sys.stderr)
        return 2
    try:
        make(wanted)
    except NoNode as missing:
        _say(str(missing))
        return 1
    except subprocess.CalledProcessError as fault:
        _say(f"手机端没有做成 / the client was not made: {Path(str(fault.cmd[1])).name}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
