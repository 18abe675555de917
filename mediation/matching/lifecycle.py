"""The one table of what an assignment may become, and the one function that moves it."""

from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.core import realtime
from mediation.core.errors import WrongState
from mediation.matching.enums import OPEN_STATES, AssignmentState
from mediation.matching.models import Assignment

S = AssignmentState
MOVES: dict[AssignmentState, frozenset[AssignmentState]] = {
    S.PROPOSED: frozenset({S.ACCEPTED, S.REFUSED, S.WITHDRAWN}),
    S.ACCEPTED: frozenset({S.ENDED, S.REFUSED}),
    S.REFUSED: frozenset(),
    S.WITHDRAWN: frozenset(),
    S.ENDED: frozenset(),
}


def move(assignment: Assignment, to: AssignmentState, *, actor: User | None) -> Assignment:
    """Move an assignment of a locked case. `actor` None is the system. Raises WrongState."""
    before = AssignmentState(assignment.state)
    if to not in MOVES[before]:
        raise WrongState
    assignment.state = to
    assignment.ended_at = None if to in OPEN_STATES else timezone.now()
    assignment.save(update_fields=["state", "ended_at"])
    case_id = assignment.case_id
    if actor is None:
        audit.record_system(
            action=f"assignment.{to}", target=assignment, case_id=case_id, before=before
        )
    else:
        audit.record(
            actor=actor,
            action=f"assignment.{to}",
            target=assignment,
            case_id=case_id,
            before=before,
        )
    realtime.publish("assignment.changed", case=str(case_id))
    return assignment
