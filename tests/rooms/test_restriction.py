"""A room whose compartment is stored and no more: every way in says so, and no other room does."""

from uuid import uuid4

import pytest
from channels.db import database_sync_to_async as in_thread

from mediation.rooms.services import post_message
from mediation.vault import services as vault
from tests.promises.world import client_of
from tests.rooms.conftest import make_rooms
from tests.rooms.sockets import socket


@pytest.fixture
def rooms(db):
    return make_rooms()


def say(rooms, body):
    post_message(actor=rooms.cast.party_a, room=rooms.joint, client_id=uuid4(), body=body)


def restrict(rooms, *compartments):
    vault.restrict(case_id=rooms.cast.case.pk, compartments=compartments)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "This is being kept, and not used"), ("zh-hans", 'lang="zh-Hans"')],
)
def test_its_page_says_in_plain_words_that_it_is_kept(rooms, language, words):
    browser = client_of(rooms.cast.party_a)
    page = f"/cases/{rooms.cast.case.pk}/room/{rooms.joint.pk}/"
    say(rooms, "words-canary")
    assert b"words-canary" in browser.get(page).content
    restrict(rooms, "joint")

    answer = browser.get(page, headers={"accept-language": language})

    assert answer.status_code == 423
    assert words in answer.content.decode()
    assert b"words-canary" not in answer.content


@pytest.mark.django_db
def test_the_api_neither_reads_nor_writes(rooms):
    listing = f"/api/v1/rooms/{rooms.joint.pk}/messages/"
    browser = client_of(rooms.cast.party_a)
    say(rooms, "words-canary")
    restrict(rooms, "joint")

    written = {"client_id": "1b0f8c3e-31d5-4c2e-9e1f-0e4b6b4b6c11", "body": "late"}
    for answer in (
        browser.get(listing),
        browser.post(listing, written, content_type="application/json"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (423, "restricted")


async def test_a_socket_is_told_of_this_room_and_serves_the_others(socket_db, caplog):
    rooms = await in_thread(make_rooms)()
    await in_thread(say)(rooms, "words-canary")
    restrict(rooms, "joint")

    async with socket(rooms.cast.party_a) as client:
        await client.hello(rooms.cast.case, heads={rooms.joint.pk: 0, rooms.caucus_a.pk: 0})
        refusal = await client.hear("refused", code="restricted")
        await client.hear("live", room=str(rooms.caucus_a.pk))
        late = await client.post(rooms.joint, "late")
        await client.hear("refused", code="restricted", client_id=late)
        await client.post(rooms.caucus_a, "to the mediator")
        await client.hear("message.posted", body="to the mediator")

    assert "client_id" not in refusal
    assert client.of("message.posted")[0]["body"] == "to the mediator"
    assert caplog.text == ""
