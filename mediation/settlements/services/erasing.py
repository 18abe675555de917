"""Destroying a case's settlements when their time has come."""

from uuid import UUID

from django.db import transaction
from django.db.models import Q

from mediation.settlements.models import (
    Amendment,
    ChangeRequest,
    Comment,
    FreedomConfirmation,
    Settlement,
)


@transaction.atomic
def erase_settlements(*, case_id: UUID) -> int:
    """Remove every row about the case's settlements; returns how many rows. The erasure calls it
    after the key is destroyed and before the files, which no row then points to.

    Confirmations of freedom are not counted: the certificate is read by both sides, and neither is
    to learn whether the other had confirmed.
    """
    Amendment.objects.filter(case=case_id).delete()
    about = Q(document__settlement__case=case_id) | Q(version__settlement__case=case_id)
    FreedomConfirmation.objects.filter(about).delete()
    return Settlement.objects.filter(case=case_id).delete()[0]


@transaction.atomic
def erase_change_requests(*, side_id: UUID) -> int:
    """Remove what a side told the mediator about offered texts, which is sealed with its private
    talks and goes with them. Returns how many rows.
    """
    return ChangeRequest.objects.filter(participant__side=side_id).delete()[0]


@transaction.atomic
def erase_private_comments(*, side_id: UUID) -> int:
    """Remove what a side said to the mediator alone about offered texts. Returns how many rows."""
    return Comment.objects.filter(participant__side=side_id, is_private=True).delete()[0]


@transaction.atomic
def erase_open_comments(*, case_id: UUID) -> int:
    """Remove what was said to everybody about offered texts, which is sealed with the joint talks
    and goes with them. Returns how many rows.
    """
    rows = Comment.objects.filter(version__settlement__case=case_id, is_private=False)
    return rows.delete()[0]
