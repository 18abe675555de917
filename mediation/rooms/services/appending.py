"""Storing what people write: many people's messages in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from django.utils import timezone

from mediation.cases.access import ConsentMissing
from mediation.cases.enums import ParticipantRole
from mediation.core.errors import DomainError, Forbidden
from mediation.rooms import access
from mediation.rooms.journal import HeldRow, Journal, Row, Seat
from mediation.rooms.models import HeldMessage, Message, compartment_of
from mediation.rooms.selectors import Held, Posted, slot_of
from mediation.rooms.services.at_once import Standings, store_at_once
from mediation.rooms.services.drafts import Busy, Draft, Entry, Standing, entry_of
from mediation.vault import services as vault
from mediation.vault.services import Place, Slot

MEDIATOR = ParticipantRole.MEDIATOR
Result = Posted | Held | DomainError


def append(
    drafts: Sequence[Draft], *, wait: bool = True, standings: Standings | None = None
) -> list[Result]:
    """Store many people's messages in one transaction; the results are in the drafts' order.

    Each draft is stored, held, found to have been so before, or refused for itself (MessageEmpty,
    MessageTooLong, Forbidden, ConsentMissing). The cases' rows are locked, so that nothing is
    stored after a withdrawal. With `wait` false, drafts of cases that somebody else has locked are
    refused with Busy, and the others do not wait for them.

    With `standings`, where people wrote from lately, as many as can be are stored in one round
    trip, in a transaction of their own.
    """
    entries = [entry_of(draft) for draft in drafts]
    done: Sequence[Posted | None] = [None] * len(entries)
    if standings is not None:
        done = store_at_once(entries, standings)
    left = [entry for entry, result in zip(entries, done, strict=True) if result is None]
    late = iter(_step_by_step(left, wait=wait, standings=standings) if left else ())
    return [next(late) if result is None else result for result in done]


def _step_by_step(
    entries: Sequence[Entry], *, wait: bool, standings: Standings | None
) -> list[Result]:
    try:
        return _append(entries, wait=wait, standings=standings)
    except vault.KeysChanged:
        # Nothing is stored. The keys are forgotten, so that they are now asked for first.
        return _append(entries, wait=wait, standings=standings)


def _append(entries: Sequence[Entry], *, wait: bool, standings: Standings | None) -> list[Result]:
    journal = Journal()
    with journal.transaction():
        batch = _Batch(journal, [entry.draft for entry in entries], wait=wait)
        results = [batch.place(entry.draft, entry.body) for entry in entries]
        batch.store()
    if standings is not None:
        standings.remember(batch.seats)
    return results


class _Batch:
    """What one transaction knows of the rooms it writes to, and the rows it will write."""

    def __init__(self, journal: Journal, drafts: Sequence[Draft], *, wait: bool) -> None:
        self.journal = journal
        # Case first, as everywhere; all of a room's writers hold it, so it guards the head too.
        now = journal.lock_and_look(
            rooms={draft.room_id for draft in drafts},
            users={draft.actor.pk for draft in drafts},
            client_ids={draft.client_id for draft in drafts},
            wait=wait,
        )
        self.talk_open = now.talk_open
        self.seats, self.heads = _seats(now.seats)
        self.stored = _stored(drafts) if now.is_any_known else {}
        self.new: list[tuple[Posted, Place]] = []
        self.held: list[tuple[Held, Place]] = []

    def place(self, draft: Draft, body: str | DomainError) -> Result:
        """The draft's result: its place in the room, or why it has none."""
        seat = self.seats.get((draft.actor.pk, draft.room_id))
        if seat is None or not seat.is_member:
            return Forbidden()
        if seat.case_id not in self.talk_open:
            return Busy()
        known = self.stored.get((draft.client_id, seat.participant_id, draft.room_id))
        if known is not None:
            return known
        if not self.talk_open[seat.case_id]:
            return ConsentMissing()
        if isinstance(body, DomainError):
            return body
        return self._hold(draft, body, seat) if seat.is_held else self._add(draft, body, seat)

    def _hold(self, draft: Draft, body: str, seat: Standing) -> Held:
        held = Held(draft.room_id, seat.participant_id, draft.client_id, body)
        self.held.append((held, Place(seat.case_id, seat.compartment)))
        self.stored[draft.client_id, seat.participant_id, draft.room_id] = held
        return held

    def _add(self, draft: Draft, body: str, seat: Standing) -> Posted:
        room_id, client_id = draft.room_id, draft.client_id
        self.heads[room_id] += 1
        posted = Posted(
            room_id, self.heads[room_id], seat.participant_id, client_id, body, timezone.now()
        )
        self.new.append((posted, Place(seat.case_id, seat.compartment)))
        # The same id once more in this batch finds it here.
        self.stored[client_id, seat.participant_id, room_id] = replace(posted, is_new=False)
        return posted

    def store(self) -> None:
        _hold_back(self.journal, self.held)
        texts = [(place, slot_of(uuid4()), posted.body) for posted, place in self.new]
        with vault.sealing(texts=texts) as sealed:
            self.journal.insert(
                [
                    _row(slot.pk, posted, body)
                    for (posted, _place), (_, slot, _text), body in zip(
                        self.new, texts, sealed, strict=True
                    )
                ]
            )


def _hold_back(journal: Journal, held: Sequence[tuple[Held, Place]]) -> None:
    texts = [(place, Slot("rooms.heldmessage", uuid4(), "body"), one.body) for one, place in held]
    sealed = vault.seal_texts(texts=texts) if texts else []
    journal.hold(
        [
            HeldRow(slot.pk, one.room_id, one.participant_id, one.client_id, body, timezone.now())
            for (one, _place), (_, slot, _text), body in zip(held, texts, sealed, strict=True)
        ]
    )


def _row(pk: UUID, posted: Posted, sealed: bytes) -> Row:
    return Row(
        id=pk,
        room_id=posted.room_id,
        sequence=posted.sequence,
        participant_id=posted.participant_id,
        client_id=posted.client_id,
        body_sealed=sealed,
        sent_at=posted.sent_at,
    )


def _seats(
    seats: Sequence[Seat],
) -> tuple[dict[tuple[UUID, UUID], Standing], dict[UUID, int]]:
    """Where each of the people may write, by person and room, and the numbers of the rooms' newest
    messages.
    """
    found, heads = {}, {}
    for seat in seats:
        is_member = access.is_in_room(
            seat.kind,
            role=seat.role,
            side_id=seat.side_id,
            room_side_id=seat.room_side_id,
            is_seated=bool(seat.is_seated),
        )
        compartment = compartment_of(seat.kind, seat.letter or seat.letters, seat.room_id)
        found[seat.user_id, seat.room_id] = Standing(
            seat.participant_id,
            seat.case_id,
            compartment,
            is_member,
            bool(seat.is_held) and seat.role != MEDIATOR,
            seat.facts,
        )
        heads[seat.room_id] = seat.head
    return found, heads


def _stored(drafts: Sequence[Draft]) -> dict[tuple[UUID, UUID, UUID], Posted | Held]:
    """Messages, said or held, with one of the drafts' client ids, without their text."""
    client_ids = {draft.client_id for draft in drafts}
    rows = Message.objects.filter(client_id__in=client_ids).order_by()
    found = rows.values_list("room", "sequence", "participant", "client_id", "sent_at")
    held = HeldMessage.objects.filter(client_id__in=client_ids).order_by()
    known: dict[tuple[UUID, UUID, UUID], Posted | Held] = {
        (client, member, room): Held(room, member, client, "")
        for room, member, client in held.values_list("room", "participant", "client_id")
    }
    for room, sequence, member, client, at in found:
        known[client, member, room] = Posted(room, sequence, member, client, "", at, is_new=False)
    return known
