"""kill -9 in the middle of a talk: what was acknowledged is there, once, for everybody."""

import asyncio
import random

from tests.house import house
from tests.rooms.talker import Talker, check_nothing_is_lost, settled


async def talk(people: list[Talker], messages: int) -> None:
    for number in range(messages):
        await random.choice(people).say(f"number {number}")
        await asyncio.sleep(0.1)


async def everybody_is_in(people: list[Talker], time: int) -> None:
    """Each of them in the talk, for the `time`th time. Raises TimeoutError."""
    async with asyncio.timeout(60):
        while not all(one.socket and one.connections >= time for one in people):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_killing_the_server_loses_nothing_and_shows_nothing_twice():
    with house() as where:
        people = [Talker(where, name) for name in ("party_a", "party_b", "mediator")]
        running = [asyncio.create_task(one.run()) for one in people]
        talking = asyncio.create_task(talk(people, 100))
        for time in (1, 2):
            await everybody_is_in(people, time)
            await asyncio.sleep(random.uniform(0.5, 2))
            await asyncio.to_thread(where.kill)
            await asyncio.to_thread(where.start)
        await talking
        await settled(people)
        for task in running:
            task.cancel()
        assert check_nothing_is_lost(where, people) == 100
    assert all(talker.connections >= 3 for talker in people)
