"""The one table of what a case may become, and the one function that moves it."""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.enums import CaseOutcome, CaseState, Compartment
from mediation.cases.models import Case
from mediation.core import realtime
from mediation.core.errors import WrongState

S = CaseState
MOVES: dict[CaseState, frozenset[CaseState]] = {
    S.DRAFT: frozenset({S.INVITED, S.CLOSED}),
    S.INVITED: frozenset({S.CONSENTING, S.CLOSED}),
    S.CONSENTING: frozenset({S.WAITING, S.CLOSED}),
    S.WAITING: frozenset({S.MEDIATING, S.CONSENTING, S.CLOSED}),
    S.MEDIATING: frozenset({S.WAITING, S.CLOSED}),
    S.CLOSED: frozenset({S.ERASED}),
    S.ERASED: frozenset(),
}


def lock(case: Case) -> Case:
    """The case's row, locked until the transaction ends. Every verb on a case begins with it, so
    that two acts on one case happen one after the other.
    """
    return Case.objects.select_for_update(of=("self",)).get(pk=case.pk)


def note_kept(case: Case, until: Mapping[str, date]) -> None:
    """Which compartments of a locked case are under a hold, and to which day at the latest.

    The address a letter went to is emptied once its reader has an account; where a hold kept it,
    that is done when the hold ends.
    """
    case.kept_until = {name: day.isoformat() for name, day in until.items()}
    case.save(update_fields=["kept_until"])
    if Compartment.IDENTITY not in until:
        case.participants.exclude(user=None).update(email_sealed=b"")


def move(
    case: Case,
    to: CaseState,
    *,
    actor: User | None,
    deadline_at: datetime | None = None,
    outcome: CaseOutcome = CaseOutcome.NONE,
) -> Case:
    """Move a locked case. `actor` None is the clock. Raises WrongState for a move not in MOVES.

    No deadline goes beyond the day by which the case was to have ended.
    """
    before = CaseState(case.state)
    if to not in MOVES[before]:
        raise WrongState
    _set(case, to, deadline_at, outcome)
    facts = {"before": before, "outcome": outcome or "none"}
    if actor is None:
        audit.record_system(action=f"case.{to}", target=case, case_id=case.pk, **facts)
    else:
        audit.record(actor=actor, action=f"case.{to}", target=case, case_id=case.pk, **facts)
    realtime.publish("access.changed", case=str(case.pk))
    return case


def _set(case: Case, to: CaseState, deadline_at: datetime | None, outcome: CaseOutcome) -> None:
    case.state = to
    case.state_since = timezone.now()
    if deadline_at is not None:
        case.deadline_at = min(deadline_at, case.ends_by)
        case.warned_at = None
    if to == S.CLOSED:
        case.closed_at = case.state_since
        case.outcome = outcome
    if to != S.MEDIATING:
        case.talk_open = False
    fields = (
        "state",
        "state_since",
        "deadline_at",
        "warned_at",
        "closed_at",
        "outcome",
        "talk_open",
    )
    case.save(update_fields=fields)
