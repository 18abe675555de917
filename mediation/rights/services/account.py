"""Deleting one's own account, and correcting what one is called.

What a person shared with another one stays that one's too: the joint part of an ended case goes on
its date, without the name of whoever deleted their account. A signed settlement stays (GDPR
17(3)(e)). What was theirs alone goes at once.
"""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.accounts.services import check_confirmation_code, send_confirmation_code
from mediation.audit import services as audit
from mediation.cases.access import require_party
from mediation.cases.enums import Compartment, ParticipantRole
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case, Participant
from mediation.cases.services.sealing import seal_field
from mediation.centers.models import Membership
from mediation.core.errors import require
from mediation.courts.models import CourtMembership, Delivery
from mediation.holds.access import require_not_held
from mediation.holds.selectors import told_of
from mediation.matching.models import Assignment, NameCheck
from mediation.privacy.access import can_ask_erasure
from mediation.privacy.enums import Scope
from mediation.privacy.services.requests import ask_erasure
from mediation.rights.enums import OPEN, RequestState
from mediation.rights.errors import StillNeeded
from mediation.rights.models import RightsRequest
from mediation.rights.selectors import place_of
from mediation.rooms.access import own_talks
from mediation.vault import services as vault

PURPOSE = "delete_account"
MOST_NAME, MOST_ADDRESS = 120, 300
ACCOUNT = "account"  # the compartment by which the ledger knows a deleted account
OPEN_CASE = _("You are in a case that has not ended. Leave it first; that ends it at once.")
STAFF = _("You work, or worked, for a centre or court here. Ask its privacy officer.")
HELD = _("Something of yours is kept under a legal duty. It says until when on the case's page.")


def send_deletion_code(*, actor: User) -> None:
    """Mail the code that deleting takes. Raises StillNeeded or TooMany."""
    _check(actor)
    send_confirmation_code(actor=actor, purpose=PURPOSE, subject=str(actor.pk))


def confirm_and_delete(*, actor: User, code: str) -> None:
    """Delete the account of whoever has the code. Raises WrongCode or StillNeeded.

    Private parts and own documents of ended cases are destroyed now, the account with its address
    and name is gone when this returns. Cases keep a part nobody's name stands in.
    """
    check_confirmation_code(actor=actor, purpose=PURPOSE, subject=str(actor.pk), code=code)
    _delete(actor)


@transaction.atomic
def _delete(actor: User) -> None:
    actor, pk = User.objects.select_for_update().get(pk=actor.pk), actor.pk
    _check(actor)
    parts = Participant.objects.filter(user=actor).select_related("case", "side")
    for part in parts.order_by("case_id"):
        _leave_nameless(actor, part)
    forget_words(actor)
    audit.record_system(action="account.deleted", target=actor)
    audit.forget_person(user_id=actor.pk)
    Participant.objects.filter(user=actor).update(user=None)
    actor.delete()
    # Last, since the ledger does not roll back: from here on no backup brings the account back.
    vault.destroy_keys(case_id=pk, compartments=[ACCOUNT])


def forget_words(user: User) -> None:
    """Of what the person asked centres for, only that it was asked and when it ended stays."""
    requests = RightsRequest.objects.filter(user=user)
    for request in requests:
        vault.destroy_keys(case_id=request.pk, compartments={place_of(request).compartment})
    requests.filter(state__in=OPEN).update(state=RequestState.WITHDRAWN, ended_at=timezone.now())
    emptied = {"words_sealed": b"", "extension_sealed": b"", "answer_sealed": b""}
    requests.update(user=None, client_id=None, **emptied)


def _leave_nameless(actor: User, part: Participant) -> None:
    case = lock(part.case)
    require(not case.is_open or part.left_at is not None, StillNeeded)
    require(not told_of(part, own_talks(part)), StillNeeded)
    if part.left_at is None and can_ask_erasure(actor, case, Scope.OWN):
        ask_erasure(actor=actor, case=case, scope=Scope.OWN)
    empty_part(part)


def empty_part(part: Participant) -> None:
    """Leave a part in a case in which nobody's name stands."""
    part.name_sealed = part.email_sealed = part.address_sealed = b""
    part.left_at = part.left_at or timezone.now()
    part.save(update_fields=["name_sealed", "email_sealed", "address_sealed", "left_at"])


def why_not(actor: User) -> str:
    """Why the account cannot be deleted now, in words; empty when it can."""
    parts = Participant.objects.filter(user=actor)
    if any(row.case.is_open for row in parts.filter(left_at=None).select_related("case")):
        return str(OPEN_CASE)
    if parts.filter(role=ParticipantRole.MEDIATOR).exists() or _has_worked(actor):
        return str(STAFF)
    # Only what this person is told of: what keeps the other side's private part is not theirs to
    # know, and nothing this deletes lies in it.
    if any(told_of(part, own_talks(part)) for part in parts.select_related("side")):
        return str(HELD)
    return ""


def _has_worked(actor: User) -> bool:
    """Whether rows about other people's cases point to this person."""
    return (
        Membership.objects.filter(user=actor).exists()
        or CourtMembership.objects.filter(user=actor).exists()
        or Delivery.objects.filter(user=actor).exists()
        or Assignment.objects.filter(mediator=actor).exists()
        or NameCheck.objects.filter(mediator=actor).exists()
    )


def _check(actor: User) -> None:
    reason = why_not(actor)
    if reason:
        raise StillNeeded(reason)


@transaction.atomic
def correct_details(*, actor: User, case: Case, name: str, address: str) -> Participant:
    """A party corrects how they are called in a case and where a court would reach them (GDPR 16).
    What is signed keeps what was signed. Raises Forbidden, KeyDestroyed, Restricted, or Held while
    a duty keeps the names as they are.
    """
    part = require_party(actor, case)
    case = lock(case)
    require_not_held(case, Compartment.IDENTITY)
    fields = [
        seal_field(part, case, "name", Compartment.IDENTITY, name),
        seal_field(part, case, "address", Compartment.IDENTITY, address),
    ]
    part.save(update_fields=fields)
    audit.record(actor=actor, action="details.corrected", target=part, case_id=case.pk)
    return part


def can_correct(case_id: UUID) -> bool:
    """Whether the names of a case are still there."""
    return Compartment.IDENTITY not in vault.closed_compartments(case_id=case_id)
