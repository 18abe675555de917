import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError

from mediation.rooms.live.bus import Bus
from mediation.rooms.live.connection import Connection
from mediation.rooms.live.frames import Frame, encode
from mediation.rooms.readings import Heard, Noted, ReadUpTo, note_readings

PAUSE_SECONDS = 3.0
logger = logging.getLogger(__name__)


class Readings:
    """How far people have read: collected for a few seconds, stored room by room, and told to those
    who may know. A browser says it once, so what could not be stored waits for the next round.
    """

    def __init__(self, bus: Bus, members: Callable[[UUID], Collection[Connection]]) -> None:
        self._bus = bus
        self._members = members
        self._waiting: dict[tuple[UUID, UUID], ReadUpTo] = {}
        self._task: asyncio.Task[None] | None = None
        self._is_ending = False

    def note(self, connection: Connection, room_id: UUID, sequence: int) -> None:
        """Take in what a browser says of itself; at most one write in three seconds for each."""
        self._keep([ReadUpTo(connection.user, room_id, sequence)])

    def _keep(self, notes: Iterable[ReadUpTo]) -> None:
        for note in notes:
            known = self._waiting.get((note.room_id, note.actor.pk))
            if known is None or known.sequence < note.sequence:
                self._waiting[note.room_id, note.actor.pk] = note
        if self._waiting and self._task is None:
            self._task = asyncio.create_task(self._store_soon())

    async def finish(self) -> None:
        """Store what is waiting, now."""
        self._is_ending = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._store()

    async def _store_soon(self) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        self._task = None
        await self._store()

    async def _store(self) -> None:
        notes, self._waiting = self._waiting.values(), {}
        rooms = defaultdict(list)
        for note in notes:
            rooms[note.room_id].append(note)
        for one in rooms.values():
            again = await self._store_room(one)
            if not self._is_ending:
                self._keep(again)

    async def _store_room(self, notes: Sequence[ReadUpTo]) -> Sequence[ReadUpTo]:
        """What of it is to be tried again. A room at a time, as its case is held meanwhile."""
        try:
            # Not in the thread that stores messages: nothing waits for this.
            noted: Noted = await database_sync_to_async(note_readings)(notes)
        except (OperationalError, InterfaceError):
            logger.exception("how far %d people have read is not stored yet", len(notes))
            return notes
        except Exception:
            logger.exception("how far %d people have read was not stored", len(notes))
            return []
        for one in noted.heard:
            self._tell(one.room_id, one.participant_id, one.sequence, one.audience)
            self._say(one)
        return noted.busy

    def _say(self, heard: Heard) -> None:
        self._bus.say(
            "read",
            room=str(heard.room_id),
            participant=str(heard.participant_id),
            sequence=heard.sequence,
            audience=[str(one) for one in heard.audience],
        )

    def hear(self, said: Frame) -> None:
        """Another process stored it."""
        audience = map(UUID, said["audience"])
        self._tell(UUID(said["room"]), UUID(said["participant"]), said["sequence"], audience)

    def _tell(
        self, room_id: UUID, participant_id: UUID, sequence: int, audience: Iterable[UUID]
    ) -> None:
        who = {"room": str(room_id), "participant": str(participant_id), "sequence": sequence}
        frame, told = encode({"name": "message.read", **who}), set(audience)
        for connection in self._members(room_id):
            if connection.admission and connection.admission.participant_id in told:
                connection.put(frame)
