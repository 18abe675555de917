"""Courts and who works for them. Kept by the operator of the installation."""

from django.db import transaction
from django.utils import timezone

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.courts.enums import CourtLevel
from mediation.courts.models import Court, CourtMembership


@transaction.atomic
def open_court(
    *, code: str, name: str, seat: str, name_en: str = "", level: CourtLevel = CourtLevel.BASIC
) -> Court:
    """A court that can receive packages from now on. Opening it again updates what is known."""
    court, _made = Court.objects.update_or_create(
        code=code,
        defaults={
            "name": name,
            "name_en": name_en,
            "seat": seat,
            "level": level,
            "is_open": True,
        },
    )
    audit.record_system(action="court.opened", target=court)
    return court


@transaction.atomic
def add_clerk(*, court: Court, user: User) -> CourtMembership:
    """The person may fetch what is released to this court. Doing it twice is the same as once."""
    membership, made = CourtMembership.objects.get_or_create(court=court, user=user, ended_at=None)
    if made:
        audit.record_system(action="clerk.added", target=membership)
    return membership


@transaction.atomic
def end_clerk(*, membership: CourtMembership) -> CourtMembership:
    """The person sees nothing of the court any more, at once."""
    membership.ended_at = timezone.now()
    membership.save(update_fields=["ended_at"])
    audit.record_system(action="clerk.ended", target=membership)
    return membership
