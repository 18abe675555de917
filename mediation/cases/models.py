import secrets
import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.cases.enums import (
    CaseOutcome,
    CaseState,
    Category,
    InvitationState,
    ParticipantRole,
    Purpose,
    SideRole,
)
from mediation.centers.models import Center

NUMBER_ALPHABET = "BCDFGHJKMNPQRSTVWXYZ23456789"  # nothing that reads like something else


def new_number() -> str:
    """A reference people can read out; random, so that it tells nothing about other cases."""
    return "HY-" + "".join(secrets.choice(NUMBER_ALPHABET) for _ in range(8))


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> "CaseQuerySet":
        return self.exclude(state__in=[CaseState.CLOSED, CaseState.ERASED])

    def overdue(self, now: object) -> "CaseQuerySet":
        return self.open().filter(deadline_at__lte=now)


class Case(models.Model):
    """One dispute between two sides at one centre.

    Nothing confidential is in this row. `talk_open` is true exactly while both sides have the
    consents that talking needs and a mediator is agreed; every message insert checks it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=20, unique=True, default=new_number)
    center = models.ForeignKey(Center, models.PROTECT, related_name="cases")
    profile = models.SlugField(max_length=40)
    # As the centre's were when the case was begun: a date once shown never moves away.
    periods = models.JSONField(_("days after the end, by ending and part"), default=dict)
    state = models.CharField(max_length=20, choices=CaseState, default=CaseState.DRAFT)
    outcome = models.CharField(max_length=20, choices=CaseOutcome, blank=True, default="")
    category = models.CharField(max_length=20, choices=Category, blank=True)
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="en")
    talk_open = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    state_since = models.DateTimeField(default=timezone.now)
    deadline_at = models.DateTimeField(_("this step ends by itself"))
    ends_by = models.DateTimeField(_("the case has ended by then, whatever happens"))
    warned_at = models.DateTimeField(null=True)
    mediation_started_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    # By compartment the last day (ISO) of the holds on it. They are placed above, and noted here so
    # that what is written at the start can ask whether it must stay as it is.
    kept_until = models.JSONField(_("parts under a hold, and until when"), default=dict)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["closed", "erased"])
                ^ models.Q(closed_at__isnull=True),
                name="closed_means_closed_at",
            ),
            models.CheckConstraint(
                condition=models.Q(talk_open=False) | models.Q(state="mediating"),
                name="talk_only_in_mediation",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state not in {CaseState.CLOSED, CaseState.ERASED}

    @property
    def policy(self) -> dict[str, object]:
        """What the case is kept by, as it is published; a certificate names its hash."""
        return {
            "schema": "heyi-retention-policy-1",
            "profile": self.profile,
            "days_after_the_end": self.periods,
        }


class Side(models.Model):
    """One of the sides between whom the dispute is; its letter names its caucus compartment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="sides")
    letter = models.CharField(max_length=1)
    role = models.CharField(max_length=20, choices=SideRole)

    class Meta:
        ordering = ["letter"]
        constraints = [
            models.UniqueConstraint(fields=["case", "letter"], name="one_side_per_letter")
        ]

    def __str__(self) -> str:
        return self.letter

    @property
    def caucus(self) -> str:
        """The compartment of this side's private talks with the mediator."""
        return f"caucus:{self.letter}"


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def active(self) -> "ParticipantQuerySet":
        return self.filter(joined_at__isnull=False, left_at=None)

    def parties(self) -> "ParticipantQuerySet":
        return self.filter(role=ParticipantRole.PARTY)

    def mediators(self) -> "ParticipantQuerySet":
        return self.filter(role=ParticipantRole.MEDIATOR)


class Participant(models.Model):
    """A person admitted to a case in a role. An invited party has no user until they join."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="participants")
    side = models.ForeignKey(Side, models.PROTECT, null=True, related_name="participants")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="participations"
    )
    role = models.CharField(max_length=20, choices=ParticipantRole)
    name_sealed = models.BinaryField(default=bytes)
    email_sealed = models.BinaryField(default=bytes)
    address_sealed = models.BinaryField(default=bytes)
    joined_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        # Whoever is on no side first; left to themselves, databases differ in that.
        ordering = [models.F("side__letter").asc(nulls_first=True), "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "user"],
                condition=models.Q(left_at=None),
                name="one_part_per_person_and_case",
            ),
            models.CheckConstraint(
                condition=models.Q(role="party", side__isnull=False)
                | models.Q(role="mediator", side__isnull=True),
                name="parties_have_a_side_mediators_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"


class Statement(models.Model):
    """What one side says at the start. `summary` and `amount` are for everybody in the case,
    `background` and `wishes` for the side and the mediator only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    side = models.OneToOneField(Side, models.PROTECT, related_name="statement")
    summary_sealed = models.BinaryField(default=bytes)
    amount_sealed = models.BinaryField(default=bytes)
    background_sealed = models.BinaryField(default=bytes)
    wishes_sealed = models.BinaryField(default=bytes)
    needs_sealed = models.BinaryField(default=bytes)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.pk)


class Invitation(models.Model):
    """The letter to a respondent. Its link's secret is derived from the case's identity key and
    stored only as a hash: it can be made again for the one reminder and dies with the key.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="invitations")
    participant = models.OneToOneField(Participant, models.PROTECT, related_name="invitation")
    state = models.CharField(max_length=20, choices=InvitationState, default=InvitationState.OPEN)
    token_hash = models.CharField(max_length=64, unique=True)
    code_hash = models.CharField(max_length=64, unique=True)
    # Whether it asks to talk about changing an agreement that both signed before.
    is_amendment = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    reminded_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="open") ^ models.Q(answered_at__isnull=False),
                name="answered_means_not_open",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Refusal(models.Model):
    """That one address said no, or nothing, to one person.

    It keeps the same person from inviting it again, and goes after a period. It is a keyed hash of
    the pair, so it can be asked but not listed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pair_hash = models.CharField(max_length=64, unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.pk)


class ConsentQuerySet(models.QuerySet["Consent"]):
    def in_force(self) -> "ConsentQuerySet":
        return self.filter(withdrawn_at=None, participant__left_at=None)


class Consent(models.Model):
    """One person's yes to one purpose in one version of a text (PIPL 14-15, GDPR 7).

    Giving again after a withdrawal is a new row, so the history stays. `subject` narrows a
    purpose to one thing (the release to one court).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="consents")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="consents")
    purpose = models.CharField(max_length=30, choices=Purpose)
    subject = models.CharField(max_length=40, blank=True)
    text_version = models.PositiveSmallIntegerField()
    text_sha256 = models.CharField(max_length=64)
    language = models.CharField(max_length=10)
    channel = models.CharField(max_length=10, default="web")
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "purpose", "subject"],
                condition=models.Q(withdrawn_at=None),
                name="one_consent_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class Receipt(models.Model):
    """One link of a person's chain of consents: that one was given, or taken back.

    `signed` is the receipt as it was issued, `sha256` that of its statement, which the next link
    of the same person carries. No row is ever changed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    consent = models.ForeignKey(Consent, models.PROTECT, related_name="receipts")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="receipts")
    number = models.PositiveSmallIntegerField()
    signed = models.JSONField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["participant", "number"]
        constraints = [
            models.UniqueConstraint(fields=["participant", "number"], name="one_link_per_number")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.pk}"
