from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SettlementState(TextChoices):
    """Where a settlement is between the first line of a draft and its end."""

    DRAFTING = "drafting", _("Being drafted")
    OFFERED = "offered", _("Waiting for both sides to read it")
    PREPARING = "preparing", _("The document is being made")
    SIGNING = "signing", _("Waiting for signatures")
    SEALING = "sealing", _("Signed; being sealed")
    SEALED = "sealed", _("Signed and sealed")
    PAPER = "paper", _("Signed on paper")
    ORAL = "oral", _("Agreed orally")
    REFUSED = "refused", _("Ended without being signed")
    LAPSED = "lapsed", _("Not signed in time")


S = SettlementState
# A new draft may begin after these; after all others the case has its one settlement.
ENDED_WITHOUT_EFFECT = (S.REFUSED, S.LAPSED)
# A document for signing exists, or is being made, in these.
AT_THE_DOCUMENT = (S.PREPARING, S.SIGNING)
UNSIGNED = (S.DRAFTING, S.OFFERED, S.PREPARING, S.SIGNING)
# Both sides are bound: by signatures, or by their word (docs/decisions/0034).
BINDING = (S.SEALED, S.PAPER, S.ORAL)


class RevisionKind(TextChoices):
    """Why the file grew: each revision only adds to the bytes of the one before."""

    ISSUED = "issued", _("Issued for signing")
    SIGNED = "signed", _("Signed")
    SEALED = "sealed", _("Sealed")
    RENEWED = "renewed", _("Proof renewed")


class ScanSays(TextChoices):
    """What a party says about the scan of the paper that was signed."""

    SAME = "same", _("Yes, this is the paper I signed")
    UNREADABLE = "unreadable", _("Something is missing, or cannot be read")
    OTHER = "other", _("No, this is not the paper I signed")
