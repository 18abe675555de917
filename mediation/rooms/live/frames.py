"""What goes over the socket. docs/realtime.md lists every frame and close code, and
docs/realtime/med.v1.json is their JSON Schema.
"""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any
from uuid import UUID

from mediation.core.errors import DomainError
from mediation.rooms.selectors import Held, Posted

# The versions of the protocol this server speaks, the one it likes best first.
SUBPROTOCOLS = ("med.v1",)
FRAME_BYTES = 64 * 1024
SIGNAL_BYTES = 16 * 1024
SIGNAL_LEVELS = 5
M_LINES = 64
ID_LENGTH = 64
UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
PEER_TEXT = re.compile(r"[A-Za-z0-9_-]{1,32}")
SDP_TEXT = re.compile(r"[\x20-\x7e\r\n]{1,16384}")
CANDIDATE_TEXT = re.compile(r"[\x20-\x7e]{0,1024}")
MID_TEXT = re.compile(r"[\x21-\x7e]{1,16}")
ROOMS = 50
Frame = dict[str, Any]
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


class Close(IntEnum):
    """Why the server closes a socket (RFC 6455 7.4.2: 4000-4999 are an application's own)."""

    TOO_BIG = 1009
    BROKEN = 1011
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
        return _uuid(self.fields.get(key))

    def text(self, key: str) -> str:
        value = self.fields.get(key)
        if not isinstance(value, str):
            raise Malformed(key)
        return value

    def flag(self, key: str) -> bool:
        value = self.fields.get(key)
        if not isinstance(value, bool):
            raise Malformed(key)
        return value

    def sequence(self, key: str) -> int:
        return _sequence(self.fields.get(key))

    def heads(self) -> dict[UUID, int]:
        """The `heads` of a hello: the last sequence number the client has, by room."""
        heads = self.fields.get("heads", {})
        if not isinstance(heads, dict) or len(heads) > ROOMS:
            raise Malformed("heads")
        return {_uuid(room): _sequence(head) for room, head in heads.items()}

    def signal(self) -> tuple[str, Frame]:
        """Whom a signal is for and its `data`: a description or a candidate of at most 16 KiB."""
        to, data = self.text("to"), self.fields.get("data")
        if not isinstance(data, dict) or not _is_flat(data, SIGNAL_LEVELS):
            raise Malformed("data")
        if not _is_unicode(to) or not _is_unicode(text := encode(data)):
            raise Malformed("data")
        if len(text.encode()) > SIGNAL_BYTES:
            raise Malformed("data")
        return to, data

    def peer(self, key: str) -> str:
        """A peer's id. It goes on to the media server, so no other character is let through."""
        value = self.text(key)
        if not PEER_TEXT.fullmatch(value):
            raise Malformed(key)
        return value

    def description(self, kind: str) -> str:
        """The SDP of a description of this kind: lines of ASCII, at most 16 KiB."""
        value = self.fields.get("description")
        if not isinstance(value, dict) or value.get("type") != kind:
            raise Malformed("description")
        sdp = value.get("sdp")
        if not isinstance(sdp, str) or not SDP_TEXT.fullmatch(sdp):
            raise Malformed("description")
        return sdp

    def candidate(self) -> Frame:
        """One way to a browser (RTCIceCandidateInit), or that there are no more."""
        value = self.fields.get("candidate")
        if value is None:
            return {"completed": True}
        if not isinstance(value, dict):
            raise Malformed("candidate")
        line, mid, index = (value.get(key) for key in ("candidate", "sdpMid", "sdpMLineIndex"))
        is_text = isinstance(line, str) and CANDIDATE_TEXT.fullmatch(line)
        is_mid = isinstance(mid, str) and MID_TEXT.fullmatch(mid)
        is_index = type(index) is int and 0 <= index < M_LINES
        if not (is_text and is_mid and is_index):
            raise Malformed("candidate")
        if line == "":  # how some browsers say that there are no more
            return {"completed": True}
        return {"candidate": line, "sdpMid": mid, "sdpMLineIndex": index}

    @property
    def client_id(self) -> str | None:
        """The browser's own id of what is asked, to be said again in a refusal."""
        value = self.fields.get("client_id")
        return value if isinstance(value, str) and UUID_TEXT.fullmatch(value) else None


def _uuid(value: object) -> UUID:
    if not isinstance(value, str) or not UUID_TEXT.fullmatch(value):
        raise Malformed("uuid")
    return UUID(value)


def _is_flat(value: object, levels: int) -> bool:
    """Whether objects and lists stand in each other at most `levels` deep."""
    if not isinstance(value, dict | list):
        return True
    inside = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_flat(one, levels - 1) for one in inside)


def _is_unicode(text: str) -> bool:
    """False for halves of characters, which JSON can write and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _sequence(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**63:
        raise Malformed("sequence")
    return value


def version(offered: Collection[str]) -> str | None:
    """The version both sides speak that this server likes best (RFC 6455 4.2.2), if any."""
    return next((one for one in SUBPROTOCOLS if one in offered), None)


def parse(text: str) -> Request:
    """A client's frame. Raises Malformed."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Malformed("json") from error
    name, ident = (frame.get("name"), frame.get("id")) if isinstance(frame, dict) else (None, None)
    if not isinstance(name, str) or not (ident is None or isinstance(ident, str)):
        raise Malformed("name")
    if ident is not None and (len(ident) > ID_LENGTH or not _is_unicode(ident)):
        raise Malformed("id")
    return Request(name, ident, frame)


def encode(frame: Frame) -> str:
    return _ENCODER.encode(frame)


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
