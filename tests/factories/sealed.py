"""Sealed rounds made by the real services, and browsers that do what static/js/offers does."""

import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mediation.accounts.models import User
from mediation.cases.models import Case
from mediation.offers.commitment import VERSION
from mediation.offers.enums import RoundRule
from mediation.offers.models import SealedRound
from mediation.offers.selectors import RoundTerms, browser_state
from mediation.offers.services import figures, rounds
from mediation.offers.services.figures import Entry
from mediation.offers.services.rounds import RoundDraft

TERMS = RoundTerms(payer="B", currency="EUR", question="All claims about the van?")


def text_of(round_id: object, letter: str, figure: int, salt: bytes) -> str:
    return f"{VERSION}\n{round_id}\n{letter}\n{figure:015d}\n{salt.hex()}"


def encrypted(key: bytes, text: str, nonce: bytes = b"") -> str:
    nonce = nonce or os.urandom(12)
    return b64encode(nonce + AESGCM(key).encrypt(nonce, text.encode(), None)).decode()


def public_key(private: EllipticCurvePrivateKey) -> str:
    raw = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return b64encode(raw).decode()


def shared_key(
    private: EllipticCurvePrivateKey, theirs: str, keys: list[str], round_id: object
) -> bytes:
    other = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), b64decode(theirs))
    info = "\n".join([VERSION, *keys]).encode()
    derive = HKDF(SHA256(), 32, salt=str(round_id).encode(), info=info)
    return derive.derive(private.exchange(ECDH(), other))


@dataclass
class Browser:
    """One person's browser with its keys; `figure` in minor units. `known` makes the same keys
    each time, for tests that begin anew in the middle.
    """

    user: User
    letter: str
    figure: int = 100_000
    known: bool = False
    private: EllipticCurvePrivateKey = field(init=False)
    salt: bytes = field(init=False)

    def __post_init__(self) -> None:
        if self.known:
            self.private = derive_private_key(1000 + ord(self.letter), SECP256R1())
            self.salt = bytes(32)
        else:
            self.private, self.salt = generate_private_key(SECP256R1()), os.urandom(32)

    def text(self, row: SealedRound) -> str:
        return text_of(row.pk, self.letter, self.figure, self.salt)

    def entry(self, row: SealedRound) -> Entry:
        return Entry(
            commitment=sha256(self.text(row).encode()).hexdigest(),
            public_key=public_key(self.private),
            kept=encrypted(os.urandom(32), self.text(row)),
        )

    def key(self, row: SealedRound) -> bytes:
        keys = browser_state(self.user, fresh_round(row))["keys"]
        theirs = next(one for one in keys if one != public_key(self.private))
        return shared_key(self.private, theirs, keys, row.pk)

    def opening(self, row: SealedRound) -> str:
        return encrypted(self.key(row), self.text(row))

    def commit(self, row: SealedRound) -> SealedRound:
        return figures.commit_figure(actor=self.user, row=row, entry=self.entry(row))

    def seal(self, row: SealedRound) -> SealedRound:
        return figures.seal_for_both(actor=self.user, row=row, opening=self.opening(row))

    def open(self, row: SealedRound) -> SealedRound:
        return self.about_to_open(row)()

    def about_to_open(self, row: SealedRound) -> Callable[[], SealedRound]:
        """The act alone: what the browser needs for it was read before."""
        key, opening = b64encode(self.key(row)).decode(), self.opening(row)
        return lambda: figures.open_round(
            actor=self.user, row=fresh_round(row), opening=opening, key=key
        )


def round_draft(
    *, rule: RoundRule = RoundRule.MIDPOINT, terms: RoundTerms = TERMS, valid_days: int = 7
) -> RoundDraft:
    return RoundDraft(uuid4(), terms, rule, valid_days)


def propose(actor: User, case: Case, **options) -> SealedRound:
    return rounds.propose_round(actor=actor, case=case, draft=round_draft(**options))


def agreed_round(cast, **options) -> SealedRound:
    """Proposed by side A, and side B has agreed."""
    row = propose(cast.party_a, cast.case, **options)
    return rounds.agree_to_round(actor=cast.party_b, row=row)


def browsers(cast, *, takes: int = 100_000, pays: int = 100_000, known: bool = False):
    """Side A takes, side B pays, as TERMS say."""
    return (
        Browser(cast.party_a, "A", takes, known),
        Browser(cast.party_b, "B", pays, known),
    )


def both_in(cast, *, takes: int = 100_000, pays: int = 100_000, **options):
    """(round, A's browser, B's browser) with both figures in and nothing opened yet."""
    row = agreed_round(cast, **options)
    a, b = browsers(cast, takes=takes, pays=pays)
    a.commit(row)
    return b.commit(row), a, b


def fresh_round(row: SealedRound) -> SealedRound:
    """The row as it is now, as a page would load it."""
    return SealedRound.objects.select_related("case", "side").get(pk=row.pk)
