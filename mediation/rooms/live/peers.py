from dataclasses import dataclass
from uuid import UUID

from mediation.rooms.live.connection import Connection
from mediation.rooms.media import Seat


@dataclass(eq=False)
class Peer:
    """One browser in the call of one room, with its seat on the media server in a larger call."""

    id: str
    room_id: UUID
    participant_id: UUID
    connection: Connection
    seat: Seat | None = None
    is_gone: bool = False
