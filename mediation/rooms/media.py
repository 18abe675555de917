"""A media server for calls of more than four people, behind one small interface: create, admit,
remove, destroy. Debian's Janus is the one there is (docs/decisions/0016).

What it passes on was encrypted in the browsers, with keys it never had: it sees addresses and
amounts. Its own API is for this process alone; nothing of it reaches a browser but descriptions,
candidates and whose picture there is. Nothing is recorded.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from mediation.core.errors import DomainError
from mediation.rooms.live.frames import Frame
from mediation.rooms.live.janus import Link, LinkLost, Refused

LARGEST = 12
BITRATE = 700_000  # bits a second that one person may send; a shared screen needs the most
SESSION_NAME = re.compile(r"^s=[^\r\n]*", re.MULTILINE)  # Janus puts the room's id into it
P = ParamSpec("P")
R = TypeVar("R")
logger = logging.getLogger(__name__)
Tell = Callable[[Collection[str]], None]


class MediaAway(DomainError):
    """The media server is not there, or said no."""

    code = "media_away"
    status = 503
    message = _("Calls of more than four people are not possible at the moment.")


@dataclass(frozen=True)
class MediaRoom:
    """The room of one call on the media server. Who has the secrets may come in, or change it."""

    id: str
    secret: str = field(repr=False)
    pin: str = field(repr=False)


@dataclass(eq=False)
class Seat:
    """One person's place in a room: what they send, and the pictures they are sent."""

    link: Link
    room: MediaRoom
    person: str
    token: str = field(repr=False)
    handle: int = 0
    private_id: int = 0
    is_over: bool = False
    feeds: dict[str, list[Frame]] = field(default_factory=dict)
    watching: dict[str, int] = field(default_factory=dict)

    async def publish(self, sdp: str) -> str:
        """Take in what this person sends; the answer to their offer. Raises MediaAway."""
        body = {"request": "publish", "audiocodec": "opus", "videocodec": "vp8"}
        return await self._negotiate(self.handle, body, "offer", sdp)

    async def subscribe(self, person: str, *, with_picture: bool) -> str | None:
        """The media server's offer of what `person` sends; None while they send nothing."""
        await self.unsubscribe(person)
        streams = [
            {"feed": person, "mid": stream["mid"]}
            for stream in self.feeds.get(person, ())
            if with_picture or stream["type"] == "audio"
        ]
        if not streams:
            return None
        body: Frame = {"request": "join", "ptype": "subscriber", "room": self.room.id}
        body |= {"pin": self.room.pin, "private_id": self.private_id, "autoupdate": False}
        handle = await _asked(self.link.attach, _ignore)
        if self.is_over:
            await _asked(self.link.detach, handle)
            raise MediaAway  # they left meanwhile
        self.watching[person] = handle
        return await self._negotiate(handle, {**body, "streams": streams})

    async def answer(self, person: str, sdp: str) -> None:
        """What the person's browser says to the offer of `subscribe`."""
        if person in self.watching:
            await self._negotiate(self.watching[person], {"request": "start"}, "answer", sdp)

    async def trickle(self, person: str, candidate: Frame) -> None:
        """A way to the person's browser: for what they send, or for the picture of `person`."""
        handle = self.handle if person == self.person else self.watching.get(person)
        if handle is not None:
            await _asked(self.link.say, "trickle", handle_id=handle, candidate=candidate)

    async def unsubscribe(self, person: str) -> None:
        handle = self.watching.pop(person, None)
        if handle is not None:
            await _asked(self.link.detach, handle)

    async def _negotiate(self, handle: int, body: Frame, kind: str = "", sdp: str = "") -> str:
        """One request, with a description or without; the description that comes back, or ""."""
        more = {"jsep": {"type": kind, "sdp": sdp, "e2ee": True}} if kind else {}
        answer = await _asked(self.link.message, handle, body, **more)
        if self.is_over:
            raise MediaAway  # they left meanwhile
        return SESSION_NAME.sub("s=-", answer.get("jsep", {}).get("sdp", ""))

    def hear(self, said: Frame, tell: Tell) -> None:
        """What the media server says by itself: who sends something now, and who no longer does."""
        data = said.get("plugindata", {}).get("data", {})
        for gone in (data.get("unpublished"), data.get("leaving")):
            self.feeds.pop(gone, None)
        sending = data.get("publishers") or []
        self.feeds.update({one["id"]: one["streams"] for one in sending})
        if sending and not self.is_over:
            tell([one["id"] for one in sending])


class MediaServer:
    """The rooms of larger calls on the Janus at MEDIA_SERVER_URL."""

    def __init__(self, lost: Callable[[MediaRoom | None], None]) -> None:
        """`lost` hears of a room that has ended by itself; with None, of all of them."""
        self._lost = lost
        self._link: Link | None = None
        self._desk = 0
        self._opening = asyncio.Lock()
        self._removing: set[asyncio.Task[None]] = set()

    async def create(self) -> MediaRoom:
        """A new room, which nobody finds or enters without its secrets. Raises MediaAway."""
        room = MediaRoom(*(secrets.token_hex(16) for _ in range(3)))
        body: Frame = {"admin_key": settings.MEDIA_SERVER_ADMIN_KEY, "permanent": False}
        body |= {"secret": room.secret, "pin": room.pin, "is_private": True, "allowed": []}
        body |= {"publishers": LARGEST, "bitrate": BITRATE, "bitrate_cap": True}
        body |= {"audiocodec": "opus", "videocodec": "vp8", "require_e2ee": True}
        body |= {"require_pvtid": True, "record": False, "lock_record": True}
        body |= {"audiolevel_ext": False, "description": "call"}
        await self._at_desk("create", room, body)
        return room

    async def admit(self, room: MediaRoom, person: str, tell: Tell) -> Seat:
        """A place for one person; `tell` hears of whoever sends something. Raises MediaAway."""
        link = await self._open()
        seat = Seat(link, room, person, token=secrets.token_hex(16))
        try:
            await self._sit(seat, tell)
        except BaseException:
            self._begin_to_remove(seat)
            raise
        return seat

    async def _sit(self, seat: Seat, tell: Tell) -> None:
        await self._allow(seat, "add")
        seat.handle = await _asked(seat.link.attach, lambda said: self._hear(seat, said, tell))
        body = {"request": "join", "ptype": "publisher", "room": seat.room.id}
        body |= {"id": seat.person, "pin": seat.room.pin, "token": seat.token}
        joined = await _asked(seat.link.message, seat.handle, body)
        seat.private_id = joined["plugindata"]["data"]["private_id"]
        seat.hear(joined, tell)

    async def remove(self, seat: Seat) -> None:
        """Take somebody out: nothing goes to or from them any more, and their token is void.

        Once begun it goes on to its end, whatever becomes of whoever waits for it.
        """
        await asyncio.shield(self._begin_to_remove(seat))

    def _begin_to_remove(self, seat: Seat) -> asyncio.Task[None]:
        seat.is_over = True
        task = asyncio.create_task(self._remove(seat))
        self._removing.add(task)
        task.add_done_callback(self._removing.discard)
        return task

    async def _remove(self, seat: Seat) -> None:
        # Detaching alone takes hold later; Refused: they had not got in.
        with suppress(LinkLost, Refused):
            await seat.link.message(seat.handle, {"request": "leave"})
        for handle in (seat.handle, *seat.watching.values()):
            with suppress(LinkLost):  # then Janus has ended it all
                await seat.link.detach(handle)
        with suppress(MediaAway):
            await self._allow(seat, "remove")

    async def destroy(self, room: MediaRoom) -> None:
        """The call is over. A room that is gone already is fine."""
        with suppress(MediaAway):
            await self._at_desk("destroy", room, {"secret": room.secret, "permanent": False})

    async def close(self) -> None:
        await asyncio.gather(*self._removing, return_exceptions=True)
        if self._link is not None:
            await self._link.close()

    async def _allow(self, seat: Seat, action: str) -> None:
        body = {"action": action, "allowed": [seat.token], "secret": seat.room.secret}
        await self._at_desk("allowed", seat.room, body)

    async def _at_desk(self, request: str, room: MediaRoom, body: Frame) -> None:
        link = await self._open()
        await _asked(link.message, self._desk, {"request": request, "room": room.id, **body})

    async def _open(self) -> Link:
        """The link to Janus, made anew when it was lost. Raises MediaAway."""
        async with self._opening:
            if self._link is None:
                self._link = await self._made()
            return self._link

    async def _made(self) -> Link:
        link = Link(
            settings.MEDIA_SERVER_URL, settings.MEDIA_SERVER_SECRET, lambda: self._lose(link)
        )
        try:
            await _asked(link.open)
            self._desk = await _asked(link.attach, _ignore)
        except BaseException:
            await link.close()
            raise
        return link

    def _lose(self, link: Link) -> None:
        if link is self._link:
            self._link = None
            self._lost(None)

    def _hear(self, seat: Seat, said: Frame, tell: Tell) -> None:
        if said.get("plugindata", {}).get("data", {}).get("videoroom") == "destroyed":
            self._lost(seat.room)
        else:
            seat.hear(said, tell)


async def _asked(ask: Callable[P, Awaitable[R]], *args: P.args, **kwargs: P.kwargs) -> R:
    try:
        return await ask(*args, **kwargs)
    except (LinkLost, Refused) as error:
        logger.warning("the media server did not do as it was asked: %s", error)
        raise MediaAway from error


def _ignore(_said: Frame) -> None:
    """What Janus says of a picture by itself: that it comes, or came slowly."""
