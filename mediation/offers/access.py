"""Who may see offers and do what with them.

Offers are a joint matter: both sides and the mediator see them all, and nobody else. What a side
answered to a mediator's proposal is that side's own until both have answered.
"""

from django.db.models import QuerySet
from django.utils import timezone

from mediation.accounts.models import Person, User
from mediation.cases import access as cases
from mediation.cases.models import Case, Participant
from mediation.offers.models import Answer, Offer, OfferQuerySet


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
