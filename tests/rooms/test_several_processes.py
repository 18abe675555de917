"""Hubs of several processes that serve one installation, over the real Redis."""

from contextlib import asynccontextmanager

import pytest
import redis.asyncio as redis
from channels.db import database_sync_to_async as in_thread

from mediation.rooms import hub as hub_module
from tests.rooms.conftest import make_rooms
from tests.rooms.sockets import at

pytestmark = pytest.mark.servers


@pytest.fixture
async def meeting(socket_db, monkeypatch):
    """Rooms in which nothing is said of heads but what a message itself sets off."""
    monkeypatch.setattr(hub_module, "SWEEP_SECONDS", 60)
    monkeypatch.setattr(hub_module, "HEARTBEAT_SECONDS", 60)
    return await in_thread(make_rooms)()


class Words:
    """Counts what processes say to each other."""

    def __init__(self, client, monitor):
        self._client, self._monitor = client, monitor

    async def since(self):
        """How many words came since the last time."""
        await self._client.publish("tests", "so far")
        count, command = 0, ""
        while "so far" not in command:
            command = (await self._monitor.next_command())["command"]
            count += command.startswith("PUBLISH heyi.rooms")
        return count


@asynccontextmanager
async def listening(settings):
    async with redis.Redis.from_url(settings.REDIS_URL) as client, client.monitor() as monitor:
        yield Words(client, monitor)


async def said_by(speaker, meeting, hearer):
    """One message of the speaker's that the hearer has."""
    client_id = await speaker.post(meeting.joint, "text")
    await hearer.hear("message.posted", client_id=client_id)


def parties_of(cast):
    """The two parties as presence names them."""
    found = cast.case.participants.filter(user__in=[cast.party_a, cast.party_b])
    return sorted(str(part.pk) for part in found)


async def test_who_has_people_of_the_case_is_told_and_nobody_else_is(meeting, settings):
    other, elsewhere = hub_module.Hub(), await in_thread(make_rooms)()
    both = await in_thread(parties_of)(meeting.cast)
    async with (
        listening(settings) as words,
        at(meeting.cast.party_a, meeting) as ada,
        at(elsewhere.cast.party_a, elsewhere, hub=other) as eve,
    ):
        await said_by(ada, meeting, ada)
        await said_by(eve, elsewhere, eve)
        await words.since()
        for _ in range(5):
            await said_by(ada, meeting, ada)
        assert await words.since() == 0

        async with at(meeting.cast.party_b, meeting, hub=other) as bo:
            # Only Redis can have told: nobody looks into the database by themselves here.
            await ada.hear("presence", present=both)
            await said_by(ada, meeting, bo)
            await said_by(bo, meeting, ada)
        assert await words.since() > 0


async def test_a_process_that_comes_later_is_told_who_is_where(meeting):
    """The first hub's word of its people was said before the second one listened."""
    async with at(meeting.cast.party_a, meeting) as ada:
        await said_by(ada, meeting, ada)
        async with at(meeting.cast.party_b, meeting, hub=hub_module.Hub()) as bo:
            await said_by(bo, meeting, ada)
            await said_by(ada, meeting, bo)
