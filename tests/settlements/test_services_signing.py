"""Signing: everybody once, on the bytes they saw, with a fresh check; and every way it can end."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import pairwise

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.utils import timezone

from mediation.audit.models import Entry
from mediation.audit.selectors import history_for_case
from mediation.cases.access import ConsentMissing
from mediation.cases.enums import CaseOutcome, CaseState, Purpose
from mediation.cases.services import consents, participation
from mediation.core.errors import Forbidden, InvalidInput, WrongState
from mediation.settlements.document.report import Capacity, Report, Verdict
from mediation.settlements.document.terms import Authority, PartyKind, Representative, Scope
from mediation.settlements.enums import SettlementState as S
from mediation.settlements.models import Document, Revision, Settlement, Signature
from mediation.settlements.selectors import document_of
from mediation.settlements.services import (
    clock,
    drafting,
    engine,
    erasing,
    news,
    offering,
    reading,
    revisions,
    sealing,
    signing,
)
from mediation.vault.models import SealedFile
from tests.factories.cast import Cast, make_cast
from tests.factories.settlements import (
    advance,
    approve,
    confirm_freedom,
    make_draft,
    make_settlement,
    prove,
    shown_sha256,
    sign,
)

pytestmark = pytest.mark.django_db


def fresh(settlement: Settlement) -> Settlement:
    return Settlement.objects.select_related("case").get(pk=settlement.pk)


def actions(cast: Cast) -> list[str]:
    return [line.action for line in history_for_case(cast.case.pk)]


# --- From approval to seal ----------------------------------------------------------------------


@dataclass(frozen=True)
class Concluded:
    """What is left of one settlement that went all the way; made once, since that takes long."""

    outcome: tuple[str, str, str]
    sha256: str
    content: bytes
    revisions: list[bytes]
    kinds: list[str]
    signed: list[str]
    leaves: set[str]
    addresses: list[str]
    effective_with_last_party: bool

    @cached_property
    def report(self) -> Report:
        return engine.check(self.content)


@pytest.fixture(scope="module")
def concluded(django_db_setup, django_db_blocker) -> Concluded:
    with django_db_blocker.unblock(), transaction.atomic():
        try:
            return _conclude()
        finally:
            transaction.set_rollback(True)


def _conclude() -> Concluded:
    cast = make_cast("mediating")
    settlement = make_settlement(cast, stage="sealed")
    copy = reading.read_document(actor=cast.party_b, settlement=settlement)
    document = document_of(settlement)
    assert document is not None
    rows = list(document.revisions.order_by("number"))
    parties = document.signatures.filter(participant__role="party").order_by("signed_at")
    return Concluded(
        outcome=(settlement.state, cast.case.state, cast.case.outcome),
        sha256=document.sha256,
        content=copy.content,
        revisions=[revisions.content_of(row) for row in rows],
        kinds=[row.kind for row in rows],
        signed=list(document.signatures.values_list("signed_sha256", flat=True)),
        leaves={hashlib.sha256(b"\0" + bytes(e.leaf)).hexdigest() for e in Entry.objects.all()},
        addresses=[cast.party_a.email, cast.party_b.email, cast.mediator.email],
        effective_with_last_party=document.effective_at == parties.last().signed_at,
    )


def test_from_both_approvals_to_a_genuine_document(concluded: Concluded) -> None:
    assert concluded.outcome == (S.SEALED, CaseState.CLOSED, CaseOutcome.SETTLED)
    assert concluded.report.verdict is Verdict.GENUINE
    people = [
        line.name
        for line in concluded.report.signers
        if line.capacity in {Capacity.PARTY, Capacity.MEDIATOR}
    ]
    assert people == ["Ada Applicant", "Bo Respondent", "Mei"]
    assert concluded.sha256 == hashlib.sha256(concluded.content).hexdigest()


@pytest.mark.parametrize("name", ["ד״ר שרה א. כהן", "ئابدۇللا (Abdulla)"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_whose_name_is_written_from_the_right_signs(cast: Cast, language: str, name: str) -> None:
    settlement = make_draft(cast, language=language)
    settlement = drafting.save_party(
        actor=cast.mediator,
        settlement=settlement,
        edition=settlement.edition,
        party_id="B",
        kind=PartyKind.ORGANISATION,
        representative=Representative(name=name, authority=Authority.LEGAL),
    )

    settlement = advance(cast, settlement, stage="sealed")

    assert settlement.state == S.SEALED
    report = engine.check(reading.read_document(actor=cast.party_a, settlement=settlement).content)
    assert report.verdict is Verdict.GENUINE
    assert [line.name for line in report.signers] == [
        *("Document Issue", "Ada Applicant", name, "Mei", "Settlement Seal")
    ]


def test_the_evidence_tells_the_level_and_points_to_the_audit_record(concluded: Concluded) -> None:
    line = next(line for line in concluded.report.signers if line.name == "Bo Respondent")
    assert "not qualified" in line.evidence
    assert "One-time code" in line.evidence
    assert line.evidence.rpartition("sha256 ")[2] in concluded.leaves


def test_no_address_is_in_the_document(concluded: Concluded) -> None:
    for address in concluded.addresses:
        assert address.encode() not in concluded.content
        # Certificates are written in hexadecimal.
        assert address.encode().hex().encode() not in concluded.content.lower()


def test_every_revision_is_kept_and_adds_to_the_one_before(concluded: Concluded) -> None:
    assert concluded.kinds == ["issued", "signed", "signed", "signed", "sealed"]
    for before, after in pairwise(concluded.revisions):
        assert after.startswith(before)
    hashes = [hashlib.sha256(content).hexdigest() for content in concluded.revisions]
    assert concluded.signed == hashes[:3]


def test_it_takes_effect_as_the_profile_says(concluded: Concluded) -> None:
    assert concluded.effective_with_last_party


def test_a_chinese_settlement_is_genuine_too(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="sealed", language="zh-hans")
    report = engine.check(reading.read_document(actor=cast.party_a, settlement=settlement).content)
    assert report.verdict is Verdict.GENUINE
    assert report.terms is not None
    assert report.terms.statements.voluntariness.startswith("本协议系各方自愿达成")


def test_a_part_of_the_dispute_settles_the_case_in_part(cast: Cast) -> None:
    settlement = make_draft(cast)
    drafting.save_draft(
        actor=cast.mediator,
        settlement=settlement,
        edition=settlement.edition,
        changes={"scope": Scope.PARTIAL, "unresolved_items": ("The interest",)},
    )
    settlement = fresh(settlement)
    offering.freeze_version(actor=cast.mediator, settlement=settlement, edition=settlement.edition)
    for user in (cast.party_a, cast.party_b):
        approve(user, settlement)
    signing.prepare_document(settlement=fresh(settlement))
    for user in (cast.party_a, cast.party_b):
        confirm_freedom(user, fresh(settlement))
    for user in (cast.party_a, cast.party_b, cast.mediator):
        sign(user, fresh(settlement))
    cast.case.refresh_from_db()
    assert cast.case.outcome == CaseOutcome.PARTLY_SETTLED


def test_it_takes_effect_with_the_seal_in_peoples_mediation(cast: Cast) -> None:
    cast.case.profile = "cn-people"
    cast.case.save(update_fields=["profile"])
    document = document_of(make_settlement(cast, stage="sealed"))
    assert document is not None
    assert document.effective_at == document.sealed_at


def test_the_order_of_signers_is_free(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="signing")
    for user in (cast.mediator, cast.party_b, cast.party_a):
        sign(user, fresh(settlement))
    assert fresh(settlement).state == S.SEALING
    assert sealing.seal_document(settlement=fresh(settlement)) is not None


def test_jobs_run_twice_have_one_effect(cast: Cast) -> None:
    settlement = make_settlement(cast, stage="preparing")
    assert signing.prepare_document(settlement=settlement) is not None
    assert signing.prepare_document(settlement=settlement) is None, "a stale row, the same state"
    assert signing.prepare_document(settlement=fresh(settlement)) is None
    assert Document.objects.count() == 1
    for user in (cast.party_a, cast.party_b):
        confirm_freedom(user, fresh(settlement))
    for user in (cast.party_a, cast.party_b, cast.mediator):
        sign(user, fresh(settlement))
    due = fresh(settlement)
    assert sealing.seal_document(settlement=due) is not None
    assert sealing.seal_document(settlement=fresh(settlement)) is None
    assert Revision.objects.filter(kind="sealed").count() == 1


def test_what_could_be_signed_and_never_sealed_stops_before_anybody_signs(cast: Cast) -> None:
    """A radical and a character that look alike are one glyph, which reads back as one of them."""
    draft = make_draft(cast)
    drafting.save_draft(
        actor=cast.mediator,
        settlement=draft,
        edition=draft.edition,
        changes={"facts_summary": "人民 and ⺠ are not the same."},
    )
    settlement = fresh(draft)
    offering.freeze_version(actor=cast.mediator, settlement=settlement, edition=settlement.edition)
    for user in (cast.party_a, cast.party_b):
        approve(user, settlement)

    with pytest.raises(engine.TextNotPrinted):
        signing.prepare_document(settlement=fresh(settlement))

    assert document_of(fresh(settlement)) is None
    offering.reopen_draft(actor=cast.mediator, settlement=fresh(settlement))
    assert fresh(settlement).state == S.DRAFTING


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
