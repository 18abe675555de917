from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RoomKind(TextChoices):
    JOINT = "joint", _("Joint room")
    CAUCUS = "caucus", _("Private talk")
    MEDIATORS = "mediators", _("Room of the mediators")
    INVITED = "invited", _("Talk by invitation")


# The others share the key of a compartment that holds more than talk.
WITH_OWN_KEY = (RoomKind.MEDIATORS, RoomKind.INVITED)


class HeldState(TextChoices):
    """What became of a message that a mediator looks at first. One that was passed on is a message
    like any other, and nothing of it stays here.
    """

    WAITING = "waiting", _("Waiting for the mediator")
    RETURNED = "returned", _("Returned to you")
    TAKEN_BACK = "taken_back", _("Taken back")
