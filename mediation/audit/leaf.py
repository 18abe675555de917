"""What a leaf of the log says, and the details it only commits to.

The leaf stays for years and holds codes, a time and pseudonyms. Who, which row and which facts
are in the details; the leaf has only SHA-256(salt, details). Without the salts, which are kept
apart and deleted with the case's shell, a leaf points to nobody. A bare hash would not do: names
and yes-or-no can be guessed and tried.
"""

import hashlib
import hmac
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from uuid import UUID

VERSION = 1
SALT_BYTES = 32
SYSTEM = "system"
ACTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
SLUG = re.compile(r"[a-z0-9_.:-]{1,64}")

Fact = bool | int | UUID | Enum | str


@dataclass(frozen=True)
class Event:
    """One thing that happened. Actor and target are `label:pk`; the actor may be "system"."""

    action: str
    actor: str
    target: str
    case_id: UUID | None
    at: datetime
    facts: dict[str, bool | int | str]

    def details(self) -> bytes:
        """The canonical bytes the leaf commits to."""
        case = None if self.case_id is None else str(self.case_id)
        about = {"actor": self.actor, "case": case, "target": self.target, "facts": self.facts}
        return _canonical(about)

    def leaf(self, *, pseudonym_key: bytes, salt: bytes) -> bytes:
        """The canonical bytes of the leaf."""
        return _canonical(
            {
                "v": VERSION,
                "time": self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "action": self.action,
                "actor": SYSTEM if self.actor == SYSTEM else pseudonym(pseudonym_key, self.actor),
                "case": self.case_id and pseudonym(pseudonym_key, f"case:{self.case_id}"),
                "object": self.target.partition(":")[0],
                "commitment": commitment(salt=salt, details=self.details()),
            }
        )


def pseudonym(key: bytes, name: str) -> str:
    """32 hex digits for `name`, the same within a case and different in every other."""
    return hmac.digest(key, name.encode(), "sha256").hex()[:32]


def commitment(*, salt: bytes, details: bytes) -> str:
    """64 hex digits. The salt has a fixed length, so it cannot run into the details."""
    return hashlib.sha256(salt + details).hexdigest()


def checked_action(action: str) -> str:
    """`action` if it reads like "case.closed"; raises TypeError otherwise."""
    if not ACTION.fullmatch(action):
        raise TypeError("an audit action reads like 'case.closed'")
    return str(action)


def checked_facts(facts: dict[str, Any]) -> dict[str, bool | int | str]:
    """The facts as JSON can say them. Raises TypeError for anything that could be free text."""
    return {name: _checked(name, value) for name, value in facts.items()}


def _checked(name: str, value: object) -> bool | int | str:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bool | int):
        return value
    if isinstance(value, str) and SLUG.fullmatch(value):
        return value
    # The value itself stays out of the message: it may be what must not be written down.
    raise TypeError(f"the audit fact {name} may not hold this {type(value).__name__}")


def _canonical(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")
