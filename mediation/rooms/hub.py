"""The hub: one per process, for all its open sockets.

A message is committed, then sent on to the sockets of this process, then other processes are told
its number. Whatever goes wrong after the commit is repaired from the database, where the number
says what is missing. Authorisation is looked up again twice a second for every socket with the
same few queries, so that access ends within a second even when the notice of it is lost.
"""

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from mediation.accounts.models import User
from mediation.core.errors import DomainError
from mediation.rooms import selectors
from mediation.rooms.live import frames
from mediation.rooms.live.bus import Bus
from mediation.rooms.live.calls import Calls
from mediation.rooms.live.connection import Admission, Connection
from mediation.rooms.live.ending import end_tasks
from mediation.rooms.live.frames import Close, Frame
from mediation.rooms.live.limits import Allowance
from mediation.rooms.live.news import News
from mediation.rooms.live.notices import Notices
from mediation.rooms.live.presence import Presence
from mediation.rooms.live.readings import Readings
from mediation.rooms.live.reviews import Reviews
from mediation.rooms.live.room import LiveRoom
from mediation.rooms.live.sockets import Sockets
from mediation.rooms.live.threads import DatabaseThread
from mediation.rooms.live.writer import GroupCommit, Result, Unavailable, Waiting
from mediation.rooms.selectors import live
from mediation.rooms.selectors.live import LiveFacts
from mediation.rooms.services.drafts import Busy

SWEEP_SECONDS = 0.5
BLIND_SECONDS = 3.0
HEARTBEAT_SECONDS = 5.0
SILENT_SECONDS = 15.0
GRACE_SECONDS = 6.0
RETRY_SECONDS = 1.0
SWITCH_SECONDS = 0.0001
SOCKETS_PER_PERSON = 4
logger = logging.getLogger(__name__)
_current: list["Hub"] = []


def current_hub() -> "Hub":
    """This process's hub. A hub lives while it has sockets, on the loop it was made on."""
    if _current and _current[0].is_usable:
        return _current[0]
    _current[:] = [Hub()]
    return _current[0]


class Hub:
    """Everything that is alive in this process; only the loop it was made on may touch it."""

    def __init__(self, *, grace_seconds: float = GRACE_SECONDS) -> None:
        self._loop = asyncio.get_running_loop()
        # The loop waits this long for a thread that computes to let it go on. With Python's 5 ms,
        # measured, half of all messages took twice as long.
        sys.setswitchinterval(SWITCH_SECONDS)
        self._is_stopping = False
        self._look = asyncio.Event()
        self._writing, self._reading = DatabaseThread("room-writer"), DatabaseThread("room-reader")
        # Of its own, so that many people catching up at once do not hold it up.
        self._watching = DatabaseThread("room-watcher")
        self._commits = GroupCommit(self._writing, self._settle)
        self._bus = Bus(self._hear)
        self.connections = Sockets()
        self._news = News(self.connections.in_case, self._read_caucus)
        self._notices = Notices(self._look, self._news.hear)
        self._processes: dict[str, float] = {}
        self._allowances: dict[UUID, Allowance] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._seating: set[asyncio.Task[None]] = set()
        self._seen_at = self._told_at = self._loop.time()
        self._reviews = Reviews(self._members)
        self.rooms: dict[UUID, LiveRoom] = {}
        self.presence = Presence(self._announce_presence, grace_seconds)
        self.calls = Calls(self._bus, self._members)
        self.readings = Readings(self._bus, self._members)
        self._answers: dict[str, Callable[[str, Frame], object]] = {
            "listening": self._hear_listening,
            "ask": self._hear_ask,
            "heads": self._hear_heads,
            "presence": self._hear_presence,
            "call": self.calls.hear,
            "call_joined": self._hear_call_joined,
            "call_moved": self._hear_call_moved,
            "signal": lambda _process, said: self.calls.pass_on(said),
            "read": lambda _process, said: self.readings.hear(said),
        }

    # --- Coming and going ---------------------------------------------------------------------

    @property
    def is_usable(self) -> bool:
        return self._loop is asyncio.get_running_loop() and not self._is_stopping

    def allowance(self, user: User) -> Allowance:
        return self._allowances.setdefault(user.pk, Allowance())

    def connect(self, connection: Connection) -> None:
        """Count a socket in. Of more than four of one person, the oldest makes room."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._watch())]
            self._notices.start()
            self._bus.start()
        own = self.connections.of_person(connection.user.pk)
        if len(own) >= SOCKETS_PER_PERSON:
            min(own, key=lambda other: other.opened_at).close(Close.REPLACED)
        self.connections.add(connection)

    async def admit(self, connection: Connection, case_id: UUID) -> Admission | None:
        """Let a socket hear a case, in every room its owner may see; None if they may not."""
        facts = await self._reading.run(live.member_facts_for_system, connection.user, case_id)
        if facts is None:
            return None
        admission = Admission(case_id, facts.participant_id, facts.rooms, facts.is_mediator)
        self.connections.admit(connection, admission)
        for room_id in facts.rooms:
            self._connect_to(room_id, case_id, connection)
        self.presence.come(case_id, facts.participant_id)
        return admission

    def _connect_to(self, room_id: UUID, case_id: UUID, connection: Connection) -> None:
        new = LiveRoom(room_id, case_id, self._read_messages, self._read_head)
        self.rooms.setdefault(room_id, new).connected.add(connection)

    async def enter(self, connection: Connection, room_id: UUID, after: int | None) -> None:
        """Send what the client has not seen, then everything as it comes; says when it is live."""
        room = self.rooms.get(room_id)
        if room is None or connection not in room.connected:
            return  # taken out meanwhile
        await room.ready()
        if after is not None and not room.can_replay(after):
            connection.put(frames.encode({"name": "reset", "room": str(room_id)}))
            after = None
        await room.catch_up(connection, room.last if after is None else after)
        if connection not in room.members:
            return
        connection.put(self.calls.state(room_id))
        sequence = connection.positions[room_id]
        connection.put(frames.encode({"name": "live", "room": str(room_id), "sequence": sequence}))

    async def disconnect(self, connection: Connection) -> None:
        """Count a socket out. The last one takes the hub with it."""
        self.connections.discard(connection)
        self.calls.drop(connection)
        if connection.admission is not None:
            for room_id in connection.admission.rooms:
                self._leave(room_id, connection)
            self.presence.go(connection.admission.case_id, connection.admission.participant_id)
        if not self.connections:
            await self._stop()

    def _leave(self, room_id: UUID, connection: Connection) -> None:
        room = self.rooms[room_id]
        room.connected.discard(connection)
        room.members.discard(connection)
        if not room.connected:
            room.stop()
            del self.rooms[room_id]

    async def _stop(self) -> None:
        self._is_stopping = True
        await self._commits.finish()
        await self.readings.finish()
        await end_tasks([*self._tasks, *self._seating])
        await self._notices.stop()
        self.presence.stop()
        await self.calls.stop()
        # Others are not told that we are gone: whoever was here may only be changing pages, and
        # what a silent process said is forgotten soon.
        await self._bus.stop()
        await self._writing.close()
        await self._reading.close()
        await self._watching.close()

    # --- Messages -----------------------------------------------------------------------------

    def post(self, waiting: Waiting) -> None:
        """Store a message; its sender hears of it whatever happens."""
        self._commits.add(waiting)

    def stored_elsewhere(self, message: selectors.Posted) -> None:
        """A correction was stored, which is rare enough to be read back like any other loss."""
        if message.room_id in self.rooms:
            self.rooms[message.room_id].want(message.sequence)
        self._tell_others(message)

    def _tell_others(self, message: selectors.Posted) -> None:
        """Tell the processes that have people of the case how far the room is."""
        room = self.rooms.get(message.room_id)
        if room is None or self.presence.is_elsewhere(room.case_id):
            self._bus.say_head(message.room_id, message.sequence)

    def _settle(self, waiting: Waiting, result: Result) -> None:
        if isinstance(result, DomainError):
            about = {"id": waiting.request_id, "client_id": str(waiting.draft.client_id)}
            retry_after = RETRY_SECONDS if isinstance(result, Busy | Unavailable) else None
            waiting.connection.put(frames.refused(result, retry_after, **about))
        elif isinstance(result, selectors.Held):
            waiting.connection.put(frames.held(result))
            self._look.set()  # the mediator is told by the sweep, wherever they are connected
        elif not result.is_new:
            waiting.connection.put(frames.known(result))
        else:
            room = self.rooms.get(result.room_id)
            if room is not None:
                room.deliver(result.sequence, frames.posted(result))
            self._tell_others(result)

    async def _read_messages(self, room_id: UUID, after: int) -> list[selectors.Posted]:
        return await self._reading.run(selectors.messages_after_for_system, room_id, after)

    async def _read_head(self, room_id: UUID) -> int:
        return await self._reading.run(live.head_for_system, room_id)

    async def _read_caucus(self, side_id: UUID) -> UUID | None:
        return await self._reading.run(live.caucus_for_system, side_id)

    def heads(self, connection: Connection) -> dict[str, int]:
        """The newest number of each room the connection is in, for its ping."""
        return {str(room): self.rooms[room].last for room in connection.positions}

    # --- Access: looked up again and again ----------------------------------------------------

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(SWEEP_SECONDS):
                    await self._look.wait()
            self._look.clear()
            try:
                await self._sweep()
            except Exception:
                logger.exception("access of %d sockets was not checked", len(self.connections))
                self._close_when_blind()

    async def _sweep(self) -> None:
        connections = [one for one in self.connections if one.admission is not None]
        news = await self._news.take()
        calls = self.calls.rooms()  # judged is only what was asked about, not what came meanwhile
        facts = await self._look_up(connections, calls)
        for connection in connections:
            self._recheck(connection, facts)
        for room_id in set(calls) - facts.calling:
            self.calls.end(room_id)
        for room_id, head in facts.heads.items():
            if room_id in self.rooms:
                self.rooms[room_id].want(head)
        self._reviews.tell(facts.waiting)
        self._news.tell(news)
        self._seen_at = self._loop.time()
        self._tidy()

    async def _look_up(self, connections: list[Connection], calls: list[UUID]) -> LiveFacts:
        admissions = [one.admission for one in connections if one.admission is not None]
        return await self._watching.run(
            live.live_facts_for_system,
            rooms=list(self.rooms),
            participants={admission.participant_id for admission in admissions},
            sessions={connection.session_key for connection in connections},
            calls=calls,
        )

    def _recheck(self, connection: Connection, facts: LiveFacts) -> None:
        if connection.is_stuck:
            connection.close(Close.SLOW)
        elif connection.session_key not in facts.sessions:
            connection.close(Close.SIGN_IN)
        elif connection.admission and connection.admission.participant_id not in facts.talking:
            connection.close(Close.NO_ACCESS)
        elif connection.admission:
            self._reseat(connection, connection.admission, facts)

    def _reseat(self, connection: Connection, admission: Admission, facts: LiveFacts) -> None:
        """Out of a talk by invitation at once, and into one, on the same socket: a new one would
        take somebody out of the call they are in, and its others could tell when a talk opened.
        """
        seats = facts.seats.get(admission.participant_id, set())
        lost = (facts.invited - seats) & set(admission.rooms)
        for room_id in lost:
            self._take_out(connection, room_id)
        for room_id in seats - set(admission.rooms):
            self._seat(connection, room_id, admission.case_id)

    def _take_out(self, connection: Connection, room_id: UUID) -> None:
        self.calls.leave(connection, room_id)
        self._leave(room_id, connection)
        connection.cease_to_hear(room_id)
        connection.put(frames.encode({"name": "room.left", "room": str(room_id)}))

    def _seat(self, connection: Connection, room_id: UUID, case_id: UUID) -> None:
        connection.begin_to_hear(room_id)
        self._connect_to(room_id, case_id, connection)
        task = asyncio.create_task(self._enter_seated(connection, room_id))
        self._seating.add(task)
        task.add_done_callback(self._seating.discard)

    async def _enter_seated(self, connection: Connection, room_id: UUID) -> None:
        try:
            await self.enter(connection, room_id, None)
        except Exception:
            logger.exception("a socket was not taken into a talk; it comes back and is")
            connection.close(Close.UNAVAILABLE)

    def _close_when_blind(self) -> None:
        """Nobody keeps a socket that cannot be checked."""
        if self._loop.time() - self._seen_at > BLIND_SECONDS:
            for connection in self.connections:
                connection.close(Close.UNAVAILABLE)

    def _tidy(self) -> None:
        for user_id, allowance in list(self._allowances.items()):
            if not self.connections.has_person(user_id) and allowance.is_untouched:
                del self._allowances[user_id]
        now = self._loop.time()
        if now - self._told_at > HEARTBEAT_SECONDS:
            self._told_at = now
            self._say_all()
            self._forget_silent(now)

    # --- Presence, and the hubs of other processes --------------------------------------------

    def _members(self, room_id: UUID) -> set[Connection]:
        room = self.rooms.get(room_id)
        return room.connected if room is not None else set()

    def presence_of(self, case_id: UUID) -> str:
        people = sorted(str(person) for person in self.presence.present(case_id))
        return frames.encode({"name": "presence", "present": people})

    def _announce_presence(self, case_id: UUID) -> None:
        self._tell_case(case_id)
        self._say_presence(case_id)

    def _say_presence(self, case_id: UUID) -> None:
        people = [str(person) for person in self.presence.here(case_id)]
        self._bus.say("presence", case=str(case_id), people=people)

    def _tell_case(self, case_id: UUID) -> None:
        frame = self.presence_of(case_id)
        for connection in self.connections.in_case(case_id):
            connection.put(frame)

    def _say_all(self) -> None:
        for case_id in self.presence.cases():
            self._say_presence(case_id)
        self.calls.say_all()

    def _hear(self, process: str, said: Frame) -> None:
        self._processes[process] = self._loop.time()
        answer = self._answers.get(said["what"])
        if answer is not None:  # else a newer version of us says it
            answer(process, said)

    def _hear_listening(self, _process: str, _said: Frame) -> None:
        self._look.set()

    def _hear_ask(self, _process: str, _said: Frame) -> None:
        self._say_all()

    def _hear_heads(self, _process: str, said: Frame) -> None:
        for room_id, head in said["heads"].items():
            room = self.rooms.get(UUID(room_id))
            if room is not None:
                room.want(head)

    def _hear_presence(self, process: str, said: Frame) -> None:
        case_id = UUID(said["case"])
        if self.presence.hear(process, case_id, map(UUID, said["people"])):
            self._tell_case(case_id)

    def _hear_call_joined(self, _process: str, said: Frame) -> None:
        self.calls.end_others(UUID(said["user"]))

    def _hear_call_moved(self, _process: str, said: Frame) -> None:
        self.calls.move_here(UUID(said["room"]), UUID(said["to"]), is_told=said["is_told"])

    def _forget_silent(self, now: float) -> None:
        for process, heard_at in list(self._processes.items()):
            if now - heard_at > SILENT_SECONDS:
                del self._processes[process]
                self.calls.forget(process)
                for case_id in self.presence.forget(process):
                    self._tell_case(case_id)

    async def video_is_open(self, room_id: UUID) -> bool:
        return await self._reading.run(live.video_is_open_for_system, room_id)
