import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from mediation.rooms.live import frames
from mediation.rooms.live.connection import Connection
from mediation.rooms.selectors import Posted

Read = Callable[[UUID, int], Awaitable[Sequence[Posted]]]
ReadHead = Callable[[UUID], Awaitable[int]]
REPLAY_AT_MOST = 1000


@dataclass(eq=False)
class LiveRoom:
    """A room somebody in this process is connected to.

    `last` is the number of the newest message that was sent on to its members. Messages go out in
    sequence; whatever is found missing is read from the database, once for all of them.
    """

    id: UUID
    case_id: UUID
    read: Read
    read_head: ReadHead
    last: int = 0
    connected: set[Connection] = field(default_factory=set)
    members: set[Connection] = field(default_factory=set)
    _wanted: int = 0
    _ready: asyncio.Task[None] | None = None
    _filling: asyncio.Task[None] | None = None

    async def ready(self) -> None:
        """Wait until the head is known. The room can be found by others before that, so that a
        message stored meanwhile is not overlooked.
        """
        if self._ready is None:
            self._ready = asyncio.create_task(self._load())
        await asyncio.shield(self._ready)

    async def _load(self) -> None:
        self.last = max(self.last, await self.read_head(self.id))

    @property
    def _is_loaded(self) -> bool:
        return self._ready is not None and self._ready.done()

    def deliver(self, sequence: int, frame: str) -> None:
        """Send a stored message on, or find out what is missing before it."""
        if not self._is_loaded:
            self.last = max(self.last, sequence)  # nobody listens yet
        elif sequence == self.last + 1:
            self.last = sequence
            for connection in self.members:
                self._pass_on(connection, sequence, frame)
        elif sequence > self.last:
            self.want(sequence)

    def _pass_on(self, connection: Connection, sequence: int, frame: str) -> None:
        if connection.positions[self.id] < sequence:  # else its replay was ahead of us
            connection.positions[self.id] = sequence
            connection.put(frame)

    def want(self, head: int) -> None:
        """The room has messages up to `head`: read those that did not come by themselves."""
        self._wanted = max(self._wanted, head)
        if self._wanted > self.last and self._filling is None and self._is_loaded:
            self._filling = asyncio.create_task(self._fill())

    async def _fill(self) -> None:
        try:
            while self.last < self._wanted:
                found = await self.read(self.id, self.last)
                for message in found:
                    self.deliver(message.sequence, frames.posted(message))
                if not found:
                    break
        finally:
            self._filling = None

    def stop(self) -> None:
        """Nobody is here any more: read nothing further."""
        for task in (self._ready, self._filling):
            if task is not None:
                task.cancel()

    def can_replay(self, after: int) -> bool:
        """False for a client ahead of us (a backup was restored) or too far behind."""
        return self.last - REPLAY_AT_MOST <= after <= self.last

    async def catch_up(self, connection: Connection, after: int) -> None:
        """Send the messages after `after`, then make the connection a member: no gap, no overlap.

        The last comparison and the joining have no await between them. Somebody who is taken out of
        the room meanwhile hears no more and does not join.
        """
        self.members.discard(connection)
        while after < self.last and self._may_hear(connection):
            found = await self.read(self.id, after)
            for message in found if self._may_hear(connection) else ():
                connection.put(frames.posted(message))
                after = message.sequence
            if not found:
                break
            await connection.sent()
        if connection in self.connected:
            connection.positions[self.id] = after
            self.members.add(connection)

    def _may_hear(self, connection: Connection) -> bool:
        return connection.close_code is None and connection in self.connected
