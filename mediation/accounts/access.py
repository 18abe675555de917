from mediation.accounts.models import Person, User
from mediation.core.errors import Forbidden


def person(user: Person) -> User:
    """The signed-in person behind a request. Raises Forbidden for nobody."""
    if not isinstance(user, User):
        raise Forbidden
    return user
