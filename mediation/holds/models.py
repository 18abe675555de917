import uuid

from django.conf import settings
from django.db import models

from mediation.cases.models import Case, Participant
from mediation.holds.enums import KEEPING, HoldGround, HoldState, RestrictionReason


class HoldQuerySet(models.QuerySet["Hold"]):
    def keeping(self) -> "HoldQuerySet":
        """Those that keep something from being destroyed."""
        return self.filter(state__in=KEEPING)


class Hold(models.Model):
    """A documented duty to keep one compartment of a case longer than its date.

    It ends by itself on its review date: what nobody has looked at again is not kept for ever. To
    keep longer, another hold is placed before that. `reference` (the number of the order, who
    gave it) is sealed with the case's shell.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="holds")
    compartment = models.CharField(max_length=80)
    ground = models.CharField(max_length=20, choices=HoldGround)
    reference_sealed = models.BinaryField()
    state = models.CharField(max_length=20, choices=HoldState, default=HoldState.PROPOSED)
    review_on = models.DateField()
    client_id = models.UUIDField(null=True)  # what a program sent, so that it may send it again
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    release_proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    proposed_at = models.DateTimeField()
    placed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None)
                | ~models.Q(confirmed_by=models.F("proposed_by")),
                name="a_hold_takes_two_people",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[*KEEPING, HoldState.RELEASED])
                | models.Q(placed_at__isnull=False, confirmed_by__isnull=False),
                name="a_hold_in_force_was_confirmed",
            ),
            models.UniqueConstraint(
                fields=["case", "proposed_by", "client_id"], name="a_hold_is_proposed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"


class Restriction(models.Model):
    """A compartment that is kept and not used, because a person asked for that (GDPR 18)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="restrictions")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="restrictions")
    compartment = models.CharField(max_length=40)
    reason = models.CharField(max_length=20, choices=RestrictionReason)
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "compartment"],
                condition=models.Q(ended_at=None),
                name="one_restriction_in_force",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
