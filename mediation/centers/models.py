import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from mediation.centers.enums import CenterKind, CenterRole


class Center(models.Model):
    """An organisation that mediates. A court confirms a settlement only when it is lawfully
    established (民事诉讼法 205), hence the registration number.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=160)
    name_en = models.CharField(_("name in English"), max_length=160, blank=True)
    kind = models.CharField(max_length=20, choices=CenterKind, default=CenterKind.PEOPLE)
    registration_no = models.CharField(_("registration number"), max_length=60)
    seat = models.CharField(_("seat"), max_length=200)
    profile = models.SlugField(_("rule profile"), max_length=40, default="generic")
    is_open = models.BooleanField(_("takes new cases"), default=True)

    class Meta:
        verbose_name = _("centre")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> "MembershipQuerySet":
        return self.filter(ended_at=None)


class Membership(models.Model):
    """A person's part in a centre; a mediator's membership is their place on the panel."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    center = models.ForeignKey(Center, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=CenterRole)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["center", "user", "role"],
                condition=models.Q(ended_at=None),
                name="one_current_membership_per_role",
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"


class PeriodChange(models.Model):
    """That a centre keeps one part of its cases for so many days after one kind of ending, from
    then on and for cases begun afterwards. The newest one counts; none is changed or removed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    center = models.ForeignKey(Center, models.PROTECT, related_name="period_changes")
    outcome_class = models.SlugField(max_length=20)
    compartment = models.SlugField(max_length=20)
    days = models.PositiveSmallIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["changed_at"]

    def __str__(self) -> str:
        return f"{self.outcome_class} {self.compartment} {self.days}"
