import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from mediation.accounts.models import User
from mediation.rooms.live.ending import end_tasks
from mediation.rooms.live.frames import Close

QUEUE_FRAMES = 256
QUEUE_BYTES = 1024 * 1024
SEND_SECONDS = 10
logger = logging.getLogger(__name__)
Send = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Admission:
    """Who is at the other end of a socket, in which case, and the rooms they may hear."""

    case_id: UUID
    participant_id: UUID
    rooms: tuple[UUID, ...]
    is_mediator: bool


def _future() -> asyncio.Future[None]:
    return asyncio.get_running_loop().create_future()


@dataclass(eq=False)
class Connection:
    """One socket: a bounded queue of frames to send, and how far it is in each room.

    A frame goes out at once where the transport takes it, which it nearly always does: waking a
    task for every frame and member cost more than the sending. Only a reader who lags has a queue
    and a task. Who lags too far is closed and comes back from where it was; it can neither hold up
    the others nor fill the memory.
    """

    send: Send
    user: User
    session_key: str
    admission: Admission | None = None
    positions: dict[UUID, int] = field(default_factory=dict)
    close_code: Close | None = None
    opened_at: float = field(default_factory=time.monotonic)
    closing: asyncio.Future[None] = field(default_factory=_future)
    lagging_since: float = 0.0
    _frames: deque[str] = field(default_factory=deque)
    _bytes: int = 0
    _lagging: asyncio.Task[None] | None = None

    def begin_to_hear(self, room_id: UUID) -> None:
        """A room more. Each change builds on the one before it: several come in one look."""
        if self.admission is not None and room_id not in self.admission.rooms:
            self.admission = replace(self.admission, rooms=(*self.admission.rooms, room_id))

    def cease_to_hear(self, room_id: UUID) -> None:
        """A room less; frames about it are refused from now on."""
        self.positions.pop(room_id, None)
        if self.admission is not None:
            rooms = tuple(one for one in self.admission.rooms if one != room_id)
            self.admission = replace(self.admission, rooms=rooms)

    def put(self, frame: str) -> None:
        """Send a frame, or queue it behind others; closes the socket (SLOW) when too much waits."""
        if self.close_code is not None:
            return
        if self._lagging is None:
            self._send_at_once(frame)
        elif len(self._frames) >= QUEUE_FRAMES or self._bytes + len(frame) > QUEUE_BYTES:
            self.close(Close.SLOW)
        else:
            self._frames.append(frame)
            self._bytes += len(frame)

    def close(self, code: Close) -> None:
        """Close the socket: what is still queued is not sent any more."""
        if self.close_code is None:
            self.close_code = code
            self._frames.clear()
            if not self.closing.done():
                self.closing.set_result(None)

    @property
    def is_stuck(self) -> bool:
        """Whether the transport has taken nothing for so long that nobody seems to read."""
        is_lagging = self._lagging is not None
        return is_lagging and time.monotonic() - self.lagging_since > SEND_SECONDS

    async def sent(self) -> None:
        """Wait until everything queued has gone, or the socket is to be closed."""
        if self._lagging is not None:
            await asyncio.wait({self._lagging, self.closing}, return_when=asyncio.FIRST_COMPLETED)

    async def end(self) -> None:
        """Stop sending, and say why to a client that is still there."""
        await self.end_sending()
        if self.close_code is not None:
            # ASGI cannot abort a stalled socket, and the server's own ping takes 40 s to notice.
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(SEND_SECONDS):
                    await self.send({"type": "websocket.close", "code": int(self.close_code)})

    async def end_sending(self) -> None:
        await end_tasks([self._lagging])

    def _send_at_once(self, frame: str) -> None:
        sending = self.send(_event(frame))
        try:
            awaited = sending.send(None)
        except StopIteration:
            return
        except OSError:
            self.close(Close.SLOW)  # it has gone
        except Exception:
            logger.exception("a socket took no frame; the room's other members hear it")
            self.close(Close.SLOW)
        else:
            self.lagging_since = time.monotonic()
            self._lagging = asyncio.create_task(self._lag(_Begun(sending, awaited)))

    async def _lag(self, sending: "_Begun") -> None:
        try:
            await sending
            while self._frames:
                frame = self._frames.popleft()
                self._bytes -= len(frame)
                self.lagging_since = time.monotonic()
                await self.send(_event(frame))
        except OSError:
            self.close(Close.SLOW)
        except Exception:
            logger.exception("a socket that lagged took no frame")
            self.close(Close.SLOW)
        finally:
            self._lagging = None


def _event(frame: str) -> dict[str, Any]:
    return {"type": "websocket.send", "text": frame}


@dataclass(frozen=True)
class _Begun:
    """The rest of a coroutine that ran outside of a task until it waited for something."""

    coroutine: Coroutine[Any, Any, None]
    awaited: object

    def __await__(self) -> Generator[object, None, None]:
        try:
            yield self.awaited
        except BaseException:
            self.coroutine.close()
            raise
        yield from self.coroutine.__await__()
