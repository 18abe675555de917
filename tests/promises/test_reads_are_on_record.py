"""Whoever may read the parties' confidences leaves a trace that those they belong to can see.

Each page is opened as the mediator; whichever shows words or names of a party must be on record
afterwards. A new page that shows them fails here until it records it.
"""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from mediation.audit.models import EntryDetail
from mediation.audit.selectors import history_for_case
from mediation.cases.services.looking import Look
from mediation.privacy.history import OWN, PRIVATE, SHARED, history_of
from mediation.rooms.models import Room
from tests.promises.doors import doors
from tests.promises.story import EVERY_SECRET
from tests.promises.story import NOTE as STORY_NOTE
from tests.promises.world import JOINT, MAY_SEE, MEDIATORS, NOTE, client_of

pytestmark = pytest.mark.django_db
NAMES = {"Ada Applicant", "Bo Respondent"}
# The mediators' own words: notes, among themselves, and what they said to everybody.
THEIR_OWN = {NOTE, MEDIATORS, JOINT}
WITHOUT_ID = {"desk:list", "matching:queue"}


def looks(case, user):
    """How many entries this person has in the case's log."""
    return EntryDetail.objects.filter(case_id=case.pk, actor_id=user.pk).count()


def shows_something(content, words):
    return any(word.encode() in content for word in words)


def silently_shown(case, mediator, words):
    """Labels of all pages that show any of the words, and of those that left no event."""
    confidential, silent = [], []
    for door in doors(case):
        if not (door.has_id or door.label in WITHOUT_ID):
            continue
        before = looks(case, mediator)
        with transaction.atomic():
            answer = client_of(mediator).get(door.path)
            if answer.status_code == 200 and shows_something(answer.content, words):
                confidential.append(door.label)
                if looks(case, mediator) == before:
                    silent.append(door.label)
            transaction.set_rollback(True)
    return confidential, silent


def test_every_confidential_page_leaves_an_event(world):
    words = (MAY_SEE["mediator"] - THEIR_OWN) | NAMES
    confidential, silent = silently_shown(world.case, world.cast.mediator, words)

    assert len(confidential) > 15, "the pages do show what they should"
    assert " ".join(silent) == ""


def test_so_it_does_after_the_settlement(story):
    confidential, silent = silently_shown(
        story.case, story.cast.mediator, NAMES | {*EVERY_SECRET} - {STORY_NOTE}
    )

    assert len(confidential) > 5, "the pages do show what they should"
    assert " ".join(silent) == ""


def history(user, case):
    part = case.participants.select_related("user", "case", "side").get(user=user)
    return [str(line.what) for line in history_of(part)]


def test_looking_at_the_other_sides_private_things_changes_nothing_on_ones_own_pages(world):
    """Before and after the mediator reads all that is only side A's, side B's page is the same."""
    browser = client_of(world.cast.mediator)
    before = history(world.cast.party_b, world.case)
    browser.get(reverse("rooms:room", args=[world.case.pk, world.rooms["A"].pk]))
    browser.get(reverse("rooms:room", args=[world.case.pk, world.rooms["talk"].pk]))

    assert history(world.cast.party_b, world.case) == before
    assert history(world.cast.party_a, world.case) != before


def test_a_partys_own_reading_is_not_recorded(world):
    case = world.case
    before = looks(case, world.cast.party_a)
    for door in doors(case):
        if not door.label.startswith(("evidence:download", "demo:")):
            client_of(world.cast.party_a).get(door.path)

    assert looks(case, world.cast.party_a) == before


def test_what_the_mediators_say_among_themselves_is_nobodys_to_be_told(world):
    room = Room.objects.get(pk=world.rooms["mediators"].pk)
    before = len(history_for_case(world.case.pk))
    client_of(world.cast.mediator).get(reverse("rooms:room", args=[world.case.pk, room.pk]))

    (line,) = history_for_case(world.case.pk)[before:]
    assert line.action == Look.CASE, "the names at its head, as on the page of the case"
    assert set(line.facts) == {"day"}


def test_every_look_has_words():
    for look in Look:
        assert look in SHARED or look in PRIVATE
        assert not (look in SHARED and (look in PRIVATE or look in OWN))


def test_names_read_before_an_offer_are_on_record_at_each_look(client: Client):
    """The only thing of a case that somebody outside it may read."""
    from tests.factories.cast import make_cast

    cast = make_cast("waiting")
    client.force_login(cast.mediator)
    for _ in range(2):
        page = client.post(reverse("matching:names", args=[cast.case.pk]))
        assert shows_something(page.content, NAMES)

    actions = [line.action for line in history_for_case(cast.case.pk)]
    assert actions.count("identity.read") == 2
    assert str(SHARED["identity.read"]) in history(cast.party_a, cast.case)
