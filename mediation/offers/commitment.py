"""What a side of a sealed round commits to, and the comparing of two figures.

The browsers write the same text (static/js/offers/figure.js); tests/offers/vector.json holds both
to it. Its length never changes, so that no ciphertext tells how large a figure is. Decision 0011
says why the pieces are what they are.
"""

import hmac
import re
from base64 import b64decode
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = "heyi-sealed-offer-1"
FIGURE_DIGITS = 15  # minor units of the largest amount an offer may name
NONCE_BYTES = 12
TEXT = re.compile(
    rf"{VERSION}\n([0-9a-f-]{{36}})\n([A-Z])\n([0-9]{{{FIGURE_DIGITS}}})\n[0-9a-f]{{64}}"
)
COMMITMENT = r"[0-9a-f]{64}"
# Base64 of the 65 bytes of a point on P-256; of nonce, text and tag; of a key of 32 bytes.
PUBLIC_KEY = r"[A-Za-z0-9+/]{87}="
CIPHERTEXT = r"[A-Za-z0-9+/]{223}="
KEY = r"[A-Za-z0-9+/]{43}="


class NotOpened(ValueError):
    """The key is not the one this was sealed with, or somebody changed it."""


class NotAsCommitted(ValueError):
    """The text is not the one its side committed to."""


def is_public_key(encoded: str) -> bool:
    """Whether this is a point the other side's browser can work with."""
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), b64decode(encoded, validate=True))
    except ValueError:
        return False
    return True


def opened(sealed: str, key: str) -> str:
    """The text in a ciphertext, both in base64. Raises NotOpened."""
    content = b64decode(sealed)
    try:
        clear = AESGCM(b64decode(key)).decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], None)
        return clear.decode("ascii")
    except (InvalidTag, ValueError) as error:
        raise NotOpened from error


def figure_in(text: str, *, commitment: str, round_id: UUID, letter: str) -> int:
    """The figure in minor units. Raises NotAsCommitted unless this is the very text that side
    committed to in this round.
    """
    found = TEXT.fullmatch(text)
    if found is None or found.group(1, 2) != (str(round_id), letter):
        raise NotAsCommitted
    if not hmac.compare_digest(sha256(text.encode()).hexdigest(), commitment):
        raise NotAsCommitted
    return int(found.group(3))


@dataclass(frozen=True)
class Outcome:
    """What two figures come to; `midpoint` in minor units, None without an overlap."""

    overlaps: bool
    midpoint: int | None


def compare(*, pays: int, takes: int) -> Outcome:
    """The most one side pays against the least the other takes, both in minor units. Equal figures
    overlap. Half a minor unit is dropped, so the midpoint is never more than the one side pays.
    """
    if pays < takes:
        return Outcome(overlaps=False, midpoint=None)
    return Outcome(overlaps=True, midpoint=(pays + takes) // 2)
