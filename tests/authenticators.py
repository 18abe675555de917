"""Chromium's own pretended device with passkeys, over its DevTools protocol."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession, Page

PLATFORM = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class VirtualDevice:
    """One device; it stays with its page."""

    session: CDPSession
    id: str

    @classmethod
    def beside(cls, page: Page) -> "VirtualDevice":
        """A device that answers at once, its owner verified."""
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        made = session.send("WebAuthn.addVirtualAuthenticator", {"options": PLATFORM})
        return cls(session, made["authenticatorId"])

    def verifies(self, *, is_owner: bool) -> None:
        """Whether whoever holds it can unlock it."""
        self._tell("setUserVerified", isUserVerified=is_owner)

    @property
    def credentials(self) -> list[dict[str, Any]]:
        return self._tell("getCredentials")["credentials"]

    def keep(self, credential: dict[str, Any]) -> None:
        """Put a credential of another device into this one, as a copied key would be."""
        self._tell("addCredential", credential=credential)

    def _tell(self, what: str, **values: Any) -> dict[str, Any]:
        return self.session.send(f"WebAuthn.{what}", {"authenticatorId": self.id, **values})
