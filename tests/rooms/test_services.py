import uuid

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from mediation.cases.access import ConsentMissing
from mediation.cases.enums import Purpose
from mediation.cases.services import consents, participation
from mediation.core.errors import Forbidden
from mediation.rooms import selectors, services
from mediation.rooms.journal import Journal
from mediation.rooms.models import Message, Room
from mediation.rooms.selectors import live
from mediation.rooms.services import post_message
from mediation.rooms.services.appending import append
from mediation.rooms.services.drafts import Draft, MessageEmpty, MessageTooLong
from mediation.vault.keyring import store
from tests.keyrings import IS_ON_A_SERVER

CANARY = "what was said in confidence"


def say(user, room, body="Good morning", client_id=None):
    return post_message(actor=user, room=room, client_id=client_id or uuid.uuid4(), body=body)


def bodies(user, room):
    return [message.body for message in selectors.messages_after(user, room, 0)]


def test_opening_the_rooms_twice_opens_them_once(rooms):
    again = services.open_rooms(case=rooms.cast.case)
    assert [room.pk for room in again] == [room.pk for room in rooms.all.values()]
    assert Room.objects.count() == 3


def test_messages_are_numbered_from_one_in_each_room_for_itself(rooms):
    cast = rooms.cast
    assert [say(cast.party_a, rooms.joint).sequence for _ in range(3)] == [1, 2, 3]
    assert say(cast.party_a, rooms.caucus_a).sequence == 1
    assert say(cast.mediator, rooms.caucus_b).sequence == 1
    assert say(cast.mediator, rooms.joint).sequence == 4


def test_what_is_said_is_read_by_members_and_by_nobody_else(rooms):
    say(rooms.cast.party_a, rooms.caucus_a, CANARY)
    read = {
        name: bodies(user, rooms.caucus_a)
        for name, user in rooms.cast.everybody.items()
        if user is not None
    }
    assert {name for name, seen in read.items() if seen == [CANARY]} == {"party_a", "mediator"}
    assert all(seen == [] for name, seen in read.items() if name not in {"party_a", "mediator"})


def test_nothing_that_is_stored_shows_what_was_said(rooms):
    say(rooms.cast.party_a, rooms.caucus_a, CANARY)
    assert CANARY.encode() not in bytes(Message.objects.get().body_sealed)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM rooms_message")
        assert CANARY not in repr(cursor.fetchall())


def test_a_message_moved_to_another_room_does_not_open(rooms):
    say(rooms.cast.party_a, rooms.caucus_a, CANARY)
    Message.objects.update(room=rooms.joint)
    with pytest.raises(Exception, match="tampered"):
        bodies(rooms.cast.party_b, rooms.joint)


def test_sending_the_same_message_again_changes_nothing(rooms):
    client_id = uuid.uuid4()
    first = say(rooms.cast.party_a, rooms.joint, "once", client_id)
    again = say(rooms.cast.party_a, rooms.joint, "once", client_id)
    assert (first.is_new, again.is_new) == (True, False)
    assert again.sequence == first.sequence
    assert bodies(rooms.cast.party_b, rooms.joint) == ["once"]


def test_one_client_id_of_two_people_is_two_messages(rooms):
    client_id = uuid.uuid4()
    assert say(rooms.cast.party_a, rooms.joint, "mine", client_id).is_new
    assert say(rooms.cast.party_b, rooms.joint, "also mine", client_id).is_new


def test_the_same_message_twice_in_one_batch_is_stored_once(rooms):
    draft = Draft(rooms.cast.party_a, rooms.joint.pk, uuid.uuid4(), "once")
    other = Draft(rooms.cast.party_b, rooms.joint.pk, uuid.uuid4(), "another")
    results = append([draft, draft, other, draft])
    assert [(one.sequence, one.is_new) for one in results] == [
        (1, True),
        (1, False),
        (2, True),
        (1, False),
    ]
    assert bodies(rooms.cast.mediator, rooms.joint) == ["once", "another"]


def test_a_batch_refuses_each_draft_for_itself(rooms):
    cast, joint, new = rooms.cast, rooms.joint, uuid.uuid4
    results = append(
        [
            Draft(cast.party_a, joint.pk, new(), "kept"),
            Draft(cast.party_b, rooms.caucus_a.pk, new(), "not there"),
            Draft(cast.stranger, joint.pk, new(), "not in the case"),
            Draft(cast.coordinator, joint.pk, new(), "not in the room"),
            Draft(cast.party_a, new(), new(), "no such room"),
            Draft(cast.party_a, joint.pk, new(), "  \n "),
            Draft(cast.party_b, joint.pk, new(), "字" * 2731),
            Draft(cast.mediator, rooms.caucus_b.pk, new(), "kept too"),
        ]
    )
    kinds = [getattr(result, "code", "posted") for result in results]
    assert kinds == [
        "posted",
        "forbidden",
        "forbidden",
        "forbidden",
        "forbidden",
        "message_empty",
        "message_too_long",
        "posted",
    ]
    assert Message.objects.count() == 2


def test_refusals_of_the_form_are_raised(rooms):
    with pytest.raises(MessageEmpty):
        say(rooms.cast.party_a, rooms.joint, "\u0000 ")
    with pytest.raises(MessageTooLong):
        say(rooms.cast.party_a, rooms.joint, "x" * 8193)
    with pytest.raises(Forbidden):
        say(rooms.cast.party_b, rooms.caucus_a)


def test_exactly_eight_kibibytes_are_stored(rooms):
    assert say(rooms.cast.party_a, rooms.joint, "x" * 8192).sequence == 1


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("  around  ", "around"),
        ("e\u0301", "é"),
        ("bell\u0007 and null\u0000", "bell and null"),
        ("<b>bold</b> & 和议\t!", "<b>bold</b> & 和议\t!"),
    ],
)
def test_text_is_stored_in_one_form(rooms, typed, stored):
    say(rooms.cast.party_a, rooms.joint, typed)
    assert bodies(rooms.cast.party_a, rooms.joint) == [stored]


def test_nothing_is_stored_after_a_withdrawal(rooms):
    consents.withdraw_consent(
        actor=rooms.cast.party_b, case=rooms.cast.case, purpose=Purpose.ONLINE
    )
    for user in (rooms.cast.party_a, rooms.cast.party_b, rooms.cast.mediator):
        with pytest.raises(ConsentMissing):
            say(user, rooms.joint)
    assert Message.objects.count() == 0


def test_what_was_stored_before_a_withdrawal_is_still_acknowledged(rooms):
    client_id = uuid.uuid4()
    say(rooms.cast.party_a, rooms.joint, "in time", client_id)
    participation.leave_case(actor=rooms.cast.party_b, case=rooms.cast.case)
    assert not say(rooms.cast.party_a, rooms.joint, "in time", client_id).is_new
    assert bodies(rooms.cast.party_a, rooms.joint) == ["in time"]


def test_catching_up_is_by_number_and_in_pages(rooms):
    for number in range(1, 8):
        say(rooms.cast.party_a, rooms.joint, str(number))
    after = selectors.messages_after(rooms.cast.party_b, rooms.joint, 2, limit=3)
    assert [message.sequence for message in after] == [3, 4, 5]
    assert [message.body for message in after] == ["3", "4", "5"]


def test_the_head_is_the_newest_number(rooms):
    for _ in range(3):
        say(rooms.cast.party_a, rooms.joint)
    assert live.head_for_system(rooms.joint.pk) == 3
    assert live.head_for_system(rooms.caucus_a.pk) == 0


def test_a_failed_batch_leaves_no_gap(rooms):
    with transaction.atomic():
        append([Draft(rooms.cast.party_a, rooms.joint.pk, uuid.uuid4(), "lost")])
        transaction.set_rollback(True)
    assert say(rooms.cast.party_a, rooms.joint).sequence == 1


def test_the_database_itself_refuses_twins(rooms):
    say(rooms.cast.party_a, rooms.joint)
    row = Message.objects.get()
    row.pk = uuid.uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize("size", [1, 3, 40])
def test_a_batch_takes_the_same_number_of_queries_however_large(
    rooms, size, django_assert_num_queries
):
    say(rooms.cast.party_a, rooms.joint)  # the keys are made
    say(rooms.cast.mediator, rooms.caucus_b)
    targets = [(rooms.cast.party_a, rooms.joint), (rooms.cast.mediator, rooms.caucus_b)]
    drafts = [
        Draft(*(user, room.pk), uuid.uuid4(), "text")
        for user, room in (targets[number % 2] for number in range(size))
    ]
    # On SQLite: savepoint, lock, seats, twins, insert, heads, release. On PostgreSQL all but the
    # savepoint goes through the driver itself.
    with django_assert_num_queries(7 if settings.ON_SQLITE else 2):
        append(drafts)


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_cannot_be_stored_leaves_nothing_and_the_connection_goes_on(rooms):
    say(rooms.cast.party_a, rooms.joint)
    Room.objects.filter(pk=rooms.joint.pk).update(head=0)  # as no code of ours leaves it
    drafts = [
        Draft(rooms.cast.mediator, rooms.caucus_b.pk, uuid.uuid4(), "with it"),
        Draft(rooms.cast.party_a, rooms.joint.pk, uuid.uuid4(), "in the way"),
    ]
    with pytest.raises(IntegrityError):
        append(drafts)
    assert Message.objects.count() == 1
    Room.objects.filter(pk=rooms.joint.pk).update(head=1)
    assert [posted.sequence for posted in append(drafts)] == [1, 2]
    assert not connection.in_atomic_block


def test_a_key_ring_that_changed_costs_a_second_try_and_no_message(rooms, monkeypatch):
    say(rooms.cast.party_a, rooms.joint)
    real, tries = Journal.insert, []
    monkeypatch.setattr(
        Journal, "insert", lambda self, rows: [tries.append(len(rows)), real(self, rows)]
    )
    with store().writing():
        pass  # somebody else destroys, restricts or makes a key
    (posted,) = append([Draft(rooms.cast.party_a, rooms.joint.pk, uuid.uuid4(), "canary")])

    assert posted.sequence == 2
    assert [row.sequence for row in Message.objects.order_by("sequence")] == [1, 2]
    assert len(tries) == (2 if IS_ON_A_SERVER else 1)
