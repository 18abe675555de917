"""Asking a centre about one's data, and its answer in time."""

import uuid
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.centers.models import Center
from mediation.core import jobs
from mediation.core.errors import WrongState, require
from mediation.core.limits import count_try
from mediation.profiles.holidays import holidays_of
from mediation.profiles.selectors import profile_named
from mediation.rights import access, clock
from mediation.rights.enums import OPEN, Decision, RequestState, Right
from mediation.rights.errors import AskedAlready, TooLateToExtend
from mediation.rights.models import RightsRequest
from mediation.rights.selectors import grounds_for, place_of, slot_of
from mediation.vault import services as vault

PER_DAY = 10
LONGEST = 4000  # characters of a request, of reasons, of an answer
KEPT = timedelta(days=3 * 365)  # long enough to show that an answer came in time


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
    center = Center.objects.select_for_update().get(pk=center.pk)
    asked = RightsRequest.objects.filter(user=actor, center=center)
    made = asked.filter(client_id=client_id).first() if client_id else None
    if made is not None:
        return made
    count_try("rights", str(actor.pk), limit=PER_DAY, seconds=86400)
    require(not asked.filter(right=right, state__in=OPEN).exists(), AskedAlready)
    now, rule = timezone.now(), profile_named(center.profile).rights_rule
    request = RightsRequest(
        id=uuid.uuid4(),
        center=center,
        user=actor,
        right=right,
        profile=center.profile,
        rule=rule,
        client_id=client_id,
        received_at=now,
        due_on=clock.due_on(now, rule, holidays=holidays_of(center.profile)),
    )
    _seal(request, "words", words)
    request.save(force_insert=True)
    audit.record(actor=actor, action="rights.asked", target=request, right=right)
    jobs.enqueue("rights.tell_officers", request_id=str(request.pk))
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
