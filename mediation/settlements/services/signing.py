"""Signing: one document, everybody on the same bytes, one after the other, each freshly checked."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import ConfirmationCode, User
from mediation.accounts.services import (
    CODE_LIFETIME,
    check_confirmation_code,
    passkeys,
    send_confirmation_code,
)
from mediation.audit import services as audit
from mediation.audit.models import Entry
from mediation.cases import access as case_access
from mediation.cases.enums import CaseOutcome, Purpose
from mediation.cases.models import Case
from mediation.cases.services.participation import close
from mediation.cases.services.receipts import permitting
from mediation.core import jobs
from mediation.core.errors import DomainError, Forbidden, WrongState, require
from mediation.settlements import access
from mediation.settlements.document.drawing import Drawing
from mediation.settlements.enums import RevisionKind, SettlementState
from mediation.settlements.lifecycle import lock, move
from mediation.settlements.models import Document, Revision, Settlement, Signature
from mediation.settlements.selectors import (
    Signer,
    current_version,
    document_of,
    last_revision,
    signer_for,
    signers,
    version_terms,
)
from mediation.settlements.services import engine
from mediation.settlements.services.freedom import require_freedom
from mediation.settlements.services.news import tell_of_the_end, tell_soon
from mediation.settlements.services.revisions import add_revision, content_of, drop_document

if TYPE_CHECKING:
    from mediation.settlements.document.signing import Evidence

CODE_PURPOSE = "sign"
# Requirement A11: when one side has signed and the other has not by then, the signature is
# destroyed. 在线调解规则 19 lets a settlement take effect only when all have signed.
SIGNING_PERIOD = timedelta(days=14)
# How somebody proved to be the signer, in at most 40 characters of the certificate's notice.
METHOD = "One-time code sent to own e-mail,"
PASSKEY_METHOD = "Passkey, owner verified by their device,"
LEAF_PREFIX = b"\x00"  # RFC 9162, 2.1.1: how the audit log hashes an entry


class OtherDocument(DomainError):
    """The document has another signature more than the one that was looked at."""

    code = "other_document"
    title = _("The document has changed")
    message = _(
        "Somebody else signed after you opened the page, so the document has one signature more "
        "and another fingerprint. Nothing is wrong: look at it again and ask for a new code."
    )


@dataclass(frozen=True)
class Confirmation:
    """A fresh check of one person for one document: how, when, and its record."""

    method: str
    at: datetime
    record: UUID


class NotConfirmed(DomainError):
    """There is no fresh sign-in check of this person for exactly this document."""

    code = "not_confirmed"
    status = 403
    title = _("Please confirm that it is you")
    message = _("Ask for a code for this document and enter it within 10 minutes.")


class AlreadySigned(DomainError):
    """Each person signs once."""

    code = "already_signed"
    title = _("You have signed already")
    message = _("Your signature is in the document. There is nothing more to do.")


class TimeToThink(DomainError):
    """The terms leave everybody time between the final text and signing."""

    code = "time_to_think"
    title = _("It is too early to sign")
    message = _(
        "The text leaves everybody time to think before signing, and that time is not over. The "
        "signing page says from when on you can sign."
    )


class PaperOnly(DomainError):
    """This kind of matter is signed on paper (电子签名法 3(3))."""

    code = "paper_only"
    title = _("This settlement is signed on paper")
    message = _("The law does not let this kind of settlement be signed electronically.")


def prepare_document(*, settlement: Settlement) -> Document | None:
    """The job after both approvals: make the document once. None where there is nothing to make.

    The making itself, about a second, happens outside the transaction.
    """
    version = current_version(settlement)
    if settlement.state != SettlementState.PREPARING or version is None:
        return None
    terms, now = version_terms(version), timezone.now()
    draft = Document(settlement=settlement, version=version, prepared_at=now)
    if terms.cooling_off_days:
        draft.signing_opens_at = now + timedelta(days=terms.cooling_off_days)
    content = engine.prepare(
        terms,
        number=draft.verification_number,
        prepared_at=draft.prepared_at.replace(microsecond=0),
    )
    return _issue(draft, content)


@transaction.atomic
def _issue(draft: Document, content: bytes) -> Document | None:
    _case, settlement = lock(draft.settlement)
    still = settlement.state == SettlementState.PREPARING
    if not still or current_version(settlement) != draft.version:
        return None
    draft.settlement = settlement
    draft.save(force_insert=True)
    add_revision(draft, RevisionKind.ISSUED, content)
    # The case's own end would end signing too, so nobody is told a later date than that.
    opens_at = draft.signing_opens_at or timezone.now()
    until = min(opens_at + SIGNING_PERIOD, settlement.case.deadline_at)
    move(settlement, SettlementState.SIGNING, actor=None, signing_until=until)
    tell_soon(settlement, "settlements/ready_to_sign")
    return draft


def send_signing_code(*, actor: User, settlement: Settlement, document_sha256: str) -> None:
    """Mail the person a code that serves for these very bytes only."""
    _allowed(actor, settlement.case, settlement)
    _place_to_sign(actor, settlement, document_sha256)
    send_confirmation_code(actor=actor, purpose=CODE_PURPOSE, subject=document_sha256)


def confirm_and_sign(
    *,
    actor: User,
    settlement: Settlement,
    document_sha256: str,
    code: str,
    drawing: Drawing | None = None,
) -> Signature:
    """Use up the code, then sign. A wrong code counts although nothing else happens: WrongCode."""
    _allowed(actor, settlement.case, settlement)
    _place_to_sign(actor, settlement, document_sha256)
    check_confirmation_code(actor=actor, purpose=CODE_PURPOSE, subject=document_sha256, code=code)
    return sign(
        actor=actor, settlement=settlement, document_sha256=document_sha256, drawing=drawing
    )


def begin_passkey(*, actor: User, settlement: Settlement, document_sha256: str) -> dict[str, Any]:
    """What the person's browser needs to have these very bytes confirmed by their passkey."""
    _allowed(actor, settlement.case, settlement)
    _place_to_sign(actor, settlement, document_sha256)
    return passkeys.begin_confirmation(actor=actor, purpose=CODE_PURPOSE, subject=document_sha256)


def confirm_with_passkey_and_sign(
    *,
    actor: User,
    settlement: Settlement,
    document_sha256: str,
    answer: str,
    drawing: Drawing | None = None,
) -> Signature:
    """Use up the challenge, then sign. A wrong answer counts: PasskeyRefused."""
    _allowed(actor, settlement.case, settlement)
    _place_to_sign(actor, settlement, document_sha256)
    passkeys.check_passkey(
        actor=actor, purpose=CODE_PURPOSE, subject=document_sha256, answer=answer
    )
    return sign(
        actor=actor, settlement=settlement, document_sha256=document_sha256, drawing=drawing
    )


@transaction.atomic
def sign(
    *,
    actor: User,
    settlement: Settlement,
    document_sha256: str,
    drawing: Drawing | None = None,
) -> Signature:
    """Put this person's signature on the document with this hash. What they drew becomes its look
    and is kept nowhere but in the document.

    With the last signature the case ends as settled and the document goes to be sealed. Raises
    ConsentMissing, AlreadySigned, FreedomNotConfirmed, TimeToThink, OtherDocument,
    NotConfirmed, PaperOnly, WrongState.
    """
    case, settlement = lock(settlement)
    _allowed(actor, case, settlement)
    place, before = _place_to_sign(actor, settlement, document_sha256)
    confirmation = _fresh_confirmation(actor, document_sha256)
    entry = audit.record(
        actor=actor,
        action="signature.confirmed",
        target=settlement,
        case_id=case.pk,
        document_sha256=document_sha256,
        confirmation=confirmation.record,
    )
    evidence = _evidence(entry, confirmation)
    signature = _sign(place, before, evidence, drawing)
    audit.record(
        actor=actor,
        action="document.signed",
        target=signature,
        case_id=case.pk,
        signed_sha256=document_sha256,
        **permitting(case.pk, Purpose.SIGNING),
    )
    _conclude_when_complete(case, settlement)
    return signature


def _allowed(actor: User, case: Case, settlement: Settlement) -> None:
    inside = case_access.participant_of(actor, case) is not None
    require(inside)
    require(settlement.state == SettlementState.SIGNING and case.is_open, WrongState)
    require(access.can_sign(actor, settlement))
    require(not settlement.is_paper_only, PaperOnly)
    case_access.require_consents(case, Purpose.SIGNING)


def _place_to_sign(
    actor: User, settlement: Settlement, document_sha256: str
) -> tuple[Signer, Revision]:
    document = document_of(settlement)
    assert document is not None
    document.version.settlement = settlement
    place, last = signer_for(actor, document), last_revision(document)
    assert place is not None
    assert last is not None
    require(place.signature is None, AlreadySigned)
    require_freedom(place.participant, document)
    require(not document.is_time_to_think, TimeToThink)
    require(last.sha256 == document_sha256, OtherDocument)
    last.document = document
    return place, last


def _fresh_confirmation(actor: User, document_sha256: str) -> Confirmation:
    """How this person proved last, for these bytes and within the last minutes, that it is them.
    The signature makes other bytes, so it can never serve for a second one.
    """
    codes = ConfirmationCode.objects.filter(
        user=actor,
        purpose=CODE_PURPOSE,
        subject=document_sha256,
        used_at__gt=timezone.now() - CODE_LIFETIME,
    )
    code = codes.order_by("used_at").last()
    answer = passkeys.fresh_answer(actor=actor, purpose=CODE_PURPOSE, subject=document_sha256)
    found = [
        Confirmation(method, row.used_at, row.pk)
        for method, row in ((METHOD, code), (PASSKEY_METHOD, answer))
        if row is not None and row.used_at is not None
    ]
    require(bool(found), NotConfirmed)
    return max(found, key=lambda confirmation: confirmation.at)


def _evidence(entry: Entry, confirmation: Confirmation) -> "Evidence":
    from mediation.settlements.document.signing import Evidence  # noqa: PLC0415  pyHanko is slow to import

    record = hashlib.sha256(LEAF_PREFIX + bytes(entry.leaf)).hexdigest()
    return Evidence(method=confirmation.method, at=timezone.now(), record_sha256=record)


def _sign(
    place: Signer, before: Revision, evidence: "Evidence", drawing: Drawing | None
) -> Signature:
    document = before.document
    content = engine.sign(
        content_of(before),
        slot=place.slot,
        evidence=evidence,
        terms=version_terms(document.version),
        drawing=drawing,
    )
    return Signature.objects.create(
        document=document,
        participant=place.participant,
        field=place.slot.field,
        order=document.signatures.count() + 1,
        signed_sha256=before.sha256,
        evidence_sha256=hashlib.sha256(evidence.notice().encode()).hexdigest(),
        revision=add_revision(document, RevisionKind.SIGNED, content),
        signed_at=evidence.at,
    )


def _conclude_when_complete(case: Case, settlement: Settlement) -> None:
    document = document_of(settlement)
    assert document is not None
    document.version.settlement = settlement
    if any(place.signature is None for place in signers(document)):
        return
    move(settlement, SettlementState.SEALING, actor=None)
    jobs.enqueue("settlements.seal_document", settlement_id=str(settlement.pk))
    close(case, outcome_of(settlement))


def outcome_of(settlement: Settlement) -> CaseOutcome:
    return CaseOutcome.PARTLY_SETTLED if settlement.is_partial else CaseOutcome.SETTLED


@transaction.atomic
def refuse_to_sign(*, actor: User, settlement: Settlement) -> Settlement:
    """A party prefers not to sign, or not to agree orally: it ends, every signature or yes given is
    destroyed, nothing is concluded (在线调解规则 25(7)). The others are told that it ended, not by
    whom.
    """
    case, settlement = lock(settlement)
    require(access.can_refuse(actor, settlement), _late_or_foreign(actor, case))
    drop_document(settlement)
    move(settlement, SettlementState.REFUSED, actor=actor)
    tell_of_the_end(settlement)
    return settlement


def _late_or_foreign(actor: User, case: Case) -> type[DomainError]:
    return WrongState if case_access.is_party(actor, case) else Forbidden
