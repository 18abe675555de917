from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AssignmentState(TextChoices):
    PROPOSED = "proposed", _("Waiting for both sides' answer")
    ACCEPTED = "accepted", _("Agreed by both sides")
    REFUSED = "refused", _("Another mediator was asked for")
    WITHDRAWN = "withdrawn", _("No longer available")
    ENDED = "ended", _("Given back")


# A case has at most one assignment in one of these.
OPEN_STATES = (AssignmentState.PROPOSED, AssignmentState.ACCEPTED)


class DisclosureKind(TextChoices):
    """What a mediator must tell before they are chosen (在线调解规则 13)."""

    NONE = "none", _("No connection")
    RELATIVE = "relative", _("Related to one of the people, or to somebody close to them")
    INTEREST = "interest", _("An interest of my own in how it ends")
    OTHER = "other", _("Another connection that could raise doubts")
