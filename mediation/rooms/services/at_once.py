"""Messages of people about whom nothing has changed since they last wrote, in one round trip."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from django.utils import timezone

from mediation.core.errors import DomainError
from mediation.rooms.journal import Attempt, OneTrip, one_trip
from mediation.rooms.selectors import Posted, slot_of
from mediation.rooms.services.drafts import Draft, Entry, Standing
from mediation.vault import services as vault
from mediation.vault.services import Place

MOST_STANDINGS = 10_000
Where = tuple[UUID, UUID]


class Standings:
    """Where people wrote from lately, by person and room. What is remembered decides nothing: it is
    compared with what is so at the moment of storing.
    """

    def __init__(self) -> None:
        self._standings: dict[Where, Standing] = {}

    def remember(self, standings: Mapping[Where, Standing]) -> None:
        """Those in which one may write and nobody reads it first; the others are forgotten."""
        for where, one in standings.items():
            self._standings.pop(where, None)
            if one.is_member and not one.is_held and one.facts:
                self._standings[where] = one
        for where in list(self._standings)[: max(0, len(self._standings) - MOST_STANDINGS)]:
            del self._standings[where]

    def find(self, entry: Entry) -> Standing | None:
        return self._standings.get((entry.draft.actor.pk, entry.draft.room_id))


def store_at_once(entries: Sequence[Entry], standings: Standings) -> list[Posted | None]:
    """What could be stored like this. None is said of everything else: it is not stored, and has to
    be looked at step by step.
    """
    trip, found = one_trip(), [_message(entry, standings.find(entry)) for entry in entries]
    messages = [one for one in found if one is not None]
    ids = {entry.draft.client_id for entry in entries}
    if trip is None or not len(messages) == len(ids) == len(entries):
        return [None] * len(entries)  # together or not at all, so that they keep their order
    try:
        _store(trip, messages)
    except (vault.KeysChanged, DomainError):
        return [None] * len(entries)
    numbers = trip.numbers
    return [_posted(one, numbers.get(one.id)) for one in messages]


class _Message(NamedTuple):
    id: UUID
    draft: Draft
    body: str
    seat: Standing
    sent_at: datetime


def _message(entry: Entry, seat: Standing | None) -> _Message | None:
    if seat is None or isinstance(entry.body, DomainError):
        return None
    return _Message(uuid4(), entry.draft, entry.body, seat, timezone.now())


def _store(trip: OneTrip, messages: Sequence[_Message]) -> None:
    texts = [
        (Place(one.seat.case_id, one.seat.compartment), slot_of(one.id), one.body)
        for one in messages
    ]
    with trip.transaction():
        trip.lock({one.seat.case_id for one in messages})
        with vault.sealing(texts=texts) as sealed:
            trip.store([_attempt(one, body) for one, body in zip(messages, sealed, strict=True)])


def _attempt(one: _Message, sealed: bytes) -> Attempt:
    return Attempt(
        id=one.id,
        room_id=one.draft.room_id,
        user_id=one.draft.actor.pk,
        client_id=one.draft.client_id,
        body_sealed=sealed,
        sent_at=one.sent_at,
        facts=one.seat.facts,
    )


def _posted(one: _Message, number: int | None) -> Posted | None:
    if number is None:
        return None
    seat, draft = one.seat, one.draft
    return Posted(
        draft.room_id, number, seat.participant_id, draft.client_id, one.body, one.sent_at
    )
