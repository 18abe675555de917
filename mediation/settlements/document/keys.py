"""Where the authority's keys are: in encrypted files, or in a PKCS#11 token that never gives
them out (OASIS PKCS#11 2.40; a hardware module, or SoftHSM).

What stands in `<name>.key` says which: a PEM block is the key itself, a PKCS#11 URI (RFC 7512)
names the one in the token. So an authority whose keys were files goes on when a token is set.
"""

# mypy: allow-untyped-calls
# (python-pkcs11 is annotated in part only)

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, NoReturn, Protocol
from urllib.parse import quote

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature

from mediation.settlements.document.certificates import new_key

PEM = serialization.Encoding.PEM
MIN_PASSPHRASE = 16
URI = b"pkcs11:"
CURVE = "secp256r1"
COORDINATE_BYTES = 32
POINT_BYTES = 1 + 2 * COORDINATE_BYTES  # 04 || x || y, SEC 1, 2.3.3
# A token is signed in to by the whole process, so its sessions take turns.
TOKEN_IN_USE = RLock()


class KeyStore(Protocol):
    """Makes keys and finds them again by what it wrote about them."""

    def make(self, name: str) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
        """A fresh P-256 key, and what to keep in `<name>.key` to find it again."""

    def open(self, kept: bytes) -> ec.EllipticCurvePrivateKey:
        """The key `kept` stands for. Raises ValueError, TypeError or TokenUnusable."""


class TokenUnusable(RuntimeError):
    """The PKCS#11 module, its token or the key in it cannot be used; the message says which."""


@dataclass(frozen=True)
class FileKeys:
    """Keys as PKCS#8, encrypted with a passphrase. Raises ValueError for one shorter than 16."""

    passphrase: str = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.passphrase) < MIN_PASSPHRASE:
            raise ValueError(f"The passphrase needs at least {MIN_PASSPHRASE} characters.")

    def make(self, name: str) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
        key = new_key()
        lock = serialization.BestAvailableEncryption(self.passphrase.encode())
        return key, key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, lock)

    def open(self, kept: bytes) -> ec.EllipticCurvePrivateKey:
        key = serialization.load_pem_private_key(kept, self.passphrase.encode())
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("This is not an EC key.")
        return key


@dataclass(frozen=True)
class TokenKeys:
    """Keys in the token called `token`, reached through the library at `module`.

    `files`, where given, opens keys that were made before there was a token.
    """

    module: str
    token: str
    pin: str = field(repr=False)
    files: FileKeys | None = None

    def make(self, name: str) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
        import pkcs11  # noqa: PLC0415  only installations with a token need the library
        from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415  as above

        # Never the name of an earlier key: a making that was broken off leaves its own behind.
        label = f"heyi-{secrets.token_hex(4)}-{name}"
        with self._session(writes=True) as session:
            curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(CURVE)}
            domain = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
            domain.generate_keypair(
                store=True,
                label=label,
                private_template={
                    pkcs11.Attribute.SENSITIVE: True,
                    pkcs11.Attribute.EXTRACTABLE: False,
                },
            )
        return self._key(label), self._uri(label)

    def open(self, kept: bytes) -> ec.EllipticCurvePrivateKey:
        if not kept.startswith(URI):
            if self.files is None:
                raise TokenUnusable("A key is kept in a file, and no passphrase is set to open it.")
            return self.files.open(kept)
        parts = dict(part.split("=", 1) for part in kept.decode().strip()[len(URI) :].split(";"))
        label = parts.get("object", "")
        if kept != self._uri(label):
            raise TokenUnusable(f"The key is in another token than {self.token}.")
        return self._key(label)

    def sign(self, label: str, digest: bytes) -> bytes:
        """The DER signature of a hash with the key of that label (CKM_ECDSA)."""
        import pkcs11  # noqa: PLC0415  as above

        with self._session() as session:
            key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=label)
            raw = key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA)
        half = len(raw) // 2
        return encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))

    def _key(self, label: str) -> "TokenKey":
        import pkcs11  # noqa: PLC0415  as above

        with self._session() as session:
            public = session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=label)
            # An OCTET STRING around the point; modules differ in whether they leave it out.
            point = bytes(public[pkcs11.Attribute.EC_POINT])[-POINT_BYTES:]
        return TokenKey(
            self, label, ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        )

    def _uri(self, label: str) -> bytes:
        return f"pkcs11:token={quote(self.token)};object={label};type=private".encode()

    @contextmanager
    def _session(self, *, writes: bool = False) -> Iterator[Any]:
        import pkcs11  # noqa: PLC0415  as above

        with TOKEN_IN_USE:
            try:
                token = pkcs11.lib(self.module).get_token(token_label=self.token)
                with token.open(rw=writes, user_pin=self.pin) as session:
                    yield session
            except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
                told = f"{type(error).__name__} {error}".strip()
                raise TokenUnusable(f"Token {self.token}: {told}") from error


class TokenKey(ec.EllipticCurvePrivateKey):
    """A private key that stays in its token: it signs, and nothing else can be had of it."""

    def __init__(self, store: TokenKeys, label: str, public: ec.EllipticCurvePublicKey) -> None:
        self._store, self._label, self._public = store, label, public

    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public.curve

    @property
    def key_size(self) -> int:
        return self._public.key_size

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._public

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        """As every key of `cryptography`: hash `data` unless it is hashed already, and sign."""
        algorithm = signature_algorithm.algorithm
        if isinstance(algorithm, Prehashed):
            return self._store.sign(self._label, bytes(data))
        return self._store.sign(self._label, hashlib.new(algorithm.name, bytes(data)).digest())

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> NoReturn:
        raise TokenUnusable("This key only signs.")

    def private_numbers(self) -> NoReturn:
        raise TokenUnusable("The token gives no key out.")

    def private_bytes(
        self,
        encoding: serialization.Encoding,
        format: serialization.PrivateFormat,  # noqa: A002  the name is cryptography's
        encryption_algorithm: serialization.KeySerializationEncryption,
    ) -> NoReturn:
        raise TokenUnusable("The token gives no key out.")

    def __copy__(self) -> "TokenKey":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "TokenKey":
        return self
