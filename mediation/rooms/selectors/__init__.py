"""Reads of the rooms: what one page shows, and what the hub must know."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext

from mediation.accounts.models import User
from mediation.cases.access import is_mediator_of
from mediation.cases.enums import ParticipantRole
from mediation.cases.models import Case
from mediation.cases.selectors import name_of, open_sealed
from mediation.evidence.access import can_add_document
from mediation.rooms import access
from mediation.rooms.enums import RoomKind
from mediation.rooms.models import Message, Reading, Room
from mediation.vault import services as vault
from mediation.vault.services import Place, Slot

PAGE = 100


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that is stored. `is_new` is false when it had been stored before. A correction has
    the number of what it `changes`, and its text as it is now, "" once it was taken back. A
    message that `is_released` came out of a private talk, or in one was shown to everybody.
    """

    room_id: UUID
    sequence: int
    participant_id: UUID
    client_id: UUID
    body: str
    sent_at: datetime
    is_new: bool = True
    changes: int | None = None
    is_edited: bool = False
    is_retracted: bool = False
    is_released: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A message that waits for the mediator, or did before; nobody else hears of it."""

    room_id: UUID
    participant_id: UUID
    client_id: UUID
    body: str


def messages_after(user: User, room: Room, sequence: int, limit: int = PAGE) -> list[Posted]:
    """The messages and corrections that follow `sequence`, oldest first; none for those who may not
    see them.
    """
    if not access.rooms_visible_to(user).filter(pk=room.pk).exists():
        return []
    return messages_after_for_system(room.pk, sequence, limit)


def messages_after_for_system(room_id: UUID, sequence: int, limit: int = PAGE) -> list[Posted]:
    """For the hub, whose connections were admitted to the room and are checked all the time."""
    rows = _with_room().filter(room=room_id, sequence__gt=sequence).order_by("sequence")
    found = list(rows[:limit])
    changed = {row.changes for row in found if row.changes is not None}
    targets = _with_room().filter(room=room_id, sequence__in=changed) if changed else ()
    now = {row.sequence: _opened(row) for row in targets}
    return [_opened(row) if row.changes is None else _correction(row, now) for row in found]


def _correction(row: Message, now: Mapping[int, Posted]) -> Posted:
    """The text of the message it is about, under the correction's own number and time."""
    assert row.changes is not None
    return replace(
        now[row.changes],
        sequence=row.sequence,
        client_id=row.client_id,
        sent_at=row.sent_at,
        changes=row.changes,
    )


def latest_messages(user: User, room: Room, before: int | None = None) -> list[Posted]:
    """The newest messages (older than number `before`) as they are now, oldest first."""
    if not access.rooms_visible_to(user).filter(pk=room.pk).exists():
        return []
    rows = _with_room().filter(room=room, changes=None).order_by("-sequence")
    if before is not None:
        rows = rows.filter(sequence__lt=before)
    return [_opened(row) for row in reversed(rows[:PAGE])]


def _with_room() -> QuerySet[Message]:
    return Message.objects.select_related("room__side")


def _opened(row: Message) -> Posted:
    return Posted(
        room_id=row.room_id,
        sequence=row.sequence,
        participant_id=row.participant_id,
        client_id=row.client_id,
        body="" if row.retracted_at else _text(row),
        sent_at=row.sent_at,
        is_edited=row.edited_at is not None,
        is_retracted=row.retracted_at is not None,
        is_released=row.released_at is not None,
    )


def _text(row: Message) -> str:
    place = Place(row.room.case_id, row.room.compartment)
    return vault.open_text(place=place, slot=slot_of(row.pk), sealed=bytes(row.body_sealed))


def slot_of(pk: UUID) -> Slot:
    """What the sealed text of a message is bound to, besides its room's compartment."""
    return Slot("rooms.message", pk, "body")


def own_message(user: User, room: Room, sequence: int) -> Posted | None:
    """A message this person wrote and may still change; None for every other number."""
    row = (
        _with_room()
        .filter(room=room, sequence=sequence, changes=None, retracted_at=None)
        .filter(participant__user=user, room__in=access.rooms_visible_to(user))
        .first()
    )
    return _opened(row) if row is not None else None


# --- One page -------------------------------------------------------------------------------


@dataclass(frozen=True)
class PersonInRoom:
    """Somebody whose name stands beside messages. `is_member` is false for those who left."""

    id: UUID
    name: str
    role: str
    side: str
    is_me: bool
    is_member: bool


@dataclass(frozen=True)
class Line:
    """One message as the page shows it. `day` is set on the first of each day, `is_first_new` on
    the first that one has not seen; `readers` are those who have read up to here and no further.
    """

    message: Posted
    sender: PersonInRoom
    day: date | None
    is_first_new: bool = False
    readers: tuple[PersonInRoom, ...] = ()

    @property
    def reader_names(self) -> str:
        return " · ".join(reader.name for reader in self.readers)


@dataclass(frozen=True)
class Tab:
    """A room of the case this person may go to. `name` is the side's for a mediator's caucus, and
    the purpose of a talk by invitation.
    """

    room: Room
    name: str
    is_current: bool
    unread: int = 0


@dataclass(frozen=True)
class RoomPage:
    """All that the page of one room shows."""

    room: Room
    me: PersonInRoom
    tabs: list[Tab]
    people: dict[UUID, PersonInRoom]
    lines: list[Line]
    has_earlier: bool
    can_post: bool
    can_call: bool
    is_asked: bool
    can_bring: bool
    reading: Reading | None
    readings: dict[UUID, int]

    @property
    def read_up_to(self) -> int:
        """The number of the newest message one has seen here; 0 before the first."""
        return self.reading.sequence if self.reading is not None else 0

    @property
    def members(self) -> list[PersonInRoom]:
        return [person for person in self.people.values() if person.is_member]

    @property
    def head(self) -> int:
        """The number of the newest message on the page; 0 when there is none."""
        return self.lines[-1].message.sequence if self.lines else 0

    @property
    def first(self) -> int:
        """The number of the oldest message on the page; 0 when there is none."""
        return self.lines[0].message.sequence if self.lines else 0

    @property
    def name(self) -> str:
        """For a mediator in a caucus, whom they talk with; what a talk by invitation is for."""
        return next(tab.name for tab in self.tabs if tab.is_current)

    @property
    def can_release(self) -> bool:
        """Whether what one says here can be shown to everybody: a party, in their private talk."""
        return self.room.is_caucus and self.me.role == ParticipantRole.PARTY

    @property
    def can_be_reviewed(self) -> bool:
        """Whether it is a room in which a mediator may read first, and may still do so."""
        return self.room.kind in access.REVIEWED and (self.can_post or self.room.is_held)

    @property
    def can_review(self) -> bool:
        """Whether this person may propose it, or is asked."""
        return self.is_asked or self.me.role == ParticipantRole.MEDIATOR

    @property
    def others(self) -> str:
        """The names of everybody else who can see the room now."""
        names = [person.name for person in self.members if not person.is_me]
        return gettext(", ").join(names)


def room_page(user: User, room: Room, before: int | None = None) -> RoomPage:
    """The room as this person sees it. Only for rooms out of `rooms_visible_to`."""
    messages = latest_messages(user, room, before)
    people = _people(user, room)
    own = Reading.objects.filter(room=room, participant__user=user, participant__left_at=None)
    reading, readings = own.first(), readings_of(user, room)
    return RoomPage(
        room=room,
        me=next(person for person in people.values() if person.is_me and person.is_member),
        tabs=_tabs(user, room),
        people=people,
        lines=_marked(list(_lines(messages, people)), reading, readings, people),
        has_earlier=bool(messages) and messages[0].sequence > 1,
        can_post=access.can_post(user, room),
        can_call=access.can_call(user, room),
        can_bring=_can_bring(user, room),
        reading=reading,
        readings=readings,
        is_asked=room.reviews.filter(ended_at=None).exists(),
    )


def _can_bring(user: User, room: Room) -> bool:
    """Whether a file may be brought into the talk itself. Documents are everybody's or, from a
    caucus, the mediator's; none is for the members of a talk by invitation alone.
    """
    is_theirs = room.kind in {RoomKind.JOINT, RoomKind.CAUCUS}
    return is_theirs and can_add_document(user, room.case)


def readings_of(user: User, room: Room) -> dict[UUID, int]:
    """How far those others have read whom this person may know of, by participant."""
    rows = access.readings_visible_to(user).filter(room=room, sequence__gt=0)
    return dict(rows.values_list("participant", "sequence"))


def _marked(
    lines: list[Line],
    reading: Reading | None,
    readings: Mapping[UUID, int],
    people: Mapping[UUID, PersonInRoom],
) -> list[Line]:
    """The lines with the marks of what is new and of how far others have read. Whoever was never
    here before is not told that all of it is new; that somebody read their own words goes without
    saying.
    """
    marked = list(lines)
    numbers = [line.message.sequence for line in lines]
    new = [at for at, line in enumerate(lines) if _is_new(line, reading)]
    if new:
        marked[new[0]] = replace(marked[new[0]], is_first_new=True)
    for reader, sequence in readings.items():
        at = bisect_right(numbers, sequence) - 1
        if at >= 0 and reader in people and lines[at].sender.id != reader:
            marked[at] = replace(marked[at], readers=(*marked[at].readers, people[reader]))
    return marked


def _is_new(line: Line, reading: Reading | None) -> bool:
    if reading is None or not reading.sequence or line.sender.is_me:
        return False
    return line.message.sequence > reading.sequence


def _people(user: User, room: Room) -> dict[UUID, PersonInRoom]:
    rows = room.case.participants.filter(joined_at__isnull=False)
    rows = rows.select_related("side", "user", "case")
    seats = _seats(room)
    return {
        row.pk: PersonInRoom(
            id=row.pk,
            name=name_of(row),
            role=row.role,
            side=row.side.letter if row.side else "",
            is_me=row.user_id == user.pk,
            is_member=row.left_at is None and seats.get(row.pk, True),
        )
        for row in rows
        if access.is_in_room(
            room.kind,
            role=row.role,
            side_id=row.side_id,
            room_side_id=room.side_id,
            is_seated=row.pk in seats,
        )
    }


def _seats(room: Room) -> dict[UUID, bool]:
    """Who is, and was, in a talk by invitation: whether each has a seat in it now."""
    if not room.is_invited:
        return {}
    rows = room.members.filter(agreed_at__isnull=False)
    return dict(rows.values_list("participant", "is_seated"))


def _lines(messages: Iterable[Posted], people: dict[UUID, PersonInRoom]) -> Iterable[Line]:
    last: date | None = None
    for message in messages:
        day = timezone.localtime(message.sent_at).date()
        yield Line(message, people[message.participant_id], day if day != last else None)
        last = day


def _tabs(user: User, current: Room) -> list[Tab]:
    rooms = access.rooms_visible_to(user).filter(case=current.case)
    names = side_names(current.case) if is_mediator_of(user, current.case) else {}
    unread = unread_of(user, rooms)
    return [
        Tab(room, room_name(room, names), room.pk == current.pk, unread.get(room.pk, 0))
        for room in rooms
    ]


def unread_of(user: User, rooms: QuerySet[Room]) -> dict[UUID, int]:
    """How many messages of others this person has not seen in each of the rooms; rooms without
    any are left out. Only for rooms out of `rooms_visible_to`.
    """
    own = Reading.objects.filter(
        room=OuterRef("room"), participant__user=user, participant__left_at=None
    )
    seen = Coalesce(Subquery(own.values("sequence")[:1]), 0)
    new = Message.objects.filter(room__in=rooms, changes=None, retracted_at=None)
    new = new.exclude(participant__user=user).annotate(seen=seen).filter(sequence__gt=F("seen"))
    return dict(new.order_by().values_list("room").annotate(Count("pk")))


def room_name(room: Room, names: Mapping[UUID | None, str]) -> str:
    """What tells a room from others of its kind; `names` are those of the sides, for a mediator."""
    return purpose_of(room) if room.is_invited else names.get(room.side_id, "")


def purpose_of(room: Room) -> str:
    """What a talk by invitation is for."""
    return open_sealed(room, room.case, "purpose", room.compartment)


def side_names(case: Case) -> dict[UUID | None, str]:
    """Who is on which side, by name: what the mediator's private rooms are called."""
    parties = case.participants.active().parties().select_related("case", "user")
    return {party.side_id: name_of(party) for party in parties}
