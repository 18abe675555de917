"""Talks by invitation: an explicit list, everybody's yes, and every side's for third persons."""

import asyncio
import uuid

import pytest
from channels.db import database_sync_to_async as in_thread
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from mediation.cases.access import ConsentMissing
from mediation.cases.enums import NEEDED_TO_TALK, Purpose
from mediation.cases.models import Participant
from mediation.cases.services import consents
from mediation.core.errors import Forbidden, WrongState
from mediation.rooms import access, selectors, services
from mediation.rooms.models import Approval, Member, Message, Room
from mediation.rooms.selectors.talks import talks_of
from mediation.rooms.services import inviting
from mediation.rooms.services.erasing import forget_rooms
from mediation.rooms.services.inviting import TalkIncomplete
from tests.factories.cast import add_third_person, person
from tests.promises.world import client_of
from tests.rooms.conftest import make_rooms
from tests.rooms.sockets import at
from tests.rooms.test_services import say

PURPOSE = "canary-purpose: the drain alone"


def part(rooms, user):
    return rooms.cast.case.participants.get(user=user)


def ask(rooms, *people, purpose=PURPOSE):
    chosen = [part(rooms, user).pk for user in people]
    return inviting.invite_to_talk(
        actor=rooms.cast.mediator, case=rooms.cast.case, purpose=purpose, people=chosen
    )


def seeing(rooms, talk, *more):
    people = [*rooms.cast.everybody.items(), *((user.name, user) for user in more)]
    return {
        name
        for name, user in people
        if user is not None and access.rooms_visible_to(user).filter(pk=talk.pk).exists()
    }


def knowing(rooms, talk):
    return {
        name
        for name, user in rooms.cast.everybody.items()
        if user is not None and access.talks_visible_to(user).filter(pk=talk.pk).exists()
    }


@pytest.fixture
def specialist(rooms):
    return add_third_person(rooms.cast.case)


# --- Opening ------------------------------------------------------------------------------------


def test_a_talk_opens_with_the_last_yes_and_exists_for_its_list_alone(rooms):
    cast = rooms.cast
    talk = ask(rooms, cast.party_a, cast.party_b)
    assert seeing(rooms, talk) == set()
    inviting.agree_to_talk(actor=cast.party_a, room=talk)
    assert seeing(rooms, talk) == set()
    with pytest.raises(Forbidden):
        say(cast.party_a, talk)
    inviting.agree_to_talk(actor=cast.party_b, room=talk)
    assert seeing(rooms, talk) == knowing(rooms, talk) == {"party_a", "party_b", "mediator"}
    assert say(cast.party_a, talk).sequence == 1


def test_a_talk_with_one_side_does_not_exist_for_the_other(rooms):
    cast = rooms.cast
    talk = ask(rooms, cast.party_a)
    assert knowing(rooms, talk) == {"party_a", "mediator"}
    inviting.agree_to_talk(actor=cast.party_a, room=talk)
    say(cast.party_a, talk, "canary-talk")
    assert seeing(rooms, talk) == knowing(rooms, talk) == {"party_a", "mediator"}
    for act in (inviting.agree_to_talk, inviting.leave_talk):
        with pytest.raises(Forbidden):
            act(actor=cast.party_b, room=talk)
    with pytest.raises(Forbidden):
        say(cast.party_b, talk)
    assert selectors.messages_after(cast.party_b, talk, 0) == []


def test_nobody_but_a_mediator_makes_a_talk(rooms):
    cast = rooms.cast
    ids = [part(rooms, cast.party_b).pk]
    for name in ("party_a", "party_b", "coordinator", "stranger"):
        with pytest.raises(Forbidden):
            inviting.invite_to_talk(
                actor=getattr(cast, name), case=cast.case, purpose="alone", people=ids
            )
    assert Room.objects.count() == 3


@pytest.mark.parametrize("purpose", ["", "  \n", "x" * 301])
def test_a_talk_needs_a_purpose(rooms, purpose):
    with pytest.raises(TalkIncomplete):
        ask(rooms, rooms.cast.party_a, purpose=purpose)


def test_a_list_holds_participants_of_the_case_and_nobody_else(rooms):
    for people in ([], [uuid.uuid4()], [part(rooms, rooms.cast.mediator).pk]):
        with pytest.raises(TalkIncomplete):
            inviting.invite_to_talk(
                actor=rooms.cast.mediator, case=rooms.cast.case, purpose="x", people=people
            )


def test_the_purpose_and_what_is_said_have_a_key_of_their_own(rooms):
    cast = rooms.cast
    talk = ask(rooms, cast.party_a)
    inviting.agree_to_talk(actor=cast.party_a, room=talk)
    say(cast.party_a, talk, "canary-talk")
    assert talk.compartment == f"room:A:{talk.pk}"
    assert PURPOSE.encode() not in bytes(Room.objects.get(pk=talk.pk).purpose_sealed)
    Message.objects.update(room=rooms.caucus_a)
    with pytest.raises(Exception, match="tampered"):
        selectors.messages_after(cast.party_a, rooms.caucus_a, 0)


def test_a_no_ends_the_proposal_and_is_told_of_nobody(rooms):
    cast = rooms.cast
    talk = ask(rooms, cast.party_a, cast.party_b)
    inviting.agree_to_talk(actor=cast.party_a, room=talk)
    inviting.leave_talk(actor=cast.party_b, room=talk)
    talk.refresh_from_db()
    assert (talk.opened_at, talk.ended_at is not None) == (None, True)
    with pytest.raises(WrongState):
        inviting.agree_to_talk(actor=cast.mediator, room=talk)
    (line,) = talks_of(cast.party_a, cast.case)
    assert [one.name for one in line.people] == ["Mei", "Ada Applicant"]
    assert talks_of(cast.party_b, cast.case) == []


# --- Leaving ------------------------------------------------------------------------------------


def test_who_leaves_sees_nothing_of_it_any_more_and_the_others_go_on(rooms):
    cast = rooms.cast
    talk = open_talk(rooms)
    say(cast.party_b, talk, "before I go")
    inviting.leave_talk(actor=cast.party_b, room=talk)
    assert seeing(rooms, talk) == knowing(rooms, talk) == {"party_a", "mediator"}
    with pytest.raises(Forbidden):
        say(cast.party_b, talk)
    assert say(cast.party_a, talk).sequence == 2
    page = selectors.room_page(cast.party_a, Room.objects.get(pk=talk.pk))
    assert page.lines[0].sender.name == "Bo Respondent"
    assert page.others == "Mei"


def test_two_sides_never_talk_without_a_mediator(rooms):
    cast = rooms.cast
    talk = open_talk(rooms)
    inviting.leave_talk(actor=cast.mediator, room=talk)
    for user in (cast.party_a, cast.party_b):
        assert not access.can_post(user, talk)
        with pytest.raises(Forbidden):
            say(user, talk)
    assert not access.rooms_with_video([talk.pk]).exists()
    assert seeing(rooms, talk) == {"party_a", "party_b"}  # what was said can be read


def test_a_talk_whose_mediator_was_replaced_is_for_reading_only(rooms):
    cast = rooms.cast
    talk = open_talk(rooms)
    cast.case.participants.mediators().update(left_at=timezone.now())
    assert not access.can_post(cast.party_a, talk)
    with pytest.raises(Forbidden):
        say(cast.party_a, talk)


def test_leaving_needs_nobodys_consent_and_agreeing_needs_both_sides(rooms):
    cast = rooms.cast
    talk = ask(rooms, cast.party_a, cast.party_b)
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=Purpose.ONLINE)
    with pytest.raises(ConsentMissing):
        inviting.agree_to_talk(actor=cast.party_a, room=talk)
    inviting.leave_talk(actor=cast.party_b, room=talk)
    assert knowing(rooms, talk) == {"party_a", "mediator"}


def open_talk(rooms):
    cast = rooms.cast
    talk = ask(rooms, cast.party_a, cast.party_b)
    for user in (cast.party_a, cast.party_b):
        talk = inviting.agree_to_talk(actor=user, room=talk)
    assert talk.opened_at is not None
    return talk


def test_a_call_in_a_talk_needs_the_consent_of_the_sides_in_it(db):
    rooms = make_rooms(purposes=(*NEEDED_TO_TALK, Purpose.VIDEO))
    cast = rooms.cast
    both, one = open_talk(rooms), ask(rooms, cast.party_a)
    inviting.agree_to_talk(actor=cast.party_a, room=one)
    consents.withdraw_consent(actor=cast.party_b, case=cast.case, purpose=Purpose.VIDEO)
    assert list(access.rooms_with_video([both.pk, one.pk])) == [one]


# --- Third persons ------------------------------------------------------------------------------


def test_a_third_person_needs_the_approval_of_every_side(rooms, specialist):
    cast = rooms.cast
    talk = ask(rooms, cast.party_a, specialist)
    for user in (cast.party_a, specialist):
        inviting.agree_to_talk(actor=user, room=talk)
    guest = talk.members.get(participant__user=specialist)
    assert knowing(rooms, talk) == {"party_a", "party_b", "mediator"}  # B is asked too
    inviting.approve_presence(actor=cast.party_a, guest=guest)
    assert seeing(rooms, talk, specialist) == set()
    inviting.approve_presence(actor=cast.party_b, guest=guest)
    assert seeing(rooms, talk, specialist) == {"party_a", "mediator", specialist.name}
    assert say(specialist, talk).sequence == 1


def test_an_approval_taken_back_puts_the_third_person_out_and_nobody_else(rooms, specialist):
    cast = rooms.cast
    talk = ask(rooms, cast.party_a, specialist)
    guest = talk.members.get(participant__user=specialist)
    for user in (cast.party_a, specialist):
        inviting.agree_to_talk(actor=user, room=talk)
    for user in (cast.party_a, cast.party_b, cast.party_b):
        inviting.approve_presence(actor=user, guest=guest)
    assert Approval.objects.count() == 2
    inviting.disapprove_presence(actor=cast.party_b, guest=guest)
    assert seeing(rooms, talk, specialist) == {"party_a", "mediator"}
    with pytest.raises(Forbidden):
        say(specialist, talk)
    say(cast.party_a, talk)
    inviting.approve_presence(actor=cast.party_b, guest=guest)
    assert seeing(rooms, talk, specialist) == {"party_a", "mediator", specialist.name}


def test_approving_is_for_parties_and_about_third_persons(rooms, specialist):
    cast = rooms.cast
    talk = ask(rooms, cast.party_a, specialist)
    guest = talk.members.get(participant__user=specialist)
    for user in (cast.mediator, specialist, cast.coordinator, cast.stranger):
        with pytest.raises(Forbidden):
            inviting.approve_presence(actor=user, guest=guest)
    insider = talk.members.get(participant__user=cast.party_a)
    with pytest.raises(Forbidden):
        inviting.approve_presence(actor=cast.party_b, guest=insider)
    assert list(access.guests_visible_to(cast.party_b)) == [guest]
    assert not access.guests_visible_to(cast.mediator).exists()


def test_the_page_asks_the_other_side_about_a_third_person(rooms, specialist):
    cast = rooms.cast
    talk = ask(rooms, cast.party_a, specialist)
    guest = talk.members.get(participant__user=specialist)
    client = client_of(cast.party_b)
    home = reverse("rooms:talks", args=[cast.case.pk])
    assert b"I approve" in client.get(home).content
    for name, expected in (("approve", 1), ("disapprove", 0)):
        answer = client.post(reverse(f"rooms:{name}", args=[cast.case.pk, guest.pk]))
        assert answer.url == home
        assert Approval.objects.count() == expected


# --- The mediators' own room ----------------------------------------------------------------------


def second_mediator(rooms):
    """Comes into the case; returns the room of the mediators."""
    row = {"user": person("mo"), "role": "mediator", "joined_at": timezone.now()}
    Participant.objects.create(case=rooms.cast.case, **row)
    return services.open_rooms(case=rooms.cast.case)[-1]


def test_the_mediators_have_a_room_as_soon_as_there_are_two(rooms):
    cast, second = rooms.cast, person("mo")
    assert len(services.open_rooms(case=cast.case)) == 3
    row = {"user": second, "role": "mediator", "joined_at": timezone.now()}
    Participant.objects.create(case=cast.case, **row)
    *_others, own = services.open_rooms(case=cast.case)
    assert seeing(rooms, own, second) == {"mediator", second.name}
    assert say(second, own).sequence == 1
    for user in (cast.party_a, cast.party_b, cast.coordinator):
        with pytest.raises(Forbidden):
            say(user, own)
    assert services.open_rooms(case=cast.case)[-1] == own
    assert own.compartment == f"room::{own.pk}"


# --- Pages ----------------------------------------------------------------------------------------


def test_a_talk_by_the_pages_alone(rooms):
    cast = rooms.cast
    mei, ada, bo = (client_of(user) for user in (cast.mediator, cast.party_a, cast.party_b))
    people = [str(part(rooms, user).pk) for user in (cast.party_a, cast.party_b)]
    new, home = (reverse(f"rooms:{name}", args=[cast.case.pk]) for name in ("invite", "talks"))
    assert mei.post(new, {"purpose": PURPOSE}).status_code == 400
    assert mei.post(new, {"purpose": PURPOSE, "people": people}).url == home
    talk = Room.objects.get(kind="invited")
    desk = reverse("desk:case", args=[cast.case.pk])
    assert b"Your answer" in ada.get(desk).content
    for client in (ada, bo):
        assert PURPOSE in client.get(home).content.decode()
        client.post(reverse("rooms:agree", args=[cast.case.pk, talk.pk]))
    room = reverse("rooms:room", args=[cast.case.pk, talk.pk])
    joint = reverse("rooms:room", args=[cast.case.pk, rooms.joint.pk])
    ada.post(room, {"client_id": uuid.uuid4(), "body": "about the drain"})
    page = bo.get(room).content.decode()
    assert "about the drain" in page
    assert "Private: only Mei, Ada Applicant and you" in page
    # A document would be everybody's, or the mediator's alone.
    assert "data-med-bringing" not in page
    assert "data-med-bringing" in bo.get(joint).content.decode()
    bo.post(reverse("rooms:leave", args=[cast.case.pk, talk.pk]))
    assert bo.get(room).status_code == 404
    assert PURPOSE not in bo.get(home).content.decode()
    assert PURPOSE not in bo.get(desk).content.decode()


def test_a_call_in_a_talk_says_who_hears_it_and_moves_nobody_elsewhere(db):
    rooms = make_rooms(purposes=(*NEEDED_TO_TALK, Purpose.VIDEO))
    talk, mei = open_talk(rooms), client_of(rooms.cast.mediator)

    def page(room):
        address = reverse("rooms:room", args=[rooms.cast.case.pk, room.pk])
        return mei.get(address).content.decode()

    shown = page(talk)
    assert "only the people in this talk can hear this call" in shown
    assert "Both sides and the mediator can hear" not in shown
    assert "both sides and the mediator may join" not in shown
    assert "data-med-move-open" not in shown
    assert "data-med-move-open" in page(rooms.joint)
    assert page(rooms.caucus_a).count("data-med-move-to=") == 1


@pytest.mark.parametrize("name", ["party_a", "party_b"])
def test_parties_have_no_page_to_make_a_talk(rooms, name):
    client = client_of(getattr(rooms.cast, name))
    assert client.get(reverse("rooms:invite", args=[rooms.cast.case.pk])).status_code == 404


# --- Open sockets ---------------------------------------------------------------------------------


async def test_a_list_that_changes_reaches_open_sockets_within_a_second(socket_db):
    rooms = await in_thread(make_rooms)()
    cast, talk = rooms.cast, await in_thread(open_talk)(rooms)
    async with at(cast.party_b, rooms) as bo, at(cast.party_a, rooms) as ada:
        await in_thread(inviting.leave_talk)(actor=cast.party_b, room=talk)
        await bo.hear("room.left", seconds=1, room=str(talk.pk))
        await ada.post(talk, "canary after leaving")
        await ada.hear("message.posted", room=str(talk.pk))
        await bo.post(talk, "still here?")
        assert (await bo.hear("refused"))["code"] == "forbidden"
        await bo.send("resume", room=str(talk.pk), after=0)
        assert (await bo.hear("refused"))["code"] == "forbidden"
        await bo.post(rooms.joint, "elsewhere I am")
        await bo.hear("message.posted", room=str(rooms.joint.pk))
        assert "canary after leaving" not in str(bo.seen)


async def test_a_talk_that_opens_is_there_at_once_in_open_sockets(socket_db):
    rooms = await in_thread(make_rooms)()
    cast, talk = rooms.cast, await in_thread(ask)(rooms, rooms.cast.party_a)
    async with at(cast.party_a, rooms) as ada, at(cast.party_b, rooms) as bo:
        await in_thread(inviting.agree_to_talk)(actor=cast.party_a, room=talk)
        await ada.hear("live", seconds=1, room=str(talk.pk))
        assert await bo.is_quiet()
        await ada.post(talk, "here now")
        await ada.hear("message.posted", room=str(talk.pk))
        assert await bo.is_quiet()


async def test_the_room_of_the_mediators_is_there_at_once_in_open_sockets(socket_db):
    rooms = await in_thread(make_rooms)()
    cast = rooms.cast
    async with at(cast.mediator, rooms) as mei, at(cast.party_a, rooms) as ada:
        own = await in_thread(second_mediator)(rooms)
        await mei.hear("live", seconds=1, room=str(own.pk))
        await mei.post(own, "between us")
        await mei.hear("message.posted", room=str(own.pk))
        assert await ada.is_quiet()


async def test_who_is_in_the_joint_call_cannot_tell_that_a_talk_opened(socket_db):
    """Nobody drops out of the call and comes back: that both others did would say it."""
    rooms = await in_thread(make_rooms)()
    cast, talk = rooms.cast, await in_thread(ask)(rooms, rooms.cast.party_a)
    async with (
        at(cast.party_b, rooms) as bo,
        at(cast.party_a, rooms) as ada,
        at(cast.mediator, rooms) as mei,
    ):
        for one in (bo, ada, mei):
            await one.send("call.join", room=str(rooms.joint.pk))
            await one.hear("call.joined")
        while not await bo.is_quiet():
            await bo.hear("call.state")
        await in_thread(inviting.agree_to_talk)(actor=cast.party_a, room=talk)
        for one in (ada, mei):
            await one.hear("live", seconds=1, room=str(talk.pk))
        assert await bo.is_quiet(1.2)


async def test_who_leaves_two_talks_at_once_is_out_of_both(socket_db):
    """And everybody's access goes on being looked at: nobody is cut off by it."""
    rooms = await in_thread(make_rooms)()
    cast = rooms.cast
    talks = [await in_thread(open_talk)(rooms) for _number in range(2)]
    async with at(cast.party_b, rooms) as bo:
        await in_thread(leave_all)(cast.party_b, talks)
        for _talk in talks:
            await bo.hear("room.left", seconds=1)
        for talk in talks:
            await bo.send("call.join", room=str(talk.pk))
            assert (await bo.hear("refused"))["code"] == "forbidden"
        await asyncio.sleep(4)  # longer than a socket lives that is not looked at
        await bo.post(rooms.joint, "elsewhere I am")
        await bo.hear("message.posted", room=str(rooms.joint.pk))


@transaction.atomic
def leave_all(actor, talks):
    for talk in talks:
        inviting.leave_talk(actor=actor, room=talk)


def test_the_rows_of_a_talk_go_with_it(rooms):
    talk = open_talk(rooms)
    say(rooms.cast.party_a, talk)
    counts = forget_rooms(case=rooms.cast.case, compartment=talk.compartment)
    assert counts == {"messages": 1, "rooms": 1, "memberships": 3}
    assert not Member.objects.exists()
    assert Room.objects.count() == 3
