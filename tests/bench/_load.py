"""What every chat server gets to do: rooms of three, each message delivered to all of them.

Closed loop: a room's next message is sent when all three have the last; that is throughput. Open
loop: messages come at random at a given rate over all rooms; that is latency at an offered load.
"""

import asyncio
import os
import random
import statistics
import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

ROOMS, PEOPLE, BODY = 50, 3, "x" * 200
WARM_SECONDS, CLOSED_SECONDS, OPEN_SECONDS, REST_SECONDS = 2, 8, 8, 1.5
OPEN_RATE = 50


class Member(Protocol):
    """One person's connection to a room, whatever the protocol."""

    def say(self, client_id: str) -> None: ...
    def close(self) -> None: ...


@dataclass
class Room:
    """The members of one room, and the messages of theirs that not all have yet."""

    count: "Count"
    members: list[Member] = field(default_factory=list)
    waiting: dict[str, list[float]] = field(default_factory=dict)

    def speak(self) -> None:
        client_id = str(uuid.uuid4())
        self.waiting[client_id] = [time.perf_counter(), 0]
        random.choice(self.members).say(client_id)

    def delivered(self, client_id: str) -> None:
        """One member has it; when it was the last of them, the message is done."""
        sent = self.waiting.get(client_id)
        if sent is None:
            self.count.twice += 1
            return
        sent[1] += 1
        if sent[1] == PEOPLE:
            del self.waiting[client_id]
            self.count.done(time.perf_counter() - sent[0])
            if self.count.is_closed_loop:
                self.speak()


@dataclass
class Count:
    """What came of the messages: how long each took, how many in all, how many came too often."""

    times: list[float] = field(default_factory=list)
    is_closed_loop: bool = True
    all: int = 0
    twice: int = 0

    def done(self, seconds: float) -> None:
        self.times.append(seconds)
        self.all += 1


async def drive(rooms: Collection[Room], count: Count, pids: Collection[int]) -> dict[str, Any]:
    """Both loops against one server, whose processes `pids` are; returns its figures."""
    every = list(rooms)
    figures = await _closed(every, count, pids)
    figures |= await _open(every, count)
    figures["delivered"] = count.all
    figures["undelivered"] = sum(len(room.waiting) for room in every)
    figures["delivered_twice"] = count.twice
    for room in every:
        for member in room.members:
            member.close()
    return figures


async def _closed(rooms: list[Room], count: Count, pids: Collection[int]) -> dict[str, Any]:
    for room in rooms:
        room.speak()
    await asyncio.sleep(WARM_SECONDS)
    count.times.clear()
    before, began = cpu_seconds(pids), time.perf_counter()
    await asyncio.sleep(CLOSED_SECONDS)
    took, used, done = time.perf_counter() - began, cpu_seconds(pids) - before, len(count.times)
    count.is_closed_loop = False
    await asyncio.sleep(REST_SECONDS)
    return {"per_second": round(done / took), "cpu_us": round(used / max(done, 1) * 1e6)}


async def offered(rooms: list[Room]) -> None:
    """Let people speak at random moments, at the offered rate; then wait for the last of it."""
    end = time.perf_counter() + OPEN_SECONDS
    while time.perf_counter() < end:
        random.choice(rooms).speak()
        await asyncio.sleep(random.expovariate(OPEN_RATE))
    await asyncio.sleep(REST_SECONDS)


async def _open(rooms: list[Room], count: Count) -> dict[str, Any]:
    count.times.clear()
    await offered(rooms)
    cuts = statistics.quantiles(count.times, n=100)
    return {f"p{cut}_ms": round(cuts[cut - 1] * 1000, 1) for cut in (50, 95, 99)}


def cpu_seconds(pids: Collection[int]) -> float:
    """Processor time of these processes and of those they started."""
    return sum(_ticks(pid) for pid in {*pids, *_below(set(pids))}) / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> int:
    try:
        fields = _stat(pid)
    except OSError:
        return 0  # it has ended
    return int(fields[11]) + int(fields[12])


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _below(pids: set[int]) -> set[int]:
    found: set[int] = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int(_stat(int(path.name))[1])
        except OSError:
            continue
        if parent in pids:
            found.add(int(path.name))
    return found
