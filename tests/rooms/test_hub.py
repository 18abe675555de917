import asyncio
import uuid
from contextlib import asynccontextmanager

import pytest
from channels.db import database_sync_to_async as in_thread
from django.db import connection

from mediation.cases.enums import Purpose
from mediation.cases.services import consents, participation
from mediation.core import realtime
from mediation.rooms import hub as hub_module
from mediation.rooms import selectors, services
from mediation.rooms.hub import current_hub
from mediation.rooms.live.room import LiveRoom
from mediation.rooms.selectors import live
from mediation.rooms.services.appending import append
from mediation.rooms.services.drafts import Draft
from tests.accounts.test_address import ask, change
from tests.rooms.conftest import make_rooms
from tests.rooms.sockets import Client, at, sign_in, socket

pytestmark = pytest.mark.usefixtures("socket_db")


@pytest.fixture
async def meeting(socket_db):
    return await in_thread(make_rooms)()


def say(user, room, body="text", client_id=None):
    return services.post_message(
        actor=user, room=room, client_id=client_id or uuid.uuid4(), body=body
    )


# --- Talking ----------------------------------------------------------------------------------


async def test_a_message_reaches_everybody_in_the_room_and_acknowledges_its_sender(meeting):
    cast = meeting.cast
    async with (
        at(cast.party_a, meeting) as ada,
        at(cast.party_b, meeting) as bo,
        at(cast.mediator, meeting) as mei,
    ):
        client_id = await ada.post(meeting.joint, "Good morning")
        heard = [await one.hear("message.posted") for one in (ada, bo, mei)]
    assert heard[0] == heard[1] == heard[2]
    assert heard[0]["body"] == "Good morning"
    assert heard[0]["sequence"] == 1
    assert heard[0]["client_id"] == client_id
    assert heard[0]["room"] == str(meeting.joint.pk)


async def test_a_message_is_stored_before_anybody_hears_it(meeting):
    async with at(meeting.cast.party_a, meeting) as ada:
        await ada.post(meeting.joint, "stored")
        await ada.hear("message.posted")
        stored = await in_thread(selectors.messages_after)(meeting.cast.party_b, meeting.joint, 0)
    assert [message.body for message in stored] == ["stored"]


async def test_fast_talk_of_everybody_arrives_in_one_order_without_a_gap(meeting, settings):
    settings.ROOM_MESSAGES_PER_SECOND = 1000
    cast = meeting.cast
    async with (
        at(cast.party_a, meeting) as ada,
        at(cast.party_b, meeting) as bo,
        at(cast.mediator, meeting) as mei,
    ):
        for number in range(20):
            for one in (ada, bo, mei):
                await one.post(meeting.joint, str(number))
        heard = [[await one.hear("message.posted") for _ in range(60)] for one in (ada, bo, mei)]
    assert heard[0] == heard[1] == heard[2]
    assert [frame["sequence"] for frame in heard[0]] == list(range(1, 61))
    by_one = [f["body"] for f in heard[0] if f["participant"] == heard[0][0]["participant"]]
    assert by_one == [str(number) for number in range(20)]


async def test_a_message_sent_by_form_reaches_open_sockets(meeting):
    async with at(meeting.cast.party_b, meeting) as bo:
        await in_thread(say)(meeting.cast.party_a, meeting.joint, "by form")
        assert (await bo.hear("message.posted"))["body"] == "by form"


async def test_a_message_sent_by_form_is_found_even_when_the_notice_is_lost(meeting, monkeypatch):
    async with at(meeting.cast.party_b, meeting) as bo:
        monkeypatch.setattr(realtime, "HUB_GROUP", "nobody")
        await in_thread(say)(meeting.cast.party_a, meeting.joint, "by form")
        assert (await bo.hear("message.posted", seconds=1))["body"] == "by form"


# --- Doubt whether a message arrived ----------------------------------------------------------


async def test_sending_again_is_told_apart_and_shown_once(meeting):
    async with at(meeting.cast.party_a, meeting) as ada, at(meeting.cast.party_b, meeting) as bo:
        client_id = await ada.post(meeting.joint, "once")
        await ada.hear("message.posted")
        await ada.post(meeting.joint, "once", client_id)
        known = await ada.hear("message.known")
        await ada.post(meeting.joint, "next")
        await bo.hear("message.posted", body="next")
    assert (known["sequence"], known["client_id"]) == (1, client_id)
    assert [frame["body"] for frame in bo.of("message.posted")] == ["once", "next"]


async def test_the_same_id_many_times_at_once_does_not_hold_up_the_batch(meeting, settings):
    settings.ROOM_MESSAGES_PER_SECOND = 1000
    client_id = uuid.uuid4()
    async with at(meeting.cast.party_a, meeting) as ada, at(meeting.cast.party_b, meeting) as bo:
        for _ in range(10):
            await ada.post(meeting.joint, "once", client_id)
        await bo.post(meeting.joint, "another")
        known = [await ada.hear("message.known") for _ in range(9)]
        await bo.hear("message.posted", body="another")
    assert {frame["sequence"] for frame in known} == {1}
    assert len(bo.of("message.posted")) == 2


async def test_one_message_that_cannot_be_stored_takes_no_other_with_it(meeting, caplog):
    # Half of a surrogate pair is valid JSON but no text: it cannot be encoded.
    broken = '{"name":"message.post","room":"%s","client_id":"%s","body":"\\ud83d"}'
    async with at(meeting.cast.party_a, meeting) as ada:
        await ada.send_raw(text=broken % (meeting.joint.pk, uuid.uuid4()))
        await ada.post(meeting.joint, "fine")
        assert (await ada.hear("message.posted"))["body"] == "fine"
    assert [frame["code"] for frame in ada.of("refused")] == ["message_empty"]


# --- Coming back ------------------------------------------------------------------------------


async def test_who_comes_back_gets_what_they_missed_and_then_goes_on(meeting):
    for number in range(1, 6):
        await in_thread(say)(meeting.cast.party_a, meeting.joint, str(number))
    async with at(meeting.cast.party_b, meeting, heads={meeting.joint.pk: 2}) as bo:
        missed = [frame["sequence"] for frame in bo.of("message.posted")]
        await in_thread(say)(meeting.cast.party_a, meeting.joint, "6")
        await bo.hear("message.posted", sequence=6)
    assert missed == [3, 4, 5]


async def test_more_than_one_page_is_replayed(meeting):
    drafts = [
        Draft(meeting.cast.party_a, meeting.joint.pk, uuid.uuid4(), "text") for _ in range(250)
    ]
    await in_thread(append)(drafts)
    async with at(meeting.cast.party_b, meeting, heads={meeting.joint.pk: 0}) as bo:
        pass
    assert [frame["sequence"] for frame in bo.of("message.posted")] == list(range(1, 251))


async def test_messages_posted_during_the_replay_come_after_it_once(meeting, settings):
    settings.ROOM_MESSAGES_PER_SECOND = 1000
    drafts = [
        Draft(meeting.cast.party_a, meeting.joint.pk, uuid.uuid4(), "text") for _ in range(120)
    ]
    await in_thread(append)(drafts)
    async with at(meeting.cast.party_a, meeting) as ada, socket(meeting.cast.party_b) as bo:
        await bo.hello(meeting.cast.case, {meeting.joint.pk: 0})
        for _ in range(30):
            await ada.post(meeting.joint, "during")
        await bo.hear("message.posted", sequence=150)
    assert [frame["sequence"] for frame in bo.of("message.posted")] == list(range(1, 151))


async def test_resume_repeats_what_follows_a_number(meeting):
    for number in range(1, 4):
        await in_thread(say)(meeting.cast.party_a, meeting.joint, str(number))
    async with at(meeting.cast.party_b, meeting) as bo:
        await bo.send("resume", room=str(meeting.joint.pk), after=1)
        await bo.hear("live", sequence=3)
    assert [frame["sequence"] for frame in bo.of("message.posted")] == [2, 3]


@pytest.mark.parametrize("after", [99, 2**62])
async def test_a_client_ahead_of_us_is_told_to_start_over(meeting, after):
    async with at(meeting.cast.party_b, meeting, heads={meeting.joint.pk: after}) as bo:
        assert [frame["room"] for frame in bo.of("reset")] == [str(meeting.joint.pk)]


async def test_ping_tells_how_far_each_room_is(meeting):
    async with at(meeting.cast.party_a, meeting) as ada:
        await ada.post(meeting.joint, "one")
        await ada.hear("message.posted")
        await ada.send("ping")
        pong = await ada.hear("pong")
    assert pong["heads"] == {str(meeting.joint.pk): 1, str(meeting.caucus_a.pk): 0}


async def test_a_message_stored_while_a_room_is_being_opened_is_not_lost():
    """The room is found, and hears of message 8, while its head (7) is still being read."""
    reading, heard = asyncio.Event(), []

    async def slow_head(room_id):
        await reading.wait()
        return 7

    async def read(room_id, after):
        return []

    class Listener(Client):
        close_code = None
        positions: dict = {}

        def put(self, frame):
            heard.append(frame)

    room = LiveRoom(uuid.uuid4(), uuid.uuid4(), read, slow_head)
    opening = asyncio.create_task(room.ready())
    await asyncio.sleep(0)
    room.deliver(8, "eight")
    reading.set()
    await opening
    listener = Listener(None)
    room.connected.add(listener)
    await room.catch_up(listener, 8)
    room.deliver(9, "nine")
    assert heard == ["nine"]


async def test_messages_of_another_process_are_found_in_the_database(meeting):
    """Two hubs, as in two processes: each finds what the other stored, in one order."""
    other = hub_module.Hub()
    async with (
        at(meeting.cast.party_a, meeting) as ada,
        at(meeting.cast.party_b, meeting, hub=other) as bo,
    ):
        for number in range(5):
            await ada.post(meeting.joint, f"a{number}")
            await bo.post(meeting.joint, f"b{number}")
        heard = [[await one.hear("message.posted") for _ in range(10)] for one in (ada, bo)]
    assert heard[0] == heard[1]
    assert [frame["sequence"] for frame in heard[0]] == list(range(1, 11))


# --- Private talks stay private ---------------------------------------------------------------


async def test_the_other_side_hears_nothing_of_a_caucus(meeting):
    cast = meeting.cast
    async with at(cast.party_b, meeting) as bo:
        before = len(bo.seen)
        async with at(cast.mediator, meeting) as mei, at(cast.party_a, meeting) as ada:
            await bo.hear("presence", present=sorted(map(str, await in_thread(parts)(cast))))
            frames_before_talk = len(bo.seen)
            await ada.post(meeting.caucus_a, "caucus-A-canary")
            await mei.hear("message.posted", body="caucus-A-canary")
            await mei.post(meeting.caucus_a, "caucus-A-canary too")
            await ada.hear("message.posted", body="caucus-A-canary too")
            await ada.send("call.join", room=str(meeting.caucus_a.pk))
            await ada.hear("call.joined")
            await mei.hear("call.state", room=str(meeting.caucus_a.pk), participants=[part(ada)])
            assert await bo.is_quiet(1.2)
            await bo.send("ping")
            pong = await bo.hear("pong")
    assert set(pong["heads"]) == {str(meeting.joint.pk), str(meeting.caucus_b.pk)}
    assert len(bo.seen) == frames_before_talk + 1
    assert before < frames_before_talk
    heard = repr(bo.seen)
    assert str(meeting.caucus_a.pk) not in heard
    assert "canary" not in heard


def part(client):
    return client.of("welcome")[0]["participant"]


def parts(cast):
    return list(cast.case.participants.values_list("pk", flat=True))


@pytest.mark.parametrize(
    "frame",
    [
        {"name": "message.post", "client_id": str(uuid.uuid4()), "body": "hello"},
        {"name": "resume", "after": 0},
        {"name": "call.join"},
        {"name": "call.leave"},
        {"name": "call.credentials"},
        {"name": "signal", "to": "x", "data": {}},
    ],
)
async def test_nobody_reaches_into_the_other_sides_caucus(meeting, frame):
    await in_thread(say)(meeting.cast.party_a, meeting.caucus_a, "canary")
    async with at(meeting.cast.party_b, meeting) as bo:
        there = {**frame, "room": str(meeting.caucus_a.pk)}
        await bo.send(there.pop("name"), **there)
        first = await bo.hear("refused")
        nowhere = {**frame, "room": str(uuid.uuid4())}
        await bo.send(nowhere.pop("name"), **nowhere)
        second = await bo.hear("refused")
    assert first == second  # a room one may not see and one that is not there look the same
    assert first["code"] == "forbidden"


async def test_a_heads_entry_for_the_other_sides_caucus_gives_nothing(meeting):
    await in_thread(say)(meeting.cast.party_a, meeting.caucus_a, "canary")
    async with at(meeting.cast.party_b, meeting, heads={meeting.caucus_a.pk: 0}) as bo:
        assert await bo.is_quiet()
    assert "canary" not in repr(bo.seen)
    assert str(meeting.caucus_a.pk) not in repr(bo.seen)


async def test_changing_rooms_does_not_show_as_going_away(meeting):
    cast = meeting.cast
    async with at(cast.party_b, meeting) as bo:
        async with at(cast.mediator, meeting):
            await bo.hear("presence")
        count = len(bo.of("presence"))
        async with at(cast.mediator, meeting):
            assert await bo.is_quiet(0.8)
    assert len(bo.of("presence")) == count


async def test_who_goes_is_told_as_away_after_a_while(meeting):
    cast, hub = meeting.cast, hub_module.Hub(grace_seconds=0.2)
    async with at(cast.party_b, meeting, hub=hub) as bo:
        async with at(cast.mediator, meeting, hub=hub) as mei:
            both = sorted([part(bo), part(mei)])
            assert (await bo.hear("presence", present=both))["present"] == both
        await bo.hear("presence", present=[part(bo)])


# --- Access ends at once ----------------------------------------------------------------------


def withdraw(cast):
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=Purpose.ONLINE)


def leave(cast):
    participation.leave_case(actor=cast.party_b, case=cast.case)


def end_by_mediator(cast):
    participation.end_without_settlement(actor=cast.mediator, case=cast.case)


@pytest.mark.parametrize("is_notice_lost", [False, True])
@pytest.mark.parametrize("end", [withdraw, leave, end_by_mediator])
async def test_when_talk_ends_every_socket_closes_within_a_second(
    meeting, end, is_notice_lost, monkeypatch
):
    cast = meeting.cast
    async with (
        at(cast.party_a, meeting) as ada,
        at(cast.party_b, meeting) as bo,
        at(cast.mediator, meeting) as mei,
    ):
        if is_notice_lost:
            monkeypatch.setattr(realtime, "HUB_GROUP", "nobody")
        await in_thread(end)(cast)
        codes = await asyncio.gather(*(one.hear_closing(1.0) for one in (ada, bo, mei)))
    assert codes == [4403, 4403, 4403]


async def test_signing_out_closes_the_sockets_of_that_session(meeting):
    session = await in_thread(sign_in)(meeting.cast.party_a)
    async with (
        at(meeting.cast.party_a, meeting, session=session) as here,
        at(meeting.cast.party_a, meeting) as elsewhere,
    ):
        await in_thread(session.delete)()
        assert await here.hear_closing(1.0) == 4401
        await elsewhere.send("ping")
        assert await elsewhere.hear("pong")


async def test_another_address_closes_every_socket_of_the_person_and_nobody_elses(meeting):
    user = meeting.cast.party_a
    async with (
        at(user, meeting) as here,
        at(user, meeting) as elsewhere,
        at(meeting.cast.party_b, meeting) as bo,
    ):
        await in_thread(lambda: change(user, *ask(user)))()
        codes = await asyncio.gather(*(one.hear_closing(1.0) for one in (here, elsewhere)))
        await bo.send("ping")
        assert await bo.hear("pong")
    assert codes == [4401, 4401]


async def test_a_person_who_may_no_longer_sign_in_is_disconnected(meeting):
    async with at(meeting.cast.party_a, meeting) as ada:
        meeting.cast.party_a.is_active = False
        await in_thread(meeting.cast.party_a.save)()
        assert await ada.hear_closing(1.0) == 4403


async def test_nothing_is_stored_from_a_socket_that_is_about_to_close(meeting, monkeypatch):
    monkeypatch.setattr(hub_module, "SWEEP_SECONDS", 30)
    monkeypatch.setattr(realtime, "HUB_GROUP", "nobody")
    async with at(meeting.cast.party_a, meeting) as ada:
        await in_thread(withdraw)(meeting.cast)
        await ada.post(meeting.joint, "too late")
        assert (await ada.hear("refused"))["code"] == "consent_missing"
    assert await in_thread(live.head_for_system)(meeting.joint.pk) == 0


@pytest.mark.parametrize("who", ["coordinator", "other_staff", "clerk", "stranger"])
async def test_people_outside_the_case_are_not_let_in(meeting, who):
    async with socket(getattr(meeting.cast, who)) as client:
        await client.hello(meeting.cast.case)
        assert await client.hear_closing() == 4403
    assert client.seen == []


async def test_nobody_gets_in_without_signing_in(meeting):
    async with socket(None) as client:
        assert await client.hear_closing() == 4401


async def test_nobody_gets_in_while_talk_is_closed(meeting):
    await in_thread(withdraw)(meeting.cast)
    async with socket(meeting.cast.party_a) as client:
        await client.hello(meeting.cast.case)
        assert await client.hear_closing() == 4403


async def test_every_socket_is_checked_with_the_same_number_of_queries(
    meeting, django_assert_max_num_queries
):
    def look(count):
        people = parts(meeting.cast)
        rooms = [meeting.joint.pk, meeting.caucus_a.pk, meeting.caucus_b.pk]
        with django_assert_max_num_queries(6):
            live.live_facts_for_system(
                rooms=rooms[:count],
                participants=people[:count],
                sessions=[str(n) for n in range(count)],
                calls=rooms[:count],
            )

    await in_thread(look)(1)
    await in_thread(look)(3)


async def test_a_hub_ends_with_its_last_socket(meeting):
    async with at(meeting.cast.party_a, meeting):
        first = current_hub()
        assert first.is_usable
    assert not first.is_usable
    assert first.rooms == {}


# --- When the database is away -------------------------------------------------------------


def rename_rooms(before, after):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {before} RENAME TO {after}")


@pytest.fixture
async def broken(meeting):
    """The rooms' table is not there while the test runs."""

    @asynccontextmanager
    async def away():
        await in_thread(rename_rooms)("rooms_room", "rooms_elsewhere")
        try:
            yield
        finally:
            await in_thread(rename_rooms)("rooms_elsewhere", "rooms_room")

    return away


async def test_what_cannot_be_stored_now_is_refused_with_a_time_and_stored_later(meeting, broken):
    async with at(meeting.cast.party_a, meeting) as ada:
        async with broken():
            client_id = await ada.post(meeting.joint, "at last")
            refused = await ada.hear("refused")
        await ada.post(meeting.joint, "at last", client_id)
        posted = await ada.hear("message.posted")
    assert (refused["code"], refused["client_id"]) == ("unavailable", client_id)
    assert refused["retry_after"] > 0
    assert (posted["sequence"], posted["client_id"]) == (1, client_id)


async def test_sockets_that_cannot_be_checked_are_closed(meeting, broken, monkeypatch):
    monkeypatch.setattr(hub_module, "BLIND_SECONDS", 0.7)
    async with at(meeting.cast.party_a, meeting) as ada, broken():
        assert await ada.hear_closing(4) == 4503
