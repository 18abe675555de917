"""What an offer and a sealed round may become, and the functions that move them."""

from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import lifecycle as cases
from mediation.cases.models import Case
from mediation.core.errors import WrongState
from mediation.offers.enums import OfferState, RoundState
from mediation.offers.models import COMPARED, Offer, SealedRound

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


R = RoundState
WAYS_OUT = frozenset({R.CALLED_OFF, R.EXPIRED})
ROUND_ENDS = frozenset({*COMPARED, *WAYS_OUT, R.VOID, R.DECLINED})
ROUND_MOVES: dict[RoundState, frozenset[RoundState]] = {
    R.PROPOSED: frozenset({R.AGREED, R.DECLINED, *WAYS_OUT}),
    R.AGREED: frozenset({R.BOTH_IN, *WAYS_OUT}),
    R.BOTH_IN: frozenset({R.OVERLAP, R.NO_OVERLAP, R.VOID, *WAYS_OUT}),
    **{end: frozenset() for end in ROUND_ENDS},
}


def lock_round(row: SealedRound) -> tuple[Case, SealedRound]:
    """The case's row, then the round's, as `lock` does for an offer."""
    case = cases.lock(row.case)
    locked = SealedRound.objects.select_for_update(of=("self",)).get(pk=row.pk)
    locked.case = case
    return case, locked


def move_round(row: SealedRound, to: RoundState, *, actor: User | None) -> SealedRound:
    """Move a locked round; whatever ends it destroys its figures in the same transaction. `actor`
    None is the clock, or what both sides together came to. The record says that figures were
    compared and not with what result. Raises WrongState for a move that is not in ROUND_MOVES.
    """
    if to not in ROUND_MOVES[RoundState(row.state)]:
        raise WrongState
    row.state = to
    row.state_since = timezone.now()
    row.save(update_fields=["state", "state_since", "midpoint_sealed"])
    if to in ROUND_ENDS:
        row.figures.all().delete()
    action = "sealed_round.compared" if to in COMPARED else f"sealed_round.{to}"
    if actor is None:
        audit.record_system(action=action, target=row, case_id=row.case_id)
    else:
        audit.record(actor=actor, action=action, target=row, case_id=row.case_id)
    return row
