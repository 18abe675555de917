"""Mails that say a settlement has moved on, without a word of what is in it."""

from django.utils import timezone

from mediation.cases.enums import ParticipantRole
from mediation.cases.services.news import tell_people
from mediation.core import jobs
from mediation.settlements.models import Settlement

PARTIES = (ParticipantRole.PARTY,)
MEDIATORS = (ParticipantRole.MEDIATOR,)
EVERYBODY = (*PARTIES, *MEDIATORS)
# Who is told what, by the name of the letter in templates/mail.
KINDS = {
    "settlements/draft_ready": PARTIES,
    "settlements/record_ready": PARTIES,
    "settlements/change_requested": MEDIATORS,
    "settlements/commented": MEDIATORS,
    "settlements/taken_back": PARTIES,
    "settlements/ready_to_sign": EVERYBODY,
    "settlements/signing_ended": EVERYBODY,
    "settlements/oral_ended": EVERYBODY,
    "settlements/sealed": EVERYBODY,
    "settlements/signed_on_paper": PARTIES,
    "settlements/agreed_orally": EVERYBODY,
    "settlements/scan_added": PARTIES,
    "settlements/scan_doubted": MEDIATORS,
}


def tell_soon(settlement: Settlement, kind: str) -> None:
    """Queue one mail of this kind, within the caller's transaction. The moment makes it unique,
    since the same thing may happen to a settlement twice.
    """
    jobs.enqueue(
        "settlements.send_news",
        settlement_id=str(settlement.pk),
        kind=kind,
        moment=f"{timezone.now():%Y%m%d%H%M%S%f}",
    )


def tell_of_the_end(settlement: Settlement) -> None:
    """Queue the mail that nothing was concluded, in the words of what it would have been."""
    tell_soon(settlement, f"settlements/{'oral' if settlement.is_oral else 'signing'}_ended")


def send_news(*, settlement: Settlement, kind: str, moment: str) -> None:
    """One short mail to each person the news is for, in their language. Once per event."""
    event = f"{kind.rpartition('/')[2]}:{settlement.pk}:{moment}"
    tell_people(case=settlement.case, kind=kind, event=event, roles=KINDS[kind])
