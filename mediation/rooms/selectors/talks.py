"""Talks by invitation, as those who are asked see them."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from mediation.accounts.models import User
from mediation.cases.access import require_participant
from mediation.cases.enums import ParticipantRole
from mediation.cases.models import Case, Participant
from mediation.cases.selectors import name_of, people_in
from mediation.rooms import access
from mediation.rooms.models import Member, Room
from mediation.rooms.selectors import purpose_of

PERSON = ("side", "user", "case")  # what a name is read from


@dataclass(frozen=True)
class Guest:
    """A third person on the list of a talk, and which of the sides approve of them."""

    member_id: UUID
    name: str
    approved_by: list[str]
    is_approved_by_me: bool


@dataclass(frozen=True)
class Listed:
    """Somebody on the list of a talk. No and silence look alike."""

    name: str
    is_me: bool
    has_agreed: bool


@dataclass(frozen=True)
class TalkLine:
    """A talk by invitation as somebody on its list, or asked about a third person, sees it."""

    room: Room
    purpose: str
    people: list[Listed]
    guests: list[Guest]
    am_listed: bool
    have_agreed: bool
    is_open_to_me: bool
    can_approve: bool

    @property
    def is_waiting(self) -> bool:
        return self.room.opened_at is None and self.room.ended_at is None


def talks_of(user: User, case: Case) -> list[TalkLine]:
    """The talks by invitation this person may know of, oldest first."""
    part = require_participant(user, case)
    rooms = (
        access.talks_visible_to(user)
        .filter(case=case)
        .order_by(F("ended_at").asc(nulls_first=True), F("opened_at").asc(nulls_first=True), "pk")
    )
    return [_talk_line(part, room) for room in rooms]


def _talk_line(part: Participant, room: Room) -> TalkLine:
    rows = room.members.listed().select_related(*(f"participant__{of}" for of in PERSON))
    listed = list(rows.prefetch_related("approvals__participant__user"))
    mine = next((row for row in listed if row.participant_id == part.pk), None)
    return TalkLine(
        room=room,
        purpose=purpose_of(room),
        people=[
            Listed(name_of(row.participant), row == mine, row.agreed_at is not None)
            for row in listed
        ],
        guests=[_guest(part, row) for row in listed if row.is_third_person],
        am_listed=mine is not None,
        have_agreed=mine is not None and mine.agreed_at is not None,
        is_open_to_me=mine is not None and mine.is_seated,
        can_approve=part.role == ParticipantRole.PARTY,
    )


def _guest(part: Participant, row: Member) -> Guest:
    approvals = list(row.approvals.all())
    return Guest(
        member_id=row.pk,
        name=name_of(row.participant),
        approved_by=[name_of(one.participant) for one in approvals],
        is_approved_by_me=any(one.participant_id == part.pk for one in approvals),
    )


def waits_for_answer(user: User, case: Case) -> bool:
    """Whether a talk waits for this person's yes or no, to it or to a third person in it."""
    own = Member.objects.listed().filter(
        participant__user=user, room__case=case, room__ended_at=None, agreed_at=None
    )
    guests = access.guests_visible_to(user).filter(room__case=case)
    return own.exists() or guests.exclude(approvals__participant__user=user).exists()


def can_be_invited(user: User, case: Case) -> list[tuple[UUID, str]]:
    """Everybody else in the case, by name, for a mediator who makes a list."""
    people = people_in(user, case)
    return [(one.participant.pk, one.name) for one in people if one.has_joined and not one.is_me]
