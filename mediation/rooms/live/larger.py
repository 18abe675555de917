"""Calls of more than four people, which go through the media server (mediation/rooms/media.py).

A call begins from browser to browser. When a fifth person joins, it goes over to the media server,
and stays there until it ends: going back and forth as people come and go would cut everybody's
sound each time.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict
from uuid import UUID

from django.conf import settings

from mediation.rooms.live.ending import end_tasks
from mediation.rooms.live.frames import Frame, encode
from mediation.rooms.live.peers import Peer
from mediation.rooms.media import MediaAway, MediaRoom, MediaServer

ACT_SECONDS = 5.0
SPARE_SECONDS = 1.0  # whoever a room is made for takes it in the same moment
logger = logging.getLogger(__name__)
Everybody = Callable[[UUID], Collection[str]]


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """One act on the media server as a whole. Raises MediaAway when it takes too long."""
    try:
        async with asyncio.timeout(ACT_SECONDS):
            yield
    except TimeoutError as error:
        raise MediaAway from error


class LargerCalls:
    """Which calls are on the media server, and the seats there of this process's peers."""

    def __init__(self, everybody: Everybody, lost: Callable[[UUID], None]) -> None:
        self._everybody = everybody
        self._lost = lost
        self._server = MediaServer(self._lose) if settings.MEDIA_SERVER_URL else None
        self._rooms: dict[UUID, MediaRoom] = {}
        self._spare: dict[UUID, MediaRoom] = {}
        self._made: set[str] = set()  # by this process, which alone destroys them
        self._opening: dict[UUID, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    def is_larger(self, room_id: UUID) -> bool:
        return room_id in self._rooms

    # --- The call as a whole -------------------------------------------------------------------

    async def open(self, room_id: UUID) -> None:
        """Make a room for the call on the media server, if there is one, for whoever is about to
        join. The call goes over only when they do. Raises MediaAway.
        """
        if self._server is None or room_id in self._rooms or room_id in self._spare:
            return
        if room_id not in self._opening:
            # Of its own: a person who goes away meanwhile takes nobody else's call with them.
            self._opening[room_id] = asyncio.create_task(self._open(self._server, room_id))
        async with in_time():
            await asyncio.shield(self._opening[room_id])

    async def _open(self, server: MediaServer, room_id: UUID) -> None:
        try:
            made = await server.create()
        finally:
            del self._opening[room_id]
        self._spare[room_id] = made
        self._later(self._clear(server, room_id, made))

    async def _clear(self, server: MediaServer, room_id: UUID, made: MediaRoom) -> None:
        """Nobody has joined by it: another process was first, or there was no need any more."""
        await asyncio.sleep(SPARE_SECONDS)
        if self._spare.get(room_id) == made:
            del self._spare[room_id]
            await server.destroy(made)

    def go_over(self, room_id: UUID) -> None:
        """The one more person joins whom the room was made for."""
        if room_id in self._spare and room_id not in self._rooms:
            made = self._rooms[room_id] = self._spare.pop(room_id)
            self._made.add(made.id)

    def end(self, room_id: UUID) -> None:
        """Nobody is in the call any more."""
        room = self._rooms.pop(room_id, None)
        if room is not None and room.id in self._made and self._server is not None:
            self._made.discard(room.id)
            self._later(self._server.destroy(room))

    def doubt(self, room_id: UUID) -> None:
        """Another process fell silent. Its people may well go on, so this one will not end the call
        for them: better an empty room that is left behind.
        """
        room = self._rooms.get(room_id)
        if room is not None:
            self._made.discard(room.id)

    def said(self, room_id: UUID) -> Frame | None:
        """What other processes must know to seat their own people in the same call."""
        room = self._rooms.get(room_id)
        return None if room is None else asdict(room)

    def hear(self, room_id: UUID, said: Frame | None) -> bool:
        """Take in what another process says; true when the call has gone over by it.

        Two processes that both saw a fifth person come keep the room whose id is smaller. Whoever
        had a seat in the other one is out of the call and may join again.
        """
        own = self._rooms.get(room_id)
        if said is None or self._server is None or (own and own.id <= said["id"]):
            return False
        if own is not None:
            self.end(room_id)
            self._lost(room_id)
        self._rooms[room_id] = MediaRoom(**said)
        return own is None

    def _lose(self, lost: MediaRoom | None) -> None:
        """This room has ended on the media server; or that has gone, and all its calls with it."""
        if lost is None:
            self._spare.clear()
        for room_id in [key for key, room in self._rooms.items() if lost in (None, room)]:
            self._made.discard(self._rooms.pop(room_id).id)
            self._lost(room_id)

    # --- One person in it ----------------------------------------------------------------------

    @in_time()
    async def publish(self, peer: Peer, sdp: str) -> None:
        """What this peer sends, from now on. A second time: all over again. Raises MediaAway."""
        room = self._rooms.get(peer.room_id)
        if room is None or self._server is None:
            return
        await self._vacate(peer)
        seat = await self._server.admit(room, peer.id, lambda feeds: _tell_feeds(peer, feeds))
        if peer.is_gone:
            self._later(self._server.remove(seat))
            return
        peer.seat = seat
        peer.connection.put(_said(peer, "media.published", "answer", await seat.publish(sdp)))

    @in_time()
    async def subscribe(self, peer: Peer, other: str, *, with_picture: bool) -> None:
        """What `other` sends, for this peer. Raises MediaAway."""
        if peer.seat is not None and other in self._everybody(peer.room_id):
            offered = await peer.seat.subscribe(other, with_picture=with_picture)
            if offered is not None:
                peer.connection.put(_said(peer, "media.offer", "offer", offered, other))

    @in_time()
    async def answer(self, peer: Peer, other: str, sdp: str) -> None:
        """This peer's answer to the offer of what `other` sends. Raises MediaAway."""
        if peer.seat is not None:
            await peer.seat.answer(other, sdp)

    @in_time()
    async def trickle(self, peer: Peer, other: str, candidate: Frame) -> None:
        """A way to this peer's browser. Raises MediaAway."""
        if peer.seat is not None:
            await peer.seat.trickle(other, candidate)

    def part(self, peer: Peer, other: str) -> None:
        """`other` is out of the call, and this peer needs no way to them any more."""
        if peer.seat is not None and other in peer.seat.watching:
            self._later(peer.seat.unsubscribe(other))

    def leave(self, peer: Peer) -> None:
        """The peer is out of the call: nothing goes to or from them any more."""
        peer.is_gone = True
        self._later(self._vacate(peer))

    async def _vacate(self, peer: Peer) -> None:
        seat, peer.seat = peer.seat, None
        if seat is not None and self._server is not None:
            await self._server.remove(seat)

    def _later(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(_logged(work))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def stop(self) -> None:
        """The process ends, and its link to the media server: that ends every seat of ours."""
        await asyncio.gather(*self._leaving)
        await end_tasks(self._opening.values())
        if self._server is not None:
            await self._server.close()


async def _logged(work: Coroutine[object, object, None]) -> None:
    try:
        await work
    except Exception:
        logger.exception("the media server was not told that somebody left")


def _tell_feeds(peer: Peer, feeds: Collection[str]) -> None:
    if not peer.is_gone:
        for feed in feeds:
            fields = {"name": "media.feed", "room": str(peer.room_id), "peer": feed}
            peer.connection.put(encode(fields))


def _said(peer: Peer, name: str, kind: str, sdp: str, other: str = "") -> str:
    fields: Frame = {"room": str(peer.room_id), "description": {"type": kind, "sdp": sdp}}
    if other:
        fields["peer"] = other
    return encode({"name": name, **fields})
