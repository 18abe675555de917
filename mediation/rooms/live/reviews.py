from collections.abc import Callable, Collection
from uuid import UUID

from mediation.rooms.live import frames
from mediation.rooms.live.connection import Admission, Connection

Waiting = dict[UUID, int]  # how many messages of each participant wait in one room


class Reviews:
    """Tells the mediators and the authors where something waits, or no longer does. To everybody
    else it looks as if nothing had been written.
    """

    def __init__(self, members: Callable[[UUID], Collection[Connection]]) -> None:
        self._members = members
        self._told: dict[UUID, Waiting] = {}

    def tell(self, waiting: dict[UUID, Waiting]) -> None:
        before, self._told = self._told, waiting
        for room_id in before.keys() | waiting.keys():
            old, new = before.get(room_id, {}), waiting.get(room_id, {})
            for connection in self._members(room_id) if old != new else ():
                count = _news_for(connection.admission, old, new)
                if count is not None:
                    connection.put(frames.waiting(room_id, count))


def _news_for(admission: Admission | None, old: Waiting, new: Waiting) -> int | None:
    """A mediator hears of all that waits, an author of their own where that changed."""
    if admission is None:
        return None
    if admission.is_mediator:
        return sum(new.values())
    me = admission.participant_id
    return new.get(me, 0) if old.get(me, 0) != new.get(me, 0) else None
