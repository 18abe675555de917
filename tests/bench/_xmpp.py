"""ejabberd as a chat server that stores every message: XEP-0045 rooms with an XEP-0313 archive in
PostgreSQL, and people who come to it. Nothing is encrypted and nobody signs in, which is to its
advantage.
"""

import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.bench._load import BODY, Room
from tests.servers import free_port

SCHEMA = Path("/usr/share/ejabberd/sql/pg.sql")
HEAD = (
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'"
    " to='localhost' version='1.0'>"
)
SAID = re.compile(rb"<body>([0-9a-f-]{36}) ")
SETTINGS = """
hosts: ["localhost"]
loglevel: warning
auth_method: [anonymous]
anonymous_protocol: sasl_anon
default_db: sql
sql_type: pgsql
sql_server: "127.0.0.1"
sql_port: {database_port}
sql_database: ejabberd
sql_username: heyi
sql_password: "none"
sql_pool_size: 8
new_sql_schema: false
listen:
  - {{port: {port}, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144,
      starttls: false}}
acl: {{}}
access_rules: {{c2s: {{allow: all}}, local: {{allow: all}}}}
api_permissions: {{}}
shaper: {{}}
shaper_rules: {{}}
modules:
  mod_disco: {{}}
  mod_muc: {{host: conference.localhost, db_type: sql, access_create: all, access_mam: all,
             history_size: 0, min_message_interval: 0,
             default_room_options: {{mam: true, persistent: false}}}}
  mod_mam: {{db_type: sql, default: never, assume_mam_usage: false, compress_xml: false}}
"""


def is_installed() -> bool:
    """Debian's packages ejabberd and erlang-p1-pgsql."""
    return SCHEMA.exists() and any(Path("/usr/lib/erlang/lib").glob("p1_pgsql-*"))


@contextmanager
def ejabberd(database_url: str) -> Iterator[tuple[int, int]]:
    """A server with a database of its own in this PostgreSQL; yields its port and process id."""
    with tempfile.TemporaryDirectory(prefix="heyi-ejabberd-") as folder, _database(database_url):
        home, port = Path(folder), free_port()
        database_port = urlsplit(database_url).port
        settings = home / "ejabberd.yml"
        settings.write_text(SETTINGS.format(port=port, database_port=database_port))
        own = {**os.environ, "EJABBERD_CONFIG_PATH": str(settings), "HOME": folder}
        own["EJABBERD_LOG_PATH"] = str(home / "ejabberd.log")
        own["ERL_LIBS"] = str(next(Path("/usr/lib").glob("*/ejabberd-*")).parent)
        command = ["erl", "-noinput", "-mnesia", "dir", f'"{home / "mnesia"}"', "-s", "ejabberd"]
        with (home / "out").open("wb") as out:
            process = subprocess.Popen(command, cwd=home, env=own, stdout=out, stderr=out)
        try:
            yield port, process.pid
        finally:
            process.kill()
            process.wait()


@contextmanager
def _database(url: str) -> Iterator[None]:
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("CREATE DATABASE ejabberd")
        try:
            with psycopg.connect(url.rpartition("/")[0] + "/ejabberd", autocommit=True) as own:
                own.execute(SCHEMA.read_text().encode())
            yield
        finally:
            server.execute("DROP DATABASE ejabberd WITH (FORCE)")


class Occupant(asyncio.Protocol):
    """One anonymous person in one room."""

    def __init__(self, address: str, nick: str, room: Room) -> None:
        self.address, self.nick, self.room = address, nick, room
        self.buffer = b""
        self.came = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.is_in:
            self._hear()
        else:
            self.came.set()

    is_in = False

    async def come(self) -> None:
        """Sign in as nobody, and enter the room."""
        self._write(f"<?xml version='1.0'?>{HEAD}")
        await self._until(b"</stream:features>")
        self._write("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>")
        await self._until(b"<success")
        self.buffer = b""
        self._write(HEAD)
        await self._until(b"</stream:features>")
        self._write("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        await self._until(b"</iq>")
        self._write("<presence/>")
        muc = "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x>"
        self._write(f"<presence to='{self.address}/{self.nick}'>{muc}</presence>")
        await self._until(b"code='110'")
        self.is_in = True
        self.room.members.append(self)

    async def _until(self, end: bytes) -> None:
        async with asyncio.timeout(60):
            while end not in self.buffer:
                self.came.clear()
                if b"<failure" in self.buffer or b"type='error'" in self.buffer:
                    raise ConnectionError(self.buffer)
                await self.came.wait()
        self.buffer = self.buffer.partition(end)[2]

    def _hear(self) -> None:
        last = 0
        for found in SAID.finditer(self.buffer):
            last = found.end()
            self.room.delivered(found[1].decode())
        self.buffer = self.buffer[last:] if last else self.buffer[-4096:]

    def say(self, client_id: str) -> None:
        head = f"<message type='groupchat' to='{self.address}' id='{client_id}'>"
        self._write(f"{head}<body>{client_id} {BODY}</body></message>")

    def close(self) -> None:
        self.transport.close()

    def _write(self, text: str) -> None:
        self.transport.write(text.encode())


async def enter(port: int, name: str, nick: str, room: Room) -> None:
    """Somebody who hears everything said in the room from now on."""
    loop = asyncio.get_running_loop()
    address = f"{name}@conference.localhost"
    _transport, occupant = await loop.create_connection(
        lambda: Occupant(address, nick, room), "127.0.0.1", port
    )
    await occupant.come()


def archived(database_url: str) -> int:
    """How many messages the archive holds."""
    with psycopg.connect(database_url.rpartition("/")[0] + "/ejabberd") as own:
        row = own.execute("SELECT count(*) FROM archive").fetchone()
    return int(row[0]) if row else 0
