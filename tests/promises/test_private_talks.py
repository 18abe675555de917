"""Promise 2: a caucus is invisible to the other side on every route there is (S4, T3, T4)."""

import pytest
from django.test import Client

from mediation.core.errors import DomainError
from mediation.rooms import services as rooms
from mediation.rooms.access import rooms_visible_to
from mediation.rooms.selectors import latest_messages, messages_after
from tests.factories.cast import NAMES
from tests.promises.crawler import crawl, every_address, ids_in_database
from tests.promises.world import CANARIES, MAY_SEE, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def client_of(user) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    if user is not None:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def addresses(world) -> list[str]:
    case = world.cast.case
    ids = [str(case.pk), *(str(room.pk) for room in world.rooms.values())]
    values = {
        "case_id": [str(case.pk)],
        "uuid": sorted({*ids, *ids_in_database()}),
        "slug": ["mediate", "video", "summary", "A", "B", "O1"],
        "str": ["O1"],
        "int": ["1", "2"],
    }
    return [path for path in every_address(values) if "/out/" not in path]


@pytest.mark.parametrize("name", [*NAMES, "nobody"])
def test_nobody_reads_what_is_not_theirs_at_any_address(world, name):
    """Every address of the site, filled with every id in the database, and every link from it."""
    client = client_of(world.cast.everybody[name])
    seen = crawl(client, addresses(world))
    leaks = {
        (path, canary)
        for path, (_status, body) in seen.items()
        for canary in CANARIES - MAY_SEE[name]
        if canary.encode() in body
    }
    assert leaks == set()
    assert {status for status, _body in seen.values() if status >= 500} == set()


@pytest.mark.parametrize("name", ["party_a", "party_b", "mediator"])
def test_the_crawl_would_notice(world, name):
    """The same crawl does find what the person may see: the net has no hole."""
    seen = crawl(client_of(world.cast.everybody[name]), addresses(world))
    found = {c for c in CANARIES for _status, body in seen.values() if c.encode() in body}
    assert found == MAY_SEE[name]


@pytest.mark.parametrize("name", NAMES)
def test_caucus_room_exists_only_for_its_side_and_the_mediator(world, name):
    user = world.cast.everybody[name]
    expected = {
        "party_a": {"", "A"},
        "party_b": {"", "B"},
        "mediator": {"", "A", "B"},
    }.get(name, set())
    visible = {room.side.letter if room.side else "" for room in rooms_visible_to(user)}
    assert visible == expected


@pytest.mark.parametrize("name", NAMES)
def test_writing_and_reading_by_service_is_refused_too(world, name):
    user = world.cast.everybody[name]
    for letter, room in world.rooms.items():
        if rooms_visible_to(user).filter(pk=room.pk).exists():
            continue
        with pytest.raises(DomainError):
            rooms.post_message(actor=user, room=room, client_id=room.pk, body="hello")
        assert messages_after(user, room, 0) == [], letter
        assert latest_messages(user, room) == [], letter
