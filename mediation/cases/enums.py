from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CaseState(TextChoices):
    DRAFT = "draft", _("Being written")
    INVITED = "invited", _("Waiting for the other side's answer")
    CONSENTING = "consenting", _("Waiting for both sides' consent")
    WAITING = "waiting", _("Looking for a mediator")
    MEDIATING = "mediating", _("In mediation")
    CLOSED = "closed", _("Ended")
    ERASED = "erased", _("Destroyed")


class CaseOutcome(TextChoices):
    """How a case ended. The words are the same whoever ended it and why: nobody is to be reproached
    with a no, a silence or a leaving.
    """

    NONE = "", _("Open")
    SETTLED = "settled", _("Settled")
    PARTLY_SETTLED = "partly_settled", _("Settled in part")
    NOT_SETTLED = "not_settled", _("Ended without a settlement")
    LEFT = "left", _("Ended without a settlement")
    DECLINED = "declined", _("Mediation will not take place")
    UNANSWERED = "unanswered", _("Mediation will not take place")
    ABANDONED = "abandoned", _("The application was not finished")
    EXPIRED = "expired", _("Ended without a settlement")


# Which retention periods apply after an ending; the keys of [retention] in a rule profile.
OUTCOME_CLASS = {
    CaseOutcome.SETTLED: "settled",
    CaseOutcome.PARTLY_SETTLED: "settled",
    CaseOutcome.NOT_SETTLED: "not_settled",
    CaseOutcome.EXPIRED: "not_settled",
    CaseOutcome.LEFT: "left",
    CaseOutcome.DECLINED: "never_joined",
    CaseOutcome.UNANSWERED: "never_joined",
    CaseOutcome.ABANDONED: "given_up",
}


# Endings of a mediation that took place; nobody is told apart by which of them it was.
WITHOUT_AGREEMENT = (CaseOutcome.NOT_SETTLED, CaseOutcome.LEFT, CaseOutcome.EXPIRED)


class Category(TextChoices):
    NEIGHBOURS = "neighbours", _("Neighbours")
    LOAN = "loan", _("Money lent or owed")
    CONSUMER = "consumer", _("Something bought or a service")
    WAGES = "wages", _("Work and wages")
    TENANCY = "tenancy", _("Renting a home")
    TRAFFIC = "traffic", _("Traffic damage")
    FAMILY_PROPERTY = "family_property", _("Property in the family")
    OTHER = "other", _("Something else")


class SideRole(TextChoices):
    APPLICANT = "applicant", _("Asked for mediation")
    RESPONDENT = "respondent", _("Was invited")


class ParticipantRole(TextChoices):
    PARTY = "party", _("Party")
    MEDIATOR = "mediator", _("Mediator")


class InvitationState(TextChoices):
    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Purpose(TextChoices):
    """What a person can say yes to, each for itself (在线诉讼规则 4(4), PIPL 14)."""

    MEDIATE = "mediate", _("Mediation")
    ONLINE = "online", _("Mediation online")
    VIDEO = "video", _("Video calls")
    SIGNING = "electronic_signing", _("Signing electronically")
    RELEASE = "release_to_court", _("Release to a court")


# Without these two from both sides nothing happens; the others only open their own feature.
NEEDED_TO_TALK = (Purpose.MEDIATE, Purpose.ONLINE)


class Need(TextChoices):
    INTERPRETER = "interpreter", _("An interpreter")
    SUPPORT = "support_person", _("Somebody I trust beside me")
    TEXT_ONLY = "text_only", _("Writing only, no calls")
    NEVER_TOGETHER = "never_together", _("Never in the same call as the other side")
    MORE_TIME = "more_time", _("More time to answer")


class Compartment(TextChoices):
    """Parts of a case with a key of their own. A caucus has its side's letter: `caucus:A`; a talk
    by invitation those of the sides in it, and an id: `room:AB:…`.
    """

    IDENTITY = "identity", _("Names and addresses")
    JOINT = "joint", _("What both sides and the mediator see")
    CAUCUS = "caucus", _("Private talks with the mediator")
    ROOM = "room", _("Talks by invitation")
    NOTES = "notes", _("The mediator's notes")
    EVIDENCE = "evidence", _("Documents")
    SETTLEMENT = "settlement", _("The settlement")
    SHELL = "shell", _("Dates and outcome")


class Currency(TextChoices):
    CNY = "CNY", _("Chinese yuan (CNY)")
    EUR = "EUR", _("Euro (EUR)")
    USD = "USD", _("US dollar (USD)")
    GBP = "GBP", _("Pound sterling (GBP)")
    HKD = "HKD", _("Hong Kong dollar (HKD)")
    SGD = "SGD", _("Singapore dollar (SGD)")
