"""Chat: messages a second, stored and delivered to all, against a bare fan-out in the same run.

50 rooms of three people. "closed": each room's next message is sent when all three have the last.
"open": messages come at random, 50 a second over all rooms; the time is until each of the three
has it. PostgreSQL and Redis are used where DATABASE_URL and REDIS_URL name them, else SQLite.
"""

import asyncio
import base64
import json
import os
import random
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvloop

from tests.rooms.house import house
from tests.servers import ROOT, free_port

ROOMS, PEOPLE, BODY = 50, 3, "x" * 200
WARM_SECONDS, CLOSED_SECONDS, OPEN_SECONDS, OPEN_RATE = 2, 8, 8, 50
TURNS = 3
SEED = f"""
import json, django; django.setup()
from django.utils import timezone
from mediation.accounts.models import User
from mediation.cases.enums import Purpose
from mediation.cases.models import Case, Consent, Participant, Side
from mediation.rooms.services import open_rooms
from tests.factories.cast import make_center
from tests.rooms.sockets import sign_in
now, center, places, people = timezone.now(), make_center(), {{}}, []
for number in range({ROOMS}):
    case = Case.objects.create(
        center=center, profile="generic", state="mediating", talk_open=True,
        deadline_at=now, ends_by=now)
    sides = [Side.objects.create(case=case, letter=x, role=r)
             for x, r in (("A", "applicant"), ("B", "respondent"))]
    parts = [("party", sides[0]), ("party", sides[1]), ("mediator", None)]
    joint = open_rooms(case=case)[0]
    for role, side in parts:
        user = User.objects.create(email=f"{{role}}{{side}}{{number}}@bench.example")
        Participant.objects.create(case=case, side=side, user=user, role=role, joined_at=now)
        people.append([str(case.pk), str(joint.pk), sign_in(user).session_key])
print(json.dumps({{"sessions": people}}))
"""


class Socket(asyncio.Protocol):
    """A WebSocket client of a few lines, so that the measuring costs little (RFC 6455)."""

    def __init__(self, address: str, cookie: str, hello: dict[str, Any], room: "Room") -> None:
        self.address, self.cookie, self.hello, self.room = address, cookie, hello, room
        self.buffer, self.is_open = b"", False
        self.last = 0
        self.out_of_order = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET /ws/ HTTP/1.1", f"Host: {self.address[7:]}", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Protocol: med.v1", f"Origin: {self.address}"]
        lines += [f"Cookie: sid={self.cookie}", "", ""]
        transport.write("\r\n".join(lines).encode())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.is_open:
            head, end, self.buffer = self.buffer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101"), head + end
            self.is_open = True
            self.send(self.hello)
        while self._take_frame():
            pass

    def _take_frame(self) -> bool:
        if len(self.buffer) < 4:
            return False
        size, start = self.buffer[1], 2
        if size == 126:
            size, start = int.from_bytes(self.buffer[2:4]), 4
        if len(self.buffer) < start + size:
            return False
        opcode, payload = self.buffer[0] & 15, self.buffer[start : start + size]
        self.buffer = self.buffer[start + size :]
        if opcode == 1:
            self.hear(json.loads(payload))
        elif opcode == 9:
            self._write(10, payload)
        return True

    def hear(self, frame: dict[str, Any]) -> None:
        if frame["name"] == "live":
            self.room.became_live(frame.get("room"))
        elif "client_id" in frame:
            self.out_of_order += frame.get("sequence", self.last + 1) != self.last + 1
            self.last += 1
            self.room.delivered(frame["client_id"])

    def send(self, frame: dict[str, Any]) -> None:
        self._write(1, json.dumps(frame).encode())

    def _write(self, opcode: int, payload: bytes) -> None:
        # A mask of zeros is a mask, and changes nothing.
        length = len(payload)
        size = bytes([128 | length]) if length < 126 else bytes([254]) + length.to_bytes(2)
        self.transport.write(bytes([128 | opcode]) + size + bytes(4) + payload)


class Room:
    """Three people's sockets, and the messages on their way."""

    def __init__(self, pk: str, count: "Count") -> None:
        self.pk, self.count, self.live = pk, count, 0
        self.all_live = asyncio.Event()
        self.sockets: list[Socket] = []
        self.waiting: dict[str, list[float]] = {}

    def became_live(self, room: str | None) -> None:
        self.live += room in {None, self.pk}
        if self.live == PEOPLE:
            self.all_live.set()

    def speak(self) -> None:
        client_id = str(uuid.uuid4())
        self.waiting[client_id] = [time.perf_counter(), 0]
        frame = {"name": "message.post", "room": self.pk, "client_id": client_id, "body": BODY}
        random.choice(self.sockets).send(frame)

    def delivered(self, client_id: str) -> None:
        sent = self.waiting[client_id]
        sent[1] += 1
        if sent[1] == PEOPLE:
            del self.waiting[client_id]
            self.count.done(time.perf_counter() - sent[0])
            if self.count.is_closed_loop:
                self.speak()


class Count:
    def __init__(self) -> None:
        self.times: list[float] = []
        self.is_closed_loop = True

    def done(self, seconds: float) -> None:
        self.times.append(seconds)


async def drive(address: str, people: list[list[str]], pid: int) -> dict[str, Any]:
    """Run both loops against one server; returns its figures."""
    count = Count()
    rooms = {pk: Room(pk, count) for _case, pk, _key in people}
    loop = asyncio.get_running_loop()
    host, port = address[7:].split(":")
    for case, pk, key in people:
        room = rooms[pk]
        hello = {"name": "hello", "case": case, "heads": {pk: 0}}
        make = lambda: Socket(address, key, hello, room)  # noqa: B023, E731 used at once
        _transport, socket = await loop.create_connection(make, host, int(port))
        room.sockets.append(socket)
    for room in rooms.values():
        await room.all_live.wait()
    figures = await closed(list(rooms.values()), count, pid)
    figures |= await opened(list(rooms.values()), count)
    sockets = [socket for room in rooms.values() for socket in room.sockets]
    figures["out_of_order"] = sum(socket.out_of_order for socket in sockets)
    figures["undelivered"] = sum(len(room.waiting) for room in rooms.values())
    for socket in sockets:
        socket.transport.close()
    return figures


async def closed(rooms: list[Room], count: Count, pid: int) -> dict[str, Any]:
    for room in rooms:
        room.speak()
    await asyncio.sleep(WARM_SECONDS)
    count.times.clear()
    before, began = cpu_seconds(pid), time.perf_counter()
    await asyncio.sleep(CLOSED_SECONDS)
    took, used, done = time.perf_counter() - began, cpu_seconds(pid) - before, len(count.times)
    count.is_closed_loop = False
    await asyncio.sleep(1)
    return {"closed_per_second": round(done / took), "cpu_us": round(used / max(done, 1) * 1e6)}


async def opened(rooms: list[Room], count: Count) -> dict[str, Any]:
    count.times.clear()
    end = time.perf_counter() + OPEN_SECONDS
    while time.perf_counter() < end:
        random.choice(rooms).speak()
        await asyncio.sleep(random.expovariate(OPEN_RATE))
    await asyncio.sleep(1)
    cuts = statistics.quantiles(count.times, n=20)
    return {"open_p50_ms": round(cuts[9] * 1000, 1), "open_p95_ms": round(cuts[18] * 1000, 1)}


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def fan_out() -> Iterator[tuple[str, int]]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench._fan_out", str(port)], cwd=ROOT)
    try:
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait()


async def connected(address: str) -> None:
    host, port = address[7:].split(":")
    for _ in range(200):
        try:
            _reader, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError(address)


async def bare(people: list[list[str]]) -> dict[str, Any]:
    with fan_out() as (address, pid):
        await connected(address)
        return await drive(address, people, pid)


def measure() -> dict[str, Any]:
    """Both servers, in turns, so that a busy minute of the machine hits both."""
    own = {"DJANGO_SETTINGS_MODULE": "tests.bench._chat_settings"}
    if os.environ.get("DATABASE_URL"):
        own["DATABASE_URL"] = os.environ["DATABASE_URL"]
    with house(SEED, **own) as server:
        people = server.sessions
        assert isinstance(people, list)
        runs = []
        for _ in range(TURNS):
            limit = uvloop.run(bare(people))
            hub = uvloop.run(drive(server.url, people, server.process.pid))
            ratio = round(hub["closed_per_second"] / limit["closed_per_second"], 3)
            runs.append({"bare": limit, "hub": hub, "ratio": ratio})
            print(json.dumps(runs[-1]))  # noqa: T201
            restart(server)
    return {
        "database": own.get("DATABASE_URL", "sqlite").partition(":")[0],
        "ratio": statistics.median(run["ratio"] for run in runs),
        "hub_per_second": statistics.median(run["hub"]["closed_per_second"] for run in runs),
        "runs": runs,
    }


def restart(server: Any) -> None:
    """Every turn begins with an empty history."""
    server.stop()
    server.python(
        "import django; django.setup()\n"
        "from mediation.rooms.models import Message, Room\n"
        "Message.objects.all().delete(); Room.objects.update(head=0)"
    )
    server.start()


def main(json_path: Path | None = None) -> None:
    figures = measure()
    print(json.dumps(figures, indent=1))  # noqa: T201
    if json_path is not None:
        json_path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
