"""What the clock does to settlements."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from mediation.cases.enums import CaseState
from mediation.settlements.enums import UNSIGNED, SettlementState
from mediation.settlements.lifecycle import lock, move
from mediation.settlements.models import Settlement
from mediation.settlements.services.news import tell_of_the_end
from mediation.settlements.services.revisions import drop_document

CASE_IS_OVER = Q(case__state__in=[CaseState.CLOSED, CaseState.ERASED])


def lapse_signatures() -> int:
    """End every unsigned settlement whose time is over or whose case has ended, and destroy the
    signatures given on it; returns how many. Safe to run at any time, in any number of processes.
    """
    late = Q(state=SettlementState.SIGNING, signing_until__lte=timezone.now())
    due = Settlement.objects.filter(state__in=UNSIGNED).filter(late | CASE_IS_OVER)
    return sum(_lapse(settlement) for settlement in due.select_related("case"))


@transaction.atomic
def _lapse(settlement: Settlement) -> bool:
    case, settlement = lock(settlement)
    if settlement.state not in UNSIGNED or (case.is_open and not _is_late(settlement)):
        return False
    drop_document(settlement)
    move(settlement, SettlementState.LAPSED, actor=None)
    if case.is_open:
        tell_of_the_end(settlement)
    return True


def _is_late(settlement: Settlement) -> bool:
    until = settlement.signing_until
    return until is not None and until <= timezone.now()
