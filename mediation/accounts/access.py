from django.db.models import QuerySet

from mediation.accounts.models import Passkey, Person, User
from mediation.core.errors import Forbidden


def person(user: Person) -> User:
    """The signed-in person behind a request. Raises Forbidden for nobody."""
    if not isinstance(user, User):
        raise Forbidden
    return user


def passkeys_visible_to(user: Person) -> QuerySet[Passkey]:
    """One's own, and nobody else's."""
    return Passkey.objects.filter(user=person(user))
