import re
import uuid

import pytest
from django.urls import reverse

from mediation.cases.enums import NEEDED_TO_TALK, Purpose
from mediation.cases.services import consents, participation
from mediation.rooms import selectors, services
from mediation.rooms.models import Message, Room
from mediation.rooms.services.appending import append
from mediation.rooms.services.drafts import Draft
from tests.factories.cast import make_cast
from tests.rooms.conftest import make_rooms

MEMBERS = {
    "joint": {"party_a", "party_b", "mediator"},
    "caucus_a": {"party_a", "mediator"},
    "caucus_b": {"party_b", "mediator"},
}
PEOPLE = ["party_a", "party_b", "mediator", "coordinator", "other_staff", "clerk", "stranger"]
CANARY = "caucus-A-canary <b>&amp;</b>"


def address(rooms, name):
    return reverse("rooms:room", args=[rooms.cast.case.pk, rooms.all[name].pk])


def visit(client, rooms, who, name="joint", **query):
    client.force_login(getattr(rooms.cast, who))
    return client.get(address(rooms, name), query)


def say(user, room, body="text"):
    return services.post_message(actor=user, room=room, client_id=uuid.uuid4(), body=body)


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize("who", PEOPLE)
def test_each_room_is_a_page_for_its_members_and_nothing_for_others(client, rooms, who, name):
    status = visit(client, rooms, who, name).status_code
    assert status == (200 if who in MEMBERS[name] else 404)


@pytest.mark.parametrize("who", PEOPLE)
def test_only_members_write_by_form(client, rooms, who):
    client.force_login(getattr(rooms.cast, who))
    answer = client.post(address(rooms, "caucus_a"), {"client_id": uuid.uuid4(), "body": "by form"})
    assert answer.status_code == (302 if who in MEMBERS["caucus_a"] else 404)
    assert Message.objects.count() == (who in MEMBERS["caucus_a"])


def test_without_signing_in_there_is_the_sign_in_page(client, rooms):
    answer = client.get(address(rooms, "joint"))
    assert answer.status_code == 302
    assert "sign-in" in answer["Location"]


@pytest.mark.django_db
@pytest.mark.parametrize("who", PEOPLE)
def test_whoever_comes_before_the_worker_waits_for_the_room(client, who):
    cast = make_cast("mediating")
    client.force_login(getattr(cast, who))
    answer = client.get(reverse("rooms:joint", args=[cast.case.pk]))
    assert answer.status_code == (200 if who in MEMBERS["joint"] else 404)
    assert answer.has_header("Refresh") == (who in MEMBERS["joint"])
    assert not Room.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("stage", ["draft", "invited", "consenting", "waiting"])
def test_there_is_no_room_before_the_mediation(client, stage):
    cast = make_cast(stage)
    client.force_login(cast.party_a)
    assert client.get(reverse("rooms:joint", args=[cast.case.pk])).status_code == 404
    assert not Room.objects.exists()


def test_a_room_under_another_cases_address_is_not_found(client, rooms):
    client.force_login(rooms.cast.party_a)
    assert client.get(reverse("rooms:room", args=[uuid.uuid4(), rooms.joint.pk])).status_code == 404


def test_the_short_address_leads_to_the_joint_room(client, rooms):
    client.force_login(rooms.cast.party_b)
    answer = client.get(reverse("rooms:joint", args=[rooms.cast.case.pk]))
    assert answer["Location"] == address(rooms, "joint")
    client.force_login(rooms.cast.stranger)
    assert client.get(reverse("rooms:joint", args=[rooms.cast.case.pk])).status_code == 404


def test_the_page_of_the_other_side_knows_nothing_of_a_caucus(client, rooms):
    say(rooms.cast.party_a, rooms.caucus_a, CANARY)
    for name in ("joint", "caucus_b"):
        page = visit(client, rooms, "party_b", name).content.decode()
        assert "canary" not in page
        assert str(rooms.caucus_a.pk) not in page


def test_messages_are_text_whatever_they_look_like(client, rooms):
    say(rooms.cast.party_a, rooms.joint, "<script>alert(1)</script>")
    page = visit(client, rooms, "party_b").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_who_can_see_is_said_in_every_room(client, rooms):
    words = {
        ("party_a", "joint"): "Everybody in this case: Mei, Bo Respondent and you",
        ("party_a", "caucus_a"): "Private: only Mei and you",
        ("mediator", "caucus_a"): "Private: only Ada Applicant and you",
        ("mediator", "caucus_b"): "Private: only Bo Respondent and you",
    }
    for (who, name), said in words.items():
        assert said in visit(client, rooms, who, name).content.decode()


def test_writing_by_form_leads_back_and_twice_is_once(client, rooms):
    page = visit(client, rooms, "party_a").content.decode()
    given = re.search(r'name="client_id" value="([0-9a-f-]+)"', page)
    assert given is not None
    for _ in range(2):
        answer = client.post(address(rooms, "joint"), {"client_id": given[1], "body": "hello"})
        assert answer["Location"] == address(rooms, "joint")
    stored = selectors.messages_after(rooms.cast.party_b, rooms.joint, 0)
    assert [message.body for message in stored] == ["hello"]


@pytest.mark.parametrize(("body", "words"), [("  ", "Write something"), ("x" * 8193, "too long")])
def test_what_cannot_be_sent_stays_in_the_box(client, rooms, body, words):
    client.force_login(rooms.cast.party_a)
    answer = client.post(address(rooms, "joint"), {"client_id": uuid.uuid4(), "body": body})
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert answer.context["form"]["body"].value() == body


def test_after_the_talk_closed_one_reads_and_cannot_write(client, rooms):
    say(rooms.cast.party_a, rooms.joint, "still to be read")
    participation.leave_case(actor=rooms.cast.party_b, case=rooms.cast.case)
    page = visit(client, rooms, "party_a").content.decode()
    assert "still to be read" in page
    assert "<textarea" not in page
    assert "room.js" not in page
    answer = client.post(address(rooms, "joint"), {"client_id": uuid.uuid4(), "body": "late"})
    assert answer.status_code == 409
    assert "consent" in answer.content.decode()


def test_long_talks_are_read_in_pages(client, rooms):
    drafts = [
        Draft(rooms.cast.party_a, rooms.joint.pk, uuid.uuid4(), f"message {number}.")
        for number in range(1, 151)
    ]
    append(drafts)
    newest = visit(client, rooms, "party_b").content.decode()
    assert "message 51." in newest
    assert "message 50." not in newest
    assert "?before=51" in newest
    earlier = visit(client, rooms, "party_b", before="51").content.decode()
    assert "message 1." in earlier
    assert "message 51." not in earlier
    assert "room.js" not in earlier
    for nonsense in ("x", "-1", "", "9" * 30, "²"):
        assert visit(client, rooms, "party_b", before=nonsense).status_code == 200


def test_camera_and_microphone_are_for_this_page_alone(client, rooms):
    policy = visit(client, rooms, "party_a")["Permissions-Policy"]
    for feature in ("camera", "microphone", "display-capture"):
        assert f"{feature}=(self)" in policy
    assert "geolocation=()" in policy
    assert "camera=()" in client.get(reverse("core:home"))["Permissions-Policy"]


def test_the_socket_of_this_origin_and_no_other_may_be_opened(client, rooms):
    policy = visit(client, rooms, "party_a")["Content-Security-Policy"]
    assert "connect-src 'self' ws://127.0.0.1:8000" in policy


def test_a_call_is_offered_only_where_it_was_agreed(client, db):
    rooms = make_rooms(purposes=(*NEEDED_TO_TALK, Purpose.VIDEO))
    consents.withdraw_consent(actor=rooms.cast.party_b, case=rooms.cast.case, purpose=Purpose.VIDEO)
    offered = {
        (who, name): "data-med-call-open" in visit(client, rooms, who, name).content.decode()
        for who, name in [("party_a", "joint"), ("mediator", "joint"), ("party_a", "caucus_a")]
    }
    assert offered == {
        ("party_a", "joint"): False,
        ("mediator", "joint"): False,
        ("party_a", "caucus_a"): True,
    }


def test_the_page_takes_as_many_queries_for_one_message_as_for_three(
    client, rooms, django_assert_max_num_queries
):
    say(rooms.cast.party_a, rooms.joint)
    visit(client, rooms, "party_b")
    with django_assert_max_num_queries(48):
        visit(client, rooms, "party_b")
    for _ in range(2):
        say(rooms.cast.mediator, rooms.joint)
    with django_assert_max_num_queries(48):
        visit(client, rooms, "party_b")


def test_no_page_and_no_script_records_anything():
    from django.conf import settings

    scripts = (settings.BASE_DIR / "static" / "js" / "rooms").glob("*.js")
    for script in scripts:
        source = script.read_text(encoding="utf-8")
        for word in ("MediaRecorder", "SpeechRecognition", "localStorage", "indexedDB"):
            assert word not in source
        for word in ("innerHTML", "insertAdjacentHTML"):
            assert word not in source
        # Only what seals before it stores (decision 0015), and which call the tab is in (0013).
        if not script.name.endswith(".test.js"):
            may_store = script.name in {"keeping.js", "way-back.js"}
            assert ("sessionStorage" in source) == may_store


def test_the_key_of_what_the_browser_keeps_is_the_sessions_and_is_not_stored(client, rooms):
    first = visit(client, rooms, "party_a")
    again = client.get(address(rooms, "joint"))
    assert first.context["config"]["storageKey"] == again.context["config"]["storageKey"]
    assert "no-store" in first.headers["Cache-Control"]
    client.logout()
    fresh = visit(client, rooms, "party_a")
    assert fresh.context["config"]["storageKey"] != first.context["config"]["storageKey"]
