from django.utils.translation import gettext_lazy as _

from mediation.core.errors import DomainError


class Held(DomainError):
    """The compartment is under a documented duty to be kept (GDPR 17(3), PIPL 47)."""

    code = "held"
    status = 423
    title = _("This must be kept for now")
    message = _(
        "The centre is under a duty to keep this part of the case. The page “What is stored, and"
        " until when” says until when. It is destroyed as soon as the duty has ended."
    )
