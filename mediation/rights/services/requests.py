"""Asking a centre about one's data, and its answer in time."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.centers.models import Center
from mediation.core import jobs
from mediation.core.errors import InvalidInput, WrongState, require
from mediation.core.limits import count_try
from mediation.profiles.holidays import holidays_of
from mediation.profiles.selectors import profile_named
from mediation.rights import access, clock
from mediation.rights.enums import OPEN, Asker, Decision, RequestState, Right
from mediation.rights.errors import AskedAlready, TooLateToExtend
from mediation.rights.models import RightsRequest
from mediation.rights.selectors import grounds_for, place_of, slot_of
from mediation.vault import services as vault

PER_DAY = 10
LONGEST = 4000  # characters of a request, of reasons, of an answer
LONGEST_AGO = timedelta(days=365)
KEPT = timedelta(days=3 * 365)  # long enough to show that an answer came in time


@dataclass(frozen=True)
class Recorded:
    """Who asked otherwise than on the pages; `who` is their name, how to reach them, and what
    proves that they may ask.
    """

    asker: Asker
    who: str
    received_on: date


@transaction.atomic
def ask_center(
    *, actor: User, center: Center, right: Right, words: str, client_id: UUID | None = None
) -> RightsRequest:
    """Ask a centre that one has, or had, a case with. Free, and without any proof of identity:
    whoever is signed in is known well enough (GDPR 12(5) and (6)). The same `client_id` again is
    the same request.

    Raises Forbidden for another centre, AskedAlready while the same is being looked at, TooMany.
    """
    require(access.centers_asked_by(actor).filter(pk=center.pk).exists())
    center = Center.objects.select_for_update(no_key=True).get(pk=center.pk)
    asked = RightsRequest.objects.filter(user=actor, center=center)
    made = asked.filter(client_id=client_id).first() if client_id else None
    if made is not None:
        return made
    count_try("rights", str(actor.pk), limit=PER_DAY, seconds=86400)
    require(not asked.filter(right=right, state__in=OPEN).exists(), AskedAlready)
    request = _new(center, right, words, timezone.now())
    request.user, request.client_id = actor, client_id
    request.save(force_insert=True)
    audit.record(actor=actor, action="rights.asked", target=request, right=right)
    jobs.enqueue("rights.tell_officers", request_id=str(request.pk))
    return request


@transaction.atomic
def record_request(
    *, actor: User, center: Center, right: Right, words: str, recorded: Recorded, client_id: UUID
) -> RightsRequest:
    """An officer writes down what was asked by letter, by telephone or in person: the time for an
    answer runs from the day it came. The same `client_id` again is the same request.

    Raises Forbidden for all but the centre's officers who are no party there, InvalidInput for a
    day that is to come or lies more than a year back.
    """
    require(access.recording_centers(actor).filter(pk=center.pk).exists())
    center = Center.objects.select_for_update(no_key=True).get(pk=center.pk)
    made = RightsRequest.objects.exclude(asked_through="").filter(
        center=center, client_id=client_id
    )
    if (known := made.first()) is not None:
        return known
    require(clock.today() - LONGEST_AGO <= recorded.received_on <= clock.today(), InvalidInput)
    request = _new(center, right, words, clock.start_of(recorded.received_on))
    request.client_id, request.asked_through = client_id, recorded.asker
    _seal(request, "asker", recorded.who)
    request.save(force_insert=True)
    audit.record(actor=actor, action="rights.recorded", target=request, right=right)
    jobs.enqueue("rights.tell_officers", request_id=str(request.pk))
    return request


def _new(center: Center, right: Right, words: str, received_at: datetime) -> RightsRequest:
    rule = profile_named(center.profile).rights_rule
    request = RightsRequest(
        id=uuid.uuid4(),
        center=center,
        right=right,
        profile=center.profile,
        rule=rule,
        received_at=received_at,
        due_on=clock.due_on(received_at, rule, holidays=holidays_of(center.profile)),
    )
    _seal(request, "words", words)
    return request


@transaction.atomic
def withdraw_request(*, actor: User, request: RightsRequest) -> RightsRequest:
    """Take back a request that is not answered. Raises Forbidden or WrongState."""
    request = _lock(request)
    require(request.user_id == actor.pk)
    require(access.is_open(request), WrongState)
    return _end(request, RequestState.WITHDRAWN, actor)


@transaction.atomic
def extend_request(*, actor: User, request: RightsRequest, reasons: str) -> RightsRequest:
    """Take more time, once, with reasons the person reads (GDPR 12(3)).

    Raises Forbidden for all but the centre's other officers, WrongState for an answered request,
    TooLateToExtend after the first date or where the law gives no more time.
    """
    request = _lock(request)
    require(access.requests_to(actor).filter(pk=request.pk).exists())
    require(access.is_open(request), WrongState)
    in_time = clock.today() <= request.due_on
    once = request.state == RequestState.RECEIVED
    require(in_time and once and clock.can_extend(request.rule), TooLateToExtend)
    request.state = RequestState.EXTENDED
    request.extended_at = timezone.now()
    request.due_on = clock.extended_due_on(
        request.received_at, holidays=holidays_of(request.profile)
    )
    _seal(request, "extension", reasons)
    request.save()
    audit.record(actor=actor, action="rights.extended", target=request)
    jobs.enqueue("rights.tell_person", request_id=str(request.pk))
    return request


@transaction.atomic
def answer_request(
    *, actor: User, request: RightsRequest, decision: Decision, ground: str, words: str
) -> RightsRequest:
    """Answer a request. A refusal, in part or whole, names one of the grounds that the rules of the
    place know; the letter adds where the person can complain (GDPR 12(4), PIPL 50).

    Raises Forbidden for all but the centre's other officers, WrongState once it is over or when
    ground and decision, or ground and rules, do not fit.
    """
    request = _lock(request)
    require(access.requests_to(actor).filter(pk=request.pk).exists())
    require(access.is_open(request), WrongState)
    require((decision == Decision.GRANTED) == (ground == ""), WrongState)
    require(ground == "" or ground in grounds_for(request), WrongState)
    request.decision = decision
    request.ground = ground
    _seal(request, "answer", words)
    request = _end(request, RequestState.ANSWERED, actor)
    jobs.enqueue("rights.tell_person", request_id=str(request.pk))
    return request


def _lock(request: RightsRequest) -> RightsRequest:
    rows = RightsRequest.objects.select_for_update(of=("self",)).select_related("center")
    return rows.get(pk=request.pk)


def _end(request: RightsRequest, state: RequestState, actor: User) -> RightsRequest:
    request.state = state
    request.ended_at = timezone.now()
    request.save()
    audit.record(actor=actor, action=f"rights.{state}", target=request)
    return request


def _seal(request: RightsRequest, field: str, text: str) -> None:
    sealed = vault.seal_text(place=place_of(request), slot=slot_of(request, field), text=text)
    setattr(request, f"{field}_sealed", sealed)


def forget_requests() -> int:
    """The clock: destroy what is three years past its end, key first; returns how many."""
    over = list(RightsRequest.objects.filter(ended_at__lt=timezone.now() - KEPT))
    for request in over:
        vault.destroy_keys(case_id=request.pk, compartments={place_of(request).compartment})
        request.delete()
    return len(over)
