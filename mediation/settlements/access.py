"""Who may see a settlement and do what with it.

A draft is the mediator's until it is offered. What is offered, both sides and the mediator see;
nobody else does, and what one side tells the mediator about it stays between the two.
"""

from django.db.models import Q, QuerySet

from mediation.accounts.models import Person, User
from mediation.cases import access as cases
from mediation.cases.enums import CaseState, ParticipantRole
from mediation.cases.models import Case, Participant
from mediation.profiles.selectors import profile_named
from mediation.settlements.enums import AT_THE_DOCUMENT, BINDING, SettlementState
from mediation.settlements.models import (
    Amendment,
    ChangeRequest,
    Comment,
    FreedomConfirmation,
    Scan,
    Settlement,
    SettlementQuerySet,
    Version,
)

S = SettlementState


def settlements_visible_to(user: Person) -> SettlementQuerySet:
    """For mediators every settlement of their cases; for parties those that were ever offered."""
    if not isinstance(user, User):
        return Settlement.objects.none()
    own = Participant.objects.active().filter(user=user)
    as_mediator = Q(case__in=own.filter(role=ParticipantRole.MEDIATOR).values("case"))
    as_party = Q(
        case__in=own.filter(role=ParticipantRole.PARTY).values("case"),
        pk__in=Version.objects.values("settlement"),
    )
    return Settlement.objects.filter(as_mediator | as_party)


def versions_visible_to(user: Person) -> QuerySet[Version]:
    return Version.objects.filter(settlement__in=settlements_visible_to(user))


def change_requests_visible_to(user: Person) -> QuerySet[ChangeRequest]:
    """The mediator reads all of their cases', a party only their own side's."""
    if not isinstance(user, User):
        return ChangeRequest.objects.none()
    own = Participant.objects.active().filter(user=user)
    as_mediator = own.filter(role=ParticipantRole.MEDIATOR).values("case")
    return ChangeRequest.objects.filter(
        Q(version__settlement__case__in=as_mediator) | Q(participant__side__in=own.values("side"))
    )


def comments_visible_to(user: Person) -> QuerySet[Comment]:
    """The mediator reads all of their cases', a party the open ones and their own side's private
    ones.
    """
    if not isinstance(user, User):
        return Comment.objects.none()
    own = Participant.objects.active().filter(user=user)
    as_mediator = own.filter(role=ParticipantRole.MEDIATOR).values("case")
    return Comment.objects.filter(
        Q(version__settlement__case__in=as_mediator)
        | Q(is_private=False, version__settlement__case__in=own.values("case"))
        | Q(is_private=True, participant__side__in=own.parties().values("side"))
    )


def freedom_confirmations_visible_to(user: Person) -> QuerySet[FreedomConfirmation]:
    """The mediator sees who has confirmed, a party only themselves: the other side's hesitation is
    nothing to look at.
    """
    if not isinstance(user, User):
        return FreedomConfirmation.objects.none()
    own = Participant.objects.active().filter(user=user)
    as_mediator = own.filter(role=ParticipantRole.MEDIATOR).values("case")
    return FreedomConfirmation.objects.filter(
        Q(document__settlement__case__in=as_mediator)
        | Q(version__settlement__case__in=as_mediator)
        | Q(participant__in=own)
    )


def can_draft(user: Person, settlement: Settlement) -> bool:
    return _is_mediating(user, settlement) and settlement.state == S.DRAFTING


def can_be_oral(case: Case) -> bool:
    """Whether both sides may do without a written agreement: where the rules of the place say so
    (人民调解法 28), and never to change what they agreed before.
    """
    is_change = Amendment.objects.filter(case=case).exists()
    return profile_named(case.profile).allows_oral and not is_change


def can_reopen(user: Person, settlement: Settlement) -> bool:
    """The mediator may take an offered text back until everybody has signed."""
    return _is_mediating(user, settlement) and settlement.state in {S.OFFERED, *AT_THE_DOCUMENT}


def can_answer(user: Person, settlement: Settlement) -> bool:
    """A party may answer the offered version: with a yes, or by asking for a change."""
    return (
        settlement.state == S.OFFERED
        and _is_open(settlement)
        and cases.is_party(user, settlement.case)
    )


def can_approve(user: Person, settlement: Settlement) -> bool:
    """The yes to a text that is signed afterwards, and binds nobody."""
    return can_answer(user, settlement) and not settlement.is_oral


def can_agree(user: Person, settlement: Settlement) -> bool:
    """The yes that binds, since nothing is signed after it."""
    return can_answer(user, settlement) and settlement.is_oral


def can_comment(user: Person, settlement: Settlement) -> bool:
    """A party may comment for as long as the text waits for answers, also after their own."""
    return can_answer(user, settlement)


def can_refuse(user: Person, settlement: Settlement) -> bool:
    """A party may end it as long as not everybody is bound."""
    if can_agree(user, settlement):
        return True
    return (
        settlement.state in AT_THE_DOCUMENT
        and _is_open(settlement)
        and cases.is_party(user, settlement.case)
    )


def can_sign(user: Person, settlement: Settlement) -> bool:
    """Whether this person is one of those who sign, and it is the time for it."""
    part = cases.participant_of(user, settlement.case)
    if part is None or settlement.state != S.SIGNING or not _is_open(settlement):
        return False
    version = settlement.document.version
    return part.role == ParticipantRole.PARTY or part.pk == version.mediator_id


def can_confirm_freedom(user: Person, settlement: Settlement) -> bool:
    """A party who signs or agrees here; the mediator signs too, but settles nothing."""
    return can_agree(user, settlement) or (
        can_sign(user, settlement)
        and not settlement.is_paper_only
        and cases.is_party(user, settlement.case)
    )


def can_record_paper(user: Person, settlement: Settlement) -> bool:
    return _is_mediating(user, settlement) and settlement.state == S.SIGNING


def scans_visible_to(user: Person) -> QuerySet[Scan]:
    """Both sides and the mediator, as long as the settlement is kept."""
    return Scan.objects.filter(settlement__in=settlements_visible_to(user))


def can_add_scan(user: Person, settlement: Settlement) -> bool:
    """The mediator who was there when people signed, until both sides said it is their paper."""
    return settlement.state == S.PAPER and cases.is_mediator_of(user, settlement.case)


def can_answer_scan(user: Person, settlement: Settlement) -> bool:
    return settlement.state == S.PAPER and cases.is_party(user, settlement.case)


def amendments_visible_to(user: Person) -> QuerySet[Amendment]:
    """The two sides of the settlement that is to change, and nobody else: that somebody asked, and
    what came of it, is between them.
    """
    if not isinstance(user, User):
        return Amendment.objects.none()
    own = Participant.objects.active().parties().filter(user=user)
    return Amendment.objects.filter(original__case__in=own.values("case"))


def can_propose_amendment(user: Person, settlement: Settlement) -> bool:
    """Either side of what binds both and is not replaced, as long as there is somebody to ask."""
    part = cases.party_of(user, settlement.case)
    if part is None or settlement.state not in BINDING or settlement.replaced_by:
        return False
    people = Participant.objects.active().parties().filter(case=settlement.case_id)
    return people.exclude(side=part.side_id).filter(user__is_active=True).exists()


def can_answer_amendment(user: Person, amendment: Amendment) -> bool:
    """The side that was asked, until it answered or the time for it is over."""
    is_asked = not cases.is_party(user, amendment.case)
    is_open = amendment.case.state == CaseState.INVITED
    return is_open and is_asked and amendments_visible_to(user).filter(pk=amendment.pk).exists()


def _is_mediating(user: Person, settlement: Settlement) -> bool:
    return _is_open(settlement) and cases.is_mediator_of(user, settlement.case)


def _is_open(settlement: Settlement) -> bool:
    return settlement.case.state == CaseState.MEDIATING
