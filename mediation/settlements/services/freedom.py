"""Before signing: each party says for themselves that they are free to say no, or does not."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases import access as case_access
from mediation.cases.models import Participant
from mediation.core.errors import DomainError, Forbidden, WrongState, require
from mediation.rooms import services as rooms
from mediation.rooms.access import rooms_visible_to
from mediation.rooms.enums import RoomKind
from mediation.settlements import access
from mediation.settlements.lifecycle import lock
from mediation.settlements.models import Document, FreedomConfirmation, Settlement
from mediation.settlements.selectors import current_version, document_of
from mediation.settlements.selectors.freedom import About, has_confirmed_freedom, link_to
from mediation.settlements.services.offering import OtherText


class FreedomNotConfirmed(DomainError):
    """Nobody signs before they said, in private, that they are free to say no."""

    code = "freedom_not_confirmed"
    title = _("One question comes first")
    message = _(
        "Before you sign or agree, we ask you in private whether you know that you are free to say "
        "no. Open the page again; the question is there. The mediator sees only whether it is done."
    )


@transaction.atomic
def confirm_freedom(
    *, actor: User, settlement: Settlement, terms_sha256: str
) -> FreedomConfirmation:
    """A party confirms for this document, or for this version of what is to be agreed orally, named
    by the hash of its terms, that they are free to say no. Twice is the same as once. Raises
    ConsentMissing, or OtherText where the terms are others.

    Nothing is announced: the other side is not to notice.
    """
    case, settlement = lock(settlement)
    about = _about(actor, settlement)
    version = about.version if isinstance(about, Document) else about
    require(version.terms_sha256 == terms_sha256, OtherText)
    confirmation, made = FreedomConfirmation.objects.get_or_create(
        **link_to(about),
        participant=case_access.party_of(actor, case),
        defaults={"confirmed_at": timezone.now()},
    )
    if made:
        audit.record(actor=actor, action="freedom.confirmed", target=settlement, case_id=case.pk)
    return confirmation


@transaction.atomic
def tell_mediator(*, actor: User, settlement: Settlement, note: str, client_id: UUID) -> None:
    """A party who is not sure chooses to tell the mediator: a message in their own private talk,
    like any other there; the same `client_id` again is the same message. Raises MessageEmpty,
    MessageTooLong or ConsentMissing.
    """
    case, settlement = lock(settlement)
    _about(actor, settlement)
    part = case_access.party_of(actor, case)
    assert part is not None
    own = rooms_visible_to(actor).filter(case=case, kind=RoomKind.CAUCUS, side=part.side).first()
    require(own is not None, WrongState)
    assert own is not None
    rooms.post_message(actor=actor, room=own, client_id=client_id, body=note)


def require_freedom(participant: Participant, about: About) -> None:
    """Raises FreedomNotConfirmed for a party who has not confirmed for exactly this."""
    is_party = participant.side_id is not None
    done = not is_party or has_confirmed_freedom(participant, about)
    require(done, FreedomNotConfirmed)


def _about(actor: User, settlement: Settlement) -> About:
    is_party = case_access.is_party(actor, settlement.case)
    allowed = access.can_confirm_freedom(actor, settlement)
    require(allowed, WrongState if is_party else Forbidden)
    case_access.require_consents(settlement.case)
    about = current_version(settlement) if settlement.is_oral else document_of(settlement)
    assert about is not None
    return about
