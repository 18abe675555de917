"""Destroying what the sides said about a settlement, together with it."""

from uuid import UUID

from django.db import transaction

from mediation.performance.models import Reminder, Statement


@transaction.atomic
def forget_performance(*, case_id: UUID) -> None:
    """Part of a case's erasure: every statement and reminder. They are not counted: the mediator
    reads the certificate too, and is not told whether there were any.
    """
    Reminder.objects.filter(settlement__case=case_id).delete()
    Statement.objects.filter(settlement__case=case_id).delete()
