"""Who may see offers and do what with them.

Offers are a joint matter: both sides and the mediator see them all, and nobody else. What a side
answered to a mediator's proposal is that side's own until both have answered. What the server
holds of a sealed figure is given back to the side it comes from, and to nobody else.
"""

from django.db.models import QuerySet
from django.utils import timezone

from mediation.accounts.models import Person, User
from mediation.cases import access as cases
from mediation.cases.models import Case, Participant, Side
from mediation.offers.enums import RoundState
from mediation.offers.models import (
    Answer,
    Offer,
    OfferQuerySet,
    RoundAgreement,
    SealedFigure,
    SealedRound,
    SealedRoundQuerySet,
)

MOST_COMPARED = 3  # each comparison tells one thing about the other side's figure


def offers_visible_to(user: Person) -> OfferQuerySet:
    """All offers of one's cases, for as long as they are kept."""
    if not isinstance(user, User):
        return Offer.objects.none()
    own = Participant.objects.active().filter(user=user)
    return Offer.objects.filter(case__in=own.values("case")).select_related("case")


def answers_visible_to(user: Person) -> QuerySet[Answer]:
    """One's own side's answers. Nobody reads anybody else's, the mediator included: what both
    answers come to is the offer's state.
    """
    if not isinstance(user, User):
        return Answer.objects.none()
    own = Participant.objects.active().parties().filter(user=user)
    return Answer.objects.filter(participant__side__in=own.values("side"))


def can_offer(user: Person, case: Case) -> bool:
    """A party or the mediator, while talk is open."""
    part = cases.participant_of(user, case)
    return part is not None and Case.objects.filter(pk=case.pk, talk_open=True).exists()


def own_open_offers(user: Person, case: Case) -> OfferQuerySet:
    """What this person's side, or the mediator, has open: it gives way to their next offer."""
    part = cases.participant_of(user, case)
    if part is None:
        return Offer.objects.none()
    return Offer.objects.filter(case=case, side=part.side_id).answerable(timezone.now())


def is_addressee(user: Person, offer: Offer) -> bool:
    """Whether the offer is made to this person's side."""
    part = cases.party_of(user, offer.case)
    return part is not None and part.side_id != offer.side_id


def offers_waiting_for(user: Person, case: Case) -> OfferQuerySet:
    """The offers this person's side may answer now, and has not."""
    part = cases.party_of(user, case)
    if part is None:
        return Offer.objects.none()
    answered = answers_visible_to(user).values("offer")
    rows = Offer.objects.filter(case=case).answerable(timezone.now())
    return rows.exclude(side=part.side_id).exclude(pk__in=answered)


def can_decline(user: Person, offer: Offer) -> bool:
    """Saying no needs nobody's consent."""
    return offers_waiting_for(user, offer.case).filter(pk=offer.pk).exists()


def can_accept(user: Person, offer: Offer) -> bool:
    return can_decline(user, offer) and can_offer(user, offer.case)


def can_counter(user: Person, offer: Offer) -> bool:
    """A mediator's proposal takes a yes or a no: another offer in answer to it would tell the
    other side that it was a no. Whoever has another idea makes an offer of their own.
    """
    return not offer.is_proposal and can_accept(user, offer)


def is_maker(user: Person, offer: Offer) -> bool:
    """The side an offer comes from; for a proposal, whoever is the mediator now."""
    part = cases.participant_of(user, offer.case)
    return part is not None and part.side_id == offer.side_id


def can_withdraw(user: Person, offer: Offer) -> bool:
    """Taking back needs nobody's consent."""
    return is_maker(user, offer) and offer.is_answerable


# --- Sealed rounds ----------------------------------------------------------------------------


def rounds_visible_to(user: Person) -> SealedRoundQuerySet:
    """All sealed rounds of one's cases: the question, the rule and the state of each."""
    if not isinstance(user, User):
        return SealedRound.objects.none()
    own = Participant.objects.active().filter(user=user)
    return SealedRound.objects.filter(case__in=own.values("case")).select_related("case")


def agreements_visible_to(user: Person) -> QuerySet[RoundAgreement]:
    """One's own side's; that both have agreed is the round's state."""
    return RoundAgreement.objects.filter(side__in=_own_sides(user))


def figures_visible_to(user: Person) -> QuerySet[SealedFigure]:
    """One's own side's. Nobody reads anybody else's, the mediator included."""
    return SealedFigure.objects.filter(side__in=_own_sides(user))


def _own_sides(user: Person) -> QuerySet[Side]:
    if not isinstance(user, User):
        return Side.objects.none()
    own = Participant.objects.active().parties().filter(user=user)
    return Side.objects.filter(pk__in=own.values("side"))


def can_propose_round(user: Person, case: Case) -> bool:
    """Whoever can make an offer, while no round is under way and fewer than three were compared."""
    rows = SealedRound.objects.filter(case=case)
    if rows.live(timezone.now()).exists() or rows.compared().count() >= MOST_COMPARED:
        return False
    return can_offer(user, case)


def can_decline_round(user: Person, row: SealedRound) -> bool:
    """A side that was asked and has not agreed. Saying no needs nobody's consent."""
    if row.state != RoundState.PROPOSED or not row.is_live:
        return False
    part = cases.party_of(user, row.case)
    return part is not None and not row.agreements.filter(side=part.side_id).exists()


def can_agree_to_round(user: Person, row: SealedRound) -> bool:
    return can_decline_round(user, row) and can_offer(user, row.case)


def can_commit(user: Person, row: SealedRound) -> bool:
    """A side, for the first time or anew, until the other side's figure is in too."""
    is_open = row.state == RoundState.AGREED and row.is_live
    return is_open and cases.is_party(user, row.case) and can_offer(user, row.case)


def can_call_off(user: Person, row: SealedRound) -> bool:
    """A side that has agreed, at any moment until the comparison; the mediator what the mediator
    proposed, until both sides have agreed. It needs nobody's consent.
    """
    part = cases.participant_of(user, row.case)
    if part is None or not row.is_live:
        return False
    if part.side_id is None:
        return row.side_id is None and row.state == RoundState.PROPOSED
    return row.agreements.filter(side=part.side_id).exists()


def rounds_waiting_for(user: Person, case: Case) -> SealedRoundQuerySet:
    """The round in which this person's side is to do the next thing, as far as it may know: say
    yes or no, seal a figure, or let its browser open the figures.
    """
    part = cases.party_of(user, case)
    if part is None:
        return SealedRound.objects.none()
    live = SealedRound.objects.filter(case=case).live(timezone.now())
    agreed = agreements_visible_to(user).values("round")
    mine = figures_visible_to(user)
    asked = live.filter(state=RoundState.PROPOSED).exclude(pk__in=agreed)
    to_seal = live.filter(state=RoundState.AGREED).exclude(pk__in=mine.values("round"))
    done = mine.exclude(opening_sealed=b"").values("round")
    return asked | to_seal | live.filter(state=RoundState.BOTH_IN).exclude(pk__in=done)
