"""What the key ring speaks of: places and destroyed keys."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Place:
    """A compartment of a case, e.g. "joint" or "caucus:A"."""

    case_id: UUID
    compartment: str

    @property
    def named(self) -> tuple[str, str]:
        """As the key ring's rows and the ledger's lines name it."""
        return (str(self.case_id), self.compartment)


@dataclass(frozen=True)
class DestroyedKey:
    """A line of the destruction ledger. The fingerprint is 32 hex digits."""

    compartment: str
    fingerprint: str
    destroyed_at: datetime
