from django.utils.translation import gettext_lazy as _

from mediation.core.errors import DomainError, InvalidInput


class FileRefused(InvalidInput):
    """A file we do not take. The message says why and what the person can do."""

    code = "file_refused"
    title = _("This file cannot be taken")


class NoSpaceLeft(DomainError):
    """This side's share of the case's space, or its number of documents, is used up."""

    code = "no_space_left"
    title = _("There is no room left")
    message = _(
        "There is no room for this file. Take back documents you no longer need, or use a "
        "smaller file."
    )
