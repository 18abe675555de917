"""The clock of judicial confirmation: one word to both sides before the time is over."""

from datetime import datetime, timedelta

from django.utils import timezone

from mediation.accounts.models import User
from mediation.cases.enums import CaseState
from mediation.courts.models import Delivery
from mediation.courts.selectors import confirm_by
from mediation.mail import services as mail
from mediation.settlements.enums import SettlementState
from mediation.settlements.models import Settlement

# The law gives 30 days (人民调解法 33); five of them are left when we remind.
NOTICE = timedelta(days=5)
LONGEST_WINDOW = timedelta(days=366)


def remind_of_confirmation() -> int:
    """Tell both sides once that few days are left to ask a court together. Nobody is told once a
    court has fetched the settlement. Returns how many settlements it was about.
    """
    now = timezone.now()
    near = [row for row in _sealed(now) if _is_near(row, now)]
    for settlement in near:
        for person in _parties(settlement):
            _remind(settlement, person)
    return len(near)


def _sealed(now: datetime) -> list[Settlement]:
    rows = Settlement.objects.filter(
        state=SettlementState.SEALED, document__effective_at__gt=now - LONGEST_WINDOW
    )
    rows = rows.exclude(case__state=CaseState.ERASED)
    rows = rows.exclude(pk__in=Delivery.objects.values("release__settlement"))
    return list(rows.select_related("case", "document"))


def _is_near(settlement: Settlement, now: datetime) -> bool:
    end = confirm_by(settlement.case, settlement)
    return end is not None and end - NOTICE <= now < end


def _parties(settlement: Settlement) -> list[User]:
    parts = settlement.case.participants.active().parties()
    return list(User.objects.filter(pk__in=parts.values("user")))


def _remind(settlement: Settlement, person: User) -> None:
    mail.send_mail(
        kind="courts/confirmation_ends",
        to=person.email,
        language=person.language,
        time_zone=person.time_zone,
        context={
            "number": settlement.case.number,
            "case_id": settlement.case_id,
            "until": confirm_by(settlement.case, settlement),
        },
        key=f"confirmation_ends:{settlement.pk}:{person.pk}",
    )
