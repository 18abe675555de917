"""The end of signing: the seal, or ink on paper."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.cases.models import Participant
from mediation.cases.services.participation import close
from mediation.core.errors import InvalidInput, require
from mediation.settlements import access
from mediation.settlements.document.terms import EffectiveRule, Terms
from mediation.settlements.enums import RevisionKind, SettlementState
from mediation.settlements.lifecycle import lock, move
from mediation.settlements.models import Document, Revision, Settlement
from mediation.settlements.selectors import document_of, last_revision, version_terms
from mediation.settlements.services import engine
from mediation.settlements.services.amending import mark_replaced
from mediation.settlements.services.news import tell_soon
from mediation.settlements.services.revisions import add_revision, content_of, sha256_of
from mediation.settlements.services.signing import TimeToThink, outcome_of

# A day is written on paper as it is where people sign, which need not be where the mediator is.
WESTERNMOST, EASTERNMOST = timedelta(hours=12), timedelta(hours=14)


def seal_document(*, settlement: Settlement) -> Document | None:
    """The job after the last signature: seal, check as a stranger would, store. None where there
    is nothing to seal. A failing time-stamp authority fails the job, which is tried again; what
    is not fully sealed is never given out.
    """
    document = document_of(settlement)
    if settlement.state != SettlementState.SEALING or document is None:
        return None
    document.version.settlement = settlement
    terms = version_terms(document.version)
    before = last_revision(document)
    assert before is not None
    content = engine.seal(content_of(before), terms=terms)
    return _store(settlement, before, content, terms)


@transaction.atomic
def _store(
    settlement: Settlement, before: Revision, content: bytes, terms: Terms
) -> Document | None:
    _case, settlement = lock(settlement)
    document = document_of(settlement)
    if settlement.state != SettlementState.SEALING or document is None:
        return None
    assert last_revision(document) == before
    document.settlement = settlement
    add_revision(document, RevisionKind.SEALED, content)
    document.sha256 = sha256_of(content)
    document.sealed_at = timezone.now()
    document.effective_at = _effective_at(document, terms)
    document.save(update_fields=["sha256", "sealed_at", "effective_at"])
    move(settlement, SettlementState.SEALED, actor=None)
    mark_replaced(settlement, terms)
    tell_soon(settlement, "settlements/sealed")
    return document


def _effective_at(document: Document, terms: Terms) -> datetime:
    """With the last party's signature (在线调解规则 19) or the centre's seal (人民调解法 29)."""
    if terms.effective_rule is EffectiveRule.ALL_SIGNATURES_AND_SEAL:
        return document.sealed_at or timezone.now()
    parties = Participant.objects.parties().filter(case=document.settlement.case)
    last = document.signatures.filter(participant__in=parties).order_by("signed_at").last()
    assert last is not None
    return last.signed_at


@transaction.atomic
def record_paper_signing(*, actor: User, settlement: Settlement, signed_on: date) -> Settlement:
    """The mediator notes that both sides signed the printed document (人民调解法 29): where the law
    wants paper, or somebody prefers it. The case ends as settled. Raises InvalidInput for a day
    to come or before the document could be signed, TimeToThink while there is time to think.
    """
    case, settlement = lock(settlement)
    require(access.can_record_paper(actor, settlement))
    case_access.require_consents(case)
    document = settlement.document
    require(not document.is_time_to_think, TimeToThink)
    first = (document.signing_opens_at or document.prepared_at) - WESTERNMOST
    if not first.date() <= signed_on <= (timezone.now() + EASTERNMOST).date():
        raise InvalidInput(
            _("Enter a day on which the document could be signed already, and not after today.")
        )
    settlement.paper_signed_on = signed_on
    settlement.save(update_fields=["paper_signed_on"])
    move(settlement, SettlementState.PAPER, actor=actor)
    document.version.settlement = settlement
    mark_replaced(settlement, version_terms(document.version))
    audit.record(actor=actor, action="document.signed_on_paper", target=settlement, case_id=case.pk)
    tell_soon(settlement, "settlements/signed_on_paper")
    close(case, outcome_of(settlement))
    return settlement
