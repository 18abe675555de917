"""kill -9 in the middle of a talk: what was acknowledged is there, once, for everybody."""

import asyncio
import json
import random
import uuid

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from mediation.rooms.live.frames import SUBPROTOCOLS
from tests.rooms.house import House, house

STORED = """
import json, django; django.setup()
from mediation.rooms.models import Message
rows = Message.objects.filter(room="%s").order_by("sequence")
print(json.dumps([[n, str(c)] for n, c in rows.values_list("sequence", "client_id")]))
"""


class Talker:
    """A client by the protocol of docs/realtime.md: outbox, resending, catching up by number."""

    def __init__(self, where: House, name: str) -> None:
        self.where = where
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
            except (OSError, ConnectionClosed, EOFError):
                self.socket = None
                await asyncio.sleep(0.1 * random.uniform(0.5, 1.5))

    async def _stay_connected(self) -> None:
        headers = {"Cookie": self.cookie}
        address = self.where.url.replace("http", "ws") + "/ws/"
        async with connect(
            address, subprotocols=SUBPROTOCOLS, origin=self.where.url, additional_headers=headers
        ) as socket:
            self.connections += 1
            room = self.where.rooms["joint"]
            hello = {"name": "hello", "case": self.where.case, "heads": {room: self.head}}
            await socket.send(json.dumps(hello))
            async for text in socket:
                await self._hear(socket, json.loads(text))

    async def _hear(self, socket, frame: dict) -> None:
        if frame.get("room") != self.where.rooms["joint"]:
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

    def _settle(self, client_id: str) -> None:
        if self.outbox.pop(client_id, None) is not None:
            self.acknowledged.append(client_id)

    async def say(self, body: str) -> None:
        client_id = str(uuid.uuid4())
        self.outbox[client_id] = body
        await self._send(client_id, body)

    async def _send(self, client_id: str, body: str) -> None:
        if self.socket is not None:
            frame = {"room": self.where.rooms["joint"], "client_id": client_id, "body": body}
            try:
                await self.socket.send(json.dumps({"name": "message.post", **frame}))
            except ConnectionClosed:
                self.socket = None


async def talk(people: list[Talker], messages: int) -> None:
    for number in range(messages):
        await random.choice(people).say(f"number {number}")
        await asyncio.sleep(0.1)


async def settled(people: list[Talker]) -> None:
    """Until nobody waits for anything and all have seen the same."""
    for _ in range(300):
        if not any(one.outbox for one in people) and len({one.head for one in people}) == 1:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError


async def test_killing_the_server_loses_nothing_and_shows_nothing_twice():
    with house() as where:
        people = [Talker(where, name) for name in ("party_a", "party_b", "mediator")]
        running = [asyncio.create_task(one.run()) for one in people]
        talking = asyncio.create_task(talk(people, 100))
        for _ in range(2):
            await asyncio.sleep(3)
            await asyncio.to_thread(where.kill)
            await asyncio.to_thread(where.start)
        await talking
        await settled(people)
        for task in running:
            task.cancel()
        stored = json.loads(where.python(STORED % where.rooms["joint"]))
    numbers, ids = [number for number, _ in stored], [client_id for _, client_id in stored]
    assert numbers == list(range(1, 101))
    assert len(set(ids)) == 100
    assert sorted(ids) == sorted(one for talker in people for one in talker.acknowledged)
    for talker in people:
        assert talker.shown == [tuple(row) for row in stored]
        assert talker.connections >= 3
