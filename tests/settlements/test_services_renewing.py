"""The proof is renewed before it ages: once, by whichever process comes first, and never lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mediation.settlements.document.report import Verdict
from mediation.settlements.enums import RevisionKind
from mediation.settlements.models import Document, Revision, Settlement
from mediation.settlements.services import engine, erasing, reading, renewing, revisions
from tests.factories.cast import make_cast
from tests.factories.settlements import make_settlement

pytestmark = pytest.mark.django_db


@pytest.fixture
def settlement() -> Settlement:
    return make_settlement(make_cast("mediating"), stage="sealed")


def grow_old(settlement: Settlement, days: int) -> None:
    """Every revision as if made so many days ago: certificates cannot travel in time."""
    made = timezone.now() - timedelta(days=days)
    Revision.objects.filter(document__settlement=settlement).update(made_at=made)


def kinds(settlement: Settlement) -> list[str]:
    return [row.kind for row in Revision.objects.filter(document__settlement=settlement)]


def test_an_old_proof_is_renewed_once(settlement, settings):
    party = settlement.case.participants.get(role="party", side__letter="A").user
    before = reading.read_document(actor=party, settlement=settlement)
    grow_old(settlement, settings.ARCHIVE_RENEWAL_DAYS)

    assert renewing.renew_archives() == 1
    assert renewing.renew_archives() == 0

    after = reading.read_document(actor=party, settlement=settlement)
    assert kinds(settlement)[-2:] == [RevisionKind.SEALED, RevisionKind.RENEWED]
    assert after.content.startswith(before.content)
    assert engine.check(after.content).verdict is Verdict.GENUINE
    assert engine.check(before.content).verdict is Verdict.GENUINE


def test_a_young_proof_is_left_alone(settlement, settings):
    grow_old(settlement, settings.ARCHIVE_RENEWAL_DAYS - 1)

    assert renewing.renew_archives() == 0


def test_a_document_without_its_seal_is_left_alone(settings):
    unsealed = make_settlement(make_cast("mediating"), stage="signing")
    grow_old(unsealed, settings.ARCHIVE_RENEWAL_DAYS)

    assert renewing.renew_archives() == 0
    assert kinds(unsealed) == [RevisionKind.ISSUED]


def test_without_time_the_old_proof_stays_and_the_next_run_renews(settlement, settings, caplog):
    grow_old(settlement, settings.ARCHIVE_RENEWAL_DAYS)
    root = renewing.settings.VAR_DIR / "time-root.pem"
    root.write_bytes(engine.authority().root_pem)
    settings.TSA_ROOTS, settings.TSA_TIMEOUT = str(root), 1
    settings.TSA_URL = "http://127.0.0.1:9/"

    assert renewing.renew_archives() == 0
    assert kinds(settlement)[-1] == RevisionKind.SEALED
    assert str(settlement.document.pk) in caplog.text
    settings.TSA_URL = ""
    assert renewing.renew_archives() == 1


def test_what_another_process_renewed_or_destroyed_meanwhile_is_not_written_over(
    settlement, settings, monkeypatch
):
    grow_old(settlement, settings.ARCHIVE_RENEWAL_DAYS)
    document = Document.objects.select_related("settlement__case").get(settlement=settlement)
    last = document.revisions.last()
    assert last is not None
    content = engine.renew(revisions.content_of(last))

    assert renewing._store(document, last, content) is True
    assert renewing._store(document, last, content) is False
    erasing.erase_settlements(case_id=settlement.case_id)
    with pytest.raises(Settlement.DoesNotExist):
        renewing._store(document, last, content)
