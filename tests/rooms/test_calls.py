import asyncio
import base64
import hashlib
import hmac
import time
import uuid

import pytest
from channels.db import database_sync_to_async as in_thread

from mediation.cases.enums import NEEDED_TO_TALK, Purpose
from mediation.cases.services import consents
from mediation.core.server_send import SERVER_SEND
from mediation.rooms import hub as hub_module
from mediation.rooms.live import calls as calls_module
from mediation.rooms.live.turn import ice_servers
from tests.rooms.conftest import make_rooms
from tests.rooms.sockets import at, sign_in, socket

pytestmark = pytest.mark.usefixtures("socket_db")


@pytest.fixture
async def meeting(socket_db):
    return await in_thread(make_rooms)()


async def join(client, room):
    await client.send("call.join", room=str(room.pk), id="j")
    return await client.hear("call.joined")


async def test_who_joins_learns_who_is_there_and_the_others_learn_of_them(meeting):
    cast = meeting.cast
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting) as bo:
        first = await join(ada, meeting.joint)
        second = await join(bo, meeting.joint)
        told = await ada.hear("call.peer_joined")
        state = await ada.hear("call.state")
    ada_part, bo_part = (one.of("welcome")[0]["participant"] for one in (ada, bo))
    assert first["peers"] == []
    assert second["peers"] == [{"peer": first["peer"], "participant": ada_part}]
    assert (told["peer"], told["participant"]) == (second["peer"], bo_part)
    assert state["participants"] == sorted([ada_part, bo_part])


async def test_signals_reach_the_peer_they_are_for_and_nobody_else(meeting):
    cast = meeting.cast
    async with (
        at(cast.party_a, meeting) as ada,
        at(cast.party_b, meeting) as bo,
        at(cast.mediator, meeting) as mei,
    ):
        peers = [(await join(one, meeting.joint))["peer"] for one in (ada, bo, mei)]
        data = {"candidate": {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host"}}
        await ada.send("signal", room=str(meeting.joint.pk), to=peers[1], data=data)
        heard = await bo.hear("signal")
        await mei.send("ping")
        await mei.hear("pong")
    assert (heard["from"], heard["data"]) == (peers[0], data)
    assert mei.of("signal") == []


async def test_a_signal_for_somebody_who_is_gone_is_answered(meeting):
    async with at(meeting.cast.party_a, meeting) as ada:
        await join(ada, meeting.joint)
        await ada.send("signal", room=str(meeting.joint.pk), to="gone", data={})
        assert (await ada.hear("call.peer_left"))["peer"] == "gone"


async def test_who_is_not_in_the_call_sends_no_signals(meeting):
    cast = meeting.cast
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting) as bo:
        peer = (await join(ada, meeting.joint))["peer"]
        await bo.send("signal", room=str(meeting.joint.pk), to=peer, data={})
        await bo.send("ping")
        await bo.hear("pong")
        await ada.send("ping")
        await ada.hear("pong")
    assert ada.of("signal") == []


async def test_a_peer_of_another_rooms_call_is_out_of_reach(meeting):
    cast = meeting.cast
    async with at(cast.party_a, meeting) as ada, at(cast.mediator, meeting) as mei:
        peer = (await join(mei, meeting.caucus_b))["peer"]
        await join(ada, meeting.joint)
        await ada.send("signal", room=str(meeting.joint.pk), to=peer, data={})
        await ada.hear("call.peer_left")
        await mei.send("ping")
        await mei.hear("pong")
    assert mei.of("signal") == []


async def test_leaving_and_losing_the_socket_are_told(meeting):
    cast = meeting.cast
    async with at(cast.party_a, meeting) as ada:
        await join(ada, meeting.joint)
        async with at(cast.party_b, meeting) as bo, at(cast.mediator, meeting) as mei:
            left = (await join(bo, meeting.joint))["peer"]
            lost = (await join(mei, meeting.joint))["peer"]
            await bo.send("call.leave", room=str(meeting.joint.pk))
            assert (await ada.hear("call.peer_left"))["peer"] == left
        assert (await ada.hear("call.peer_left"))["peer"] == lost


async def test_joining_in_a_second_window_ends_the_first(meeting):
    async with at(meeting.cast.party_a, meeting) as one, at(meeting.cast.party_a, meeting) as two:
        await join(one, meeting.joint)
        assert (await join(two, meeting.joint))["peers"] == []
        assert (await one.hear("call.ended"))["code"] == "replaced"


async def test_nobody_is_in_two_calls_so_that_one_is_not_heard_in_the_other(meeting):
    cast = meeting.cast
    async with at(cast.mediator, meeting) as one, at(cast.mediator, meeting) as two:
        await join(one, meeting.joint)
        await join(two, meeting.caucus_a)
        ended = await one.hear("call.ended")
    assert (ended["room"], ended["code"]) == (str(meeting.joint.pk), "replaced")


async def move(client, room, to, *, tell):
    await client.send("call.move", id="m", room=str(room.pk), to=str(to.pk), tell=tell)


async def all_in_the_joint_call(*people, meeting):
    return [(await join(one, meeting.joint))["peer"] for one in people]


async def quiet(*people):
    """Everything sent so far has been heard by all of them."""
    for one in people:
        await one.send("ping")
        await one.hear("pong")


async def test_the_mediator_takes_one_side_along_and_the_other_stays(meeting):
    cast = meeting.cast
    async with (
        at(cast.party_a, meeting) as ada,
        at(cast.party_b, meeting) as bo,
        at(cast.mediator, meeting) as mei,
    ):
        peers = await all_in_the_joint_call(ada, bo, mei, meeting=meeting)
        await move(mei, meeting.joint, meeting.caucus_a, tell=True)
        for one in (ada, mei):
            moved = await one.hear("call.moved")
            assert (moved["room"], moved["to"]) == (
                str(meeting.joint.pk),
                str(meeting.caucus_a.pk),
            )
        await quiet(bo)
    assert {frame["peer"] for frame in bo.of("call.peer_left")} == {peers[0], peers[2]}
    assert bo.of("call.state")[-1]["participants"] == [bo.of("welcome")[0]["participant"]]
    assert bo.of("call.paused") == [{"name": "call.paused", "room": str(meeting.joint.pk)}]
    assert bo.of("call.moved") == bo.of("call.ended") == []


async def test_who_stays_hears_nothing_that_tells_of_the_private_room(meeting):
    cast = meeting.cast
    async with (
        at(cast.party_a, meeting) as ada,
        at(cast.party_b, meeting) as bo,
        at(cast.mediator, meeting) as mei,
    ):
        await all_in_the_joint_call(ada, bo, mei, meeting=meeting)
        await move(mei, meeting.joint, meeting.caucus_a, tell=True)
        for one in (ada, mei):
            await join(one, meeting.caucus_a)
        await move(mei, meeting.caucus_a, meeting.joint, tell=True)
        for one in (ada, mei):
            await one.hear("call.moved", to=str(meeting.joint.pk))
        await quiet(bo)
    assert str(meeting.caucus_a.pk) not in str(bo.seen)


async def test_nobody_is_told_where_the_mediator_went_unless_the_mediator_wants_it(meeting):
    cast = meeting.cast
    async with at(cast.party_b, meeting) as bo, at(cast.mediator, meeting) as mei:
        await all_in_the_joint_call(bo, mei, meeting=meeting)
        await move(mei, meeting.joint, meeting.caucus_a, tell=False)
        await mei.hear("call.moved")
        await quiet(bo)
    assert bo.of("call.paused") == []


async def test_everybody_comes_back_together(meeting):
    cast = meeting.cast
    async with at(cast.party_a, meeting) as ada, at(cast.mediator, meeting) as mei:
        for one in (ada, mei):
            await join(one, meeting.caucus_a)
        await move(mei, meeting.caucus_a, meeting.joint, tell=False)
        for one in (ada, mei):
            assert (await one.hear("call.moved"))["to"] == str(meeting.joint.pk)
        await ada.hear("call.state", room=str(meeting.caucus_a.pk), participants=[])


@pytest.mark.parametrize("who", ["party_a", "mediator"])
async def test_only_a_mediator_in_the_call_moves_anybody(meeting, who):
    cast = meeting.cast
    async with at(cast.party_a, meeting) as ada, at(cast.mediator, meeting) as mei:
        await join(ada, meeting.joint)
        mover = {"party_a": ada, "mediator": mei}[who]
        await move(mover, meeting.joint, meeting.caucus_a, tell=True)
        refused = await mover.hear("refused")
        await quiet(ada)
    assert (refused["code"], refused["id"]) == ("forbidden", "m")
    assert ada.of("call.moved") == ada.of("call.paused") == []


async def test_a_party_cannot_move_anybody_into_the_other_sides_caucus(meeting):
    async with at(meeting.cast.party_a, meeting) as ada:
        await join(ada, meeting.joint)
        await move(ada, meeting.joint, meeting.caucus_b, tell=False)
        assert (await ada.hear("refused"))["code"] == "forbidden"


async def test_without_consent_to_video_there_nobody_is_moved(meeting):
    cast = meeting.cast
    async with at(cast.mediator, meeting) as mei:
        await join(mei, meeting.caucus_a)
        withdraw = in_thread(consents.withdraw_consent)
        await withdraw(actor=cast.party_b, case=cast.case, purpose=Purpose.VIDEO)
        await move(mei, meeting.caucus_a, meeting.joint, tell=False)
        assert (await mei.hear("refused"))["code"] == "consent_missing"


async def test_a_full_call_takes_nobody_more(meeting, monkeypatch):
    monkeypatch.setattr(calls_module, "PEERS", 1)
    async with at(meeting.cast.party_a, meeting) as ada, at(meeting.cast.party_b, meeting) as bo:
        await join(ada, meeting.joint)
        await bo.send("call.join", room=str(meeting.joint.pk), id="mine")
        refused = await bo.hear("refused")
    assert (refused["code"], refused["id"]) == ("call_full", "mine")


async def test_without_consent_to_video_nobody_joins(socket_db):
    meeting = await in_thread(make_rooms)(purposes=NEEDED_TO_TALK)
    async with at(meeting.cast.party_a, meeting) as ada:
        await ada.send("call.join", room=str(meeting.joint.pk))
        assert (await ada.hear("refused"))["code"] == "consent_missing"


async def test_taking_back_the_consent_to_video_ends_the_call_and_not_the_talk(meeting):
    cast = meeting.cast
    async with at(cast.party_a, meeting) as ada, at(cast.mediator, meeting) as mei:
        await join(ada, meeting.joint)
        await join(mei, meeting.caucus_a)
        withdraw = in_thread(consents.withdraw_consent)
        await withdraw(actor=cast.party_b, case=cast.case, purpose=Purpose.VIDEO)
        ended = await ada.hear("call.ended", seconds=1)
        assert (ended["code"], ended["room"]) == ("consent_missing", str(meeting.joint.pk))
        await ada.post(meeting.joint, "we can still write")
        await mei.hear("message.posted")
    assert mei.of("call.ended") == []  # the caucus of side A goes on


async def test_a_call_that_begins_during_a_check_is_not_taken_for_one_without_consent(
    meeting, monkeypatch
):
    monkeypatch.setattr(hub_module, "SWEEP_SECONDS", 0)
    async with at(meeting.cast.party_a, meeting) as ada:
        for _ in range(30):
            await join(ada, meeting.joint)
            await ada.send("call.leave", room=str(meeting.joint.pk))
            await ada.hear("call.state", participants=[])
    assert ada.of("call.ended") == []


async def test_credentials_are_for_people_in_the_call(meeting, settings):
    settings.TURN_URLS, settings.TURN_SECRET = ["turns:turn.example:5349"], "turn-secret"
    async with at(meeting.cast.party_a, meeting) as ada, at(meeting.cast.party_b, meeting) as bo:
        joined = await join(ada, meeting.joint)
        await ada.send("call.credentials", room=str(meeting.joint.pk))
        renewed = await ada.hear("call.credentials")
        await bo.send("call.credentials", room=str(meeting.joint.pk))
        await bo.send("ping")
        await bo.hear("pong")
    assert joined["ice_servers"][0]["urls"] == renewed["ice_servers"][0]["urls"]
    assert bo.of("call.credentials") == []


def test_turn_credentials_end_after_ten_minutes_and_name_nobody(settings):
    settings.STUN_URLS = ["stun:turn.example"]
    settings.TURN_URLS, settings.TURN_SECRET = ["turns:turn.example:5349"], "turn-secret"
    stun, turn = ice_servers("peer-id")
    expiry, _, name = turn["username"].partition(":")
    digest = hmac.new(b"turn-secret", turn["username"].encode(), hashlib.sha1).digest()
    assert stun == {"urls": ["stun:turn.example"]}
    assert 590 <= int(expiry) - time.time() <= 600
    assert name == "peer-id"
    assert turn["credential"] == base64.b64encode(digest).decode()


def test_without_a_secret_there_are_no_credentials(settings):
    settings.STUN_URLS, settings.TURN_URLS, settings.TURN_SECRET = [], ["turn:t.example"], ""
    assert ice_servers("peer-id") == []


@pytest.mark.servers
async def test_people_connected_to_two_processes_see_and_reach_each_other(meeting):
    """Two hubs that know of each other only over Redis, as in two processes."""
    cast, other = meeting.cast, hub_module.Hub()
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting, hub=other) as bo:
        both = sorted(one.of("welcome")[0]["participant"] for one in (ada, bo))
        for one in (ada, bo):
            if one.of("presence")[-1]["present"] != both:
                await one.hear("presence", present=both)
        await ada.post(meeting.joint, "over there")
        assert (await bo.hear("message.posted", seconds=0.4))["body"] == "over there"
        mine = (await join(ada, meeting.joint))["peer"]
        await bo.hear("call.state", participants=[ada.of("welcome")[0]["participant"]])
        theirs = await join(bo, meeting.joint)
        assert [peer["peer"] for peer in theirs["peers"]] == [mine]
        assert (await ada.hear("call.peer_joined"))["peer"] == theirs["peer"]
        await bo.send("signal", room=str(meeting.joint.pk), to=mine, data={"n": 1})
        assert (await ada.hear("signal"))["from"] == theirs["peer"]
        await bo.send("call.leave", room=str(meeting.joint.pk))
        assert (await ada.hear("call.peer_left"))["peer"] == theirs["peer"]


@pytest.mark.servers
async def test_a_move_reaches_people_connected_to_another_process(meeting):
    cast, other = meeting.cast, hub_module.Hub()
    async with (
        at(cast.party_a, meeting, hub=other) as ada,
        at(cast.party_b, meeting, hub=other) as bo,
        at(cast.mediator, meeting) as mei,
    ):
        await all_in_the_joint_call(ada, bo, mei, meeting=meeting)
        await move(mei, meeting.joint, meeting.caucus_a, tell=True)
        assert (await ada.hear("call.moved"))["to"] == str(meeting.caucus_a.pk)
        await bo.hear("call.paused")
    assert bo.of("call.moved") == []


@pytest.mark.servers
async def test_joining_in_another_process_ends_the_first_call_too(meeting):
    other = hub_module.Hub()
    async with (
        at(meeting.cast.mediator, meeting) as one,
        at(meeting.cast.mediator, meeting, hub=other) as two,
    ):
        await join(one, meeting.joint)
        await join(two, meeting.caucus_a)
        assert (await one.hear("call.ended"))["code"] == "replaced"


@pytest.mark.servers
async def test_redis_never_hears_what_is_said(meeting, settings):
    import redis.asyncio as redis

    canary, heard = f"canary-{uuid.uuid4()}", []
    client = redis.Redis.from_url(settings.REDIS_URL)
    async with client.monitor() as monitor, at(meeting.cast.party_a, meeting) as ada:
        await ada.post(meeting.joint, canary)
        await ada.hear("message.posted")
        await join(ada, meeting.joint)
        await ada.send("signal", room=str(meeting.joint.pk), to="x", data={"ip": canary})
        await ada.hear("call.peer_left")
        await client.publish("tests", "that was all")
        while "that was all" not in str(heard[-1:]):
            heard.append((await monitor.next_command())["command"])
    await client.aclose()
    assert any("PUBLISH heyi.rooms" in command for command in heard)
    assert canary not in str(heard)
    assert str(meeting.joint.pk) not in str(heard)


class NoClose:
    """A way to a client that takes every frame but the one that closes its socket."""

    client = None

    async def __call__(self, event):
        if event["type"] == "websocket.close":
            await asyncio.Event().wait()
        await self.client.communicator.output_queue.put(event)


async def test_who_is_removed_is_out_of_the_call_even_if_they_take_no_close(meeting):
    cast, way, user = meeting.cast, NoClose(), meeting.cast.party_b
    session, options = await in_thread(sign_in)(user), {SERVER_SEND: way}
    async with at(cast.party_a, meeting) as ada, socket(user, session, **options) as bo:
        way.client = bo
        await bo.hello(cast.case)
        for _ in range(2):
            await bo.hear("live")
        await join(ada, meeting.joint)
        peer = (await join(bo, meeting.joint))["peer"]
        await in_thread(session.delete)()  # they signed out
        assert (await ada.hear("call.peer_left", seconds=2))["peer"] == peer
        bo.communicator.future.cancel()  # rather than wait as long as a close may take
