"""What a mediator's reading leaves behind, once every page of a case was opened: who sees what of
it. That each page leaves something is tried in test_reads_are_on_record.py.
"""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from mediation.audit.selectors import history_for_case
from mediation.cases.services.looking import Look
from mediation.privacy.history import PRIVATE, SHARED
from tests.promises.doors import doors
from tests.promises.test_reads_are_on_record import history, looks
from tests.promises.world import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def opened_once(world_once):
    browser = client_of(world_once.cast.mediator)
    for _ in range(2):
        for door in doors(world_once.case):
            browser.get(door.path)


@pytest.fixture
def opened(opened_once, world):
    """The mediator has opened every page twice."""
    return world


def test_each_thing_is_on_record_once_a_day(opened):
    looked = [
        (line.action, tuple(sorted(line.facts.items())))
        for line in history_for_case(opened.case.pk)
        if line.action in set(Look)
    ]

    assert len(looked) == len(set(looked))
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        page = reverse("cases:accounts", args=[opened.case.pk])
        before = looks(opened.case, opened.cast.mediator)
        client_of(opened.cast.mediator).get(page)
        client_of(opened.cast.mediator).get(page)
        assert looks(opened.case, opened.cast.mediator) == before + 1


def test_both_sides_see_what_is_read_of_what_both_share(opened):
    shared = {str(SHARED[look]) for look in Look if look in SHARED}
    shared -= {str(SHARED[Look.SETTLEMENT])}  # there is only a draft so far
    for user in (opened.cast.party_a, opened.cast.party_b):
        assert shared <= set(history(user, opened.case))


def test_a_side_sees_the_looks_at_its_own_and_none_at_the_others(opened):
    """Both have a private talk; only side A has a private document and a message that waits."""
    mine, theirs = (
        history(user, opened.case) for user in (opened.cast.party_a, opened.cast.party_b)
    )

    talk, paper = str(PRIVATE[Look.CAUCUS]), str(PRIVATE["caucus_document.opened"])
    held, invited = str(PRIVATE[Look.HELD]), str(PRIVATE[Look.TALK])
    assert (mine.count(talk), theirs.count(talk)) == (1, 1)
    assert paper in mine
    assert paper not in theirs
    assert held in mine
    assert held not in theirs
    assert (mine.count(invited), theirs.count(invited)) == (2, 1), "one talk is of both"
