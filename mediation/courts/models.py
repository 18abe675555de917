import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from mediation.cases.models import Case, Participant
from mediation.courts.enums import GIVEN, LIVE, CourtLevel, CourtRole, ReleaseState


class Court(models.Model):
    """A court to which parties can release a settlement. `code` is its stable public name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=160)
    name_en = models.CharField(_("name in English"), max_length=160, blank=True)
    code = models.SlugField(_("code"), max_length=40, unique=True)
    level = models.CharField(max_length=20, choices=CourtLevel, default=CourtLevel.BASIC)
    seat = models.CharField(_("seat"), max_length=200)
    is_open = models.BooleanField(_("takes packages"), default=True)

    class Meta:
        verbose_name = _("court")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name_in(get_language() or "en")

    def name_in(self, language: str) -> str:
        """The name for a reader of `language`; courts without an English name keep their own."""
        return self.name_en or self.name if language.startswith("en") else self.name


class CourtMembershipQuerySet(models.QuerySet["CourtMembership"]):
    def current(self) -> "CourtMembershipQuerySet":
        return self.filter(ended_at=None)


class CourtMembership(models.Model):
    """A person's work for a court. An ended one opens nothing any more."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    court = models.ForeignKey(Court, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="court_memberships"
    )
    role = models.CharField(max_length=20, choices=CourtRole, default=CourtRole.CLERK)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = CourtMembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["court", "user", "role"],
                condition=models.Q(ended_at=None),
                name="one_current_court_membership_per_role",
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"


class ApiToken(models.Model):
    """A court system's key to the API. Shown once, kept as a hash, short-lived, revocable."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    court = models.ForeignKey(Court, models.PROTECT, related_name="tokens")
    label = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    token_hash = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix} {self.label}"


class ReleaseQuerySet(models.QuerySet["Release"]):
    def live(self) -> "ReleaseQuerySet":
        return self.filter(state__in=LIVE)

    def given(self) -> "ReleaseQuerySet":
        return self.filter(state__in=GIVEN)


class Release(models.Model):
    """One settlement for one court: proposed by a party, open to the court while the consents of
    both sides are in force (`Consent.subject` is this row's id), and no longer.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="releases")
    settlement = models.ForeignKey(
        "settlements.Settlement", models.PROTECT, related_name="releases"
    )
    court = models.ForeignKey(Court, models.PROTECT, related_name="releases")
    proposed_by = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    state = models.CharField(max_length=20, choices=ReleaseState, default=ReleaseState.PROPOSED)
    proposed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(state__in=LIVE),
                name="one_live_release_per_case",
            ),
            models.CheckConstraint(
                condition=models.Q(state="withdrawn") ^ models.Q(withdrawn_at__isnull=True),
                name="release_withdrawn_means_withdrawn_at",
            ),
            models.CheckConstraint(
                condition=models.Q(released_at__isnull=False) | ~models.Q(state__in=GIVEN),
                name="release_given_means_released_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE


class Delivery(models.Model):
    """One time the court fetched the package, by a person or by a court system's token. Both
    sides see the list.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    release = models.ForeignKey(Release, models.PROTECT, related_name="deliveries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    token = models.ForeignKey(ApiToken, models.PROTECT, null=True, related_name="deliveries")
    at = models.DateTimeField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["at"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=True) ^ models.Q(token__isnull=True),
                name="delivered_to_a_person_or_a_token",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
