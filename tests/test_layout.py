"""The shape of the project: what a reader may rely on without looking."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from models.journal.proving import SUBJECTS

ROOT = Path(__file__).parent.parent
PACKAGES = ["bot", "miniapp_api", "models", "ops", "qr"]
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-node.lock"]

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
            yield str(path.relative_to(ROOT)), parsed(path)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


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


@pytest.mark.parametrize("folder", ["miniprogram", "miniprogram/proof"])
def test_the_clients_lock_files_name_no_host(folder: str) -> None:
    text = (ROOT / folder / "package-lock.json").read_text()

    assert re.findall(r"\S*(?:://|\"resolved\"|git@)\S*", text) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / lock).read_text().strip())

    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_what_runs_is_what_was_tested() -> None:
    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")

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


# Who speaks to other hosts. Their addresses are settings; no person's words become an address.
CALLERS = {
    "bot/wechat/calls.py": "the gateway",
    "bot/wechat/token.py": "the gateway's token",
    "bot/wechat/sandbox/pushes.py": "the imitation's callbacks",
    "ops/wiring.py": "makes the gateway's session",
    "ops/checking.py": "shandu check",
    "ops/checking_templates.py": "shandu check wechat",
    "bot/sms.py": "who sends short messages",
    "ops/demo/phones.py": "the demonstration's phones, at our own address",
}
CLIENTS = {
    "urllib.request",
    "urllib3",
    "http.client",
    "requests",
    "httpx",
    "smtplib",
    "ftplib",
    "wechatpy.client",
}
CALLING = {"get", "post", "put", "delete", "head", "patch", "request"}
SESSIONS = {"session", "_session", "client_session"}


def test_only_the_gateway_speaks_to_other_hosts() -> None:
    callers, clients = set(), []
    for path, tree in written("bot", "miniapp_api", "models", "qr", "ops"):
        if path.startswith("ops/bench/"):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("ClientSession", "ws_connect"):
                callers.add(path)
            if isinstance(node, ast.Import | ast.ImportFrom):
                named = [alias.name for alias in node.names]
                modules_named = [node.module or ""] if isinstance(node, ast.ImportFrom) else named
                clients += [f"{path}: {one}" for one in modules_named if one in CLIENTS]

    assert callers - set(CALLERS) == set()
    assert clients == []


def test_no_call_to_another_host_follows_a_redirection() -> None:
    following = [
        f"{path}:{node.lineno}"
        for path, tree in written("bot", "miniapp_api", "models", "qr")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CALLING
        and ast.unparse(node.func.value).rpartition(".")[2] in SESSIONS
        and "allow_redirects=False" not in ast.unparse(node)
    ]

    assert following == []


# A comparison of these that stops at the first difference tells an attacker how far they got.
SECRET_NAMES = re.compile(r"(?i)(^|_)(mac|hmac|signature|digest|secret|password|fingerprint|tokens?)(_|$)")
# not somebody else's guess at a secret
HARMLESS = {
    # the journal's hashes are published, and the keys below name pictures of signatures
    ("models/journal/proving.py", "digest(line) != root['hash']"),
    ("models/journal/proving.py", "digest(line) == row['hash']"),
    (
        "models/visits/records.py",
        "(said, facts) != (('visit', visit.id, verb), (reply.words, reply.signature_key))",
    ),
    ("models/visits/rectification_notices.py", "key != whole.school_signature"),
    ("bot/wechat/calls.py", "self._token != token"),  # our own token, old or new
    # one spelling for one claim, before its MAC is looked at
    ("qr/token.py", "base64.urlsafe_b64encode(raw).rstrip(b'=').decode() != token"),
}


def test_secrets_are_compared_in_constant_time() -> None:
    found = {
        (path, ast.unparse(node))
        for path, tree in written(*PACKAGES)
        # the sandbox's secrets are printed in its documentation
        if not path.startswith("bot/wechat/sandbox/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare)
        and any(isinstance(operation, ast.Eq | ast.NotEq) for operation in node.ops)
        and any(SECRET_NAMES.search(word) for word in re.findall(r"\w+", ast.unparse(node)))
    }

    assert found - HARMLESS == set()


def test_every_subject_of_the_journal_has_a_name_in_chinese() -> None:
    kinds = {kind for _, tree in written("models", "ops") for kind in recorded(tree)}

    assert len(kinds) > 20
    assert kinds - SUBJECTS.keys() == set()


def recorded(tree: ast.Module) -> Iterator[str]:
    """The kinds of subject that a module records steps of, in calls and in SQL."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in {"record", "record_clock"}:
                yield from re.findall(r"^'([a-z_]+)'$", ast.unparse(node.args[0]))
            for given in node.keywords if node.func.id == "insert_recorded" else ():
                if given.arg == "subject_kind":
                    yield str(ast.literal_eval(given.value))
        elif isinstance(node, ast.JoinedStr):
            yield from re.findall(r"\{STEP\} SELECT [^,]+, \\?'([a-z_]+)\\?'", ast.unparse(node))
