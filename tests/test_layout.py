"""The shape of the project: what a reader may rely on without looking."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ["bot", "miniapp_api", "models", "ops", "qr"]
LOCKS = ["requirements.lock", "requirements-dev.lock"]

# A function fits a screen. Its docstring is not counted; a longer one has something in it with a name.
MOST_LINES = 60

# Names that say nothing of what is inside, so that everything ends up there.
DRAWERS = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "misc.py", "lib.py"}


def modules(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def written(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """The modules that people write, by their path; migrations are drafted by the ORM."""
    for path in modules(*folders):
        if path.parent.name != "migrations":
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def pyproject() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def test_no_module_is_a_drawer() -> None:
    drawers = [str(path) for path in modules(*PACKAGES, "tests") if path.name in DRAWERS]

    assert drawers == []


def test_no_module_is_empty() -> None:
    empty = [
        path
        for path, tree in written(*PACKAGES, "tests")
        if not path.endswith("__init__.py") and not [node for node in tree.body if not is_text(node)]
    ]

    assert empty == []


def is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path, tree in written(*PACKAGES) if tree.body and not ast.get_docstring(tree)]

    assert silent == []


def test_a_function_fits_a_screen() -> None:
    long = [
        f"{path}: {node.name} has {lines_of(node)} lines"
        for path, tree in written(*PACKAGES)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and lines_of(node) > MOST_LINES
    ]

    assert long == []


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert function.end_lineno is not None
    told = function.body[0] if ast.get_docstring(function) else None
    docstring = 0 if told is None else (told.end_lineno or 0) - told.lineno + 1
    return function.end_lineno - function.lineno + 1 - docstring


def test_the_wheel_holds_exactly_our_packages() -> None:
    wheel = pyproject()["tool"]["hatch"]["build"]["targets"]["wheel"]
    folders = sorted(path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests")

    assert wheel["packages"] == PACKAGES
    assert folders == PACKAGES


def test_no_command_of_ours_hides_the_one_that_qrcode_installs() -> None:
    assert pyproject()["project"]["scripts"] == {"shandu": "ops.cli:main"}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert re.findall(r"\S*(?://|--index|--extra-index|--find-links|--trusted-host|@ )\S*", text) == []
    assert re.findall(r"\b[a-z0-9-]+\.(?:org|com|net|io|cn|dev)\b", text) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / lock).read_text().strip())

    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_what_runs_is_what_was_tested() -> None:
    run, dev = (pins(lock) for lock in LOCKS)

    assert run
    assert run.items() <= dev.items()


def test_every_dependency_is_locked() -> None:
    asked = pyproject()["project"]["dependencies"]
    names = {re.split(r"[^A-Za-z0-9._-]", line)[0].lower() for line in asked}

    assert names - set(pins("requirements.lock")) == set()


def test_only_the_clock_reads_the_clock() -> None:
    reading = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time)\(")
    readers = [
        str(path.relative_to(ROOT))
        for path in modules("bot", "miniapp_api", "models", "qr")
        if reading.search(path.read_text())
    ]

    assert readers == []


def test_tests_patch_nothing() -> None:
    patching = re.compile(r"unittest[.]mock|from unittest import mock|monkeypatch[.]setattr|mocker[.]")
    others = [path for path in modules("tests") if path != Path(__file__)]
    patched = [str(path.relative_to(ROOT)) for path in others if patching.search(path.read_text())]

    assert patched == []
