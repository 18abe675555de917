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
