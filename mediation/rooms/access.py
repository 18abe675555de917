"""Who may see a room, write in it and call in it. A private room does not exist for the others."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from mediation.accounts.models import Person, User
from mediation.cases.access import mediator_of, participant_of
from mediation.cases.enums import ParticipantRole, Purpose
from mediation.cases.models import Case, Consent, Participant, Side
from mediation.rooms.enums import HeldState, RoomKind
from mediation.rooms.models import HeldMessage, Member, Reading, Review, Room


def rooms_visible_to(user: Person) -> QuerySet[Room]:
    """The joint rooms of one's cases, one's own side's caucus, for a mediator each caucus and the
    mediators' room, and the talks by invitation in which one is seated.

    Reading stays possible after the talk closed, for as long as the content exists.
    """
    if not isinstance(user, User):
        return Room.objects.none()
    own = Participant.objects.active().filter(user=user)
    joint = Q(kind=RoomKind.JOINT, case__in=own.values("case"))
    caucus = Q(kind=RoomKind.CAUCUS, side__in=own.parties().values("side"))
    mediators = Q(
        kind__in=[RoomKind.CAUCUS, RoomKind.MEDIATORS], case__in=own.mediators().values("case")
    )
    seats = Member.objects.filter(is_seated=True, participant__in=own)
    invited = Q(kind=RoomKind.INVITED, pk__in=seats.values("room"))
    found = Room.objects.filter(joint | caucus | mediators | invited)
    return found.select_related("case", "side")


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
    open_now = rooms_visible_to(user).filter(_mediated(), case__talk_open=True)
    return open_now.filter(pk=room.pk).exists()


def _mediated() -> Q:
    """No two sides talk without a mediator: a talk by invitation needs one in it."""
    there = Member.objects.filter(
        room=OuterRef("pk"),
        is_seated=True,
        participant__role=ParticipantRole.MEDIATOR,
        participant__left_at=None,
    )
    return ~Q(kind=RoomKind.INVITED) | Q(Exists(there))


def can_call(user: Person, room: Room) -> bool:
    """Whether this person may call in the room now: they may write, and video was agreed to."""
    return can_post(user, room) and rooms_with_video([room.pk]).exists()


def is_in_room(
    kind: str, *, role: str, side_id: UUID | None, room_side_id: UUID | None, is_seated: bool
) -> bool:
    """Whether somebody of this role and side belongs in a room of their case: everybody in the
    joint room, one side and the mediators in a caucus, those with a seat in a talk by invitation.
    """
    if kind == RoomKind.INVITED:
        return is_seated
    is_mediator = role == ParticipantRole.MEDIATOR
    return (
        kind == RoomKind.JOINT or is_mediator or (side_id is not None and side_id == room_side_id)
    )


def rooms_with_video(rooms: Collection[UUID]) -> QuerySet[Room]:
    """Those of the rooms in which a call may be held now: talk is open, and every side that meets
    in the room has, through a party of its own, a consent to video in force.
    """
    seated = Participant.objects.filter(
        memberships__room=OuterRef(OuterRef("pk")), memberships__is_seated=True
    )
    meeting = (
        Q(rooms=OuterRef("pk"))
        | Q(case__rooms=OuterRef("pk"), case__rooms__kind=RoomKind.JOINT)
        | Q(pk__in=seated.values("side"))
    )
    unwilling = Side.objects.filter(meeting).exclude(Exists(_video_consents()))
    return Room.objects.filter(_mediated(), ~Exists(unwilling), pk__in=rooms, case__talk_open=True)


def _video_consents() -> QuerySet[Consent]:
    return Consent.objects.in_force().filter(
        purpose=Purpose.VIDEO,
        subject="",
        participant__side=OuterRef("pk"),
        participant__role=ParticipantRole.PARTY,
        participant__joined_at__isnull=False,
    )


# --- Talks by invitation ----------------------------------------------------------------------


def can_invite(user: Person, case: Case) -> bool:
    """A mediator of the case, while talk is open: nobody else makes rooms."""
    return mediator_of(user, case) is not None and case.talk_open


def talks_visible_to(user: Person) -> QuerySet[Room]:
    """The talks by invitation one is on the list of, and those with a third person whom one, as a
    party of the case, is asked to approve. For everybody else there is no such talk; nor for who
    was asked once the case has ended, so that they cannot see one that is kept beyond its date.
    """
    if not isinstance(user, User):
        return Room.objects.none()
    own = Participant.objects.active().filter(user=user)
    listed = Member.objects.listed().filter(participant__in=own)
    guests = Member.objects.listed().third_persons().filter(room__case__closed_at=None)
    asked = guests.filter(room__case__in=own.parties().values("case"))
    rooms = Room.objects.filter(Q(pk__in=listed.values("room")) | Q(pk__in=asked.values("room")))
    return rooms.filter(kind=RoomKind.INVITED).select_related("case", "side")


def own_talks(part: Participant) -> list[str]:
    """The compartments of the talks by invitation this person is on the list of."""
    listed = Member.objects.listed().filter(participant=part)
    rooms = Room.objects.filter(pk__in=listed.values("room"), kind=RoomKind.INVITED)
    return [room.compartment for room in rooms]


def membership_of(user: Person, room: Room) -> Member | None:
    """The person's place on the list of a talk, unless they said no or left."""
    part = participant_of(user, room.case)
    return room.members.listed().filter(participant=part).first() if part is not None else None


def guests_visible_to(user: Person) -> QuerySet[Member]:
    """The third persons whose presence one, as a party, is asked about."""
    if not isinstance(user, User):
        return Member.objects.none()
    own = Participant.objects.active().parties().filter(user=user)
    guests = Member.objects.listed().third_persons()
    guests = guests.filter(room__ended_at=None, room__case__closed_at=None)
    return guests.filter(room__case__in=own.values("case")).select_related("room__case")


# --- Reviews ------------------------------------------------------------------------------------

REVIEWED = (RoomKind.JOINT, RoomKind.INVITED)  # where more than one side may read what is written


def members_of(room: Room) -> QuerySet[Participant]:
    """Everybody who is in a joint room or a talk by invitation now."""
    people = Participant.objects.active().filter(case=room.case_id)
    seated = Q(memberships__room=room, memberships__is_seated=True)
    return people.filter(seated) if room.is_invited else people


def mediators_in(room: Room) -> QuerySet[Participant]:
    return members_of(room).filter(role=ParticipantRole.MEDIATOR)


def can_propose_review(user: User, room: Room) -> bool:
    """A mediator who is in the room, where a review means something."""
    return room.kind in REVIEWED and mediators_in(room).filter(user=user).exists()


def reviews_waiting_for(user: User) -> QuerySet[Review]:
    """What a mediator proposed for a room of this person, and they have not agreed to."""
    asked = Review.objects.filter(ended_at=None, room__in=rooms_visible_to(user))
    return asked.exclude(yeses__participant__user=user)


def held_visible_to(user: Person) -> QuerySet[HeldMessage]:
    """What one wrote oneself and was not said; for a mediator also what waits in their rooms."""
    if not isinstance(user, User):
        return HeldMessage.objects.none()
    own = Participant.objects.active().filter(user=user)
    rooms = rooms_visible_to(user).filter(case__in=own.mediators().values("case"))
    mine = Q(participant__in=own, room__in=rooms_visible_to(user).values("pk"))
    to_judge = Q(state=HeldState.WAITING, room__in=rooms.values("pk"))
    rows = HeldMessage.objects.filter(mine | to_judge).exclude(state=HeldState.TAKEN_BACK)
    people = (f"participant__{of}" for of in ("side", "user", "case"))
    return rows.select_related("room__case", "room__side", *people)
