"""Checkpoints as C2SP signed notes (c2sp.org/tlog-checkpoint, c2sp.org/signed-note), Ed25519.

    heyi.example/audit/2026
    1234
    <base64 of the root hash>

    — heyi.example/audit <base64 of key id(4) signature(64)>

The key is not the one that signs certificates and settlements.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from mediation.core.private_files import create_once

ED25519 = b"\x01"
KEY_ID_BYTES = 4
MARK = "\u2014"  # the note format's own dash


@dataclass(frozen=True)
class Head:
    """What a checkpoint says: which log, how many leaves, and the root over them (32 bytes)."""

    origin: str
    size: int
    root: bytes


def log_name() -> str:
    """The name of this installation's log, and of the key that signs it."""
    return f"{urlsplit(settings.PUBLIC_URL).netloc}/audit"


def sign(head: Head) -> str:
    """The signed note for `head`."""
    text = f"{head.origin}\n{head.size}\n{base64.b64encode(head.root).decode()}\n"
    key, name = _private_key(), log_name()
    signature = _key_id(name, key.public_key()) + key.sign(text.encode())
    return f"{text}\n{MARK} {name} {base64.b64encode(signature).decode()}\n"


def read(note: str, *, verifier_key: str) -> Head | None:
    """What the note says if the key signed it; None for anything else."""
    try:
        name, public_key = _parse_verifier_key(verifier_key)
        text, _, signatures = note.rpartition("\n\n")
        text += "\n"
        if not any(_signs(line, text, name, public_key) for line in signatures.splitlines()):
            return None
        return _parse(text, name)
    except ValueError:
        return None


def verifier_key() -> str:
    """The public key as `name+key id+key`, the form other log tools take."""
    name, key = log_name(), _private_key().public_key()
    encoded = base64.b64encode(ED25519 + key.public_bytes_raw()).decode()
    return f"{name}+{_key_id(name, key).hex()}+{encoded}"


def _parse(text: str, name: str) -> Head | None:
    origin, size, root = text.splitlines()[:3]
    decoded = base64.b64decode(root, validate=True)
    if not origin.startswith(f"{name}/") or size != str(int(size)):
        return None
    return Head(origin, int(size), decoded)


def _signs(line: str, text: str, name: str, public_key: Ed25519PublicKey) -> bool:
    mark, signer, encoded = line.split(" ")
    if (mark, signer) != (MARK, name):
        return False
    signature = base64.b64decode(encoded, validate=True)
    if signature[:KEY_ID_BYTES] != _key_id(name, public_key):
        return False
    try:
        public_key.verify(signature[KEY_ID_BYTES:], text.encode())
    except InvalidSignature:
        return False
    return True


def _parse_verifier_key(text: str) -> tuple[str, Ed25519PublicKey]:
    name, key_id, encoded = text.split("+", 2)
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError("not a verifier key") from error
    key = Ed25519PublicKey.from_public_bytes(decoded[1:])
    if decoded[:1] != ED25519 or key_id != _key_id(name, key).hex():
        raise ValueError("not a verifier key")
    return name, key


def _key_id(name: str, key: Ed25519PublicKey) -> bytes:
    material = name.encode() + b"\n" + ED25519 + key.public_bytes_raw()
    return hashlib.sha256(material).digest()[:KEY_ID_BYTES]


def _private_key() -> Ed25519PrivateKey:
    path = Path(settings.SIGNING_DIR) / "audit-ed25519.pem"
    if not path.exists():
        create_once(path=path, content=_new_pem())
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ImproperlyConfigured("the audit log's signing key is not an Ed25519 key")
    return key


def _new_pem() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
