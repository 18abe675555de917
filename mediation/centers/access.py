from django.db.models import QuerySet

from mediation.accounts.models import Person, User
from mediation.centers.enums import CenterRole
from mediation.centers.models import Center, Membership


def centers_where(user: Person, *roles: CenterRole) -> QuerySet[Center]:
    """The centres in which this person currently has one of the roles."""
    if not isinstance(user, User):
        return Center.objects.none()
    memberships = Membership.objects.current().filter(user=user, role__in=roles)
    return Center.objects.filter(pk__in=memberships.values("center"))


def roles_of(user: Person) -> set[str]:
    """What this person currently is at some centre or other."""
    if not isinstance(user, User):
        return set()
    memberships = Membership.objects.current().filter(user=user)
    return set(memberships.order_by().values_list("role", flat=True))


def is_mediator(user: Person) -> bool:
    return CenterRole.MEDIATOR in roles_of(user)


def is_coordinator(user: Person) -> bool:
    return CenterRole.COORDINATOR in roles_of(user)


def is_mediator_at(user: Person, center: Center) -> bool:
    return centers_where(user, CenterRole.MEDIATOR).filter(pk=center.pk).exists()


def is_privacy_officer_at(user: Person, center: Center) -> bool:
    return centers_where(user, CenterRole.PRIVACY_OFFICER).filter(pk=center.pk).exists()
