"""Mails that tell people in a case that something changed, without saying what was said."""

from collections.abc import Collection
from uuid import UUID

from mediation.accounts.models import User
from mediation.cases.enums import ParticipantRole
from mediation.cases.models import Case
from mediation.mail import services as mail

KINDS = ("invitation_accepted", "both_consented", "mediation_started", "ends_soon", "case_closed")


def send_news(*, case: Case, kind: str) -> None:
    """One short mail to each person who joined the case. Once per event."""
    event = f"{kind}:{case.pk}:{case.state_since:%Y%m%d%H%M%S}"
    tell_people(case=case, kind=f"cases/{kind}", event=event)


def tell_people(
    *,
    case: Case,
    kind: str,
    event: str,
    roles: Collection[str] = ParticipantRole.values,
    but: UUID | None = None,
) -> None:
    """One short mail about `event` to everybody who is in the case in one of these roles, in their
    language and on their clock; `but` is whoever did it. The same event again sends nothing.
    """
    people = User.objects.filter(
        participations__case=case,
        participations__role__in=roles,
        participations__joined_at__isnull=False,
        participations__left_at=None,
    )
    for person in people.exclude(pk__in=[but] if but else []).distinct():
        mail.send_mail(
            kind=kind,
            to=person.email,
            language=person.language,
            time_zone=person.time_zone,
            context={"number": case.number, "case_id": case.pk},
            key=f"{event}:{person.pk}",
        )
