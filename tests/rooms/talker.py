"""People who talk through real sockets, whatever happens to the servers meanwhile."""

import asyncio
import json
import random
import uuid

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.house import House

STORED = """
import json, django; django.setup()
from mediation.rooms.models import Message
rows = Message.objects.filter(room="%s").order_by("sequence")
print(json.dumps([[n, str(c)] for n, c in rows.values_list("sequence", "client_id")]))
"""


class Talker:
    """A client by the protocol of docs/realtime.md: outbox, resending, catching up by number.

    It comes back to any of the `processes` of one installation, as behind a load balancer.
    """

    def __init__(self, where: House, name: str, *processes: House) -> None:
        self.where = where
        self.processes = [where, *processes]
        self.cookie = f"sid={where.sessions[name]}"
        self.outbox: dict[str, str] = {}
        self.acknowledged: list[str] = []
        self.shown: list[tuple[int, str]] = []
        self.connections = 0
        self.socket = None

    @property
    def head(self) -> int:
        return self.shown[-1][0] if self.shown else 0

    async def run(self) -> None:
        while True:
            try:
                await self._stay_connected()
            except (OSError, ConnectionClosed, EOFError, InvalidHandshake):
                self.socket = None
                await asyncio.sleep(0.1 * random.uniform(0.5, 1.5))

    async def _stay_connected(self) -> None:
        headers = {"Cookie": self.cookie}
        address = random.choice(self.processes).url.replace("http", "ws") + "/ws/"
        async with connect(
            address, subprotocols=["med.v1"], origin=self.where.url, additional_headers=headers
        ) as socket:
            self.connections += 1
            room = self.where.rooms["joint"]
            hello = {"name": "hello", "case": self.where.case, "heads": {room: self.head}}
            await socket.send(json.dumps(hello))
            async for text in socket:
                await self._hear(socket, json.loads(text))

    async def _hear(self, socket, frame: dict) -> None:
        if frame["name"] != "refused" and frame.get("room") != self.where.rooms["joint"]:
            return
        if frame["name"] == "live":
            self.socket = socket
            for client_id, body in list(self.outbox.items()):
                await self._send(client_id, body)
        elif frame["name"] == "message.posted":
            self._settle(frame["client_id"])
            assert frame["sequence"] <= self.head + 1
            if frame["sequence"] > self.head:
                self.shown.append((frame["sequence"], frame["client_id"]))
        elif frame["name"] == "message.known":
            self._settle(frame["client_id"])
        elif frame["name"] == "refused":
            self._resending = asyncio.create_task(self._send_again(**frame))

    def _settle(self, client_id: str) -> None:
        if self.outbox.pop(client_id, None) is not None:
            self.acknowledged.append(client_id)

    async def say(self, body: str) -> None:
        client_id = str(uuid.uuid4())
        self.outbox[client_id] = body
        await self._send(client_id, body)

    async def _send_again(self, client_id: str, retry_after: float, **_about: str) -> None:
        await asyncio.sleep(retry_after)
        if client_id in self.outbox:
            await self._send(client_id, self.outbox[client_id])

    def lose_the_line(self) -> None:
        """As when a phone leaves the reach of its network: nobody is told anything."""
        if self.socket is not None:
            self.socket.transport.abort()
            self.socket = None

    async def _send(self, client_id: str, body: str) -> None:
        if self.socket is not None:
            frame = {"room": self.where.rooms["joint"], "client_id": client_id, "body": body}
            try:
                await self.socket.send(json.dumps({"name": "message.post", **frame}))
            except ConnectionClosed:
                self.socket = None


async def settled(people: list[Talker], seconds: float = 30) -> None:
    """Until nobody waits for anything and all have seen the same. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while any(one.outbox for one in people) or len({one.head for one in people}) > 1:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def check_nothing_is_lost(where: House, people: list[Talker]) -> int:
    """How many messages are stored: all that were acknowledged, once each, in one order, and
    everybody was shown exactly these.
    """
    stored = json.loads(where.python(STORED % where.rooms["joint"]))
    numbers, ids = [number for number, _ in stored], [client_id for _, client_id in stored]
    assert numbers == list(range(1, len(stored) + 1))
    assert len(set(ids)) == len(ids)
    assert sorted(ids) == sorted(one for talker in people for one in talker.acknowledged)
    for talker in people:
        assert talker.shown == [tuple(row) for row in stored]
    return len(stored)
