"""Statements signed by this installation: Ed25519 (RFC 8032) over canonical JSON.

Canonical JSON is RFC 8785 without floating-point numbers: keys sorted by UTF-16, no spaces,
UTF-8, whole numbers within 2^53. Anybody can rebuild the bytes and check them offline.
"""

import base64
import binascii
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from django.conf import settings

from mediation.core.private_files import create_once
from mediation.vault.errors import KeyringUnavailable

ALGORITHM = "Ed25519"
LARGEST_NUMBER = 2**53 - 1


def sign(statement: dict[str, Any]) -> dict[str, Any]:
    """`statement` and its signature. Raises TypeError or ValueError for what is not canonical."""
    key = _private_key()
    value = key.sign(canonical_json(statement))
    signature = {
        "algorithm": ALGORITHM,
        "key_id": key_id(key.public_key()),
        "value": base64.b64encode(value).decode(),
    }
    return {"statement": statement, "signature": signature}


def is_genuine(signed: Any, public_key: Ed25519PublicKey) -> bool:
    """Whether the statement is what the key's owner signed. Malformed input is not."""
    try:
        statement, signature = signed["statement"], signed["signature"]
        if (signature["algorithm"], signature["key_id"]) != (ALGORITHM, key_id(public_key)):
            return False
        value = base64.b64decode(signature["value"], validate=True)
        public_key.verify(value, canonical_json(statement))
    except (KeyError, TypeError, ValueError, binascii.Error, InvalidSignature):
        return False
    return True


def canonical_json(value: Any) -> bytes:
    """The one way to write `value`. Raises TypeError for floats and other foreign types."""
    return json.dumps(_canonical(value), ensure_ascii=False, separators=(",", ":")).encode()


def public_key() -> Ed25519PublicKey:
    """The installation's public key, made on first use."""
    return _private_key().public_key()


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """The key in `pem`. Raises ValueError for anything but an Ed25519 public key."""
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not an Ed25519 public key")
    return key


def public_pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_id(key: Ed25519PublicKey) -> str:
    """The first 16 bytes of SHA-256 over the key's SubjectPublicKeyInfo, in hex."""
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()[:32]


def _canonical(value: Any) -> Any:
    match value:
        case None | bool():
            return value
        case str():
            return str(value)
        case int():
            return _whole_number(value)
        case list() | tuple():
            return [_canonical(item) for item in value]
        case dict():
            return {name: _canonical(value[name]) for name in sorted(value, key=_utf16)}
    raise TypeError(f"a statement cannot hold {type(value).__name__}")


def _whole_number(value: int) -> int:
    if abs(value) > LARGEST_NUMBER:
        raise ValueError("a number in a statement must be within 2^53")
    return int(value)


def _utf16(name: object) -> bytes:
    if not isinstance(name, str):
        raise TypeError("the names in a statement must be text")
    return name.encode("utf-16-be")


def _private_key() -> Ed25519PrivateKey:
    path = Path(settings.SIGNING_DIR) / "service-ed25519.pem"
    if not path.exists():
        create_once(path=path, content=_new_pem())
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyringUnavailable("the signing key is not an Ed25519 key")
    return key


def _new_pem() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
