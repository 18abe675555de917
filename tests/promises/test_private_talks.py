"""Promise 2: a caucus is invisible to the other side on every route there is (S4, S5, T3, T4).

Here: every page, file and service. Mails, logs, exports, the API: test_private_talks_elsewhere.py;
sockets: test_at_sockets.py.
"""

import re
from uuid import uuid4

import pytest

from mediation.core.errors import DomainError
from mediation.evidence.access import documents_visible_to
from mediation.evidence.models import Document
from mediation.rooms import services as rooms
from mediation.rooms.access import rooms_visible_to
from mediation.rooms.selectors import latest_messages, messages_after
from tests.factories.cast import NAMES
from tests.promises.visits import visit_of
from tests.promises.world import CANARIES, MAY_SEE, client_of

pytestmark = pytest.mark.django_db
PEOPLE = [*NAMES, "nobody"]


@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_reads_what_is_theirs_and_nothing_else_at_any_address(world, name):
    """Every address of the site, filled with every id in the database, and every link from it.
    That people do find what is theirs proves that the net has no hole.
    """
    seen = visit_of(world, name).seen
    found = {
        canary: path
        for path, (_status, body) in seen.items()
        for canary in CANARIES
        if canary.encode() in body
    }
    assert {c: path for c, path in found.items() if c not in MAY_SEE[name]} == {}
    assert set(found) == MAY_SEE[name]
    assert {path: status for path, (status, _body) in seen.items() if status >= 500} == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_caucus_exists_only_for_its_side_and_the_mediator(world, name):
    expected = {
        "party_a": {"", "A", "talk", "held"},
        "party_b": {"", "B", "held", "talk_b"},
        "mediator": {"", "A", "B", "talk", "held", "mediators"},
    }
    visible = set(rooms_visible_to(world.cast.everybody[name]).values_list("pk", flat=True))
    seen = {key for key, room in world.rooms.items() if room.pk in visible}
    assert (seen, len(visible)) == (expected.get(name, set()), len(seen))


@pytest.mark.parametrize("name", NAMES)
def test_writing_and_reading_by_service_is_refused_too(world, name):
    user = world.cast.everybody[name]
    mine = set(rooms_visible_to(user).values_list("pk", flat=True))
    for letter, room in world.rooms.items():
        if room.pk in mine:
            continue
        with pytest.raises(DomainError):
            rooms.post_message(actor=user, room=room, client_id=uuid4(), body="hello")
        assert messages_after(user, room, 0) == [], letter
        assert latest_messages(user, room) == [], letter


def shown(client, path, key):
    """Status and page, without the id that was asked for and what is new on every page."""
    response = client.get(path)
    page = response.content.decode().replace(str(key), "KEY")
    return response.status_code, re.sub(r'(nonce|value|csrf)="[^"]+"', "", page)


@pytest.mark.parametrize("name", [*NAMES[1:2], *NAMES[3:]])
def test_what_is_hidden_and_what_is_not_there_look_the_same(world, name):
    """Neither status nor words of a refusal tell that there is a private room or document."""
    client = client_of(world.cast.everybody[name])
    paper = Document.objects.get()
    assert not documents_visible_to(world.cast.everybody[name]).exists()
    home = f"/cases/{world.case.pk}"
    hidden = {
        f"{home}/room/{{}}/": world.rooms["A"].pk,
        f"{home}/room/{{}}/?": world.rooms["talk"].pk,
        f"{home}/room/{{}}/??": world.rooms["mediators"].pk,
        f"{home}/room/{{}}/review/": world.rooms["talk"].pk,
        "/api/v1/rooms/{}/messages/": world.rooms["talk"].pk,
        f"{home}/documents/{{}}/file/": paper.pk,
        f"{home}/documents/{{}}/withdraw/": paper.pk,
    }
    for path, key in hidden.items():
        nowhere = uuid4()
        there = shown(client, path.format(key), key)
        assert there == shown(client, path.format(nowhere), nowhere), path
        assert there[0] == 404, path


@pytest.mark.parametrize("name", NAMES[3:])
def test_to_outsiders_the_case_itself_looks_like_nothing(world, name):
    client, nowhere = client_of(world.cast.everybody[name]), uuid4()
    for path in ("/cases/{}/", "/cases/{}/room/", "/cases/{}/privacy/", "/cases/{}/settlement/"):
        there = shown(client, path.format(world.case.pk), world.case.pk)
        assert there == shown(client, path.format(nowhere), nowhere), path
        assert there[0] == 404, path
