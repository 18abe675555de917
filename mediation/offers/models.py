import uuid
from datetime import datetime

from django.db import models
from django.utils import timezone

from mediation.cases.enums import CaseState
from mediation.cases.models import Case, Participant, Side
from mediation.offers.enums import OfferState, RoundRule, RoundState

CASE_IS_OVER = (CaseState.CLOSED, CaseState.ERASED)
UNDER_WAY = (RoundState.PROPOSED, RoundState.AGREED, RoundState.BOTH_IN)
COMPARED = (RoundState.OVERLAP, RoundState.NO_OVERLAP)


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


class SealedRoundQuerySet(models.QuerySet["SealedRound"]):
    def under_way(self) -> "SealedRoundQuerySet":
        """Those nothing has ended yet, also where their time is over and the clock is to come."""
        return self.filter(state__in=UNDER_WAY)

    def compared(self) -> "SealedRoundQuerySet":
        """Those that told something about the figures."""
        return self.filter(state__in=COMPARED)

    def live(self, now: datetime) -> "SealedRoundQuerySet":
        """Those in which something may still be done at this moment."""
        return self.under_way().filter(valid_until__gt=now).exclude(case__state__in=CASE_IS_OVER)


class SealedRound(models.Model):
    """One question on which each side seals one figure, and only the service compares them.

    `side` is the side that proposed it and None for the mediator. Who pays, the currency and the
    question are one sealed document. `midpoint_sealed` holds whole minor units of the currency,
    and only where the figures overlapped under a rule both sides had agreed to beforehand.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="sealed_rounds")
    number = models.PositiveSmallIntegerField()
    proposer = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    side = models.ForeignKey(Side, models.PROTECT, null=True, related_name="+")
    client_id = models.UUIDField()
    rule = models.CharField(max_length=10, choices=RoundRule)
    terms_sealed = models.BinaryField()
    midpoint_sealed = models.BinaryField(default=b"")
    state = models.CharField(max_length=10, choices=RoundState, default=RoundState.PROPOSED)
    state_since = models.DateTimeField()
    proposed_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    objects = SealedRoundQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="one_sealed_round_per_number"),
            models.UniqueConstraint(
                fields=["client_id", "proposer"], name="a_sealed_round_is_proposed_once"
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(state__in=UNDER_WAY),
                name="one_sealed_round_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(midpoint_sealed=b"")
                | models.Q(state=RoundState.OVERLAP, rule=RoundRule.MIDPOINT),
                name="a_midpoint_only_by_the_rule",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("proposed_at")),
                name="a_sealed_round_lasts_a_while",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.pk}"

    @property
    def is_live(self) -> bool:
        """Whether something may still be done in it at this moment."""
        is_in_time = self.valid_until > timezone.now()
        return self.state in UNDER_WAY and is_in_time and self.case.is_open


class RoundAgreement(models.Model):
    """One side's yes to a round and its rule, given before anybody seals a figure."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(SealedRound, models.CASCADE, related_name="agreements")
    side = models.ForeignKey(Side, models.PROTECT, related_name="+")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "side"], name="one_agreement_per_side")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SealedFigure(models.Model):
    """What the server holds of one side's figure, while the round lasts: nothing it could read.

    `commitment` is the SHA-256 of the text that holds the figure and a random salt. `kept_sealed`
    is that text under a key which never leaves the browser it was typed in; `opening_sealed` is
    the same text under a key which only the two browsers can work out, and empty until it is put
    there. The row is deleted the moment the round ends, however it ends.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    round = models.ForeignKey(SealedRound, models.CASCADE, related_name="figures")
    side = models.ForeignKey(Side, models.PROTECT, related_name="+")
    participant = models.ForeignKey(Participant, models.PROTECT, related_name="+")
    commitment = models.CharField(max_length=64)
    public_key = models.CharField(max_length=88)
    kept_sealed = models.BinaryField()
    opening_sealed = models.BinaryField(default=b"")
    committed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "side"], name="one_figure_per_side")
        ]

    def __str__(self) -> str:
        return str(self.pk)
