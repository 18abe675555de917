import asyncio
import uuid

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async as in_thread
from channels.security.websocket import OriginValidator
from django.conf import settings

from mediation.rooms.live import connection, limits
from tests.rooms.conftest import make_rooms
from tests.rooms.sockets import Client, Refused, application, at, scope, sign_in, socket

pytestmark = pytest.mark.usefixtures("socket_db")


@pytest.fixture
async def meeting(socket_db):
    return await in_thread(make_rooms)()


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        "[]",
        "{}",
        '{"name": 5}',
        '{"name": "hello"}',
        '{"name": "hello", "case": "no uuid"}',
        '{"name": "ping"}',
        '{"name": "hello", "case": "%s", "heads": {"x": 1}}',
        '{"name": "hello", "case": "%s", "heads": {"%s": -1}}',
        '{"name": "hello", "case": "%s", "heads": {"%s": true}}',
        "[" * 50_000,
    ],
)
async def test_a_first_frame_that_is_no_greeting_closes_the_socket(meeting, text):
    async with socket(meeting.cast.party_a) as client:
        filled = text.replace("%s", str(uuid.uuid4()))
        await client.send_raw(text=filled)
        assert await client.hear_closing() == 4400


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "message.post"},
        {"name": "message.post", "room": "ROOM", "client_id": "1", "body": "x"},
        {"name": "message.post", "room": "ROOM", "client_id": str(uuid.uuid4()), "body": 5},
        {"name": "resume", "room": "ROOM", "after": "1"},
        {"name": "resume", "room": "ROOM", "after": 2**63},
        {"name": "signal", "room": "ROOM", "to": "x", "data": "text"},
        {"name": "signal", "room": "ROOM", "to": "x", "data": {"sdp": "x" * 17_000}},
        {"name": "hello"},
        {"name": "message.delete"},
        {"name": "ping", "id": "x" * 65},
    ],
)
async def test_a_frame_that_is_not_ours_closes_the_socket(meeting, fields):
    async with at(meeting.cast.party_a, meeting) as ada:
        filled = {k: str(meeting.joint.pk) if v == "ROOM" else v for k, v in fields.items()}
        await ada.send(filled.pop("name"), **filled)
        assert await ada.hear_closing() == 4400


async def test_binary_frames_close_the_socket(meeting):
    async with at(meeting.cast.party_a, meeting) as ada:
        await ada.send_raw(bytes=b"\x00")
        assert await ada.hear_closing() == 4400


async def test_a_frame_of_more_than_64_kib_closes_the_socket(meeting):
    async with at(meeting.cast.party_a, meeting) as ada:
        await ada.send_raw(text='{"name": "ping", "x": "%s"}' % ("x" * 66_000))
        assert await ada.hear_closing() == 1009


async def test_another_subprotocol_is_not_spoken(meeting):
    session = await in_thread(sign_in)(meeting.cast.party_a)
    client = Client(ApplicationCommunicator(application, scope(session, subprotocols=["med.v0"])))
    with pytest.raises(Refused):
        await client.connect()


@pytest.mark.parametrize(
    ("origin", "is_let_in"),
    [
        ("http://127.0.0.1:8000", True),
        ("https://127.0.0.1:8000", False),
        ("http://127.0.0.1:8001", False),
        ("http://evil.example", False),
        ("null", False),
        (None, False),
    ],
)
async def test_only_our_own_pages_may_open_a_socket(meeting, origin, is_let_in):
    session = await in_thread(sign_in)(meeting.cast.party_a)
    guarded = OriginValidator(application, settings.SOCKET_ORIGINS)
    client = Client(ApplicationCommunicator(guarded, scope(session, origin)))
    if is_let_in:
        assert await client.connect() == "med.v1"
        await client.disconnect()
    else:
        with pytest.raises(Refused):
            await client.connect()


async def test_talking_too_fast_is_refused_with_a_time_to_wait(meeting):
    async with at(meeting.cast.party_a, meeting) as ada:
        sent = [await ada.post(meeting.joint, str(number)) for number in range(25)]
        refused = await ada.hear("refused")
    assert refused["code"] == "too_many"
    assert refused["client_id"] in sent
    assert 0 < refused["retry_after"] <= 1


async def test_the_limit_is_per_person_and_not_per_socket(meeting):
    async with at(meeting.cast.party_a, meeting) as one, at(meeting.cast.party_a, meeting) as two:
        for client in (one, two):
            for number in range(13):
                await client.post(meeting.joint, str(number))
        assert (await two.hear("refused"))["code"] == "too_many"


async def test_who_does_not_slow_down_is_disconnected(meeting):
    async with at(meeting.cast.party_a, meeting) as ada:
        for number in range(130):
            await ada.post(meeting.joint, str(number))
        assert await ada.hear_closing() == 4429


async def test_a_fifth_socket_replaces_the_oldest(meeting):
    user = meeting.cast.party_a
    async with (
        at(user, meeting) as oldest,
        at(user, meeting),
        at(user, meeting),
        at(user, meeting) as fourth,
        at(user, meeting),
    ):
        assert await oldest.hear_closing() == 4409
        await fourth.send("ping")
        assert await fourth.hear("pong")


async def lagging(stuck, sent):
    """A connection whose transport takes nothing more until `stuck` is set."""

    async def send(event):
        sent.append(event)
        await stuck.wait()

    return connection.Connection(send, user=None, session_key="")


async def test_a_reader_who_does_not_keep_up_is_closed_and_holds_nobody_up():
    stuck, sent = asyncio.Event(), []
    slow = await lagging(stuck, sent)
    for _ in range(connection.QUEUE_FRAMES + 2):
        slow.put("frame")
    assert slow.close_code == 4408
    stuck.set()
    await slow.end()
    assert [event["type"] for event in sent] == ["websocket.send", "websocket.close"]


async def test_more_than_a_mebibyte_waiting_closes_the_socket():
    stuck = asyncio.Event()
    slow = await lagging(stuck, [])
    for _ in range(18):
        slow.put("x" * 65_000)
    assert slow.close_code == 4408
    await slow.end_sending()


async def test_a_reader_who_lags_gets_everything_in_order():
    stuck, sent = asyncio.Event(), []
    slow = await lagging(stuck, sent)
    for number in range(50):
        slow.put(str(number))
    assert [event["text"] for event in sent] == ["0"]
    stuck.set()
    await slow.sent()
    slow.put("50")
    assert [event["text"] for event in sent] == [str(number) for number in range(51)]
    assert slow.close_code is None


async def test_a_reader_who_takes_nothing_for_long_is_stuck():
    slow = await lagging(asyncio.Event(), [])
    assert not slow.is_stuck
    slow.put("frame")
    assert not slow.is_stuck
    slow.lagging_since -= connection.SEND_SECONDS
    assert slow.is_stuck
    await slow.end_sending()


@pytest.mark.parametrize("error", [OSError, RuntimeError])
async def test_a_socket_that_fails_is_closed_and_the_others_hear_on(error):
    async def send(event):
        raise error

    gone = connection.Connection(send, user=None, session_key="")
    gone.put("frame")
    assert gone.close_code == 4408


async def test_a_socket_that_fails_while_it_lags_is_closed():
    stuck = asyncio.Event()

    async def send(event):
        await stuck.wait()
        raise OSError

    gone = connection.Connection(send, user=None, session_key="")
    gone.put("frame")
    stuck.set()
    await gone.sent()
    assert gone.close_code == 4408


def test_a_bucket_fills_again_with_time():
    bucket = limits.Bucket(rate=10, burst=2)
    assert [bucket.take() for _ in range(2)] == [0.0, 0.0]
    assert 0 < bucket.take() <= 0.1
    bucket.filled_at -= 0.1
    assert bucket.take() == 0.0
