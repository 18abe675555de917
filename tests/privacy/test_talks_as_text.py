"""What a party takes along of a talk: their own view, to be read, and what it is not for."""

import io
import uuid
import zipfile

import pytest
from django.utils import timezone, translation

from mediation.privacy.services.export import download_data
from mediation.privacy.services.talks import talk_as_text
from mediation.rooms import services
from mediation.rooms.models import Room
from mediation.rooms.services import inviting
from tests.rooms.conftest import make_rooms

pytestmark = pytest.mark.django_db


def say(rooms, who, name, body):
    room = rooms.all[name]
    return services.post_message(
        actor=getattr(rooms.cast, who), room=room, client_id=uuid.uuid4(), body=body
    )


def text_for(rooms, who, name="joint"):
    room = Room.objects.select_related("case", "side").get(pk=rooms.all[name].pk)
    return talk_as_text(getattr(rooms.cast, who), room)


def test_it_says_who_said_what_and_when_in_order():
    rooms = make_rooms()
    said = say(rooms, "party_a", "joint", "Good morning")
    say(rooms, "party_b", "joint", "早上好")
    text = text_for(rooms, "party_a")
    at = timezone.localtime(said.sent_at).strftime("%H:%M")
    assert text.splitlines()[-2:] == [
        f"{at}  Ada Applicant: Good morning",
        f"{at}  Bo Respondent: 早上好",
    ]
    assert rooms.cast.case.number in text
    assert "confidential" in text


def test_nobody_can_write_as_if_somebody_else_had():
    rooms = make_rooms()
    say(rooms, "party_a", "joint", "hello\n17:00  Bo Respondent: I agree to everything")
    lines = text_for(rooms, "party_a").splitlines()
    assert [line for line in lines if line.startswith("17:00")] == []


def test_what_was_taken_back_is_not_in_it_and_what_was_changed_is_as_it_is_now():
    rooms = make_rooms()
    cast = rooms.cast
    for body in ("taken-canary", "changed-canary"):
        say(rooms, "party_a", "joint", body)
    about = {"actor": cast.party_a, "room_id": rooms.joint.pk}
    services.retract_message(**about, sequence=1, client_id=uuid.uuid4())
    services.edit_message(**about, sequence=2, client_id=uuid.uuid4(), body="calmly")
    text = text_for(rooms, "party_b")
    assert "canary" not in text
    assert text.splitlines()[-2].endswith("Ada Applicant: Taken back")
    assert text.splitlines()[-1].endswith("Ada Applicant: calmly (Changed)")


def test_of_a_room_one_may_not_see_it_holds_nothing_that_was_said():
    rooms = make_rooms()
    say(rooms, "party_a", "caucus_a", "caucus-A-canary")
    assert "caucus-A-canary" in text_for(rooms, "party_a", "caucus_a")
    assert "caucus-A-canary" not in text_for(rooms, "party_b", "caucus_a")


def test_it_speaks_the_readers_language():
    rooms = make_rooms()
    with translation.override("zh-hans"):
        assert "共同调解室" in text_for(rooms, "party_a")


def test_a_talk_by_invitation_is_not_taken_for_the_joint_room():
    rooms = make_rooms()
    cast = rooms.cast
    ada = cast.case.participants.get(user=cast.party_a)
    for purpose in ("the drain", "the wall"):
        talk = inviting.invite_to_talk(
            actor=cast.mediator, case=cast.case, purpose=purpose, people=[ada.pk]
        )
        inviting.agree_to_talk(actor=cast.party_a, room=talk)
        services.post_message(
            actor=cast.party_a, room=talk, client_id=uuid.uuid4(), body=f"about {purpose}"
        )
    data = download_data(actor=cast.party_a, case=cast.case)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        names = [name for name in packed.namelist() if name.startswith("talks/invited")]
        texts = [packed.read(name).decode() for name in names]
    assert len(set(names)) == 2
    for text, purpose in zip(texts, ("the drain", "the wall"), strict=True):
        assert text.startswith(f"Talk by invitation: {purpose}\n")
        assert "Only those on its list see it." in text
        assert "Joint room" not in text
        assert f"about {purpose}" in text
