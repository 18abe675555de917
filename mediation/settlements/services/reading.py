"""Handing out the document, or the record of what was agreed orally, and noting that."""

import base64
from dataclasses import dataclass

from django.db import transaction

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.core.errors import WrongState, require
from mediation.settlements import access
from mediation.settlements.document.terms_json import to_json
from mediation.settlements.enums import SettlementState
from mediation.settlements.models import Settlement
from mediation.settlements.selectors import (
    current_version,
    document_of,
    last_revision,
    version_terms,
)
from mediation.settlements.services.revisions import content_of


@dataclass(frozen=True)
class Copy:
    """The document as it is now, and what to call the file."""

    file_name: str
    content: bytes
    sha256: str

    @property
    def digest(self) -> str:
        """The hash in base64, for the Content-Digest header (RFC 9530)."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode()


@transaction.atomic
def read_record(*, actor: User, settlement: Settlement) -> Copy:
    """What was agreed orally, as canonical JSON, for both sides and the mediator who recorded it.

    Raises Forbidden, WrongState before both agreed, KeyDestroyed.
    """
    require(access.settlements_visible_to(actor).filter(pk=settlement.pk).exists())
    require(settlement.state == SettlementState.ORAL, WrongState)
    version = current_version(settlement)
    assert version is not None
    audit.record(actor=actor, action="record.read", target=version, case_id=settlement.case_id)
    content = to_json(version_terms(version))
    return Copy(f"{settlement.number}.json", content, version.terms_sha256)


@transaction.atomic
def read_document(*, actor: User, settlement: Settlement) -> Copy:
    """A copy for one of the people in the case; each has a right to one (人民调解法 29).

    Raises WrongState before there is a document.
    """
    require(access.settlements_visible_to(actor).filter(pk=settlement.pk).exists())
    document = document_of(settlement)
    revision = last_revision(document) if document else None
    if document is None or revision is None:
        raise WrongState
    audit.record(
        actor=actor,
        action="document.read",
        target=document,
        case_id=settlement.case_id,
        revision=revision.number,
    )
    return Copy(f"{settlement.number}.pdf", content_of(revision), revision.sha256)
