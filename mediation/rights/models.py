import uuid

from django.conf import settings
from django.db import models

from mediation.centers.models import Center
from mediation.rights.enums import (
    OPEN,
    Asker,
    BreachHarm,
    Decision,
    RefusalGround,
    RequestState,
    Right,
)


class RightsRequest(models.Model):
    """A person's request to a centre about their data, and the answer.

    Its words have a key of their own, which is destroyed three years after the end. `user` is
    emptied when the account is deleted: that a request was answered in time stays provable. It
    points to no case, so that it keeps no case alive and none tells who asked. `profile` are the
    rules of the centre at that moment, `rule` is the clock they set.

    `asked_through` is empty for what was asked on the pages. What came by letter, by telephone or
    in person has no `user`: who asks, how to reach them and what shows that they may is sealed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    center = models.ForeignKey(Center, models.PROTECT, related_name="rights_requests")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="rights_requests"
    )
    right = models.CharField(max_length=20, choices=Right)
    asked_through = models.CharField(max_length=20, choices=Asker, blank=True)
    asker_sealed = models.BinaryField(default=bytes)
    words_sealed = models.BinaryField()
    state = models.CharField(max_length=20, choices=RequestState, default=RequestState.RECEIVED)
    profile = models.SlugField(max_length=40)
    rule = models.CharField(max_length=40)
    client_id = models.UUIDField(null=True)  # what a program sent, so that it may send it again
    received_at = models.DateTimeField()
    due_on = models.DateField()
    extended_at = models.DateTimeField(null=True)
    extension_sealed = models.BinaryField(default=bytes)
    decision = models.CharField(max_length=20, choices=Decision, blank=True)
    ground = models.CharField(max_length=20, choices=RefusalGround, blank=True)
    answer_sealed = models.BinaryField(default=bytes)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["due_on", "received_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=OPEN) ^ models.Q(ended_at__isnull=False),
                name="rights_request_over_means_ended_at",
            ),
            models.CheckConstraint(
                condition=models.Q(decision__in=["", Decision.GRANTED]) ^ ~models.Q(ground=""),
                name="a_refusal_has_a_ground",
            ),
            models.CheckConstraint(
                condition=models.Q(state=RequestState.ANSWERED) ^ models.Q(decision=""),
                name="an_answer_has_a_decision",
            ),
            models.UniqueConstraint(
                fields=["center", "user", "right"],
                condition=models.Q(state__in=OPEN),
                name="one_open_request_per_right",
            ),
            models.UniqueConstraint(
                fields=["center", "user", "client_id"], name="a_request_is_made_once"
            ),
            models.UniqueConstraint(
                fields=["center", "client_id"],
                condition=~models.Q(asked_through=""),
                name="a_request_is_recorded_once",
            ),
            models.CheckConstraint(
                condition=models.Q(asked_through="") | models.Q(user=None),
                name="whoever_asks_on_paper_has_no_account",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.right} {self.pk}"


class Breach(models.Model):
    """A breach of personal data at a centre, as its privacy officers wrote it down.

    It names no person and points to no case: whom it concerns are a number and, sealed, the numbers
    of cases. Its words have a key of their own, destroyed three years after it was closed.
    `profile` are the rules of the centre when it was written down; `edition` counts what was saved,
    so that nobody writes over what they have not read.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    center = models.ForeignKey(Center, models.PROTECT, related_name="breaches")
    client_id = models.UUIDField(null=True)
    profile = models.SlugField(max_length=40)
    known_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    harm = models.CharField(max_length=20, choices=BreachHarm)
    people_count = models.PositiveIntegerField(null=True)
    authority_told_at = models.DateTimeField(null=True)
    people_told_on = models.DateField(null=True)
    words_sealed = models.BinaryField()
    edition = models.PositiveIntegerField(default=1)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-known_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["center", "client_id"], name="a_breach_is_recorded_once"
            ),
        ]

    def __str__(self) -> str:
        return f"breach {self.pk}"
