"""What waits for a mediator, as its author and the mediator see it."""

from dataclasses import dataclass

from mediation.accounts.models import User
from mediation.cases.access import require_participant
from mediation.cases.selectors import name_of, open_sealed
from mediation.rooms import access
from mediation.rooms.enums import HeldState
from mediation.rooms.models import HeldMessage, Review, Room


def text_of(held: HeldMessage) -> str:
    """What its author wrote; "" once they took it back."""
    return open_sealed(held, held.room.case, "body", held.room.compartment)


def note_of(held: HeldMessage) -> str:
    """What the mediator wrote to it, or ""."""
    return open_sealed(held, held.room.case, "note", held.room.compartment)


@dataclass(frozen=True)
class Yes:
    """Somebody in the room, and whether they agreed to the review."""

    name: str
    is_me: bool
    has_agreed: bool


@dataclass(frozen=True)
class HeldLine:
    """A message that is not said: whose, what, and what the mediator wrote to it."""

    held: HeldMessage
    author: str
    body: str
    note: str

    @property
    def is_waiting(self) -> bool:
        return self.held.state == HeldState.WAITING


@dataclass(frozen=True)
class ReviewPage:
    """All that the page of a room's review shows to one member."""

    room: Room
    review: Review | None
    people: list[Yes]
    have_agreed: bool
    can_propose: bool
    can_judge: bool
    own: list[HeldLine]
    waiting: list[HeldLine]


def review_page(user: User, room: Room) -> ReviewPage:
    """The page for this person. Only for rooms out of `rooms_visible_to`."""
    part = require_participant(user, room.case)
    review = room.reviews.filter(ended_at=None).first()
    agreed = set(review.yeses.values_list("participant", flat=True)) if review else set()
    members = access.members_of(room).select_related("side", "user", "case")
    lines = [_line(row) for row in access.held_visible_to(user).filter(room=room)]
    return ReviewPage(
        room=room,
        review=review,
        people=[Yes(name_of(row), row.pk == part.pk, row.pk in agreed) for row in members],
        have_agreed=part.pk in agreed,
        can_propose=review is None and access.can_propose_review(user, room),
        can_judge=room.case.talk_open,
        own=[line for line in lines if line.held.participant_id == part.pk],
        waiting=[line for line in lines if line.held.participant_id != part.pk],
    )


def _line(row: HeldMessage) -> HeldLine:
    return HeldLine(row, name_of(row.participant), text_of(row), note_of(row))


def held_count(user: User, room: Room) -> int:
    """How many of one's own messages wait or were returned; for a mediator, how many to judge."""
    return access.held_visible_to(user).filter(room=room).count()
