"""Signatures: issue, one per person, seal and archive time stamp (PAdES, ETSI EN 319 142-1).

Every function takes a PDF and returns it with one revision more; nothing before is rewritten. A
person's key is made for the one signature, used once and forgotten. What that is worth is written
into the certificate: a simple or advanced signature attested by the platform, never a qualified
one. All functions block; do not call them inside a running event loop.
"""

# mypy: allow-untyped-calls
# (pyHanko and asn1crypto are annotated in part only)

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from io import BytesIO
from typing import Any

from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import (
    InvisSigSettings,
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    enumerate_sig_fields,
)
from pyhanko.sign.signers.pdf_cms import Signer as PdfCmsSigner
from pyhanko.sign.signers.pdf_signer import (
    PdfSignatureMetadata,
    PdfSigner,
    PdfTimeStamper,
    TimestampDSSContentSettings,
)
from pyhanko.sign.validation.dss import collect_validation_info
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from mediation.settlements.document.appearance import Mark, MarkStyle
from mediation.settlements.document.asn1 import repair_asn1crypto
from mediation.settlements.document.certificates import (
    POLICY_SIGNER,
    Issuer,
    alternative,
    document_signer,
    subject,
)
from mediation.settlements.document.drawing import Drawing
from mediation.settlements.document.fonts import Typeface
from mediation.settlements.document.hex_strings import repair_pyhanko
from mediation.settlements.document.pki import PlatformAuthority
from mediation.settlements.document.sheet import wording
from mediation.settlements.document.terms import Language
from mediation.settlements.document.timestamps import TimeSource, as_asn1

ISSUE_FIELD = "issue"
SEAL_FIELD = "seal"
ARCHIVE_FIELD = "archive-{}"
DIGEST = "sha256"
MAX_METHOD = 40
LONGEST_SIGNATURE = 72  # two numbers of 33 octets and their DER heads, P-256
# Outside the page is what keeps invisible widgets valid under PDF/A-3 and PDF/UA-1 at once.
UNSEEN = InvisSigSettings(set_print_flag=True, box_out_of_bounds=True)


class FieldNotOpen(RuntimeError):
    """The field is not in the document or is already signed."""


class SignaturesMissing(RuntimeError):
    """Somebody has not signed yet; `fields` are the empty ones."""

    def __init__(self, fields: Sequence[str]) -> None:
        self.fields = tuple(fields)
        super().__init__(", ".join(fields))


class SignatureLevel(StrEnum):
    """How strong a person's signature is in the words of eIDAS, article 3; never qualified."""

    SIMPLE = "simple"
    ADVANCED = "advanced"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """How the signer proved who they are: a method of at most 40 characters, when, and the
    SHA-256 (hexadecimal) of the record kept about it."""

    method: str
    at: datetime
    record_sha256: str
    level: SignatureLevel = SignatureLevel.SIMPLE

    def notice(self) -> str:
        """The text readers of the certificate see; at most 200 characters."""
        moment = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return (
            f"{self.level.capitalize()} electronic signature, platform-attested, not qualified. "
            f"{self.method[:MAX_METHOD]} {moment}. sha256 {self.record_sha256}"
        )


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who signs in which field; the e-mail address goes into the certificate only if given."""

    field: str
    who: str
    organisation: str = ""
    email: str = ""


@dataclass(frozen=True)
class Look:
    """The typeface and language of what a signature prints, and what its owner drew."""

    face: Typeface
    language: Language
    drawing: Drawing | None = None


def issue(pdf: bytes, *, authority: PlatformAuthority, time: TimeSource) -> bytes:
    """Certify the empty document: from now on only its fields may be filled (DocMDP 2).

    Raises FieldNotOpen when the document is certified already.
    """
    if PdfFileReader(BytesIO(pdf)).embedded_signatures:
        raise FieldNotOpen(ISSUE_FIELD)
    metadata = PdfSignatureMetadata(
        field_name=ISSUE_FIELD,
        certify=True,
        docmdp_permissions=MDPPerm.FILL_FORMS,
        subfilter=SigSeedSubFilter.PADES,
        md_algorithm=DIGEST,
    )
    field = SigFieldSpec(ISSUE_FIELD, invis_sig_settings=UNSEEN, readable_field_name="Issue")
    tool = PdfSigner(
        metadata,
        _KeySigner(authority.issue_seal, authority),
        timestamper=time.stamper,
        new_field_spec=field,
    )
    return _sign(pdf, tool)


def sign_as(
    pdf: bytes,
    *,
    signer: Signer,
    evidence: Evidence,
    authority: PlatformAuthority,
    time: TimeSource,
    look: Look,
) -> bytes:
    """Sign for one person with a key made now and forgotten. Raises FieldNotOpen."""
    if signer.field not in open_fields(pdf) or signer.field == SEAL_FIELD:
        raise FieldNotOpen(signer.field)
    name = subject(signer.who, signer.organisation, number=signer.field)
    personal = document_signer(
        authority.signing,
        name,
        policy=POLICY_SIGNER,
        notice=evidence.notice(),
        email=signer.email,
        full=alternative(signer.who, signer.organisation),
    )
    mark = _mark(signer.who, "applied", personal.certificate, look)
    tool = PdfSigner(
        PdfSignatureMetadata(
            field_name=signer.field,
            name=signer.who,
            subfilter=SigSeedSubFilter.PADES,
            md_algorithm=DIGEST,
        ),
        _KeySigner(personal, authority),
        timestamper=time.stamper,
        stamp_style=MarkStyle(mark=mark, face=look.face),
    )
    return _sign(pdf, tool)


def seal(
    pdf: bytes,
    *,
    center: str,
    authority: PlatformAuthority,
    time: TimeSource,
    look: Look,
) -> bytes:
    """Seal for `center` once everybody signed, then archive.

    The seal allows no change after it but the archive time stamp, which carries every certificate
    and revocation list needed to check all signatures without us (PAdES B-LTA). Raises
    SignaturesMissing while somebody has not signed, FieldNotOpen when it is sealed already.
    """
    still_open = open_fields(pdf)
    if SEAL_FIELD not in still_open:
        raise FieldNotOpen(SEAL_FIELD)
    if missing := [name for name in still_open if name != SEAL_FIELD]:
        raise SignaturesMissing(missing)
    mark = _mark(center, "applied_seal", authority.center_seal.certificate, look)
    tool = PdfSigner(
        PdfSignatureMetadata(
            field_name=SEAL_FIELD,
            name=center,
            subfilter=SigSeedSubFilter.PADES,
            md_algorithm=DIGEST,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        ),
        _KeySigner(authority.center_seal, authority),
        timestamper=time.stamper,
        stamp_style=MarkStyle(mark=mark, face=look.face),
    )
    return renew(_sign(pdf, tool), authority=authority, time=time)


def renew(pdf: bytes, *, authority: PlatformAuthority, time: TimeSource) -> bytes:
    """Add a fresh archive time stamp with validation data; do so before the last one ages."""
    repair_asn1crypto()
    repair_pyhanko()
    return asyncio.run(_archive(pdf, authority, time))


def open_fields(pdf: bytes) -> list[str]:
    """Names of the fields nobody has signed yet, in document order."""
    fields = enumerate_sig_fields(PdfFileReader(BytesIO(pdf)), filled_status=False)
    return [name for name, _value, _reference in fields]


class _QuietWriter(IncrementalPdfFileWriter):
    """Leaves the document's metadata alone: signing must not touch what was certified."""

    def _update_meta(self) -> None:
        return


def _sign(pdf: bytes, tool: PdfSigner) -> bytes:
    repair_asn1crypto()
    repair_pyhanko()
    signed = BytesIO()
    writer = _QuietWriter(BytesIO(pdf))
    existing = tool.new_field_spec is None
    asyncio.run(tool.async_sign_pdf(writer, existing_fields_only=existing, output=signed))
    return signed.getvalue()


class _KeySigner(PdfCmsSigner):
    """Signs with whatever holds the key: this process, or a token that keeps it."""

    def __init__(self, issuer: Issuer, authority: PlatformAuthority) -> None:
        chain = SimpleCertificateStore()
        chain.register_multiple([as_asn1(authority.signing.certificate), as_asn1(authority.root)])
        super().__init__(
            signing_cert=as_asn1(issuer.certificate), cert_registry=chain, embed_roots=False
        )
        self._key = issuer.key

    async def async_sign_raw(
        self, data: bytes, digest_algorithm: str, dry_run: bool = False
    ) -> bytes:
        if dry_run:
            return bytes(LONGEST_SIGNATURE)
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


def _mark(name: str, verb: str, certificate: x509.Certificate, look: Look) -> Mark:
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    number = f"{certificate.serial_number:040X}"
    first = f"{wording(look.language)[verb]} · {moment}"
    lines = (first, f"X.509 {number[-40:]}")
    return Mark(name, lines, is_seal=verb == "applied_seal", drawing=look.drawing)


def _context(authority: PlatformAuthority, time: TimeSource) -> ValidationContext:
    lists = [
        asn1_crl.CertificateList.load(item.public_bytes(serialization.Encoding.DER))
        for item in authority.fresh_lists()
    ]
    return ValidationContext(
        trust_roots=[as_asn1(authority.root), *time.roots],
        other_certs=[as_asn1(authority.signing.certificate)],
        crls=lists,
        allow_fetching=time.online,
        revocation_mode="soft-fail" if time.online else "require",
    )


async def _archive(pdf: bytes, authority: PlatformAuthority, time: TimeSource) -> bytes:
    reader = PdfFileReader(BytesIO(pdf))
    context = _context(authority, time)
    paths: list[Any] = []
    for signature in reader.embedded_regular_signatures:
        paths += await collect_validation_info(signature, context)
    number = len(reader.embedded_timestamp_signatures) + 1
    stamped = BytesIO()
    tool = PdfTimeStamper(
        time.stamper,
        field_name=ARCHIVE_FIELD.format(number),
        invis_settings=UNSEEN,
        readable_field_name="Archive time stamp",
    )
    await tool.async_timestamp_pdf(
        _QuietWriter(BytesIO(pdf)),
        DIGEST,
        validation_context=context,
        validation_paths=paths,
        dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
        output=stamped,
    )
    return stamped.getvalue()
