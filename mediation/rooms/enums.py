from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RoomKind(TextChoices):
    JOINT = "joint", _("Joint room")
    CAUCUS = "caucus", _("Private talk")
    MEDIATORS = "mediators", _("Room of the mediators")
    INVITED = "invited", _("Talk by invitation")


# The others share the key of a compartment that holds more than talk.
WITH_OWN_KEY = (RoomKind.MEDIATORS, RoomKind.INVITED)
