"""Synapse as a chat server that stores every message: private Matrix rooms in PostgreSQL, and
people who wait at /sync. It signs and links every event; federation, limits and all that rooms of
three do not need are off.

It comes from PyPI into a virtual environment of its own below var/, made once.
"""

import asyncio
import hashlib
import hmac
import json
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg

from tests.bench._load import BODY, Room
from tests.servers import ROOT, Running, answers, free_port, own_folder, running

VERSION = "1.163.2"
PACKAGES = (f"matrix-synapse=={VERSION}", "psycopg2-binary==2.9.13")
PLACE = ROOT / "var" / "peers" / f"synapse-{VERSION}"
MINUTES = 5  # for each step of the installation: a registry may accept a connection, and be silent
SECRET = "throw-away"
API = "/_matrix/client/v3"
SAID = re.compile(rb'"body":"([0-9a-f-]{36}) ')
NEXT = re.compile(rb'"next_batch":"([^"]+)"')
UNLIMITED = {"per_second": 1_000_000, "burst_count": 1_000_000}
# People hear what is said in their room, and nothing else.
NOTHING: dict[str, Any] = {"types": []}
FILTER = {
    "presence": NOTHING,
    "account_data": NOTHING,
    "room": {
        "ephemeral": NOTHING,
        "account_data": NOTHING,
        "state": NOTHING,
        "timeline": {"types": ["m.room.message"], "limit": 100},
    },
}


def install() -> str:
    """Make the virtual environment unless it is there. Returns why it could not be made, or ""."""
    if (PLACE / "installed").exists():
        return ""
    shutil.rmtree(PLACE, ignore_errors=True)
    pip = [str(PLACE / "bin" / "pip"), "install", "-q", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", str(PLACE)],
        [*pip, "--only-binary", ":all:", *PACKAGES],
    ):
        if reason := _run(command):
            return reason
    (PLACE / "installed").touch()
    return ""


def _run(command: list[str]) -> str:
    """Why it failed or took too long, or ""."""
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=MINUTES * 60
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)[-300:]
    if done.returncode == 0:
        return ""
    return (done.stderr or done.stdout).strip()[-300:] or f"exit status {done.returncode}"


@dataclass(frozen=True)
class Person:
    """Somebody registered and in one room."""

    room: str
    token: str
    filter: str


@dataclass(frozen=True)
class Homeserver:
    """A Synapse, and the people of its rooms, room by room."""

    port: int
    running: Running
    rooms: list[list[Person]]


@contextmanager
def synapse(database_url: str, rooms: int, people: int) -> Iterator[Homeserver]:
    """A Synapse with a database of its own in this PostgreSQL, and so many people in so many rooms.

    It may be stopped and started again between measurements.
    """
    with own_folder({}) as home, _database(database_url):
        port = free_port()
        (home / "log.json").write_text(json.dumps({"version": 1, "root": {"level": "WARNING"}}))
        settings = home / "homeserver.json"
        settings.write_text(json.dumps(_settings(home, port, database_url)))
        command = [PLACE / "bin" / "python", "-m", "synapse.app.homeserver", "-c", settings]
        subprocess.run([*command, "--generate-keys"], check=True, cwd=home)
        with running(command, home, lambda: answers(port)) as process:
            everybody = [_make_room(port, number, people) for number in range(rooms)]
            yield Homeserver(port, process, everybody)


def _settings(home: Path, port: int, database_url: str) -> dict[str, Any]:
    names = {"host": "127.0.0.1", "port": urlsplit(database_url).port, "user": "heyi"}
    limits = {
        **dict.fromkeys(("message", "registration", "room_creation", "joins_per_room"), UNLIMITED),
        "login": dict.fromkeys(("address", "account", "failed_attempts"), UNLIMITED),
        "joins": dict.fromkeys(("local", "remote"), UNLIMITED),
        "invites": dict.fromkeys(("per_room", "per_user", "per_issuer"), UNLIMITED),
    }
    return {
        "server_name": "localhost",
        "listeners": [
            {
                "port": port,
                "type": "http",
                "bind_addresses": ["127.0.0.1"],
                "tls": False,
                "resources": [{"names": ["client"], "compress": False}],
            }
        ],
        "database": {
            "name": "psycopg2",
            "args": {**names, "dbname": "synapse", "cp_min": 5, "cp_max": 10},
        },
        "pid_file": str(home / "pid"),
        "log_config": str(home / "log.json"),
        "media_store_path": str(home / "media"),
        "signing_key_path": str(home / "signing.key"),
        "registration_shared_secret": SECRET,
        "macaroon_secret_key": SECRET,
        "form_secret": SECRET,
        "report_stats": False,
        "trusted_key_servers": [],
        "federation_domain_whitelist": [],
        "bcrypt_rounds": 4,
        "presence": {"enabled": False},
        "push": {"enabled": False},
        "user_directory": {"enabled": False},
        "url_preview_enabled": False,
        "caches": {"global_factor": 4.0},
        **{f"rc_{name}": limit for name, limit in limits.items()},
    }


@contextmanager
def _database(url: str) -> Iterator[None]:
    with psycopg.connect(url, autocommit=True) as server:
        # Synapse wants this order of letters.
        server.execute("CREATE DATABASE synapse TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
        try:
            yield
        finally:
            server.execute("DROP DATABASE synapse WITH (FORCE)")


def stored(database_url: str) -> int:
    """How many messages the database holds."""
    with psycopg.connect(database_url.rpartition("/")[0] + "/synapse") as own:
        row = own.execute("SELECT count(*) FROM events WHERE type = 'm.room.message'").fetchone()
    return int(row[0]) if row else 0


# --- Coming in, once ----------------------------------------------------------------------------


def _make_room(port: int, number: int, people: int) -> list[Person]:
    """A private room with everybody in it."""
    known = [_register(port, f"person{number}x{one}") for one in range(people)]
    others = [user for user, _token in known[1:]]
    how = {"preset": "private_chat", "invite": others}
    room = quote(_ask(port, f"{API}/createRoom", known[0][1], how)["room_id"])
    for _user, token in known[1:]:
        _ask(port, f"{API}/join/{room}", token, {})
    filters = [
        _ask(port, f"{API}/user/{quote(u)}/filter", t, FILTER)["filter_id"] for u, t in known
    ]
    return [Person(room, token, which) for (_u, token), which in zip(known, filters, strict=True)]


def _register(port: int, name: str) -> tuple[str, str]:
    """The id and the token of somebody new."""
    where = "/_synapse/admin/v1/register"
    nonce = _ask(port, where)["nonce"]
    parts = "\0".join((nonce, name, SECRET, "notadmin"))
    proof = hmac.new(SECRET.encode(), parts.encode(), hashlib.sha1).hexdigest()
    how = {"nonce": nonce, "username": name, "password": SECRET, "admin": False, "mac": proof}
    made = _ask(port, where, "", how)
    return made["user_id"], made["access_token"]


def _ask(port: int, path: str, token: str = "", body: dict[str, Any] | None = None) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}"} if token else {},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


# --- Talking ------------------------------------------------------------------------------------


class Line(asyncio.Protocol):
    """One HTTP connection that stays open; `heard` gets the body of each answer, in order."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        self.heard = heard
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (body := self._take()) is not None:
            self.heard(body)

    def _take(self) -> bytes | None:
        """The next answer, which Synapse sends in chunks (RFC 9112, 7.1), if all of it is here."""
        at, parts = self.buffer.find(b"\r\n\r\n") + 4, []
        while at > 3 and (end := self.buffer.find(b"\r\n", at)) > 0:
            size, start = int(self.buffer[at:end], 16), end + 2
            at = start + size + 2
            if len(self.buffer) < at:
                break
            if size == 0:
                return self._checked(at, b"".join(parts))
            parts.append(self.buffer[start : start + size])
        return None

    def _checked(self, end: int, body: bytes) -> bytes:
        if not self.buffer.startswith(b"HTTP/1.1 200"):
            raise ConnectionError(self.buffer[:end])
        self.buffer = self.buffer[end:]
        return body


class Member:
    """One person: one connection that waits for what is said, one to say something."""

    def __init__(self, person: Person, room: Room) -> None:
        self.room = room
        self.head = f"Host: localhost\r\nAuthorization: Bearer {person.token}\r\n"
        self.post = f"PUT {API}/rooms/{person.room}/send/m.room.message/"
        self.wait = f"GET {API}/sync?filter={person.filter}"
        self.since = asyncio.Event()
        self.hearing, self.saying = Line(self._hear), Line(lambda _answer: None)

    async def come(self, port: int) -> None:
        loop = asyncio.get_running_loop()
        for line in (self.hearing, self.saying):
            await loop.create_connection(lambda line=line: line, "127.0.0.1", port)
        self._listen("&timeout=0")
        await self.since.wait()
        self.room.members.append(self)

    def _listen(self, how: str) -> None:
        self.hearing.transport.write(f"{self.wait}{how} HTTP/1.1\r\n{self.head}\r\n".encode())

    def _hear(self, answer: bytes) -> None:
        if self.since.is_set():
            for found in SAID.finditer(answer):
                self.room.delivered(found[1].decode())
        following = NEXT.search(answer)
        assert following, answer
        self.since.set()
        self._listen(f"&timeout=30000&since={following[1].decode()}")

    def say(self, client_id: str) -> None:
        body = json.dumps({"msgtype": "m.text", "body": f"{client_id} {BODY}"})
        lines = f"{self.post}{client_id} HTTP/1.1\r\n{self.head}Content-Length: {len(body)}\r\n"
        self.saying.transport.write(f"{lines}\r\n{body}".encode())

    def close(self) -> None:
        self.hearing.transport.close()
        self.saying.transport.close()


async def enter(port: int, person: Person, room: Room) -> None:
    """Somebody who hears everything said in the room from now on."""
    await Member(person, room).come(port)
