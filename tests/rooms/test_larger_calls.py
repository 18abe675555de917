"""Calls that go over to the media server, at real sockets and with a real Janus."""

import asyncio
import os
import signal

import pytest
from channels.db import database_sync_to_async as in_thread

from mediation.cases.enums import Purpose
from mediation.cases.services import consents, participation
from mediation.rooms import hub as hub_module
from mediation.rooms.hub import current_hub
from mediation.rooms.live import calls as calls_module
from mediation.rooms.live import larger as larger_module
from mediation.rooms.live.janus import Link, Refused
from tests.media_server import janus
from tests.rooms.conftest import make_rooms
from tests.rooms.sockets import at, socket

pytestmark = [pytest.mark.servers, pytest.mark.usefixtures("socket_db")]
NO_SUCH_ROOM = 426
FINGERPRINT = ":".join(["AB"] * 32)
OFFER = "\r\n".join(
    [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 0.0.0.0",
        "a=rtcp-mux",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:abcdefghijklmnopqrstuvwx",
        f"a=fingerprint:sha-256 {FINGERPRINT}",
        "a=setup:actpass",
        "a=mid:0",
        "a=sendonly",
        "a=rtpmap:111 opus/48000/2",
        "",
    ]
)


@pytest.fixture(scope="module")
def media():
    with janus() as running:
        yield running


@pytest.fixture
def with_media(media, settings, monkeypatch):
    """A second person, instead of a fifth, takes a call to the media server."""
    for name, value in media.settings.items():
        setattr(settings, name, value)
    monkeypatch.setattr(calls_module, "PEERS", 1)


@pytest.fixture
async def meeting(socket_db, with_media):
    return await in_thread(make_rooms)()


async def join(client, room):
    await client.send("call.join", room=str(room.pk), id="j")
    return await client.hear("call.joined", seconds=5)


async def publish(client, room):
    description = {"type": "offer", "sdp": OFFER}
    await client.send("media.publish", id="p", room=str(room.pk), description=description)


async def answered(*people):
    for one in people:
        await one.send("ping")
        await one.hear("pong", seconds=6)


async def people_on(media, said):
    """Who has a seat in this room, as Janus knows it; nobody when the room has gone."""
    link = Link(media.url, media.secret, lambda: None)
    await link.open()
    handle = await link.attach(lambda said: None)
    asked = {"request": "listparticipants", "room": said["id"]}
    try:
        answer = await link.message(handle, asked)
    except Refused as refused:
        assert refused.code == NO_SUCH_ROOM  # noqa: PT017 - any other reason is a failure
        return set()
    finally:
        await link.close()
    return {one["id"] for one in answer["plugindata"]["data"]["participants"]}


async def gone(media, said, peer):
    for _ in range(40):
        if peer not in await people_on(media, said):
            return
        await asyncio.sleep(0.05)
    pytest.fail("still on the media server")


async def test_one_more_person_than_a_mesh_holds_takes_everybody_to_the_media_server(meeting):
    cast = meeting.cast
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting) as bo:
        assert (await join(ada, meeting.joint))["mode"] == "direct"
        assert (await join(bo, meeting.joint))["mode"] == "server"
        assert (await ada.hear("call.state", mode="server"))["participants"]
        await publish(ada, meeting.joint)
        await publish(bo, meeting.joint)
        await ada.hear("media.published")
        await bo.hear("media.published")


async def test_a_larger_call_stays_one_until_everybody_has_left(meeting):
    cast = meeting.cast
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting) as bo:
        for one in (ada, bo):
            await join(one, meeting.joint)
        await bo.send("call.leave", room=str(meeting.joint.pk))
        assert (await ada.hear("call.peer_left"))["room"] == str(meeting.joint.pk)
        assert (await ada.hear("call.state"))["mode"] == "server"
        await ada.send("call.leave", room=str(meeting.joint.pk))
        assert (await ada.hear("call.state", participants=[]))["mode"] == "direct"


@pytest.mark.parametrize("way", ["leave", "socket", "consent", "case"])
async def test_who_goes_is_off_the_media_server_at_once(meeting, media, way):
    cast, room = meeting.cast, meeting.joint
    async with at(cast.party_a, meeting) as ada:
        await join(ada, room)
        async with at(cast.party_b, meeting) as bo:
            peer = (await join(bo, room))["peer"]
            said = current_hub().calls.larger.said(room.pk)
            for one in (ada, bo):
                await publish(one, room)
                await one.hear("media.published", seconds=5)
            assert peer in await people_on(media, said)
            if way == "leave":
                await bo.send("call.leave", room=str(room.pk))
            elif way == "consent":
                withdraw = in_thread(consents.withdraw_consent)
                await withdraw(actor=cast.party_b, case=cast.case, purpose=Purpose.VIDEO)
            elif way == "case":
                await in_thread(participation.leave_case)(actor=cast.party_b, case=cast.case)
            if way != "socket":
                await gone(media, said, peer)
        await gone(media, said, peer)


@pytest.mark.parametrize("who", ["party_b", "stranger", "clerk", "other_staff"])
async def test_who_may_not_hear_a_private_talk_neither_sends_into_it_nor_is_sent_anything(
    meeting, media, who
):
    cast, room = meeting.cast, meeting.caucus_a
    async with (
        at(cast.party_a, meeting) as ada,
        at(cast.mediator, meeting) as mei,
        socket(getattr(cast, who)) as other,
    ):
        peers = [(await join(one, room))["peer"] for one in (ada, mei)]
        said = current_hub().calls.larger.said(room.pk)
        await publish(ada, room)
        await ada.hear("media.published", seconds=5)
        await other.hello(cast.case)
        if who != "party_b":
            assert await other.hear_closing() == 4403
        else:
            await other.hear("welcome")
            await knock(other, room, peers[0])
        assert await people_on(media, said) <= set(peers)
        assert str(room.pk) not in str(other.seen)
        assert peers[0] not in str(other.seen)


async def knock(other, room, peer):
    """Every frame there is for the media server, about a room that is not one's own."""
    await publish(other, room)
    about = {"room": str(room.pk), "peer": peer}
    await other.send("media.subscribe", id="p", **about, picture=True)
    answer = {"type": "answer", "sdp": OFFER}
    await other.send("media.answer", id="p", **about, description=answer)
    await other.send("media.trickle", id="p", **about, candidate=None)
    for _ in range(4):
        assert (await other.hear("refused"))["code"] == "forbidden"


async def test_who_is_in_the_room_and_not_in_its_call_is_sent_nothing(meeting, media):
    cast, room = meeting.cast, meeting.joint
    async with (
        at(cast.party_a, meeting) as ada,
        at(cast.party_b, meeting) as bo,
        at(cast.mediator, meeting) as mei,
    ):
        peers = [(await join(one, room))["peer"] for one in (ada, bo)]
        said = current_hub().calls.larger.said(room.pk)
        await publish(ada, room)
        await publish(mei, room)
        about = {"room": str(room.pk), "peer": peers[0]}
        await mei.send("media.subscribe", **about, picture=True)
        await mei.send("media.trickle", **about, candidate=None)
        await answered(ada, mei)
        assert await people_on(media, said) <= set(peers)
    assert [frame for frame in mei.seen if frame["name"].startswith("media.")] == []


async def test_nothing_of_the_media_servers_own_reaches_a_browser(meeting, media):
    cast, room = meeting.cast, meeting.joint
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting) as bo:
        for one in (ada, bo):
            await join(one, room)
        for one in (ada, bo):
            await publish(one, room)
            await one.hear("media.published", seconds=5)
        said = current_hub().calls.larger.said(room.pk)
        await answered(ada, bo)
    secrets = [*said.values(), media.secret, media.admin_key, media.url]
    assert [secret for secret in secrets if secret in str(ada.seen + bo.seen)] == []


async def test_a_twelfth_person_is_let_in_and_a_thirteenth_is_not(meeting, monkeypatch):
    monkeypatch.setattr(calls_module, "LARGEST", 2)
    cast = meeting.cast
    async with (
        at(cast.party_a, meeting) as ada,
        at(cast.party_b, meeting) as bo,
        at(cast.mediator, meeting) as mei,
    ):
        for one in (ada, bo):
            await join(one, meeting.joint)
        await mei.send("call.join", room=str(meeting.joint.pk), id="j")
        assert (await mei.hear("refused"))["code"] == "call_full"


async def test_while_the_media_server_is_away_the_call_goes_on_as_it_is(
    meeting, settings, monkeypatch
):
    settings.MEDIA_SERVER_URL = "ws://127.0.0.1:9"
    cast = meeting.cast
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting) as bo:
        await join(ada, meeting.joint)
        await bo.send("call.join", room=str(meeting.joint.pk), id="j")
        refused = await bo.hear("refused", seconds=6)
        await answered(ada)
    assert (refused["code"], refused["id"]) == ("media_away", "j")
    assert {frame["mode"] for frame in ada.of("call.state")} == {"direct"}
    assert ada.of("call.ended") == []


async def test_when_the_media_server_is_lost_people_are_told_and_can_join_again(
    socket_db, settings, monkeypatch
):
    monkeypatch.setattr(calls_module, "PEERS", 1)
    meeting = await in_thread(make_rooms)()
    cast = meeting.cast
    with janus() as media:
        for name, value in media.settings.items():
            setattr(settings, name, value)
        async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting) as bo:
            for one in (ada, bo):
                await join(one, meeting.joint)
            media.running.stop()
            for one in (ada, bo):
                assert (await one.hear("call.ended"))["code"] == "media_lost"
            media.running.start()
            assert (await join(ada, meeting.joint))["mode"] == "direct"
            assert (await join(bo, meeting.joint))["mode"] == "server"


async def test_two_processes_hold_one_call_on_one_media_server(meeting):
    cast, other = meeting.cast, hub_module.Hub()
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting, hub=other) as bo:
        await join(ada, meeting.joint)
        await bo.hear("call.state", participants=[ada.of("welcome")[0]["participant"]])
        assert (await join(bo, meeting.joint))["mode"] == "server"
        await ada.hear("call.state", mode="server")
        larger = current_hub().calls.larger
        assert larger.said(meeting.joint.pk) == other.calls.larger.said(meeting.joint.pk)
        await publish(ada, meeting.joint)
        await ada.hear("media.published", seconds=5)
        await bo.send("call.leave", room=str(meeting.joint.pk))
        await ada.hear("call.peer_left")
        await ada.send("call.leave", room=str(meeting.joint.pk))
        await bo.hear("call.state", participants=[], mode="direct")


@pytest.mark.parametrize("forgetful", ["who made it", "who heard of it"])
async def test_who_hears_no_more_of_a_process_does_not_end_its_call(meeting, media, forgetful):
    cast, room, other = meeting.cast, meeting.joint, hub_module.Hub()
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting, hub=other) as bo:
        peers = [(await join(ada, room))["peer"]]
        await bo.hear("call.state", participants=[ada.of("welcome")[0]["participant"]])
        peers.append((await join(bo, room))["peer"])
        await ada.hear("call.state", mode="server")
        said = other.calls.larger.said(room.pk)  # made where the last one joined
        away, stays, peer, forgetting = bo, ada, peers[0], other
        if forgetful == "who heard of it":
            away, stays, peer, forgetting = ada, bo, peers[1], current_hub()
        await publish(stays, room)
        await stays.hear("media.published", seconds=5)
        await away.send("call.leave", room=str(room.pk))
        await stays.hear("call.peer_left")
        for process in list(forgetting.calls._elsewhere[room.pk]):
            forgetting.calls.forget(process)
        await away.hear("call.state", participants=[], mode="direct")
        await asyncio.sleep(0.3)
        assert peer in await people_on(media, said)


async def test_when_its_room_alone_has_ended_people_are_told_and_can_join_again(meeting, media):
    async with at(meeting.cast.party_a, meeting) as ada, at(meeting.cast.party_b, meeting) as bo:
        for one in (ada, bo):
            await join(one, meeting.joint)
        said = current_hub().calls.larger.said(meeting.joint.pk)
        await publish(ada, meeting.joint)
        await ada.hear("media.published", seconds=5)
        await end_on(media, said)
        for one in (ada, bo):
            assert (await one.hear("call.ended"))["code"] == "media_lost"
        assert (await join(ada, meeting.joint))["mode"] == "direct"
        assert (await join(bo, meeting.joint))["mode"] == "server"
        assert current_hub().calls.larger.said(meeting.joint.pk)["id"] != said["id"]


async def test_a_call_does_not_go_over_for_somebody_who_did_not_come(meeting):
    cast, room = meeting.cast, meeting.joint
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting) as bo:
        await join(ada, room)
        larger = current_hub().calls.larger
        await larger.open(room.pk)
        assert current_hub().calls.mode(room.pk) == "direct"
        await asyncio.gather(*larger._leaving)
        assert not larger._spare
        assert (await join(bo, room))["mode"] == "server"


async def test_who_sends_again_and_again_is_slowed_down_and_loses_no_key(meeting):
    cast, room = meeting.cast, meeting.joint
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting) as bo:
        await join(ada, room)
        peer = (await join(bo, room))["peer"]
        for _ in range(6):
            await publish(ada, room)
        assert (await ada.hear("refused", seconds=5))["code"] == "too_many"
        for _ in range(201):
            await ada.send("media.trickle", id="t", room=str(room.pk), peer=peer, candidate=None)
        await ada.send("signal", room=str(room.pk), to=peer, data={"key": {"public": "AAAA"}})
        assert (await bo.hear("signal"))["data"] == {"key": {"public": "AAAA"}}


async def test_what_the_media_server_does_not_do_in_time_is_refused(meeting, media, monkeypatch):
    monkeypatch.setattr(larger_module, "ACT_SECONDS", 0.3)
    cast, room = meeting.cast, meeting.joint
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting) as bo:
        for one in (ada, bo):
            await join(one, room)
        os.kill(media.running.process.pid, signal.SIGSTOP)
        try:
            await publish(ada, room)
            assert (await ada.hear("refused", seconds=2))["code"] == "media_away"
        finally:
            os.kill(media.running.process.pid, signal.SIGCONT)


async def end_on(media, said):
    link = Link(media.url, media.secret, lambda: None)
    await link.open()
    handle = await link.attach(lambda said: None)
    asked = {"request": "destroy", "room": said["id"], "secret": said["secret"]}
    await link.message(handle, asked)
    await link.close()
