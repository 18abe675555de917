"""The release gate of what is shared: one side's end does not reach what is the other's, and what
was taken back before it was stored destroys nothing.
"""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction

from mediation.cases.services import participation
from mediation.core.errors import Forbidden
from mediation.evidence.access import documents_visible_to
from mediation.evidence.enums import Audience
from mediation.evidence.services.documents import open_document, release_document
from mediation.privacy.enums import Scope
from mediation.privacy.models import Erasure
from mediation.privacy.services.requests import ask_erasure
from mediation.privacy.services.retention import sweep_retention
from mediation.vault import services as vault
from tests.privacy.conftest import bring, run_erasures, stored_files
from tests.privacy.test_retention import date_of

pytestmark = pytest.mark.django_db(transaction=True)
SAME = "the same contract"


def test_the_same_file_of_both_sides_is_two_files(mediated):
    mine, theirs = (
        bring(mediated, user, Audience.MEDIATOR, SAME)
        for user in (mediated.party_a, mediated.party_b)
    )
    assert mine.file.storage_name != theirs.file.storage_name
    participation.leave_case(actor=mediated.party_a, case=mediated.case)

    ask_erasure(actor=mediated.party_a, case=mediated.case, scope=Scope.OWN)
    run_erasures(mediated.case)

    assert not documents_visible_to(mediated.party_a).filter(pk=mine.pk).exists()
    assert open_document(actor=mediated.party_b, document=theirs) == SAME.encode()
    assert mine.file.storage_name.rpartition("/")[2] not in stored_files()


def test_what_was_shown_to_everybody_stays_when_the_private_part_goes(mediated):
    private = bring(mediated, mediated.party_a, Audience.MEDIATOR, SAME)
    shown = release_document(actor=mediated.party_a, document=private)
    participation.leave_case(actor=mediated.party_a, case=mediated.case)
    mediated.case.refresh_from_db()

    with time_machine.travel(date_of(mediated.case, "caucus:A") + timedelta(seconds=1)):
        sweep_retention()
        assert "caucus:A" not in vault.compartments_with_keys(case_id=mediated.case.pk)
        assert open_document(actor=mediated.party_b, document=shown) == SAME.encode()
    with time_machine.travel(date_of(mediated.case, "evidence") + timedelta(seconds=1)):
        sweep_retention()
        with pytest.raises(Forbidden):
            open_document(actor=mediated.party_b, document=shown)


def test_a_wish_that_was_rolled_back_destroys_nothing(left, capfd, caplog):
    before = vault.compartments_with_keys(case_id=left.case.pk)

    with transaction.atomic():
        ask_erasure(actor=left.party_a, case=left.case, scope=Scope.OWN)
        transaction.set_rollback(True)

    assert run_erasures(left.case) == []
    assert not Erasure.objects.exists()
    assert vault.compartments_with_keys(case_id=left.case.pk) == before
    assert "canary" not in caplog.text + "".join(capfd.readouterr())
