"""Who has said that they are free to say no, for whoever may know it."""

from dataclasses import dataclass
from datetime import datetime

from mediation.accounts.models import User
from mediation.cases.access import is_mediator_of
from mediation.cases.models import Participant
from mediation.settlements import access
from mediation.settlements.models import Document, FreedomConfirmation, Settlement
from mediation.settlements.selectors import signers


def has_confirmed_freedom(participant: Participant, document: Document) -> bool:
    """Whether this party said, for this document, that they are free to say no."""
    rows = FreedomConfirmation.objects.filter(document=document, participant=participant)
    return rows.exists()


@dataclass(frozen=True)
class FreedomLine:
    """For the mediator: a party, and whether they confirmed. Nothing is known of why not."""

    name: str
    is_done: bool


def freedom_lines(user: User, document: Document) -> list[FreedomLine]:
    """Who has confirmed, for the mediator; nothing for anybody else."""
    case = document.settlement.case
    if not is_mediator_of(user, case):
        return []
    rows = access.freedom_confirmations_visible_to(user).filter(document=document)
    done = set(rows.values_list("participant", flat=True))
    parties = [place for place in signers(document) if place.participant.side_id is not None]
    # Who has signed was asked before, or signed when nobody was asked yet.
    return [
        FreedomLine(place.name, place.signature is not None or place.participant.pk in done)
        for place in parties
    ]


def freedom_confirmed_at(user: User, settlement: Settlement) -> datetime | None:
    """When this person confirmed for the present document; for a copy of their own data."""
    rows = access.freedom_confirmations_visible_to(user).filter(
        document__settlement=settlement, participant__user=user
    )
    return rows.values_list("confirmed_at", flat=True).first()
