"""After a destruction the pages say so: with its day, one's own certificate, and no empty rooms."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from mediation.cases.access import participant_of
from mediation.cases.enums import Compartment
from mediation.cases.selectors.dates import dates_known_to
from mediation.desk.next_steps import tasks_for
from mediation.desk.selectors import dates_of
from mediation.privacy.access import certificates_visible_to
from mediation.privacy.enums import Scope
from mediation.privacy.services.requests import ask_erasure
from tests.privacy.conftest import left, mediated, own_places, run_erasures

__all__ = ["left", "mediated", "own_places"]  # the fixtures of a case with everything in it

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = {"What each side wrote", "Documents", "Joint room", "Private talk with the mediator"}


def destroy_own(cast):
    ask_erasure(actor=cast.party_a, case=cast.case, scope=Scope.OWN)
    run_erasures(cast.case)
    cast.case.refresh_from_db()


def destroy_shared(cast):
    for user in (cast.party_a, cast.party_b):
        ask_erasure(actor=user, case=cast.case, scope=Scope.EVERYTHING)
    run_erasures(cast.case)
    cast.case.refresh_from_db()


def dates(user, case):
    return {date.compartment: date for date in dates_of(user, participant_of(user, case))}


def titles(user, case):
    return {str(task.title) for task in tasks_for(participant_of(user, case))}


def text(user, name, case):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(reverse(name, args=[case.pk]))
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_each_person_sees_what_is_gone_with_their_own_certificate(left):
    destroy_shared(left)
    for user in (left.party_a, left.party_b, left.mediator):
        mine = certificates_visible_to(user).get()
        gone = dates(user, left.case)[Compartment.JOINT]
        assert gone.destroyed_at is not None
        assert gone.proof_url == reverse("privacy:certificate", args=[mine.pk])
        kept = dates(user, left.case)[Compartment.SETTLEMENT]
        assert (kept.destroyed_at, kept.proof_url) == (None, "")
        page = text(user, "desk:case", left.case)
        assert "Destroyed on" in page
        assert titles(user, left.case) & ROWS == set()


def test_also_what_never_had_a_key_is_destroyed(left):
    destroy_shared(left)
    assert dates(left.party_a, left.case)[Compartment.NOTES].destroyed_at is not None


def test_of_a_private_part_only_its_own_side_is_told(left):
    destroy_own(left)
    assert dates(left.party_a, left.case)["caucus:A"].destroyed_at is not None
    assert dates(left.party_a, left.case)["caucus:A"].proof_url
    for user in (left.party_b, left.mediator):
        assert "caucus:A" not in dates(user, left.case)
        assert dates(user, left.case)["caucus:B"].destroyed_at is None
        assert "Destroyed on" not in text(user, "desk:case", left.case)
    assert "caucus:B" not in dates(left.party_a, left.case)
    assert {"What each side wrote", "Documents"} <= titles(left.party_a, left.case)


def test_the_page_of_consents_says_it_too(left):
    destroy_shared(left)
    assert any(row.destroyed_at for row in dates_known_to(participant_of(left.party_a, left.case)))
    assert "Destroyed on" in text(left.party_a, "cases:consents", left.case)


def test_no_page_reads_as_if_nothing_had_been_written(left):
    destroy_own(left)
    own = text(left.party_a, "cases:accounts", left.case)
    assert own.count("Whatever was written here has been destroyed.") == 1
    assert "A loan was not repaid." in own
    assert "Not answered" not in own
    assert "Documents for you and the mediator alone have been" in text(
        left.party_a, "evidence:list", left.case
    )
    for user in (left.party_b, left.mediator):
        assert "destroyed" not in text(user, "evidence:list", left.case)
        assert "has been destroyed" not in text(user, "cases:accounts", left.case)

    destroy_shared(left)
    for user in (left.party_a, left.party_b, left.mediator):
        page = text(user, "cases:accounts", left.case)
        assert "Whatever was written here has been destroyed." in page
        assert "Nothing written so far" not in page
        assert "Not answered" not in page
        page = text(user, "evidence:list", left.case)
        assert "Documents for everyone in this case have been destroyed" in page
        assert "There are no more documents" in page


def test_a_destroyed_settlement_is_not_one_that_never_was(left):
    for user in (left.party_a, left.party_b):
        ask_erasure(actor=user, case=left.case, scope=Scope.WITH_SETTLEMENT)
    run_erasures(left.case)
    page = text(left.party_a, "settlements:read", left.case)
    assert "has been destroyed" in page
    assert "nothing to read yet" not in page
