from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RoomKind(TextChoices):
    JOINT = "joint", _("Joint room")
    CAUCUS = "caucus", _("Private talk")
