"""A party shows everybody one thing they said in private."""

import hashlib
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.access import ConsentMissing, require_party
from mediation.cases.lifecycle import lock
from mediation.core import realtime
from mediation.core.errors import DomainError, WrongState, require
from mediation.rooms import access
from mediation.rooms.enums import RoomKind
from mediation.rooms.models import Message, Room
from mediation.rooms.selectors import Held, Posted, own_message
from mediation.rooms.services import AlreadyTakenBack, ReviewIsOn
from mediation.rooms.services.appending import append
from mediation.rooms.services.drafts import Draft


class AlreadyReleased(DomainError):
    """What was released once is in the joint room."""

    code = "already_released"
    status = 409
    message = _("You have already released this message to the joint room.")


def text_sha256(body: str) -> str:
    """What a confirmation is about, word for word; 64 hex digits."""
    return hashlib.sha256(body.encode()).hexdigest()


@transaction.atomic
def release_message(
    *, actor: User, room_id: UUID, sequence: int, client_id: UUID, shown_sha256: str
) -> Posted:
    """Say in the joint room what this party said in their private talk, as `shown_sha256` was shown
    to them: a new message, sealed with the joint key, with a number and time of its own.

    Only by its author, and never by the mediator. Raises Forbidden, ConsentMissing, WrongState,
    AlreadyTakenBack, AlreadyReleased or ReviewIsOn. The same `client_id` again changes nothing.
    """
    room = access.rooms_visible_to(actor).filter(pk=room_id, kind=RoomKind.CAUCUS).first()
    require(room is not None)
    assert room is not None
    require_party(actor, room.case)
    case = lock(room.case)
    row = Message.objects.filter(room=room, participant__user=actor, changes=None)
    private = row.filter(sequence=sequence).first()
    require(private is not None)
    assert private is not None
    joint = Room.objects.get(case=case, kind=RoomKind.JOINT)
    said = Message.objects.filter(room=joint, participant__user=actor, client_id=client_id)
    if not said.exists():
        _require_releasable(private, is_open=case.talk_open)
    shown = own_message(actor, room, sequence)
    require(shown is not None and text_sha256(shown.body) == shown_sha256, WrongState)
    assert shown is not None
    return _say(actor, private, Draft(actor, joint.pk, client_id, shown.body))


def _require_releasable(private: Message, *, is_open: bool) -> None:
    require(private.retracted_at is None, AlreadyTakenBack)
    require(private.released_at is None, AlreadyReleased)
    require(is_open, ConsentMissing)


def _say(actor: User, private: Message, draft: Draft) -> Posted:
    (result,) = append([draft])
    if isinstance(result, DomainError):
        raise result
    # Released words are under review what any others are; here they would lose their mark.
    if isinstance(result, Held):
        raise ReviewIsOn
    if result.is_new:
        now = timezone.now()
        said = Message.objects.filter(room=result.room_id, sequence=result.sequence)
        said.update(released_at=now)
        Message.objects.filter(pk=private.pk).update(released_at=now)
        audit.record(
            actor=actor, action="message.released", target=private, case_id=private.room.case_id
        )
        realtime.publish("message.posted", room=str(result.room_id))
    return result
