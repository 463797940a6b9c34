"""A PostgreSQL and a Redis of one's own, on free ports, for the length of one command.

`python -m ops.private [--postgres] [--redis] [--durable] -- COMMAND…` runs COMMAND with
SHANDU_TEST_DATABASE_URL and SHANDU_TEST_REDIS_URL set and exits as it does. Both servers live in one
temporary folder and are stopped and removed afterwards, however the command ends. Messages go to standard
error; standard output is the command's.
"""

import argparse
import ctypes
import fcntl
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import IO, Any, NoReturn

from ops import machine

PREFIX = "shandu-private-"
START_LIMIT_S = 60.0
STOP_LIMIT_S = 30.0
ATTEMPTS = 3

# initdb refuses to run as root, and neither server has any business there
UNPRIVILEGED = ("postgres", "nobody")

FORGETFUL = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


class ServerFailed(Exception):
    """A server did not come up; the text has the end of its log."""


@contextmanager
def private_services(
    *, postgres: bool = True, redis: bool = True, durable: bool = False
) -> Iterator[dict[str, str]]:
    """Start the servers; yield the environment variables that name them; stop and remove them at the end.

    `durable` makes PostgreSQL write through to the disk as in production, for benchmarks and for tests
    that kill it; without it a crash of the machine would lose data. Enter this from the main thread: the
    servers die with the thread that started them.
    """
    machine.require([*(["postgres"] if postgres else []), *(["redis"] if redis else [])])
    _sweep()
    variables: dict[str, str] = {}
    with ExitStack() as stack:
        folder = stack.enter_context(_folder())
        if postgres:
            variables["SHANDU_TEST_DATABASE_URL"] = stack.enter_context(_postgres(folder, durable)).url
        if redis:
            variables["SHANDU_TEST_REDIS_URL"] = stack.enter_context(_redis(folder)).url
        yield variables


@contextmanager
def private_servers() -> Iterator[tuple["Server", "Server"]]:
    """A durable PostgreSQL and a Redis for a test that stops them; enter this from the main thread too."""
    machine.require(["postgres", "redis"])
    _sweep()
    with _folder() as folder, _postgres(folder, True) as postgres, _redis(folder) as redis:
        yield postgres, redis


class Server:
    """A server that runs on a port of its own; stopped, it can be started there again.

    Start it from the main thread: it dies with the thread that started it.
    """

    def __init__(
        self,
        command: Callable[[int], list[str]],
        ready: Callable[[int], bool],
        home: Path,
        ending: signal.Signals,
    ) -> None:
        self._command, self._ready, self._home, self._ending = command, ready, home, ending
        self._process, self._port = _start_somewhere(command, ready, home)
        self.url = ""

    def named(self, url: str) -> "Server":
        """Its address, with `{port}` in the place of the port."""
        self.url = url.replace("{port}", str(self._port))
        return self

    def stop(self, how: signal.Signals | None = None) -> None:
        """End it, by default as it ends in good order."""
        _stop(self._process, how or self._ending)

    def start(self) -> None:
        with (self._home / "log").open("ab") as output:
            self._process = _start(self._command(self._port), self._home, output)
        if not _comes_up(self._process, partial(self._ready, self._port)):
            raise ServerFailed(f"{self._command(0)[0]} 没有重新启动 / did not start again")


@contextmanager
def _folder() -> Iterator[Path]:
    """A new folder that is removed at the end; its lock tells later runs whether its owner still lives."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o711)
    try:
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    """Remove what runs killed by SIGKILL left behind. Their servers died with them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            about = folder.lstat()
            # a folder younger than this may not have its lock yet
            if about.st_uid != os.getuid() or time.time() - about.st_ctime < 10:
                continue
            with (folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


@contextmanager
def _postgres(folder: Path, durable: bool) -> Iterator[Server]:
    programs = machine.postgres_bin()
    assert programs is not None
    home, password = _own(folder / "postgres"), secrets.token_hex(16)
    _init_database(programs, home, password, durable)

    def command(port: int) -> list[str]:
        return [str(programs / "postgres"), *_postgres_options(home, port, durable)]

    def ready(port: int) -> bool:
        probe = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        return subprocess.run(probe, capture_output=True).returncode == 0

    # SIGINT is PostgreSQL's "fast" shutdown: end sessions, then stop
    with _server(command, ready, home, signal.SIGINT) as server:
        yield server.named(f"postgres://shandu:{password}@127.0.0.1:{{port}}/postgres")


def _init_database(programs: Path, home: Path, password: str, durable: bool) -> None:
    secret = home / "password"
    secret.write_text(password)
    shutil.chown(secret, *_account())
    # a password, because on a shared machine anybody can connect to a port; md5, because asyncpg
    # spends 10 ms of Python on each connection with scram
    command = [str(programs / "initdb"), "-D", str(home / "data"), "-U", "shandu", "--auth=md5"]
    command += ["--pwfile", str(secret), "--encoding=UTF8", "--locale=C"]
    command += [] if durable else ["--no-sync"]
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, **_as_account())
    if done.returncode:
        raise ServerFailed(f"initdb: {done.stderr.strip()}")


def _postgres_options(home: Path, port: int, durable: bool) -> list[str]:
    options = ["-D", str(home / "data"), "-p", str(port), "-c", "listen_addresses=127.0.0.1"]
    options += ["-c", f"unix_socket_directories={home}"] if len(str(home)) < 80 else ["-k", ""]
    options += ["-c", "max_connections=100", "-c", "shared_buffers=128MB", "-c", "max_wal_size=1GB"]
    return options + ([] if durable else FORGETFUL)


@contextmanager
def _redis(folder: Path) -> Iterator[Server]:
    program = machine.redis_server()
    assert program is not None
    home, password = _own(folder / "redis"), secrets.token_hex(16)
    settings = home / "redis.conf"
    settings.touch(mode=0o600)
    shutil.chown(settings, *_account())
    settings.write_text(
        f'bind 127.0.0.1\nrequirepass {password}\ndir {home}\nsave ""\nappendonly no\ndaemonize no\n'
    )

    def command(port: int) -> list[str]:
        return [str(program), str(settings), "--port", str(port)]

    with _server(command, _listens, home, signal.SIGTERM) as server:
        yield server.named(f"redis://:{password}@127.0.0.1:{{port}}/0")


@contextmanager
def _server(
    command: Callable[[int], list[str]],
    ready: Callable[[int], bool],
    home: Path,
    ending: signal.Signals,
) -> Iterator[Server]:
    """Start what `command` says on a free port, wait until `ready`, end it with `ending`."""
    server = Server(command, ready, home, ending)
    try:
        yield server
    finally:
        server.stop()


def _start_somewhere(
    command: Callable[[int], list[str]], ready: Callable[[int], bool], home: Path
) -> tuple[subprocess.Popen[bytes], int]:
    """Somebody may take the port between our looking and the server's binding: then try another."""
    log = home / "log"
    for _ in range(ATTEMPTS):
        port = _free_port()
        with log.open("wb") as output:
            process = _start(command(port), home, output)
        if _comes_up(process, partial(ready, port)):
            return process, port
        tail = log.read_text(errors="replace")[-2000:].strip()
        if "in use" not in tail:
            break
    raise ServerFailed(f"{command(0)[0]} 没有启动 / did not start:\n{tail}")


def _start(command: list[str], home: Path, output: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        # Ctrl-C is for the command: the servers must outlast its last test
        start_new_session=True,
        preexec_fn=_die_with_parent,
        **_as_account(),
    )


def _die_with_parent() -> None:
    # runs in the child after its change of user, which would clear the setting
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)


def _comes_up(process: subprocess.Popen[bytes], ready: Callable[[], bool]) -> bool:
    """Wait for `ready`; False when the process ends or the time is up. It never stays behind half started."""
    limit = time.monotonic() + START_LIMIT_S
    try:
        while process.poll() is None and time.monotonic() < limit:
            if ready():
                return True
            time.sleep(0.05)
    except BaseException:
        _stop(process, signal.SIGTERM)
        raise
    _stop(process, signal.SIGTERM)
    return False


def _stop(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(stop)
    if not _wait(process, STOP_LIMIT_S):
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], limit_s: float) -> bool:
    try:
        process.wait(limit_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _account() -> tuple[int, int]:
    """User and group ids the servers run as: our own, unless we are root."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = next(known[name] for name in UNPRIVILEGED if name in known)
    return entry.pw_uid, entry.pw_gid


def _as_account() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    user, group = _account()
    return {"user": user, "group": group, "extra_groups": []}


def _own(folder: Path) -> Path:
    folder.mkdir(mode=0o700)
    shutil.chown(folder, *_account())
    return folder


def run(command: Sequence[str], variables: dict[str, str]) -> int:
    """Run `command` to its end, passing our signals on; return its exit code, 128 + n for a signal n."""
    child = subprocess.Popen(command, env={**os.environ, **variables})
    try:
        code = child.wait()
    except _Leaving as leaving:
        if leaving.signal == signal.SIGINT:
            _wait(child, INTERRUPTED_S)
        _stop(child, leaving.signal)
        raise
    return code if code >= 0 else 128 - code


# Ctrl-C reaches the command from the terminal too: pytest takes a second one as "drop everything"
INTERRUPTED_S = 10.0
LEAVE_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Leaving(SystemExit):
    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal = signal.Signals(number)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    # once is enough: a second signal must not interrupt the stopping of the servers
    for each in LEAVE_ON:
        signal.signal(each, signal.SIG_IGN)
    raise _Leaving(number)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m ops.private", description=__doc__)
    for option in ("--postgres", "--redis", "--durable"):
        parser.add_argument(option, action="store_true")
    parser.add_argument("command", nargs="+", metavar="COMMAND")
    chosen = parser.parse_args(arguments)
    both = not (chosen.postgres or chosen.redis)
    for number in LEAVE_ON:
        signal.signal(number, _leave)
    try:
        with private_services(
            postgres=chosen.postgres or both, redis=chosen.redis or both, durable=chosen.durable
        ) as variables:
            return run(chosen.command, variables)
    except (machine.MissingPrograms, ServerFailed) as failed:
        print(failed, file=sys.stderr)
        return 1
    except FileNotFoundError as missing:
        print(f"找不到命令 / no such command: {missing.filename}", file=sys.stderr)
        return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
