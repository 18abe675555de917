"""Faults in the middle of a talk, at random moments: production form, two web processes.

Three people talk; each turn breaks one thing and mends it. Afterwards everybody must have been
shown what is stored, all of it, once and in order.
"""

import asyncio
import random
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from tests.house import House, house
from tests.rooms.talker import Talker, check_nothing_is_lost, settled
from tests.servers import Server, free_port, postgresql_server, redis_server

PAUSE_SECONDS = 0.12  # three people, each below what one person may write


@dataclass
class Site:
    """An installation in production form: two web processes on one database and one Redis."""

    first: House
    second: House
    database: Server
    redis: Server


@contextmanager
def site() -> Iterator[Site]:
    with (
        postgresql_server(is_durable=True) as database,
        redis_server() as bus,
        house(DATABASE_URL=database.url, REDIS_URL=bus.url) as first,
    ):
        second = replace(first, port=free_port(), process=None)
        try:
            second.start()
            yield Site(first, second, database, bus)
        finally:
            second.stop()


@dataclass
class Outcome:
    """What came of the turns: seconds until everybody had caught up, and messages in all."""

    seconds: list[float] = field(default_factory=list)
    messages: int = 0


async def kill_a_web_process(site: Site, people: list[Talker]) -> None:
    victim = random.choice([site.first, site.second])
    await asyncio.to_thread(victim.kill)
    await asyncio.sleep(random.uniform(0, 1))
    await asyncio.to_thread(victim.start)


async def restart_redis(site: Site, people: list[Talker]) -> None:
    await _restart(site.redis, signal.SIGKILL)


async def restart_postgresql(site: Site, people: list[Talker]) -> None:
    # "fast": sessions are cut off; and "immediate": as a power cut would.
    await _restart(site.database, random.choice([signal.SIGINT, signal.SIGQUIT]))


async def _restart(server: Server, how: signal.Signals) -> None:
    await asyncio.to_thread(server.running.stop, how)
    await asyncio.sleep(random.uniform(0, 1.5))
    await asyncio.to_thread(server.running.start)


async def lose_a_line(site: Site, people: list[Talker]) -> None:
    """Somebody's network goes in the moment they send something."""
    somebody = random.choice(people)
    await somebody.say("and then the line was gone")
    await asyncio.sleep(random.choice([0, 0.001, 0.005]))
    somebody.lose_the_line()


Fault = Callable[[Site, list[Talker]], Awaitable[None]]
FAULTS: dict[str, Fault] = {
    "kill -9 of a web process": kill_a_web_process,
    "Redis restart": restart_redis,
    "PostgreSQL restart": restart_postgresql,
    "a client loses its network": lose_a_line,
}


async def try_fault(where: Site, fault: Fault, turns: int) -> Outcome:
    """Break it `turns` times. Raises AssertionError or TimeoutError when something was lost."""
    names = ("party_a", "party_b", "mediator")
    people = [Talker(where.first, name, where.second) for name in names]
    running = [asyncio.create_task(one.run()) for one in people]
    outcome = Outcome()
    try:
        for _ in range(turns):
            outcome.seconds.append(await _turn(where, fault, people))
        outcome.messages = await asyncio.to_thread(check_nothing_is_lost, where.first, people)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return outcome


async def _turn(where: Site, fault: Fault, people: list[Talker]) -> float:
    talking = asyncio.create_task(_talk(people))
    await asyncio.sleep(random.uniform(0.3, 1.5))
    await fault(where, people)
    mended = time.monotonic()
    await asyncio.sleep(0.2)
    talking.cancel()
    with suppress(asyncio.CancelledError):
        await talking
    await settled(people)
    return time.monotonic() - mended


async def _talk(people: list[Talker]) -> None:
    while True:
        await random.choice(people).say("a word")
        await asyncio.sleep(PAUSE_SECONDS)
