from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Says(TextChoices):
    """What a side says about one line of the settlement. The first two are the debtor's, the next
    three the creditor's; either takes its own last word back.
    """

    DONE = "done", _("It is done")
    PART = "part", _("A part of it is done")
    CONFIRMED = "confirmed", _("Confirmed that it is done")
    PART_CONFIRMED = "part_confirmed", _("Confirmed that a part is done")
    DISPUTED = "disputed", _("Sees it differently")
    TAKEN_BACK = "taken_back", _("Took this back")


REPORTS = (Says.DONE, Says.PART)


class LineStatus(TextChoices):
    """Where a line stands. It is worked out from what the sides said and from the day, each time
    somebody looks: that a day went by is stored nowhere.
    """

    PENDING = "pending", _("To be done")
    LATE = "late", _("Its day is over")
    PART = "part", _("Done in part")
    DONE = "done", _("Reported as done")
    DISPUTED = "disputed", _("The sides see it differently")
    CONFIRMED = "confirmed", _("Done and confirmed")
    BY_ITSELF = "by_itself", _("Took effect with the settlement")
    REPLACED = "replaced", _("Replaced by the later agreement")
