"""What the hub asks."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import Count, Q
from django.utils import timezone

from mediation.accounts.models import User
from mediation.cases.enums import ParticipantRole
from mediation.cases.models import Participant
from mediation.rooms import access
from mediation.rooms.enums import HeldState, RoomKind
from mediation.rooms.models import HeldMessage, Member, Room


@dataclass(frozen=True)
class MemberFacts:
    """Somebody's part in a case where talk is open, and the rooms they may see."""

    participant_id: UUID
    rooms: tuple[UUID, ...]
    is_mediator: bool


def member_facts_for_system(user: User, case_id: UUID) -> MemberFacts | None:
    """What a new socket may hear; None when talk is closed or the person is not in the case."""
    part = Participant.objects.active().filter(
        user=user, user__is_active=True, case=case_id, case__talk_open=True
    )
    participant = part.first()
    if participant is None:
        return None
    rooms = access.rooms_visible_to(user).filter(case=case_id)
    is_mediator = participant.role == ParticipantRole.MEDIATOR
    return MemberFacts(participant.pk, tuple(rooms.values_list("pk", flat=True)), is_mediator)


@dataclass(frozen=True)
class LiveFacts:
    """What may have changed under open sockets: the heads of their rooms, who may still talk,
    in which rooms that may open later than their socket they sit, how many messages of whom wait
    for a mediator in each room under review, which sessions are still signed in, and in which rooms
    a call may go on.
    """

    heads: dict[UUID, int]
    talking: set[UUID]
    seats: dict[UUID, set[UUID]]
    invited: set[UUID]
    waiting: dict[UUID, dict[UUID, int]]
    sessions: set[str]
    calling: set[UUID]


def live_facts_for_system(
    *,
    rooms: Collection[UUID],
    participants: Collection[UUID],
    sessions: Collection[str],
    calls: Collection[UUID],
) -> LiveFacts:
    """Six queries at most, however many sockets there are."""
    talking = Participant.objects.active().filter(
        pk__among=participants, user__is_active=True, case__talk_open=True
    )
    signed_in = Session.objects.filter(session_key__among=sessions, expire_date__gt=timezone.now())
    calling = access.rooms_with_video(calls).values_list("pk", flat=True) if calls else ()
    seats: dict[UUID, set[UUID]] = defaultdict(set)
    for participant, room in _rooms_that_open_later(participants):
        seats[participant].add(room)
    known = list(Room.objects.filter(pk__among=rooms).values_list("pk", "head", "kind", "is_held"))
    return LiveFacts(
        heads={room: head for room, head, _kind, _held in known},
        talking=set(talking.values_list("pk", flat=True)),
        seats=seats,
        invited={room for room, _head, kind, _held in known if kind == RoomKind.INVITED},
        waiting=_waiting([room for room, _head, _kind, is_held in known if is_held]),
        sessions=set(signed_in.values_list("session_key", flat=True)),
        calling=set(calling),
    )


def _rooms_that_open_later(participants: Collection[UUID]) -> Iterable[tuple[UUID, UUID]]:
    """Who sits in a talk by invitation; and every mediator in the room of the mediators."""
    seated = Member.objects.filter(is_seated=True, participant__pk__among=participants)
    own = Q(pk__among=participants, case__rooms__kind=RoomKind.MEDIATORS)
    mediators = Participant.objects.active().mediators().filter(own)
    rows = mediators.order_by().values_list("pk", "case__rooms")
    return seated.order_by().values_list("participant", "room").union(rows)


def _waiting(rooms: Collection[UUID]) -> dict[UUID, dict[UUID, int]]:
    found: dict[UUID, dict[UUID, int]] = {room: {} for room in rooms}
    rows = HeldMessage.objects.filter(room__in=rooms, state=HeldState.WAITING) if rooms else None
    if rows is not None:
        counts = rows.order_by().values_list("room", "participant").annotate(Count("pk"))
        for room, participant, count in counts:
            found[room][participant] = count
    return found


def head_for_system(room_id: UUID) -> int:
    """The number of the room's newest message, 0 before the first."""
    return Room.objects.values_list("head", flat=True).get(pk=room_id)


def caucus_for_system(side_id: UUID) -> UUID | None:
    """The side's room with the mediator; None before the rooms are opened."""
    return Room.objects.filter(side=side_id).values_list("pk", flat=True).first()


def video_is_open_for_system(room_id: UUID) -> bool:
    return access.rooms_with_video([room_id]).exists()
