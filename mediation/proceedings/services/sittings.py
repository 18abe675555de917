"""Who was there when, as the mediator notes it: times and nothing else.

Only of sittings with both sides. Whoever is in a private talk shows nowhere, so nothing is taken
from connections, and nobody notes one.
"""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import lifecycle as cases
from mediation.cases.enums import Compartment
from mediation.cases.models import Case, Participant
from mediation.core.errors import InvalidInput, WrongState, require
from mediation.holds.access import require_not_held
from mediation.proceedings import access
from mediation.proceedings.models import Attendance, Sitting


@transaction.atomic
def begin_sitting(*, actor: User, case: Case, present: Collection[Participant]) -> Sitting:
    """The mediator notes that a sitting begins now and who is there, themselves in any case. While
    one goes on it is the same one.

    Raises Forbidden or ConsentMissing, and InvalidInput for somebody who is not in the case.
    """
    case = cases.lock(case)
    mediator = access.require_mediator(actor, case)
    access.require_going_on(case)
    running = case.sittings.filter(ended_at=None).first()
    if running is not None:
        return running
    people = {mediator.pk, *(one.pk for one in present)}
    require(case.participants.active().filter(pk__in=people).count() == len(people), InvalidInput)
    now = timezone.now()
    sitting = Sitting.objects.create(case=case, mediator=mediator, started_at=now)
    rows = [Attendance(sitting=sitting, participant_id=one, came_at=now) for one in people]
    Attendance.objects.bulk_create(rows)
    audit.record(actor=actor, action="sitting.begun", target=sitting, case_id=case.pk)
    return sitting


@transaction.atomic
def note_arrival(*, actor: User, sitting: Sitting, participant: Participant) -> Sitting:
    """The mediator notes that somebody came now. Twice is the same as once.

    Raises Forbidden, ConsentMissing, WrongState once it is over, or InvalidInput.
    """
    case, row = _lock(actor, sitting)
    access.require_going_on(case)
    require(row.ended_at is None, WrongState)
    require(case.participants.active().filter(pk=participant.pk).exists(), InvalidInput)
    if not row.attendances.filter(participant=participant, went_at=None).exists():
        Attendance.objects.create(sitting=row, participant=participant, came_at=timezone.now())
        audit.record(actor=actor, action="sitting.changed", target=row, case_id=case.pk)
    return row


@transaction.atomic
def note_departure(*, actor: User, sitting: Sitting, participant: Participant) -> Sitting:
    """The mediator notes that somebody went now, without anybody's consent. Twice is the same as
    once. Raises Forbidden, or WrongState once it is over.
    """
    case, row = _lock(actor, sitting)
    require(case.is_open and row.ended_at is None, WrongState)
    there = row.attendances.filter(participant=participant, went_at=None)
    if there.update(went_at=timezone.now()):
        audit.record(actor=actor, action="sitting.changed", target=row, case_id=case.pk)
    return row


@transaction.atomic
def end_sitting(*, actor: User, sitting: Sitting) -> Sitting:
    """The mediator notes that the sitting is over now, for everybody who was still there. Twice is
    the same as once. Raises Forbidden.
    """
    case, row = _lock(actor, sitting)
    if row.ended_at is None:
        _end(row)
        audit.record(actor=actor, action="sitting.ended", target=row, case_id=case.pk)
    return row


@transaction.atomic
def remove_sitting(*, actor: User, sitting: Sitting) -> None:
    """The mediator strikes out a sitting that was noted by mistake; that they did is on record.

    Raises Forbidden, or WrongState after the end of the case.
    """
    case, row = _lock(actor, sitting)
    require(case.is_open, WrongState)
    require_not_held(case, Compartment.JOINT)
    audit.record(actor=actor, action="sitting.removed", target=row, case_id=case.pk)
    row.delete()


def _lock(actor: User, sitting: Sitting) -> tuple[Case, Sitting]:
    """The case and the sitting, locked, for its mediator. Raises Forbidden, or WrongState where
    the sitting was struck out meanwhile.
    """
    case = cases.lock(sitting.case)
    access.require_mediator(actor, case)
    row = Sitting.objects.select_for_update(of=("self",)).filter(pk=sitting.pk).first()
    if row is None:
        raise WrongState
    row.case = case
    return case, row


def _end(sitting: Sitting) -> None:
    """Now, or when the case ended, if it did before."""
    sitting.ended_at = max(sitting.case.closed_at or timezone.now(), sitting.started_at)
    sitting.save(update_fields=["ended_at"])
    for there in sitting.attendances.filter(went_at=None):
        there.went_at = max(sitting.ended_at, there.came_at)
        there.save(update_fields=["went_at"])


def end_left_sittings() -> int:
    """End every sitting over which the case has ended; returns how many. For the clock, and safe
    to run at any time, in any number of processes.
    """
    left = Sitting.objects.filter(ended_at=None, case__closed_at__isnull=False)
    return sum(_end_left(sitting) for sitting in left.select_related("case"))


@transaction.atomic
def _end_left(sitting: Sitting) -> bool:
    case = cases.lock(sitting.case)
    row = Sitting.objects.filter(pk=sitting.pk, ended_at=None).first()
    if row is None or case.is_open:
        return False
    row.case = case
    _end(row)
    audit.record_system(action="sitting.ended", target=row, case_id=case.pk)
    return True
