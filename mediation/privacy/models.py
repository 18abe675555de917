import uuid

from django.db import models
from django.utils import timezone

from mediation.cases.models import Case, Participant
from mediation.privacy.enums import ErasureState, Reason, RequestState, Scope


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def unfinished(self) -> "ErasureQuerySet":
        """Those on which work is left, also only the certificate."""
        return self.filter(finished_at=None)

    def given_up(self, case_id: uuid.UUID) -> set[str]:
        """The case's compartments whose destruction has at least begun."""
        found: set[str] = set()
        for names in self.filter(case_id=case_id).values_list("compartments", flat=True):
            found.update(names)
        return found


class Erasure(models.Model):
    """The destruction of some compartments of a case, step by step, so that it can be resumed.

    `case_id` is no foreign key: the last erasure removes the case itself. `case_pseudonym` is
    the audit log's, `counts` are rows and files by compartment and kind, `recipients` are ids of
    those who get the certificate by mail; they are forgotten with the row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case_id = models.UUIDField(db_index=True)
    compartments = models.JSONField()
    reason = models.CharField(max_length=20, choices=Reason)
    state = models.CharField(max_length=20, choices=ErasureState, default=ErasureState.DUE)
    case_pseudonym = models.CharField(max_length=32)
    policy = models.CharField(max_length=40)
    policy_sha256 = models.CharField(max_length=64)
    keys = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    retained = models.JSONField(default=list)
    recipients = models.JSONField(default=list)
    started_at = models.DateTimeField(default=timezone.now)
    keys_destroyed_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failed_attempts = models.PositiveIntegerField(default=0)
    last_failure = models.CharField(max_length=80, blank=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        ordering = ["started_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="due") ^ models.Q(keys_destroyed_at__isnull=False),
                name="keys_destroyed_has_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at=None) | models.Q(state="verified"),
                name="only_the_verified_is_finished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class ErasureRequest(models.Model):
    """A party's wish to have something destroyed before its date. `client_id` is what a program
    sent with it, so that it may send it again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="erasure_requests")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="erasure_requests")
    scope = models.CharField(max_length=20, choices=Scope)
    state = models.CharField(max_length=20, choices=RequestState, default=RequestState.OPEN)
    erasure = models.ForeignKey(Erasure, models.PROTECT, null=True, related_name="requests")
    client_id = models.UUIDField(null=True)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant"],
                condition=models.Q(state="open"),
                name="one_open_erasure_request_per_party",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["done", "withdrawn"])
                ^ models.Q(ended_at__isnull=True),
                name="erasure_request_over_means_ended_at",
            ),
            models.UniqueConstraint(
                fields=["participant", "client_id"], name="a_wish_is_made_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.pk}"


class Certificate(models.Model):
    """A signed statement about one erasure, as one side may know it: what was in the other side's
    private part is not in it. Without `letter` it is the mediator's and says nothing of either.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="certificates")
    letter = models.CharField(max_length=1, blank=True)
    signed = models.JSONField()
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["-issued_at"]
        constraints = [
            models.UniqueConstraint(fields=["erasure", "letter"], name="one_certificate_per_side")
        ]

    def __str__(self) -> str:
        return str(self.pk)
