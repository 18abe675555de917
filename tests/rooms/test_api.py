"""The room by REST, as everybody."""

import uuid

import pytest
from django.core.cache import cache
from django.test import Client

from mediation.cases.enums import Purpose
from mediation.cases.services import consents
from mediation.core.api import PersonThrottle
from mediation.rooms.models import Message
from mediation.rooms.services import post_message
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db
CANARY = "for the mediator alone 51c9"


@pytest.fixture(autouse=True)
def _no_throttle_left_over():
    cache.clear()


def messages(room):
    return f"/api/v1/rooms/{room.pk}/messages/"


def post(user, room, body, client_id=None, **client):
    written = {"client_id": str(client_id or uuid.uuid4()), "body": body}
    return client_of(user).post(messages(room), written, content_type="application/json", **client)


def test_what_one_writes_the_others_read(rooms):
    answer = post(rooms.cast.party_a, rooms.joint, "  Good morning.  ")
    assert answer.status_code == 201
    assert answer.json()["body"] == "Good morning."
    for who in (rooms.cast.party_a, rooms.cast.party_b, rooms.cast.mediator):
        listed = client_of(who).get(messages(rooms.joint)).json()
        assert listed == {"head": 1, "results": [answer.json()]}


def test_sending_again_changes_nothing(rooms):
    client_id = uuid.uuid4()
    first = post(rooms.cast.party_a, rooms.joint, "once", client_id)
    again = post(rooms.cast.party_a, rooms.joint, "once", client_id)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Message.objects.count() == 1


def test_listing_goes_on_from_a_number(rooms):
    for number in range(5):
        post(rooms.cast.party_b, rooms.joint, str(number))
    browser = client_of(rooms.cast.mediator)
    page = browser.get(messages(rooms.joint), {"after": 1, "limit": 2}).json()
    assert [row["body"] for row in page["results"]] == ["1", "2"]
    assert page["head"] == 5


def test_a_message_is_corrected_and_taken_back(rooms):
    post(rooms.cast.party_a, rooms.joint, "5,000")
    own = client_of(rooms.cast.party_a)
    one = f"{messages(rooms.joint)}1/"
    better = {"client_id": str(uuid.uuid4()), "body": "500"}
    corrected = own.patch(one, better, content_type="application/json")
    assert corrected.status_code == 200
    assert corrected.json() | {"changes": 1, "body": "500", "edited": True} == corrected.json()
    back = {"client_id": str(uuid.uuid4())}
    taken = own.post(f"{one}take-back/", back, content_type="application/json")
    assert taken.json()["retracted"] is True
    assert taken.json()["body"] == ""
    late = {"client_id": str(uuid.uuid4()), "body": "once more"}
    refused = own.patch(one, late, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "already_taken_back")


def test_nobody_changes_what_another_wrote(rooms):
    post(rooms.cast.party_a, rooms.joint, "mine")
    one = f"{messages(rooms.joint)}1/"
    other = client_of(rooms.cast.party_b)
    fields = {"client_id": str(uuid.uuid4()), "body": "yours"}
    assert other.patch(one, fields, content_type="application/json").status_code == 403
    answer = other.post(f"{one}take-back/", fields, content_type="application/json")
    assert answer.status_code == 403
    assert client_of(rooms.cast.mediator).get(messages(rooms.joint)).json()["head"] == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"body": "no id"}, "invalid"),
        ({"client_id": "7", "body": "no id"}, "invalid"),
        ({"client_id": str(uuid.uuid4()), "body": "  \n"}, "message_empty"),
        ({"client_id": str(uuid.uuid4()), "body": "长" * 3000}, "message_too_long"),
    ],
)
def test_what_cannot_be_stored_is_refused_in_words(rooms, fields, code):
    browser = client_of(rooms.cast.party_a)
    answer = browser.post(messages(rooms.joint), fields, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not Message.objects.exists()


@pytest.mark.parametrize("who", ["party_b", "coordinator", "other_staff", "clerk", "stranger"])
def test_a_private_talk_does_not_exist_for_anybody_else(rooms, who):
    posted = post_message(
        actor=rooms.cast.party_a, room=rooms.caucus_a, client_id=uuid.uuid4(), body=CANARY
    )
    browser = client_of(getattr(rooms.cast, who))
    fields = {"client_id": str(uuid.uuid4()), "body": "?"}
    one = f"{messages(rooms.caucus_a)}{posted.sequence}/"
    answers = [
        browser.get(messages(rooms.caucus_a)),
        browser.post(messages(rooms.caucus_a), fields, content_type="application/json"),
        browser.patch(one, fields, content_type="application/json"),
        browser.post(f"{one}take-back/", fields, content_type="application/json"),
    ]
    nowhere = browser.get(f"/api/v1/rooms/{uuid.uuid4()}/messages/")
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.content for answer in answers} == {nowhere.content}
    listed = browser.get(f"/api/v1/cases/{rooms.cast.case.pk}/rooms/")
    assert str(rooms.caucus_a.pk) not in listed.content.decode()


def test_each_sees_the_rooms_they_are_in(rooms):
    path = f"/api/v1/cases/{rooms.cast.case.pk}/rooms/"
    seen = {
        who: {row["id"] for row in client_of(getattr(rooms.cast, who)).get(path).json()}
        for who in ("party_a", "mediator")
    }
    own = {str(rooms.joint.pk), str(rooms.caucus_a.pk)}
    assert seen == {"party_a": own, "mediator": own | {str(rooms.caucus_b.pk)}}
    assert client_of(rooms.cast.stranger).get(path).status_code == 404


def test_after_a_withdrawal_one_may_read_and_not_write(rooms):
    post(rooms.cast.party_a, rooms.joint, "before")
    consents.withdraw_consent(
        actor=rooms.cast.party_b, case=rooms.cast.case, purpose=Purpose.MEDIATE
    )
    answer = post(rooms.cast.party_a, rooms.joint, "after")
    assert (answer.status_code, answer.json()["code"]) == (409, "consent_missing")
    assert client_of(rooms.cast.party_a).get(messages(rooms.joint)).json()["head"] == 1


def test_nobody_calls_without_signing_in(rooms):
    answer = Client().get(messages(rooms.joint))
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_another_site_cannot_write_in_ones_name(rooms):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = client_of(rooms.cast.party_a).cookies
    fields = {"client_id": str(uuid.uuid4()), "body": "forged"}
    answer = browser.post(messages(rooms.joint), fields, content_type="application/json")
    assert answer.status_code == 403
    assert not Message.objects.exists()


def test_too_many_calls_in_a_minute_wait(rooms, monkeypatch):
    monkeypatch.setattr(PersonThrottle, "rate", "2/min")
    browser = client_of(rooms.cast.party_a)
    answers = [browser.get(messages(rooms.joint)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["Retry-After"]
    other = client_of(rooms.cast.party_b)
    assert other.get(messages(rooms.joint)).status_code == 200
