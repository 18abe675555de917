"""A WebSocket client of a few lines, so that the measuring costs little (RFC 6455)."""

import asyncio
import base64
import json
import os
from typing import Any

from tests.bench._load import BODY, Room


class Socket(asyncio.Protocol):
    """One person in one room of ours, or of a server that answers to the same frames."""

    def __init__(self, origin: str, case: str, room_id: str, cookie: str, room: Room) -> None:
        self.origin, self.cookie, self.room_id, self.room = origin, cookie, room_id, room
        self.hello = {"name": "hello", "case": case, "heads": {room_id: 0}}
        self.live = asyncio.Event()
        self.buffer, self.is_open = b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        lines = ["GET /ws/ HTTP/1.1", f"Host: {self.origin[7:]}", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Protocol: med.v1", f"Origin: {self.origin}"]
        lines += [f"Cookie: sid={self.cookie}", "", ""]
        transport.write("\r\n".join(lines).encode())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.is_open:
            head, _end, self.buffer = self.buffer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 101"), head
            self.is_open = True
            self._send(self.hello)
        while self._take_frame():
            pass

    def _take_frame(self) -> bool:
        if len(self.buffer) < 4:
            return False
        size, start = self.buffer[1], 2
        if size == 126:
            size, start = int.from_bytes(self.buffer[2:4]), 4
        if len(self.buffer) < start + size:
            return False
        opcode, payload = self.buffer[0] & 15, self.buffer[start : start + size]
        self.buffer = self.buffer[start + size :]
        if opcode == 1:
            self._hear(json.loads(payload))
        elif opcode == 9:
            self._write(10, payload)
        return True

    def _hear(self, frame: dict[str, Any]) -> None:
        if frame["name"] == "live" and frame.get("room", self.room_id) == self.room_id:
            self.live.set()
        elif "client_id" in frame:
            self.room.delivered(frame["client_id"])

    def say(self, client_id: str) -> None:
        frame = {"name": "message.post", "room": self.room_id, "client_id": client_id}
        self._send({**frame, "body": BODY})

    def close(self) -> None:
        self.transport.close()

    def _send(self, frame: dict[str, Any]) -> None:
        self._write(1, json.dumps(frame).encode())

    def _write(self, opcode: int, payload: bytes) -> None:
        # A mask of zeros is a mask, and changes nothing.
        length = len(payload)
        size = bytes([128 | length]) if length < 126 else bytes([254]) + length.to_bytes(2)
        self.transport.write(bytes([128 | opcode]) + size + bytes(4) + payload)


async def enter(
    address: str, origin: str, case: str, room_id: str, cookie: str, room: Room
) -> Socket:
    """A socket at `address` that hears everything said in the room from now on; `origin` is what
    browsers know the installation by.
    """
    host, port = address[7:].split(":")
    loop = asyncio.get_running_loop()
    _transport, socket = await loop.create_connection(
        lambda: Socket(origin, case, room_id, cookie, room), host, int(port)
    )
    await socket.live.wait()
    room.members.append(socket)
    return socket
