"""The one table of what a settlement may become, and the one function that moves it."""

from datetime import datetime

from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import lifecycle as cases
from mediation.cases.models import Case
from mediation.core import realtime
from mediation.core.errors import WrongState
from mediation.settlements.enums import SettlementState
from mediation.settlements.models import Settlement

S = SettlementState
MOVES: dict[SettlementState, frozenset[SettlementState]] = {
    S.DRAFTING: frozenset({S.OFFERED, S.LAPSED}),
    S.OFFERED: frozenset({S.DRAFTING, S.PREPARING, S.ORAL, S.REFUSED, S.LAPSED}),
    S.PREPARING: frozenset({S.SIGNING, S.DRAFTING, S.REFUSED, S.LAPSED}),
    S.SIGNING: frozenset({S.SEALING, S.PAPER, S.DRAFTING, S.REFUSED, S.LAPSED}),
    S.SEALING: frozenset({S.SEALED}),
    S.SEALED: frozenset(),
    S.PAPER: frozenset(),
    S.ORAL: frozenset(),
    S.REFUSED: frozenset(),
    S.LAPSED: frozenset(),
}


def lock(settlement: Settlement) -> tuple[Case, Settlement]:
    """The case's row, then the settlement's, locked until the transaction ends: always in this
    order, so that two acts never wait for each other.
    """
    case = cases.lock(settlement.case)
    row = Settlement.objects.select_for_update(of=("self",)).get(pk=settlement.pk)
    row.case = case
    return case, row


def move(
    settlement: Settlement,
    to: SettlementState,
    *,
    actor: User | None,
    signing_until: datetime | None = None,
) -> Settlement:
    """Move a locked settlement. `actor` None is the clock or a job. Raises WrongState for a move
    that is not in MOVES.
    """
    before = SettlementState(settlement.state)
    if to not in MOVES[before]:
        raise WrongState
    settlement.state = to
    settlement.state_since = timezone.now()
    settlement.signing_until = signing_until
    settlement.save(update_fields=["state", "state_since", "signing_until"])
    case_id = settlement.case_id
    action = f"settlement.{to}"
    if actor is None:
        audit.record_system(action=action, target=settlement, case_id=case_id, before=before)
    else:
        audit.record(actor=actor, action=action, target=settlement, case_id=case_id, before=before)
    realtime.publish("settlement.changed", case=str(case_id))
    return settlement
