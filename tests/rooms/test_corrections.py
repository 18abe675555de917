"""Changing what one wrote within a minute, and taking it back."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from channels.db import database_sync_to_async as in_thread
from django.urls import reverse
from django.utils import timezone

from mediation.cases.access import ConsentMissing
from mediation.cases.enums import Purpose
from mediation.cases.services import consents
from mediation.core.errors import Forbidden
from mediation.rooms import selectors, services
from mediation.rooms.models import Message, Room
from mediation.rooms.services import AlreadyTakenBack, TooLateToEdit
from mediation.rooms.services.drafts import MessageEmpty
from tests.rooms.conftest import make_rooms
from tests.rooms.sockets import at

OTHERS = ["party_b", "mediator", "coordinator", "other_staff", "clerk", "stranger"]
CANARY = "written in anger"


def say(user, room, body=CANARY):
    return services.post_message(actor=user, room=room, client_id=uuid.uuid4(), body=body)


def edit(user, room, sequence=1, body="said calmly", client_id=None):
    client_id = client_id or uuid.uuid4()
    return services.edit_message(
        actor=user, room_id=room.pk, sequence=sequence, client_id=client_id, body=body
    )


def retract(user, room, sequence=1, client_id=None):
    client_id = client_id or uuid.uuid4()
    return services.retract_message(
        actor=user, room_id=room.pk, sequence=sequence, client_id=client_id
    )


def shown(user, room):
    return [
        (message.body, message.is_edited, message.is_retracted)
        for message in selectors.latest_messages(user, room)
    ]


def test_a_change_within_a_minute_replaces_the_text(rooms):
    say(rooms.cast.party_a, rooms.joint)
    before = bytes(Message.objects.get().body_sealed)
    done = edit(rooms.cast.party_a, rooms.joint)
    assert (done.sequence, done.changes, done.is_new) == (2, 1, True)
    assert shown(rooms.cast.party_b, rooms.joint) == [("said calmly", True, False)]
    assert before not in [bytes(row.body_sealed) for row in Message.objects.all()]
    assert Room.objects.get(pk=rooms.joint.pk).head == 2


def test_after_a_minute_only_taking_back_is_left(rooms):
    say(rooms.cast.party_a, rooms.joint)
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        with pytest.raises(TooLateToEdit):
            edit(rooms.cast.party_a, rooms.joint)
        retract(rooms.cast.party_a, rooms.joint)
    assert shown(rooms.cast.party_b, rooms.joint) == [("", False, True)]
    assert {bytes(row.body_sealed) for row in Message.objects.all()} == {b""}


def test_what_was_taken_back_stays_taken_back(rooms):
    say(rooms.cast.party_a, rooms.joint)
    retract(rooms.cast.party_a, rooms.joint)
    for change in (edit, retract):
        with pytest.raises(AlreadyTakenBack):
            change(rooms.cast.party_a, rooms.joint)


@pytest.mark.parametrize("who", OTHERS)
@pytest.mark.parametrize("change", [edit, retract])
def test_nobody_changes_what_another_wrote(rooms, who, change):
    say(rooms.cast.party_a, rooms.joint)
    with pytest.raises(Forbidden):
        change(getattr(rooms.cast, who), rooms.joint)
    assert shown(rooms.cast.party_a, rooms.joint) == [(CANARY, False, False)]


@pytest.mark.parametrize("sequence", [0, 2, 3, 99])
def test_a_correction_is_no_message_to_correct(rooms, sequence):
    say(rooms.cast.party_a, rooms.joint)
    edit(rooms.cast.party_a, rooms.joint)
    with pytest.raises(Forbidden):
        retract(rooms.cast.party_a, rooms.joint, sequence)


def test_the_same_request_again_changes_nothing_more(rooms):
    say(rooms.cast.party_a, rooms.joint)
    client_id = uuid.uuid4()
    first = edit(rooms.cast.party_a, rooms.joint, client_id=client_id)
    again = edit(rooms.cast.party_a, rooms.joint, client_id=client_id, body="another text")
    assert (first.sequence, first.is_new) == (2, True)
    assert (again.sequence, again.is_new) == (2, False)
    assert shown(rooms.cast.party_a, rooms.joint) == [("said calmly", True, False)]


def test_the_id_of_a_message_is_no_id_for_a_change(rooms):
    message = say(rooms.cast.party_a, rooms.joint)
    with pytest.raises(Forbidden):
        edit(rooms.cast.party_a, rooms.joint, client_id=message.client_id)


def test_while_talk_is_closed_nothing_is_changed_but_taken_back(rooms):
    say(rooms.cast.party_a, rooms.joint)
    consents.withdraw_consent(
        actor=rooms.cast.party_b, case=rooms.cast.case, purpose=Purpose.ONLINE
    )
    with pytest.raises(ConsentMissing):
        edit(rooms.cast.party_a, rooms.joint)
    retract(rooms.cast.party_a, rooms.joint)
    assert shown(rooms.cast.party_b, rooms.joint) == [("", False, True)]


def test_an_empty_change_is_refused(rooms):
    say(rooms.cast.party_a, rooms.joint)
    with pytest.raises(MessageEmpty):
        edit(rooms.cast.party_a, rooms.joint, body=" \n ")


def test_who_catches_up_hears_the_text_there_is_now_and_never_the_old_one(rooms):
    cast, joint = rooms.cast, rooms.joint
    say(cast.party_a, joint)
    say(cast.party_b, joint, "second")
    edit(cast.party_a, joint)
    retract(cast.party_a, joint)
    heard = selectors.messages_after(cast.mediator, joint, 0)
    assert [(one.sequence, one.changes, one.body) for one in heard] == [
        (1, None, ""),
        (2, None, "second"),
        (3, 1, ""),
        (4, 1, ""),
    ]
    assert [one.sequence for one in selectors.messages_after(cast.mediator, joint, 2)] == [3, 4]


# --- Pages ------------------------------------------------------------------------------------


def page(rooms, name="message"):
    return reverse(f"rooms:{name}", args=[rooms.cast.case.pk, rooms.joint.pk, 1])


def test_a_message_is_changed_and_taken_back_by_form(client, rooms):
    say(rooms.cast.party_a, rooms.joint)
    client.force_login(rooms.cast.party_a)
    assert CANARY in client.get(page(rooms)).content.decode()
    answer = client.post(page(rooms), {"client_id": uuid.uuid4(), "body": "said calmly"})
    assert answer.status_code == 302
    assert shown(rooms.cast.party_b, rooms.joint) == [("said calmly", True, False)]
    client.post(page(rooms, "take_back"))
    assert shown(rooms.cast.party_b, rooms.joint) == [("", False, True)]
    assert client.get(page(rooms)).status_code == 404
    assert "Taken back" in client.get(answer["Location"]).content.decode()


def test_after_a_minute_the_page_offers_only_to_take_it_back(client, rooms):
    say(rooms.cast.party_a, rooms.joint)
    client.force_login(rooms.cast.party_a)
    Message.objects.update(sent_at=timezone.now() - timedelta(minutes=2))
    body = client.get(page(rooms)).content.decode()
    assert "<textarea" not in body
    assert "Take it back" in body


@pytest.mark.parametrize("who", OTHERS)
def test_the_page_is_there_for_the_writer_alone(client, rooms, who):
    say(rooms.cast.party_a, rooms.joint)
    client.force_login(getattr(rooms.cast, who))
    assert client.get(page(rooms)).status_code == 404
    answer = client.post(page(rooms), {"client_id": uuid.uuid4(), "body": "not mine"})
    assert answer.status_code == client.post(page(rooms, "take_back")).status_code == 404
    assert shown(rooms.cast.party_a, rooms.joint) == [(CANARY, False, False)]


# --- Sockets ----------------------------------------------------------------------------------


@pytest.fixture
async def meeting(socket_db):
    return await in_thread(make_rooms)()


async def change(client, name, room, sequence, **more):
    await client.send(
        name, room=str(room.pk), sequence=sequence, client_id=str(uuid.uuid4()), **more
    )


async def test_everybody_in_the_room_hears_a_change_under_its_own_number(meeting):
    cast, joint = meeting.cast, meeting.joint
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting) as bo:
        await ada.post(joint, CANARY)
        await bo.hear("message.posted")
        await change(ada, "message.edit", joint, 1, body="said calmly")
        edited = [await one.hear("message.changed") for one in (ada, bo)]
        await change(ada, "message.retract", joint, 1)
        taken = [await one.hear("message.changed") for one in (ada, bo)]
    assert edited[0] == edited[1]
    assert (edited[0]["sequence"], edited[0]["changes"]) == (2, 1)
    assert (edited[0]["body"], edited[0]["edited"]) == ("said calmly", True)
    assert taken[0] == taken[1]
    assert (taken[0]["sequence"], taken[0]["body"], taken[0]["retracted"]) == (3, "", True)


async def test_a_change_in_a_caucus_is_not_heard_by_the_other_side(meeting):
    cast, caucus = meeting.cast, meeting.caucus_a
    async with at(cast.party_a, meeting) as ada, at(cast.party_b, meeting) as bo:
        await ada.post(caucus, CANARY)
        await ada.hear("message.posted")
        await change(ada, "message.edit", caucus, 1, body="said calmly")
        await ada.hear("message.changed")
        await bo.is_quiet()
    assert bo.of("message.posted") == bo.of("message.changed") == []


async def test_a_refused_change_is_said_to_the_one_who_asked(meeting):
    async with at(meeting.cast.party_a, meeting) as ada, at(meeting.cast.party_b, meeting) as bo:
        await ada.post(meeting.joint, CANARY)
        await bo.hear("message.posted")
        await change(bo, "message.retract", meeting.joint, 1)
        assert (await bo.hear("refused"))["code"] == "forbidden"
        await change(bo, "message.edit", meeting.caucus_a, 1, body="x")
        assert (await bo.hear("refused"))["code"] == "forbidden"


async def test_whoever_was_away_hears_of_the_change_on_coming_back(meeting):
    cast, joint = meeting.cast, meeting.joint
    await in_thread(say)(cast.party_a, joint)
    await in_thread(edit)(cast.party_a, joint)
    async with at(cast.party_b, meeting, heads={joint.pk: 1}) as bo:
        assert bo.of("message.changed")[0]["body"] == "said calmly"
        assert bo.of("message.posted") == []
