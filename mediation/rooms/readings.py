"""How far people have read: storing it, letting others see it, and who is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from mediation.accounts.models import User
from mediation.cases.enums import ParticipantRole
from mediation.cases.lifecycle import lock
from mediation.cases.models import Participant
from mediation.core.errors import require
from mediation.rooms import access
from mediation.rooms.journal import Journal
from mediation.rooms.models import Member, Reading, Room


@dataclass(frozen=True, slots=True)
class ReadUpTo:
    """Somebody has seen a room's messages up to this number."""

    actor: User
    room_id: UUID
    sequence: int


@dataclass(frozen=True)
class Heard:
    """How far somebody has read in a room, and the participants who may know of it."""

    room_id: UUID
    participant_id: UUID
    sequence: int
    audience: tuple[UUID, ...]


@dataclass(frozen=True)
class Noted:
    """What was stored, and what could not be because its case was being written to."""

    heard: list[Heard]
    busy: list[ReadUpTo]


def _heard(reading: Reading) -> Heard:
    """Whom the hub tells of it: `access.readings_visible_to`, asked from the other end."""
    reader, room = reading.participant, reading.room
    rows = Reading.objects.filter(room=reading.room_id, is_shared=True)
    sharing = set(rows.values_list("participant", flat=True)) if reading.is_shared else set()
    others = Participant.objects.active().filter(case=reader.case_id).exclude(pk=reader.pk)
    seated = set(
        Member.objects.filter(room=room, is_seated=True).values_list("participant", flat=True)
    )
    audience = [
        one.pk
        for one in others
        if access.is_in_room(
            room.kind,
            role=one.role,
            side_id=one.side_id,
            room_side_id=room.side_id,
            is_seated=one.pk in seated,
        )
        and (one.role == ParticipantRole.MEDIATOR or one.pk in sharing)
    ]
    if reader.role == ParticipantRole.MEDIATOR:
        audience = []
    return Heard(reading.room_id, reader.pk, reading.sequence, tuple(audience))


@transaction.atomic
def note_readings(notes: Sequence[ReadUpTo]) -> Noted:
    """Store how far people have read, and say who may know. It only moves forward, never beyond the
    room's newest message, and is not on record: nothing of it may become a trace.

    What somebody may not read is passed over. So are cases where talk is closed: nobody is told
    anything of them any more. Cases that are being written to are not waited for.
    """
    free = Journal().lock_free_cases({note.room_id for note in notes})
    noted = Noted([], [])
    for note in notes:
        room = access.rooms_visible_to(note.actor).filter(pk=note.room_id).first()
        if room is None:
            continue
        if room.case_id not in free:
            noted.busy.append(note)
        elif room.case.talk_open:
            noted.heard.extend(map(_heard, _moved(note, room)))
    return noted


def _moved(note: ReadUpTo, room: Room) -> list[Reading]:
    """The reading, if that is news. The case is locked."""
    reading = _reading_of(note.actor, room)
    sequence = min(note.sequence, room.head)
    if sequence <= reading.sequence:
        return []
    reading.sequence = sequence
    reading.save(update_fields=["sequence"])
    return [reading]


@transaction.atomic
def share_reading(*, actor: User, room: Room, share: bool) -> None:
    """Let the others in the room see how far one has read, and see it of those who do the same; or
    stop it. A choice about one's own page, so it is not on record. Raises Forbidden.
    """
    require(access.rooms_visible_to(actor).filter(pk=room.pk).exists())
    lock(room.case)
    reading = _reading_of(actor, room)
    require(reading.participant.role != ParticipantRole.MEDIATOR)
    reading.is_shared = share
    reading.save(update_fields=["is_shared"])


def _reading_of(actor: User, room: Room) -> Reading:
    part = room.case.participants.active().get(user=actor)
    reading, _is_new = Reading.objects.select_related("participant", "room").get_or_create(
        room=room, participant=part
    )
    return reading
