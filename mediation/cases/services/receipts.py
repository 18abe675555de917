"""The ledger of a person's consents in one case (ISO/IEC TS 27560): a signed receipt for every
yes and every taking back, each bound to the one before by its hash.
"""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from mediation.cases.enums import Compartment, ParticipantRole, Purpose
from mediation.cases.models import Case, Consent, Participant, Receipt
from mediation.cases.selectors.dates import erasure_dates
from mediation.profiles.selectors import consent_text
from mediation.vault import services as vault
from mediation.vault.signing import canonical_json

SCHEMA = "heyi-consent-receipt-2"
LEDGER_SCHEMA = "heyi-consent-ledger-1"
SPECIFICATION = "ISO/IEC TS 27560:2023"
GIVEN, WITHDRAWN = "given", "withdrawn"
# What comes to be stored under each consent, and who receives it besides the person and the centre.
DATA: dict[str, tuple[Compartment, ...]] = {
    Purpose.MEDIATE: (
        Compartment.IDENTITY,
        Compartment.JOINT,
        Compartment.CAUCUS,
        Compartment.NOTES,
        Compartment.EVIDENCE,
    ),
    Purpose.ONLINE: (Compartment.JOINT, Compartment.CAUCUS, Compartment.EVIDENCE),
    Purpose.VIDEO: (),
    Purpose.SIGNING: (Compartment.IDENTITY, Compartment.SETTLEMENT),
    Purpose.RELEASE: (Compartment.SETTLEMENT,),
}
RECIPIENTS: dict[str, tuple[str, ...]] = {
    Purpose.MEDIATE: ("other_side", "mediator", "hoster"),
    Purpose.ONLINE: ("other_side", "mediator", "hoster"),
    Purpose.VIDEO: ("other_side", "mediator"),
    Purpose.SIGNING: ("other_side", "mediator", "hoster", "time_stamp_authority"),
    Purpose.RELEASE: ("court",),
}


def issue_receipt(*, consent: Consent) -> Receipt:
    """Add the next link to the person's chain, in the caller's transaction with the case locked."""
    last = Receipt.objects.filter(participant=consent.participant).last()
    link = Receipt(
        pk=uuid.uuid4(),
        consent=consent,
        participant=consent.participant,
        number=last.number + 1 if last else 1,
        issued_at=timezone.now(),
    )
    statement = _statement(consent, link, last.sha256 if last else None)
    link.signed = vault.sign_statement(statement=statement)
    link.sha256 = digest(statement)
    link.save()
    return link


def digest(statement: dict[str, Any]) -> str:
    """SHA-256 of a receipt's statement in canonical JSON: what the next one is bound to."""
    return hashlib.sha256(canonical_json(statement)).hexdigest()


def _statement(consent: Consent, link: Receipt, previous: str | None) -> dict[str, Any]:
    """The fields of ISO/IEC TS 27560 and Kantara 1.1, and the hash before. Carries no name."""
    case = Case.objects.select_related("center").get(pk=consent.case_id)
    return {
        "schema": SCHEMA,
        "spec_version": SPECIFICATION,
        "receipt_id": str(link.pk),
        "consent_id": str(consent.pk),
        "number": link.number,
        "previous_receipt_hash": previous,
        "case": case.number,
        "jurisdiction": case.profile,
        "timestamp": _seconds(link.issued_at),
        "collection_method": consent.channel,
        "language": consent.language,
        "subject_pseudonym": str(consent.participant_id),
        "controller": {
            "centre": case.center.name,
            "platform": settings.SITE_NAME,
            "contact": settings.CONTACT_EMAIL,
        },
        "purpose": str(consent.purpose),
        "about": consent.subject,
        "data_categories": [str(one.value) for one in DATA[consent.purpose]],
        # A dispute may be about health, belief or work: nobody asks, and nobody can rule it out.
        "may_hold_sensitive_data": bool(DATA[consent.purpose]),
        "recipients": list(RECIPIENTS[consent.purpose]),
        "retention": _retention(case, consent.purpose),
        "notice": _notice(consent),
        "withdrawal_method": f"{settings.PUBLIC_URL}/cases/{consent.case_id}/consents/",
        **_status(consent),
    }


def _retention(case: Case, purpose: str) -> list[dict[str, str]]:
    """The latest day of destruction of each kind of data as known now; it only moves nearer."""
    kinds = {*DATA[purpose], Compartment.SHELL}
    days = {date.kind: date.at for date in erasure_dates(case) if date.kind in kinds}
    return [{"what": str(kind.value), "latest": _seconds(at)} for kind, at in days.items()]


def _notice(consent: Consent) -> dict[str, Any]:
    text = consent_text(consent.purpose, consent.text_version)
    return {
        "version": consent.text_version,
        "sha256": consent.text_sha256,
        "address": f"{settings.PUBLIC_URL}/texts/{consent.purpose}/{consent.text_version}/",
        "title": text.title[consent.language],
        "body": text.body[consent.language],
    }


def _status(consent: Consent) -> dict[str, Any]:
    given, taken_back = _seconds(consent.given_at), consent.withdrawn_at
    history = [{"status": GIVEN, "at": given}]
    if taken_back:
        history.append({"status": WITHDRAWN, "at": _seconds(taken_back)})
    return {
        "status": history[-1]["status"],
        "history": history,
        "given_at": given,
        "withdrawn_at": _seconds(taken_back) if taken_back else None,
    }


def _seconds(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- The whole chain ----------------------------------------------------------------------------


def ledger(*, part: Participant) -> dict[str, Any]:
    """Every receipt of one person in one case, signed as one, to be kept and checked."""
    links: list[Receipt] = list(part.receipts.all())
    return vault.sign_statement(
        statement={
            "schema": LEDGER_SCHEMA,
            "case": part.case.number,
            "subject_pseudonym": str(part.pk),
            "issued_at": _seconds(timezone.now()),
            "receipts": [link.signed for link in links],
        }
    )


def holds_together(receipts: Any, public_key_pem: bytes | None) -> bool:
    """Whether each receipt is signed, of one person, and bound to the one before, from the first
    on and without a gap. Takes whatever a file holds.
    """
    if not isinstance(receipts, list) or not all(_is_receipt(one) for one in receipts):
        return False
    return (
        len({one["statement"].get("subject_pseudonym") for one in receipts}) <= 1
        and _is_chain([one["statement"] for one in receipts])
        and all(
            vault.verify_statement(signed=one, public_key_pem=public_key_pem) for one in receipts
        )
    )


def _is_receipt(signed: Any) -> bool:
    statement = signed.get("statement") if isinstance(signed, dict) else None
    return isinstance(statement, dict) and statement.get("schema") == SCHEMA


def _is_chain(statements: Sequence[dict[str, Any]]) -> bool:
    before: str | None = None
    for number, one in enumerate(statements, start=1):
        if one.get("number") != number or one.get("previous_receipt_hash") != before:
            return False
        before = digest(one)
    return True


def permitting(case_id: UUID, *purposes: Purpose, subject: str = "") -> dict[str, UUID]:
    """The consents in force that allow something now, as facts for the audit log: by purpose and
    the side's letter, for instance `mediate_a`.
    """
    rows = Consent.objects.in_force().filter(
        case_id=case_id,
        purpose__in=purposes,
        subject=subject,
        participant__role=ParticipantRole.PARTY,
    )
    found = rows.values_list("purpose", "participant__side__letter", "pk")
    return {f"{purpose}_{letter.lower()}": pk for purpose, letter, pk in found}
