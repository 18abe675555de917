"""The sealed forms of text and of files, and nothing else: no database, no key ring, no settings.

Text:  version(1) alg(1) key_id(16) nonce(12) ciphertext tag(16)
File:  version(1) alg(1) key_id(16) salt(32) prefix(7) commitment(32), then chunks of 64 KiB,
       each followed by its tag(16); the last chunk, and only it, is marked as last.

Text is AES-256-GCM (NIST SP 800-38D) under a sub-key (HKDF-SHA256, RFC 5869) of the compartment's
key. Files are the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizar 2015) over the same
cipher: the nonce is prefix(7) counter(4) last(1). AES-GCM does not commit to its key, so the file's
head carries a commitment.
"""

import hmac
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mediation.vault.errors import Tampered

VERSION = 1
AES_256_GCM = 1
CHUNK_BYTES = 64 * 1024
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
TEXT_HEAD = struct.Struct(">BB16s12s")
FILE_HEAD = struct.Struct(">BB16s32s7s32s")
CHUNK_NONCE = struct.Struct(">7sI?")


class Readable(Protocol):
    """As much of an open binary file as reading takes."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class DataKey:
    """A compartment's unwrapped key. `secret` is 32 random bytes, `key_id` 16."""

    key_id: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"DataKey({self.key_id.hex()})"

    @cached_property
    def text_cipher(self) -> AESGCM:
        return AESGCM(derive(secret=self.secret, info=b"mv1|field"))

    @cached_property
    def fingerprint(self) -> str:
        """32 hex digits that name the key without helping anybody to find it."""
        return derive(secret=self.secret, info=b"mv1|fingerprint", length=16).hex()


def derive(
    *, secret: bytes, info: bytes, salt: bytes | None = None, length: int = KEY_BYTES
) -> bytes:
    """`length` bytes from `secret`, independent for every `info` and `salt`."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def identity(*parts: str | bytes) -> bytes:
    """`parts` as one byte string that no other parts give: each has its length before it."""
    encoded = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join(struct.pack(">I", len(part)) + part for part in encoded)


def seal_text(*, key: DataKey, place: tuple[str, ...], text: str) -> bytes:
    """`text` sealed to `place` (model, pk, field, case, compartment)."""
    nonce = os.urandom(NONCE_BYTES)
    head = TEXT_HEAD.pack(VERSION, AES_256_GCM, key.key_id, nonce)
    return head + key.text_cipher.encrypt(nonce, text.encode(), _text_identity(key, place))


def open_text(*, key: DataKey, place: tuple[str, ...], sealed: bytes) -> str:
    """The text sealed to `place`. Raises Tampered for anything else."""
    if len(sealed) < TEXT_HEAD.size + TAG_BYTES:
        raise Tampered
    version, algorithm, key_id, nonce = TEXT_HEAD.unpack_from(sealed)
    if (version, algorithm, key_id) != (VERSION, AES_256_GCM, key.key_id):
        raise Tampered
    try:
        clear = key.text_cipher.decrypt(nonce, sealed[TEXT_HEAD.size :], _text_identity(key, place))
    except InvalidTag as error:
        raise Tampered from error
    return clear.decode()


def _text_identity(key: DataKey, place: tuple[str, ...]) -> bytes:
    return identity("mv1", *place, key.key_id)


@dataclass(frozen=True)
class FileSealer:
    """Seals or opens one file. `place` is (file id, case, compartment, media type)."""

    key_id: bytes
    prefix: bytes
    head: bytes
    place: tuple[str, ...]
    cipher: AESGCM

    def seal(self, content: Iterable[bytes]) -> Iterator[bytes]:
        """The head, then every sealed chunk. Holds two chunks in memory at a time."""
        yield self.head
        for number, chunk, is_last in _numbered(_even_chunks(content, CHUNK_BYTES)):
            yield self.cipher.encrypt(self._nonce(number, is_last), chunk, self._identity)

    def open(self, sealed: Readable) -> Iterator[bytes]:
        """The clear chunks after the head. Raises Tampered at the first chunk out of place."""
        pieces = iter(lambda: sealed.read(CHUNK_BYTES + TAG_BYTES), b"")
        for number, piece, is_last in _numbered(_even_chunks(pieces, CHUNK_BYTES + TAG_BYTES)):
            try:
                yield self.cipher.decrypt(self._nonce(number, is_last), piece, self._identity)
            except InvalidTag as error:
                raise Tampered from error

    def _nonce(self, number: int, is_last: bool) -> bytes:
        return CHUNK_NONCE.pack(self.prefix, number, is_last)

    @cached_property
    def _identity(self) -> bytes:
        return identity("mv1", "file", *self.place, self.key_id, self.head)


def new_file(*, key: DataKey, place: tuple[str, ...]) -> FileSealer:
    """A sealer for a file that does not exist yet, under a key of its own."""
    salt, prefix = os.urandom(32), os.urandom(7)
    cipher_key, commitment = _file_keys(key, place, salt)
    head = FILE_HEAD.pack(VERSION, AES_256_GCM, key.key_id, salt, prefix, commitment)
    return FileSealer(key.key_id, prefix, head, place, AESGCM(cipher_key))


def known_file(*, key: DataKey, place: tuple[str, ...], sealed: Readable) -> FileSealer:
    """The sealer for the file whose head is next in `sealed`. Raises Tampered."""
    head = sealed.read(FILE_HEAD.size)
    if len(head) != FILE_HEAD.size:
        raise Tampered
    version, algorithm, key_id, salt, prefix, committed = FILE_HEAD.unpack(head)
    if (version, algorithm, key_id) != (VERSION, AES_256_GCM, key.key_id):
        raise Tampered
    cipher_key, commitment = _file_keys(key, place, salt)
    if not hmac.compare_digest(commitment, committed):
        raise Tampered
    return FileSealer(key_id, prefix, head, place, AESGCM(cipher_key))


def _file_keys(key: DataKey, place: tuple[str, ...], salt: bytes) -> tuple[bytes, bytes]:
    info = identity("mv1|file", *place)
    both = derive(secret=key.secret, info=info, salt=salt, length=2 * KEY_BYTES)
    return both[:KEY_BYTES], both[KEY_BYTES:]


def _even_chunks(content: Iterable[bytes], size: int) -> Iterator[bytes]:
    """`content` cut anew into pieces of `size`, the last maybe shorter; nothing gives b""."""
    buffer, is_empty = bytearray(), True
    for piece in content:
        buffer += piece
        while len(buffer) >= size:
            yield bytes(buffer[:size])
            del buffer[:size]
            is_empty = False
    if buffer or is_empty:
        yield bytes(buffer)


def _numbered(chunks: Iterator[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    """Each chunk with its number and whether it is the last."""
    held = next(chunks)
    for number in count():
        following = next(chunks, None)
        yield number, held, following is None
        if following is None:
            return
        held = following
