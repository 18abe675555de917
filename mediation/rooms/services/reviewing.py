"""A mediator reads what people write in a room before the others do ("cool" mode).

It is on with everybody's yes and over with anybody's no. When it is over, whatever still waits
goes back to its author, who decides anew: it was written to be read by the mediator first.
"""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.access import ConsentMissing, participant_of
from mediation.cases.lifecycle import lock
from mediation.cases.models import Participant
from mediation.cases.services.sealing import seal_field
from mediation.core import realtime
from mediation.core.errors import InvalidInput, WrongState, require
from mediation.core.text import in_one_form
from mediation.rooms import access
from mediation.rooms.enums import HeldState
from mediation.rooms.journal import Journal, Row
from mediation.rooms.models import HeldMessage, Message, Review, ReviewYes, Room
from mediation.rooms.selectors.reviews import text_of
from mediation.vault import services as vault
from mediation.vault.services import Place, Slot

MOST_NOTE = 1000


class NoteTooLong(InvalidInput):
    """A note to a returned message holds 1,000 characters."""

    code = "note_too_long"
    message = _("This note is too long. It can have up to 1,000 characters.")


@transaction.atomic
def propose_review(*, actor: User, room: Room) -> Review:
    """A mediator proposes to read first. Raises Forbidden, ConsentMissing or WrongState."""
    room, part = _locked(actor, room)
    require(access.can_propose_review(actor, room))
    require(room.case.talk_open, ConsentMissing)
    require(not room.reviews.filter(ended_at=None).exists(), WrongState)
    now = timezone.now()
    review = Review.objects.create(room=room, proposed_at=now)
    ReviewYes.objects.create(review=review, participant=part, given_at=now)
    audit.record(actor=actor, action="review.proposed", target=room, case_id=room.case_id)
    return review


@transaction.atomic
def agree_to_review(*, actor: User, room: Room) -> Review:
    """A member's yes; with the last one the review is on. Again changes nothing.

    Raises Forbidden, ConsentMissing or WrongState.
    """
    room, part = _locked(actor, room)
    require(room.case.talk_open, ConsentMissing)
    review = room.reviews.filter(ended_at=None).first()
    require(review is not None, WrongState)
    assert review is not None
    values = {"given_at": timezone.now()}
    ReviewYes.objects.get_or_create(review=review, participant=part, defaults=values)
    audit.record(actor=actor, action="review.agreed", target=room, case_id=room.case_id)
    if review.began_at is None and not _lacking(review):
        review.began_at = timezone.now()
        review.save(update_fields=["began_at"])
        _set_held(room, is_held=True)
    return review


@transaction.atomic
def end_review(*, actor: User, room: Room) -> None:
    """Any member ends a review, or says no to one that is proposed: at once, without a reason.

    Raises Forbidden, or WrongState where there is none.
    """
    room, _part = _locked(actor, room)
    review = room.reviews.filter(ended_at=None).first()
    require(review is not None, WrongState)
    audit.record(actor=actor, action="review.ended", target=room, case_id=room.case_id)
    _end(room)


def follow_members(room: Room) -> None:
    """Part of whatever changes who is in a room, on a locked case: a review that not everybody in
    it agreed to, or that no mediator is there for, is over.
    """
    review = room.reviews.filter(ended_at=None).exclude(began_at=None).first()
    if review is not None and (_lacking(review) or not access.mediators_in(room).exists()):
        _end(room)


@transaction.atomic
def pass_on(*, actor: User, held: HeldMessage) -> None:
    """A mediator lets a held message be said: now, under its author's name, as it was written.

    Raises Forbidden, ConsentMissing or WrongState.
    """
    room, held = _to_judge(actor, held)
    place, row_id = Place(room.case_id, room.compartment), Message().pk
    text = text_of(held)
    sealed = vault.seal_text(place=place, slot=Slot("rooms.message", row_id, "body"), text=text)
    row = Row(
        id=row_id,
        room_id=room.pk,
        sequence=room.head + 1,
        participant_id=held.participant_id,
        client_id=held.client_id,
        body_sealed=sealed,
        sent_at=timezone.now(),
    )
    held.delete()
    Journal().insert([row])
    audit.record(actor=actor, action="message.passed_on", target=room, case_id=room.case_id)
    realtime.publish("message.posted", room=str(room.pk))


@transaction.atomic
def return_message(*, actor: User, held: HeldMessage, note: str) -> HeldMessage:
    """A mediator gives a held message back to its author, with a note if they like.

    Raises Forbidden, ConsentMissing, WrongState or NoteTooLong.
    """
    words = in_one_form(note)
    require(len(words) <= MOST_NOTE, NoteTooLong)
    room, held = _to_judge(actor, held)
    seal_field(held, room.case, "note", room.compartment, words)
    held.state = HeldState.RETURNED
    held.save(update_fields=["note_sealed", "state"])
    audit.record(actor=actor, action="message.returned", target=room, case_id=room.case_id)
    realtime.publish("message.posted", room=str(room.pk))
    return held


@transaction.atomic
def take_back_held(*, actor: User, held: HeldMessage) -> None:
    """Its author takes back what was not said: the text is destroyed, and the note with it. Needs
    nobody's consent. Raises Forbidden or WrongState.
    """
    lock(held.room.case)
    own = HeldMessage.objects.filter(pk=held.pk, participant__user=actor).first()
    require(own is not None)
    assert own is not None
    require(own.state != HeldState.TAKEN_BACK, WrongState)
    _destroy(HeldMessage.objects.filter(pk=own.pk))
    realtime.publish("message.posted", room=str(own.room_id))


def forget_held(room: Room, author: Participant) -> None:
    """Part of leaving a talk: nothing its author has not said is said once they are gone."""
    _destroy(room.held_messages.filter(participant=author))


def _destroy(held: QuerySet[HeldMessage]) -> None:
    held.update(body_sealed=b"", note_sealed=b"", state=HeldState.TAKEN_BACK)


def _locked(actor: User, room: Room) -> tuple[Room, Participant]:
    """The room of a locked case, and the actor's part. Raises Forbidden for all but members."""
    case = lock(room.case)
    fresh = access.rooms_visible_to(actor).filter(pk=room.pk).first()
    part = participant_of(actor, case)
    require(fresh is not None and part is not None)
    assert fresh is not None
    assert part is not None
    fresh.case = case
    return fresh, part


def _to_judge(actor: User, held: HeldMessage) -> tuple[Room, HeldMessage]:
    """A waiting message and its room, for a mediator who is in it."""
    room, _part = _locked(actor, held.room)
    require(access.mediators_in(room).filter(user=actor).exists())
    require(room.case.talk_open, ConsentMissing)
    fresh = HeldMessage.objects.filter(pk=held.pk, state=HeldState.WAITING).first()
    require(fresh is not None, WrongState)
    assert fresh is not None
    require(access.members_of(room).filter(pk=fresh.participant_id).exists(), WrongState)
    fresh.room = room
    return room, fresh


def _lacking(review: Review) -> bool:
    """Whether somebody who is in the room has not said yes."""
    agreed = review.yeses.values("participant")
    return access.members_of(review.room).exclude(pk__in=agreed).exists()


def _end(room: Room) -> None:
    room.reviews.filter(ended_at=None).update(ended_at=timezone.now())
    waiting = room.held_messages.filter(state=HeldState.WAITING)
    waiting.update(state=HeldState.RETURNED)
    _set_held(room, is_held=False)


def _set_held(room: Room, *, is_held: bool) -> None:
    room.is_held = is_held
    room.save(update_fields=["is_held"])
    realtime.publish("message.posted", room=str(room.pk))
