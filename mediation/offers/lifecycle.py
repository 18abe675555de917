"""The one table of what an offer may become, and the one function that moves it."""

from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import lifecycle as cases
from mediation.cases.models import Case
from mediation.core.errors import WrongState
from mediation.offers.enums import OfferState
from mediation.offers.models import Offer

S = OfferState
ENDS = frozenset({S.COUNTERED, S.ACCEPTED, S.DECLINED, S.WITHDRAWN, S.EXPIRED})
MOVES: dict[OfferState, frozenset[OfferState]] = {
    S.OPEN: ENDS,
    **{end: frozenset() for end in ENDS},
}


def lock(offer: Offer) -> tuple[Case, Offer]:
    """The case's row, then the offer's, locked until the transaction ends: always in this order,
    so that two acts never wait for each other.
    """
    case = cases.lock(offer.case)
    row = Offer.objects.select_for_update(of=("self",)).get(pk=offer.pk)
    row.case = case
    return case, row


def move(offer: Offer, to: OfferState, *, actor: User | None) -> Offer:
    """Move a locked offer. `actor` None is the clock, or what two answers came to: the record
    must not tell whose answer was the no. Raises WrongState for a move that is not in MOVES.
    """
    if to not in MOVES[OfferState(offer.state)]:
        raise WrongState
    offer.state = to
    offer.state_since = timezone.now()
    offer.save(update_fields=["state", "state_since"])
    if actor is None:
        audit.record_system(action=f"offer.{to}", target=offer, case_id=offer.case_id)
    else:
        audit.record(actor=actor, action=f"offer.{to}", target=offer, case_id=offer.case_id)
    return offer
