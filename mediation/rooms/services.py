"""Opening the rooms of a case, and writing into them."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.access import ConsentMissing
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case, Participant
from mediation.core import realtime
from mediation.core.errors import DomainError, Forbidden, InvalidInput, require
from mediation.rooms import access
from mediation.rooms.enums import RoomKind
from mediation.rooms.models import Message, Room, compartment_of
from mediation.rooms.selectors import Posted, slot_of
from mediation.vault import services as vault
from mediation.vault.services import Place

BODY_BYTES = 8 * 1024


class MessageEmpty(InvalidInput):
    """Nothing is left of the message once blanks around it are taken away."""

    code = "message_empty"
    message = _("Write something before you send it.")


class MessageTooLong(InvalidInput):
    """A message holds 8 KiB of text (about 2,700 Chinese characters)."""

    code = "message_too_long"
    message = _("This message is too long. Please send it in several parts.")


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
    """Make the joint room and one caucus per side of a case, unless they are there."""
    case = lock(case)
    made = [Room.objects.get_or_create(case=case, kind=RoomKind.JOINT)]
    made += [
        Room.objects.get_or_create(case=case, kind=RoomKind.CAUCUS, side=side)
        for side in case.sides.all()
    ]
    if any(is_new for _room, is_new in made):
        audit.record_system(action="rooms.opened", target=case, case_id=case.pk)
    return [room for room, _is_new in made]


@transaction.atomic
def post_message(*, actor: User, room: Room, client_id: UUID, body: str) -> Posted:
    """Store one message and tell the hubs. Sending the same `client_id` again changes nothing.

    Raises MessageEmpty, MessageTooLong, Forbidden or ConsentMissing.
    """
    (result,) = append([Draft(actor, room.pk, client_id, body)])
    if isinstance(result, DomainError):
        raise result
    if result.is_new:
        realtime.publish("message.posted", room=str(room.pk))
    return result


def append(drafts: Sequence[Draft], *, wait: bool = True) -> list[Posted | DomainError]:
    """Store many people's messages in one transaction; the results are in the drafts' order.

    Each draft is stored, found to have been stored before, or refused for itself (MessageEmpty,
    MessageTooLong, Forbidden, ConsentMissing). The cases' rows are locked, so that nothing is
    stored after a withdrawal. With `wait` false, drafts of cases that somebody else has locked are
    refused with Busy, and the others do not wait for them.
    """
    clean = [_normalised(draft.body) for draft in drafts]
    with transaction.atomic():
        batch = _Batch(drafts, wait=wait)
        results = [batch.place(draft, body) for draft, body in zip(drafts, clean, strict=True)]
        batch.store()
    return results


class _Seat(NamedTuple):
    """A person's place in a room of a case they are in: all that writing there takes to know."""

    participant_id: UUID
    case_id: UUID
    compartment: str
    is_member: bool


class _Batch:
    """What one transaction knows of the rooms it writes to, and the rows it will write."""

    def __init__(self, drafts: Sequence[Draft], *, wait: bool) -> None:
        ids = {draft.room_id for draft in drafts}
        # Case first, as everywhere; all of a room's writers hold it, so it guards the head too.
        self.talk_open = _lock_cases(ids, wait=wait)
        self.seats, self.heads = _seats({draft.actor.pk for draft in drafts}, ids)
        self.stored = _stored(drafts)
        self.rows: list[Message] = []

    def place(self, draft: Draft, body: str | DomainError) -> Posted | DomainError:
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
        return body if isinstance(body, DomainError) else self._add(draft, body, seat)

    def _add(self, draft: Draft, body: str, seat: _Seat) -> Posted:
        self.heads[draft.room_id] += 1
        row = Message(
            room_id=draft.room_id,
            sequence=self.heads[draft.room_id],
            participant_id=seat.participant_id,
            client_id=draft.client_id,
            sent_at=timezone.now(),
        )
        place = Place(seat.case_id, seat.compartment)
        row.body_sealed = vault.seal_text(place=place, slot=slot_of(row), text=body)
        self.rows.append(row)
        key = (row.client_id, row.participant_id, row.room_id)
        posted = Posted(
            row.room_id, row.sequence, row.participant_id, row.client_id, body, row.sent_at
        )
        # The same id once more in this batch finds it here.
        self.stored[key] = replace(posted, is_new=False)
        return posted

    def store(self) -> None:
        Message.objects.bulk_create(self.rows)
        newest = Message.objects.filter(room=OuterRef("pk")).order_by("-sequence")
        changed = Room.objects.filter(pk__in={row.room_id for row in self.rows})
        # One statement whatever the number of rooms, and true whatever was counted above.
        changed.update(head=Subquery(newest.values("sequence")[:1]))


# Control characters but tab and line end, and halves of characters (Unicode categories Cc, Cs).
NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def normalised(body: str) -> str:
    """The text as it is stored: one kind of line end, composed characters, no control characters
    but tab and line end, no blanks around it. Raises MessageEmpty or MessageTooLong.
    """
    text = unicodedata.normalize("NFC", body.replace("\r\n", "\n").replace("\r", "\n"))
    kept = NOT_TEXT.sub("", text).strip()
    require(bool(kept), MessageEmpty)
    require(len(kept.encode()) <= BODY_BYTES, MessageTooLong)
    return kept


def _normalised(body: str) -> str | DomainError:
    try:
        return normalised(body)
    except InvalidInput as error:
        return error


def _lock_cases(rooms: Collection[UUID], *, wait: bool) -> dict[UUID, bool]:
    """Lock the rooms' cases in the order of their ids; says of each whether talk is open."""
    cases = Case.objects.filter(pk__in=Room.objects.filter(pk__in=rooms).values("case"))
    locked = cases.order_by("pk").select_for_update(skip_locked=not wait)
    return dict(locked.values_list("pk", "talk_open"))


def _seats(
    users: Collection[UUID], rooms: Collection[UUID]
) -> tuple[dict[tuple[UUID, UUID], _Seat], dict[UUID, int]]:
    """The rooms, for each of the people who is in their case at this moment, by person and room;
    and the numbers of the rooms' newest messages. One query, because this is the hot path.
    """
    rows = Participant.objects.active().filter(
        user__in=users, user__is_active=True, case__rooms__in=rooms
    )
    part = ("user", "pk", "role", "side", "case")
    room = ("case__rooms", "case__rooms__side", "case__rooms__side__letter", "case__rooms__head")
    seats, heads = {}, {}
    for user, pk, role, side, case, room_id, room_side, letter, head in rows.order_by().values_list(
        *part, *room
    ):
        is_member = access.is_in_room(role, side, room_side)
        seats[user, room_id] = _Seat(pk, case, compartment_of(letter), is_member)
        heads[room_id] = head
    return seats, heads


def _stored(drafts: Sequence[Draft]) -> dict[tuple[UUID, UUID, UUID], Posted]:
    """Messages with one of the drafts' client ids, without their text."""
    rows = Message.objects.filter(client_id__in={draft.client_id for draft in drafts}).order_by()
    found = rows.values_list("room", "sequence", "participant", "client_id", "sent_at")
    return {
        (client, member, room): Posted(room, sequence, member, client, "", at, is_new=False)
        for room, sequence, member, client, at in found
    }


@transaction.atomic
def forget_rooms(*, case: Case, compartment: str) -> dict[str, int]:
    """Part of a case's erasure: the rooms of this compartment and all that was said in them."""
    doomed = [room for room in _rooms_of(case) if room.compartment == compartment]
    messages, _by_model = Message.objects.filter(room__in=doomed).delete()
    rooms, _by_model = Room.objects.filter(pk__in=[room.pk for room in doomed]).delete()
    return {"messages": messages, "rooms": rooms}


def _rooms_of(case: Case) -> list[Room]:
    return list(Room.objects.filter(case=case).select_related("side"))
