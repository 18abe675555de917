"""What the clock destroys."""

from django.db import transaction

from mediation.cases.lifecycle import lock
from mediation.cases.models import Case
from mediation.holds.access import held_compartments, held_in
from mediation.privacy.enums import Reason
from mediation.privacy.models import Erasure
from mediation.privacy.selectors import due_compartments, ended_cases, given_up
from mediation.privacy.services.erasing import begin_erasure, try_to_carry_out
from mediation.privacy.services.traces import forget_traces


def sweep_retention() -> int:
    """Destroy what is due in every case, go on with what was interrupted, forget old traces.

    Returns how many erasures were finished. Safe to run at any time, in any number of processes;
    must not be called inside a transaction.
    """
    _begin_due()
    finished = sum(try_to_carry_out(erasure=row) for row in Erasure.objects.unfinished())
    forget_traces()
    return finished


def _begin_due() -> None:
    cases = ended_cases()
    gone = given_up([case.pk for case in cases])
    held = held_in([case.pk for case in cases])
    for case in cases:
        if due_compartments(case, gone.get(case.pk, set()) | held.get(case.pk, set())):
            _begin(case)


@transaction.atomic
def _begin(case: Case) -> None:
    case = lock(case)
    due = due_compartments(case, Erasure.objects.given_up(case.pk) | held_compartments(case.pk))
    if due:
        begin_erasure(case=case, compartments=due, reason=Reason.SCHEDULE)
