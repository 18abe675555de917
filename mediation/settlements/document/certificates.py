"""X.509 certificates of the platform's own authority, made as RFC 5280 and ETSI EN 319 412 ask.

Keys are EC P-256. Signers' certificates live as long as the authority: their key is destroyed at
once, and a short life would only make valid signatures look expired years later.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from mediation.settlements.document.right_to_left import RUN, is_one_sided, pieces

# An arc of our own, from a random UUID as ITU-T X.667 allows without any registration.
ARC = "2.25.105731486302879553196462210518477063745"
POLICY_SIGNER = ObjectIdentifier(f"{ARC}.1")
POLICY_TIME_STAMP = ObjectIdentifier(f"{ARC}.2")
POLICY_ISSUE = ObjectIdentifier(f"{ARC}.3")
POLICY_SEAL = ObjectIdentifier(f"{ARC}.4")
DOCUMENT_SIGNING = ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # id-kp-documentSigning, RFC 9336
# The second is for viewers built on NSS, such as Poppler, which know no other signing purpose.
DOCUMENT_PURPOSES = [DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]
FULL_NAME = ObjectIdentifier("2.5.4.41")  # name, upper bound 32768 (RFC 5280, appendix A)

FULL_ORGANISATION = ObjectIdentifier("2.5.4.13")  # description, upper bound 1024 (X.520)

# ub-common-name and ub-organization-name (RFC 5280, appendix A), which many programs count in
# UTF-8 octets: a Chinese character takes three.
MAX_NAME_OCTETS = 64
ELLIPSIS = "…"
MAX_NOTICE = 200  # DisplayText of an explicit notice, RFC 5280, 4.2.1.4
ROOT_LIFE = timedelta(days=40 * 365)
CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Issuer:
    """A certificate with its private key, able to sign others or documents."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def new_key() -> ec.EllipticCurvePrivateKey:
    """A fresh EC P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def now() -> datetime:
    """The present second in UTC: certificates know no fractions."""
    return datetime.now(UTC).replace(microsecond=0)


def subject(common_name: str, organisation: str = "", number: str = "") -> x509.Name:
    """A name; what is longer than X.520 allows is shortened and repeated in full beside it."""
    attributes = [(NameOID.COMMON_NAME, shortened(common_name))]
    if organisation:
        attributes.insert(0, (NameOID.ORGANIZATION_NAME, shortened(organisation)))
    attributes += _in_full(common_name, organisation, is_one_sided)
    if number:
        attributes.append((NameOID.SERIAL_NUMBER, number))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])


def alternative(common_name: str, organisation: str = "") -> x509.Name | None:
    """The full forms of names that no subject may hold: those written from both sides, at which
    programs that follow RFC 3454 6 stop when they compare subjects (RFC 4518 2.5 does not).
    """
    found = _in_full(common_name, organisation, lambda name: not is_one_sided(name))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in found]) if found else None


def _in_full(
    common_name: str, organisation: str, fits: Callable[[str], bool]
) -> list[tuple[ObjectIdentifier, str]]:
    names = [(FULL_NAME, common_name), (FULL_ORGANISATION, organisation)]
    return [(oid, name) for oid, name in names if shortened(name) != name and fits(name)]


def shortened(text: str) -> str:
    """`text` cut to what a common or organisation name may hold, with an ellipsis; one from the
    right ends with a letter, and of one from both sides the longest piece with a letter is left,
    without what stands around its letters.
    """
    if not is_one_sided(text):
        words = (_from_letter_to_letter(piece) for piece, _is_run in pieces(text))
        text = max(words, key=len) or text
    raw = text.encode()
    if len(raw) <= MAX_NAME_OCTETS:
        return text
    run = RUN.match(raw[:MAX_NAME_OCTETS].decode(errors="ignore"))
    if run is not None:
        return run[0]
    return raw[: MAX_NAME_OCTETS - len(ELLIPSIS.encode())].decode(errors="ignore") + ELLIPSIS


def _from_letter_to_letter(piece: str) -> str:
    """`piece` from its first letter to its last, with a mark that belongs to that; may be empty."""
    places = [n for n, one in enumerate(piece) if unicodedata.category(one)[0] in "LM"]
    return piece[places[0] : places[-1] + 1] if places else ""


def self_signed_root(
    common_name: str, organisation: str, *, key: ec.EllipticCurvePrivateKey
) -> Issuer:
    """A root for one installation, valid 40 years."""
    start = now() - CLOCK_SKEW
    name = subject(common_name, organisation)
    root = _blank(name, name, key.public_key(), (start, start + ROOT_LIFE))
    root = _as_authority(root, path_length=1)
    return Issuer(_signed(root, key.public_key(), key, key.public_key()), key)


def intermediate(
    root: Issuer, common_name: str, organisation: str, *, key: ec.EllipticCurvePrivateKey
) -> Issuer:
    """An authority below `root` that may issue end certificates only."""
    builder = _below(root, subject(common_name, organisation), key.public_key())
    return Issuer(_issued(root, _as_authority(builder, path_length=0), key.public_key()), key)


def document_signer(  # noqa: PLR0913  what a certificate says
    issuer: Issuer,
    name: x509.Name,
    *,
    policy: ObjectIdentifier,
    notice: str = "",
    email: str = "",
    full: x509.Name | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
) -> Issuer:
    """A certificate for signing documents, of `key` or of one made now.

    `policy` says in which capacity: names can be anything, so readers rely on it. `notice` (at
    most 200 characters) is the authentication evidence readers of the certificate see; `email`
    and `full` (of `alternative`) go in as alternative names. Raises ValueError when the notice is
    too long.
    """
    if len(notice) > MAX_NOTICE:
        raise ValueError(f"A certificate notice has at most {MAX_NOTICE} characters.")
    key = key or new_key()
    builder = _below(issuer, name, key.public_key())
    builder = _as_end(builder, DOCUMENT_PURPOSES, non_repudiation=True)
    qualifiers = [x509.UserNotice(None, notice)] if notice else None
    policies = x509.CertificatePolicies([x509.PolicyInformation(policy, qualifiers)])
    builder = builder.add_extension(policies, critical=False)
    others: list[x509.GeneralName] = [x509.RFC822Name(email)] if email else []
    others += [x509.DirectoryName(full)] if full else []
    if others:
        builder = builder.add_extension(x509.SubjectAlternativeName(others), critical=False)
    return Issuer(_issued(issuer, builder, key.public_key()), key)


def time_stamper(issuer: Issuer, name: x509.Name, *, key: ec.EllipticCurvePrivateKey) -> Issuer:
    """A certificate of `key` for RFC 3161 time stamps and nothing else."""
    builder = _below(issuer, name, key.public_key())
    builder = _as_end(builder, [ExtendedKeyUsageOID.TIME_STAMPING], non_repudiation=False)
    return Issuer(_issued(issuer, builder, key.public_key()), key)


def revocation_list(
    issuer: Issuer, *, revoked: Sequence[int] = (), until: datetime | None = None
) -> x509.CertificateRevocationList:
    """A fresh list by `issuer`, valid until `until` (else as long as the issuer itself)."""
    moment = now()
    builder = x509.CertificateRevocationListBuilder(
        issuer_name=issuer.certificate.subject,
        last_update=moment,
        next_update=until or issuer.certificate.not_valid_after_utc,
        revoked_certificates=[
            x509.RevokedCertificateBuilder(serial_number=n, revocation_date=moment).build()
            for n in revoked
        ],
    )
    # Numbers must grow (RFC 5280, 5.2.3); microseconds do, without keeping a counter.
    number = x509.CRLNumber(int(datetime.now(UTC).timestamp() * 1_000_000))
    builder = builder.add_extension(number, critical=False)
    builder = builder.add_extension(_authority_id(issuer.key.public_key()), critical=False)
    return builder.sign(issuer.key, hashes.SHA256())


def _blank(
    name: x509.Name,
    issuer_name: x509.Name,
    key: ec.EllipticCurvePublicKey,
    life: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer_name,
        subject_name=name,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=life[0],
        not_valid_after=life[1],
    )


def _below(
    issuer: Issuer, name: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    start = max(now() - CLOCK_SKEW, issuer.certificate.not_valid_before_utc)
    life = (start, issuer.certificate.not_valid_after_utc)
    return _blank(name, issuer.certificate.subject, key, life)


def _as_authority(builder: x509.CertificateBuilder, path_length: int) -> x509.CertificateBuilder:
    basic = x509.BasicConstraints(ca=True, path_length=path_length)
    usage = _key_usage(key_cert_sign=True, crl_sign=True)
    return builder.add_extension(basic, critical=True).add_extension(usage, critical=True)


def _as_end(
    builder: x509.CertificateBuilder, purposes: list[ObjectIdentifier], *, non_repudiation: bool
) -> x509.CertificateBuilder:
    usage = _key_usage(digital_signature=True, content_commitment=non_repudiation)
    purpose = x509.ExtendedKeyUsage(purposes)
    # RFC 3161, 2.3: a time stamper's purpose is critical.
    critical = ExtendedKeyUsageOID.TIME_STAMPING in purposes
    basic = x509.BasicConstraints(ca=False, path_length=None)
    builder = builder.add_extension(basic, critical=True).add_extension(usage, critical=True)
    return builder.add_extension(purpose, critical=critical)


def _key_usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature content_commitment key_encipherment data_encipherment key_agreement "
        "key_cert_sign crl_sign encipher_only decipher_only"
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names.split()})


def _authority_id(key: ec.EllipticCurvePublicKey) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key)


def _issued(
    issuer: Issuer, builder: x509.CertificateBuilder, key: ec.EllipticCurvePublicKey
) -> x509.Certificate:
    return _signed(builder, key, issuer.key, issuer.key.public_key())


def _signed(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    issuer_public: ec.EllipticCurvePublicKey,
) -> x509.Certificate:
    own_id = x509.SubjectKeyIdentifier.from_public_key(key)
    builder = builder.add_extension(own_id, critical=False)
    builder = builder.add_extension(_authority_id(issuer_public), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())
