from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CourtLevel(TextChoices):
    BASIC = "basic", _("Basic court")
    INTERMEDIATE = "intermediate", _("Intermediate court")
    HIGH = "high", _("High court")
    SPECIAL = "special", _("Specialised court")
    OTHER = "other", _("Another court")


class CourtRole(TextChoices):
    CLERK = "clerk", _("Court clerk")


class ReleaseState(TextChoices):
    PROPOSED = "proposed", _("Waiting for both sides' consent")
    RELEASED = "released", _("Released to the court")
    DELIVERED = "delivered", _("Fetched by the court")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# The states in which a release is under way; a case has at most one of these.
LIVE = (ReleaseState.PROPOSED, ReleaseState.RELEASED, ReleaseState.DELIVERED)
# The states in which the court may fetch.
GIVEN = (ReleaseState.RELEASED, ReleaseState.DELIVERED)


class Scope(TextChoices):
    """What an API token may read."""

    OUTCOMES = "outcomes:read", _("Whether and how a released mediation ended")
    PACKAGES = "packages:read", _("The released packages")
