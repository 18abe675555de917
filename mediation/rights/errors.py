from django.utils.translation import gettext_lazy as _

from mediation.core.errors import DomainError


class AskedAlready(DomainError):
    """The person's earlier request for the same right is still being looked at."""

    code = "asked_already"
    title = _("You have asked for this already")
    message = _("Your earlier request is still being looked at. You can take it back and ask anew.")


class TooLateToExtend(DomainError):
    """The law allows more time only to whoever says so before the first date (GDPR 12(3))."""

    code = "too_late_to_extend"
    title = _("More time is not possible")
    message = _(
        "More time can be taken only once, with reasons, and before the first date is over."
    )


class StaleEntry(DomainError):
    """The entry was saved by somebody else after it was read."""

    code = "stale_entry"
    title = _("The entry has changed in the meantime")
    message = _(
        "Somebody saved this entry after you opened it. Nothing was overwritten. Read it once more,"
        " then write down what is missing."
    )


class StillNeeded(DomainError):
    """The account cannot be deleted now."""

    code = "account_still_needed"
    title = _("Your account cannot be deleted yet")
