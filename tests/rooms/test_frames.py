"""What anybody may write into a socket: the documentation's schema and the server agree on it."""

import json
import logging
import re
import uuid

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async as in_thread
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediation.rooms.live.frames import Malformed, parse, version
from tests.rooms.conftest import make_rooms
from tests.rooms.schema import NAMES, is_from_client
from tests.rooms.sockets import Client, Refused, application, at, scope, sign_in, socket
from tests.servers import ROOT

FUZZED = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=40)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
CANARY = "only the mediator and Lin hear this 7f3a"


def fields_of(room):
    """Each field of a frame: as it should be, or anything at all."""
    ids = st.uuids().map(str)
    right = {
        "room": st.just(str(room)),
        "case": ids,
        "client_id": ids,
        "body": st.text(max_size=60),
        "sequence": st.integers(0, 2**63 - 1),
        "after": st.integers(0, 2**63 - 1),
        "heads": st.dictionaries(ids, st.integers(0, 2**63 - 1), max_size=3),
        "to": st.text(max_size=20).filter(is_unicode) | st.just(str(room)),
        "tell": st.booleans(),
        "data": st.dictionaries(st.text(max_size=8).filter(is_unicode), st.integers(), max_size=3),
        "id": st.text(max_size=64).filter(is_unicode),
        "peer": st.from_regex(r"[A-Za-z0-9_-]{1,32}", fullmatch=True),
        "picture": st.booleans(),
        "description": descriptions("offer") | descriptions("answer"),
        "candidate": st.none() | candidates(),
    }
    return {name: st.one_of(strategy, strategy, ANYTHING) for name, strategy in right.items()}


def descriptions(kind):
    lines = st.from_regex(r"[\x20-\x7e\r\n]{1,40}", fullmatch=True)
    return st.fixed_dictionaries({"type": st.just(kind), "sdp": lines | st.text(max_size=10)})


def candidates():
    line = st.from_regex(r"[\x20-\x7e]{0,40}", fullmatch=True) | st.text(max_size=10)
    mid = st.sampled_from(["0", "1", "audio", "", "a b"]) | ANYTHING
    index = st.integers(-1, 70)
    return st.fixed_dictionaries({"candidate": line, "sdpMid": mid, "sdpMLineIndex": index})


def is_unicode(text):
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def frames_of(room):
    names = [name.removeprefix("client.") for name in NAMES["client"]]
    return st.builds(
        lambda name, fields: {"name": name, **fields},
        st.sampled_from(names) | st.text(max_size=12),
        st.fixed_dictionaries({}, optional=fields_of(room)),
    )


ROOM = uuid.uuid4()
READERS = {
    "hello": lambda request: (request.uuid("case"), request.heads()),
    "message.post": lambda request: (
        request.uuid("room"),
        request.uuid("client_id"),
        request.text("body"),
    ),
    "message.edit": lambda request: (
        request.uuid("room"),
        request.sequence("sequence"),
        request.uuid("client_id"),
        request.text("body"),
    ),
    "message.retract": lambda request: (
        request.uuid("room"),
        request.sequence("sequence"),
        request.uuid("client_id"),
    ),
    "message.read": lambda request: (request.uuid("room"), request.sequence("sequence")),
    "resume": lambda request: (request.uuid("room"), request.sequence("after")),
    "ping": lambda request: (),
    "call.join": lambda request: request.uuid("room"),
    "call.leave": lambda request: request.uuid("room"),
    "call.move": lambda request: (
        request.uuid("room"),
        request.uuid("to"),
        request.flag("tell"),
    ),
    "call.credentials": lambda request: request.uuid("room"),
    "signal": lambda request: (request.uuid("room"), request.signal()),
    "media.publish": lambda request: (request.uuid("room"), request.description("offer")),
    "media.subscribe": lambda request: (
        request.uuid("room"),
        request.peer("peer"),
        request.flag("picture"),
    ),
    "media.answer": lambda request: (
        request.uuid("room"),
        request.peer("peer"),
        request.description("answer"),
    ),
    "media.trickle": lambda request: (
        request.uuid("room"),
        request.peer("peer"),
        request.candidate(),
    ),
}


def is_understood(frame):
    try:
        request = parse(json.dumps(frame))
        READERS[request.name](request)
    except (Malformed, KeyError):
        return False
    return True


def is_beyond_a_schema(frame):
    """What a schema cannot say: halves of characters, and how deep and large a signal may be."""
    signal = frame.get("data") if frame.get("name") == "signal" else None
    texts = [frame.get(name) for name in ("id", "to")]
    return signal is not None or not all(is_unicode(text) for text in texts if type(text) is str)


def test_every_frame_of_the_schema_has_a_reader_here_and_a_line_in_the_documentation():
    """A new frame is written down, and tried below, or this fails."""
    assert sorted(READERS) == [name.removeprefix("client.") for name in NAMES["client"]]
    page = (ROOT / "docs/realtime.md").read_text("utf-8")
    parts = {
        "client": page.split("### From the client")[1].split("### From the server")[0],
        "server": page.split("### From the server")[1].split("### Close codes")[0],
    }
    for side, part in parts.items():
        listed = re.findall(r"^\| `([a-z._]+)`", part, re.MULTILINE)
        assert sorted(listed) == [name.removeprefix(f"{side}.") for name in NAMES[side]]


@given(frame=frames_of(ROOM))
@settings(FUZZED, max_examples=400)
def test_the_schema_and_the_server_understand_the_same_frames(frame):
    if not is_beyond_a_schema(frame):
        assert is_understood(frame) == is_from_client(frame)


@given(text=st.text(max_size=200) | ANYTHING.map(json.dumps))
@settings(FUZZED, max_examples=300)
def test_any_text_at_all_is_a_frame_or_malformed(text):
    try:
        request = parse(text)
    except Malformed:
        return
    assert isinstance(request.name, str)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '{"name":' + "9" * 10_000 + "}",
        '{"name": "ping", "id": "\\ud800"}',
        '{"name": NaN}',
        '"ping"',
        "null",
    ],
)
def test_texts_made_to_break_a_reader_are_malformed(text):
    with pytest.raises(Malformed):
        parse(text)


@pytest.mark.parametrize(
    "data",
    [
        {"description": {"sdp": "\ud800"}},
        {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}},
        {"candidate": "x" * 17_000},
        ["candidate"],
    ],
)
def test_a_signal_made_to_break_its_receiver_is_malformed(data):
    request = parse(json.dumps({"name": "signal", "to": "peer", "data": data}))
    with pytest.raises(Malformed):
        request.signal()


def test_the_newest_version_both_know_is_spoken():
    assert version(["med.v9", "med.v1"]) == "med.v1"
    assert version(["med.v9"]) is None
    assert version([]) is None


@pytest.mark.usefixtures("socket_db")
class TestAtASocket:
    @pytest.fixture
    async def meeting(self, socket_db):
        return await in_thread(make_rooms)()

    async def test_who_speaks_another_version_only_is_not_let_in(self, meeting):
        session = await in_thread(sign_in)(meeting.cast.party_a)
        asked = scope(session, subprotocols=["med.v9"])
        with pytest.raises(Refused):
            await Client(ApplicationCommunicator(application, asked)).connect()

    async def test_the_welcome_names_the_frames_that_are_answered(self, meeting):
        async with socket(meeting.cast.party_a) as client:
            await client.hello(meeting.cast.case)
            welcome = await client.hear("welcome")
        assert sorted(welcome["frames"]) == [
            name.removeprefix("client.") for name in NAMES["client"]
        ]

    @given(data=st.data())
    @FUZZED
    async def test_nothing_written_into_a_socket_breaks_it_or_leaks(self, data, meeting, caplog):
        """Fuzzing: the server answers, refuses or says that this is no frame. It never fails, never
        says a word of a private talk, and the others talk on.
        """
        caplog.set_level(logging.WARNING)
        cast = meeting.cast
        async with at(cast.mediator, meeting) as other, at(cast.party_b, meeting) as client:
            client_id = await other.post(meeting.caucus_a, CANARY)
            await other.hear("message.posted", client_id=client_id)
            code = await self._write(client, data, meeting)
            assert code in (None, 4400), code
            assert CANARY not in json.dumps(client.seen)
            client_id = await other.post(meeting.joint, "still here")
            await other.hear("message.posted", client_id=client_id)
        assert [record for record in caplog.records if record.name.startswith("mediation")] == []

    async def _write(self, client, data, meeting):
        """Write up to ten frames; the close code, if the server closed the socket."""
        rooms = [meeting.joint.pk, meeting.caucus_a.pk, meeting.caucus_b.pk, uuid.uuid4()]
        frames = st.sampled_from(rooms).flatmap(frames_of).map(json.dumps)
        texts = data.draw(st.lists(frames | st.text(max_size=30), max_size=10))
        for text in texts:
            await client.send_raw(text=text)
        await client.send("ping")
        while True:
            event = await client.communicator.receive_output(5)
            if event["type"] == "websocket.close":
                return event["code"]
            frame = client.note(event)
            if frame["name"] == "pong" and "id" not in frame:
                return None
