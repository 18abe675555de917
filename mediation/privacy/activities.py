"""What personal data is processed for: the activities of GDPR art. 30, each with its grounds.

Every model belongs to exactly one activity. With the lines of `inventory` this is the registry
that the record of processing and the public page are both written from.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What sort of data a field holds."""

    CONTENT = "content", _("confidential content, sealed")
    PERSON = "person", _("who somebody is and how to reach them")
    PART = "part", _("which part somebody has in a case")
    ACT = "act", _("what was done, and when")
    CODE = "code", _("hash of a secret")
    TRACE = "trace", _("technical trace")
    OFFICE = "office", _("an organisation and those who work for it")
    NONE = "none", _("no personal data")


class Fate(TextChoices):
    """What happens to a field at its date."""

    KEY = "key", _("key destroyed, then removed")
    ROW = "row", _("row deleted")
    FILE = "file", _("key destroyed, then file and row deleted")
    EXPIRES = "expires", _("deleted by the clock")
    ACCOUNT = "account", _("deleted with the account")
    KEPT = "kept", _("kept: needed for as long as the service runs")


class Period(TextChoices):
    """Until when a field is kept that no compartment of a case takes with it."""

    MINUTE = "1 minute", _("1 minute")
    HALF_DAY = "12 h", _("12 hours")
    DAY = "1 day", _("1 day")
    JOB = "1 day, failed ones 30 days", _("1 day, 30 days if it failed")
    MONTH = "30 days", _("30 days")
    QUARTER = "90 days", _("90 days")
    ANSWERED = "3 years after the answer", _("3 years after the answer")
    CLOSED = "3 years after it was closed", _("3 years after it was closed")
    PROOF = "shell, the last one 30 days", _("with dates and outcome, the last one 30 days longer")
    ACCOUNT = "account", _("as long as the account")
    NONE = "none", _("as long as the service runs")


class Basis(TextChoices):
    """What allows an activity. Consent is only for what is optional."""

    CONTRACT = "gdpr-6-1-b", _("the agreement to mediate (GDPR 6(1)(b); PIPL 13(2))")
    CLAIMS = "gdpr-9-2-f", _("legal claims, out of court too (GDPR 9(2)(f))")
    CONSENT = "gdpr-6-1-a", _("your own consent, for this alone (GDPR 6(1)(a); PIPL 13(1), 23)")
    DUTY = "gdpr-6-1-c", _("a duty under data protection law (GDPR 6(1)(c); PIPL 13(3))")
    INTEREST = "gdpr-6-1-f", _("a legitimate interest, which you may object to (GDPR 6(1)(f), 21)")


class Persons(TextChoices):
    """Whose data it is."""

    PARTIES = "parties", _("parties")
    INVITED = "invited", _("people who were invited and have not joined")
    MENTIONED = "mentioned", _("others whom the parties write about")
    MEDIATORS = "mediators", _("mediators")
    STAFF = "staff", _("people who work for a centre or a court")
    ASKERS = "askers", _("relatives and representatives who ask, and people without an account")


class Recipient(TextChoices):
    """Who receives it besides the person and the centre."""

    OTHER_SIDE = "other_side", _("the other side, only what is meant for both")
    MEDIATOR = "mediator", _("the mediator of the case")
    COURT = "court", _("a court, only a settlement that both sides released to it")
    HOSTER = "hoster", _("whoever runs the servers; what is confidential is sealed")
    MAIL = "mail", _("the mail service: the address and a letter without content")
    TSA = "tsa", _("a time-stamp authority: a hash of the document, nothing else")


@dataclass(frozen=True)
class Activity:
    """One thing that is done with personal data."""

    key: str
    purpose: Promise
    bases: tuple[Basis, ...]
    persons: tuple[Persons, ...]
    recipients: tuple[Recipient, ...]
    models: frozenset[str]


def _activity(
    key: str,
    purpose: Promise,
    bases: tuple[Basis, ...],
    persons: tuple[Persons, ...],
    recipients: tuple[Recipient, ...],
    models: str,
) -> Activity:
    return Activity(key, purpose, bases, persons, recipients, frozenset(models.split()))


P, R = Persons, Recipient
EVERYBODY = (P.PARTIES, P.MEDIATORS, P.STAFF)
IN_CASE = (P.PARTIES, P.MENTIONED, P.MEDIATORS)
SHARED = (R.OTHER_SIDE, R.MEDIATOR, R.HOSTER)
MEDIATION = (Basis.CONTRACT, Basis.CLAIMS)
ACTIVITIES: tuple[Activity, ...] = (
    _activity(
        "account", _("Signing in without a password"),
        (Basis.CONTRACT,), EVERYBODY, (R.HOSTER, R.MAIL),
        "accounts.user accounts.confirmationcode accounts.passkey accounts.passkeychallenge"
        " account.emailaddress account.emailconfirmation sessions.session",
    ),
    _activity(
        "invitation", _("Asking the other side once, and not again after a no"),
        (Basis.INTEREST,), (P.INVITED,), (R.HOSTER, R.MAIL),
        "cases.invitation cases.refusal",
    ),
    _activity(
        "mediation", _("Mediation both sides agreed to"), MEDIATION, IN_CASE, SHARED,
        "cases.case cases.side cases.participant cases.statement"
        " rooms.room rooms.member rooms.approval rooms.review rooms.reviewyes rooms.heldmessage"
        " rooms.message rooms.reading"
        " proceedings.opening proceedings.confirmation proceedings.stagemove"
        " proceedings.agendapoint proceedings.fact proceedings.factanswer proceedings.sitting"
        " proceedings.attendance proceedings.identitycheck proceedings.note"
        " offers.offer offers.answer offers.sealedround offers.roundagreement offers.sealedfigure",
    ),
    _activity(
        "documents", _("Documents that somebody brings to a case"), MEDIATION, IN_CASE, SHARED,
        "evidence.document vault.sealedfile",
    ),
    _activity(
        "mediator", _("Finding a mediator both sides accept"),
        (Basis.CONTRACT,), (P.PARTIES, P.MEDIATORS), SHARED,
        "matching.assignment matching.answer matching.namecheck",
    ),
    _activity(
        "settlement", _("A settlement that holds, and what became of it"),
        MEDIATION, IN_CASE, (*SHARED, R.TSA),
        "settlements.settlement settlements.version settlements.approval"
        " settlements.changerequest settlements.comment settlements.document settlements.revision"
        " settlements.signature settlements.freedomconfirmation settlements.scan"
        " settlements.scananswer settlements.amendment"
        " performance.statement performance.reminder",
    ),
    _activity(
        "release", _("Release to a court that both sides consented to"),
        (Basis.CONSENT,), (P.PARTIES, P.STAFF), (R.OTHER_SIDE, R.COURT, R.HOSTER),
        "courts.release courts.delivery",
    ),
    _activity(
        "consents", _("Proof of what each person agreed to"),
        (Basis.DUTY,), (P.PARTIES,), (R.HOSTER,), "cases.consent cases.receipt",
    ),
    _activity(
        "organisations", _("Who mediates, and which court is asked"),
        (Basis.INTEREST,), (P.MEDIATORS, P.STAFF), (R.HOSTER,),
        "centers.center centers.membership centers.periodchange"
        " courts.court courts.courtmembership courts.apitoken",
    ),
    _activity(
        "audit", _("Proof of who did and looked at what"),
        (Basis.DUTY,), EVERYBODY, (R.HOSTER,),
        "audit.entry audit.leaf audit.checkpoint audit.treehead audit.pending audit.entrydetail"
        " audit.casesalt audit.dailyhead audit.stamp audit.droppedsegment",
    ),
    _activity(
        "destruction", _("Destruction on time, and its proof"),
        (Basis.DUTY,), (P.PARTIES, P.MEDIATORS), (R.HOSTER, R.MAIL),
        "privacy.erasure privacy.erasurerequest privacy.certificate",
    ),
    _activity(
        "holds", _("Keeping what must not go yet, without using it"),
        (Basis.DUTY,), (P.PARTIES, P.MEDIATORS, P.STAFF), (R.HOSTER, R.MAIL),
        "holds.hold holds.restriction",
    ),
    _activity(
        "rights", _("Answering people about their data in time, and showing that we did"),
        (Basis.DUTY,), (*EVERYBODY, P.ASKERS), (R.HOSTER, R.MAIL), "rights.rightsrequest",
    ),
    _activity(
        "breaches", _("Writing down breaches of data protection, and whom we told of them"),
        (Basis.DUTY,), EVERYBODY, (R.HOSTER,), "rights.breach",
    ),
    _activity(
        "letters", _("That a letter went out, without what it said"),
        (Basis.INTEREST,), EVERYBODY, (R.HOSTER, R.MAIL), "mail.dispatch",
    ),
    _activity(
        "machinery", _("Work that is done a little later"),
        (Basis.CONTRACT,), EVERYBODY, (R.HOSTER,), "django_tasks_database.dbtaskresult",
    ),
    _activity(
        "framework", _("Tables of the framework, in which nothing about people is stored"),
        (), (), (),
        "auth.permission auth.group auth.group_permissions contenttypes.contenttype",
    ),
)  # fmt: skip


class Unclassified(LookupError):
    """A model that belongs to no activity."""


def _by_model() -> Mapping[str, Activity]:
    return {model: activity for activity in ACTIVITIES for model in activity.models}


BY_MODEL = _by_model()


def activity_of(model: str) -> Activity:
    """The activity the rows of a model belong to; raises Unclassified."""
    try:
        return BY_MODEL[model]
    except KeyError:
        raise Unclassified(model) from None
