"""Idle sockets: how much of the server's memory each takes, and how talk goes on among them.

5,000 sockets of 1,250 people who say nothing are held for a minute beside 50 rooms of three who
talk. The baseline
is the same server with those who talk alone. PostgreSQL, Redis, sign-in and access checks on.
"""

import asyncio
import json
import os
import resource
import statistics
from pathlib import Path
from typing import Any

import uvloop

from tests.bench import _load, _websocket
from tests.bench.room import say, seed
from tests.house import House, house
from tests.servers import postgresql, redis

IDLE, EACH, TALKING = 5000, 4, 50
HOLD_SECONDS, AT_ONCE = 60, 50
KIB = 1024


def measure() -> dict[str, Any]:
    _allow_many_files()
    with postgresql(is_durable=True) as database, redis() as bus:
        own = {"DATABASE_URL": database, "REDIS_URL": bus}
        people = TALKING * _load.PEOPLE + IDLE // EACH
        with house(
            seed(-(-people // _load.PEOPLE)),
            DJANGO_SETTINGS_MODULE="tests.bench._room_settings",
            **own,
        ) as server:
            return uvloop.run(_measure(server))


async def _measure(server: House) -> dict[str, Any]:
    sessions: list[list[str]] = list(server.sessions)
    talking, idle = sessions[: TALKING * _load.PEOPLE], sessions[TALKING * _load.PEOPLE :]
    count = _load.Count(is_closed_loop=False)
    rooms = {room_id: _load.Room(count) for _case, room_id, _key in talking}
    await _enter(server, talking, rooms)
    alone, memory_alone = await _talk(rooms, count), _memory(server)
    nobody = {room_id: _load.Room(count) for _case, room_id, _key in idle}
    await _enter(server, [one for one in idle for _ in range(EACH)][:IDLE], nobody)
    await asyncio.sleep(HOLD_SECONDS)
    among, memory_among = await _talk(rooms, count), _memory(server)
    held = sum(len(room.members) for room in nobody.values())
    lost = [one for room in nobody.values() for one in room.members if one.transport.is_closing()]
    return {
        "idle_sockets": held,
        "closed_meanwhile": len(lost),
        "kib_per_idle_socket": round((memory_among - memory_alone) / held / KIB, 1),
        "baseline_mib": round(memory_alone / KIB / KIB),
        "p50_ms_alone": alone[0],
        "p95_ms_alone": alone[1],
        "p50_ms_among_them": among[0],
        "p95_ms_among_them": among[1],
    }


async def _enter(server: House, people: list[list[str]], rooms: dict[str, Any]) -> None:
    for start in range(0, len(people), AT_ONCE):
        some = people[start : start + AT_ONCE]
        await asyncio.gather(
            *(
                _websocket.enter(server.url, server.url, case, room_id, key, rooms[room_id])
                for case, room_id, key in some
            )
        )


async def _talk(rooms: dict[str, Any], count: _load.Count) -> tuple[float, float]:
    """p50 and p95, in milliseconds, of messages at 50 a second."""
    count.times.clear()
    await _load.offered(list(rooms.values()))
    cuts = statistics.quantiles(count.times, n=100)
    return round(cuts[49] * 1000, 1), round(cuts[94] * 1000, 1)


def _memory(server: House) -> int:
    """Bytes of the server's process that are in memory (VmRSS)."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * KIB


def _allow_many_files() -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main(json_path: Path | None = None) -> None:
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)
    figures = measure()
    say(json.dumps(figures, indent=1))
    if json_path is not None:
        json_path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
