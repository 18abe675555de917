from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class HoldState(TextChoices):
    """How far a hold has come. It takes two people to place one, and two to release it."""

    PROPOSED = "proposed", _("Waiting for a second person")
    IN_FORCE = "in_force", _("In force")
    RELEASE_PROPOSED = "release_proposed", _("In force; release waits for a second person")
    RELEASED = "released", _("Released")
    REFUSED = "refused", _("Not placed")
    LAPSED = "lapsed", _("Ended on its review date")


class HoldGround(TextChoices):
    """What obliges a centre to keep something longer (GDPR 17(3)(b) and (e), PIPL 47)."""

    COURT_ORDER = "court_order", _("An order of a court")
    AUTHORITY_ORDER = "authority_order", _("An order of another authority")
    CONFIRMATION = "confirmation", _("The settlement is before a court for confirmation")
    ENFORCEMENT = "enforcement", _("The settlement is being enforced")
    CLAIM = "claim", _("A claim about the mediation itself is under way")


class RestrictionReason(TextChoices):
    """Why something is kept and not used (GDPR 18(1))."""

    ACCURACY = "accuracy", _("Whether it is right is disputed")
    UNLAWFUL = "unlawful", _("It should not have been stored, and the person wants it kept")
    CLAIMS = "claims", _("The person needs it for a legal claim")
    OBJECTION = "objection", _("An objection is being looked at")


# What keeps a compartment from being destroyed.
KEEPING = (HoldState.IN_FORCE, HoldState.RELEASE_PROPOSED)
