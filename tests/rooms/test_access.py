import pytest

from mediation.cases.enums import NEEDED_TO_TALK, Purpose
from mediation.cases.services import consents, participation
from mediation.rooms import access
from mediation.rooms.models import Room
from tests.rooms.conftest import make_rooms

MEMBERS = {
    "joint": {"party_a", "party_b", "mediator"},
    "caucus_a": {"party_a", "mediator"},
    "caucus_b": {"party_b", "mediator"},
}
VIDEO = (*NEEDED_TO_TALK, Purpose.VIDEO)


def seeing(rooms, name):
    room = rooms.all[name]
    return {
        who
        for who, user in rooms.cast.everybody.items()
        if user is not None and access.rooms_visible_to(user).filter(pk=room.pk).exists()
    }


@pytest.mark.parametrize("name", MEMBERS)
def test_a_room_exists_for_its_members_only(rooms, name):
    assert seeing(rooms, name) == MEMBERS[name]


def test_strangers_to_signing_in_see_no_room(rooms, rf):
    from django.contrib.auth.models import AnonymousUser

    assert list(access.rooms_visible_to(AnonymousUser())) == []


@pytest.mark.parametrize("name", MEMBERS)
def test_members_read_on_after_the_talk_closed_but_nobody_writes(rooms, name):
    participation.leave_case(actor=rooms.cast.party_b, case=rooms.cast.case)
    assert seeing(rooms, name) == MEMBERS[name]
    room = Room.objects.get(pk=rooms.all[name].pk)
    for user in (rooms.cast.party_a, rooms.cast.party_b, rooms.cast.mediator):
        assert not access.can_post(user, room)


def test_a_mediator_who_was_replaced_sees_nothing_any_more(rooms):
    rooms.cast.case.participants.mediators().update(left_at="2026-01-01T00:00Z")
    assert not access.rooms_visible_to(rooms.cast.mediator).exists()


def test_another_case_of_the_same_people_has_rooms_of_its_own(rooms):
    assert access.rooms_visible_to(rooms.cast.party_a).count() == 2
    assert access.rooms_visible_to(rooms.cast.mediator).count() == 3


def calling(rooms):
    open_ = access.rooms_with_video([room.pk for room in rooms.all.values()])
    keys = {room.pk: name for name, room in rooms.all.items()}
    return {keys[pk] for pk in open_.values_list("pk", flat=True)}


def test_a_call_needs_the_consent_of_every_side_that_meets_in_the_room(db):
    rooms = make_rooms(purposes=VIDEO)
    assert calling(rooms) == {"joint", "caucus_a", "caucus_b"}
    consents.withdraw_consent(actor=rooms.cast.party_b, case=rooms.cast.case, purpose=Purpose.VIDEO)
    assert calling(rooms) == {"caucus_a"}


def test_without_anybodys_consent_to_video_there_is_no_call(db):
    assert calling(make_rooms(purposes=NEEDED_TO_TALK)) == set()


def test_no_call_goes_on_when_the_talk_is_closed(db):
    rooms = make_rooms(purposes=VIDEO)
    consents.withdraw_consent(
        actor=rooms.cast.party_a, case=rooms.cast.case, purpose=Purpose.ONLINE
    )
    assert calling(rooms) == set()
    assert not access.can_call(rooms.cast.mediator, rooms.joint)


def test_calling_is_for_members_of_the_room(rooms):
    assert access.can_call(rooms.cast.party_a, rooms.caucus_a)
    assert not access.can_call(rooms.cast.party_b, rooms.caucus_a)
    assert not access.can_call(rooms.cast.coordinator, rooms.joint)
