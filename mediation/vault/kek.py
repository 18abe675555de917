"""Key-encryption keys: one file of 32 random bytes an epoch, in a folder of its own (KEK_DIR).

They wrap the compartments' keys and are never in the database, in the key ring or derived from
another secret: a key that can be derived again is never destroyed.
"""

import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from mediation.core.private_files import create_once, remove
from mediation.vault.envelope import KEY_BYTES, NONCE_BYTES, identity
from mediation.vault.errors import KeyringUnavailable


def wrap(*, epoch: int, secret: bytes, bound_to: tuple[str | bytes, ...]) -> bytes:
    """`secret` under the epoch's key, bound to (case, compartment, key id): nonce(12) ct tag."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(epoch).encrypt(nonce, secret, _identity(epoch, bound_to))


def unwrap(*, epoch: int, wrapped: bytes, bound_to: tuple[str | bytes, ...]) -> bytes:
    """The secret again. Raises KeyringUnavailable if it was wrapped with or for another."""
    nonce, sealed = wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:]
    try:
        return _cipher(epoch).decrypt(nonce, sealed, _identity(epoch, bound_to))
    except InvalidTag as error:
        raise KeyringUnavailable(f"a key does not open under epoch {epoch}") from error


def ensure_epoch(*, epoch: int) -> None:
    """Make the epoch's key unless it is there already."""
    create_once(path=_path(epoch), content=os.urandom(KEY_BYTES))


def destroy_epoch(*, epoch: int) -> None:
    """Remove the epoch's key; harmless when it is gone already."""
    remove(path=_path(epoch))


def _cipher(epoch: int) -> AESGCM:
    try:
        return AESGCM(_path(epoch).read_bytes())
    except (OSError, ValueError) as error:
        raise KeyringUnavailable(f"the key of epoch {epoch} cannot be read") from error


def _path(epoch: int) -> Path:
    return Path(settings.KEK_DIR) / f"epoch-{epoch:06d}.key"


def _identity(epoch: int, bound_to: tuple[str | bytes, ...]) -> bytes:
    return identity("kek", str(epoch), *bound_to)
