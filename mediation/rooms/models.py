import uuid

from django.db import models

from mediation.cases.enums import Compartment
from mediation.cases.models import Case, Participant, Side
from mediation.rooms.enums import RoomKind


def compartment_of(letter: str | None) -> str:
    """The part of the case whose key seals what is said: the joint one, or a side's caucus."""
    return Compartment.JOINT if letter is None else f"{Compartment.CAUCUS}:{letter}"


class Room(models.Model):
    """Where people of one case talk: everybody together, or one side alone with the mediator.

    `head` is the sequence number of the newest message. Each room counts for itself: a counter
    shared by the rooms of a case would betray private talks by its gaps.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="rooms")
    kind = models.CharField(max_length=10, choices=RoomKind)
    side = models.ForeignKey(Side, models.PROTECT, null=True, related_name="rooms")
    head = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-kind", "side__letter"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(kind="joint"), name="one_joint_room_per_case"
            ),
            models.UniqueConstraint(fields=["side"], name="one_caucus_per_side"),
            models.CheckConstraint(
                condition=models.Q(kind="joint", side__isnull=True)
                | models.Q(kind="caucus", side__isnull=False),
                name="a_caucus_has_a_side",
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
        return compartment_of(self.side.letter if self.side is not None else None)


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
