"""Signing: everybody once, on the bytes they saw, with a fresh check, to a genuine document."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import pytest
from django.db import transaction

from mediation.audit.models import Entry
from mediation.audit.selectors import history_for_case
from mediation.cases.enums import CaseOutcome, CaseState
from mediation.settlements.document.report import Capacity, Report, Verdict
from mediation.settlements.document.terms import Authority, PartyKind, Representative, Scope
from mediation.settlements.enums import SettlementState as S
from mediation.settlements.models import Document, Revision, Settlement
from mediation.settlements.selectors import document_of
from mediation.settlements.services import (
    drafting,
    engine,
    offering,
    reading,
    revisions,
    sealing,
    signing,
)
from tests.factories.cast import Cast, make_cast
from tests.factories.settlements import (
    advance,
    approve,
    confirm_freedom,
    make_draft,
    make_settlement,
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
