"""What an offline check of a settlement document says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mediation.settlements.document.terms import Terms


class Verdict(StrEnum):
    """The answer in one word."""

    GENUINE = "genuine"
    NOT_GENUINE = "not_genuine"
    NOT_OURS = "not_ours"


class Problem(StrEnum):
    """Stable codes of what is wrong; docs/settlement.md explains each."""

    UNREADABLE = "unreadable"
    UNSIGNED = "unsigned"
    ISSUER_UNKNOWN = "issuer_unknown"
    BYTES_CHANGED = "bytes_changed"
    BYTES_UNSIGNED = "bytes_unsigned"
    NOT_SEALED = "not_sealed"
    FIELDS_DIFFER = "fields_differ"
    ORDER_WRONG = "order_wrong"
    SIGNATURE_INVALID = "signature_invalid"
    CHANGED_AFTER_SIGNING = "changed_after_signing"
    TIME_MISSING = "time_missing"
    ARCHIVE_INEXACT = "archive_inexact"
    TERMS_UNREADABLE = "terms_unreadable"
    TEXT_DIFFERS = "text_differs"
    SIGNER_DIFFERS = "signer_differs"


class Capacity(StrEnum):
    """In which part somebody signed; taken from the certificate's policy and the field."""

    PLATFORM = "platform"
    PARTY = "party"
    MEDIATOR = "mediator"
    CENTER = "center"


@dataclass(frozen=True, kw_only=True)
class SignerLine:
    """One signature: who, for whom, when (trusted time), with which evidence."""

    field: str
    capacity: Capacity
    name: str
    organisation: str
    signed_at: datetime | None
    evidence: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """The result of a check. `findings` is empty exactly when the verdict is GENUINE.

    `sha256` is of the whole file, `root_sha256` of the root certificate the signatures lead to
    (empty when none), `archived_at` the first archive time stamp; `terms` only if they could be
    read from a file whose bytes are as sealed.
    """

    verdict: Verdict
    findings: tuple[Problem, ...]
    sha256: str
    root_sha256: str = ""
    signers: tuple[SignerLine, ...] = ()
    archived_at: datetime | None = None
    terms: Terms | None = None
