"""The points that are to be talked about."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.cases import lifecycle as cases
from mediation.cases.enums import Compartment
from mediation.cases.models import Case
from mediation.cases.services.sealing import seal_field
from mediation.core.errors import WrongState, require
from mediation.core.text import in_one_form
from mediation.holds.access import require_not_held
from mediation.proceedings import access
from mediation.proceedings.errors import CourseFull, NothingWritten
from mediation.proceedings.models import AgendaPoint

MOST_WORDS = 200
MOST_POINTS = 50


@transaction.atomic
def add_point(*, actor: User, case: Case, client_id: UUID, title: str) -> AgendaPoint:
    """A party or the mediator adds a point at the end. The same `client_id` again adds nothing.

    Raises Forbidden, ConsentMissing, NothingWritten or CourseFull.
    """
    case = cases.lock(case)
    part = case_access.require_participant(actor, case)
    access.require_going_on(case)
    added = AgendaPoint.objects.filter(maker=part, client_id=client_id).first()
    if added is not None:
        return added
    title = in_one_form(title)
    require(0 < len(title) <= MOST_WORDS, NothingWritten)
    require(case.agenda.count() < MOST_POINTS, CourseFull)
    last = case.agenda.last()
    point = AgendaPoint(
        case=case,
        position=last.position + 1 if last else 1,
        maker=part,
        client_id=client_id,
        added_at=timezone.now(),
    )
    seal_field(point, case, "title", Compartment.JOINT, title)
    point.save(force_insert=True)
    audit.record(actor=actor, action="agenda_point.added", target=point, case_id=case.pk)
    return point


@transaction.atomic
def move_point(*, actor: User, point: AgendaPoint, is_up: bool) -> AgendaPoint:
    """The mediator puts a point one place up or down; at the end of the list it stays.

    Raises Forbidden or ConsentMissing.
    """
    case = cases.lock(point.case)
    access.require_mediator(actor, case)
    access.require_going_on(case)
    rows = list(case.agenda.all())
    place = next((n for n, row in enumerate(rows) if row.pk == point.pk), None)
    if place is None:
        raise WrongState
    other = place - 1 if is_up else place + 1
    if not 0 <= other < len(rows):
        return rows[place]
    rows[place], rows[other] = rows[other], rows[place]
    for position, row in enumerate(rows, start=1):
        row.position = position
    AgendaPoint.objects.bulk_update(rows, ["position"])
    audit.record(actor=actor, action="agenda_point.moved", target=point, case_id=case.pk)
    return rows[other]


@transaction.atomic
def mark_point(*, actor: User, point: AgendaPoint, is_dealt_with: bool) -> AgendaPoint:
    """The mediator marks a point as dealt with, or as open again. Twice is the same as once.

    Raises Forbidden or ConsentMissing.
    """
    case = cases.lock(point.case)
    access.require_mediator(actor, case)
    access.require_going_on(case)
    row = case.agenda.filter(pk=point.pk).first()
    if row is None:
        raise WrongState
    if is_dealt_with == (row.dealt_with_at is not None):
        return row
    row.dealt_with_at = timezone.now() if is_dealt_with else None
    row.save(update_fields=["dealt_with_at"])
    action = "agenda_point.dealt_with" if is_dealt_with else "agenda_point.reopened"
    audit.record(actor=actor, action=action, target=row, case_id=case.pk)
    return row


@transaction.atomic
def remove_point(*, actor: User, point: AgendaPoint) -> None:
    """The side a point comes from, or the mediator, takes it off the list, without anybody's
    consent. Raises Forbidden, or WrongState after the end.
    """
    case = cases.lock(point.case)
    require(access.can_remove_point(actor, point))
    require(case.is_open, WrongState)
    require_not_held(case, Compartment.JOINT)
    audit.record(actor=actor, action="agenda_point.removed", target=point, case_id=case.pk)
    case.agenda.filter(pk=point.pk).delete()
