"""Mails about a release: to both sides, and to the court's clerks when there is one to fetch."""

from mediation.accounts.models import User
from mediation.courts import access
from mediation.courts.models import CourtMembership, Release
from mediation.mail import services as mail

KINDS = ("release_proposed", "released", "release_withdrawn", "package_fetched")


def send_news(*, release: Release, kind: str) -> None:
    """One short mail to each party; of `released` also to the clerks. Once per event."""
    for person in _parties(release):
        _send(release, person, kind)
    if kind == "released" and access.is_open_to_court(release):
        for person in _clerks(release):
            _send(release, person, "package_ready")


def _send(release: Release, person: User, kind: str) -> None:
    mail.send_mail(
        kind=f"courts/{kind}",
        to=person.email,
        language=person.language,
        time_zone=person.time_zone,
        context={
            "number": release.case.number,
            "case_id": release.case_id,
            "court": release.court.name_in(person.language),
        },
        key=f"{kind}:{release.pk}:{person.pk}",
    )


def _parties(release: Release) -> list[User]:
    parts = release.case.participants.active().parties()
    return list(User.objects.filter(pk__in=parts.values("user")))


def _clerks(release: Release) -> list[User]:
    current = CourtMembership.objects.current().filter(court=release.court)
    return list(User.objects.filter(pk__in=current.values("user"), is_active=True))
