"""What a person sees of their cases: where each one stands and what they can do next.

The desk is above every other app and only reads. Each row of the task list is one of them.
"""

from dataclasses import dataclass, replace

from django.db.models import Prefetch
from django.urls import reverse
from django.utils.functional import Promise

from mediation.accounts.models import User
from mediation.cases import access
from mediation.cases.enums import CaseOutcome, CaseState
from mediation.cases.models import Case, Participant
from mediation.cases.selectors import KnownDate, dates_known_to, name_of
from mediation.privacy.selectors import certificates_for

TONES = {
    CaseState.DRAFT: "neutral",
    CaseState.INVITED: "waiting",
    CaseState.CONSENTING: "active",
    CaseState.WAITING: "waiting",
    CaseState.MEDIATING: "active",
    CaseState.CLOSED: "ended",
    CaseState.ERASED: "ended",
}


@dataclass(frozen=True)
class CaseRow:
    """One line of "my cases"."""

    case: Case
    other_names: str
    status: str | Promise
    tone: str


def my_cases(user: User) -> list[CaseRow]:
    """The person's cases, newest first, in a fixed number of queries."""
    people = Participant.objects.filter(left_at=None).select_related("user", "case")
    cases = (
        access.cases_visible_to(user)
        .exclude(state=CaseState.ERASED)
        .prefetch_related(Prefetch("participants", people))
        .order_by("-created_at")
    )
    return [_row(user, case) for case in cases]


def _row(user: User, case: Case) -> CaseRow:
    others = [name_of(row) for row in case.participants.all() if row.user_id != user.pk]
    return CaseRow(
        case=case,
        other_names=" · ".join(name for name in others if name),
        status=status_of(case),
        tone=tone_of(case),
    )


def status_of(case: Case) -> str | Promise:
    """The state in words; an ended case says how it ended."""
    if case.state == CaseState.CLOSED:
        return CaseOutcome(case.outcome).label
    return CaseState(case.state).label


def tone_of(case: Case) -> str:
    if case.outcome in {CaseOutcome.SETTLED, CaseOutcome.PARTLY_SETTLED}:
        return "done"
    return TONES[CaseState(case.state)]


def dates_of(user: User, part: Participant) -> list[KnownDate]:
    """When each part of the case is destroyed; for what is gone, with the person's certificate."""
    found = certificates_for(user, part.case)
    urls = {name: reverse("privacy:certificate", args=[row.pk]) for name, row in found.items()}
    return [
        replace(date, proof_url=urls.get(date.compartment, "") if date.destroyed_at else "")
        for date in dates_known_to(part)
    ]
