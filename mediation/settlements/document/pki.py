"""The installation's own certificate authority: certificates in one folder, keys in a key store.

root → signing authority → issue seal, centre seal, time stamper, and one certificate per
signature. Made on first use, under a file lock and moved into place whole, so that two processes
starting at once end with one authority. The root key may be taken offline afterwards: only the
root's revocation list needs it, and a long one is kept beside the certificate.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ObjectIdentifier

from mediation.settlements.document.certificates import (
    POLICY_ISSUE,
    POLICY_SEAL,
    Issuer,
    alternative,
    document_signer,
    intermediate,
    revocation_list,
    self_signed_root,
    subject,
    time_stamper,
)
from mediation.settlements.document.keys import KeyStore, TokenUnusable

IN_PLACE = "authority"
ROOT_LIST = "root.crl"
PEM = serialization.Encoding.PEM
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


def open_authority(folder: Path, *, keys: KeyStore, operator: str) -> PlatformAuthority:
    """The authority in `folder`, made now if there is none; `operator` names its organisation.

    Raises AuthorityUnreadable where `keys` does not open it (another passphrase, a token that
    is away) or files are damaged.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder):
        if not (folder / IN_PLACE).is_dir():
            _make(folder, keys, operator)
    return _load(folder / IN_PLACE, keys)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make(folder: Path, keys: KeyStore, operator: str) -> None:
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=folder))
    try:
        _make_family(making, keys, operator)
        _sync_folder(making)
        making.rename(folder / IN_PLACE)
        _sync_folder(folder)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise


def _make_family(making: Path, keys: KeyStore, operator: str) -> None:
    def made(name: str, issue: Callable[[ec.EllipticCurvePrivateKey], Issuer]) -> Issuer:
        key, kept = keys.make(name)
        issuer = issue(key)
        _write(making / f"{name}.pem", issuer.certificate.public_bytes(PEM))
        _write(making / f"{name}.key", kept)
        return issuer

    def seal(name: str, policy: ObjectIdentifier) -> Callable[[ec.EllipticCurvePrivateKey], Issuer]:
        who, full = subject(name, operator), alternative(name, operator)
        return lambda key: document_signer(signing, who, policy=policy, full=full, key=key)

    root = made("root", lambda key: self_signed_root("Settlement Root", operator, key=key))
    _write(making / ROOT_LIST, revocation_list(root).public_bytes(PEM))
    signing = made(
        "signing", lambda key: intermediate(root, "Settlement Signing", operator, key=key)
    )
    made("issue-seal", seal(ISSUE_NAME, POLICY_ISSUE))
    made("center-seal", seal(SEAL_NAME, POLICY_SEAL))
    stamp = subject("Time Stamp", operator)
    made("time-stamper", lambda key: time_stamper(signing, stamp, key=key))


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


def _load(folder: Path, keys: KeyStore) -> PlatformAuthority:
    try:
        return PlatformAuthority(
            root=x509.load_pem_x509_certificate((folder / "root.pem").read_bytes()),
            signing=_read_issuer(folder, "signing", keys),
            issue_seal=_read_issuer(folder, "issue-seal", keys),
            center_seal=_read_issuer(folder, "center-seal", keys),
            time_stamper=_read_issuer(folder, "time-stamper", keys),
            root_list=x509.load_pem_x509_crl((folder / ROOT_LIST).read_bytes()),
        )
    except (OSError, ValueError, TypeError, TokenUnusable) as error:
        raise AuthorityUnreadable(f"The authority in {folder} cannot be opened.") from error


def _read_issuer(folder: Path, name: str, keys: KeyStore) -> Issuer:
    certificate = x509.load_pem_x509_certificate((folder / f"{name}.pem").read_bytes())
    key = keys.open((folder / f"{name}.key").read_bytes())
    if key.public_key() != certificate.public_key():
        raise ValueError(f"{name}.key does not belong to {name}.pem.")
    return Issuer(certificate, key)
