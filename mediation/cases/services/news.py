"""Mails that tell people in a case that something changed, without saying what was said."""

from mediation.accounts.models import User
from mediation.cases.models import Case
from mediation.mail import services as mail

KINDS = ("invitation_accepted", "both_consented", "mediation_started", "ends_soon", "case_closed")


def send_news(*, case: Case, kind: str) -> None:
    """One short mail to each person who joined the case, in their language. Once per event."""
    people = User.objects.filter(
        participations__case=case,
        participations__joined_at__isnull=False,
        participations__left_at=None,
    ).distinct()
    for person in people:
        mail.send_mail(
            kind=f"cases/{kind}",
            to=person.email,
            language=person.language,
            time_zone=person.time_zone,
            context={"number": case.number, "case_id": case.pk},
            key=f"{kind}:{case.pk}:{case.state_since:%Y%m%d%H%M%S}:{person.pk}",
        )
