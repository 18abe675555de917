"""What is stored and what is found, column by column."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class Row(NamedTuple):
    """A message as it is stored, column by column."""

    id: UUID
    room_id: UUID
    sequence: int
    participant_id: UUID
    client_id: UUID
    body_sealed: bytes
    sent_at: datetime


class Attempt(NamedTuple):
    """A message to be stored if its author's seat still is what `facts` says, column by column."""

    id: UUID
    room_id: UUID
    user_id: UUID
    client_id: UUID
    body_sealed: bytes
    sent_at: datetime
    facts: str


class HeldRow(NamedTuple):
    """A message that waits for the mediator, as it is stored."""

    id: UUID
    room_id: UUID
    participant_id: UUID
    client_id: UUID
    body_sealed: bytes
    held_at: datetime


class Seat(NamedTuple):
    """A room and somebody who is in its case at this moment. `is_seated`: whether they have a seat
    in a talk by invitation that a mediator is in. `facts` is all of it but the head in one text, on
    PostgreSQL, to see later that nothing has changed.
    """

    user_id: UUID
    room_id: UUID
    participant_id: UUID
    case_id: UUID
    side_id: UUID | None
    room_side_id: UUID | None
    role: str
    letter: str | None
    head: int
    kind: str
    letters: str
    is_held: bool
    is_seated: bool
    facts: str


class Situation(NamedTuple):
    """What decides about drafts: the locked cases and whether talk is open in each, the rooms with
    the people who are in their case, and whether a message with one of the ids was stored, or held,
    before.
    """

    talk_open: dict[UUID, bool]
    seats: list[Seat]
    is_any_known: bool
