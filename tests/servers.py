"""Throw-away servers: each listens on a free port of 127.0.0.1, keeps its files in a temporary
folder, and is stopped through the process this module started, never by name.

    python -m tests.servers COMMAND…    runs COMMAND with DATABASE_URL, KEYRING_DATABASE_URL and
                                        REDIS_URL set
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 40
STOP_SECONDS = 10


def environment(home: Path) -> dict[str, str]:
    """Variables that keep everything below `home`; database and Redis may come from outside."""
    return {
        "VAR_DIR": str(home),
        "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{home / 'heyi.sqlite3'}",
        "REDIS_URL": os.environ.get("REDIS_URL", ""),
        "KEYRING_PATH": str(home / "keyring" / "keyring.sqlite3"),
        "KEYRING_DATABASE_URL": own_keyring_database(home),
        "KEK_DIR": str(home / "kek"),
        "SIGNING_DIR": str(home / "signing"),
        "PKI_DIR": str(home / "pki"),
        "MEDIA_ROOT": str(home / "files"),
        "EMAIL_URL": f"filemail:///{home / 'outbox'}",
        "PUBLIC_URL": "http://127.0.0.1:8000",
        "DEMO": "1",
        "S3_BUCKET": "",
        "TSA_URL": "",
        "EMBED_WORKER": "",
    }


def own_keyring_database(home: Path) -> str:
    """The KEYRING_DATABASE_URL of a key ring of this home's own: a schema on the PostgreSQL that
    this run has for key rings. Empty without one.
    """
    server, _, _ = os.environ.get("KEYRING_DATABASE_URL", "").partition("?")
    if not server:
        return ""
    server = _keyring_database_of_this_process(server)
    schema = f"ring_{sha256(str(home).encode()).hexdigest()[:24]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'.encode())
    return f"{server}?options=-csearch_path%3D{schema}"


def _keyring_database_of_this_process(server: str) -> str:
    """Where several pytest processes run side by side, each has a database: some tests end all
    connections to theirs.
    """
    number = os.environ.get("PYTEST_XDIST_WORKER")
    if number is None:
        return server
    name = f"keyring_{number}"
    with psycopg.connect(f"{server.rpartition('/')[0]}/postgres", autocommit=True) as connection:
        if not connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [name]
        ).fetchone():
            make_database(connection, name)
    return f"{server.rpartition('/')[0]}/{name}"


def make_database(connection: psycopg.Connection[Any], name: str, like: str = "template0") -> None:
    """A new database, by copying files: without fsync a tenth of the time of writing each page to
    the log.
    """
    made = f'CREATE DATABASE "{name}" TEMPLATE "{like}" STRATEGY FILE_COPY'
    connection.execute(made.encode())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Running:
    """A server's process, which a test may kill and start again."""

    def __init__(self, start: Callable[[], "subprocess.Popen[bytes]"]) -> None:
        self._start = start
        self.process = start()

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        _stop(self.process, how)

    def start(self) -> None:
        self.process = self._start()


@dataclass(frozen=True)
class Server:
    """A server for others, and the process it is."""

    url: str
    running: Running


@contextmanager
def postgresql(*, is_durable: bool = False) -> Iterator[str]:
    """The DATABASE_URL of a PostgreSQL cluster of one's own."""
    with postgresql_server(is_durable=is_durable) as server:
        yield server.url


@contextmanager
def redis() -> Iterator[str]:
    """The REDIS_URL of a Redis of one's own."""
    with redis_server() as server:
        yield server.url


@contextmanager
def postgresql_server(*, is_durable: bool = False) -> Iterator[Server]:
    """A PostgreSQL cluster, by default with nothing to lose (no fsync).

    PostgreSQL refuses to run as root, so root runs it as the account Debian made for it.
    """
    as_whom = _account("postgres")
    with own_folder(as_whom) as folder:
        make = [_postgresql_program("initdb"), "-D", folder / "data", "-U", "heyi", "-A", "trust"]
        make += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_whom)
        port = free_port()
        command = [_postgresql_program("postgres"), "-D", folder / "data", "-p", port, "-k", folder]
        careless = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
        for option in () if is_durable else careless:
            command += ["-c", option]
        with running(command, folder, lambda: _accepts(port), signal.SIGINT, **as_whom) as process:
            yield Server(f"postgres://heyi@127.0.0.1:{port}/postgres", process)


@contextmanager
def redis_server() -> Iterator[Server]:
    """A Redis that writes nothing to disk."""
    with own_folder({}) as folder:
        port = free_port()
        command = ["redis-server", "--bind", "127.0.0.1", "--port", port, "--save", ""]
        command += ["--appendonly", "no", "--dir", folder]
        with running(command, folder, lambda: answers(port)) as process:
            yield Server(f"redis://127.0.0.1:{port}/0", process)


@contextmanager
def s3() -> Iterator[str]:
    """The endpoint of an S3-compatible store of one's own, for any credentials."""
    with own_folder({}) as folder:
        port = free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port]
        with running(command, folder, lambda: answers(port)):
            yield f"http://127.0.0.1:{port}"


def _account(name: str) -> dict[str, Any]:
    if os.getuid() != 0:
        return {}
    account = pwd.getpwnam(name)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _postgresql_program(name: str) -> str:
    """Debian keeps PostgreSQL's server programs off the path, one folder per version."""
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = str(candidates[0]) if candidates else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is missing: run script/setup --for-tests")
    return found


@contextmanager
def own_folder(as_whom: dict[str, Any]) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="heyi-server-"))
    try:
        if as_whom:
            os.chown(folder, as_whom["user"], as_whom["group"])
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    command: Sequence[object],
    folder: Path,
    is_ready: Callable[[], bool],
    stop_with: signal.Signals = signal.SIGTERM,
    **options: Any,
) -> Iterator[Running]:
    """Start `command`, wait until it is ready, and stop it whatever happens meanwhile."""
    options.setdefault("cwd", folder)

    def start() -> "subprocess.Popen[bytes]":
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us first, then we stop it
                **options,
            )
        try:
            _wait(process, is_ready, folder / "log")
        except BaseException:
            _stop(process, stop_with)
            raise
        return process

    process = Running(start)
    try:
        yield process
    finally:
        process.stop(stop_with)


def _wait(process: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args} did not start:\n{log.read_text('utf-8')[-4000:]}")
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes], stop_with: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(stop_with)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _accepts(port: int) -> bool:
    """PostgreSQL listens a little before it lets anybody in."""
    command = [_postgresql_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    return subprocess.run(command, check=False).returncode == 0


def answers(port: int, address: str = "127.0.0.1") -> bool:
    with suppress(OSError), socket.create_connection((address, port), timeout=1):
        return True
    return False


def _leave(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def main() -> int:
    """Run the command on the command line with both servers; its exit status is ours."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    with postgresql() as database_url, redis() as redis_url:
        keyring_url = f"{database_url.rpartition('/')[0]}/keyring"
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE keyring")
        own = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
        own["KEYRING_DATABASE_URL"] = keyring_url
        return subprocess.run(sys.argv[1:], env=own, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
