"""Promises 1, 2 and 3 where people talk live: real sockets, a real hub, a real database.

V1, V2, S4, S6. A push that says "access has changed" may get lost; nothing may depend on it.
"""

import asyncio
import json
import uuid
from pathlib import Path

import pytest
from channels.db import database_sync_to_async as in_thread
from django.db import connection, transaction

from mediation.cases.enums import Purpose
from mediation.cases.services import consents, participation
from mediation.core import realtime
from mediation.rooms.live.frames import FRAME_BYTES, SIGNAL_BYTES
from tests.factories.offers import make_offer
from tests.promises.tables import fingerprint
from tests.rooms.conftest import make_rooms
from tests.rooms.sockets import at, socket

pytestmark = pytest.mark.usefixtures("socket_db")
SIGNAL = {"type": "offer", "sdp": "v=0 canary-of-a-signal"}


@pytest.fixture
async def meeting(socket_db, settings):
    settings.TURN_URLS, settings.TURN_SECRET = ["turn:turn.example"], "turn-secret"
    return await in_thread(make_rooms)()


def withdraw(cast, who, purpose):
    consents.withdraw_consent(actor=getattr(cast, who), case=cast.case, purpose=purpose)


def leave(cast, who):
    participation.leave_case(actor=getattr(cast, who), case=cast.case)


ENDINGS = {
    "A leaves": lambda cast: leave(cast, "party_a"),
    "B leaves": lambda cast: leave(cast, "party_b"),
    "A takes back mediation": lambda cast: withdraw(cast, "party_a", Purpose.MEDIATE),
    "B takes back mediation online": lambda cast: withdraw(cast, "party_b", Purpose.ONLINE),
}


async def join_call(client, room):
    await client.send("call.join", room=str(room.pk))
    return await client.hear("call.joined")


@pytest.mark.parametrize("ending", ENDINGS)
async def test_the_end_reaches_every_socket_and_call_at_once_even_if_the_push_is_lost(
    meeting, ending, monkeypatch
):
    cast = meeting.cast
    async with (
        at(cast.party_a, meeting) as ada,
        at(cast.party_b, meeting) as bo,
        at(cast.mediator, meeting) as mei,
    ):
        joined = [await join_call(one, meeting.joint) for one in (ada, bo, mei)]
        assert all(frame["ice_servers"][0]["credential"] for frame in joined)
        monkeypatch.setattr(realtime, "HUB_GROUP", "nobody")
        await in_thread(ENDINGS[ending])(cast)
        codes = await asyncio.gather(*(one.hear_closing(1.0) for one in (ada, bo, mei)))
    assert codes == [4403, 4403, 4403]
    for user in (cast.party_a, cast.party_b, cast.mediator):
        async with socket(user) as again:
            await again.hello(cast.case)
            assert await again.hear_closing() == 4403
            assert again.seen == []  # no welcome, no room, no call credentials


async def test_news_of_the_same_moment_reach_nobody_after_a_withdrawal(meeting):
    """The notice of an offer comes before the one of the withdrawal; both are committed."""
    cast = meeting.cast
    async with at(cast.party_a, meeting) as ada, at(cast.mediator, meeting) as mei:
        heard = [len(one.seen) for one in (ada, mei)]
        await in_thread(offer_and_leave)(cast)
        codes = [await one.hear_closing(1.0) for one in (ada, mei)]
    assert codes == [4403, 4403]
    after = [one.seen[number:] for one, number in zip((ada, mei), heard, strict=True)]
    assert {frame["name"] for frames in after for frame in frames} <= {"presence"}


@transaction.atomic
def offer_and_leave(cast):
    make_offer(cast.party_a, cast.case)
    leave(cast, "party_b")


@pytest.mark.parametrize("who", ["party_a", "party_b"])
async def test_without_consent_to_video_a_call_ends_and_none_begins(meeting, who):
    cast = meeting.cast
    async with at(cast.party_a, meeting) as ada, at(cast.mediator, meeting) as mei:
        for one in (ada, mei):
            await join_call(one, meeting.joint)
        await in_thread(withdraw)(cast, who, Purpose.VIDEO)
        ended = [await one.hear("call.ended", 1.0) for one in (ada, mei)]
        assert {frame["code"] for frame in ended} == {"consent_missing"}
        for one in (ada, mei):
            heard = len(one.seen)
            await one.send("call.credentials", room=str(meeting.joint.pk))
            await one.send("call.join", room=str(meeting.joint.pk))
            assert (await one.hear("refused"))["code"] == "consent_missing"
            assert "credential" not in repr(one.seen[heard:])


@pytest.mark.parametrize("who", ["party_a", "party_b"])
async def test_no_frame_does_anything_while_a_consent_is_missing(meeting, who):
    """Sent in the same moment, before any socket was told or closed."""
    cast, rooms = meeting.cast, meeting
    async with at(cast.mediator, rooms) as mei:
        await in_thread(withdraw)(cast, who, Purpose.MEDIATE)
        before = await in_thread(fingerprint)()
        await mei.post(rooms.joint, "too late")
        await mei.send("call.join", room=str(rooms.joint.pk))
        assert await mei.hear_closing(1.0) == 4403
    assert mei.of("message.posted") == mei.of("call.joined") == []
    after = await in_thread(fingerprint)()
    assert before["rooms.message"] == after["rooms.message"] == []
    assert before["rooms.room"] == after["rooms.room"]


async def test_the_other_side_hears_nothing_whatever_happens_in_a_caucus(meeting):
    """No text, no sequence number, no room id, no count: every frame, byte by byte."""
    cast = meeting.cast
    async with (
        at(cast.party_b, meeting) as bo,
        at(cast.party_a, meeting) as ada,
        at(cast.mediator, meeting) as mei,
    ):
        while not await bo.is_quiet():
            await bo.hear("presence")
        heard = len(bo.seen)
        for number in range(3):
            await ada.post(meeting.caucus_a, f"canary-caucus-A {number}")
            await mei.hear("message.posted", sequence=number + 1)
        peers = [await join_call(one, meeting.caucus_a) for one in (ada, mei)]
        await ada.send("signal", room=str(meeting.caucus_a.pk), to=peers[1]["peer"], data=SIGNAL)
        await mei.hear("signal")
        await ada.send("call.leave", room=str(meeting.caucus_a.pk))
        assert await bo.is_quiet(0.8)
        await bo.send("ping")
        pong = await bo.hear("pong")
    assert len(bo.seen) == heard + 1
    assert pong["heads"] == {str(meeting.joint.pk): 0, str(meeting.caucus_b.pk): 0}
    everything = json.dumps(bo.seen)
    for word in ("canary", str(meeting.caucus_a.pk), *(frame["peer"] for frame in peers)):
        assert word not in everything


async def test_signals_are_passed_on_and_kept_nowhere(meeting, settings):
    """Promise 3: what browsers say to find each other is in no table, file or key ring."""
    cast = meeting.cast
    before = await in_thread(fingerprint)()
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting) as bo:
        peers = [await join_call(one, meeting.joint) for one in (ada, bo)]
        await ada.send("signal", room=str(meeting.joint.pk), to=peers[1]["peer"], data=SIGNAL)
        assert (await bo.hear("signal"))["data"] == SIGNAL
    after = await in_thread(fingerprint)()
    assert {label for label in before if before[label] != after[label]} == set()
    kept = await in_thread(stored_bytes)(settings)
    assert b"canary-of-a-signal" not in kept
    assert all(frame["peer"].encode() not in kept for frame in peers)


def stored_bytes(settings):
    """Everything on disk of this installation, and every value of every table."""
    rows = repr(fingerprint(but=())).encode()
    files = [path for path in Path(settings.VAR_DIR).rglob("*") if path.is_file()]
    if connection.vendor == "sqlite":
        files.append(Path(connection.settings_dict["NAME"]))
    return rows + b"".join(path.read_bytes() for path in files if path.exists())


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"text": json.dumps({"name": "ping", "x": "x" * FRAME_BYTES})}, 1009),
        ({"bytes": b"\x1aE\xdf\xa3 as a recording in WebM begins"}, 4400),
    ],
)
async def test_the_socket_is_no_way_for_media(meeting, fields, code):
    """A frame holds 64 KiB of text at most and no bytes; a second of video would need far more."""
    async with at(meeting.cast.party_a, meeting) as ada:
        await ada.send_raw(**fields)
        assert await ada.hear_closing() == code


async def test_a_signal_is_too_small_for_media(meeting):
    async with at(meeting.cast.party_a, meeting) as ada:
        peer = await join_call(ada, meeting.joint)
        await ada.send(
            "signal",
            room=str(meeting.joint.pk),
            to=peer["peer"],
            data={"sdp": "x" * SIGNAL_BYTES},
            id=str(uuid.uuid4()),
        )
        assert await ada.hear_closing() == 4400
