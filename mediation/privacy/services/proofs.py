"""Proof of what one did oneself, as a signed file that anybody can check against the public log.

It opens the person's own entries: salt and details of each, its leaf, and the way from the leaf to
a signed checkpoint. Of others it holds hashes only, and no key of pseudonyms, so that it tells
nobody which other entries belong to the case.
"""

import base64
import json
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.audit.leaf import commitment
from mediation.audit.note import verifier_key
from mediation.audit.proofs import OpenedEvent
from mediation.audit.services import InclusionProof
from mediation.cases.models import Case
from mediation.core.errors import require
from mediation.core.limits import count_try
from mediation.privacy import access
from mediation.privacy.selectors import in_seconds
from mediation.vault import services as vault

SCHEMA = "heyi-log-proof-1"
PER_HOUR = 5


def prove_own_events(*, actor: User, case: Case) -> bytes:
    """The file. Asking for it is on record. Raises Forbidden or TooMany."""
    require(access.can_prove(actor, case))
    count_try("proof", f"{actor.pk}:{case.pk}", limit=PER_HOUR, seconds=3600)
    _record(actor, case)
    signed = vault.sign_statement(statement=_statement(actor, case))
    return json.dumps(signed, ensure_ascii=False, sort_keys=True, indent=2).encode() + b"\n"


@transaction.atomic
def _record(actor: User, case: Case) -> None:
    audit.record(actor=actor, action="proof.downloaded", target=case, case_id=case.pk)


def _statement(actor: User, case: Case) -> dict[str, Any]:
    events, waiting = audit.own_events(case_id=case.pk, actor_id=actor.pk)
    return {
        "schema": SCHEMA,
        "issuer": settings.PUBLIC_URL,
        "made_at": in_seconds(timezone.now()),
        "case": case.number,
        "case_id": str(case.pk),
        "person": f"{actor._meta.label_lower}:{actor.pk}",
        "log": {"verifier_key": verifier_key()},
        "checkpoints": {str(one.segment): one.proof.checkpoint for one in events},
        "events": [_event(one) for one in events],
        "not_sealed_yet": waiting,
    }


def _event(one: OpenedEvent) -> dict[str, Any]:
    proof = one.proof.as_json()
    del proof["checkpoint"]  # once for each year
    return {
        "segment": one.segment,
        "proof": proof,
        "salt": base64.b64encode(one.salt).decode(),
        "details": one.details.decode(),
    }


def is_own_and_logged(statement: dict[str, Any], *, log_key: str | None = None) -> bool:
    """Whether every event opens its leaf, is of the person and the case that the file names, and
    stands in the log under `log_key`, by default the key the statement names. The signature is
    checked apart. Malformed input is not.
    """
    try:
        key = log_key or str(statement["log"]["verifier_key"])
        events = statement["events"]
        return isinstance(events, list) and all(_holds(one, statement, key) for one in events)
    except (KeyError, TypeError, ValueError, AttributeError):
        return False


def _holds(event: dict[str, Any], statement: dict[str, Any], key: str) -> bool:
    note = str(statement["checkpoints"][str(event["segment"])])
    proof = InclusionProof.from_json({**event["proof"], "checkpoint": note})
    salt = base64.b64decode(event["salt"], validate=True)
    details = event["details"].encode()
    about = json.loads(details)
    return bool(
        json.loads(proof.leaf)["commitment"] == commitment(salt=salt, details=details)
        and (about["actor"], about["case"]) == (statement["person"], statement["case_id"])
        and note.partition("\n")[0].endswith(f"/{event['segment']}")
        and audit.verify_inclusion(proof=proof, verifier_key=key)
    )
