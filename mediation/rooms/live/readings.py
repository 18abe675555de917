import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from uuid import UUID

from channels.db import database_sync_to_async

from mediation.rooms.live.bus import Bus
from mediation.rooms.live.connection import Connection
from mediation.rooms.live.frames import Frame, encode
from mediation.rooms.readings import Heard, ReadUpTo, note_readings

PAUSE_SECONDS = 3.0
logger = logging.getLogger(__name__)


class Readings:
    """How far people have read: collected for a few seconds, stored together, and told to those who
    may know. Whatever gets lost on the way is said again by the reader's next look.
    """

    def __init__(self, bus: Bus, members: Callable[[UUID], Collection[Connection]]) -> None:
        self._bus = bus
        self._members = members
        self._waiting: dict[tuple[UUID, UUID], ReadUpTo] = {}
        self._task: asyncio.Task[None] | None = None

    def note(self, connection: Connection, room_id: UUID, sequence: int) -> None:
        """Take in what a browser says of itself; at most one write in three seconds for each."""
        key = (room_id, connection.user.pk)
        before = self._waiting.get(key)
        if before is None or before.sequence < sequence:
            self._waiting[key] = ReadUpTo(connection.user, room_id, sequence)
        if self._task is None:
            self._task = asyncio.create_task(self._store_soon())

    async def finish(self) -> None:
        """Store what is waiting, now."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._store()

    async def _store_soon(self) -> None:
        await asyncio.sleep(PAUSE_SECONDS)
        self._task = None
        await self._store()

    async def _store(self) -> None:
        notes, self._waiting = list(self._waiting.values()), {}
        if not notes:
            return
        try:
            # Not in the thread that stores messages: nothing waits for this.
            heard = await database_sync_to_async(note_readings)(notes)
        except Exception:
            logger.exception("how far %d people have read was not stored", len(notes))
            return
        for one in heard:
            self._tell(one.room_id, one.participant_id, one.sequence, one.audience)
            self._say(one)

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
