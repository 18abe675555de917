"""Promise 2: every frame there is, about every room there is, from everybody (S4, S5, T3).

The frames are those of the published schema, so a new one is tried as soon as it is described; and
it has to be, since `welcome` names what the server answers (tests/rooms/test_frames.py).
"""

import asyncio
import json
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from channels.db import database_sync_to_async as in_thread

from mediation.rooms.access import rooms_visible_to
from mediation.rooms.live import readings
from mediation.rooms.models import HeldMessage, Message, Room
from mediation.rooms.services import reviewing
from tests.promises.world import (
    CANARIES,
    CAUCUS_A,
    CAUCUS_B,
    JOINT,
    MEDIATORS,
    TALK_A,
    TALK_B,
    make_world,
)
from tests.rooms.schema import NAMES, SCHEMA
from tests.rooms.sockets import at, socket

pytestmark = pytest.mark.usefixtures("socket_db")
OUTSIDERS = ["coordinator", "other_staff", "clerk", "stranger"]
HEARS = {
    "party_a": {CAUCUS_A, JOINT, TALK_A},
    "party_b": {CAUCUS_B, JOINT, TALK_B},
    "mediator": {CAUCUS_A, CAUCUS_B, JOINT, TALK_A, MEDIATORS},
}
# What comes at any time, whatever one asks.
UNASKED = {"presence", "pong"}


@pytest.fixture
async def world(socket_db):
    return await in_thread(make_world)()


def frames_about(room_id, client_id, elsewhere):
    """One frame of each name in the schema. Fails for a field that nothing is known to say in."""
    says = {
        "room": str(room_id),
        "to": str(elsewhere),
        "client_id": str(client_id),
        "sequence": 1,
        "after": 0,
        "body": "hello",
        "data": {"candidate": {}},
        "tell": True,
        "id": "asked",
        "peer": "0123456789abcdef",
        "picture": True,
        "candidate": {"candidate": "", "sdpMid": "0", "sdpMLineIndex": 0},
    }
    for name in NAMES["client"]:
        fields = SCHEMA["$defs"][name]["properties"].keys() - {"name", "case", "heads"}
        kind = "answer" if name == "client.media.answer" else "offer"
        said = {**says, "description": {"type": kind, "sdp": "v=0\r\n"}}
        yield name.removeprefix("client."), {field: said[field] for field in fields}


async def ask(client, name, fields):
    """What is answered to a frame, without what would come anyway."""
    before = len(client.seen)
    await client.send(name, **fields)
    await client.send("ping")
    await client.hear("pong")
    return [frame for frame in client.seen[before:] if frame["name"] not in UNASKED]


@asynccontextmanager
async def greeted(user, world, rooms):
    """A socket that asks for all there is in all rooms, seen or not."""
    async with at(user, world, heads=dict.fromkeys(rooms, 0)) as client:
        yield client


async def quieten(client):
    while not await client.is_quiet():
        client.note(await client.communicator.receive_output(1))


def all_rooms(user):
    """Every room's id, those this person may see, and client ids of what was said or is held."""
    rooms = set(Room.objects.values_list("pk", flat=True))
    mine = set(rooms_visible_to(user).values_list("pk", flat=True))
    said = [*Message.objects.all(), *HeldMessage.objects.all()]
    return rooms, mine, {row.room_id: row.client_id for row in said}


@pytest.mark.parametrize("name", HEARS)
async def test_no_frame_about_a_hidden_room_says_more_than_one_about_nothing(world, name):
    user = world.cast.everybody[name]
    rooms, mine, client_ids = await in_thread(all_rooms)(user)
    seen = []
    for number, frame in enumerate(NAMES["client"]):
        if frame == "client.hello":
            continue  # said once, below, with the heads of all rooms
        async with greeted(user, world, rooms) as client:
            answers, nowhere = {}, uuid4()
            # One's own last: what is stored is answered later, between the answers to others.
            for room_id in [*sorted(rooms - mine), nowhere, *sorted(mine)]:
                other = client_ids.get(room_id) or uuid4()
                _name, fields = list(frames_about(room_id, other, room_id))[number]
                answers[room_id] = await ask(client, _name, fields)
            await quieten(client)
        for room_id in rooms - mine:
            assert _without(answers[room_id], client_ids) == _without(answers[nowhere], client_ids)
        seen += client.seen
    found = json.dumps(seen)
    assert {canary for canary in CANARIES if canary in found} == HEARS[name]
    assert [room for room in rooms - mine if str(room) in found] == []


def _without(answers, client_ids):
    """The client id that was asked with comes back in a refusal."""
    return [{key: value for key, value in frame.items() if key != "client_id"} for frame in answers]


async def test_to_outsiders_there_is_no_case(world):
    rooms, _mine, _ids = await in_thread(all_rooms)(world.cast.party_a)
    for name in OUTSIDERS:
        async with socket(world.cast.everybody[name]) as client:
            await client.hello(world.case, dict.fromkeys(rooms, 0))
            assert (await client.hear_closing(), client.seen) == (4403, [])


async def test_whoever_stays_outside_hears_nothing_of_all_that_happens_in_private(
    world, monkeypatch
):
    """Writing, reading, calling and moving in side A's talks, and what the mediator returns."""
    monkeypatch.setattr(readings, "PAUSE_SECONDS", 0.05)
    cast, talk, caucus = world.cast, world.rooms["talk"], world.rooms["A"]
    async with (
        at(cast.party_b, world) as bo,
        at(cast.party_a, world) as ada,
        at(cast.mediator, world) as mei,
    ):
        await quieten(bo)
        heard = len(bo.seen)
        for room in (talk, caucus):
            await ada.post(room, "canary said meanwhile")
            await mei.hear("message.posted", room=str(room.pk))
            await mei.send("message.read", room=str(room.pk), sequence=2)
            await ada.send("message.read", room=str(room.pk), sequence=2)
            await mei.hear("message.read", room=str(room.pk))
        await ada.post(world.rooms["held"], "canary held meanwhile")
        await ada.hear("message.held")
        await mei.hear("review.waiting", count=2)
        await in_thread(return_all)(cast)
        await mei.hear("review.waiting", count=0)
        for one in (ada, mei):
            await one.send("call.join", room=str(talk.pk))
            await one.hear("call.joined")
        await mei.send("call.move", room=str(talk.pk), to=str(caucus.pk), tell=True)
        await ada.hear("call.moved")
        await asyncio.sleep(0.6)  # a look at access, and what it would tell
        assert await bo.is_quiet()
        assert len(bo.seen) == heard


def return_all(cast):
    for held in HeldMessage.objects.filter(state="waiting"):
        reviewing.return_message(actor=cast.mediator, held=held, note="canary of a note")
