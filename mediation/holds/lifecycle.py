"""What a hold may become, and the one function that moves it."""

from datetime import date

from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import lifecycle as cases
from mediation.cases.enums import Compartment
from mediation.cases.models import Case
from mediation.core.errors import WrongState
from mediation.holds.enums import KEEPING, HoldState
from mediation.holds.models import Hold

S = HoldState
MOVES: dict[HoldState, frozenset[HoldState]] = {
    S.PROPOSED: frozenset({S.IN_FORCE, S.REFUSED, S.LAPSED}),
    S.IN_FORCE: frozenset({S.RELEASE_PROPOSED, S.LAPSED}),
    S.RELEASE_PROPOSED: frozenset({S.IN_FORCE, S.RELEASED, S.LAPSED}),
    S.RELEASED: frozenset(),
    S.REFUSED: frozenset(),
    S.LAPSED: frozenset(),
}


def lock(hold: Hold) -> tuple[Case, Hold]:
    """The case's row, then the hold's, locked until the transaction ends."""
    case = cases.lock(hold.case)
    row = Hold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
    row.case = case
    return case, row


def move(hold: Hold, to: HoldState, *, actor: User | None) -> Hold:
    """Move a locked hold. `actor` None is the clock. Raises WrongState for a move not in MOVES."""
    before = HoldState(hold.state)
    if to not in MOVES[before]:
        raise WrongState
    hold.state = to
    if to not in KEEPING:
        hold.ended_at = timezone.now()
    hold.save()
    cases.note_kept(hold.case, _last_days(hold.case))
    record(hold, to, actor=actor)
    return hold


def _last_days(case: Case) -> dict[str, date]:
    """For each compartment under a hold, the latest day one of its holds ends on."""
    rows = Hold.objects.keeping().filter(case=case).order_by("review_on")
    return dict(rows.values_list("compartment", "review_on"))


def record(hold: Hold, to: HoldState, *, actor: User | None) -> None:
    """Write down what became of a hold, in words no history shows to whom it is not about."""
    action = action_of(hold, to)
    if actor is None:
        audit.record_system(action=action, target=hold, case_id=hold.case_id)
    else:
        audit.record(actor=actor, action=action, target=hold, case_id=hold.case_id)


def action_of(hold: Hold, to: HoldState) -> str:
    """`hold.in_force`; `private_hold.in_force` where not everybody in the case may know."""
    private = hold.compartment.partition(":")[0] in (Compartment.CAUCUS, Compartment.ROOM)
    return f"{'private_hold' if private else 'hold'}.{to}"
