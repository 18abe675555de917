"""Mails that say a settlement has moved on, without a word of what is in it."""

from django.utils import timezone

from mediation.accounts.models import User
from mediation.cases.enums import ParticipantRole
from mediation.core import jobs
from mediation.mail import services as mail
from mediation.settlements.models import Settlement

PARTIES = (ParticipantRole.PARTY,)
MEDIATORS = (ParticipantRole.MEDIATOR,)
EVERYBODY = (*PARTIES, *MEDIATORS)
# Who is told what, by the name of the letter in templates/mail.
KINDS = {
    "settlements/draft_ready": PARTIES,
    "settlements/change_requested": MEDIATORS,
    "settlements/taken_back": PARTIES,
    "settlements/ready_to_sign": EVERYBODY,
    "settlements/signing_ended": EVERYBODY,
    "settlements/sealed": EVERYBODY,
    "settlements/signed_on_paper": PARTIES,
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


def send_news(*, settlement: Settlement, kind: str, moment: str) -> None:
    """One short mail to each person the news is for, in their language. Once per event."""
    people = User.objects.filter(
        participations__case=settlement.case_id,
        participations__role__in=KINDS[kind],
        participations__joined_at__isnull=False,
        participations__left_at=None,
    ).distinct()
    for person in people:
        mail.send_mail(
            kind=kind,
            to=person.email,
            language=person.language,
            time_zone=person.time_zone,
            context={"number": settlement.case.number, "case_id": settlement.case_id},
            key=f"{kind.rpartition('/')[2]}:{settlement.pk}:{moment}:{person.pk}",
        )
