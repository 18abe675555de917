"""Who has said that they are free to say no, for whoever may know it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from mediation.accounts.models import User
from mediation.cases.access import is_mediator_of
from mediation.cases.models import Participant
from mediation.cases.selectors import name_of
from mediation.settlements import access
from mediation.settlements.models import Document, FreedomConfirmation, Settlement, Version
from mediation.settlements.selectors import party_of_side, signers

# What a party confirms it for: the document they sign, or the version they agree to orally.
About = Document | Version


def link_to(about: About) -> dict[str, About]:
    """How a confirmation points to what it is for."""
    return {"document" if isinstance(about, Document) else "version": about}


def confirmations(about: About) -> QuerySet[FreedomConfirmation]:
    """Every confirmation for this document or this version."""
    return FreedomConfirmation.objects.filter(**link_to(about))


def has_confirmed_freedom(participant: Participant, about: About) -> bool:
    """Whether this party said, for exactly this, that they are free to say no."""
    return confirmations(about).filter(participant=participant).exists()


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


def freedom_before_agreeing(user: User, version: Version) -> list[FreedomLine]:
    """The same for what is agreed orally."""
    case = version.settlement.case
    if not is_mediator_of(user, case):
        return []
    done = set(confirmations(version).values_list("participant", flat=True))
    parties = [party_of_side(side) for side in case.sides.order_by("letter")]
    return [FreedomLine(name_of(party), party.pk in done) for party in parties]


def freedom_confirmed_at(user: User, settlement: Settlement) -> datetime | None:
    """When this person confirmed for the present document or version; for a copy of their data."""
    about = Q(document__settlement=settlement) | Q(version__settlement=settlement)
    rows = access.freedom_confirmations_visible_to(user).filter(about, participant__user=user)
    return rows.values_list("confirmed_at", flat=True).first()
