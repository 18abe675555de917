from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CenterRole(TextChoices):
    COORDINATOR = "coordinator", _("Coordinator")
    MEDIATOR = "mediator", _("Mediator")
    PRIVACY_OFFICER = "privacy_officer", _("Privacy officer")


class CenterKind(TextChoices):
    PEOPLE = "people", _("People's mediation committee")
    COMMERCIAL = "commercial", _("Commercial mediation centre")
    INDUSTRY = "industry", _("Industry mediation centre")
    COURT = "court", _("Court-annexed mediation centre")
