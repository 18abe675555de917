import uuid

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from mediation.cases.models import Case, Participant, Side
from mediation.centers.enums import CenterRole
from mediation.centers.models import Membership
from mediation.matching.enums import OPEN_STATES, AssignmentState, DisclosureKind


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def open(self) -> "AssignmentQuerySet":
        return self.filter(state__in=OPEN_STATES)

    def proposed(self) -> "AssignmentQuerySet":
        return self.filter(state=AssignmentState.PROPOSED)

    def standing(self) -> "AssignmentQuerySet":
        """Proposed, by somebody who is still a mediator of the case's centre."""
        panel = Membership.objects.current().filter(
            role=CenterRole.MEDIATOR, user=OuterRef("mediator"), center=OuterRef("case__center")
        )
        return self.proposed().filter(Exists(panel))


class Assignment(models.Model):
    """One mediator for one case: offered by the mediator, then agreed or not by both sides.

    The disclosure is sealed in the case's joint compartment, so both sides and the mediator can
    read it and nobody else.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="assignments")
    mediator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="assignments"
    )
    state = models.CharField(
        max_length=20, choices=AssignmentState, default=AssignmentState.PROPOSED
    )
    disclosure_kind = models.CharField(max_length=20, choices=DisclosureKind)
    disclosure_sealed = models.BinaryField(default=bytes)
    proposed_at = models.DateTimeField()
    answer_by = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(state__in=["proposed", "accepted"]),
                name="one_open_assignment_per_case",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "accepted"], ended_at=None)
                | Q(state__in=["refused", "withdrawn", "ended"], ended_at__isnull=False),
                name="assignment_over_means_ended_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class Answer(models.Model):
    """One side's word on a proposed mediator. A yes to one who disclosed something is that side's
    waiver (特邀调解规定 15): the disclosure was on the page where it was given.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="answers")
    side = models.ForeignKey(Side, models.PROTECT, related_name="+")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    accepts = models.BooleanField()
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "side"], name="one_answer_per_side")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class NameCheck(models.Model):
    """That a mediator has looked at the parties' names, to see whether they know one of them.
    Nobody can declare to have no conflict of interest without it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="name_checks")
    mediator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    first_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "mediator"], name="one_name_check_per_mediator")
        ]

    def __str__(self) -> str:
        return str(self.pk)
