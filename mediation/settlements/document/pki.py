"""The installation's own certificate authority, kept as encrypted files in one folder.

root → signing authority → issue seal, centre seal, time stamper, and one certificate per
signature. Made on first use, under a file lock and moved into place whole, so that two processes
starting at once end with one authority. The root key may be taken offline afterwards: only the
root's revocation list needs it, and a long one is kept beside the certificate.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mediation.settlements.document.certificates import (
    POLICY_ISSUE,
    POLICY_SEAL,
    Issuer,
    document_signer,
    intermediate,
    revocation_list,
    self_signed_root,
    subject,
    time_stamper,
)

IN_PLACE = "authority"
ROOT_LIST = "root.crl"
PEM = serialization.Encoding.PEM
MIN_PASSPHRASE = 16
# What the certificates of our own seals are called.
ISSUE_NAME = "Document Issue"
SEAL_NAME = "Settlement Seal"


class AuthorityUnreadable(RuntimeError):
    """The folder holds an authority, but not one this passphrase opens or that is complete."""


@dataclass(frozen=True)
class PlatformAuthority:
    """Everything needed to sign: the chain, three service certificates and the root's list."""

    root: x509.Certificate
    signing: Issuer
    issue_seal: Issuer
    center_seal: Issuer
    time_stamper: Issuer
    root_list: x509.CertificateRevocationList

    @property
    def root_pem(self) -> bytes:
        """The root certificate, to be published and pinned."""
        return self.root.public_bytes(PEM)

    def fresh_lists(self) -> list[x509.CertificateRevocationList]:
        """Revocation lists of both authorities; the signing one is made now."""
        return [self.root_list, revocation_list(self.signing)]


def open_authority(folder: Path, *, passphrase: str, operator: str) -> PlatformAuthority:
    """The authority in `folder`, made now if there is none; `operator` names its organisation.

    Raises AuthorityUnreadable for a wrong passphrase or damaged files, ValueError for a
    passphrase shorter than 16 characters.
    """
    if len(passphrase) < MIN_PASSPHRASE:
        raise ValueError(f"The passphrase needs at least {MIN_PASSPHRASE} characters.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder):
        if not (folder / IN_PLACE).is_dir():
            _make(folder, passphrase.encode(), operator)
    return _load(folder / IN_PLACE, passphrase.encode())


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make(folder: Path, passphrase: bytes, operator: str) -> None:
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    try:
        for name, issuer in _new_family(operator).items():
            _write_issuer(making, name, issuer, passphrase)
            if name == "root":
                _write(making / ROOT_LIST, revocation_list(issuer).public_bytes(PEM))
        _sync_folder(making)
        making.rename(folder / IN_PLACE)
        _sync_folder(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _new_family(operator: str) -> dict[str, Issuer]:
    root = self_signed_root("Settlement Root", operator)
    signing = intermediate(root, "Settlement Signing", operator)
    return {
        "root": root,
        "signing": signing,
        "issue-seal": document_signer(signing, subject(ISSUE_NAME, operator), policy=POLICY_ISSUE),
        "center-seal": document_signer(signing, subject(SEAL_NAME, operator), policy=POLICY_SEAL),
        "time-stamper": time_stamper(signing, subject("Time Stamp", operator)),
    }


def _write_issuer(folder: Path, name: str, issuer: Issuer, passphrase: bytes) -> None:
    _write(folder / f"{name}.pem", issuer.certificate.public_bytes(PEM))
    key = issuer.key.private_bytes(
        PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )
    _write(folder / f"{name}.key", key)


def _write(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _load(folder: Path, passphrase: bytes) -> PlatformAuthority:
    try:
        return PlatformAuthority(
            root=x509.load_pem_x509_certificate((folder / "root.pem").read_bytes()),
            signing=_read_issuer(folder, "signing", passphrase),
            issue_seal=_read_issuer(folder, "issue-seal", passphrase),
            center_seal=_read_issuer(folder, "center-seal", passphrase),
            time_stamper=_read_issuer(folder, "time-stamper", passphrase),
            root_list=x509.load_pem_x509_crl((folder / ROOT_LIST).read_bytes()),
        )
    except (OSError, ValueError, TypeError) as error:
        raise AuthorityUnreadable(f"The authority in {folder} cannot be opened.") from error


def _read_issuer(folder: Path, name: str, passphrase: bytes) -> Issuer:
    certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
    raw = (folder / f"{name}.key").read_bytes()
    key = serialization.load_pem_private_key(raw, passphrase)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{name}.key is not an EC key.")
    if key.public_key() != certificate.public_key():
        raise ValueError(f"{name}.key does not belong to {name}.pem.")
    return Issuer(certificate, key)
