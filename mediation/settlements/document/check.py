"""The offline check of a sealed settlement: everything needed is in the file and one root.

Order: the envelope and the newest hash first (any changed byte ends the check there), then every
signature with its chain, revocation and time, then the set and order of fields, then that the
printed text and the attached data say the same and were signed by the people they name. Pages are
read only where every signature holds: else anybody may have made them, to keep the reader busy.
"""

import asyncio
import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography.x509 import ObjectIdentifier
from pyhanko.pdf_utils.decode_limits import (
    DecodeLimits,
    DocumentDecodeBudget,
    StreamDecodeLimits,
)
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import (
    async_validate_pdf_signature,
    async_validate_pdf_timestamp,
)
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext

from mediation.settlements.document.asn1 import repair_asn1crypto
from mediation.settlements.document.certificates import (
    FULL_NAME,
    FULL_ORGANISATION,
    POLICY_ISSUE,
    POLICY_SEAL,
    POLICY_SIGNER,
)
from mediation.settlements.document.envelope import envelope_is_sound, token_is_exact
from mediation.settlements.document.hex_strings import repair_pyhanko
from mediation.settlements.document.printed import TooLarge, first_unprinted, printed_blocks
from mediation.settlements.document.render import ATTACHMENT, attachments
from mediation.settlements.document.report import Capacity, Problem, Report, SignerLine, Verdict
from mediation.settlements.document.sheet import printed_values
from mediation.settlements.document.signing import ARCHIVE_FIELD, ISSUE_FIELD, SEAL_FIELD
from mediation.settlements.document.terms import Terms, signing_slots
from mediation.settlements.document.terms_json import from_json

TIME_STAMP = "/DocTimeStamp"
# Octets out of one deflated stream, and out of all that are read of one revision: a file of 1 MiB
# may hold a thousand times as much. Our own documents stay below 1 MiB.
MAX_INFLATED = 16 * 1024 * 1024
MAX_INFLATED_IN_ALL = 64 * 1024 * 1024
INFLATED = DecodeLimits(
    per_stream=StreamDecodeLimits(max_ratio=None, max_output_size=MAX_INFLATED),
    document_budget=DocumentDecodeBudget(base_allowance=MAX_INFLATED_IN_ALL, max_ratio=0),
)
NOBODY_OF_OURS = {Problem.UNREADABLE, Problem.UNSIGNED, Problem.ISSUER_UNKNOWN}


@dataclass(frozen=True)
class _Opened:
    """A readable document whose bytes are exactly those the archive time stamp covers."""

    reader: PdfFileReader
    signatures: list[Any]
    store: DocumentSecurityStore
    root: asn1_x509.Certificate
    tsa_roots: tuple[asn1_x509.Certificate, ...]

    @property
    def archives(self) -> list[Any]:
        return [s for s in self.signatures if s.sig_object["/Type"] == TIME_STAMP]

    @property
    def certificates(self) -> list[asn1_x509.Certificate]:
        return list(self.store.load_certs())


class _Stop(Exception):
    """The check cannot go on; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem)


def check_settlement(
    pdf: bytes, *, trusted_root_pem: bytes | None, tsa_roots_pem: bytes = b""
) -> Report:
    """Check a document without network, database or clock of ours. Never raises for bad files.

    `trusted_root_pem` is the published root of the installation; without it a sound document is
    reported as NOT_OURS with `issuer_unknown` and the fingerprint of the root it leads to.
    `tsa_roots_pem` are roots of an outside time-stamp authority, if one is used.
    """
    repair_asn1crypto()
    repair_pyhanko()
    blank = Report(verdict=Verdict.NOT_OURS, findings=(), sha256=hashlib.sha256(pdf).hexdigest())
    try:
        report = _examined(pdf, blank, trusted_root_pem, _certificates(tsa_roots_pem))
    except _Stop as stop:
        report = replace(blank, findings=(stop.problem,))
    except Exception:  # noqa: BLE001  hostile files break parsers in endless ways
        report = replace(blank, findings=(Problem.UNREADABLE,))
    return replace(report, verdict=_verdict(report.findings))


def _verdict(findings: tuple[Problem, ...]) -> Verdict:
    if not findings:
        return Verdict.GENUINE
    return Verdict.NOT_OURS if NOBODY_OF_OURS & set(findings) else Verdict.NOT_GENUINE


def _certificates(raw: bytes) -> tuple[asn1_x509.Certificate, ...]:
    if not raw:
        return ()
    blocks = pem.unarmor(raw, multiple=True)
    return tuple(asn1_x509.Certificate.load(der) for _name, _headers, der in blocks)


def _examined(
    pdf: bytes,
    blank: Report,
    trusted_root_pem: bytes | None,
    tsa_roots: tuple[asn1_x509.Certificate, ...],
) -> Report:
    reader = PdfFileReader(BytesIO(pdf), decode_limits=INFLATED)
    signatures = _sound_signatures(pdf, reader)
    store = DocumentSecurityStore.read_dss(reader)
    trusted = _certificates(trusted_root_pem or b"")
    root = _root(store, signatures[0], trusted)
    opened = _Opened(reader, signatures, store, root, tsa_roots)
    report = replace(blank, root_sha256=root.sha256.hex())
    report = asyncio.run(_with_signatures(opened, report))
    report = _with_terms(opened, report)
    unknown = () if trusted else (Problem.ISSUER_UNKNOWN,)
    return replace(report, findings=tuple(dict.fromkeys((*report.findings, *unknown))))


def _sound_signatures(pdf: bytes, reader: PdfFileReader) -> list[Any]:
    signatures = list(reader.embedded_signatures)
    if not signatures or signatures[0].field_name != ISSUE_FIELD:
        raise _Stop(Problem.UNSIGNED)
    if not envelope_is_sound(pdf, signatures):
        raise _Stop(Problem.BYTES_UNSIGNED)
    if signatures[-1].sig_object["/Type"] != TIME_STAMP:
        raise _Stop(Problem.NOT_SEALED)
    if not _imprint_matches(signatures[-1]):
        raise _Stop(Problem.BYTES_CHANGED)
    return signatures


def _imprint_matches(archive: Any) -> bool:
    content = archive.signed_data["encap_content_info"]["content"].parsed
    imprint = content["message_imprint"]
    algorithm = imprint["hash_algorithm"]["algorithm"].native
    digest = archive.compute_digest() if algorithm == archive.external_md_algorithm else b""
    return bool(digest == imprint["hashed_message"].native)


def _root(
    store: DocumentSecurityStore, issue: Any, trusted: tuple[asn1_x509.Certificate, ...]
) -> asn1_x509.Certificate:
    """The root the issue signature leads to. Raises _Stop when it is not the trusted one."""
    pool = {certificate.subject.hashable: certificate for certificate in store.load_certs()}
    current = issue.signer_cert
    for _step in range(len(pool)):
        if current.self_issued:
            break
        current = pool.get(current.issuer.hashable, current)
    if not current.self_issued or (trusted and current.sha256 != trusted[0].sha256):
        raise _Stop(Problem.ISSUER_UNKNOWN)
    return current


async def _with_signatures(opened: _Opened, report: Report) -> Report:
    archived_at, problems = await _check_archives(opened)
    context = _context(opened, archived_at)
    lines = []
    for signature in opened.signatures:
        if signature.sig_object["/Type"] != TIME_STAMP:
            line, found = await _check_signature(signature, context)
            lines.append(line)
            problems += found
    return replace(
        report,
        findings=(*report.findings, *problems, *_field_problems(opened)),
        signers=tuple(lines),
        archived_at=archived_at,
    )


def _context(opened: _Opened, moment: datetime | None) -> ValidationContext:
    options = {
        "trust_roots": [opened.root, *opened.tsa_roots],
        "moment": moment,
        "best_signature_time": moment,
        "allow_fetching": False,
        "revocation_mode": "soft-fail" if opened.tsa_roots else "require",
    }
    return opened.store.as_validation_context(options)


async def _check_archives(opened: _Opened) -> tuple[datetime | None, list[Problem]]:
    """The oldest archive time and what is wrong; each stamp is judged at the next one's time."""
    problems: list[Problem] = []
    moment: datetime | None = None
    for archive in reversed(opened.archives):
        status = await async_validate_pdf_timestamp(archive, _context(opened, moment))
        if not (status.intact and status.valid and status.trusted):
            problems.append(Problem.SIGNATURE_INVALID)
        moment = status.timestamp
    newest = opened.archives[-1]
    known = {certificate.dump() for certificate in opened.certificates}
    if not token_is_exact(bytes(newest.pkcs7_content), known):
        problems.append(Problem.ARCHIVE_INEXACT)
    return moment, problems


async def _check_signature(
    signature: Any, context: ValidationContext
) -> tuple[SignerLine, list[Problem]]:
    status = await async_validate_pdf_signature(signature, context, context)
    stamp = status.timestamp_validity
    problems = [] if status.bottom_line else [Problem.SIGNATURE_INVALID]
    if status.modification_level == ModificationLevel.OTHER or not status.docmdp_ok:
        problems.append(Problem.CHANGED_AFTER_SIGNING)
    if stamp is None:
        problems.append(Problem.TIME_MISSING)
    capacity = _capacity(signature.field_name)
    policy, notice = _policy(status.signing_cert)
    if policy != POLICIES[capacity]:
        problems.append(Problem.SIGNER_DIFFERS)
    line = SignerLine(
        field=signature.field_name,
        capacity=capacity,
        name=_name(status.signing_cert, FULL_NAME, "common_name"),
        organisation=_name(status.signing_cert, FULL_ORGANISATION, "organization_name"),
        signed_at=stamp.timestamp if stamp else None,
        evidence=notice,
    )
    return line, problems


POLICIES = {
    Capacity.PLATFORM: POLICY_ISSUE.dotted_string,
    Capacity.CENTER: POLICY_SEAL.dotted_string,
    Capacity.PARTY: POLICY_SIGNER.dotted_string,
    Capacity.MEDIATOR: POLICY_SIGNER.dotted_string,
}


def _capacity(field: str) -> Capacity:
    fixed = {ISSUE_FIELD: Capacity.PLATFORM, SEAL_FIELD: Capacity.CENTER}
    by_prefix = Capacity.MEDIATOR if field.startswith("mediator-") else Capacity.PARTY
    return fixed.get(field, by_prefix)


def _policy(certificate: asn1_x509.Certificate) -> tuple[str, str]:
    """The policy of a certificate and the notice it carries."""
    policies = certificate.certificate_policies_value
    if policies is None:
        return "", ""
    first = policies[0]
    qualifiers = first["policy_qualifiers"]
    notice = qualifiers[0]["qualifier"]["explicit_text"].native if qualifiers else ""
    return first["policy_identifier"].dotted, notice


def _name(certificate: asn1_x509.Certificate, full: ObjectIdentifier, short: str) -> str:
    """The full form of a name that the subject could not hold, else the usual one, else nothing."""
    native = {
        part["type"].dotted: part["value"].native
        for name in (certificate.subject, *_alternatives(certificate))
        for relative in name.chosen
        for part in relative
    }
    return str(native.get(full.dotted_string) or certificate.subject.native.get(short, ""))


def _alternatives(certificate: asn1_x509.Certificate) -> list[asn1_x509.Name]:
    names = certificate.subject_alt_name_value or ()
    return [name.chosen for name in names if name.name == "directory_name"]


def _field_problems(opened: _Opened) -> list[Problem]:
    names = [signature.field_name for signature in opened.signatures]
    archives = [ARCHIVE_FIELD.format(n) for n, _ in enumerate(opened.archives, start=1)]
    problems = []
    if SEAL_FIELD not in names:
        problems.append(Problem.NOT_SEALED)
    if names[-1 - len(archives) :] != [SEAL_FIELD, *archives]:
        problems.append(Problem.ORDER_WRONG)
    fields = [str(field.get_object()["/T"]) for field in opened.reader.root["/AcroForm"]["/Fields"]]
    if sorted(fields) != sorted(names):
        problems.append(Problem.FIELDS_DIFFER)
    return problems


def _with_terms(opened: _Opened, report: Report) -> Report:
    """Terms are read from the revision that was certified first, whatever came later."""
    catalogue = opened.reader.get_historical_root(opened.signatures[0].signed_revision)
    try:
        terms = _attached_terms(catalogue)
    except (ValueError, LookupError, TypeError, AttributeError, PdfError):
        return replace(report, findings=(*report.findings, Problem.TERMS_UNREADABLE))
    problems = _people_problems(terms, report.signers)
    if Problem.SIGNATURE_INVALID not in report.findings:
        problems = [*_text_problems(catalogue, terms), *problems]
    return replace(report, terms=terms, findings=(*report.findings, *problems))


def _attached_terms(catalogue: Any) -> Terms:
    files = [entry.get_object() for entry in catalogue["/AF"]]
    contents = {str(file["/UF"]): file["/EF"]["/F"].data for file in files}
    terms = from_json(contents[ATTACHMENT])
    said = attachments(terms)
    if len(files) != len(said) or contents != said:
        raise ValueError("not canonical")
    return terms


def reads_back(pdf: bytes, terms: Terms) -> bool:
    """Whether a printed document says what its data says, as the check will ask once it is sealed.
    To be asked before anybody signs it.
    """
    try:
        return not _text_problems(PdfFileReader(BytesIO(pdf)).root, terms)
    except TooLarge:
        return False


def _text_problems(catalogue: Any, terms: Terms) -> list[Problem]:
    missing = first_unprinted(printed_values(terms), printed_blocks(catalogue))
    return [] if missing is None else [Problem.TEXT_DIFFERS]


def _people_problems(terms: Terms, signers: tuple[SignerLine, ...]) -> list[Problem]:
    expected = {slot.field: (slot.signer, slot.organisation) for slot in signing_slots(terms)}
    people = {Capacity.PARTY, Capacity.MEDIATOR}
    signed = {s.field: s for s in signers if s.capacity in people}
    problems = []
    if set(signed) != set(expected):
        problems.append(Problem.FIELDS_DIFFER)
    for field, (name, organisation) in expected.items():
        if field in signed and not _is_same_person(signed[field], name, organisation):
            problems.append(Problem.SIGNER_DIFFERS)
    return problems


def _is_same_person(line: SignerLine, name: str, organisation: str) -> bool:
    return line.name == name and line.organisation == organisation
