"""Opening the rooms of a case, writing into them, and correcting what one wrote."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

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
from mediation.core.errors import DomainError, require
from mediation.holds.access import require_not_held
from mediation.rooms import access
from mediation.rooms.enums import RoomKind
from mediation.rooms.models import Message, Room
from mediation.rooms.readings import ReadUpTo, note_readings
from mediation.rooms.selectors import Held, Posted, slot_of
from mediation.rooms.services.appending import append
from mediation.rooms.services.drafts import Draft, normalised
from mediation.rooms.services.erasing import take_text_out
from mediation.rooms.services.reviewing import follow_members
from mediation.vault import services as vault
from mediation.vault.services import Place

EDIT_FOR = timedelta(seconds=60)
MEDIATOR = ParticipantRole.MEDIATOR


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
