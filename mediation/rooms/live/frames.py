"""What goes over the socket. docs/realtime.md lists every frame and close code."""

import json
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from uuid import UUID

from mediation.core.errors import DomainError
from mediation.rooms.selectors import Held, Posted

SUBPROTOCOL = "med.v1"
FRAME_BYTES = 64 * 1024
SIGNAL_BYTES = 16 * 1024
ID_LENGTH = 64
ROOMS = 50
Frame = dict[str, Any]


class Close(IntEnum):
    """Why the server closes a socket (RFC 6455 7.4.2: 4000-4999 are an application's own)."""

    RESTART = 1012
    TOO_BIG = 1009
    MALFORMED = 4400
    SIGN_IN = 4401
    NO_ACCESS = 4403
    SLOW = 4408
    REPLACED = 4409
    TOO_MANY = 4429
    UNAVAILABLE = 4503


class Malformed(Exception):
    """The frame is not one of ours; the client that sent it is not either."""


@dataclass(frozen=True, slots=True)
class Request:
    """One frame from a client. `id` is echoed in a refusal, so that the client knows of what."""

    name: str
    id: str | None
    fields: Frame = field(repr=False)

    def uuid(self, key: str) -> UUID:
        try:
            return UUID(self.text(key))
        except ValueError as error:
            raise Malformed(key) from error

    def text(self, key: str) -> str:
        value = self.fields.get(key)
        if not isinstance(value, str):
            raise Malformed(key)
        return value

    def sequence(self, key: str) -> int:
        return _sequence(self.fields.get(key))

    def heads(self) -> dict[UUID, int]:
        """The `heads` of a hello: the last sequence number the client has, by room."""
        heads = self.fields.get("heads", {})
        if not isinstance(heads, dict) or len(heads) > ROOMS:
            raise Malformed("heads")
        try:
            return {UUID(room): _sequence(head) for room, head in heads.items()}
        except ValueError as error:
            raise Malformed("heads") from error

    def signal(self) -> Frame:
        """The `data` of a signal, a description or a candidate of at most 16 KiB."""
        data = self.fields.get("data")
        if not isinstance(data, dict) or len(encode(data).encode()) > SIGNAL_BYTES:
            raise Malformed("data")
        return data


def _sequence(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise Malformed("sequence")
    return value


def parse(text: str) -> Request:
    """A client's frame. Raises Malformed."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("json") from error
    name, ident = (frame.get("name"), frame.get("id")) if isinstance(frame, dict) else (None, None)
    if not isinstance(name, str) or not (ident is None or isinstance(ident, str)):
        raise Malformed("name")
    if ident is not None and len(ident) > ID_LENGTH:
        raise Malformed("id")
    return Request(name, ident, frame)


def encode(frame: Frame) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))


def posted(message: Posted) -> str:
    """The frame every member of the room gets; for the sender it is the acknowledgement."""
    frame: Frame = {
        "name": "message.posted" if message.changes is None else "message.changed",
        "room": str(message.room_id),
        "sequence": message.sequence,
        "participant": str(message.participant_id),
        "client_id": str(message.client_id),
        "body": message.body,
        "sent_at": message.sent_at.isoformat(),
    }
    if message.changes is not None:
        frame["changes"] = message.changes
    if message.is_edited:
        frame["edited"] = True
    if message.is_retracted:
        frame["retracted"] = True
    if message.is_released:
        frame["released"] = True
    return encode(frame)


def known(message: Posted) -> str:
    """To the sender alone: this had been stored before."""
    return encode(
        {
            "name": "message.known",
            "room": str(message.room_id),
            "sequence": message.sequence,
            "client_id": str(message.client_id),
        }
    )


def held(message: Held) -> str:
    """To the sender alone: a mediator reads this before anybody else does."""
    room, client_id = str(message.room_id), str(message.client_id)
    return encode({"name": "message.held", "room": room, "client_id": client_id})


def waiting(room_id: UUID, count: int) -> str:
    """To a mediator how many messages wait for them, to everybody else how many of their own."""
    return encode({"name": "review.waiting", "room": str(room_id), "count": count})


def refused(error: DomainError, retry_after: float | None = None, **about: str | None) -> str:
    """No, with the stable code; the page has the words for it. `about` names what was refused."""
    frame: Frame = {"name": "refused", "code": error.code}
    frame.update({key: value for key, value in about.items() if value is not None})
    if retry_after is not None:
        frame["retry_after"] = round(retry_after, 2)
    return encode(frame)
