"""Signed statements that something was destroyed, and how to check one.

A certificate names nobody. Its entry in the audit log commits to the SHA-256 of all of it but the
proof, and the certificate opens that commitment, so the proof is of this certificate and no other.
"""

import base64
import hashlib
import json
import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mediation.audit import services as audit
from mediation.audit.leaf import commitment
from mediation.audit.models import Entry, EntryDetail
from mediation.audit.note import verifier_key
from mediation.cases.selectors.dates import may_know
from mediation.core import jobs
from mediation.privacy.enums import Ground
from mediation.privacy.models import Certificate, Erasure
from mediation.privacy.selectors import in_seconds
from mediation.vault import services as vault
from mediation.vault.signing import canonical_json

SCHEMA = "heyi-deletion-certificate-1"
FILE_NAME = "deletion-certificate.json"
NOT_REACHED = ["downloads", "sent_mail", "court_copies"]


def issue_certificates(*, erasure: Erasure) -> Erasure:
    """Issue what is still to be issued about a verified erasure, once. Must not be called inside
    a transaction: the log is sealed on the way.
    """
    if erasure.finished_at is not None:
        return erasure
    recorded = _record(erasure)
    audit.seal_pending()
    audit.checkpoint()
    return _issue(erasure, {letter: _sign(*one) for letter, one in recorded.items()})


@transaction.atomic
def _record(erasure: Erasure) -> dict[str, tuple[dict[str, Any], Entry]]:
    """The statement for each side, and its entry in the log. The entry belongs to no case, so
    that it opens without pointing to one.
    """
    recorded = {}
    for letter in _letters(erasure):
        statement = _statement(erasure, letter)
        entry = audit.record_system(
            action="erasure.certified", target=erasure, statement_sha256=digest(statement)
        )
        recorded[letter] = (statement, entry)
    return recorded


def _letters(erasure: Erasure) -> list[str]:
    """The sides that get a certificate of their own; "" is the mediator's."""
    return sorted({person["letter"] for person in erasure.recipients}) or [""]


def _statement(erasure: Erasure, letter: str) -> dict[str, Any]:
    executed_at, verified_at = erasure.keys_destroyed_at, erasure.verified_at
    assert executed_at is not None
    assert verified_at is not None
    gone = [name for name in erasure.compartments if may_know(name, letter)]
    return {
        "schema": SCHEMA,
        "certificate_id": str(uuid.uuid4()),
        "issuer": settings.PUBLIC_URL,
        "case": erasure.case_pseudonym,
        "reason": erasure.reason,
        "policy": {"profile": erasure.policy, "sha256": erasure.policy_sha256},
        "compartments": gone,
        "destroyed": [_destroyed(erasure, name) for name in gone],
        "retained": [
            _kept(one, letter) for one in erasure.retained if may_know(one["compartment"], letter)
        ],
        "not_reached": NOT_REACHED,
        "started_at": in_seconds(erasure.started_at),
        "executed_at": in_seconds(executed_at),
        "verified_at": in_seconds(verified_at),
        "unrecoverable_not_later_than": in_seconds(
            executed_at + timedelta(days=settings.KEYRING_BACKUP_DAYS + settings.KEYRING_WAL_DAYS)
        ),
    }


def _kept(one: dict[str, Any], letter: str) -> dict[str, Any]:
    """Why and until when a part stays, without a hold on the other side's private part."""
    ends = [hold["until"] for hold in one.get("holds", []) if may_know(hold["compartment"], letter)]
    said = {name: value for name, value in one.items() if name != "holds"}
    return {**said, "ground": Ground.HOLD, "until": max(said["until"], *ends)} if ends else said


def _destroyed(erasure: Erasure, compartment: str) -> dict[str, Any]:
    keys = {key["compartment"]: key["fingerprint"] for key in erasure.keys}
    return {
        "compartment": compartment,
        "key_fingerprint": keys.get(compartment),
        "objects": erasure.counts.get(compartment, {}),
    }


def _sign(statement: dict[str, Any], entry: Entry) -> dict[str, Any]:
    detail = EntryDetail.objects.get(entry=entry)
    log = {
        "verifier_key": verifier_key(),
        "proof": audit.inclusion_proof(entry=entry).as_json(),
        "salt": base64.b64encode(bytes(detail.salt)).decode(),
        "details": bytes(detail.details).decode(),
    }
    return vault.sign_statement(statement={**statement, "log": log})


@transaction.atomic
def _issue(seen: Erasure, signed: dict[str, dict[str, Any]]) -> Erasure:
    erasure = Erasure.objects.select_for_update().get(pk=seen.pk)
    if erasure.finished_at is not None:  # somebody else was quicker
        return erasure
    now = timezone.now()
    for letter, content in signed.items():
        pk = uuid.UUID(content["statement"]["certificate_id"])
        Certificate.objects.create(
            pk=pk, erasure=erasure, letter=letter, signed=content, issued_at=now
        )
    erasure.finished_at = now
    erasure.save(update_fields=["finished_at"])
    for person in erasure.recipients:
        jobs.enqueue("privacy.send_certificate", erasure_id=str(erasure.pk), user_id=person["user"])
    return erasure


def file_of(certificate: Certificate) -> bytes:
    """The certificate as the file people keep."""
    text = json.dumps(certificate.signed, ensure_ascii=False, sort_keys=True, indent=2)
    return text.encode() + b"\n"


def digest(statement: dict[str, Any]) -> str:
    """SHA-256 of everything in the statement but its proof; 64 hex digits."""
    core = {name: value for name, value in statement.items() if name != "log"}
    return hashlib.sha256(canonical_json(core)).hexdigest()


def is_what_was_logged(statement: dict[str, Any]) -> bool:
    """Whether the leaf that the certificate proves to be in the log is about this certificate.
    The proof itself and the signature are checked apart. Malformed input is not.
    """
    try:
        log = statement["log"]
        leaf = json.loads(base64.b64decode(log["proof"]["leaf"], validate=True))
        salt = base64.b64decode(log["salt"], validate=True)
        details = log["details"].encode()
        said = json.loads(details)["facts"]["statement_sha256"]
        return bool(
            leaf["action"] == "erasure.certified"
            and leaf["commitment"] == commitment(salt=salt, details=details)
            and said == digest(statement)
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return False
