"""Destroying a case's settlements when their time has come."""

from uuid import UUID

from django.db import transaction

from mediation.settlements.models import ChangeRequest, Settlement


@transaction.atomic
def erase_settlements(*, case_id: UUID) -> int:
    """Remove every row about the case's settlements; returns how many rows. The erasure calls it
    after the key is destroyed and before the files, which no row then points to.
    """
    return Settlement.objects.filter(case=case_id).delete()[0]


@transaction.atomic
def erase_change_requests(*, side_id: UUID) -> int:
    """Remove what a side told the mediator about offered texts, which is sealed with its private
    talks and goes with them. Returns how many rows.
    """
    return ChangeRequest.objects.filter(participant__side=side_id).delete()[0]
