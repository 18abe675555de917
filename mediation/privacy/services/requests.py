"""A party asks to have something destroyed before its date."""

from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.access import require_party
from mediation.cases.enums import Compartment
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case, Participant
from mediation.core import jobs
from mediation.core.errors import WrongState, require
from mediation.evidence.models import Document
from mediation.evidence.services.documents import withdraw_document
from mediation.holds.access import held_compartments, require_not_held
from mediation.privacy import access
from mediation.privacy.enums import Reason, RequestState, Scope
from mediation.privacy.models import Erasure, ErasureRequest
from mediation.privacy.services.erasing import begin_erasure


@transaction.atomic
def ask_erasure(
    *, actor: User, case: Case, scope: Scope, client_id: UUID | None = None
) -> ErasureRequest:
    """Ask for earlier destruction of an ended case (GDPR 17, PIPL 47). Raises Forbidden for all
    but parties, WrongState while the case is open or when it is gone already, and Held when one's
    own part is kept under a duty.

    One's own private part and documents go at once. The rest goes at once when every side that
    joined has asked; the settlement only when each of them said so, and never once one of them is
    gone. Until then the other side is
    asked by mail. A new wish takes the place of one's earlier one that still waits. The same
    `client_id` again is the same wish, whatever became of it.
    """
    part = require_party(actor, case)
    case = lock(case)
    made = _made_before(part, client_id)
    if made is not None:
        return made
    require(access.can_ask_erasure(actor, case, scope), WrongState)
    _open_requests(case).filter(participant=part).update(
        state=RequestState.WITHDRAWN, ended_at=timezone.now()
    )
    request = ErasureRequest.objects.create(
        case=case, participant=part, scope=scope, client_id=client_id, asked_at=timezone.now()
    )
    slug = scope.value.replace("-", "_")
    audit.record(actor=actor, action="erasure.asked", target=request, case_id=case.pk, scope=slug)
    if scope == Scope.OWN:
        _destroy_own(actor, request, part)
    else:
        _destroy_when_agreed(case, request)
    request.refresh_from_db()
    return request


def _made_before(part: Participant, client_id: UUID | None) -> ErasureRequest | None:
    if client_id is None:
        return None
    return ErasureRequest.objects.filter(participant=part, client_id=client_id).first()


def _open_requests(case: Case) -> QuerySet[ErasureRequest]:
    return ErasureRequest.objects.filter(case=case, state=RequestState.OPEN)


def _destroy_own(actor: User, request: ErasureRequest, part: Participant) -> None:
    """One's documents for everybody share their key with the other side's: they are taken back
    one by one, and their key goes on its date.
    """
    assert part.side is not None
    caucus = part.side.caucus
    require_not_held(request.case, caucus)
    own = Document.objects.current().filter(participant=part).exclude(file__compartment=caucus)
    for document in own:
        withdraw_document(actor=actor, document=document)
    if caucus in Erasure.objects.given_up(request.case_id):  # only documents were left of one's own
        request.state, request.ended_at = RequestState.DONE, timezone.now()
        request.save(update_fields=["state", "ended_at"])
    else:
        _destroy(request.case, [request], {caucus}, Reason.OWN_CAUCUS)


def _destroy_when_agreed(case: Case, request: ErasureRequest) -> None:
    waiting = {row.participant.side_id: row for row in _wishes(case)}
    sides = set(case.participants.active().parties().values_list("side", flat=True))
    wishes = [
        access.compartments_of(Scope(row.scope), case, own_caucus="") for row in waiting.values()
    ]
    gone = Erasure.objects.given_up(case.pk) | held_compartments(case.pk)
    common = set.intersection(*wishes) - gone
    if not _joined_sides(case) <= sides:  # its signatures are also whose account is deleted
        common.discard(str(Compartment.SETTLEMENT.value))
    if not common or not sides <= set(waiting):
        jobs.enqueue("privacy.ask_other_side", request_id=str(request.pk))
        return
    reason = Reason.BOTH_ASKED if len(sides) > 1 else Reason.ASKED_ALONE
    _destroy(case, list(waiting.values()), common, reason)


def _joined_sides(case: Case) -> set[UUID | None]:
    """The sides that ever joined, also those of which nobody is left."""
    joined = case.participants.parties().filter(joined_at__isnull=False)
    return set(joined.values_list("side", flat=True))


def _wishes(case: Case) -> QuerySet[ErasureRequest]:
    rows = _open_requests(case).exclude(scope=Scope.OWN).select_related("participant__side")
    return rows.filter(participant__left_at=None)


def _destroy(
    case: Case, requests: list[ErasureRequest], compartments: set[str], reason: Reason
) -> None:
    erasure = begin_erasure(case=case, compartments=compartments, reason=reason)
    ErasureRequest.objects.filter(pk__in=[row.pk for row in requests]).update(
        state=RequestState.AGREED, erasure=erasure
    )
    jobs.enqueue("privacy.carry_out_erasure", erasure_id=str(erasure.pk))


@transaction.atomic
def withdraw_request(*, actor: User, request: ErasureRequest) -> ErasureRequest:
    """Take a wish back that still waits for the other side. Raises WrongState otherwise."""
    lock(request.case)
    fresh = ErasureRequest.objects.select_related("participant", "case").get(pk=request.pk)
    require(access.can_withdraw(actor, fresh), WrongState)
    fresh.state = RequestState.WITHDRAWN
    fresh.ended_at = timezone.now()
    fresh.save(update_fields=["state", "ended_at"])
    audit.record(
        actor=actor, action="erasure.request_withdrawn", target=fresh, case_id=fresh.case_id
    )
    return fresh
