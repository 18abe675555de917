"""Opening the rooms of a case, writing into them, and correcting what one wrote."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.access import ConsentMissing
from mediation.cases.enums import ParticipantRole
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case
from mediation.core import realtime
from mediation.core.errors import DomainError, Forbidden, InvalidInput, require
from mediation.core.text import in_one_form
from mediation.holds.access import require_not_held
from mediation.rooms import access
from mediation.rooms.enums import RoomKind
from mediation.rooms.journal import HeldRow, Journal, Row, Seat
from mediation.rooms.models import HeldMessage, Message, Room, compartment_of
from mediation.rooms.readings import ReadUpTo, note_readings
from mediation.rooms.selectors import Held, Posted, slot_of
from mediation.rooms.services.erasing import take_text_out
from mediation.rooms.services.reviewing import follow_members
from mediation.vault import services as vault
from mediation.vault.services import Place, Slot

BODY_BYTES = 8 * 1024
EDIT_FOR = timedelta(seconds=60)
MEDIATOR = ParticipantRole.MEDIATOR
Result = Posted | Held | DomainError


class MessageEmpty(InvalidInput):
    """Nothing is left of the message once blanks around it are taken away."""

    code = "message_empty"
    message = _("Write something before you send it.")


class MessageTooLong(InvalidInput):
    """A message holds 8 KiB of text (about 2,700 Chinese characters)."""

    code = "message_too_long"
    message = _("This message is too long. Please send it in several parts.")


class TooLateToEdit(DomainError):
    """A message is corrected within a minute, before others have built on it."""

    code = "too_late_to_edit"
    status = 409
    message = _("A message can be changed for a minute. After that you can take it back.")


class AlreadyTakenBack(DomainError):
    """There is nothing left of this message to change."""

    code = "already_taken_back"
    status = 409
    message = _("You have already taken this message back.")


class ReviewIsOn(DomainError):
    """While a mediator reads messages first, nothing gets past that by another way."""

    code = "review_is_on"
    status = 409
    message = _("The mediator reads messages first here at the moment, so this is not possible.")


class Busy(DomainError):
    """Something else is being written to this case at this moment; try again."""

    code = "busy"
    status = 503
    message = _("Something else is being saved in this case. Please try again in a moment.")


@dataclass(frozen=True, slots=True)
class Draft:
    """A message somebody wants to send. `body` is as they typed it."""

    actor: User
    room_id: UUID
    client_id: UUID
    body: str


@transaction.atomic
def open_rooms(*, case: Case) -> list[Room]:
    """Make the joint room and one caucus per side of a case, unless they are there; and one for
    the mediators among themselves, as soon as there are two.
    """
    case = lock(case)
    made = [Room.objects.get_or_create(case=case, kind=RoomKind.JOINT)]
    made += [
        Room.objects.get_or_create(case=case, kind=RoomKind.CAUCUS, side=side)
        for side in case.sides.all()
    ]
    if case.participants.mediators().active().count() > 1:
        made += [Room.objects.get_or_create(case=case, kind=RoomKind.MEDIATORS)]
    for room in case.rooms.filter(is_held=True):
        follow_members(room)
    if any(is_new for _room, is_new in made):
        audit.record_system(action="rooms.opened", target=case, case_id=case.pk)
        realtime.publish("access.changed", case=str(case.pk))
    return [room for room, _is_new in made]


@transaction.atomic
def post_message(*, actor: User, room: Room, client_id: UUID, body: str) -> Posted | Held:
    """Store one message and tell the hubs; under review it is held for the mediator instead.
    Sending the same `client_id` again changes nothing.

    Raises MessageEmpty, MessageTooLong, Forbidden or ConsentMissing.
    """
    (result,) = append([Draft(actor, room.pk, client_id, body)])
    if isinstance(result, DomainError):
        raise result
    if isinstance(result, Held) or result.is_new:
        realtime.publish("message.posted", room=str(room.pk))
    # Whoever answers by form has the page before them, and no script that says so.
    if isinstance(result, Posted):
        note_readings([ReadUpTo(actor, room.pk, result.sequence)])
    return result


def append(drafts: Sequence[Draft], *, wait: bool = True) -> list[Result]:
    """Store many people's messages in one transaction; the results are in the drafts' order.

    Each draft is stored, held, found to have been so before, or refused for itself (MessageEmpty,
    MessageTooLong, Forbidden, ConsentMissing). The cases' rows are locked, so that nothing is
    stored after a withdrawal. With `wait` false, drafts of cases that somebody else has locked are
    refused with Busy, and the others do not wait for them.
    """
    try:
        return _append(drafts, wait=wait)
    except vault.KeysChanged:
        # Nothing is stored. The keys are forgotten, so that they are now asked for first.
        return _append(drafts, wait=wait)


def _append(drafts: Sequence[Draft], *, wait: bool) -> list[Result]:
    clean = [_normalised(draft.body) for draft in drafts]
    journal = Journal()
    with journal.transaction():
        batch = _Batch(journal, drafts, wait=wait)
        results = [batch.place(draft, body) for draft, body in zip(drafts, clean, strict=True)]
        batch.store()
    return results


@transaction.atomic
def edit_message(
    *, actor: User, room_id: UUID, sequence: int, client_id: UUID, body: str
) -> Posted:
    """Correct a message of one's own within a minute of sending it. The text it had is gone.

    Raises Forbidden, ConsentMissing, MessageEmpty, MessageTooLong, AlreadyTakenBack, TooLateToEdit,
    or Held while a duty keeps the talk. The same `client_id` again changes nothing.
    """
    text = normalised(body)
    row, known = _to_change(actor, room_id, sequence, client_id)
    if known is not None:
        return known
    require(row.room.case.talk_open, ConsentMissing)
    require(not row.room.is_held or row.participant.role == MEDIATOR, ReviewIsOn)
    require(can_still_edit(row.sent_at), TooLateToEdit)
    require_not_held(row.room.case, row.room.compartment)
    place = Place(row.room.case_id, row.room.compartment)
    row.body_sealed = vault.seal_text(place=place, slot=slot_of(row.pk), text=text)
    row.edited_at = timezone.now()
    row.save(update_fields=["body_sealed", "edited_at"])
    return _say_changed(row, client_id)


@transaction.atomic
def retract_message(*, actor: User, room_id: UUID, sequence: int, client_id: UUID) -> Posted:
    """Take back a message of one's own: its text is destroyed, that there was one stays. Nobody's
    consent is needed for it, so it is possible for as long as one may read the room.

    Raises Forbidden, AlreadyTakenBack, or Held while a duty keeps the talk. The same `client_id`
    again changes nothing.
    """
    row, known = _to_change(actor, room_id, sequence, client_id)
    if known is not None:
        return known
    require_not_held(row.room.case, row.room.compartment)
    take_text_out(row)
    return _say_changed(row, client_id)


def can_still_edit(sent_at: datetime) -> bool:
    return timezone.now() - sent_at <= EDIT_FOR


def _to_change(
    actor: User, room_id: UUID, sequence: int, client_id: UUID
) -> tuple[Message, Posted | None]:
    """The actor's own message in a locked case; and the correction, where it was made before."""
    room = access.rooms_visible_to(actor).filter(pk=room_id).first()
    require(room is not None)
    assert room is not None
    lock(room.case)
    rows = Message.objects.select_related("room__side", "room__case", "participant").filter(
        room__in=access.rooms_visible_to(actor).filter(pk=room_id), participant__user=actor
    )
    made = rows.filter(client_id=client_id).first()
    row = rows.filter(sequence=sequence, changes=None).first()
    require(row is not None and (made is None or made.changes == sequence))
    assert row is not None
    if made is not None:
        return row, replace(_posted(made), changes=sequence, is_new=False)
    require(row.retracted_at is None, AlreadyTakenBack)
    return row, None


def _say_changed(row: Message, client_id: UUID) -> Posted:
    """Give the correction the room's next number, and tell the hubs."""
    head = Room.objects.values_list("head", flat=True).get(pk=row.room_id) + 1
    said = Message.objects.create(
        room=row.room,
        sequence=head,
        participant=row.participant,
        client_id=client_id,
        body_sealed=b"",
        sent_at=timezone.now(),
        changes=row.sequence,
    )
    Room.objects.filter(pk=row.room_id).update(head=head)
    realtime.publish("message.posted", room=str(row.room_id))
    return replace(_posted(said), changes=row.sequence)


def _posted(row: Message) -> Posted:
    return Posted(row.room_id, row.sequence, row.participant_id, row.client_id, "", row.sent_at)


class _Seat(NamedTuple):
    """A person's place in a room of a case they are in: all that writing there takes to know."""

    participant_id: UUID
    case_id: UUID
    compartment: str
    is_member: bool
    is_held: bool


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

    def _hold(self, draft: Draft, body: str, seat: _Seat) -> Held:
        held = Held(draft.room_id, seat.participant_id, draft.client_id, body)
        self.held.append((held, Place(seat.case_id, seat.compartment)))
        self.stored[draft.client_id, seat.participant_id, draft.room_id] = held
        return held

    def _add(self, draft: Draft, body: str, seat: _Seat) -> Posted:
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


def normalised(body: str) -> str:
    """The text as it is stored (core.text). Raises MessageEmpty or MessageTooLong."""
    kept = in_one_form(body)
    require(bool(kept), MessageEmpty)
    require(len(kept.encode()) <= BODY_BYTES, MessageTooLong)
    return kept


def _normalised(body: str) -> str | DomainError:
    try:
        return normalised(body)
    except InvalidInput as error:
        return error


def _seats(
    seats: Sequence[Seat],
) -> tuple[dict[tuple[UUID, UUID], _Seat], dict[UUID, int]]:
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
        found[seat.user_id, seat.room_id] = _Seat(
            seat.participant_id,
            seat.case_id,
            compartment,
            is_member,
            bool(seat.is_held) and seat.role != MEDIATOR,
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
