import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from mediation.accounts.models import User
from mediation.rooms.live.frames import Close

QUEUE_FRAMES = 256
QUEUE_BYTES = 1024 * 1024
SEND_SECONDS = 10
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Admission:
    """Who is at the other end of a socket, in which case, and the rooms they may hear."""

    case_id: UUID
    participant_id: UUID
    rooms: tuple[UUID, ...]
    is_mediator: bool = False


@dataclass(eq=False)
class Connection:
    """One socket: a bounded queue of frames to send, and how far it is in each room.

    A reader who does not keep up is closed and comes back from where it was; it can neither hold
    up the others nor fill the memory.
    """

    send: Send
    user: User
    session_key: str
    admission: Admission | None = None
    positions: dict[UUID, int] = field(default_factory=dict)
    close_code: Close | None = None
    opened_at: float = field(default_factory=time.monotonic)
    _frames: deque[str] = field(default_factory=deque)
    _bytes: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _space: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, frame: str) -> None:
        """Queue a frame; closes the socket (SLOW) when too much is waiting."""
        if self.close_code is not None:
            return
        if len(self._frames) >= QUEUE_FRAMES or self._bytes + len(frame) > QUEUE_BYTES:
            self.close(Close.SLOW)
            return
        self._frames.append(frame)
        self._bytes += len(frame)
        self._news.set()

    def close(self, code: Close) -> None:
        """Close the socket at once: what is still queued is not sent any more."""
        if self.close_code is None:
            self.close_code = code
            self._frames.clear()
            self._news.set()
            self._space.set()

    async def sent(self) -> None:
        """Wait until everything queued has gone."""
        while self._frames and self.close_code is None:
            self._space.clear()
            await self._space.wait()

    async def write(self) -> None:
        """Send what is queued until the socket is to be closed; then close it."""
        with suppress(OSError, TimeoutError):
            while self.close_code is None:
                await self._news.wait()
                self._news.clear()
                await self._send_queued()
            await self._send({"type": "websocket.close", "code": int(self.close_code)})
        self.close(Close.SLOW)  # unless it was closed for another reason

    async def _send_queued(self) -> None:
        while self._frames:
            frame = self._frames.popleft()
            self._bytes -= len(frame)
            await self._send({"type": "websocket.send", "text": frame})
        self._space.set()

    async def _send(self, event: dict[str, Any]) -> None:
        # ASGI cannot abort a stalled socket, and the server's own ping takes 40 s to notice.
        async with asyncio.timeout(SEND_SECONDS):
            await self.send(event)
