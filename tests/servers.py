"""Throw-away servers: each listens on a free port of 127.0.0.1, keeps its files in a temporary
folder, and is stopped through the process this module started, never by name.

    python -m tests.servers COMMAND…    runs COMMAND with DATABASE_URL and REDIS_URL set
"""

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 40
STOP_SECONDS = 10
COLLECT_STATIC = ["collectstatic", "--noinput", "--verbosity", "0", "--ignore", "rest_framework"]


def environment(home: Path) -> dict[str, str]:
    """Variables that keep everything below `home`; database and Redis may come from outside."""
    return {
        "VAR_DIR": str(home),
        "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{home / 'heyi.sqlite3'}",
        "REDIS_URL": os.environ.get("REDIS_URL", ""),
        "KEYRING_PATH": str(home / "keyring" / "keyring.sqlite3"),
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
    with _folder(as_whom) as folder:
        make = [_postgresql_program("initdb"), "-D", folder / "data", "-U", "heyi", "-A", "trust"]
        make += ["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_whom)
        port = free_port()
        command = [_postgresql_program("postgres"), "-D", folder / "data", "-p", port, "-k", folder]
        careless = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
        for option in () if is_durable else careless:
            command += ["-c", option]
        with _running(command, folder, lambda: _accepts(port), signal.SIGINT, **as_whom) as running:
            yield Server(f"postgres://heyi@127.0.0.1:{port}/postgres", running)


@contextmanager
def redis_server() -> Iterator[Server]:
    """A Redis that writes nothing to disk."""
    with _folder({}) as folder:
        port = free_port()
        command = ["redis-server", "--bind", "127.0.0.1", "--port", port, "--save", ""]
        command += ["--appendonly", "no", "--dir", folder]
        with _running(command, folder, lambda: _answers(port)) as running:
            yield Server(f"redis://127.0.0.1:{port}/0", running)


@dataclass(frozen=True)
class Turn:
    """A TURN server: `url` for browsers, `secret` for time-limited credentials (TURN REST API)."""

    url: str
    secret: str


@contextmanager
def coturn() -> Iterator[Turn]:
    """A TURN server that relays on this machine only."""
    with _folder({}) as folder:
        port, secret = free_port(), "throw-away-secret"
        command = ["turnserver", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"]
        command += [f"--listening-port={port}", "--min-port=49200", "--max-port=49400"]
        command += ["--use-auth-secret", f"--static-auth-secret={secret}", "--realm=heyi.test"]
        command += ["--fingerprint", "--no-cli", "--no-tls", "--no-dtls", "--no-multicast-peers"]
        command += ["--allow-loopback-peers", "--user-quota=100", "--total-quota=400", "-n"]
        command += [f"--pidfile={folder / 'pid'}", f"--userdb={folder / 'db'}", "--log-file=stdout"]
        with _running(command, folder, lambda: _answers(port)):
            yield Turn(url=f"turn:127.0.0.1:{port}", secret=secret)


@dataclass(frozen=True)
class Media:
    """A Janus: where it is reached, and what a process must know to be let in."""

    url: str
    secret: str
    admin_key: str
    running: Running
    home: Path

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a Heyi whose larger calls go through it."""
        return {
            "MEDIA_SERVER_URL": self.url,
            "MEDIA_SERVER_SECRET": self.secret,
            "MEDIA_SERVER_ADMIN_KEY": self.admin_key,
        }


JANUS_CORE = """
general: {{ configs_folder = "{folder}", plugins_folder = "{plugins}"
  transports_folder = "{transports}", api_secret = "{secret}", admin_secret = "{admin_secret}"
  debug_level = 4, debug_timestamps = true, hide_dependencies = true, session_timeout = 60 }}
media: {{ rtp_port_range = "20000-20400" }}
nat: {{ nice_debug = false, ice_enforce_list = "{interface}" }}
plugins: {{ disable = "{no_plugins}" }}
transports: {{ disable = "{no_transports}" }}
events: {{ broadcast = false }}
"""
JANUS_SOCKET = """
general: {{ json = "compact", ws = true, ws_port = {port}, ws_ip = "127.0.0.1", wss = false }}
admin: {{ admin_ws = false, admin_wss = false }}
"""
JANUS_ROOMS = """
general: {{ admin_key = "{admin_key}", lock_rtp_forward = true, string_ids = true }}
"""


@contextmanager
def janus(interface: str = "lo") -> Iterator[Media]:
    """A Janus with the videoroom plugin and nothing else, whose API listens on loopback only.

    Media go through `interface`; on loopback there are none, because libnice will not use it.
    """
    with _folder({}) as folder:
        port, libraries = free_port(), _janus_libraries()
        secrets = {"secret": "throw-away-secret", "admin_key": "throw-away-key"}
        known = {**secrets, "folder": folder, "port": port, "interface": interface}
        known |= {"admin_secret": "throw-away-admin"}
        for kind, keep in (("plugins", "videoroom"), ("transports", "websockets")):
            others = [one.name for one in (libraries / kind).iterdir() if keep not in one.name]
            known |= {kind: libraries / kind, f"no_{kind}": ",".join(sorted(others))}
        (folder / "janus.jcfg").write_text(JANUS_CORE.format(**known))
        (folder / "janus.transport.websockets.jcfg").write_text(JANUS_SOCKET.format(**known))
        (folder / "janus.plugin.videoroom.jcfg").write_text(JANUS_ROOMS.format(**known))
        command = ["janus", "--config", folder / "janus.jcfg", "--configs-folder", folder]
        with _running(command, folder, lambda: _answers(port)) as running:
            yield Media(f"ws://127.0.0.1:{port}", **secrets, running=running, home=folder)


CLONE_NEWNET = 0x40000000  # linux/sched.h
ENDS = ("media0", "media1")


@contextmanager
def own_network() -> Iterator[str]:
    """A network of this thread's own, and of whatever it starts meanwhile: loopback, and one
    interface that leads nowhere, whose name is given. Raises PermissionError where the machine
    allows nobody to make one.

    libnice, which Janus uses, will not send media over loopback, and nothing should leave here.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/thread-self/ns/net").open("rb") as before:
        if libc.unshare(CLONE_NEWNET) != 0:
            raise PermissionError(os.strerror(ctypes.get_errno()))
        try:
            for command in (
                "link set lo up",
                f"link add {ENDS[0]} type veth peer name {ENDS[1]}",
                f"addr add 10.99.0.1/24 dev {ENDS[0]}",
                f"link set {ENDS[0]} up",
                f"link set {ENDS[1]} up",
                f"route add default dev {ENDS[0]}",
            ):
                subprocess.run(["ip", *command.split()], check=True)
            yield ENDS[0]
        finally:
            libc.setns(before.fileno(), CLONE_NEWNET)


def _janus_libraries() -> Path:
    """Debian keeps Janus' plugins in a folder named for the machine's kind."""
    found = next(Path("/usr/lib").glob("*/janus"), None)
    if found is None:
        raise FileNotFoundError("janus is missing: run script/setup --for-tests")
    return found


@dataclass(frozen=True)
class Heyi:
    """A running Heyi with demonstration data."""

    url: str
    home: Path
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """What a management command of this installation printed. Raises CalledProcessError."""
        command = [sys.executable, ROOT / "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    @property
    def log(self) -> str:
        """What the server printed so far."""
        return (self.home / "log").read_text(encoding="utf-8")


@contextmanager
def heyi(**settings: str) -> Iterator[Heyi]:
    """Heyi as script/serve runs it, migrated and with demonstration data, in a process of its own.

    On PostgreSQL it gets a database of its own; `settings` are further environment variables.
    """
    with _folder({}) as home, _own_database() as database:
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        own = {**os.environ, **environment(home), **database, "PUBLIC_URL": url}
        own |= {"EMBED_WORKER": "1", **settings}
        own.pop("DJANGO_SETTINGS_MODULE", None)
        server = Heyi(url=url, home=home, environment=own)
        server.manage(*COLLECT_STATIC)
        server.manage("migrate", "--verbosity", "0")
        server.manage("load_demo")
        command = [sys.executable, ROOT / "manage.py", "serve", "--port", port]
        with _running(command, home, lambda: _serves(url), signal.SIGINT, env=own, cwd=ROOT):
            yield server


@contextmanager
def _own_database() -> Iterator[dict[str, str]]:
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield {}
        return
    name = f"journeys_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield {"DATABASE_URL": url.rpartition("/")[0] + "/" + name}
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


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
def _folder(as_whom: dict[str, Any]) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="heyi-server-"))
    try:
        if as_whom:
            os.chown(folder, as_whom["user"], as_whom["group"])
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(
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

    running = Running(start)
    try:
        yield running
    finally:
        running.stop(stop_with)


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


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def _serves(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except urllib.error.HTTPError as answer:
        return answer.code < 500
    except OSError:
        return False


def _leave(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def main() -> int:
    """Run the command on the command line with both servers; its exit status is ours."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    with postgresql() as database_url, redis() as redis_url:
        own = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
        return subprocess.run(sys.argv[1:], env=own, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
