"""Where the signing stands, for a program of somebody who signs. It names nobody but them: who else
signs is told by side and role, so that a mediator's program reads no party's name here.
"""

from dataclasses import dataclass
from datetime import datetime

from mediation.accounts.access import passkeys_visible_to
from mediation.accounts.models import User
from mediation.cases import access as case_access
from mediation.cases.enums import NEEDED_TO_TALK, ParticipantRole, Purpose
from mediation.settlements import access
from mediation.settlements.models import Document, Settlement
from mediation.settlements.selectors import Signer, document_of, last_revision, signers
from mediation.settlements.selectors.freedom import has_confirmed_freedom


@dataclass(frozen=True)
class SigningPlace:
    """One place to sign; `letter` is the side's, empty for the mediator."""

    letter: str
    role: ParticipantRole
    is_mine: bool
    signed_at: datetime | None


@dataclass(frozen=True)
class SigningNow:
    """`name` is what this person types to sign, empty where they do not sign."""

    settlement: Settlement
    sha256: str
    opens_at: datetime | None
    name: str
    can_sign: bool
    freedom_is_asked: bool
    has_consents: bool
    has_passkey: bool
    places: list[SigningPlace]


def signing_for(user: User, settlement: Settlement) -> SigningNow:
    """Everything a program has to know before it asks for a signature. Raises KeyDestroyed."""
    document, places = _document_and_places(settlement)
    last = last_revision(document) if document else None
    own = next((place for place in places if place.participant.user_id == user.pk), None)
    consents = case_access.all_sides_consent(settlement.case_id, *NEEDED_TO_TALK, Purpose.SIGNING)
    is_open = own is not None and own.signature is None and access.can_sign(user, settlement)
    return SigningNow(
        settlement=settlement,
        sha256=last.sha256 if last else "",
        opens_at=document.signing_opens_at if document else None,
        name=own.name if own else "",
        can_sign=is_open and not settlement.is_paper_only,
        freedom_is_asked=_is_freedom_asked(own, document),
        has_consents=consents,
        has_passkey=passkeys_visible_to(user).exists(),
        places=[_place(place, user) for place in places],
    )


def _document_and_places(settlement: Settlement) -> tuple[Document | None, list[Signer]]:
    document = document_of(settlement)
    if document is None:
        return None, []
    document.version.settlement = settlement
    return document, signers(document)


def _is_freedom_asked(own: Signer | None, document: Document | None) -> bool:
    """Whether this party still has to say, on its page, that they are free to say no."""
    if own is None or document is None or own.participant.side_id is None:
        return False
    return own.signature is None and not has_confirmed_freedom(own.participant, document)


def _place(place: Signer, user: User) -> SigningPlace:
    side = place.participant.side
    return SigningPlace(
        letter=side.letter if side else "",
        role=ParticipantRole(place.participant.role),
        is_mine=place.participant.user_id == user.pk,
        signed_at=place.signature.signed_at if place.signature else None,
    )


def is_same_name(typed: str, name: str) -> bool:
    """Whether somebody typed the name that stands in the document; spaces and capitals aside."""
    return _folded(typed) == _folded(name)


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
