"""Which of our files is this, and is it genuine? Answered from the bytes and two public anchors.

Nothing is stored, looked up in the database or fetched: the same answer comes out on a machine
that has never heard of the installation, given its root certificate and its key.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from mediation.audit.services import InclusionProof, verify_inclusion
from mediation.cases.services.receipts import holds_together
from mediation.courts.package.check import check_package, is_signed
from mediation.courts.package.layout import SETTLEMENT, looks_like_package
from mediation.privacy.services.certificates import is_what_was_logged
from mediation.privacy.services.proofs import is_own_and_logged
from mediation.settlements.document.report import Capacity
from mediation.settlements.document.report import Report as DocumentReport
from mediation.settlements.document.report import Verdict as DocumentVerdict
from mediation.vault import services as vault
from mediation.verification.enums import SEALS, Fact, Finding, Kind, Verdict
from mediation.verification.services import published

STATEMENTS = {
    "heyi-consent-receipt-1": Kind.RECEIPT,
    "heyi-consent-receipt-2": Kind.RECEIPT,
    "heyi-consent-ledger-1": Kind.LEDGER,
    "heyi-deletion-certificate-1": Kind.CERTIFICATE,
    "heyi-performance-certificate-1": Kind.PERFORMANCE,
    "heyi-ending-note-1": Kind.ENDING,
    "heyi-log-proof-1": Kind.EVENTS,
}
STATEMENT_FACTS = (
    Fact.RECEIPT_ID,
    Fact.CERTIFICATE_ID,
    Fact.PURPOSE,
    Fact.GIVEN_AT,
    Fact.WITHDRAWN_AT,
    Fact.EXECUTED_AT,
    Fact.AGREEMENT_NO,
    Fact.SETTLEMENT_SHA256,
    Fact.PERFORMED_ON,
    Fact.STARTED_ON,
    Fact.ENDED_ON,
    Fact.PERSON,
    Fact.MADE_AT,
)
DER = Encoding.DER
# How our files write JSON; any other spacing means that somebody saved the file again.
SPACINGS: tuple[dict[str, Any], ...] = (
    {"indent": 1},
    {"indent": 2},
    {"separators": (",", ":")},
    {},
)


@dataclass(frozen=True)
class Anchors:
    """Whom to trust: PEM of the root certificate, PEM of the Ed25519 key, PEM of outside
    time-stamp roots (may be empty), and the verifier key of the log (may be empty).
    """

    root_pem: bytes | None
    key_pem: bytes | None
    tsa_roots_pem: bytes = b""
    log_key: str | None = None


@dataclass(frozen=True)
class Signer:
    """Somebody who signed, as the file itself says: part (party, mediator, center, platform)."""

    name: str
    organisation: str
    part: str
    signed_at: datetime | None

    @property
    def shown_name(self) -> str:
        """A person's name as it stands; the name of one of our seals in the reader's language."""
        is_seal = self.part in {Capacity.PLATFORM, Capacity.CENTER}
        return str(SEALS.get(self.name, self.name)) if is_seal else self.name


@dataclass(frozen=True)
class Report:
    """The answer. `findings` are empty exactly when `verdict` is GENUINE; `details` narrows one
    down (a file's name); `facts` are (name, value) out of the file, for people.
    """

    kind: Kind
    verdict: Verdict
    sha256: str
    findings: tuple[Finding, ...] = ()
    details: tuple[str, ...] = ()
    facts: tuple[tuple[Fact, str], ...] = ()
    signers: tuple[Signer, ...] = field(default=())


def own_anchors() -> Anchors:
    """This installation's own."""
    return Anchors(published.own_root_pem(), vault.public_key_pem(), published.own_tsa_roots_pem())


def verify(content: bytes, anchors: Anchors | None = None) -> Report:
    """Recognise the file by what is in it and check every byte of it. Never raises for a file."""
    anchors = anchors or own_anchors()
    blank = Report(Kind.UNKNOWN, Verdict.NOT_OURS, hashlib.sha256(content).hexdigest())
    return _check_for(content)(content, anchors, blank)


Check = Callable[[bytes, Anchors, Report], Report]


def _check_for(content: bytes) -> Check:
    """A package holds a settlement, so marks of a settlement are asked for last."""
    if content[:1024].lstrip().startswith(b"%PDF-"):
        return _settlement
    if _schema(content) in STATEMENTS:
        return _statement
    if looks_like_package(content):
        return _package
    if _carries_our_fields(content):
        return _settlement
    return _damaged_statement if _mentions_statement(content) else _nothing_of_ours


def _carries_our_fields(content: bytes) -> bool:
    """Names that our documents carry in clear, so that a damaged one is still known as ours."""
    return b"(issue)" in content and b"/DocMDP" in content


def _settlement(content: bytes, anchors: Anchors, blank: Report) -> Report:
    # pyHanko is slow to import, and most processes never check a document
    from mediation.settlements.document.check import check_settlement  # noqa: PLC0415

    found = check_settlement(
        content, trusted_root_pem=anchors.root_pem, tsa_roots_pem=anchors.tsa_roots_pem
    )
    verdict = _settlement_verdict(found, content)
    return replace(
        blank,
        kind=Kind.UNKNOWN if verdict == Verdict.NOT_OURS else Kind.SETTLEMENT,
        verdict=verdict,
        findings=tuple(_finding(str(problem), verdict) for problem in found.findings),
        facts=tuple(_settlement_facts(found)),
        signers=_signers(found),
    )


def _finding(code: str, verdict: Verdict) -> Finding:
    """What cannot be read and carries no mark of ours is not called damaged: nothing shows that
    it was ever whole.
    """
    is_nobodys = verdict == Verdict.NOT_OURS and code == Finding.UNREADABLE
    return Finding.UNRECOGNISED if is_nobodys else Finding(code)


def _settlement_verdict(found: DocumentReport, content: bytes) -> Verdict:
    """A document of ours that was damaged until nothing in it can be read is still ours."""
    is_foreign = Finding.ISSUER_UNKNOWN in {str(problem) for problem in found.findings}
    if (
        found.verdict == DocumentVerdict.NOT_OURS
        and _carries_our_fields(content)
        and not is_foreign
    ):
        return Verdict.NOT_GENUINE
    return Verdict(str(found.verdict))


def _settlement_facts(found: DocumentReport) -> Iterator[tuple[Fact, str]]:
    if found.terms is not None:
        yield Fact.AGREEMENT_NO, found.terms.agreement_no
        yield Fact.CASE_NUMBER, found.terms.case_ref
        yield Fact.CENTRE, found.terms.center.name
    if found.archived_at is not None:
        yield Fact.SEALED_AT, f"{found.archived_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if found.root_sha256:
        yield Fact.ROOT_SHA256, found.root_sha256


def _signers(found: DocumentReport) -> tuple[Signer, ...]:
    return tuple(
        Signer(line.name, line.organisation, str(line.capacity), line.signed_at)
        for line in found.signers
    )


def _package(content: bytes, anchors: Anchors, blank: Report) -> Report:
    """The package itself, and the settlement inside it."""
    found = check_package(content, anchors.key_pem)
    inner = _settlement(found.files.get(SETTLEMENT, b""), anchors, blank)
    codes = [code.partition(":") for code in found.findings]
    findings = [Finding(code) for code, _colon, _name in codes]
    if inner.verdict != Verdict.GENUINE:
        findings += [Finding.SETTLEMENT_WRONG, *inner.findings]
    return replace(
        blank,
        kind=Kind.PACKAGE,
        verdict=Verdict.NOT_GENUINE if findings else Verdict.GENUINE,
        findings=tuple(dict.fromkeys(findings)),
        details=tuple(name for _code, _colon, name in codes if name),
        facts=(*_package_facts(found.manifest), *inner.facts),
        signers=inner.signers,
    )


def _package_facts(manifest: dict[str, Any]) -> Iterator[tuple[Fact, str]]:
    court = manifest.get("court")
    if isinstance(court, dict):
        yield Fact.COURT, str(court.get("name", ""))
    for fact in (Fact.EXPORT_ID, Fact.CREATED_AT, Fact.PURPOSE):
        if fact in manifest:
            yield fact, str(manifest[fact])


def _statement(content: bytes, anchors: Anchors, blank: Report) -> Report:
    signed = json.loads(content)
    statement = signed["statement"]
    kind = STATEMENTS[statement["schema"]]
    findings = tuple(_statement_findings(content, signed, anchors, kind))
    return replace(
        blank,
        kind=kind,
        verdict=Verdict.NOT_GENUINE if findings else Verdict.GENUINE,
        findings=findings,
        facts=tuple(_statement_facts(statement)),
    )


def _statement_findings(
    content: bytes, signed: dict[str, Any], anchors: Anchors, kind: Kind
) -> Iterator[Finding]:
    if not is_signed(signed, anchors.key_pem):
        yield Finding.STATEMENT_UNSIGNED
    if not _is_as_written(content, signed):
        yield Finding.WRITTEN_DIFFERENTLY
    if kind == Kind.CERTIFICATE and not _stands_in_log(signed["statement"], anchors):
        yield Finding.PROOF_WRONG
    if kind == Kind.EVENTS and not is_own_and_logged(signed["statement"], log_key=anchors.log_key):
        yield Finding.EVENTS_WRONG
    if kind == Kind.LEDGER and not holds_together(
        signed["statement"].get("receipts"), anchors.key_pem
    ):
        yield Finding.CHAIN_BROKEN


def _is_as_written(content: bytes, signed: dict[str, Any]) -> bool:
    written = [
        json.dumps(signed, ensure_ascii=False, sort_keys=is_sorted, **spacing).encode()
        for spacing in SPACINGS
        for is_sorted in (False, True)
    ]
    return content in written or content in [one + b"\n" for one in written]


def _stands_in_log(statement: dict[str, Any], anchors: Anchors) -> bool:
    """Whether the certificate's own proof holds and is about this certificate: `log.proof` under
    `log.verifier_key`, which the service's signature vouches for unless the anchors name the
    log's key.
    """
    if not is_what_was_logged(statement):
        return False
    try:
        log = statement["log"]
        proof = InclusionProof.from_json(log["proof"])
        key = anchors.log_key or str(log["verifier_key"])
        return verify_inclusion(proof=proof, verifier_key=key)
    except (KeyError, TypeError, ValueError):
        return False


def _statement_facts(statement: dict[str, Any]) -> Iterator[tuple[Fact, str]]:
    if isinstance(statement.get("case"), str):
        is_mark = STATEMENTS[statement["schema"]] == Kind.CERTIFICATE
        yield Fact.CASE_MARK if is_mark else Fact.CASE_NUMBER, statement["case"]
    for fact in STATEMENT_FACTS:
        if isinstance(statement.get(fact), str):
            yield fact, statement[fact]
    if isinstance(statement.get("events"), list):
        yield Fact.EVENTS, str(len(statement["events"]))


def _schema(content: bytes) -> str:
    """The schema of a signed JSON statement; "" for anything else."""
    try:
        signed = json.loads(content)
        return str(signed["statement"]["schema"])
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""


def _mentions_statement(content: bytes) -> bool:
    return any(f'"{schema}"'.encode() in content for schema in STATEMENTS)


def _damaged_statement(content: bytes, anchors: Anchors, blank: Report) -> Report:
    return replace(blank, verdict=Verdict.NOT_GENUINE, findings=(Finding.UNREADABLE,))


def _nothing_of_ours(content: bytes, anchors: Anchors, blank: Report) -> Report:
    return blank
