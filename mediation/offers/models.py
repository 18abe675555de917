import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone

from mediation.cases.enums import CaseState
from mediation.cases.models import Case, Participant, Side
from mediation.offers.enums import OfferState

CASE_IS_OVER = (CaseState.CLOSED, CaseState.ERASED)


class OfferQuerySet(models.QuerySet["Offer"]):
    def open(self) -> "OfferQuerySet":
        """Those nothing has ended yet, also where their time is over and the clock is to come."""
        return self.filter(state=OfferState.OPEN)

    def answerable(self, now: datetime) -> "OfferQuerySet":
        """Those that may still be answered at this moment."""
        return self.open().filter(valid_until__gt=now).exclude(case__state__in=CASE_IS_OVER)


class Offer(models.Model):
    """What one side proposes to the other, or the mediator to both; it never changes once made.

    `side` is the side it comes from and None for a mediator's proposal. `counter_to` is the offer
    it was made in answer to. `client_id` is the form's own id for it, so that sending the form
    twice makes one offer. Amount, date and words are content: they are one sealed document.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="offers")
    number = models.PositiveSmallIntegerField()
    maker = models.ForeignKey(Participant, models.PROTECT, related_name="offers")
    side = models.ForeignKey(Side, models.PROTECT, null=True, related_name="offers")
    counter_to = models.ForeignKey("self", models.CASCADE, null=True, related_name="counters")
    client_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=OfferState, default=OfferState.OPEN)
    state_since = models.DateTimeField()
    terms_sealed = models.BinaryField()
    made_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    objects = OfferQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="one_offer_per_number"),
            models.UniqueConstraint(fields=["client_id", "maker"], name="an_offer_is_made_once"),
            models.UniqueConstraint(
                fields=["case", "side"],
                condition=models.Q(state="open"),
                name="one_open_offer_per_side",
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(state="open", side=None),
                name="one_open_proposal_per_case",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("made_at")),
                name="an_offer_is_valid_for_a_while",
            ),
            models.CheckConstraint(
                condition=models.Q(counter_to=None) | models.Q(side__isnull=False),
                name="only_a_side_counters",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.pk}"

    @property
    def is_proposal(self) -> bool:
        """Whether it is the mediator's, to both sides."""
        return self.side_id is None

    @property
    def is_answerable(self) -> bool:
        """Whether it may still be answered at this moment."""
        is_in_time = self.valid_until > timezone.now()
        return self.state == OfferState.OPEN and is_in_time and self.case.is_open


class Answer(models.Model):
    """One side's yes or no. A yes is recorded and binds nobody: the settlement does."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    offer = models.ForeignKey(Offer, models.CASCADE, related_name="answers")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    accepts = models.BooleanField()
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["given_at"]
        constraints = [
            models.UniqueConstraint(fields=["offer", "participant"], name="one_answer_per_party")
        ]

    def __str__(self) -> str:
        return str(self.pk)
