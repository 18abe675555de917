"""That a mediator read a room: on record, and told to those whose room it is."""

from uuid import UUID

from mediation.accounts.models import User
from mediation.cases.services.looking import Look, note_look
from mediation.rooms.access import held_visible_to, rooms_visible_to
from mediation.rooms.enums import HeldState, RoomKind
from mediation.rooms.models import Room

LOOKS = {
    RoomKind.JOINT: Look.ROOM,
    RoomKind.CAUCUS: Look.CAUCUS,
    RoomKind.INVITED: Look.TALK,
}


def note_room_look(*, actor: User, room: Room) -> None:
    """Once a day, for a mediator. What mediators say among themselves is nobody's to be told; that
    page shows the parties' names, as the case's own does.
    """
    look = LOOKS.get(RoomKind(room.kind), Look.CASE)
    side = room.side.letter if room.side else None
    talk = room if look is Look.TALK else None
    note_look(actor=actor, case=room.case, look=look, side=side, room=talk)


def note_visible_room(*, actor: User, room_id: UUID) -> None:
    """The same for a room that somebody reads live, if they may see it."""
    room = rooms_visible_to(actor).select_related("case", "side").filter(pk=room_id).first()
    if room is not None:
        note_room_look(actor=actor, room=room)


def note_held_look(*, actor: User, room: Room) -> None:
    """That a mediator read what waits for them here: told to the sides that wrote it, since nobody
    else knows that something waits.
    """
    waiting = held_visible_to(actor).filter(room=room, state=HeldState.WAITING)
    letters = set(waiting.values_list("participant__side__letter", flat=True))
    for letter in sorted(letter for letter in letters if letter):
        note_look(actor=actor, case=room.case, look=Look.HELD, side=letter)
