"""Signing that stops, is taken back, lapses, goes to paper or is erased."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from mediation.cases.access import ConsentMissing
from mediation.cases.enums import CaseOutcome, CaseState, Purpose
from mediation.cases.services import consents, participation
from mediation.core.errors import Forbidden, InvalidInput, WrongState
from mediation.settlements.enums import SettlementState as S
from mediation.settlements.models import Document, Revision, Settlement, Signature
from mediation.settlements.services import (
    clock,
    drafting,
    erasing,
    news,
    offering,
    reading,
    revisions,
    sealing,
    signing,
)
from mediation.vault.models import SealedFile
from tests.factories.cast import Cast
from tests.factories.settlements import (
    approve,
    make_draft,
    make_settlement,
    prove,
    shown_sha256,
    sign,
)
from tests.settlements.test_services_signing import fresh

pytestmark = pytest.mark.django_db


# --- Consent ------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", [Purpose.SIGNING, Purpose.MEDIATE, Purpose.ONLINE])
def test_a_consent_withdrawn_in_mid_signing_stops_it(cast: Cast, purpose: Purpose) -> None:
    settlement = make_settlement(cast, stage="signing")
    sign(cast.party_a, settlement)
    sha256 = shown_sha256(settlement)
    prove(cast.party_b, sha256)
    consents.withdraw_consent(actor=cast.party_a, case=cast.case, purpose=purpose)
    with pytest.raises(ConsentMissing):
        signing.sign(actor=cast.party_b, settlement=settlement, document_sha256=sha256)
    with pytest.raises(ConsentMissing):
        signing.send_signing_code(actor=cast.party_b, settlement=settlement, document_sha256=sha256)
    consents.give_consent(actor=cast.party_a, case=cast.case, purpose=purpose, language="en")
    signing.sign(actor=cast.party_b, settlement=settlement, document_sha256=sha256)
    assert Signature.objects.count() == 2


# --- Other endings ------------------------------------------------------------------------------


def dropped(settlement: Settlement) -> bool:
    """No artefact of signing is left, neither row nor file."""
    revisions.destroy_dropped_files(case_id=str(settlement.case_id))
    rows = Document.objects.exists() or Revision.objects.exists() or Signature.objects.exists()
    return not rows and not SealedFile.objects.filter(case_id=settlement.case_id).exists()


def test_not_signing_ends_it_cleanly_and_a_new_draft_begins_with_the_text(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    sign(cast.party_a, settlement)
    signing.refuse_to_sign(actor=cast.party_b, settlement=settlement)
    assert fresh(settlement).state == S.REFUSED
    assert dropped(settlement)
    cast.case.refresh_from_db()
    assert cast.case.state == CaseState.MEDIATING
    second = drafting.start_draft(actor=cast.mediator, case=cast.case, language="en")
    assert second.number.endswith("-S2")
    assert drafting.draft_terms(second).facts_summary.startswith("Ada lent")
    assert drafting.draft_terms(second).agreement_no == second.number


def test_refusing_twice_is_refused(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    signing.refuse_to_sign(actor=cast.party_b, settlement=settlement)
    with pytest.raises(WrongState):
        signing.refuse_to_sign(actor=cast.party_b, settlement=settlement)


def test_nobody_can_back_out_of_what_everybody_signed(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="sealing")
    with pytest.raises(WrongState):
        signing.refuse_to_sign(actor=cast.party_b, settlement=settlement)
    with pytest.raises(WrongState):
        participation.leave_case(actor=cast.party_b, case=cast.case)
    assert sealing.seal_document(settlement=fresh(settlement)) is not None


def test_taking_the_text_back_destroys_signatures_given_on_it(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    sign(cast.party_a, settlement)
    offering.reopen_draft(actor=cast.mediator, settlement=settlement)
    assert fresh(settlement).state == S.DRAFTING
    assert dropped(settlement)


def test_an_unfinished_signing_lapses(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    sign(cast.party_a, settlement)
    assert clock.lapse_signatures() == 0
    with time_machine.travel(timezone.now() + signing.SIGNING_PERIOD + timedelta(seconds=1)):
        assert clock.lapse_signatures() == 1
        assert clock.lapse_signatures() == 0
    assert fresh(settlement).state == S.LAPSED
    assert dropped(settlement)


@pytest.mark.parametrize("stage", ["drafting", "offered", "preparing", "signing"])
def test_leaving_the_case_ends_what_is_not_signed(cast: Cast, stage: str) -> None:
    settlement = make_settlement(cast, stage=stage)
    participation.leave_case(actor=cast.party_a, case=cast.case)
    assert clock.lapse_signatures() == 1
    assert fresh(settlement).state == S.LAPSED
    assert dropped(settlement)


def test_a_settlement_of_everybody_does_not_lapse(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="sealing")
    with time_machine.travel(timezone.now() + timedelta(days=60)):
        assert clock.lapse_signatures() == 0
    assert fresh(settlement).state == S.SEALING


def test_files_in_use_survive_the_destruction_of_dropped_ones(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    assert revisions.destroy_dropped_files(case_id=str(settlement.case_id)) == 0
    assert reading.read_document(actor=cast.party_a, settlement=settlement).content


def test_paper_ends_the_case_as_settled(cast: Cast) -> None:
    settlement = make_draft(cast)
    drafting.choose_paper(actor=cast.mediator, settlement=settlement, is_paper_only=True)
    offering.freeze_version(actor=cast.mediator, settlement=settlement, edition=settlement.edition)
    for user in (cast.party_a, cast.party_b):
        approve(user, settlement)
    signing.prepare_document(settlement=fresh(settlement))
    with pytest.raises(signing.PaperOnly):
        signing.send_signing_code(
            actor=cast.party_a,
            settlement=fresh(settlement),
            document_sha256=shown_sha256(settlement),
        )
    today = timezone.localdate()
    for day in (today + timedelta(days=2), today - timedelta(days=2)):
        with pytest.raises(InvalidInput):
            sealing.record_paper_signing(actor=cast.mediator, settlement=settlement, signed_on=day)
    with pytest.raises(Forbidden):
        sealing.record_paper_signing(actor=cast.party_a, settlement=settlement, signed_on=today)
    sealing.record_paper_signing(actor=cast.mediator, settlement=settlement, signed_on=today)
    cast.case.refresh_from_db()
    assert (fresh(settlement).state, cast.case.outcome) == (S.PAPER, CaseOutcome.SETTLED)


def test_erasing_removes_every_row(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="sealed")
    erasing.erase_settlements(case_id=settlement.case_id)
    assert dropped(settlement)
    assert not Settlement.objects.exists()


@pytest.mark.parametrize("kind", sorted(news.KINDS))
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_mails_carry_no_content(cast: Cast, kind: str, language: str) -> None:
    settlement = make_draft(cast)
    for user in (cast.party_a, cast.party_b, cast.mediator):
        user.language = language
        user.save(update_fields=["language"])
    mail.outbox.clear()
    news.send_news(settlement=settlement, kind=kind, moment="1")
    news.send_news(settlement=settlement, kind=kind, moment="1")
    told = {news.PARTIES: 2, news.MEDIATORS: 1, news.EVERYBODY: 3}[news.KINDS[kind]]
    assert len(mail.outbox) == told, "once to each, although asked twice"
    for letter in mail.outbox:
        assert "Ada" not in letter.subject + letter.body
        assert f"/cases/{cast.case.pk}/settlement/" in letter.body
