from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Stage(TextChoices):
    """What a mediation is busy with, in the usual order. The mediator moves to any, also back."""

    OPENING = "opening", _("The opening")
    ACCOUNTS = "accounts", _("Each side's account")
    ISSUES = "issues", _("The issues")
    OPTIONS = "options", _("The options")
    AGREEMENT = "agreement", _("The agreement")


class IdentityMethod(TextChoices):
    """How a mediator made sure who somebody is (在线调解规则 17). No number, no image."""

    KNOWN = "known", _("Known in person")
    CARD_SEEN = "card_seen", _("Identity card seen on video")
    PAPER_SEEN = "paper_seen", _("Identity card seen on paper")
    ON_FILE = "on_file", _("The centre's or the court's own record")
    OTHER = "other", _("In another way")
