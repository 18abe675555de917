from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OfferState(TextChoices):
    """What became of an offer. Every state but the first is an end, and none is a fault."""

    OPEN = "open", _("Open")
    COUNTERED = "countered", _("Answered with another offer")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Taken back")
    EXPIRED = "expired", _("Its time is over")


class RoundState(TextChoices):
    """What became of a sealed round. Those from OVERLAP on are ends, and none is a fault."""

    PROPOSED = "proposed", _("Waits for an answer")
    AGREED = "agreed", _("Waits for the figures")
    BOTH_IN = "both_in", _("Both figures are in")
    OVERLAP = "overlap", _("The figures overlap")
    NO_OVERLAP = "no_overlap", _("The figures do not overlap")
    VOID = "void", _("Could not be compared")
    DECLINED = "declined", _("Not agreed to")
    CALLED_OFF = "called_off", _("Called off")
    EXPIRED = "expired", _("Ended without a comparison")


class RoundRule(TextChoices):
    """What becomes known when the figures of a sealed round overlap; nothing does when not."""

    OVERLAP = "overlap", _("Only that they overlap")
    MIDPOINT = "midpoint", _("That they overlap, and the figure in the middle")
