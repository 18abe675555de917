"""Changing what was signed: asked by one side, begun only if the other wants it too.

What is opened is a case like any other, with the same two sides, so that everything holds in it
that holds in the first: consents, a mediator both accept, leaving, periods of keeping. What it ends
with is drafted, approved, signed and sealed by the same services. The first settlement binds as
it is until then (docs/decisions/0032).
"""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.cases.enums import Category
from mediation.cases.models import Case, Participant
from mediation.cases.services import intake, invitations
from mediation.core import realtime
from mediation.core.errors import DomainError, Forbidden, InvalidInput, WrongState, require
from mediation.settlements import access
from mediation.settlements.document.terms import Terms
from mediation.settlements.lifecycle import lock
from mediation.settlements.models import Amendment, Settlement
from mediation.settlements.selectors import party_of_side
from mediation.settlements.selectors.amendments import (
    amendment_of,
    running_amendment,
    signed_terms,
)


class AmendmentRunning(DomainError):
    """One change of a settlement is talked about at a time."""

    code = "amendment_running"
    title = _("A change is being talked about already")
    message = _("One of you has asked for a change, and that case has not ended yet. Open it.")


@transaction.atomic
def propose_amendment(
    *, actor: User, settlement: Settlement, wish: str, client_id: UUID | None = None
) -> Amendment:
    """Ask the other side to talk about changing a signed settlement; `wish` says what about, and is
    read by the other side once it has said yes. The case for it is opened and the letter goes out.
    The same side asking twice is the same as once, and the same `client_id` again is what became of
    the first: nobody is asked once more because an answer of ours was lost. Another one while the
    first runs is refused, since nothing would be known of it later.

    Raises Forbidden, WrongState for what is not signed or was replaced, AmendmentRunning,
    DeclinedBefore, TooMany, TooManyDrafts, KeyDestroyed.
    """
    old, settlement = lock(settlement)
    made = _asked_before(actor, settlement, client_id)
    if made is not None:
        return made
    require(access.can_propose_amendment(actor, settlement), _refusal(actor, old))
    require(bool(wish.strip()), InvalidInput)
    running = running_amendment(settlement)
    if running is not None:
        require(case_access.is_party(actor, running.case), AmendmentRunning)
        return _asked_again(running, client_id)
    own, other = _both(actor, old)
    case = _open_case(actor, settlement, own, other, wish)
    amendment = Amendment.objects.create(
        original=settlement, case=case, client_id=client_id, proposed_at=timezone.now()
    )
    audit.record(actor=actor, action="amendment.proposed", target=amendment, case_id=old.pk)
    realtime.publish("settlement.changed", case=str(old.pk))
    return amendment


def _asked_before(actor: User, settlement: Settlement, client_id: UUID | None) -> Amendment | None:
    """What this side asked with the same `client_id`. Raises InvalidInput for the other side's."""
    rows = settlement.amendments.select_related("case", "original__case")
    found = rows.filter(client_id=client_id).first() if client_id else None
    require(found is None or case_access.is_party(actor, found.case), InvalidInput)
    return found


def _asked_again(running: Amendment, client_id: UUID | None) -> Amendment:
    """What was asked on the page is known by a program's id from now on; one has one id."""
    if client_id is not None:
        require(running.client_id is None, AmendmentRunning)
        running.client_id = client_id
        running.save(update_fields=["client_id"])
    return running


def _refusal(actor: User, case: Case) -> type[DomainError]:
    return WrongState if case_access.is_party(actor, case) else Forbidden


def _both(actor: User, case: Case) -> tuple[Participant, Participant]:
    """The party who asks, and the one who is asked."""
    own = case_access.require_party(actor, case)
    other = next(side for side in case.sides.all() if side.pk != own.side_id)
    return own, party_of_side(other)


def _open_case(
    actor: User, settlement: Settlement, own: Participant, other: Participant, wish: str
) -> Case:
    """A case at the same centre, with the names and addresses that stand in the agreement: those of
    the first case may be destroyed.
    """
    old, terms = settlement.case, signed_terms(settlement)
    assert own.side is not None
    assert other.side is not None
    assert other.user is not None
    me, them = terms.party(own.side.letter), terms.party(other.side.letter)
    case = intake.start_case(actor=actor, center=old.center, language=other.user.language)
    category = Category(old.category or Category.OTHER)
    intake.save_category(actor=actor, case=case, category=category)
    intake.save_own_name(actor=actor, case=case, name=me.name, address=me.address)
    intake.save_other_side(
        actor=actor, case=case, name=them.name, email=other.user.email, address=them.address
    )
    intake.save_statement(actor=actor, case=case, answers={"summary": wish})
    return intake.send_application(actor=actor, case=case, is_amendment=True)


@transaction.atomic
def accept_amendment(*, actor: User, amendment: Amendment) -> Case:
    """The other side is willing to look at it: it joins the case, where consents come next. The
    same as answering the letter. Raises Forbidden or InvitationGone.
    """
    require(access.can_answer_amendment(actor, amendment), _late_or_foreign(actor, amendment))
    return invitations.accept_invitation(actor=actor, invitation=amendment.case.invitations.get())


@transaction.atomic
def decline_amendment(*, actor: User, amendment: Amendment) -> Case:
    """The other side says no: the case ends and is due for erasure, and the settlement stays as it
    is. Raises Forbidden or InvitationGone.
    """
    require(access.can_answer_amendment(actor, amendment), _late_or_foreign(actor, amendment))
    return invitations.decline_invitation(invitation=amendment.case.invitations.get())


def _late_or_foreign(actor: User, amendment: Amendment) -> type[DomainError]:
    return _refusal(actor, amendment.original.case)


def mark_replaced(settlement: Settlement, terms: Terms) -> None:
    """A later agreement is signed: the one it names is replaced by it, within the caller's
    transaction. Nothing where it names none, or another than its case was opened for.
    """
    amendment = amendment_of(settlement.case)
    if amendment is None or terms.supersedes is None:
        return
    original = amendment.original
    if terms.supersedes.agreement_no != original.number:
        return
    rows = Settlement.objects.filter(pk=original.pk, replaced_by="")
    if rows.update(replaced_by=settlement.number, replaced_at=timezone.now()):
        audit.record_system(action="settlement.replaced", target=original, case_id=original.case_id)
        realtime.publish("settlement.changed", case=str(original.case_id))
