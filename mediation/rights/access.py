"""Who asks, and who answers."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from mediation.accounts.models import Person, User
from mediation.cases.enums import ParticipantRole
from mediation.cases.models import Participant
from mediation.centers.access import centers_where
from mediation.centers.enums import CenterRole
from mediation.centers.models import Center, Membership
from mediation.courts.models import CourtMembership
from mediation.rights.enums import OPEN
from mediation.rights.models import Breach, RightsRequest


def centers_asked_by(user: User) -> QuerySet[Center]:
    """The centres that hold something about this person: where they have a part in a case, or had
    and left.
    """
    parts = Participant.objects.filter(user=user)
    return Center.objects.filter(pk__in=parts.values("case__center"))


def requests_of(user: Person) -> QuerySet[RightsRequest]:
    """A person's own requests."""
    if not isinstance(user, User):
        return RightsRequest.objects.none()
    return RightsRequest.objects.filter(user=user).select_related("center")


def requests_to(user: Person) -> QuerySet[RightsRequest]:
    """What this officer's centres were asked; not one's own, nor by anybody whose case one has, or
    had, a part in: what a side says to the centre is not for the other one or the mediator. Of what
    came by letter nobody knows by account whose it is, so a party of that centre reads none of it.
    """
    if not isinstance(user, User):
        return RightsRequest.objects.none()
    centers = centers_where(user, CenterRole.PRIVACY_OFFICER)
    rows = RightsRequest.objects.filter(center__in=centers).select_related("center", "user")
    cases = Participant.objects.filter(user=user).values("case")
    together = Participant.objects.filter(user=OuterRef("user"), case__in=cases)
    by_letter = ~Q(asked_through="") & Q(center__in=_centers_as_party(user))
    return rows.exclude(user=user).exclude(Exists(together)).exclude(by_letter)


def _centers_as_party(user: User) -> QuerySet[Center]:
    parts = Participant.objects.filter(user=user, role=ParticipantRole.PARTY)
    return Center.objects.filter(pk__in=parts.values("case__center"))


def is_open(request: RightsRequest) -> bool:
    return request.state in OPEN


def recording_centers(user: Person) -> QuerySet[Center]:
    """Where this officer writes down what came by letter: not where they are, or were, a party."""
    if not isinstance(user, User):
        return Center.objects.none()
    return officers_centers(user).exclude(pk__in=_centers_as_party(user))


def officers_centers(user: Person) -> QuerySet[Center]:
    """The centres whose privacy this person looks after."""
    return centers_where(user, CenterRole.PRIVACY_OFFICER)


def can_vouch(asked_by: User, confirmed_by: User, person: User) -> bool:
    """Whether these two may ask the operator for, and confirm, that somebody has lost their
    mailbox: both for one and the same centre.
    """
    second = _vouching_centers(confirmed_by, person)
    return _vouching_centers(asked_by, person).filter(pk__in=second.values("pk")).exists()


def _vouching_centers(user: User, person: User) -> QuerySet[Center]:
    """Where this one is coordinator or privacy officer and may answer for the other one, who has,
    or had, no part in a case with them.

    An account opens what its person's work opens, so for somebody who works at a centre only that
    one answers, and nobody who works at two; nor for a court's clerk, whom no centre knows.
    """
    cases = Participant.objects.filter(user=user).values("case")
    is_together = Participant.objects.filter(user=person, case__in=cases).exists()
    is_clerk = CourtMembership.objects.current().filter(user=person).exists()
    if user == person or not user.is_active or is_together or is_clerk:
        return Center.objects.none()
    own = centers_where(user, CenterRole.COORDINATOR, CenterRole.PRIVACY_OFFICER)
    places = set(Membership.objects.current().filter(user=person).values_list("center", flat=True))
    if places:
        return own.filter(pk__in=places) if len(places) == 1 else Center.objects.none()
    known = centers_asked_by(person) | Center.objects.filter(memberships__user=person)
    return own.filter(pk__in=known.values("pk")) if known.exists() else own


def breaches_visible_to(user: Person) -> QuerySet[Breach]:
    """The breaches at this officer's centres."""
    return Breach.objects.filter(center__in=officers_centers(user)).select_related("center")
