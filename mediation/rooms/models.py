import uuid

from django.db import models
from django.utils import timezone

from mediation.cases.enums import Compartment, ParticipantRole
from mediation.cases.models import Case, Participant, Side
from mediation.rooms.enums import HeldState, RoomKind

INSIDERS = (ParticipantRole.PARTY, ParticipantRole.MEDIATOR)


def compartment_of(kind: str, letters: str, room_id: uuid.UUID) -> str:
    """The part of the case whose key seals what is said in a room: the joint one, a side's caucus,
    or one of the room's own. Its name says which sides may know of it (`room:AB:…`), so that
    what outlives the room, its certificate, still reaches them and nobody else.
    """
    if kind == RoomKind.JOINT:
        return Compartment.JOINT
    if kind == RoomKind.CAUCUS:
        return f"{Compartment.CAUCUS}:{letters}"
    return f"{Compartment.ROOM}:{letters}:{room_id}"


class Room(models.Model):
    """Where people of one case talk: everybody together, one side alone with the mediator, the
    mediators among themselves, or an explicit list of people by invitation.

    `head` is the sequence number of the newest message. Each room counts for itself: a counter
    shared by the rooms of a case would betray private talks by its gaps. A talk by invitation has
    a purpose and the `letters` of the sides on its list, and opens once everybody on it agreed.
    `is_held` is true exactly while a review is on: a mediator reads what others write before it is
    said.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="rooms")
    kind = models.CharField(max_length=10, choices=RoomKind)
    side = models.ForeignKey(Side, models.PROTECT, null=True, related_name="rooms")
    letters = models.CharField(max_length=10, blank=True, default="")
    purpose_sealed = models.BinaryField(default=bytes)
    head = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField(null=True, default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    is_held = models.BooleanField(default=False)

    class Meta:
        ordering = [
            models.F("opened_at").asc(nulls_last=True),
            "-kind",
            models.F("side__letter").asc(nulls_first=True),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(kind="joint"), name="one_joint_room_per_case"
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(kind="mediators"),
                name="one_room_for_mediators_per_case",
            ),
            models.UniqueConstraint(fields=["side"], name="one_caucus_per_side"),
            models.CheckConstraint(
                condition=models.Q(kind="caucus", side__isnull=False)
                | (~models.Q(kind="caucus") & models.Q(side__isnull=True)),
                name="a_caucus_has_a_side",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="invited") | models.Q(opened_at__isnull=False),
                name="only_talks_by_invitation_wait",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_caucus(self) -> bool:
        return self.kind == RoomKind.CAUCUS

    @property
    def compartment(self) -> str:
        """The part of the case whose key seals what is said here."""
        letters = self.side.letter if self.side is not None else self.letters
        return compartment_of(self.kind, letters, self.pk)

    @property
    def is_invited(self) -> bool:
        return self.kind == RoomKind.INVITED

    @property
    def is_private(self) -> bool:
        """Whether not everybody in the case may see it."""
        return self.kind != RoomKind.JOINT


class MemberQuerySet(models.QuerySet["Member"]):
    def listed(self) -> "MemberQuerySet":
        """Those who are asked or in, and have not said no or left."""
        return self.filter(left_at=None)

    def third_persons(self) -> "MemberQuerySet":
        """Neither party nor mediator: they come in with every side's approval (人民调解法 20)."""
        return self.exclude(participant__role__in=INSIDERS)


class Member(models.Model):
    """Somebody on the list of a talk by invitation. `is_seated` is true exactly while they may see
    the room: it is open, they agreed and have not left, and if they are a third person every side
    approves of them being there. It is set in one place (`inviting._seat`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, models.CASCADE, related_name="members")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="memberships")
    agreed_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    is_seated = models.BooleanField(default=False)

    objects = MemberQuerySet.as_manager()

    class Meta:
        ordering = [
            models.F("participant__side__letter").asc(nulls_first=True),
            "participant__role",
        ]
        constraints = [
            models.UniqueConstraint(fields=["room", "participant"], name="listed_once_in_a_room"),
            models.CheckConstraint(
                condition=models.Q(is_seated=False)
                | models.Q(agreed_at__isnull=False, left_at__isnull=True),
                name="nobody_is_seated_without_a_yes",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_third_person(self) -> bool:
        return self.participant.role not in INSIDERS


class Approval(models.Model):
    """That a party approves of a third person being in a talk. Taking it back deletes the row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, models.CASCADE, related_name="approvals")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "participant"], name="a_presence_is_approved_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Reading(models.Model):
    """How far somebody has read in a room; not when, which would be a trace of their days.

    The mediator may see it. Others in the room see it only where both have switched it on
    (`is_shared`). Of a mediator's own nobody is told.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, models.PROTECT, related_name="readings", db_index=False)
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="readings")
    sequence = models.BigIntegerField(default=0)
    is_shared = models.BooleanField(default=False)

    class Meta:
        ordering = ["room", "participant"]
        constraints = [
            models.UniqueConstraint(fields=["room", "participant"], name="one_reading_per_reader")
        ]

    def __str__(self) -> str:
        return f"{self.participant_id} in {self.room_id}"


class Message(models.Model):
    """One thing somebody wrote. `client_id` is the browser's own id for it, so that sending the
    same message again, after a doubt whether it arrived, changes nothing.

    A correction is a message of its own without a text: it takes the next number, so that nobody
    misses it, and `changes` is the number of the message it is about, which has the text there
    is now; none once it was taken back.

    `released_at` is set on both ends of a release: on a message of a private talk whose author
    showed it to everybody, and on the message in the joint room that says it. Nothing else ties
    the two, and the joint one has a time of its own: the private talk's is nobody's business.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # An index of its own would repeat the one of the first constraint.
    room = models.ForeignKey(Room, models.PROTECT, related_name="messages", db_index=False)
    sequence = models.BigIntegerField()
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="messages")
    client_id = models.UUIDField()
    body_sealed = models.BinaryField()
    sent_at = models.DateTimeField()
    changes = models.BigIntegerField(null=True)
    edited_at = models.DateTimeField(null=True)
    retracted_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["room", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["room", "sequence"], name="sequence_has_no_twins"),
            # The rarest first: a batch of messages is looked up by their client ids.
            models.UniqueConstraint(
                fields=["client_id", "participant", "room"], name="a_message_is_sent_once"
            ),
            models.CheckConstraint(
                condition=models.Q(changes__isnull=True)
                | models.Q(changes__lt=models.F("sequence")),
                name="a_correction_is_of_an_earlier_message",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} in {self.room_id}"


class Review(models.Model):
    """That a mediator reads what people write in a room before the others do. Proposed by the
    mediator, on with the last member's yes, over with anybody's no.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, models.CASCADE, related_name="reviews")
    proposed_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["room"],
                condition=models.Q(ended_at=None),
                name="one_review_at_a_time_in_a_room",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ReviewYes(models.Model):
    """One member's yes to a review; the others in the room see whose it is."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(Review, models.CASCADE, related_name="yeses")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "participant"], name="one_yes_to_a_review")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class HeldMessage(models.Model):
    """A message that waits for the mediator, or was returned with a note; only its author and, as
    long as it waits, the room's mediators read it. It has no number: the others are not to tell
    from a gap that something waits. The row outlives the text, so that the same `client_id` sent
    again does not say it after all.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, models.CASCADE, related_name="held_messages")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="held_messages")
    client_id = models.UUIDField()
    body_sealed = models.BinaryField()
    note_sealed = models.BinaryField(default=bytes)
    state = models.CharField(max_length=10, choices=HeldState, default=HeldState.WAITING)
    held_at = models.DateTimeField()

    class Meta:
        ordering = ["held_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["client_id", "participant", "room"], name="a_message_is_held_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
