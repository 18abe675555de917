"""Whatever happens in whatever order, everybody ends with the same talk: that which is stored."""

import asyncio
import uuid
from contextlib import AsyncExitStack

import pytest
from channels.db import database_sync_to_async as in_thread
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediation.rooms import services
from mediation.rooms.models import Message, Room
from mediation.rooms.selectors import messages_after_for_system
from tests.rooms.conftest import make_rooms
from tests.rooms.sockets import at

pytestmark = pytest.mark.usefixtures("socket_db")
PEOPLE = ("party_a", "party_b", "mediator")
SEES = {
    "party_a": ("joint", "caucus_a"),
    "party_b": ("joint", "caucus_b"),
    "mediator": ("joint", "caucus_a", "caucus_b"),
}
SOMEBODY = st.sampled_from(PEOPLE)
ACTS = st.one_of(
    st.tuples(st.just("say"), SOMEBODY, st.integers(0, 2)),
    st.tuples(st.just("say by form"), SOMEBODY, st.integers(0, 2)),
    st.tuples(st.just("say again"), SOMEBODY, st.integers(0, 9)),
    st.tuples(st.just("correct"), SOMEBODY, st.integers(0, 9)),
    st.tuples(st.just("take back"), SOMEBODY, st.integers(0, 9)),
    st.tuples(st.just("lose the line"), SOMEBODY, st.just(0)),
    st.tuples(st.just("resume"), SOMEBODY, st.integers(0, 9)),
)


class Reader:
    """One person's browser: what it shows, and the line it may lose and take up again."""

    def __init__(self, user, rooms, names):
        self.user, self.rooms, self.names = user, rooms, names
        self.shown = {name: {} for name in names}
        self.heads = dict.fromkeys(names, 0)
        self.said = []
        self.line = AsyncExitStack()
        self.client = None

    async def come(self):
        heads = {self.rooms.all[name].pk: self.heads[name] for name in self.names}
        self.client = await self.line.enter_async_context(at(self.user, self.rooms, heads))

    async def lose_the_line(self):
        await self.read()
        await self.line.aclose()
        self.line = AsyncExitStack()

    async def read(self):
        """Take in everything that was sent so far; a number that was seen is not shown again."""
        await self.client.send("ping", id="up to here")
        heads = (await self.client.hear("pong"))["heads"]
        for name in self.names:
            room = self.rooms.all[name]
            while self._take_in(name, room) < heads[str(room.pk)]:
                await self.client.hear("message.posted", room=str(room.pk))
        self.client.seen.clear()

    async def read_all(self, heads, seconds=5):
        """Read until nothing of what is stored is missing."""
        async with asyncio.timeout(seconds):
            while any(self.heads[name] < heads[self.rooms.all[name].pk] for name in self.names):
                await self.read()

    def _take_in(self, name, room):
        for frame in self.client.seen:
            if frame.get("room") != str(room.pk) or not frame["name"].startswith("message."):
                continue
            if frame["name"] == "message.known" or frame["sequence"] <= self.heads[name]:
                continue
            assert frame["sequence"] == self.heads[name] + 1, "a number was left out"
            self.heads[name] = frame["sequence"]
            about = frame.get("changes", frame["sequence"])
            self.shown[name][about] = (frame["participant"], frame["body"])
        return self.heads[name]


class Talk:
    """A case with everybody at a socket, and the acts of a script."""

    def __init__(self, rooms):
        self.rooms = rooms
        self.readers = {
            name: Reader(getattr(rooms.cast, name), rooms, SEES[name]) for name in PEOPLE
        }

    async def act(self, what, who, number):
        reader = self.readers[who]
        name = reader.names[number % len(reader.names)]
        room = self.rooms.all[name]
        if what == "say":
            await self._say(reader, name, room, str(uuid.uuid4()))
        elif what == "say by form":
            await in_thread(services.post_message)(
                actor=reader.user, room=room, client_id=uuid.uuid4(), body=f"form of {who}"
            )
        elif what == "lose the line":
            await reader.lose_the_line()
            await reader.come()
        elif what == "resume":
            after = min(number, reader.heads[name])
            await reader.client.send("resume", room=str(room.pk), after=after)
        elif reader.said:
            await self._about_one_of_ones_own(what, reader, number)

    async def _say(self, reader, name, room, client_id):
        await reader.client.post(room, f"{name} {client_id}", client_id)
        answer = await hear_any(reader.client, client_id)
        reader.said.append((name, room, client_id, answer["sequence"]))

    async def _about_one_of_ones_own(self, what, reader, number):
        name, room, client_id, sequence = reader.said[number % len(reader.said)]
        if what == "say again":
            await reader.client.post(room, f"{name} {client_id}", client_id)
            assert (await hear_any(reader.client, client_id))["sequence"] == sequence
            return
        ident = str(uuid.uuid4())
        fields = {"room": str(room.pk), "sequence": sequence, "client_id": ident}
        if what == "correct":
            await reader.client.send("message.edit", **fields, body=f"{name} better")
        else:
            await reader.client.send("message.retract", **fields)
        await hear_any(reader.client, ident)  # stored, or refused because it was taken back


async def hear_any(client, client_id):
    """What the server answers to this id: the message itself, known, or a refusal."""
    while True:
        for frame in client.seen:
            if frame.get("client_id") == client_id and "heard" not in frame:
                frame["heard"] = True
                return frame
        client.note(await client.communicator.receive_output(3))


def stored(room):
    """The room's talk as the database has it, by number."""
    talk = {}
    for message in messages_after_for_system(room.pk, 0, limit=1000):
        about = message.changes if message.changes is not None else message.sequence
        talk[about] = (str(message.participant_id), message.body)
    return talk


def numbers(room):
    rows = Message.objects.filter(room=room).order_by("sequence")
    return list(rows.values_list("sequence", flat=True)), Room.objects.get(pk=room.pk).head


def heads():
    return dict(Room.objects.values_list("pk", "head"))


def forget_all():
    Message.objects.all().delete()
    Room.objects.update(head=0)


@pytest.fixture
async def meeting(socket_db):
    return await in_thread(make_rooms)()


@given(script=st.lists(ACTS, min_size=1, max_size=25))
@settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_everybody_ends_with_the_talk_that_is_stored(script, meeting, settings):
    settings.ROOM_MESSAGES_PER_SECOND = 10_000
    await in_thread(forget_all)()
    talk = Talk(meeting)
    readers = talk.readers.values()
    for reader in readers:
        await reader.come()
    try:
        for what, who, number in script:
            await talk.act(what, who, number)
        for reader in readers:
            await reader.lose_the_line()
            await reader.come()
            await reader.read_all(await in_thread(heads)())
        for name, room in talk.rooms.all.items():
            expected = await in_thread(stored)(room)
            sequences, head = await in_thread(numbers)(room)
            assert sequences == list(range(1, head + 1))
            for reader in readers:
                if name in reader.names:
                    assert reader.shown[name] == expected
    finally:
        for reader in readers:
            await reader.line.aclose()
