"""Who may see a room, write in it and call in it. A caucus does not exist for the other side."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from mediation.accounts.models import Person, User
from mediation.cases.enums import ParticipantRole, Purpose
from mediation.cases.models import Consent, Participant, Side
from mediation.rooms.enums import RoomKind
from mediation.rooms.models import Reading, Room


def rooms_visible_to(user: Person) -> QuerySet[Room]:
    """The joint rooms of one's cases, one's own side's caucus and, for a mediator, each caucus.

    Reading stays possible after the talk closed, for as long as the content exists.
    """
    if not isinstance(user, User):
        return Room.objects.none()
    own = Participant.objects.active().filter(user=user)
    joint = Q(kind=RoomKind.JOINT, case__in=own.values("case"))
    caucus = Q(kind=RoomKind.CAUCUS, side__in=own.parties().values("side"))
    each_caucus = Q(kind=RoomKind.CAUCUS, case__in=own.mediators().values("case"))
    return Room.objects.filter(joint | caucus | each_caucus).select_related("case", "side")


def readings_visible_to(user: Person) -> QuerySet[Reading]:
    """How far others have read, in the rooms of one's own: for the case's mediator that of
    everybody but mediators, for others only where both they and the reader have switched it on.
    """
    if not isinstance(user, User):
        return Reading.objects.none()
    own = Participant.objects.active().filter(user=user)
    mediates = Q(room__case__in=own.mediators().values("case"))
    mine = Reading.objects.filter(room=OuterRef("room"), participant__in=own, is_shared=True)
    rows = Reading.objects.filter(room__in=rooms_visible_to(user))
    rows = rows.filter(participant__joined_at__isnull=False, participant__left_at=None)
    rows = rows.exclude(participant__role=ParticipantRole.MEDIATOR)
    rows = rows.exclude(participant__user=user)
    return rows.filter(mediates | Q(Exists(mine), is_shared=True))


def can_post(user: Person, room: Room) -> bool:
    """Whether this person may write in the room now: as a member, while talk is open."""
    return rooms_visible_to(user).filter(pk=room.pk, case__talk_open=True).exists()


def can_call(user: Person, room: Room) -> bool:
    """Whether this person may call in the room now: they may write, and video was agreed to."""
    return can_post(user, room) and rooms_with_video([room.pk]).exists()


def is_in_room(role: str, side_id: UUID | None, room_side_id: UUID | None) -> bool:
    """Whether somebody of this role and side belongs in a room of their case: everybody in the
    joint room (which has no side), one side and the mediator in a caucus.
    """
    return room_side_id is None or role == ParticipantRole.MEDIATOR or side_id == room_side_id


def rooms_with_video(rooms: Collection[UUID]) -> QuerySet[Room]:
    """Those of the rooms in which a call may be held now: talk is open, and every side that meets
    in the room has, through a party of its own, a consent to video in force.
    """
    meeting = Q(rooms=OuterRef("pk")) | Q(
        case__rooms=OuterRef("pk"), case__rooms__kind=RoomKind.JOINT
    )
    unwilling = Side.objects.filter(meeting).exclude(Exists(_video_consents()))
    return Room.objects.filter(~Exists(unwilling), pk__in=rooms, case__talk_open=True)


def _video_consents() -> QuerySet[Consent]:
    return Consent.objects.in_force().filter(
        purpose=Purpose.VIDEO,
        subject="",
        participant__side=OuterRef("pk"),
        participant__role=ParticipantRole.PARTY,
        participant__joined_at__isnull=False,
    )
