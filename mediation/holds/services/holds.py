"""Placing and releasing a hold: one person proposes, another one confirms."""

import uuid
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.cases import lifecycle as cases
from mediation.cases.models import Case
from mediation.core import jobs
from mediation.core.errors import InvalidInput, WrongState, require
from mediation.holds import access
from mediation.holds.enums import HoldGround, HoldState
from mediation.holds.lifecycle import lock, move, record
from mediation.holds.models import Hold
from mediation.holds.selectors import (
    can_be_held,
    holds_to_end,
    last_review_day,
    reference_place,
    reference_slot,
)
from mediation.holds.services.apart import follow_holds
from mediation.vault import services as vault

MOST_REFERENCE = 400


@dataclass(frozen=True)
class Duty:
    """What obliges a centre, and when somebody looks at it again."""

    compartment: str
    ground: HoldGround
    reference: str
    review_on: date


@transaction.atomic
def propose_hold(*, actor: User, case: Case, duty: Duty, client_id: UUID | None = None) -> Hold:
    """Propose to keep one compartment. Nothing is kept until a second person confirms. The same
    `client_id` again is the same proposal.

    Raises Forbidden for all but the centre's officers outside the case, InvalidInput for a review
    date that is not within six months, and KeyDestroyed where nothing is left to keep.
    """
    require(access.cases_to_hold(actor).filter(pk=case.pk).exists())
    case = cases.lock(case)
    made = case.holds.filter(proposed_by=actor, client_id=client_id).first() if client_id else None
    if made is not None:
        return made
    _check(case, duty)
    hold = Hold(
        id=uuid.uuid4(),
        case=case,
        compartment=duty.compartment,
        ground=duty.ground,
        review_on=duty.review_on,
        client_id=client_id,
        proposed_by=actor,
        proposed_at=timezone.now(),
    )
    hold.reference_sealed = vault.seal_text(
        place=reference_place(case), slot=reference_slot(hold), text=duty.reference
    )
    hold.save(force_insert=True)
    record(hold, HoldState.PROPOSED, actor=actor)
    jobs.enqueue("holds.ask_second_person", hold_id=str(hold.pk))
    return hold


def _check(case: Case, duty: Duty) -> None:
    require(can_be_held(case, duty.compartment), InvalidInput)
    today = timezone.localdate()
    if not today < duty.review_on <= last_review_day(today):
        raise InvalidInput(_("Choose a review date within the next six months."))
    _require_still_there(case, duty.compartment)


def _require_still_there(case: Case, compartment: str) -> None:
    """What is destroyed, or about to lose its key, can no longer be held."""
    if compartment in vault.closed_compartments(case_id=case.pk):
        raise vault.KeyDestroyed


@transaction.atomic
def answer_hold(*, actor: User, hold: Hold, confirms: bool) -> Hold:
    """The second person's yes or no. From the yes on the compartment is not destroyed.

    Raises Forbidden for whoever proposed it, WrongState where there is nothing to answer, and
    KeyDestroyed if its key was destroyed in the meantime.
    """
    case, hold = lock(hold)
    require(access.holds_visible_to(actor).filter(pk=hold.pk).exists())
    require(hold.state == HoldState.PROPOSED, WrongState)
    require(access.can_answer(actor, hold))
    if not confirms:
        return move(hold, HoldState.REFUSED, actor=actor)
    _require_still_there(case, hold.compartment)
    hold.confirmed_by = actor
    hold.placed_at = timezone.now()
    move(hold, HoldState.IN_FORCE, actor=actor)
    _tell(hold, "placed")
    return hold


@transaction.atomic
def propose_release(*, actor: User, hold: Hold) -> Hold:
    """Say that the duty has ended. Raises Forbidden or WrongState."""
    _case, hold = lock(hold)
    require(access.holds_visible_to(actor).filter(pk=hold.pk).exists())
    require(access.can_propose_release(actor, hold), WrongState)
    hold.release_proposed_by = actor
    move(hold, HoldState.RELEASE_PROPOSED, actor=actor)
    jobs.enqueue("holds.ask_second_person", hold_id=str(hold.pk))
    return hold


@transaction.atomic
def answer_release(*, actor: User, hold: Hold, confirms: bool) -> Hold:
    """The second person's yes or no to a release. After a yes the schedule applies again: what is
    due is destroyed by the next sweep. Raises Forbidden or WrongState.
    """
    case, hold = lock(hold)
    require(access.holds_visible_to(actor).filter(pk=hold.pk).exists())
    require(hold.state == HoldState.RELEASE_PROPOSED, WrongState)
    require(access.can_answer_release(actor, hold))
    if not confirms:
        hold.release_proposed_by = None
        return move(hold, HoldState.IN_FORCE, actor=actor)
    move(hold, HoldState.RELEASED, actor=actor)
    _ended(case, hold)
    return hold


def end_due_holds() -> int:
    """The clock: end every hold whose review date has come; returns how many."""
    due = list(holds_to_end(timezone.localdate()))
    for hold in due:
        _end(hold)
    return len(due)


@transaction.atomic
def _end(seen: Hold) -> None:
    case, hold = lock(seen)
    if hold.ended_at is None and hold in holds_to_end(timezone.localdate()):
        move(hold, HoldState.LAPSED, actor=None)
        _ended(case, hold)


def _ended(case: Case, hold: Hold) -> None:
    if hold.placed_at is not None:
        _tell(hold, "ended")
        transaction.on_commit(lambda: follow_holds(case=case), robust=True)


def _tell(hold: Hold, what: str) -> None:
    if access.is_talk(hold.compartment):
        jobs.enqueue("rooms.tell_of_hold", hold_id=str(hold.pk), what=what)
    else:
        jobs.enqueue("holds.tell_people", hold_id=str(hold.pk), what=what)


@transaction.atomic
def forget_holds(*, case: Case) -> None:
    """Delete the case's holds and restrictions, all of which are over, with its shell."""
    case.holds.all().delete()
    case.restrictions.all().delete()
