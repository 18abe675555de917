"""One message from a private talk to everybody, by its author alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from mediation.cases.access import ConsentMissing
from mediation.cases.enums import Purpose
from mediation.cases.services import consents
from mediation.core.errors import Forbidden, WrongState
from mediation.rooms import selectors, services
from mediation.rooms.live import frames
from mediation.rooms.models import Message
from mediation.rooms.services import AlreadyTakenBack
from mediation.rooms.services.releasing import AlreadyReleased, release_message, text_sha256
from tests.promises.world import client_of
from tests.rooms.test_services import bodies, say

WORDS = "I would take half of it"


@pytest.fixture
def said(rooms):
    with time_machine.travel(timezone.now() - timedelta(hours=5)):
        return say(rooms.cast.party_a, rooms.caucus_a, WORDS)


def release(user, room, sequence=1, words=WORDS, client_id=None):
    return release_message(
        actor=user,
        room_id=room.pk,
        sequence=sequence,
        client_id=client_id or uuid4(),
        shown_sha256=text_sha256(words),
    )


def test_the_other_side_reads_the_words_and_nothing_of_the_private_talk(rooms, said):
    say(rooms.cast.party_a, rooms.caucus_a, "and this stays private")
    release(rooms.cast.party_a, rooms.caucus_a)
    (seen,) = selectors.messages_after(rooms.cast.party_b, rooms.joint, 0)
    assert (seen.body, seen.sequence, seen.is_released) == (WORDS, 1, True)
    assert timezone.now() - seen.sent_at < timedelta(minutes=1)
    assert seen.client_id != said.client_id
    frame = frames.posted(seen)
    assert '"released":true' in frame
    for betraying in (rooms.caucus_a.pk, said.client_id, said.sent_at.isoformat()):
        assert str(betraying) not in frame
    assert bodies(rooms.cast.party_b, rooms.caucus_a) == []


def test_nobody_elses_client_id_gets_a_second_release_past_the_first(rooms, said):
    """Client ids are in every frame, so the other side's are known."""
    theirs = say(rooms.cast.party_b, rooms.joint, "hello").client_id
    release(rooms.cast.party_a, rooms.caucus_a)
    with pytest.raises(AlreadyReleased):
        release(rooms.cast.party_a, rooms.caucus_a, client_id=theirs)


def test_no_column_ties_the_two(rooms, said):
    release(rooms.cast.party_a, rooms.caucus_a)
    private, joint = (Message.objects.get(room=room) for room in (rooms.caucus_a, rooms.joint))
    values = set(vars(joint).values()) & {private.pk, private.client_id, private.sent_at}
    assert values == set()
    assert bytes(private.body_sealed) != bytes(joint.body_sealed)


def test_only_the_author_releases_and_never_the_mediator(rooms, said):
    say(rooms.cast.mediator, rooms.caucus_a, "what I heard")
    for user in (rooms.cast.mediator, rooms.cast.party_b, rooms.cast.coordinator):
        for sequence in (1, 2):
            with pytest.raises(Forbidden):
                release(user, rooms.caucus_a, sequence)
    with pytest.raises(Forbidden):
        release(rooms.cast.party_a, rooms.caucus_a, 2, "what I heard")
    assert not Message.objects.filter(room=rooms.joint).exists()


def test_what_is_said_to_everybody_is_not_released_again(rooms):
    say(rooms.cast.party_a, rooms.joint, WORDS)
    with pytest.raises(Forbidden):
        release(rooms.cast.party_a, rooms.joint)


def test_pressing_twice_releases_once(rooms, said):
    client_id = uuid4()
    first = release(rooms.cast.party_a, rooms.caucus_a, client_id=client_id)
    again = release(rooms.cast.party_a, rooms.caucus_a, client_id=client_id)
    assert (first.sequence, again.sequence, again.is_new) == (1, 1, False)
    with pytest.raises(AlreadyReleased):
        release(rooms.cast.party_a, rooms.caucus_a)


def test_only_the_words_that_were_shown_go_out(rooms):
    say(rooms.cast.party_a, rooms.caucus_a, WORDS)
    services.edit_message(
        actor=rooms.cast.party_a,
        room_id=rooms.caucus_a.pk,
        sequence=1,
        client_id=uuid4(),
        body="I would take all of it",
    )
    with pytest.raises(WrongState):
        release(rooms.cast.party_a, rooms.caucus_a)
    assert bodies(rooms.cast.party_b, rooms.joint) == []


def test_nothing_goes_out_of_what_was_taken_back_or_without_consents(rooms, said):
    consents.withdraw_consent(
        actor=rooms.cast.party_b, case=rooms.cast.case, purpose=Purpose.ONLINE
    )
    with pytest.raises(ConsentMissing):
        release(rooms.cast.party_a, rooms.caucus_a)
    services.retract_message(
        actor=rooms.cast.party_a, room_id=rooms.caucus_a.pk, sequence=1, client_id=uuid4()
    )
    with pytest.raises(AlreadyTakenBack):
        release(rooms.cast.party_a, rooms.caucus_a)


def test_it_is_taken_back_like_any_message(rooms, said):
    release(rooms.cast.party_a, rooms.caucus_a)
    services.retract_message(
        actor=rooms.cast.party_a, room_id=rooms.joint.pk, sequence=1, client_id=uuid4()
    )
    assert selectors.latest_messages(rooms.cast.party_b, rooms.joint)[0].body == ""
    assert bodies(rooms.cast.party_a, rooms.caucus_a) == [WORDS]


def test_the_page_shows_exactly_what_and_to_whom_and_then_does_it(rooms, said):
    client, ids = client_of(rooms.cast.party_a), [rooms.cast.case.pk, rooms.caucus_a.pk]
    path = reverse("rooms:release", args=[*ids, 1])
    page = client.get(path).content.decode()
    assert WORDS in page
    assert "Then everybody in this case: Mei, Bo Respondent and you" in page
    fields = {"client_id": uuid4(), "shown_sha256": text_sha256(WORDS)}
    assert client.post(path, fields).status_code == 302
    room = reverse("rooms:room", args=[rooms.cast.case.pk, rooms.joint.pk])
    assert (
        "Released from a private talk" in client_of(rooms.cast.party_b).get(room).content.decode()
    )
    assert (
        "Released to the joint room" in client.get(reverse("rooms:room", args=ids)).content.decode()
    )
    for user in (rooms.cast.party_b, rooms.cast.mediator):
        assert client_of(user).get(path).status_code == 404
