from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ErasureState(TextChoices):
    """How far a destruction has come. Each step is finished before the next begins."""

    DUE = "due", _("Due")
    KEYS_DESTROYED = "keys_destroyed", _("Keys destroyed")
    ROWS_DELETED = "rows_deleted", _("Rows deleted")
    FILES_DELETED = "files_deleted", _("Files deleted")
    VERIFIED = "verified", _("Verified")


class Reason(TextChoices):
    """Why something was destroyed. A code of these is all a certificate says about it."""

    SCHEDULE = "schedule", _("Its time was over")
    BOTH_ASKED = "both_asked", _("Every side asked for it")
    ASKED_ALONE = "asked_alone", _("The one side that took part asked for it")
    OWN_CAUCUS = "own_caucus", _("The side asked for its own private part to be destroyed")
    RESTORED = "restored", _("It had come back with an old backup")


class Scope(TextChoices):
    """What a party asks to have destroyed earlier."""

    OWN = "own", _("My private part and my documents")
    EVERYTHING = "everything", _("Everything except the settlement")
    WITH_SETTLEMENT = "with-settlement", _("Everything, and the settlement too")


class RequestState(TextChoices):
    OPEN = "open", _("Waiting for the other side")
    AGREED = "agreed", _("Being destroyed")
    DONE = "done", _("Destroyed")
    WITHDRAWN = "withdrawn", _("Taken back")


class Ground(TextChoices):
    """Why something is still there: a code in certificates, plain words on pages. No law is named
    to people, because whose law it is depends on the case (settlement: GDPR 17(3)(e); shell:
    2008/52/EC 8, 民法典 188).
    """

    SCHEDULE = "schedule", _("Its time is not over yet; every side may ask for it earlier.")
    HOLD = "legal_hold", _("The centre is under a duty to keep it.")
    SETTLEMENT = "legal_claims", _("So that each side can rely on the settlement.")
    SHELL = (
        "limitation",
        _("They tell until when somebody can still go to court."),
    )
