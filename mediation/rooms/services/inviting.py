"""Talks by invitation: a mediator lists who is to come, and each of them agrees or not.

There is no such talk without a mediator in it, and nobody else makes one. A third person (neither
party nor mediator) comes in only with the approval of every side, also of one that is not in the
talk (人民调解法 20).
"""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mediation.accounts.models import User
from mediation.audit import services as audit
from mediation.cases.access import ConsentMissing, mediator_of, require_party
from mediation.cases.lifecycle import lock
from mediation.cases.models import Case, Participant, Side
from mediation.cases.services.sealing import seal_field
from mediation.core import realtime
from mediation.core.errors import InvalidInput, WrongState, require
from mediation.core.text import in_one_form
from mediation.rooms import access
from mediation.rooms.enums import RoomKind
from mediation.rooms.models import Approval, Member, Room
from mediation.rooms.services.reviewing import follow_members, forget_held

MOST_WORDS = 300


class TalkIncomplete(InvalidInput):
    """A talk by invitation needs a purpose of at most 300 characters and somebody to talk with."""

    code = "talk_incomplete"
    message = _("Say what the talk is for, in at most 300 characters, and choose who is to come.")


@transaction.atomic
def invite_to_talk(*, actor: User, case: Case, purpose: str, people: Collection[UUID]) -> Room:
    """A mediator asks these participants to a talk of their own; the mediator is in it.

    Raises Forbidden, ConsentMissing or TalkIncomplete.
    """
    case = lock(case)
    mediator = mediator_of(actor, case)
    require(mediator is not None)
    assert mediator is not None
    require(case.talk_open, ConsentMissing)
    words = in_one_form(purpose)
    listed = case.participants.active().filter(pk__in=people).exclude(pk=mediator.pk)
    listed = listed.select_related("side")
    is_complete = bool(people) and len(listed) == len(set(people))
    require(0 < len(words) <= MOST_WORDS and is_complete, TalkIncomplete)
    room = _make_room(case, words, [mediator, *listed])
    room.members.filter(participant=mediator).update(agreed_at=timezone.now())
    audit.record(actor=actor, action="talk.proposed", target=room, case_id=case.pk)
    return room


def _make_room(case: Case, purpose: str, people: Collection[Participant]) -> Room:
    letters = sorted({person.side.letter for person in people if person.side is not None})
    room = Room(case=case, kind=RoomKind.INVITED, letters="".join(letters), opened_at=None)
    seal_field(room, case, "purpose", room.compartment, purpose)
    room.save(force_insert=True)
    Member.objects.bulk_create(Member(room=room, participant=person) for person in people)
    return room


@transaction.atomic
def agree_to_talk(*, actor: User, room: Room) -> Room:
    """Say yes to being in a talk. It opens with the last yes that is needed.

    Raises Forbidden, WrongState or ConsentMissing.
    """
    room, member = _own_place(actor, room)
    require(room.ended_at is None and member.agreed_at is None, WrongState)
    require(room.case.talk_open, ConsentMissing)
    member.agreed_at = timezone.now()
    member.save(update_fields=["agreed_at"])
    audit.record(actor=actor, action="talk.agreed", target=room, case_id=room.case_id)
    return _seat(room)


@transaction.atomic
def leave_talk(*, actor: User, room: Room) -> Room:
    """Say no to a talk, or go out of it: at once, without a reason and without anybody's consent.
    With a no before it opened, the talk does not come about. Raises Forbidden.
    """
    room, member = _own_place(actor, room)
    member.left_at, member.is_seated = timezone.now(), False
    member.save(update_fields=["left_at", "is_seated"])
    forget_held(room, member.participant)
    if room.opened_at is None:
        room.ended_at = room.ended_at or member.left_at
        room.save(update_fields=["ended_at"])
    audit.record(actor=actor, action="talk.left", target=room, case_id=room.case_id)
    return _seat(room)


@transaction.atomic
def approve_presence(*, actor: User, guest: Member) -> Room:
    """A party approves of a third person being in a talk. Again changes nothing.

    Raises Forbidden, WrongState or ConsentMissing.
    """
    room, party = _asked(actor, guest)
    require(guest.left_at is None and room.ended_at is None, WrongState)
    require(room.case.talk_open, ConsentMissing)
    values = {"given_at": timezone.now()}
    Approval.objects.get_or_create(member=guest, participant=party, defaults=values)
    audit.record(actor=actor, action="presence.approved", target=guest, case_id=room.case_id)
    return _seat(room)


@transaction.atomic
def disapprove_presence(*, actor: User, guest: Member) -> Room:
    """A party takes the approval back, or never gave it: the third person is out at once, until
    every side approves again. Raises Forbidden.
    """
    room, party = _asked(actor, guest)
    Approval.objects.filter(member=guest, participant=party).delete()
    audit.record(actor=actor, action="presence.refused", target=guest, case_id=room.case_id)
    return _seat(room)


def _own_place(actor: User, room: Room) -> tuple[Room, Member]:
    """The locked talk and the actor's place on its list. Raises Forbidden."""
    room = _locked(room)
    member = access.membership_of(actor, room)
    require(member is not None and room.is_invited)
    assert member is not None
    return room, member


def _asked(actor: User, guest: Member) -> tuple[Room, Participant]:
    """The locked talk of a third person, and the party who is asked. Raises Forbidden."""
    room = _locked(guest.room)
    require(guest.is_third_person)
    return room, require_party(actor, room.case)


def _locked(room: Room) -> Room:
    case = lock(room.case)
    fresh = Room.objects.select_related("side").get(pk=room.pk)
    fresh.case = case
    return fresh


def _seat(room: Room) -> Room:
    """Open a talk that everybody has agreed to, and seat exactly those who may be in it; open
    sockets are told at once.
    """
    unready = _unready(room)
    if room.opened_at is None and room.ended_at is None and not unready:
        room.opened_at = timezone.now()
        room.save(update_fields=["opened_at"])
        audit.record_system(action="talk.opened", target=room, case_id=room.case_id)
    if room.opened_at is not None:
        room.members.update(is_seated=False)
        room.members.listed().exclude(pk__in=unready).update(is_seated=True)
        follow_members(room)
    realtime.publish("access.changed", case=str(room.case_id))
    return room


def _unready(room: Room) -> set[UUID]:
    """Those on the list who have not agreed, or whom a side does not approve of."""
    approved = Approval.objects.filter(
        member=OuterRef(OuterRef("pk")), participant__side=OuterRef("pk"), participant__left_at=None
    )
    lacking = Side.objects.filter(case=room.case_id).exclude(Exists(approved))
    listed = room.members.listed()
    unapproved = listed.third_persons().filter(Exists(lacking))
    silent = listed.filter(agreed_at=None)
    return {*silent.values_list("pk", flat=True), *unapproved.values_list("pk", flat=True)}
