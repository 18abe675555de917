import secrets
from collections.abc import Callable, Collection
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from mediation.core.errors import DomainError, Forbidden
from mediation.rooms.live.bus import Bus
from mediation.rooms.live.connection import Connection
from mediation.rooms.live.frames import Frame, encode
from mediation.rooms.live.larger import LargerCalls
from mediation.rooms.live.peers import Peer
from mediation.rooms.live.turn import LIFETIME_SECONDS, ice_servers
from mediation.rooms.media import LARGEST

PEERS = 4  # in a mesh everybody sends to everybody; a phone cannot keep up with more


class CallFull(DomainError):
    """A call holds four people, or twelve where there is a media server."""

    code = "call_full"
    message = _("This call is full and cannot hold more people.")


class Calls:
    """Who is in the call of which room, and the signals by which their browsers find each other.

    The media go from browser to browser, and in larger calls through the media server. Nothing that
    passes through here is kept.
    """

    def __init__(self, bus: Bus, members: Callable[[UUID], Collection[Connection]]) -> None:
        self._bus = bus
        self._members = members
        self._here: dict[UUID, dict[str, Peer]] = {}
        self._elsewhere: dict[UUID, dict[str, dict[str, UUID]]] = {}
        self.larger = LargerCalls(self.peers, self._lose)

    def rooms(self) -> list[UUID]:
        """The rooms with a call in this process."""
        return list(self._here)

    def peers(self, room_id: UUID) -> dict[str, UUID]:
        """Everybody in the room's call, here and elsewhere: peer id and participant."""
        found = {peer.id: peer.participant_id for peer in self._peers_here(room_id)}
        for said in self._elsewhere.get(room_id, {}).values():
            found.update(said)
        return found

    def state(self, room_id: UUID) -> str:
        """The frame that tells a member of the room who is in its call, and how it is held."""
        people = sorted({str(person) for person in self.peers(room_id).values()})
        fields = {"room": str(room_id), "participants": people, "mode": self.mode(room_id)}
        return encode({"name": "call.state", **fields})

    def mode(self, room_id: UUID) -> str:
        """How sound and picture go: "direct" from browser to browser, or through the "server"."""
        return "server" if self.larger.is_larger(room_id) else "direct"

    # --- Joining and leaving -------------------------------------------------------------------

    async def make_room(self, connection: Connection, room_id: UUID) -> None:
        """Before somebody joins: for a fifth person there must be a room on the media server, if
        there is one. Raises MediaAway.
        """
        if len(self._others(connection, room_id)) >= PEERS:
            await self.larger.open(room_id)

    def join(self, connection: Connection, room_id: UUID) -> None:
        """Let a browser in. Nobody is in two calls at once: what is said in one would be heard in
        the other, so this person goes out of any other. Raises CallFull.
        """
        if connection.admission is None or connection.close_code is not None:
            return  # it was closed while the consents were looked up
        participant_id = connection.admission.participant_id
        others = self._others(connection, room_id)
        if len(others) >= PEERS:
            self.larger.go_over(room_id)
        if len(others) >= (LARGEST if self.larger.is_larger(room_id) else PEERS):
            raise CallFull
        self.end_others(connection.user.pk)
        self._bus.say("call_joined", user=str(connection.user.pk))
        peer = Peer(secrets.token_urlsafe(9), room_id, participant_id, connection)
        for other in self._peers_here(room_id):
            other.connection.put(_peer_joined(room_id, peer.id, participant_id))
        self._here.setdefault(room_id, {})[peer.id] = peer
        listed = [{"peer": key, "participant": str(person)} for key, person in others.items()]
        connection.put(_joined(peer, listed, self.mode(room_id)))
        self._tell(room_id)

    def _others(self, connection: Connection, room_id: UUID) -> dict[str, UUID]:
        """The peers in the room's call that are not this person's own."""
        own = connection.admission.participant_id if connection.admission else None
        return {key: person for key, person in self.peers(room_id).items() if person != own}

    def end_others(self, user_id: UUID) -> None:
        """This person joins a call, here or in another process, and so leaves those they are in."""
        for room_id in self.rooms():
            for peer in self._peers_here(room_id):
                if peer.connection.user.pk == user_id:
                    self._end_for(peer, "replaced")

    def credentials(self, connection: Connection, room_id: UUID) -> None:
        """New TURN credentials for somebody in the call; the old ones end after ten minutes."""
        peer = self.find(connection, room_id)
        if peer is not None:
            connection.put(encode({"name": "call.credentials", **_reach(peer)}))

    def leave(self, connection: Connection, room_id: UUID) -> None:
        peer = self.find(connection, room_id)
        if peer is not None:
            self._remove(peer)

    def drop(self, connection: Connection) -> None:
        """The socket is gone, and every call it was in with it."""
        for room_id in self.rooms():
            self.leave(connection, room_id)

    def end(self, room_id: UUID) -> None:
        """The call may not go on: a consent to video was taken back, or the talk is over."""
        for peer in self._peers_here(room_id):
            self._end_for(peer, "consent_missing")

    def _lose(self, room_id: UUID) -> None:
        """The media server has gone, and with it what this call was held by."""
        for peer in self._peers_here(room_id):
            self._end_for(peer, "media_lost")

    async def stop(self) -> None:
        await self.larger.stop()

    # --- Moving to another room ----------------------------------------------------------------

    def move(self, connection: Connection, room_id: UUID, to: UUID, *, is_told: bool) -> None:
        """The mediator takes everybody who may hear room `to` out of this call, and over there.

        Those who may not hear it stay. They are told only that the mediator is away for a while,
        and only if the mediator wants that; never where. Raises Forbidden.
        """
        admission = connection.admission
        if admission is None or not admission.is_mediator or room_id == to:
            raise Forbidden
        if self.find(connection, room_id) is None:
            raise Forbidden
        self._bus.say("call_moved", room=str(room_id), to=str(to), is_told=is_told)
        self.move_here(room_id, to, is_told=is_told)

    def move_here(self, room_id: UUID, to: UUID, *, is_told: bool) -> None:
        """Move the peers of this process. They are out of the old call before they can be in the
        new one: the others' browsers close the connections to them at once.
        """
        for peer in self._peers_here(room_id):
            admission = peer.connection.admission
            if admission is not None and to in admission.rooms:
                moved = {"name": "call.moved", "room": str(room_id), "to": str(to)}
                peer.connection.put(encode(moved))
                self._remove(peer)
            elif is_told:
                peer.connection.put(encode({"name": "call.paused", "room": str(room_id)}))

    def _end_for(self, peer: Peer, code: str) -> None:
        room = str(peer.room_id)
        peer.connection.put(encode({"name": "call.ended", "room": room, "code": code}))
        self._remove(peer)

    def _remove(self, peer: Peer) -> None:
        peers = self._here[peer.room_id]
        del peers[peer.id]
        for other in peers.values():
            other.connection.put(_peer_left(peer.room_id, peer.id))
            self.larger.part(other, peer.id)
        if not peers:
            del self._here[peer.room_id]
        self.larger.leave(peer)
        self._end_if_empty(peer.room_id)
        self._tell(peer.room_id)

    def _end_if_empty(self, room_id: UUID) -> None:
        if not self.peers(room_id):
            self.larger.end(room_id)

    # --- Signals -------------------------------------------------------------------------------

    def signal(self, connection: Connection, room_id: UUID, to: str, data: Frame) -> None:
        """Pass a signal on to a peer in the same call; to anybody else it goes nowhere."""
        peer = self.find(connection, room_id)
        if peer is None:
            return
        if to not in self.peers(room_id):
            connection.put(_peer_left(room_id, to))
            return
        signal = {"room": str(room_id), "to": to, "from": peer.id, "data": data}
        if not self.pass_on(signal):
            self._bus.say("signal", **signal)

    def pass_on(self, signal: Frame) -> bool:
        """Deliver a signal to a peer of this process; false when there is none."""
        peer = self._here.get(UUID(signal["room"]), {}).get(signal["to"])
        if peer is None:
            return False
        fields = {key: signal[key] for key in ("room", "from", "data")}
        peer.connection.put(encode({"name": "signal", **fields}))
        return True

    # --- Other processes -----------------------------------------------------------------------

    def say_all(self) -> None:
        for room_id in self.rooms():
            self._say(room_id)

    def hear(self, process: str, said: Frame) -> None:
        """Take in what another process says of its own peers in a room, and of the media server."""
        room_id = UUID(said["room"])
        has_gone_over = self.larger.hear(room_id, said.get("media"))
        self._hear_peers(process, room_id, {key: UUID(one) for key, one in said["peers"].items()})
        if has_gone_over:
            self._tell_members(room_id)

    def _hear_peers(self, process: str, room_id: UUID, peers: dict[str, UUID]) -> None:
        before = self.peers(room_id)
        self._elsewhere.setdefault(room_id, {})[process] = peers
        if not peers:
            del self._elsewhere[room_id][process]
        if not self._elsewhere[room_id]:
            del self._elsewhere[room_id]
        self._end_if_empty(room_id)
        after = self.peers(room_id)
        for peer in self._peers_here(room_id):
            for key in after.keys() - before.keys():
                peer.connection.put(_peer_joined(room_id, key, after[key]))
            for key in before.keys() - after.keys():
                peer.connection.put(_peer_left(room_id, key))
                self.larger.part(peer, key)
        if after != before:
            self._tell_members(room_id)

    def forget(self, process: str) -> None:
        """Drop what a silent process said."""
        for room_id in [room for room, said in self._elsewhere.items() if process in said]:
            self.larger.doubt(room_id)
            self._hear_peers(process, room_id, {})

    def _tell(self, room_id: UUID) -> None:
        self._tell_members(room_id)
        self._say(room_id)

    def _tell_members(self, room_id: UUID) -> None:
        frame = self.state(room_id)
        for connection in self._members(room_id):
            connection.put(frame)

    def _say(self, room_id: UUID) -> None:
        peers = {peer.id: str(peer.participant_id) for peer in self._peers_here(room_id)}
        self._bus.say("call", room=str(room_id), peers=peers, media=self.larger.said(room_id))

    def _peers_here(self, room_id: UUID) -> list[Peer]:
        return list(self._here.get(room_id, {}).values())

    def find(self, connection: Connection, room_id: UUID) -> Peer | None:
        """This socket's own peer in the room's call."""
        here = self._peers_here(room_id)
        return next((peer for peer in here if peer.connection is connection), None)


def _joined(peer: Peer, others: list[dict[str, str]], mode: str) -> str:
    fields = {"peer": peer.id, "peers": others, "mode": mode, **_reach(peer)}
    return encode({"name": "call.joined", **fields})


def _reach(peer: Peer) -> Frame:
    """How this peer's browser can be reached from outside, for the next ten minutes."""
    return {
        "room": str(peer.room_id),
        "ice_servers": ice_servers(peer.id),
        "expires_in": LIFETIME_SECONDS,
    }


def _peer_joined(room_id: UUID, peer_id: str, participant_id: UUID) -> str:
    participant = str(participant_id)
    return encode(
        {
            "name": "call.peer_joined",
            "room": str(room_id),
            "peer": peer_id,
            "participant": participant,
        }
    )


def _peer_left(room_id: UUID, peer_id: str) -> str:
    return encode({"name": "call.peer_left", "room": str(room_id), "peer": peer_id})
