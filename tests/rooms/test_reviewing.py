"""The mediator reads first: on with everybody's yes, over with anybody's no, nothing lost."""

from uuid import uuid4

import pytest
from channels.db import database_sync_to_async as in_thread
from django.urls import reverse
from django.utils import timezone

from mediation.cases.access import ConsentMissing
from mediation.cases.enums import Purpose
from mediation.cases.services import consents
from mediation.core.errors import Forbidden, WrongState
from mediation.rooms import access, selectors, services
from mediation.rooms.enums import HeldState
from mediation.rooms.models import HeldMessage, Message, Room
from mediation.rooms.selectors import Held, live
from mediation.rooms.selectors.reviews import note_of, review_page, text_of
from mediation.rooms.services import ReviewIsOn, inviting, reviewing
from mediation.rooms.services.appending import append
from mediation.rooms.services.drafts import Draft
from mediation.rooms.services.releasing import release_message, text_sha256
from mediation.rooms.services.reviewing import NoteTooLong
from tests.promises.world import client_of
from tests.rooms.conftest import make_rooms
from tests.rooms.sockets import at
from tests.rooms.test_inviting import open_talk
from tests.rooms.test_services import bodies, say

SHARP = "canary-sharp words"


def turn_on(rooms, room=None):
    cast, room = rooms.cast, room or rooms.joint
    reviewing.propose_review(actor=cast.mediator, room=room)
    for user in (cast.party_a, cast.party_b):
        reviewing.agree_to_review(actor=user, room=room)
    room.refresh_from_db()
    assert room.is_held
    return room


def only_held():
    return HeldMessage.objects.select_related("room__case", "room__side").get()


def reading(rooms):
    """Who finds something held by somebody in the database."""
    return {
        name
        for name, user in rooms.cast.everybody.items()
        if user is not None and access.held_visible_to(user).exists()
    }


# --- On and off ---------------------------------------------------------------------------------


def test_whoever_must_answer_is_asked_on_the_page_of_the_case(rooms):
    cast, question = rooms.cast, "May the mediator read messages first?"
    desk, people = reverse("desk:case", args=[cast.case.pk]), ("party_a", "party_b", "mediator")

    def asked():
        pages = {who: client_of(getattr(cast, who)).get(desk).content.decode() for who in people}
        return {who for who, page in pages.items() if question in page}

    assert asked() == set()
    reviewing.propose_review(actor=cast.mediator, room=rooms.joint)
    assert asked() == {"party_a", "party_b"}
    reviewing.agree_to_review(actor=cast.party_a, room=rooms.joint)
    assert asked() == {"party_b"}
    reviewing.end_review(actor=cast.party_b, room=rooms.joint)
    assert asked() == set()


def test_it_is_on_with_the_last_yes_and_each_yes_is_seen(rooms):
    cast = rooms.cast
    reviewing.propose_review(actor=cast.mediator, room=rooms.joint)
    reviewing.agree_to_review(actor=cast.party_a, room=rooms.joint)
    shown = review_page(cast.party_b, rooms.joint)
    agreed = {one.name: one.has_agreed for one in shown.people}
    assert agreed == {"Mei": True, "Ada Applicant": True, "Bo Respondent": False}
    assert say(cast.party_a, rooms.joint).sequence == 1  # not on yet
    reviewing.agree_to_review(actor=cast.party_b, room=rooms.joint)
    assert isinstance(say(cast.party_a, rooms.joint), Held)


@pytest.mark.parametrize("name", ["party_a", "party_b", "mediator"])
def test_one_no_ends_it_at_once_and_what_waits_goes_back_to_its_author(rooms, name):
    turn_on(rooms)
    say(rooms.cast.party_a, rooms.joint, SHARP)
    reviewing.end_review(actor=getattr(rooms.cast, name), room=rooms.joint)
    held = only_held()
    assert (held.state, text_of(held)) == (HeldState.RETURNED, SHARP)
    assert reading(rooms) == {"party_a"}
    assert bodies(rooms.cast.party_b, rooms.joint) == []
    assert say(rooms.cast.party_a, rooms.joint, "calm words").sequence == 1


def test_only_a_mediator_proposes_and_only_where_sides_meet(rooms):
    for user in (rooms.cast.party_a, rooms.cast.coordinator, rooms.cast.stranger):
        with pytest.raises(Forbidden):
            reviewing.propose_review(actor=user, room=rooms.joint)
    with pytest.raises(Forbidden):
        reviewing.propose_review(actor=rooms.cast.mediator, room=rooms.caucus_a)
    reviewing.propose_review(actor=rooms.cast.mediator, room=rooms.joint)
    with pytest.raises(WrongState):
        reviewing.propose_review(actor=rooms.cast.mediator, room=rooms.joint)


def test_who_is_not_in_a_room_has_no_say_in_its_review(rooms):
    for act in (reviewing.agree_to_review, reviewing.end_review):
        with pytest.raises(Forbidden):
            act(actor=rooms.cast.coordinator, room=rooms.joint)


def test_a_review_ends_with_a_mediator_who_was_replaced(rooms):
    turn_on(rooms)
    say(rooms.cast.party_a, rooms.joint, SHARP)
    rooms.cast.case.participants.mediators().update(left_at=timezone.now())
    services.open_rooms(case=rooms.cast.case)
    assert not Room.objects.get(pk=rooms.joint.pk).is_held
    assert only_held().state == HeldState.RETURNED


def test_in_a_talk_it_ends_when_the_mediator_leaves(rooms):
    talk = turn_on(rooms, open_talk(rooms))
    say(rooms.cast.party_a, talk, SHARP)
    inviting.leave_talk(actor=rooms.cast.mediator, room=talk)
    assert not Room.objects.get(pk=talk.pk).is_held
    assert only_held().state == HeldState.RETURNED


# --- Holding ------------------------------------------------------------------------------------


def test_what_is_held_has_no_number_and_only_author_and_mediator_read_it(rooms):
    turn_on(rooms)
    say(rooms.cast.party_a, rooms.joint, SHARP)
    assert reading(rooms) == {"party_a", "mediator"}
    assert live.head_for_system(rooms.joint.pk) == 0
    assert SHARP.encode() not in bytes(only_held().body_sealed)
    assert say(rooms.cast.mediator, rooms.joint, "I read along").sequence == 1
    assert review_page(rooms.cast.party_b, rooms.joint).waiting == []


def test_the_same_client_id_again_is_held_once_and_never_said_by_itself(rooms):
    turn_on(rooms)
    draft = Draft(rooms.cast.party_a, rooms.joint.pk, uuid4(), SHARP)
    for _ in range(2):
        assert all(isinstance(result, Held) for result in append([draft, draft]))
    assert HeldMessage.objects.count() == 1
    reviewing.end_review(actor=rooms.cast.party_b, room=rooms.joint)
    (late,) = append([draft])  # a browser that did not hear that it was held
    assert isinstance(late, Held)
    assert not Message.objects.exists()


def test_a_corrected_or_released_message_gets_past_no_review(rooms):
    cast = rooms.cast
    say(cast.party_a, rooms.joint, "calm words")
    say(cast.party_a, rooms.caucus_a, SHARP)
    turn_on(rooms)
    with pytest.raises(ReviewIsOn):
        services.edit_message(
            actor=cast.party_a,
            room_id=rooms.joint.pk,
            sequence=1,
            client_id=uuid4(),
            body=SHARP,
        )
    with pytest.raises(ReviewIsOn):
        release_message(
            actor=cast.party_a,
            room_id=rooms.caucus_a.pk,
            sequence=1,
            client_id=uuid4(),
            shown_sha256=text_sha256(SHARP),
        )
    assert bodies(cast.party_b, rooms.joint) == ["calm words"]
    assert not HeldMessage.objects.exists()
    assert say(cast.party_a, rooms.caucus_a, "still free here").sequence == 2


def test_nothing_is_held_while_a_consent_is_missing(rooms):
    turn_on(rooms)
    consents.withdraw_consent(
        actor=rooms.cast.party_b, case=rooms.cast.case, purpose=Purpose.ONLINE
    )
    with pytest.raises(ConsentMissing):
        say(rooms.cast.party_a, rooms.joint, SHARP)


# --- Judging ------------------------------------------------------------------------------------


def test_what_is_passed_on_is_said_now_by_its_author_as_it_was_written(rooms):
    turn_on(rooms)
    client_id = uuid4()
    say(rooms.cast.party_a, rooms.joint, SHARP, client_id)
    reviewing.pass_on(actor=rooms.cast.mediator, held=only_held())
    (said,) = selectors.messages_after(rooms.cast.party_b, rooms.joint, 0)
    author = rooms.cast.case.participants.get(user=rooms.cast.party_a)
    assert (said.body, said.sequence, said.participant_id) == (SHARP, 1, author.pk)
    assert not HeldMessage.objects.exists()
    again = say(rooms.cast.party_a, rooms.joint, SHARP, client_id)
    assert (again.sequence, again.is_new) == (1, False)


def test_a_note_goes_to_the_author_alone(rooms):
    turn_on(rooms)
    say(rooms.cast.party_a, rooms.joint, SHARP)
    reviewing.return_message(
        actor=rooms.cast.mediator, held=only_held(), note="canary-note: softer?"
    )
    held = only_held()
    assert note_of(held) == "canary-note: softer?"
    assert b"canary-note" not in bytes(held.note_sealed)
    assert reading(rooms) == {"party_a"}
    with pytest.raises(WrongState):
        reviewing.pass_on(actor=rooms.cast.mediator, held=held)


def test_nobody_but_a_mediator_in_the_room_judges(rooms):
    turn_on(rooms)
    say(rooms.cast.party_a, rooms.joint, SHARP)
    for user in (rooms.cast.party_a, rooms.cast.party_b, rooms.cast.coordinator):
        with pytest.raises(Forbidden):
            reviewing.pass_on(actor=user, held=only_held())
        with pytest.raises(Forbidden):
            reviewing.return_message(actor=user, held=only_held(), note="")
    with pytest.raises(NoteTooLong):
        reviewing.return_message(actor=rooms.cast.mediator, held=only_held(), note="x" * 1001)


def test_its_author_takes_it_back_and_nobody_else(rooms):
    turn_on(rooms)
    say(rooms.cast.party_a, rooms.joint, SHARP)
    for user in (rooms.cast.party_b, rooms.cast.mediator):
        with pytest.raises(Forbidden):
            reviewing.take_back_held(actor=user, held=only_held())
    reviewing.take_back_held(actor=rooms.cast.party_a, held=only_held())
    assert bytes(only_held().body_sealed) == b""
    assert reading(rooms) == set()
    with pytest.raises(WrongState):
        reviewing.pass_on(actor=rooms.cast.mediator, held=only_held())


def test_who_leaves_a_talk_takes_what_was_not_said_along(rooms):
    talk = turn_on(rooms, open_talk(rooms))
    say(rooms.cast.party_a, talk, SHARP)
    inviting.leave_talk(actor=rooms.cast.party_a, room=talk)
    assert bytes(only_held().body_sealed) == b""
    assert reading(rooms) == set()


# --- Pages and sockets --------------------------------------------------------------------------


def test_a_review_by_the_pages_alone(rooms):
    cast = rooms.cast
    mei, ada, bo = (client_of(user) for user in (cast.mediator, cast.party_a, cast.party_b))
    ids = [cast.case.pk, rooms.joint.pk]
    page, room = reverse("rooms:review", args=ids), reverse("rooms:room", args=ids)
    assert mei.post(reverse("rooms:propose_review", args=ids)).url == page
    for client in (ada, bo):
        assert "Yes, I agree" in client.get(page).content.decode()
        client.post(reverse("rooms:agree_review", args=ids))
    answer = ada.post(room, {"client_id": uuid4(), "body": SHARP}, follow=True)
    assert answer.redirect_chain[-1][0] == page
    assert "Waiting for the mediator" in answer.content.decode()
    assert "1 waits" in mei.get(room).content.decode()
    for path in (page, room):
        seen = bo.get(path).content.decode()
        assert SHARP not in seen
        assert "1 waits" not in seen
    held = [cast.case.pk, only_held().pk]
    for verb in ("pass_on", "return_held", "take_back_held"):
        assert bo.post(reverse(f"rooms:{verb}", args=held)).status_code == 404
    assert SHARP in mei.get(page).content.decode()
    mei.post(reverse("rooms:return_held", args=held), {"note": "softer?"})
    assert "softer?" in ada.get(page).content.decode()
    assert "softer?" not in bo.get(page).content.decode()
    assert SHARP in ada.get(f"{room}?again={held[1]}").content.decode()
    assert SHARP not in bo.get(f"{room}?again={held[1]}").content.decode()
    ada.post(reverse("rooms:take_back_held", args=held))
    ada.post(room, {"client_id": uuid4(), "body": "calm words"})
    waiting = HeldMessage.objects.get(state=HeldState.WAITING)
    mei.post(reverse("rooms:pass_on", args=[cast.case.pk, waiting.pk]))
    assert "calm words" in bo.get(room).content.decode()
    bo.post(reverse("rooms:end_review", args=ids))
    assert not Room.objects.get(pk=rooms.joint.pk).is_held


async def test_at_sockets_the_other_side_hears_nothing_until_it_is_passed_on(socket_db):
    rooms = await in_thread(make_rooms)()
    cast, joint = rooms.cast, await in_thread(turn_on)(rooms)
    async with (
        at(cast.party_a, rooms) as ada,
        at(cast.party_b, rooms) as bo,
        at(cast.mediator, rooms) as mei,
    ):
        client_id = await ada.post(joint, SHARP)
        assert await ada.hear("message.held") == {
            "name": "message.held",
            "room": str(joint.pk),
            "client_id": client_id,
        }
        await mei.hear("review.waiting", seconds=1, room=str(joint.pk), count=1)
        await ada.hear("review.waiting", seconds=1, room=str(joint.pk), count=1)
        await in_thread(reviewing.pass_on)(actor=cast.mediator, held=await in_thread(only_held)())
        said = await bo.hear("message.posted", seconds=2)
        assert (said["body"], said["sequence"]) == (SHARP, 1)
        await ada.hear("message.posted", client_id=client_id)
        await mei.hear("review.waiting", seconds=1, count=0)
        assert bo.of("review.waiting") == bo.of("message.held") == []
        assert [frame["body"] for frame in bo.of("message.posted")] == [SHARP]
