import uuid

from django.db import models

from mediation.cases.models import Participant
from mediation.performance.enums import Says
from mediation.settlements.models import Settlement


class Statement(models.Model):
    """What one side said about one line of a signed settlement. A row is only ever added.

    `line` is the obligation's own short id in the terms ("o1"), for a payment in parts with the
    part's number ("o1-2"). `number` counts the statements about a line; whoever says something
    says after which number. Note, amount and day are content: they are one sealed document.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="statements")
    line = models.CharField(max_length=60)
    number = models.PositiveSmallIntegerField()
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    says = models.CharField(max_length=20, choices=Says)
    details_sealed = models.BinaryField(default=bytes)
    client_id = models.UUIDField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["line", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "line", "number"], name="one_statement_per_number"
            ),
            models.UniqueConstraint(
                fields=["client_id", "participant"], name="a_statement_is_made_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.number} {self.pk}"


class Reminder(models.Model):
    """That one party asked to be reminded of the days of a settlement. Nobody else knows; switched
    off, the row is gone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    settlement = models.ForeignKey(Settlement, models.CASCADE, related_name="reminders")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    on_since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "participant"], name="one_reminder_per_party"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
