"""How far people have read: who may know of it, and that it never goes back."""

import asyncio
import threading
import uuid
from contextlib import contextmanager

import pytest
from channels.db import database_sync_to_async as in_thread
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from mediation.audit.selectors import history_for_case
from mediation.cases.enums import Purpose
from mediation.cases.models import Case
from mediation.cases.services import consents
from mediation.core.errors import Forbidden
from mediation.rooms import access, selectors, services
from mediation.rooms.live import readings as live
from mediation.rooms.models import Reading
from mediation.rooms.readings import ReadUpTo, note_readings, share_reading
from mediation.rooms.services.erasing import forget_rooms
from tests.rooms.conftest import make_rooms
from tests.rooms.sockets import at

PEOPLE = ["party_a", "party_b", "mediator"]


def say(user, room):
    return services.post_message(actor=user, room=room, client_id=uuid.uuid4(), body="text")


def read(rooms, who, name="joint", sequence=1):
    note = ReadUpTo(getattr(rooms.cast, who), rooms.all[name].pk, sequence)
    noted = note_readings([note])
    assert not noted.busy
    return noted.heard


def known(rooms, who, name="joint"):
    """How far others have read, as this person may know it: by role or side."""
    rows = access.readings_visible_to(getattr(rooms.cast, who)).filter(room=rooms.all[name])
    return {row.participant.side.letter: row.sequence for row in rows if row.participant.side}


@pytest.fixture
def spoken(rooms):
    for _ in range(3):
        say(rooms.cast.mediator, rooms.joint)
        say(rooms.cast.mediator, rooms.caucus_a)
    Reading.objects.all().delete()
    return rooms


def test_it_moves_forward_only_and_not_beyond_what_there_is(spoken):
    for sequence, kept in ((2, 2), (1, 2), (99, 3)):
        read(spoken, "party_a", sequence=sequence)
        assert Reading.objects.get().sequence == kept


@pytest.mark.parametrize(("who", "name"), [("stranger", "joint"), ("party_b", "caucus_a")])
def test_of_a_room_one_may_not_see_nothing_is_stored(spoken, who, name):
    assert read(spoken, who, name) == []
    assert not Reading.objects.exists()


def test_once_talk_is_closed_nobody_is_told_how_far_anybody_has_read(spoken):
    cast = spoken.cast
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=Purpose.MEDIATE)
    assert read(spoken, "party_a") == []
    assert not Reading.objects.exists()


def test_the_mediator_sees_it_and_the_other_side_only_when_both_have_switched_it_on(spoken):
    cast, room = spoken.cast, spoken.joint
    read(spoken, "party_a", sequence=2)
    read(spoken, "party_b", sequence=3)
    read(spoken, "mediator", sequence=3)
    assert known(spoken, "mediator") == {"A": 2, "B": 3}
    for a, b in ((False, False), (True, False), (False, True)):
        share_reading(actor=cast.party_a, room=room, share=a)
        share_reading(actor=cast.party_b, room=room, share=b)
        assert known(spoken, "party_a") == known(spoken, "party_b") == {}
    share_reading(actor=cast.party_a, room=room, share=True)
    assert known(spoken, "party_a") == {"B": 3}
    assert known(spoken, "party_b") == {"A": 2}


def test_nobody_is_said_to_have_read_their_own_words(spoken):
    cast, room = spoken.cast, spoken.joint
    say(cast.party_a, room)
    for who in ("party_a", "party_b"):
        read(spoken, who, sequence=4)
    last = selectors.room_page(cast.mediator, room).lines[-1]
    assert [reader.name for reader in last.readers] == ["Bo Respondent"]


def test_nobody_sees_how_far_a_mediator_has_read(spoken):
    read(spoken, "mediator", sequence=3)
    share_reading(actor=spoken.cast.party_a, room=spoken.joint, share=True)
    with pytest.raises(Forbidden):
        share_reading(actor=spoken.cast.mediator, room=spoken.joint, share=True)
    rows = access.readings_visible_to(spoken.cast.party_a)
    assert [row.participant.role for row in rows] == []


def test_a_caucus_stays_with_its_side_whatever_is_switched_on(spoken):
    cast = spoken.cast
    read(spoken, "party_a", "caucus_a", 3)
    share_reading(actor=cast.party_a, room=spoken.caucus_a, share=True)
    with pytest.raises(Forbidden):
        share_reading(actor=cast.party_b, room=spoken.caucus_a, share=True)
    assert known(spoken, "mediator", "caucus_a") == {"A": 3}
    assert known(spoken, "party_b", "caucus_a") == {}


def test_whoever_has_left_is_not_followed_any_more(spoken):
    read(spoken, "party_a")
    part = spoken.cast.case.participants.filter(user=spoken.cast.party_a)
    part.update(left_at=timezone.now())
    assert known(spoken, "mediator") == {}


def test_what_is_heard_and_what_is_seen_are_one_rule(spoken):
    """For each of the choices, whom the hub tells is who would see it on a page."""
    cast, parts = spoken.cast, {}
    for who in PEOPLE:
        parts[who] = cast.case.participants.get(user=getattr(cast, who)).pk
    choices = ((False, False), (True, False), (False, True), (True, True))
    for sequence, (a, b) in enumerate(choices, start=1):
        share_reading(actor=cast.party_a, room=spoken.joint, share=a)
        share_reading(actor=cast.party_b, room=spoken.joint, share=b)
        say(cast.mediator, spoken.joint)
        (heard,) = read(spoken, "party_a", sequence=sequence)
        sees = {part for who, part in parts.items() if "A" in known(spoken, who)}
        assert set(heard.audience) == sees


def test_the_tabs_count_what_one_has_not_seen(spoken):
    cast = spoken.cast
    visible = access.rooms_visible_to(cast.party_a)
    assert selectors.unread_of(cast.party_a, visible) == {
        spoken.joint.pk: 3,
        spoken.caucus_a.pk: 3,
    }
    read(spoken, "party_a", sequence=2)
    services.post_message(
        actor=cast.party_b, room=spoken.joint, client_id=uuid.uuid4(), body="a fourth"
    )
    assert selectors.unread_of(cast.party_a, visible)[spoken.joint.pk] == 2
    say(cast.party_a, spoken.joint)  # whoever answers has read
    assert spoken.joint.pk not in selectors.unread_of(cast.party_a, visible)


def test_the_page_marks_what_is_new_and_how_far_the_parties_are(client, spoken):
    cast = spoken.cast
    read(spoken, "party_a", sequence=1)
    read(spoken, "party_b", sequence=2)
    address = reverse("rooms:room", args=[cast.case.pk, spoken.joint.pk])
    client.force_login(cast.party_a)
    lines = client.get(address).context["shown"].lines
    assert [line.is_first_new for line in lines] == [False, True, False]
    assert [line.reader_names for line in lines] == ["", "", ""]
    client.force_login(cast.mediator)
    lines = client.get(address).context["shown"].lines
    names = [[reader.side for reader in line.readers] for line in lines]
    assert names == [["A"], ["B"], []]


def test_nothing_of_it_is_on_record(spoken):
    from mediation.audit.models import Entry

    before = Entry.objects.count()
    read(spoken, "party_a")
    share_reading(actor=spoken.cast.party_a, room=spoken.joint, share=True)
    assert Entry.objects.count() == before


def test_erasing_a_room_erases_it(spoken):
    read(spoken, "party_a")
    read(spoken, "party_a", "caucus_a")
    forget_rooms(case=spoken.cast.case, compartment="joint")
    assert [row.room_id for row in Reading.objects.all()] == [spoken.caucus_a.pk]


async def test_the_mediator_hears_of_it_and_the_other_side_does_not(socket_db, monkeypatch):
    monkeypatch.setattr(live, "PAUSE_SECONDS", 0.05)
    rooms = await in_thread(make_rooms)()
    cast, joint = rooms.cast, rooms.joint
    await in_thread(say)(cast.mediator, joint)
    async with (
        at(cast.party_a, rooms) as ada,
        at(cast.party_b, rooms) as bo,
        at(cast.mediator, rooms) as mei,
    ):
        await ada.send("message.read", room=str(joint.pk), sequence=1)
        frame = await mei.hear("message.read")
        part = await in_thread(cast.case.participants.get)(user=cast.party_a)
        assert frame == {
            "name": "message.read",
            "room": str(joint.pk),
            "participant": str(part.pk),
            "sequence": 1,
        }
        await bo.is_quiet()
        assert bo.of("message.read") == ada.of("message.read") == []


@contextmanager
def written_to(case):
    """Somebody else holds the case, in a connection of their own."""
    is_held, may_go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            Case.objects.select_for_update().get(pk=case.pk)
            is_held.set()
            may_go.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert is_held.wait(30)
    try:
        yield
    finally:
        may_go.set()
        holder.join(30)


@pytest.mark.skipif(settings.ON_SQLITE, reason="SQLite waits for whoever writes")
async def test_what_came_while_the_case_was_written_to_is_stored_afterwards(socket_db, monkeypatch):
    monkeypatch.setattr(live, "PAUSE_SECONDS", 0.05)
    rooms = await in_thread(make_rooms)()
    await in_thread(say)(rooms.cast.mediator, rooms.joint)
    async with at(rooms.cast.party_a, rooms) as ada, at(rooms.cast.mediator, rooms) as mei:
        with written_to(rooms.cast.case):
            await ada.send("message.read", room=str(rooms.joint.pk), sequence=1)
            await asyncio.sleep(0.3)
            assert mei.of("message.read") == []
        frame = await mei.hear("message.read")
    assert frame["sequence"] == 1


async def test_what_the_database_did_not_take_is_said_again(socket_db, monkeypatch):
    """A restarting database loses nobody's place; only the newest is stored."""
    tried, loop, was_tried = [], asyncio.get_running_loop(), asyncio.Event()

    def stumble(notes):
        tried.append([note.sequence for note in notes])
        loop.call_soon_threadsafe(was_tried.set)
        if len(tried) < 3:
            raise OperationalError("the database is starting up")
        return note_readings(notes)

    monkeypatch.setattr(live, "PAUSE_SECONDS", 0.2)
    monkeypatch.setattr(live, "note_readings", stumble)
    rooms = await in_thread(make_rooms)()
    for _ in range(2):
        await in_thread(say)(rooms.cast.mediator, rooms.joint)
    async with at(rooms.cast.party_a, rooms) as ada, at(rooms.cast.mediator, rooms) as mei:
        await ada.send("message.read", room=str(rooms.joint.pk), sequence=1)
        await was_tried.wait()
        await ada.send("message.read", room=str(rooms.joint.pk), sequence=2)
        frame = await mei.hear("message.read")
    assert frame["sequence"] == 2
    assert tried == [[1], [2], [2]]


async def test_what_was_read_last_is_stored_when_everybody_goes(socket_db):
    rooms = await in_thread(make_rooms)()
    await in_thread(say)(rooms.cast.mediator, rooms.joint)
    async with at(rooms.cast.party_a, rooms) as ada:
        await ada.send("message.read", room=str(rooms.joint.pk), sequence=1)
        await ada.send("ping")
        await ada.hear("pong")
    rows = Reading.objects.filter(participant__user=rooms.cast.party_a)
    assert await in_thread(lambda: rows.get().sequence)() == 1


async def test_another_sides_caucus_is_refused(socket_db):
    rooms = await in_thread(make_rooms)()
    async with at(rooms.cast.party_b, rooms) as bo:
        await bo.send("message.read", room=str(rooms.caucus_a.pk), sequence=1)
        assert (await bo.hear("refused"))["code"] == "forbidden"


async def test_what_a_mediator_reads_live_is_on_record_once_a_day(socket_db):
    """A page that stays open over night is read as well as one that is opened."""
    rooms = await in_thread(make_rooms)()
    await in_thread(say)(rooms.cast.mediator, rooms.caucus_a)
    async with at(rooms.cast.mediator, rooms) as mei, at(rooms.cast.party_a, rooms) as ada:
        for sequence in (1, 2):
            await mei.send("message.read", room=str(rooms.caucus_a.pk), sequence=sequence)
        await ada.send("message.read", room=str(rooms.caucus_a.pk), sequence=1)
        await mei.send("ping")
        await mei.hear("pong")
        await ada.send("ping")
        await ada.hear("pong")

    lines = await in_thread(history_for_case)(rooms.cast.case.pk)
    (look,) = [line for line in lines if line.action == "caucus.read"]
    assert look.actor_id == rooms.cast.mediator.pk
    assert look.facts["side"] == "a"
