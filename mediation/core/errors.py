"""Refusals. Every refusal the domain can give is a DomainError with a stable code.

The code is part of the API and is listed in docs/errors.md; the message is for people, in
their language, and says what they can do.
"""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """The domain says no. `status` is the HTTP status a door answers with."""

    code = "refused"
    status = 409
    title: str | Promise = _("This is not possible now")
    message: str | Promise = _("What you asked for is not possible at the moment.")

    def __init__(self, message: str | Promise | None = None) -> None:
        if message is not None:
            self.message = message
        super().__init__(self.code)


class Forbidden(DomainError):
    """The person may see the thing but not do this to it."""

    code = "forbidden"
    status = 403
    title = _("You cannot do this")
    message = _("Your part in this case does not include this.")


class WrongState(DomainError):
    """The thing has moved on; the verb no longer (or not yet) applies."""

    code = "wrong_state"
    title = _("This has changed in the meantime")
    message = _("This step is not open at the moment. Go back to the case to see what is.")


class InvalidInput(DomainError):
    """A value that a form or serializer let through is still not acceptable."""

    code = "invalid_input"
    status = 400
    title = _("Please check what you entered")


class TooMany(DomainError):
    """A limit per person, pair or hour was reached."""

    code = "too_many"
    status = 429
    title = _("Please wait a little")
    message = _("This was tried too often. Please wait a while and try again.")


def require(allowed: bool, error: type[DomainError] = Forbidden) -> None:
    """Raise `error` unless `allowed`. The first line of every service."""
    if not allowed:
        raise error
