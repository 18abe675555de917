"""The socket's door: reads one frame, does what it asks, reads the next."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from copy import copy
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError

from mediation.accounts.models import User
from mediation.cases.access import ConsentMissing
from mediation.core.errors import DomainError, Forbidden, TooMany
from mediation.core.server_send import SERVER_SEND
from mediation.rooms.hub import Hub, current_hub
from mediation.rooms.live import frames
from mediation.rooms.live.connection import Connection
from mediation.rooms.live.frames import FRAME_BYTES, Close, Malformed, Request
from mediation.rooms.live.limits import Allowance, Bucket
from mediation.rooms.live.peers import Peer
from mediation.rooms.live.writer import Waiting
from mediation.rooms.selectors import Posted
from mediation.rooms.services import edit_message, retract_message
from mediation.rooms.services.drafts import Draft
from mediation.rooms.services.looking import note_visible_room

logger = logging.getLogger(__name__)
HELLO_SECONDS = 10
REFUSALS = 100  # somebody who is told to slow down this often does not listen
Event = dict[str, Any]
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Coroutine[Any, Any, None]]


async def room_socket(scope: Event, receive: Receive, send: Send) -> None:
    """The ASGI application behind /ws/; routing, session and origin are Channels' work."""
    await receive()
    version = frames.version(scope["subprotocols"])
    if version is None:
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept", "subprotocol": version})
    # The person, and not the stand-in for them, which asks itself who it is at every look.
    user, key = copy(scope["user"]), scope["session"].session_key
    if not isinstance(user, User) or key is None:
        await send({"type": "websocket.close", "code": int(Close.SIGN_IN)})
        return
    hub = scope.get("hub") or current_hub()
    # Frames take the short way out: what Channels does to each event on it is for HTTP answers.
    connection = Connection(scope.get(SERVER_SEND, send), user, key)
    await RoomSocket(hub, connection, receive).run()


class RoomSocket:
    """One socket: one person in one case, hearing every room they may see."""

    def __init__(self, hub: Hub, connection: Connection, receive: Receive) -> None:
        self._hub = hub
        self._connection = connection
        self._receive = receive
        self._allowance: Allowance = hub.allowance(connection.user)
        self._refusals = 0
        self._looks: set[tuple[UUID, date]] = set()
        self._answers: dict[str, Callable[[Request], Awaitable[None]]] = {
            "message.post": self._post,
            "message.edit": self._edit,
            "message.retract": self._retract,
            "message.read": self._note_reading,
            "resume": self._resume,
            "ping": self._ping,
            "call.join": self._join_call,
            "call.leave": self._leave_call,
            "call.move": self._move_call,
            "call.credentials": self._renew_credentials,
            "signal": self._signal,
            "media.publish": self._publish_media,
            "media.subscribe": self._subscribe_media,
            "media.answer": self._answer_media,
            "media.trickle": self._trickle_media,
        }

    async def run(self) -> None:
        """Until the client goes or the hub closes the socket, whichever is first."""
        self._hub.connect(self._connection)
        reading = asyncio.create_task(self._read())
        try:
            ends = {reading, self._connection.closing}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            # Out of the call first: a client that takes no close would stay in it meanwhile.
            self._hub.calls.drop(self._connection)
            await self._connection.end()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await self._hub.disconnect(self._connection)

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                text = await self._next()
            if text is not None:
                await self._greet(frames.parse(text))
            while text is not None and self._connection.close_code is None:
                text = await self._next()
                if text is not None:
                    await self._answer(frames.parse(text))
        except (Malformed, TimeoutError):
            self._connection.close(Close.MALFORMED)
        except (DatabaseError, InterfaceError):
            logger.exception("a socket could not be served")
            self._connection.close(Close.UNAVAILABLE)
        except Exception:
            logger.exception("a frame was not understood for a reason of ours")
            self._connection.close(Close.BROKEN)

    async def _next(self) -> str | None:
        """The text of the next frame; None when there will be no more."""
        event = await self._receive()
        if event["type"] == "websocket.disconnect":
            return None
        text = event.get("text")
        if not isinstance(text, str):
            raise Malformed("binary")
        if len(text) > FRAME_BYTES:
            self._connection.close(Close.TOO_BIG)
            return None
        return text

    async def _answer(self, request: Request) -> None:
        answer = self._answers.get(request.name)
        if answer is None:
            raise Malformed(request.name)
        try:
            await answer(request)
        except DomainError as error:
            self._refuse(request, error)

    # --- Frames, one by one ---------------------------------------------------------------------

    async def _greet(self, request: Request) -> None:
        """hello: the case, and how far the client is in each room it knows."""
        if request.name != "hello":
            raise Malformed("hello")
        heads = request.heads()
        if self._allowance.sockets.take() > 0:
            self._connection.close(Close.TOO_MANY)
            return
        admission = await self._hub.admit(self._connection, request.uuid("case"))
        if admission is None:
            self._connection.close(Close.NO_ACCESS)
            return
        self._connection.put(
            frames.encode(
                {
                    "name": "welcome",
                    "participant": str(admission.participant_id),
                    "frames": ["hello", *self._answers],
                }
            )
        )
        self._connection.put(self._hub.presence_of(admission.case_id))
        for room_id in admission.rooms:
            try:
                await self._hub.enter(self._connection, room_id, heads.get(room_id))
            except DomainError as error:  # what was said there may not be shown now
                self._refuse(request, error)

    async def _post(self, request: Request) -> None:
        room_id, client_id = self._room(request), request.uuid("client_id")
        if not self._is_within(self._allowance.messages, request):
            return
        draft = Draft(self._connection.user, room_id, client_id, request.text("body"))
        self._hub.post(Waiting(draft, self._connection, request.id))

    async def _edit(self, request: Request) -> None:
        await self._change(request, edit_message, body=request.text("body"))

    async def _retract(self, request: Request) -> None:
        await self._change(request, retract_message)

    async def _change(self, request: Request, act: Callable[..., Posted], **more: str) -> None:
        room_id, client_id = self._room(request), request.uuid("client_id")
        sequence = request.sequence("sequence")
        if self._is_within(self._allowance.messages, request):
            whose = {"actor": self._connection.user, "room_id": room_id, "client_id": client_id}
            # It waits for the case's lock, so not in the thread that stores everybody's messages.
            done = await database_sync_to_async(act)(**whose, sequence=sequence, **more)
            self._hub.stored_elsewhere(done)

    async def _note_reading(self, request: Request) -> None:
        room_id, sequence = self._room(request), request.sequence("sequence")
        if self._is_within(self._allowance.others, request):
            self._hub.readings.note(self._connection, room_id, sequence)
            await self._note_look(room_id)

    async def _note_look(self, room_id: UUID) -> None:
        """What a mediator reads live is on record as on the pages; asked once a day and room."""
        seen = (room_id, datetime.now(UTC).date())
        if seen not in self._looks:
            self._looks.add(seen)
            note = database_sync_to_async(note_visible_room)
            await note(actor=self._connection.user, room_id=room_id)

    async def _resume(self, request: Request) -> None:
        room_id, after = self._room(request), request.sequence("after")
        if self._is_within(self._allowance.others, request):
            await self._hub.enter(self._connection, room_id, after)

    async def _ping(self, request: Request) -> None:
        if self._is_within(self._allowance.others, request):
            heads = self._hub.heads(self._connection)
            self._connection.put(frames.encode({"name": "pong", "heads": heads}))

    async def _join_call(self, request: Request) -> None:
        room_id = self._room(request)
        if not self._is_within(self._allowance.others, request):
            return
        if not await self._hub.video_is_open(room_id):
            raise ConsentMissing
        await self._hub.calls.make_room(self._connection, room_id)
        self._hub.calls.join(self._connection, room_id)

    async def _leave_call(self, request: Request) -> None:
        self._hub.calls.leave(self._connection, self._room(request))

    async def _move_call(self, request: Request) -> None:
        room_id, to, is_told = self._room(request), self._room(request, "to"), request.flag("tell")
        if not self._is_within(self._allowance.others, request):
            return
        if not await self._hub.video_is_open(to):
            raise ConsentMissing
        self._hub.calls.move(self._connection, room_id, to, is_told=is_told)

    async def _renew_credentials(self, request: Request) -> None:
        if self._is_within(self._allowance.others, request):
            self._hub.calls.credentials(self._connection, self._room(request))

    async def _signal(self, request: Request) -> None:
        room_id, (to, data) = self._room(request), request.signal()
        if self._is_within(self._allowance.signals, request):
            self._hub.calls.signal(self._connection, room_id, to, data)

    async def _publish_media(self, request: Request) -> None:
        room_id, sdp = self._room(request), request.description("offer")
        peer = self._peer(request, room_id, self._allowance.publications)
        if peer is not None:
            await self._hub.calls.larger.publish(peer, sdp)

    async def _subscribe_media(self, request: Request) -> None:
        room_id, other = self._room(request), request.peer("peer")
        with_picture = request.flag("picture")
        peer = self._peer(request, room_id, self._allowance.media)
        if peer is not None:
            await self._hub.calls.larger.subscribe(peer, other, with_picture=with_picture)

    async def _answer_media(self, request: Request) -> None:
        room_id, other = self._room(request), request.peer("peer")
        sdp = request.description("answer")
        peer = self._peer(request, room_id, self._allowance.media)
        if peer is not None:
            await self._hub.calls.larger.answer(peer, other, sdp)

    async def _trickle_media(self, request: Request) -> None:
        room_id, other, candidate = self._room(request), request.peer("peer"), request.candidate()
        peer = self._peer(request, room_id, self._allowance.media)
        if peer is not None:
            await self._hub.calls.larger.trickle(peer, other, candidate)

    def _peer(self, request: Request, room_id: UUID, bucket: Bucket) -> Peer | None:
        """This socket's peer in the room's call; None for whoever is not in it or asks too much."""
        is_within = self._is_within(bucket, request)
        return self._hub.calls.find(self._connection, room_id) if is_within else None

    def _room(self, request: Request, key: str = "room") -> UUID:
        """The room a frame is about. Raises Forbidden for one this socket does not hear."""
        room_id, admission = request.uuid(key), self._connection.admission
        if admission is None or room_id not in admission.rooms:
            raise Forbidden
        return room_id

    def _is_within(self, bucket: Bucket, request: Request) -> bool:
        wait = bucket.take()
        if wait > 0:
            self._refuse(request, TooMany(), wait)
        return wait <= 0

    def _refuse(self, request: Request, error: DomainError, wait: float | None = None) -> None:
        """Say no to one frame; whoever goes on regardless is disconnected."""
        about = {"id": request.id, "client_id": request.client_id}
        self._connection.put(frames.refused(error, wait, **about))
        self._refusals += 1
        if self._refusals > REFUSALS:
            self._connection.close(Close.TOO_MANY)
