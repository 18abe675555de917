"""Who may see a certificate, and ask for destruction or a copy of their data."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from mediation.accounts.models import Person, User
from mediation.cases.access import participant_of, party_of
from mediation.cases.enums import Compartment
from mediation.cases.models import Case, Participant
from mediation.evidence.models import Document
from mediation.privacy.enums import RequestState, Scope
from mediation.privacy.models import Certificate, Erasure, ErasureRequest
from mediation.rooms.enums import WITH_OWN_KEY


def certificates_visible_to(user: Person) -> QuerySet[Certificate]:
    """Those of one's own side, or the mediator's, for as long as the case's shell exists."""
    if not isinstance(user, User):
        return Certificate.objects.none()
    here = Participant.objects.active().filter(user=user, case=OuterRef("erasure__case_id"))
    own_side = here.parties().filter(side__letter=OuterRef("letter"))
    return Certificate.objects.filter(
        Q(Exists(own_side)) | Q(Exists(here.mediators()), letter="")
    ).select_related("erasure")


def requests_visible_to(user: Person) -> QuerySet[ErasureRequest]:
    """A party's own wishes."""
    if not isinstance(user, User):
        return ErasureRequest.objects.none()
    own = Participant.objects.active().parties().filter(user=user)
    return ErasureRequest.objects.filter(participant__in=own)


def can_download(user: Person, case: Case) -> bool:
    """Each party, as long as the case exists, open or ended."""
    return party_of(user, case) is not None


def can_prove(user: Person, case: Case) -> bool:
    """Whoever takes part, about what they did themselves."""
    return participant_of(user, case) is not None


def can_ask_erasure(user: Person, case: Case, scope: Scope) -> bool:
    """A party, once the case has ended, about what is still there. Whoever does not want to wait
    for the end can leave the mediation, which ends it at once.
    """
    part = party_of(user, case)
    if part is None or part.side is None or case.is_open:
        return False
    gone = Erasure.objects.given_up(case.pk)
    if scope == Scope.OWN and _own_documents(part, {part.side.caucus, *gone}).exists():
        return True
    return any(name not in gone for name in compartments_of(scope, case, part.side.caucus))


def _own_documents(part: Participant, others: set[str]) -> QuerySet[Document]:
    """What this person brought that goes with none of these compartments: what is for everybody
    stays longer than their private part.
    """
    return Document.objects.current().filter(participant=part).exclude(file__compartment__in=others)


def compartments_of(scope: Scope, case: Case, own_caucus: str) -> set[str]:
    """What a wish is about."""
    if scope == Scope.OWN:
        return {own_caucus}
    shared = {Compartment.IDENTITY, Compartment.JOINT, Compartment.NOTES, Compartment.EVIDENCE}
    names = {str(kind.value) for kind in shared}
    names |= {side.caucus for side in case.sides.all()} | set(talks_of(case))
    return names | {str(Compartment.SETTLEMENT.value)} if scope == Scope.WITH_SETTLEMENT else names


def talks_of(case: Case) -> list[str]:
    """The compartments of the case's rooms that have a key of their own."""
    return [room.compartment for room in case.rooms.all() if room.kind in WITH_OWN_KEY]


def can_withdraw(user: Person, request: ErasureRequest) -> bool:
    return request.state == RequestState.OPEN and request.participant.user_id == user.pk
