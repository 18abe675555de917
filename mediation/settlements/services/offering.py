"""A frozen text between the sides: offered, approved by each, or sent back for a change."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.cases.enums import Compartment
from mediation.cases.models import Case, Participant
from mediation.cases.services.sealing import seal_field
from mediation.core import jobs
from mediation.core.errors import DomainError, Forbidden, WrongState, require
from mediation.holds.access import require_not_held
from mediation.settlements import access
from mediation.settlements.document.completeness import Finding
from mediation.settlements.document.terms import EffectiveRule, Enforcement, Terms
from mediation.settlements.document.terms_json import terms_hash, to_json
from mediation.settlements.enums import SettlementState
from mediation.settlements.lifecycle import lock, move
from mediation.settlements.models import Approval, ChangeRequest, Settlement, Version
from mediation.settlements.selectors import (
    current_version,
    draft_terms,
    sides_that_approved,
    with_facts_of_case,
)
from mediation.settlements.services.drafting import StaleEdit, findings, is_blocking
from mediation.settlements.services.engine import cannot_be_printed
from mediation.settlements.services.news import tell_soon
from mediation.settlements.services.revisions import drop_document, forget_word_given

NO_ROOM_TO_SIGN = _(
    "The case ends by itself on %(day)s, before the time to think is over, so nobody could sign. "
    "Choose fewer days."
)
NO_ROOM_TO_AGREE = _(
    "The case ends by itself on %(day)s, before the time to think is over, so nobody could agree. "
    "Choose fewer days."
)


class NotReady(DomainError):
    """The draft lacks something a settlement cannot do without (人民调解法 29, 民诉法解释 358)."""

    code = "settlement_not_ready"
    title = _("Something is still missing in the draft")
    message = _("Mend what is listed under the draft; then it can be offered to both sides.")


class OtherText(DomainError):
    """The text that was read is not the text that is offered now."""

    code = "other_text"
    title = _("The text has changed")
    message = _("This is no longer the text that is offered. Please read the present one.")


@transaction.atomic
def freeze_version(*, actor: User, settlement: Settlement, edition: int) -> Version:
    """Offer the draft to both sides as a text that no longer changes.

    Raises NotReady, StaleEdit, ConsentMissing.
    """
    case, settlement = lock(settlement)
    require(access.can_draft(actor, settlement))
    case_access.require_consents(case)
    require(settlement.edition == edition, StaleEdit)
    terms = with_facts_of_case(draft_terms(settlement), settlement)
    noted = all_findings(terms, case)
    require(not any(is_blocking(finding) for finding in noted), NotReady)
    version = _freeze(actor, settlement, terms)
    move(settlement, SettlementState.OFFERED, actor=actor)
    tell_soon(settlement, f"settlements/{'record' if settlement.is_oral else 'draft'}_ready")
    return version


def all_findings(terms: Terms, case: Case) -> Sequence[Finding]:
    """What `findings` says, characters that could not be printed, what cannot be agreed orally, and
    a time to think that is longer than the case has.
    """
    if terms.effective_rule is EffectiveRule.WHEN_AGREED:
        unfit = list(_not_by_word(terms))
    else:
        unfit = cannot_be_printed(terms)
    return [*unfit, *_no_room_to_sign(terms, case), *findings(terms)]


def _not_by_word(terms: Terms) -> Iterator[Finding]:
    """What needs a document that an oral agreement does not have."""
    if terms.enforcement is not Enforcement.NONE:
        message = _(
            "A court, a notary or an arbitrator needs a written agreement. Leave this out, or "
            "choose that both sides sign."
        )
        yield Finding("oral_not_enforced", "enforcement", message)


def _no_room_to_sign(terms: Terms, case: Case) -> Iterator[Finding]:
    opens_at = timezone.now() + timedelta(days=terms.cooling_off_days)
    if terms.cooling_off_days and opens_at >= case.deadline_at:
        day = date_format(timezone.localtime(case.deadline_at), "DATE_FORMAT")
        is_oral = terms.effective_rule is EffectiveRule.WHEN_AGREED
        message = (NO_ROOM_TO_AGREE if is_oral else NO_ROOM_TO_SIGN) % {"day": day}
        yield Finding("no_room_to_sign", "cooling_off_days", message)


def _freeze(actor: User, settlement: Settlement, terms: Terms) -> Version:
    mediator = case_access.mediator_of(actor, settlement.case)
    assert mediator is not None
    version = Version(
        settlement=settlement,
        number=settlement.versions.count() + 1,
        mediator=mediator,
        terms_sha256=terms_hash(terms),
        frozen_at=timezone.now(),
    )
    text = to_json(terms).decode()
    seal_field(version, settlement.case, "terms", Compartment.SETTLEMENT, text)
    version.save(force_insert=True)
    return version


@transaction.atomic
def approve_version(*, actor: User, version: Version, terms_sha256: str) -> Approval:
    """A party's yes to the text they read, named by its hash. Twice is the same as once.

    When both sides have approved, the document for signing is made. Raises OtherText where the
    offered text is another one, WrongState where a yes would bind (`oral.agree_orally`).
    """
    case, settlement, part = answering(actor, version)
    require(access.can_approve(actor, settlement), WrongState)
    require(version.terms_sha256 == terms_sha256, OtherText)
    approval, made = Approval.objects.get_or_create(
        version=version, participant=part, defaults={"given_at": timezone.now()}
    )
    if made:
        _record(actor, "version.approved", version, case)
        _go_on_when_all_approve(actor, settlement, version)
    return approval


def _go_on_when_all_approve(actor: User, settlement: Settlement, version: Version) -> None:
    sides = set(settlement.case.sides.values_list("letter", flat=True))
    if sides_that_approved(version) == sides:
        move(settlement, SettlementState.PREPARING, actor=actor)
        jobs.enqueue("settlements.prepare_document", settlement_id=str(settlement.pk))


@transaction.atomic
def request_changes(*, actor: User, version: Version, note: str) -> ChangeRequest:
    """A party asks for another text: the draft is open again and no approval counts any more.

    The note goes to the mediator alone. A hold does not stop it, though it destroys a yes that
    would have bound: asking is a way to say no (docs/decisions/0034). Raises OtherText as
    `approve_version`.
    """
    case, settlement, part = answering(actor, version)
    assert part.side is not None
    wish = ChangeRequest(version=version, participant=part, asked_at=timezone.now())
    seal_field(wish, case, "note", part.side.caucus, note.strip())
    wish.save(force_insert=True)
    forget_word_given(settlement)
    _record(actor, "version.change_requested", version, case)
    move(settlement, SettlementState.DRAFTING, actor=actor)
    tell_soon(settlement, "settlements/change_requested")
    return wish


def answering(actor: User, version: Version) -> tuple[Case, Settlement, Participant]:
    """What an answer needs: the locked case and settlement, and the party who answers."""
    case, settlement = lock(version.settlement)
    require(access.can_answer(actor, settlement), _refusal(actor, case))
    case_access.require_consents(case)
    require(current_version(settlement) == version, OtherText)
    require(_mediator_is_there(version), WrongState)
    part = case_access.party_of(actor, case)
    assert part is not None
    return case, settlement, part


def _refusal(actor: User, case: Case) -> type[DomainError]:
    """A party comes too late or too early; anybody else has no say at all."""
    return WrongState if case_access.is_party(actor, case) else Forbidden


def _mediator_is_there(version: Version) -> bool:
    return Participant.objects.active().filter(pk=version.mediator_id).exists()


@transaction.atomic
def reopen_draft(*, actor: User, settlement: Settlement) -> Settlement:
    """The mediator takes an offered text back, for instance to mend a mistake. Signatures already
    given on it are destroyed: they were for another text. Raises Forbidden, ConsentMissing, or Held
    while a duty keeps the settlement.
    """
    case, settlement = lock(settlement)
    require(access.can_reopen(actor, settlement))
    case_access.require_consents(case)
    require_not_held(case, Compartment.SETTLEMENT)
    drop_document(settlement)
    move(settlement, SettlementState.DRAFTING, actor=actor)
    tell_soon(settlement, "settlements/taken_back")
    return settlement


def _record(actor: User, action: str, version: Version, case: Case) -> None:
    audit.record(actor=actor, action=action, target=version, case_id=case.pk, number=version.number)
