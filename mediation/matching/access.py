"""Which waiting cases and which assignments a person may see, and who may do what with them."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from mediation.accounts.models import Person, User
from mediation.cases.access import party_of
from mediation.cases.enums import CaseState
from mediation.cases.models import Case, Participant
from mediation.centers.access import centers_where, is_mediator_at
from mediation.centers.enums import CenterRole
from mediation.matching.enums import AssignmentState
from mediation.matching.models import Assignment


def queue_visible_to(user: Person) -> QuerySet[Case]:
    """Cases that wait for a mediator in this person's centres, without those they are a party of
    and those whose sides have asked for somebody else.
    """
    if not isinstance(user, User):
        return Case.objects.none()
    own = Participant.objects.parties().filter(case=OuterRef("pk"), user=user)
    refused = Assignment.objects.filter(
        case=OuterRef("pk"), mediator=user, state=AssignmentState.REFUSED
    )
    return Case.objects.filter(
        ~Exists(own),
        ~Exists(refused),
        state=CaseState.WAITING,
        center__in=centers_where(user, CenterRole.MEDIATOR),
    )


def assignments_visible_to(user: Person) -> QuerySet[Assignment]:
    """A mediator's own assignments, and those of the cases this person is a party of."""
    if not isinstance(user, User):
        return Assignment.objects.none()
    part = Participant.objects.active().parties().filter(case=OuterRef("case"), user=user)
    return Assignment.objects.filter(Exists(part) | Q(mediator=user))


def can_claim(user: User, case: Case) -> bool:
    """Whether this mediator may offer to mediate the case, as far as their person goes."""
    is_known = case.participants.parties().filter(user=user).exists()
    was_refused = case.assignments.filter(mediator=user, state=AssignmentState.REFUSED).exists()
    return is_mediator_at(user, case.center) and not is_known and not was_refused


def can_answer(user: Person, assignment: Assignment) -> bool:
    return party_of(user, assignment.case) is not None


def is_own(user: Person, assignment: Assignment) -> bool:
    return assignment.mediator_id == user.pk
