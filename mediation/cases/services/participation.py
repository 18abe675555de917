"""Coming in as mediator, leaving, and how a case ends."""

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access
from mediation.cases.enums import CaseOutcome, CaseState, Compartment, ParticipantRole
from mediation.cases.lifecycle import lock, move
from mediation.cases.models import Case, Participant
from mediation.cases.services.consents import follow_consents, refresh_talk
from mediation.cases.services.invitations import withdraw_open_invitations
from mediation.cases.services.sealing import seal_field
from mediation.core import jobs
from mediation.core.errors import WrongState, require
from mediation.profiles.selectors import profile_named


def begin_mediation(*, actor: User, case: Case, mediator: User) -> Case:
    """Both sides agreed on the mediator: they come in and talk opens. Called by the assignment's
    service within its transaction, on a locked case. Raises ConsentMissing.
    """
    access.require_consents(case)
    now = timezone.now()
    part = Participant(case=case, user=mediator, role=ParticipantRole.MEDIATOR, joined_at=now)
    seal_field(part, case, "name", Compartment.IDENTITY, mediator.name)
    part.save()
    if case.mediation_started_at is None:
        case.mediation_started_at = now
        case.save(update_fields=["mediation_started_at"])
    deadline = now + profile_named(case.profile).deadline("mediation")
    move(case, CaseState.MEDIATING, actor=actor, deadline_at=deadline)
    refresh_talk(case)
    jobs.enqueue("rooms.open_rooms", case_id=str(case.pk))
    jobs.enqueue("cases.send_news", case_id=str(case.pk), kind="mediation_started")
    return case


def end_mediator(*, actor: User, case: Case) -> Case:
    """The mediator goes out of a locked case and it waits for another one; for the consents first,
    where one was taken back meanwhile.
    """
    case.participants.mediators().active().update(left_at=timezone.now())
    deadline = timezone.now() + profile_named(case.profile).deadline("waiting")
    move(case, CaseState.WAITING, actor=actor, deadline_at=deadline)
    follow_consents(actor, case)
    return case


@transaction.atomic
def leave_case(*, actor: User, case: Case) -> Case:
    """A party ends the mediation: in one act, at once, without a reason (人民调解法 23(2)).

    The others are told that it has ended, not by whom; the periods of keeping may still give it
    away, so nothing more is promised. Raises Forbidden for all but parties, WrongState once it has
    ended.
    """
    case = lock(case)
    access.require_party(actor, case)
    require(access.can_leave(actor, case), WrongState)
    audit.record(actor=actor, action="participant.left", target=case, case_id=case.pk)
    return close(case, CaseOutcome.LEFT)


@transaction.atomic
def end_without_settlement(*, actor: User, case: Case) -> Case:
    """The mediator notes that no settlement was found: as normal an ending as any."""
    case = lock(case)
    require(access.can_end_without_settlement(actor, case))
    audit.record(actor=actor, action="mediation.ended", target=case, case_id=case.pk)
    return close(case, CaseOutcome.NOT_SETTLED)


def close(case: Case, outcome: CaseOutcome) -> Case:
    """End a locked case within the caller's transaction; everybody in it is told."""
    withdraw_open_invitations(case)
    jobs.enqueue("cases.send_news", case_id=str(case.pk), kind="case_closed")
    return move(case, CaseState.CLOSED, actor=None, outcome=outcome)
