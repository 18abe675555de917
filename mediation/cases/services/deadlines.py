"""What the clock does to cases: reminders, and kind endings when nobody goes on."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from mediation.cases.enums import CaseOutcome, CaseState, InvitationState
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case, Invitation, Refusal
from mediation.cases.services.invitations import InvitationGone, expire_invitation, remind_once
from mediation.cases.services.participation import close
from mediation.core import jobs
from mediation.profiles.selectors import profile_named

WARNED_BEFORE = timedelta(days=5)
ENDINGS = {
    CaseState.DRAFT: CaseOutcome.ABANDONED,
    CaseState.INVITED: CaseOutcome.UNANSWERED,
    CaseState.CONSENTING: CaseOutcome.EXPIRED,
    CaseState.WAITING: CaseOutcome.EXPIRED,
    CaseState.MEDIATING: CaseOutcome.EXPIRED,
}


def move_deadlines() -> int:
    """Do everything that is due; returns how many cases ended. Safe to run at any time, in any
    number of processes.
    """
    _remind()
    _warn()
    Refusal.objects.filter(until__lte=timezone.now()).delete()
    return _expire_invitations() + _expire_cases()


def _remind() -> None:
    waiting = Invitation.objects.filter(state=InvitationState.OPEN, reminded_at=None)
    for invitation in waiting.select_related("case"):
        wait = profile_named(invitation.case.profile).deadline("reminder")
        if invitation.created_at + wait <= timezone.now() < invitation.expires_at:
            _remind_or_pass(invitation)


def _remind_or_pass(invitation: Invitation) -> None:
    try:
        remind_once(invitation=invitation)
    except InvitationGone:
        return  # answered between the query and the lock


def _warn() -> None:
    """Tell everybody once that the mediation is about to end by itself."""
    soon = timezone.now() + WARNED_BEFORE
    ending = Case.objects.filter(state=CaseState.MEDIATING, deadline_at__lte=soon, warned_at=None)
    for case in ending:
        _warn_of(case)


@transaction.atomic
def _warn_of(case: Case) -> None:
    case = lock(case)
    if case.state == CaseState.MEDIATING and case.warned_at is None:
        case.warned_at = timezone.now()
        case.save(update_fields=["warned_at"])
        jobs.enqueue("cases.send_news", case_id=str(case.pk), kind="ends_soon")


def _expire_invitations() -> int:
    due = Invitation.objects.filter(state=InvitationState.OPEN, expires_at__lte=timezone.now())
    ended = [expire_invitation(invitation=row) for row in due.select_related("case")]
    return sum(case is not None for case in ended)


def _expire_cases() -> int:
    return sum(_expire(case) for case in Case.objects.overdue(timezone.now()))


@transaction.atomic
def _expire(case: Case) -> bool:
    case = lock(case)
    if not case.is_open or case.deadline_at > timezone.now():
        return False
    close(case, ENDINGS[CaseState(case.state)])
    return True
