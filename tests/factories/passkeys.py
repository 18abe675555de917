"""A device with passkeys, written out: what a browser and its authenticator would answer."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail
from django.test import TestCase
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from mediation.accounts.models import Passkey, User
from mediation.accounts.services import passkeys

FLAG = AuthenticatorData.FLAG
UNLOCKED = FLAG.UP | FLAG.UV
SESSION = "a-session-of-theirs"


@dataclass
class Device:
    """Holds one passkey. Its attributes are what an attacker would change."""

    credential_id: bytes = b"passkey-of-a-device"
    count: int = 0
    step: int = 1
    flags: FLAG = UNLOCKED
    origin: str = "http://localhost:8000"
    domain: str = ""
    cross_origin: bool = False
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, options: dict[str, Any]) -> str:
        """What navigator.credentials.create() gives for these options, as our script sends it."""
        public = ES256.from_cryptography_key(self.key.public_key())
        attested = AttestedCredentialData.create(Aaguid.NONE, self.credential_id, public)
        data = AuthenticatorData.create(
            self._domain_hash(options["rp"]["id"]), self.flags | FLAG.AT, self.count, attested
        )
        return self._answer(
            {
                "clientDataJSON": self._said("webauthn.create", options["challenge"]),
                "attestationObject": AttestationObject.create("none", data, {}),
            }
        )

    def answer(self, options: dict[str, Any], *, user_handle: bytes = b"") -> str:
        """What navigator.credentials.get() gives."""
        self.count += self.step
        data = AuthenticatorData.create(self._domain_hash(options["rpId"]), self.flags, self.count)
        said = self._said("webauthn.get", options["challenge"])
        signature = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": said,
                "authenticatorData": data,
                "signature": signature,
                "userHandle": user_handle,
            }
        )

    def _domain_hash(self, domain: str) -> bytes:
        return hashlib.sha256((self.domain or domain).encode()).digest()

    def _said(self, kind: str, challenge: str) -> bytes:
        return CollectedClientData.create(
            kind, websafe_decode(challenge), self.origin, cross_origin=self.cross_origin
        )

    def _answer(self, response: dict[str, bytes]) -> str:
        written = {name: websafe_encode(value) for name, value in response.items()}
        own = websafe_encode(self.credential_id)
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": written})


def freshly_confirmed(user: User, session: str = SESSION) -> None:
    """As somebody who typed the code from their mail."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        passkeys.send_code(actor=user, session=session)
    letter = next(message for message in reversed(mail.outbox) if user.email in message.to)
    found = re.search(r"^\s+(\d{6})$", letter.body, re.MULTILINE)
    assert found is not None
    passkeys.confirm(actor=user, session=session, code=found[1])


def give_passkey(user: User, device: Device | None = None, *, name: str = "Phone") -> Passkey:
    """A passkey added as people do."""
    device = device or Device()
    freshly_confirmed(user)
    options = passkeys.begin_adding(actor=user, session=SESSION)
    return passkeys.add_passkey(actor=user, session=SESSION, name=name, answer=device.make(options))
