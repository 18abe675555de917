"""The media server of larger calls: a real Janus, asked as we ask it and as others might."""

import asyncio
import os
import signal

import pytest

from mediation.rooms.live import janus as janus_module
from mediation.rooms.live.janus import Link, LinkLost, Refused
from mediation.rooms.media import MediaAway, MediaServer
from tests.media_server import janus

pytestmark = pytest.mark.servers
NO_SUCH_ROOM, UNAUTHORISED, WRONG_SECRET = 426, 433, 403


@pytest.fixture(scope="module")
def media():
    with janus() as running:
        yield running


@pytest.fixture
async def server(media, settings):
    for name, value in media.settings.items():
        setattr(settings, name, value)
    made = MediaServer(ignore)
    yield made
    await made.close()


@pytest.fixture
async def stranger(media):
    """Somebody who got as far as Janus' API, and knows its secret."""
    link = Link(media.url, media.secret, lambda: None)
    await link.open()
    yield link
    await link.close()


def ignore(_said):
    pass


async def ask(link, request, **fields):
    handle = await link.attach(ignore)
    answer = await link.message(handle, {"request": request, **fields})
    return answer["plugindata"]["data"]


async def test_people_are_admitted_removed_and_admitted_again(server):
    room = await server.create()
    seat = await server.admit(room, "ada", ignore)
    await server.remove(seat)
    again = await server.admit(room, "ada", ignore)
    assert again.token != seat.token
    assert await again.subscribe("bo", with_picture=True) is None  # who sends nothing
    await server.destroy(room)
    with pytest.raises(MediaAway):
        await server.admit(room, "bo", ignore)
    await server.destroy(room)  # a second time does no harm


async def test_nobody_comes_in_without_the_pin_and_a_token_of_their_own(server, stranger):
    room = await server.create()
    seat = await server.admit(room, "ada", ignore)
    await server.remove(seat)
    known = {"room": room.id, "ptype": "publisher"}
    for pin, token in (("guess", "guess"), (room.pin, "guess"), (room.pin, seat.token)):
        with pytest.raises(Refused) as refused:
            await ask(stranger, "join", **known, pin=pin, token=token)
        assert refused.value.code == UNAUTHORISED, (pin, token)


async def test_rooms_are_not_found_made_or_changed_by_others(server, stranger):
    room = await server.create()
    assert (await ask(stranger, "list"))["list"] == []
    guesses = {"admin_key": "guess", "secret": "guess", "room": room.id}
    for request in ("create", "edit", "destroy", "allowed", "kick"):
        with pytest.raises(Refused) as refused:
            await ask(stranger, request, **guesses, id="ada", action="disable")
        assert refused.value.code == UNAUTHORISED, request


async def test_nothing_is_recorded_and_nobody_can_begin_it(server, stranger, media):
    room = await server.create()
    for request in ("enable_recording", "rtp_forward"):
        with pytest.raises(Refused):
            await ask(stranger, request, room=room.id, record=True, secret="guess")
    rooms = (await ask(stranger, "list", admin_key=media.admin_key))["list"]
    [found] = [one for one in rooms if one["room"] == room.id]
    assert (found["record"], found["lock_record"], found["require_e2ee"]) == (False, True, True)
    assert found["pin_required"]
    assert found["max_publishers"] == 12


async def test_without_the_secret_janus_answers_nobody(media):
    link = Link(media.url, "a guess", lambda: None)
    with pytest.raises(LinkLost) as lost:
        await link.open()
    assert isinstance(lost.value.__cause__, Refused)
    assert lost.value.__cause__.code == WRONG_SECRET


async def test_a_media_server_that_went_away_is_noticed_and_found_again(settings):
    lost = []
    with janus() as media:
        for name, value in media.settings.items():
            setattr(settings, name, value)
        server = MediaServer(lost.append)
        await server.create()
        media.running.stop()
        with pytest.raises(MediaAway):
            await server.create()
        assert lost == [None]
        media.running.start()
        seat = await server.admit(await server.create(), "ada", ignore)
        await server.remove(seat)
        await server.close()
    assert lost == [None]  # closing on purpose is no loss


async def test_no_secret_is_told_by_what_may_be_logged(server):
    room = await server.create()
    seat = await server.admit(room, "ada", ignore)
    told = repr(room) + repr(seat)
    assert all(secret not in told for secret in (room.secret, room.pin, seat.token))


async def handles(stranger, media):
    """How many ways in to the media server there are beside the stranger's own sessions."""
    rooms = (await ask(stranger, "list", admin_key=media.admin_key))["list"]
    return {one["room"]: one["num_participants"] for one in rooms}


async def test_whoever_is_being_removed_is_removed_though_nobody_waits_for_it(
    server, stranger, media
):
    room = await server.create()
    seat = await server.admit(room, "ada", ignore)
    removing = asyncio.create_task(server.remove(seat))
    await asyncio.sleep(0)
    removing.cancel()
    await asyncio.gather(removing, return_exceptions=True)
    await server.close()
    assert (await handles(stranger, media))[room.id] == 0


@pytest.mark.parametrize("steps", [1, 3, 5, 8])
async def test_whoever_goes_while_they_are_being_admitted_leaves_nobody_behind(
    server, stranger, media, steps
):
    room = await server.create()
    admitting = asyncio.create_task(server.admit(room, "ada", ignore))
    for _ in range(steps):
        await asyncio.sleep(0.001)
    admitting.cancel()
    await asyncio.gather(admitting, return_exceptions=True)
    for _ in range(20):
        if (await handles(stranger, media))[room.id] == 0:
            break
        await asyncio.sleep(0.05)
    assert admitting.cancelled() or admitting.result()
    assert admitting.cancelled() is ((await handles(stranger, media))[room.id] == 0)


async def test_a_media_server_that_answers_no_more_is_given_up(settings, monkeypatch):
    monkeypatch.setattr(janus_module, "ANSWER_SECONDS", 0.5)
    lost = []
    with janus() as media:
        for name, value in media.settings.items():
            setattr(settings, name, value)
        server = MediaServer(lost.append)
        seat = await server.admit(await server.create(), "ada", ignore)
        os.kill(media.running.process.pid, signal.SIGSTOP)
        try:
            await server.remove(seat)
        finally:
            os.kill(media.running.process.pid, signal.SIGCONT)
        assert lost == [None]
        await server.close()
