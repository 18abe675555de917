"""Who sees a release. Predicates ask the database, so an ended membership or a withdrawn consent
closes the door at once.
"""

from django.db.models import QuerySet

from mediation.accounts.models import Person, User
from mediation.courts.models import Court, CourtMembership


def courts_of(user: Person) -> QuerySet[Court]:
    """The courts this person currently works for."""
    if not isinstance(user, User):
        return Court.objects.none()
    memberships = CourtMembership.objects.current().filter(user=user)
    return Court.objects.filter(pk__in=memberships.values("court"))


def is_clerk(user: Person) -> bool:
    return courts_of(user).exists()
