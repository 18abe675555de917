"""What a passkey signs in the browser, and whether it did: WebAuthn through the fido2 library.

No tables and no requests here. Options go to the browser as JSON with bytes in base64url, and what
it answers comes back in the same form (W3C Web Authentication, level 3, 5.1.8 and 5.1.9).
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from fido2 import cbor
from fido2.cose import ES256, RS256, CoseKey, EdDSA
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

ALGORITHMS = (ES256.ALGORITHM, EdDSA.ALGORITHM, RS256.ALGORITHM)
MAX_ID = 1023  # octets, WebAuthn 4
VERIFIED = UserVerificationRequirement.REQUIRED
# What the library raises for an answer that is not of the right form, or not right.
MALFORMED = (
    *(ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError),
    *(struct.error, NotImplementedError, RecursionError),
)


class NotProven(Exception):
    """The answer does not show that this passkey's owner was asked this and is here."""


@dataclass(frozen=True, kw_only=True)
class Credential:
    """A passkey's public half: its id, its COSE key in CBOR, and how often it says it signed."""

    id: bytes
    public_key: bytes
    sign_count: int

    def attested(self) -> AttestedCredentialData:
        key = CoseKey.parse(cbor.decode(self.public_key))  # type: ignore[arg-type]  # ours, a map
        return AttestedCredentialData.create(Aaguid.NONE, self.id, key)


@dataclass(frozen=True)
class Owner:
    """Whom a device shows when it asks which passkey to use; `id` is at most 64 octets."""

    id: bytes
    address: str
    name: str


def creation_options(owner: Owner, challenge: bytes, known: Iterable[bytes]) -> dict[str, Any]:
    """What a browser needs to make a passkey: one it finds without being told the id, that asks
    its owner for a PIN, finger or face, on a device that holds none of the `known` ones.
    """
    options, _state = _server().register_begin(
        PublicKeyCredentialUserEntity(id=owner.id, name=owner.address, display_name=owner.name),
        credentials=_descriptors(known),
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=VERIFIED,
        challenge=challenge,
    )
    return dict(options.public_key)


def request_options(challenge: bytes, known: Iterable[bytes] = ()) -> dict[str, Any]:
    """What a browser needs to have the challenge signed, by one of the `known` ones if any."""
    options, _state = _server().authenticate_begin(
        credentials=_descriptors(known) or None, user_verification=VERIFIED, challenge=challenge
    )
    return dict(options.public_key)


def read_new(answer: Any, challenge: bytes) -> Credential:
    """The passkey that was made for this challenge. Raises NotProven."""
    try:
        RegistrationResponse.from_dict(answer)
        made = _server().register_complete(_state(challenge), answer)
    except MALFORMED as error:
        raise NotProven from error
    attested = made.credential_data
    if attested is None or not 0 < len(attested.credential_id) <= MAX_ID:
        raise NotProven
    if attested.public_key.get(3) not in ALGORITHMS:
        raise NotProven
    return Credential(
        id=attested.credential_id,
        public_key=cbor.encode(dict(attested.public_key)),
        sign_count=made.counter,
    )


def id_of(answer: Any) -> bytes:
    """Which passkey an answer says it is of; nothing is proven by it. Raises NotProven."""
    try:
        return bytes(websafe_decode(answer["rawId"]))
    except MALFORMED as error:
        raise NotProven from error


def check(answer: Any, challenge: bytes, credential: Credential) -> int:
    """Whether this passkey signed this challenge just now, on a page of ours, after its owner was
    verified. Returns its new count. Raises NotProven, also when the count does not go up: then
    there may be two of it (WebAuthn 7.2, step 22; passkeys that do not count say 0 each time).
    """
    try:
        read = AuthenticationResponse.from_dict(answer)
        _server().authenticate_complete(_state(challenge), [credential.attested()], answer)
    except MALFORMED as error:
        raise NotProven from error
    count: int = read.response.authenticator_data.counter
    if (count or credential.sign_count) and count <= credential.sign_count:
        raise NotProven
    return count


def _server() -> Fido2Server:
    """The library, which accepts pages of exactly our origins and asks for no attestation."""
    server = Fido2Server(
        PublicKeyCredentialRpEntity(id=settings.PASSKEY_DOMAIN, name=settings.SITE_NAME),
        attestation=AttestationConveyancePreference.NONE,
        verify_origin=lambda origin: origin in settings.PASSKEY_ORIGINS,
    )
    server.allowed_algorithms = [
        PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=algorithm)
        for algorithm in ALGORITHMS
    ]
    return server


def _state(challenge: bytes) -> dict[str, Any]:
    return {"challenge": websafe_encode(challenge), "user_verification": VERIFIED}


def _descriptors(known: Iterable[bytes]) -> list[PublicKeyCredentialDescriptor]:
    kind = PublicKeyCredentialType.PUBLIC_KEY
    return [PublicKeyCredentialDescriptor(type=kind, id=one) for one in known]
