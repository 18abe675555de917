"""Opening the rooms of a case, and writing into them."""

import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.access import ConsentMissing
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case, Participant
from mediation.cases.services.sealing import seal_field
from mediation.core import realtime
from mediation.core.errors import DomainError, Forbidden, InvalidInput, require
from mediation.rooms import access
from mediation.rooms.enums import RoomKind
from mediation.rooms.models import Message, Room
from mediation.rooms.selectors import Posted

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


@dataclass
class _Batch:
    """What one transaction knows of the rooms it writes to, and the rows it will write."""

    talk_open: dict[UUID, bool]
    rooms: dict[UUID, Room]
    members: dict[tuple[UUID, UUID], Participant]
    stored: dict[tuple[UUID, UUID, UUID], Posted]
    rows: list[Message] = field(default_factory=list)
    changed: dict[UUID, Room] = field(default_factory=dict)

    def __init__(self, drafts: Sequence[Draft], *, wait: bool) -> None:
        ids = {draft.room_id for draft in drafts}
        # Case first, as everywhere; all of a room's writers hold it, so it guards the head too.
        self.talk_open = _lock_cases(ids, wait=wait)
        self.rooms = {room.pk: room for room in _rooms(ids)}
        self.members = _members({draft.actor.pk for draft in drafts}, self.talk_open)
        self.stored = _stored(drafts)
        self.rows, self.changed = [], {}

    def place(self, draft: Draft, body: str | DomainError) -> Posted | DomainError:
        """The draft's result: its place in the room, or why it has none."""
        room = self.rooms.get(draft.room_id)
        if room is None:
            return Forbidden()
        if room.case_id not in self.talk_open:
            return Busy()
        member = self.members.get((draft.actor.pk, room.case_id))
        if member is None or not access.is_member(member, room):
            return Forbidden()
        known = self.stored.get((member.pk, room.pk, draft.client_id))
        if known is not None:
            return known
        if not self.talk_open[room.case_id]:
            return ConsentMissing()
        return body if isinstance(body, DomainError) else self._add(draft, body, member, room)

    def _add(self, draft: Draft, body: str, member: Participant, room: Room) -> Posted:
        room.head += 1
        self.changed[room.pk] = room
        row = Message(
            room=room,
            sequence=room.head,
            participant=member,
            client_id=draft.client_id,
            sent_at=timezone.now(),
        )
        seal_field(row, room.case, "body", room.compartment, body)
        self.rows.append(row)
        posted = Posted(room.pk, room.head, member.pk, draft.client_id, body, row.sent_at)
        # The same id once more in this batch finds it here.
        self.stored[member.pk, room.pk, draft.client_id] = replace(posted, is_new=False)
        return posted

    def store(self) -> None:
        Message.objects.bulk_create(self.rows)
        Room.objects.bulk_update(self.changed.values(), ["head"])


def normalised(body: str) -> str:
    """The text as it is stored: one kind of line end, composed characters, no control characters
    but tab and line end, no blanks around it. Raises MessageEmpty or MessageTooLong.
    """
    text = unicodedata.normalize("NFC", body.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    kept = kept.strip()
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


def _rooms(ids: Collection[UUID]) -> Collection[Room]:
    return Room.objects.filter(pk__in=ids).select_related("case", "side")


def _members(
    users: Collection[UUID], cases: Collection[UUID]
) -> dict[tuple[UUID, UUID], Participant]:
    """Whoever of these people is in these cases at this moment, by person and case."""
    rows = Participant.objects.active().filter(user__in=users, user__is_active=True, case__in=cases)
    return {(row.user_id, row.case_id): row for row in rows if row.user_id is not None}


def _stored(drafts: Sequence[Draft]) -> dict[tuple[UUID, UUID, UUID], Posted]:
    """Messages with one of the drafts' client ids, without their text."""
    rows = Message.objects.filter(
        client_id__in={draft.client_id for draft in drafts},
        room__in={draft.room_id for draft in drafts},
    )
    found = rows.values_list("room", "sequence", "participant", "client_id", "sent_at")
    return {
        (member, room, client): Posted(room, sequence, member, client, "", at, is_new=False)
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
