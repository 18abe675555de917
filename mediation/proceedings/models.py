import uuid

from django.conf import settings
from django.db import models

from mediation.cases.models import Case, Participant
from mediation.proceedings.enums import IdentityMethod, Stage


class Opening(models.Model):
    """The mediator's opening statement and ground rules; each change is a new row.

    `standard` is the version of the text we ship, which everybody reads in their own language;
    where the mediator adapted it, it is None and the sealed words are in `language`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="openings")
    number = models.PositiveSmallIntegerField()
    mediator = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    standard = models.PositiveSmallIntegerField(null=True)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES)
    statement_sealed = models.BinaryField(default=bytes)
    rules_sealed = models.BinaryField(default=bytes)
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="one_opening_per_number"),
            models.CheckConstraint(
                condition=models.Q(standard=None) ^ models.Q(statement_sealed=b""),
                name="an_opening_is_standard_or_has_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.pk}"


class Confirmation(models.Model):
    """That somebody has read one opening. It is no consent, and nothing waits for it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    opening = models.ForeignKey(Opening, models.CASCADE, related_name="confirmations")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["opening", "participant"], name="an_opening_is_confirmed_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class StageMove(models.Model):
    """That the mediator went on, or back, to a stage. Before the first it is the opening."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="stage_moves")
    number = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=10, choices=Stage)
    mediator = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    moved_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="one_stage_move_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.pk}"


class AgendaPoint(models.Model):
    """Something that is to be talked about. `client_id` is the form's own id for it, so that
    sending the form twice adds one point.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="agenda")
    position = models.PositiveSmallIntegerField()
    maker = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    client_id = models.UUIDField()
    title_sealed = models.BinaryField()
    added_at = models.DateTimeField()
    dealt_with_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "added_at"]
        constraints = [
            models.UniqueConstraint(fields=["client_id", "maker"], name="a_point_is_added_once")
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.pk}"


class Fact(models.Model):
    """A statement that is to be agreed on, in its present wording (在线调解规则 18, 22).

    `agreed_at` is set while every side has said yes to exactly this `edition`. A new wording is a
    new edition without the others' answers; `author` is whose wording it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="facts")
    number = models.PositiveSmallIntegerField()
    maker = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    author = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    client_id = models.UUIDField()
    edition = models.PositiveSmallIntegerField(default=1)
    text_sealed = models.BinaryField()
    written_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="one_fact_per_number"),
            models.UniqueConstraint(fields=["client_id", "maker"], name="a_fact_is_proposed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.pk}"


class FactAnswer(models.Model):
    """What a side says to a fact's present wording, for itself alone to read."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    fact = models.ForeignKey(Fact, models.CASCADE, related_name="answers")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    agrees = models.BooleanField()
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["given_at"]
        constraints = [
            models.UniqueConstraint(fields=["fact", "participant"], name="one_answer_per_fact")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Sitting(models.Model):
    """A time at which everybody was together, live, as the mediator noted it. Talks of one side
    alone with the mediator are never noted, and nothing is taken from anybody's connection.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="sittings")
    mediator = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(ended_at=None),
                name="one_sitting_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None) | models.Q(ended_at__gte=models.F("started_at")),
                name="a_sitting_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Attendance(models.Model):
    """From when until when somebody was there at a sitting. Times, and nothing else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sitting = models.ForeignKey(Sitting, models.CASCADE, related_name="attendances")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    came_at = models.DateTimeField()
    went_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["came_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["sitting", "participant"],
                condition=models.Q(went_at=None),
                name="nobody_is_there_twice",
            ),
            models.CheckConstraint(
                condition=models.Q(went_at=None) | models.Q(went_at__gte=models.F("came_at")),
                name="nobody_goes_before_they_came",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class IdentityCheck(models.Model):
    """That the mediator made sure who somebody is, and how. A later one corrects an earlier one;
    what was looked at is not kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="identity_checks")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="identity_checks")
    mediator = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    method = models.CharField(max_length=10, choices=IdentityMethod)
    checked_at = models.DateTimeField()

    class Meta:
        ordering = ["checked_at"]

    def __str__(self) -> str:
        return str(self.pk)


class Note(models.Model):
    """Something a mediator notes for themselves; nobody else ever reads it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="notes")
    author = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    client_id = models.UUIDField()
    text_sealed = models.BinaryField()
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["written_at"]
        constraints = [
            models.UniqueConstraint(fields=["client_id", "author"], name="a_note_is_written_once")
        ]

    def __str__(self) -> str:
        return str(self.pk)
