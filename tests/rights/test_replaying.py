"""A deleted account stays deleted when an old database is restored."""

import pytest
from django.core import mail

from mediation.accounts.models import User
from mediation.cases.models import Case
from mediation.cases.services.participation import leave_case
from mediation.evidence.models import Document
from mediation.rights.enums import RequestState, Right
from mediation.rights.errors import StillNeeded
from mediation.rights.models import RightsRequest
from mediation.rights.services.replaying import replay_deletions
from mediation.rights.services.requests import ask_center
from mediation.vault import services as vault
from tests.privacy.conftest import run_erasures
from tests.privacy.test_gate_restore import restore, start
from tests.privacy.test_holds import place_hold
from tests.rights.test_account import delete, everything_about

__all__ = ["restore"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_an_old_database_does_not_bring_an_account_back(mediated, restore):
    """It was made while the case was open and a request waited."""
    user = mediated.party_a
    ask_center(actor=user, center=mediated.center, right=Right.OBJECT, words="words-canary")
    restore.back_up()
    leave_case(actor=user, case=mediated.case)
    delete(user)
    run_erasures(mediated.case)
    restore("data")
    assert User.objects.filter(pk=user.pk).exists()
    letters = len(mail.outbox)

    assert start() == "lifespan.startup.complete"

    assert not User.objects.filter(pk=user.pk).exists()
    assert set(everything_about(user.pk, user.email)) <= {
        "audit_entrydetail",
        "mail_dispatch",
        "django_tasks_database_dbtaskresult",
        "django_session",
    }
    assert not Case.objects.get().is_open
    part = mediated.case.participants.get(side__letter="A")
    assert (part.user, bytes(part.name_sealed), part.left_at is None) == (None, b"", False)
    assert not Document.objects.current().filter(participant=part).exists()
    request = RightsRequest.objects.get()
    assert (request.state, bytes(request.words_sealed)) == (RequestState.WITHDRAWN, b"")
    assert "request" in vault.closed_compartments(case_id=request.pk)
    assert len(mail.outbox) == letters
    assert User.objects.filter(pk=mediated.party_b.pk).exists()
    assert replay_deletions() == 0


def test_a_hold_that_came_back_keeps_documents_and_no_account(left, restore):
    """The hold had ended by the time the account was deleted."""
    place_hold(left, "evidence")
    restore.back_up()
    left.case.holds.all().delete()
    delete(left.party_a)
    restore("data")

    assert start() == "lifespan.startup.complete"

    assert not User.objects.filter(pk=left.party_a.pk).exists()
    part = left.case.participants.get(side__letter="A")
    kept = Document.objects.current().filter(participant=part)
    assert {row.file.compartment for row in kept} == {"evidence"}


def test_a_deletion_that_was_refused_is_not_in_the_ledger(mediated):
    with pytest.raises(StillNeeded):
        delete(mediated.party_a)
    assert replay_deletions() == 0
    assert User.objects.filter(pk=mediated.party_a.pk).exists()
