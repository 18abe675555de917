"""The room: messages a second, beside its limits and other chat servers, in one run.

50 rooms of three people and messages of 200 characters. Our hub runs in its two forms (SQLite;
PostgreSQL with Redis), with sign-in, access checks and encryption on. The limits are a bare fan-out
of the same server software, which stores nothing, and one commit a message in the same database
from one client, which sends nothing. The peers are ejabberd with an archive in the same PostgreSQL,
where Debian's package is installed, and Synapse on it, where it can be had from PyPI. All take
turns, so that a busy minute hits all of them.
"""

import json
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from asyncio import open_connection, sleep
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import uvloop

from tests.bench import _matrix, _websocket, _xmpp
from tests.bench._load import BODY, PEOPLE, ROOMS, Count, Room, drive
from tests.house import House, house
from tests.servers import ROOT, free_port, postgresql, redis

TURNS = 3
PROCESSES = 2  # of the production form, one for each core
COMMIT_SECONDS = 3
SEED = """
import json, django; django.setup()
from django.utils import timezone
from mediation.accounts.models import User
from mediation.cases.models import Case, Participant, Side
from mediation.rooms.services import open_rooms
from tests.factories.cast import make_center
from tests.rooms.sockets import sign_in
now, center, people = timezone.now(), make_center(), []
for number in range(ROOMS):
    case = Case.objects.create(
        center=center, profile="generic", state="mediating", talk_open=True,
        deadline_at=now, ends_by=now)
    sides = [Side.objects.create(case=case, letter=x, role=r)
             for x, r in (("A", "applicant"), ("B", "respondent"))]
    parts = [("party", sides[0]), ("party", sides[1]), ("mediator", None)]
    joint = open_rooms(case=case)[0]
    for role, side in parts:
        user = User.objects.create(email=f"{role}{side}{number}@bench.example")
        Participant.objects.create(case=case, side=side, user=user, role=role, joined_at=now)
        people.append([str(case.pk), str(joint.pk), sign_in(user).session_key])
print(json.dumps({"sessions": people}))
"""


def seed(rooms: int) -> str:
    """The source that makes so many cases of three people in mediation, all signed in."""
    return f"ROOMS = {rooms}\n{SEED}"


STORED = """
import django; django.setup()
from mediation.rooms.models import Message, Room
print(Message.objects.count())
Message.objects.all().delete(); Room.objects.update(head=0)
"""
Figures = dict[str, Any]


# --- Ours -------------------------------------------------------------------------------------


@contextmanager
def hub(processes: int = 1, **settings: str) -> Iterator[Callable[[], Figures]]:
    """Our server, seeded; calling what it gives measures one turn, from an empty history on."""
    own = {"DJANGO_SETTINGS_MODULE": "tests.bench._room_settings", **settings}
    with house(seed(ROOMS), **own) as first, ExitStack() as stack:
        others = [replace(first, port=free_port(), process=None) for _ in range(processes - 1)]
        servers = [first, *others]
        for server in others:
            stack.callback(server.stop)
            server.start()

        def turn() -> Figures:
            addresses = [server.url for server in servers]
            pids = [server.process.pid for server in servers if server.process is not None]
            figures = run(drive_sockets(addresses, list(first.sessions), pids))
            figures["lost"] = figures["delivered"] - stored(servers)
            return figures

        yield turn


def stored(servers: list[House]) -> int:
    """How many messages were stored; there are none afterwards."""
    for server in servers:
        server.stop()
    count = int(servers[0].python(STORED))
    for server in servers:
        server.start()
    return count


async def drive_sockets(addresses: list[str], people: list[list[str]], pids: list[int]) -> Figures:
    """Everybody of a case at the same server, as a proxy brings them there by `?case=`."""
    count = Count()
    rooms = {room_id: Room(count) for _case, room_id, _key in people}
    for case, room_id, key in people:
        address = addresses[int(uuid.UUID(case)) % len(addresses)]
        await _websocket.enter(address, addresses[0], case, room_id, key, rooms[room_id])
    return await drive(rooms.values(), count, pids)


# --- The limits -------------------------------------------------------------------------------


def bare() -> Figures:
    """The same server software passing frames on, and nothing else."""
    people = [[str(uuid.uuid4())] * 2 + [""] for _ in range(ROOMS)]
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench._fan_out", str(port)], cwd=ROOT)
    try:
        everybody = [person for person in people for _ in range(PEOPLE)]
        return run(_bare(f"http://127.0.0.1:{port}", everybody, process.pid))
    finally:
        process.terminate()
        process.wait()


async def _bare(address: str, people: list[list[str]], pid: int) -> Figures:
    await _answering(int(address.rpartition(":")[2]))
    return await drive_sockets([address], people, [pid])


async def _answering(port: int) -> None:
    for _ in range(600):
        try:
            _reader, writer = await open_connection("127.0.0.1", port)
        except OSError:
            await sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError(port)


def commits_on_sqlite() -> Figures:
    """One row and one synced commit a message, by one client."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(Path(folder) / "commits.sqlite3", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE message (id TEXT PRIMARY KEY, body TEXT)")
        insert = "INSERT INTO message VALUES (?, ?)"
        return _commits(lambda: connection.execute(insert, (uuid.uuid4().hex, BODY)))


def commits_on_postgresql(url: str) -> Callable[[], Figures]:
    def turn() -> Figures:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS message (id uuid PRIMARY KEY, body text)"
            )
            insert = "INSERT INTO message VALUES (%s, %s)"
            return _commits(lambda: connection.execute(insert, (uuid.uuid4(), BODY)))

    return turn


def _commits(commit: Callable[[], object]) -> Figures:
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < COMMIT_SECONDS:
        commit()
        count += 1
    return {"per_second": round(count / COMMIT_SECONDS)}


# --- The peers --------------------------------------------------------------------------------

PEERS = ("ejabberd", "synapse")


def ejabberd(url: str) -> Callable[[], Figures]:
    def turn() -> Figures:
        with _xmpp.ejabberd(url) as (port, pid):
            figures = run(_xmpp_turn(port, pid))
            figures["lost"] = figures["delivered"] - _xmpp.archived(url)
            return figures

    return turn


async def _xmpp_turn(port: int, pid: int) -> Figures:
    await _answering(port)
    count = Count()
    rooms = {f"room{number}": Room(count) for number in range(ROOMS)}
    for name, room in rooms.items():
        for person in range(PEOPLE):
            await _xmpp.enter(port, name, f"person{person}", room)
    return await drive(rooms.values(), count, [pid])


@contextmanager
def synapse(url: str) -> Iterator[Callable[[], Figures]]:
    """It is stopped while others have their turn."""
    with _matrix.synapse(url, ROOMS, PEOPLE) as server:
        server.running.stop(signal.SIGTERM)

        def turn() -> Figures:
            before = _matrix.stored(url)
            server.running.start()
            figures = run(_matrix_turn(server))
            server.running.stop(signal.SIGTERM)
            figures["lost"] = figures["delivered"] - (_matrix.stored(url) - before)
            return figures

        yield turn


def synapse_if_any(stack: ExitStack, url: str) -> Callable[[], Figures] | None:
    """Its turn; None, with the reason said, where it cannot be had: the others are measured."""
    without = f"Without Synapse {_matrix.VERSION}, which"
    if reason := _matrix.install():
        say(f"{without} could not be installed: {reason}")
        return None
    try:
        return stack.enter_context(synapse(url))
    except (OSError, RuntimeError, subprocess.SubprocessError, psycopg.Error) as error:
        say(f"{without} is installed but did not start: {str(error).strip()[-300:]}")
        return None


async def _matrix_turn(server: _matrix.Homeserver) -> Figures:
    count, rooms = Count(), []
    for people in server.rooms:
        rooms.append(Room(count))
        for person in people:
            await _matrix.enter(server.port, person, rooms[-1])
    return await drive(rooms, count, [server.running.process.pid])


# --- All together -----------------------------------------------------------------------------


def run(turn: Coroutine[Any, Any, Figures]) -> Figures:
    return uvloop.run(turn)


def measure() -> Figures:
    with ExitStack() as stack:
        database = stack.enter_context(postgresql(is_durable=True))
        own = {"DATABASE_URL": database, "REDIS_URL": stack.enter_context(redis())}
        turns = {
            "bare": bare,
            "embedded": stack.enter_context(hub()),
            "production": stack.enter_context(hub(PROCESSES, **own)),
            "commits_sqlite": commits_on_sqlite,
            "commits_postgresql": commits_on_postgresql(database),
        }
        if _xmpp.is_installed():
            turns["ejabberd"] = ejabberd(database)
        else:
            say("Without ejabberd: apt-get install ejabberd erlang-p1-pgsql to compare with it.")
        if found := synapse_if_any(stack, database):
            turns["synapse"] = found
        runs = [_turn(turns) for _ in range(TURNS)]
    return {"runs": runs, "medians": medians(runs), "ratios": ratios(runs)}


def _turn(turns: dict[str, Callable[[], Figures]]) -> dict[str, Figures]:
    figures = {}
    for name, turn in turns.items():
        figures[name] = turn()
        say(f"{name:20} {json.dumps(figures[name])}")
    return figures


def medians(runs: list[dict[str, Figures]]) -> dict[str, Figures]:
    return {
        name: {key: statistics.median(one[name][key] for one in runs) for key in runs[0][name]}
        for name in runs[0]
    }


def ratios(runs: list[dict[str, Figures]]) -> Figures:
    """Medians of the turns' own ratios: what was measured in the same minute is compared."""

    def ratio(key: str, of: str, to: str, among: list[dict[str, Figures]] = runs) -> float:
        return round(statistics.median(one[of][key] / one[to][key] for one in among), 3)

    found: Figures = {
        "throughput_vs_bare": ratio("per_second", "production", "bare"),
        "embedded_throughput_vs_bare": ratio("per_second", "embedded", "bare"),
        "throughput_vs_commits": ratio("per_second", "production", "commits_postgresql"),
        "acknowledged_lost": sum(max(one[form]["lost"], 0) for one in runs for form in OURS),
    }
    if any(peer in runs[0] for peer in PEERS):
        best = [{"best": best_peer(one), **one} for one in runs]
        found |= {
            "throughput_vs_best_peer": ratio("per_second", "production", "best", best),
            "embedded_throughput_vs_best_peer": ratio("per_second", "embedded", "best", best),
            "p95_vs_best_peer": ratio("p95_ms", "production", "best", best),
        }
    return found


def best_peer(one: dict[str, Figures]) -> Figures:
    """In this turn: the most messages a second of any peer, and the shortest p95 of any."""
    peers = [one[peer] for peer in PEERS if peer in one]
    most = max(figures["per_second"] for figures in peers)
    return {"per_second": most, "p95_ms": min(figures["p95_ms"] for figures in peers)}


OURS = ("embedded", "production")


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main(json_path: Path | None = None) -> None:
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)
    figures = measure()
    say(json.dumps({key: figures[key] for key in ("medians", "ratios")}, indent=1))
    if json_path is not None:
        json_path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
