from django.utils.translation import gettext_lazy as _

from mediation.core.errors import DomainError


class NotYetSealed(DomainError):
    """The entry is in no signed checkpoint yet; the sequencer runs every minute."""

    code = "not_yet_sealed"
    title = _("This is not sealed yet")
    message = _("The record of this step is not sealed yet. Please try again in a few minutes.")


class AppendOnly(Exception):
    """Somebody tried to change or remove a row of the log: a fault in the program."""


class SegmentKept(Exception):
    """A year of the log that may not be dropped now; its text says why, to an operator."""
