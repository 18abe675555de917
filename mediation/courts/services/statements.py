"""The signed statements inside a package: that mediation took place, and what is in the file."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import uuid5

from mediation.cases.enums import Purpose
from mediation.cases.models import Case, Consent
from mediation.cases.services.consents import receipt
from mediation.courts.models import Release
from mediation.courts.package.layout import (
    ATTESTATION_SCHEMA,
    EXCLUDED,
    FILES,
    SCHEMA,
)
from mediation.courts.selectors import Outcome, outcome_for_system
from mediation.profiles.selectors import consent_text
from mediation.settlements.document.terms import Terms
from mediation.vault.signing import canonical_json

TOOK_PLACE = (
    "Mediation took place between the parties to this agreement, with the mediator and the "
    "institution named here. The agreement is its result."
)
HOW_TO_CHECK = (
    "manage.py verify PACKAGE.zip --key KEY.pem --root ROOT.pem",
    "Every file has the SHA-256 listed here.",
    "The signatures are Ed25519 over the canonical JSON (RFC 8785) of the statement.",
    "settlement.pdf carries PAdES signatures of the parties, the mediator and the institution.",
)


def attestation(*, release: Release, terms: Terms, document_sha256: str) -> dict[str, Any]:
    """That mediation took place (Singapore Convention, article 4(1)(b)(ii)-(iii)). Nothing of
    what was said in it.
    """
    outcome = outcome_for_system(release.case, release.settlement)
    return {
        "schema": ATTESTATION_SCHEMA,
        "attestation_id": str(uuid5(release.pk, "attestation")),
        "statement": TOOK_PLACE,
        "agreement_no": terms.agreement_no,
        "agreement_sha256": document_sha256,
        "started_on": _iso(outcome.started_on),
        "ended_on": _iso(outcome.ended_on),
        "mode": "online",
        "institution": {
            "name": terms.center.name,
            "registration_no": terms.center.registration_no,
            "seat": terms.center.seat,
        },
        "mediators": [{"name": one.name, "reference": one.reference} for one in terms.mediators],
        "mediator_may_impose_a_solution": False,
        "rules": {
            "profile": release.case.profile,
            "terms_of_mediation_sha256": consent_text(Purpose.MEDIATE).sha256,
        },
        "language": str(terms.language),
        "issued_at": _moment(release.released_at),
    }


def manifest(*, release: Release, files: dict[str, bytes]) -> dict[str, Any]:
    """What is in the package, why, and what is not. `files` are all but the manifest itself."""
    case, settlement = release.case, release.settlement
    return {
        "schema": SCHEMA,
        "schema_version": 1,
        "export_id": str(release.pk),
        "created_at": _moment(release.released_at),
        "profile": case.profile,
        "purpose": "judicial-confirmation",
        "court": {"code": release.court.code, "name": release.court.name},
        "requested_by": release.proposed_by.side.role if release.proposed_by.side else "",
        "consents": _consents(release),
        "files": [_file(name, content) for name, content in files.items()],
        "excluded_classes": list(EXCLUDED),
        "case": as_json(outcome_for_system(case, settlement)),
        "agreement": {
            "number": settlement.number,
            "effective_at": _moment(settlement.document.effective_at),
            "document_sha256": settlement.document.sha256,
            "terms_sha256": settlement.document.version.terms_sha256,
            "verification_number": settlement.document.verification_number,
            "replaced_by": settlement.replaced_by or None,
            "signatures": _signatures(release),
        },
        "verification": {"how": list(HOW_TO_CHECK)},
    }


def as_json(outcome: Outcome) -> dict[str, Any]:
    """The allow-list of the outcome, field by field."""
    return {
        "case_number": outcome.case_number,
        "held": outcome.held,
        "started_on": _iso(outcome.started_on),
        "ended": outcome.ended,
        "ended_on": _iso(outcome.ended_on),
        "attendance": [{"role": one.role, "attended": one.attended} for one in outcome.attendance],
        "settlement": outcome.settlement,
    }


def _consents(release: Release) -> list[dict[str, Any]]:
    rows = Consent.objects.in_force().filter(
        case=release.case_id, purpose=Purpose.RELEASE, subject=str(release.pk)
    )
    rows = rows.select_related("participant__side", "case__center")
    return [_consent(row, release.case) for row in rows.order_by("participant__side__letter")]


def _consent(consent: Consent, case: Case) -> dict[str, Any]:
    side = consent.participant.side
    assert side is not None
    consent.case = case
    digest = hashlib.sha256(canonical_json(receipt(consent=consent)["statement"]))
    return {
        "side": side.letter,
        "role": side.role,
        "given_at": _moment(consent.given_at),
        "receipt_id": str(consent.pk),
        "receipt_sha256": digest.hexdigest(),
    }


def _file(name: str, content: bytes) -> dict[str, Any]:
    role, media_type = FILES[name]
    return {
        "name": name,
        "role": role,
        "media_type": media_type,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "exportable_basis": "released_by_both_sides",
    }


def _signatures(release: Release) -> list[dict[str, Any]]:
    rows = release.settlement.document.signatures.select_related("participant__side")
    return [
        {
            "role": row.participant.side.role if row.participant.side else row.participant.role,
            "field": row.field,
            "signed_at": _moment(row.signed_at),
        }
        for row in rows.order_by("order")
    ]


def _iso(day: object) -> str | None:
    return str(day) if day else None


def _moment(at: datetime | None) -> str | None:
    """Whole seconds in UTC, the same on every machine."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None
