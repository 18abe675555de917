from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Right(TextChoices):
    """What a person asks a centre for (GDPR 15 to 22; PIPL 44 to 48)."""

    ACCESS = "access", _("Tell me what you hold about me, and what you do with it")
    RECTIFY = "rectify", _("Correct or complete something about me")
    ERASE = "erase", _("Destroy something before its date")
    RESTRICT = "restrict", _("Keep something without using it")
    OBJECT = "object", _("Stop doing something with my data")
    TRANSFER = "transfer", _("Hand my data to somebody I name")
    EXPLAIN = "explain", _("Explain a rule or a decision to me")


class Asker(TextChoices):
    """Who asked by letter, by telephone or in person: an officer wrote it down (GDPR 12(2)).

    PIPL 49 gives close relatives of somebody who died the rights to see, copy, correct and destroy,
    for their own lawful interests and unless that person had arranged otherwise.
    """

    PERSON = "person", _("The person themselves")
    RELATIVE = "relative", _("A close relative of somebody who has died")
    REPRESENTATIVE = "representative", _("Somebody who may act for them")


class RequestState(TextChoices):
    RECEIVED = "received", _("Being looked at")
    EXTENDED = "extended", _("Being looked at; more time was needed")
    ANSWERED = "answered", _("Answered")
    WITHDRAWN = "withdrawn", _("Taken back")


class Decision(TextChoices):
    GRANTED = "granted", _("Yes, it is done")
    PARTLY = "partly", _("In part")
    REFUSED = "refused", pgettext_lazy("decision", "No")


class RefusalGround(TextChoices):
    """Why something is refused. Each is an exception that a law makes; which of them a place knows,
    in which words and by which article, its rule profile says.
    """

    LEGAL_DUTY = "legal_duty", _("A law obliges us to keep it")
    LEGAL_CLAIMS = "legal_claims", _("It is needed for a legal claim")
    AGREEMENT = "agreement", _("It is the settlement, of which each side has a copy")
    OTHERS = "others", _("It would tell about somebody else")
    CONFIDENTIAL = "confidential", _("It is confidential between a mediator and the other side")
    TRANSFER = "transfer", _("The conditions for handing it to somebody else are not met")
    UNFOUNDED = "unfounded", _("It was asked again and again, or for no purpose the right has")
    UNKNOWN = "unknown", _("We cannot tell that the data are yours")
    NOTHING = "nothing", _("We hold nothing of the kind")


class AddressReason(TextChoices):
    """Why a person cannot change the address they sign in with themselves. A code of these is all
    that is recorded.
    """

    LOST = "lost", _("They cannot open the mailbox any more")
    LEFT_WORK = "left_work", _("It belonged to a job or school they have left")
    TAKEN = "taken", _("Somebody else reads the mailbox")
    MISSPELT = "misspelt", _("It was misspelt from the start")


class BreachHarm(TextChoices):
    """What a breach may mean for people: whether an authority (GDPR 33) and they themselves (GDPR
    34) are to be told. PIPL 57 makes no difference but for harm that measures have averted.
    """

    NONE = "none", _("Unlikely to harm anybody")
    SOME = "some", _("May harm people")
    HIGH = "high", _("May harm people gravely")


class Light(TextChoices):
    """How much of our time for an answer is left: about us, never about the person who asks."""

    GREEN = "green", _("In time")
    AMBER = "amber", _("Soon due")
    RED = "red", _("Overdue")


OPEN = (RequestState.RECEIVED, RequestState.EXTENDED)
